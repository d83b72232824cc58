//! Programs that register themselves, as administrators and the people who are asked see them.

use super::clients::{client, consent, expenses};
use super::location;
use super::world::{SignedIn, World};
use http::{Response, StatusCode};
use zt_federation::{
    Allowance, Client, ClientNames, ConsentDemand, GrantType, InitialToken, RedirectUri,
    Registration, Said, Scope,
};
use zt_store::Change;
use zt_types::{AppId, InitialTokenId, ManagedBy, Seconds, Text, TokenHash};

const HERE: &str = "/console/registration";

/// What is typed for a usual token; what is named here comes in place of it.
async fn made(world: &World, who: &SignedIn, with: &[(&str, &str)]) -> Response<String> {
    let usual = [
        ("note", "取引先ポータル"),
        ("app", "chat"),
        ("uses", "3"),
        ("days", "7"),
        ("grants", "authorization-code"),
        ("scopes", "openid"),
    ];
    let kept = usual
        .iter()
        .filter(|(name, _)| with.iter().all(|(other, _)| other != name));
    let all: Vec<(&str, &str)> = kept.chain(with).copied().collect();
    world.post_form(HERE, who, &all).await
}

fn tokens(world: &World) -> Vec<InitialToken> {
    world
        .live
        .read(|state| state.initial_tokens.values().cloned().collect())
}

/// A client that registered itself, with what it said.
fn itself(world: &World) -> Vec<Change> {
    as_itself(world, client("chat", ConsentDemand::Asked))
}

/// This client, as if it had registered itself.
pub(super) fn as_itself(world: &World, client: Client) -> Vec<Change> {
    let client = Client {
        managed_by: ManagedBy::Registration,
        ..client
    };
    let page = |path: &str| RedirectUri::parse(&format!("https://books.example/{path}")).ok();
    let registration = Registration {
        client: client.id.clone(),
        access_token: TokenHash([5; 32]),
        issued_at: world.now(),
        token: InitialTokenId::from_random([6; 16]),
        note: "取引先ポータル".to_owned(),
        made_by: Some(world.ken),
        allowance: Allowance {
            app: AppId::new("chat").unwrap(),
            grants: [GrantType::AuthorizationCode].into(),
            scopes: Scope::ALL.into(),
        },
        said: Said {
            names: ClientNames::default(),
            client_uri: page("about"),
            policy_uri: page("policy"),
            tos_uri: page("terms"),
            logo_uri: page("logo.png"),
            contacts: vec!["ops@books.example".to_owned()],
            ..Said::default()
        },
    };
    vec![
        Change::PutClient(client),
        Change::PutRegistration {
            to: registration,
            from: None,
        },
    ]
}

#[tokio::test]
async fn a_token_is_shown_once_and_taken_back() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    let empty = world.get(HERE, &admin).await;
    super::gallery::keep("console-registration-none", empty.body());
    let page = made(&world, &admin, &[]).await;
    super::gallery::keep("console-registration-made", page.body());
    let (_, rest) = page.body().split_once("<code id=\"secret\">").unwrap();
    let secret = rest.split_once('<').unwrap().0.to_owned();
    let [kept] = tokens(&world).try_into().unwrap();
    assert!(zt_crypto::hash::matches(&secret, &kept.hash));
    assert_eq!((kept.uses, kept.made_by), (3, Some(world.ken)));
    assert_eq!(kept.expires_at, world.now() + Seconds::days(7));
    assert_eq!(kept.allowance.grants, [GrantType::AuthorizationCode].into());
    assert_eq!(kept.allowance.scopes, [Scope::Openid].into());
    let page = world.get(HERE, &admin).await;
    assert!(page.body().contains("取引先ポータル"));
    assert!(!page.body().contains(&secret), "shown again");
    assert!(!page.body().contains(&kept.hash.to_string()));
    for wrong in [
        ("app", "nothing"),
        ("app", ""),
        ("note", ""),
        ("uses", "0"),
        ("uses", "many"),
        ("grants", "token-exchange"),
    ] {
        let page = made(&world, &admin, &[wrong]).await;
        assert!(page.body().contains("tone-bad"), "{wrong:?}");
        assert_eq!(tokens(&world).len(), 1, "{wrong:?}");
    }
    for days in ["3650", "0", "many"] {
        let refused = made(&world, &admin, &[("days", days)]).await;
        for (said, is_said) in [
            ("有効期間を選んでください", true),
            ("アプリを選んでください", false),
        ] {
            assert_eq!(refused.body().contains(said), is_said, "{days}: {said}");
        }
    }
    assert_eq!(tokens(&world).len(), 1);
    let revoke = format!("{HERE}/{}/revoke", kept.id);
    let done = world.post_form(&revoke, &admin, &[]).await;
    assert_eq!(location(&done), format!("{HERE}?note=revoked"));
    assert!(tokens(&world).is_empty());
    let her = world.sign_in(world.hanako, None).await;
    let refused = world.get(HERE, &her).await;
    assert!(refused.status().is_client_error());
}

#[tokio::test]
async fn who_registered_itself_is_looked_at_and_removed() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    world.commit(itself(&world)).await;
    let at = "/console/clients/books";
    let page = world.get(at, &admin).await;
    super::gallery::keep("console-client-registered", page.body());
    for told in [
        "取引先ポータル",
        "ops@books.example",
        "books.example/policy",
    ] {
        assert!(page.body().contains(told), "{told}");
    }
    assert!(!page.body().contains(&format!("{at}/change")), "its own");
    for way in ["change", "secrets"] {
        let refused = world
            .post_form(&format!("{at}/{way}"), &admin, &[("days", "7")])
            .await;
        assert_eq!(refused.status(), StatusCode::SEE_OTHER, "{way}");
    }
    let her = world.sign_in(world.hanako, None).await;
    let asked = world.get(&consent(&[]), &her).await;
    super::gallery::keep("consent-registered", asked.body());
    assert!(asked.body().contains("books.example/policy"));
    assert!(
        !asked.body().contains("logo.png"),
        "nobody is sent for a picture"
    );
    // She agrees to what she saw, not to what it calls itself by then.
    let action = |page: &str| {
        let (_, rest) = page
            .split_once(r#"<form class="stack" method="post" action=""#)
            .unwrap();
        rest.split_once('"')
            .unwrap()
            .0
            .replace("&amp;", "&")
            .replace("&#38;", "&")
    };
    let agreed = || world.live.read(|state| state.consents.len());
    let Change::PutClient(renamed) = itself(&world).swap_remove(0) else {
        panic!("a client")
    };
    let renamed = Client {
        name: Text {
            ja: "給与明細".to_owned(),
            en: "Payslips".to_owned(),
        },
        ..renamed
    };
    world.commit(vec![Change::PutClient(renamed)]).await;
    let stale = world
        .post_form(&action(asked.body()), &her, &[("answer", "allow")])
        .await;
    assert_eq!((stale.status(), agreed()), (StatusCode::OK, 0));
    assert!(stale.body().contains("給与明細"), "she is asked again");
    let allowed = world
        .post_form(&action(stale.body()), &her, &[("answer", "allow")])
        .await;
    assert_eq!((allowed.status(), agreed()), (StatusCode::SEE_OTHER, 1));
    let done = world.post_form(&format!("{at}/remove"), &admin, &[]).await;
    assert_eq!(location(&done), "/console/clients?note=client-removed");
    let left = world.live.read(|state| state.registrations.len());
    assert_eq!(left, 0);
    // Where it sends people back to makes it no product that is known by name.
    let known = "http://127.0.0.1:8000";
    let known = RedirectUri::parse(known).unwrap();
    for (managed_by, is_known) in [(ManagedBy::Registration, false), (ManagedBy::Console, true)] {
        let client = Client {
            managed_by,
            redirect_uris: [known.clone()].into(),
            ..client("chat", ConsentDemand::Asked)
        };
        world.commit(vec![Change::PutClient(client)]).await;
        let page = world.get(at, &admin).await;
        let is_shown = page.body().contains("id=\"product\"");
        assert_eq!(is_shown, is_known, "{managed_by:?}");
    }
    // One of the files has no such note.
    world.commit(expenses(&world)).await;
    let page = world.get("/console/clients/expenses-web", &admin).await;
    assert!(!page.body().contains("取引先ポータル"));
}
