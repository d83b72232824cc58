//! Clients that the console registers, changes and removes, and their secrets.

use super::clients::expenses;
use super::world::{SignedIn, World};
use super::{clients, location};
use http::{Response, StatusCode};
use std::collections::BTreeSet;
use std::time::Duration;
use zt_federation::{Authentication, Client, ConsentDemand, GrantType, ProofKey, RedirectUri};
use zt_store::Change;
use zt_types::{ClientId, ManagedBy, Seconds, Secret, Timestamp};

const BACK: &str = "https://ledger.example/callback";

/// What is typed for a usual client; what is named here comes in place of it.
async fn registered(world: &World, who: &SignedIn, with: &[(&str, &str)]) -> Response<String> {
    let usual = [
        ("kind", "server"),
        ("id", "ledger-web"),
        ("name-ja", "会計"),
        ("name-en", "Ledger"),
        ("app", "chat"),
        ("redirect-uris", BACK),
        ("scopes", "openid"),
    ];
    let kept = usual
        .iter()
        .filter(|(name, _)| with.iter().all(|(other, _)| other != name));
    let all: Vec<(&str, &str)> = kept.chain(with).copied().collect();
    world.post_form("/console/clients", who, &all).await
}

fn kept(world: &World, id: &str) -> Option<Client> {
    let id = ClientId::new(id).unwrap();
    world.live.read(|state| state.clients.get(&id).cloned())
}

/// The secret that a page shows.
fn shown(page: &str) -> Secret {
    let (_, rest) = page.split_once("<code id=\"secret\">").unwrap();
    Secret::new(rest.split_once('<').unwrap().0.to_owned())
}

#[tokio::test]
async fn a_secret_is_shown_once_and_replaced_with_overlap() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    let page = registered(&world, &admin, &[]).await;
    let first = shown(page.body());
    let client = kept(&world, "ledger-web").unwrap();
    assert_eq!(client.managed_by, ManagedBy::Console);
    assert_eq!(client.authentication, Authentication::SecretBasic);
    assert!(client.has_secret(&first, world.now()));
    let page = world.get("/console/clients/ledger-web", &admin).await;
    assert!(!page.body().contains(first.expose()));
    assert!(!page.body().contains(&client.secrets[0].hash.to_string()));

    // The old one counts for a week more, the new one from now on.
    let at = "/console/clients/ledger-web/secrets";
    let page = world.post_form(at, &admin, &[("days", "7")]).await;
    let second = shown(page.body());
    super::gallery::keep("console-client-secret", page.body());
    let client = kept(&world, "ledger-web").unwrap();
    let (now, week) = (world.now(), Seconds::days(7));
    assert!(client.has_secret(&first, now) && client.has_secret(&second, now));
    assert!(!client.has_secret(&first, now + week));
    assert!(client.has_secret(&second, now + week));
    assert_eq!(client.secrets[1].expires_at, Timestamp::FAR_FUTURE);

    // The old one goes before its time; the last one stays whatever is asked.
    let name =
        |client: &Client, n: usize| crate::console::client_form::secret_name(&client.secrets[n]);
    let remove = "/console/clients/ledger-web/secrets/remove";
    let old = name(&client, 0);
    let done = world.post_form(remove, &admin, &[("secret", &old)]).await;
    assert!(location(&done).ends_with("note=client-secret-removed"));
    let client = kept(&world, "ledger-web").unwrap();
    assert!(!client.has_secret(&first, now) && client.has_secret(&second, now));
    let last = name(&client, 0);
    let done = world.post_form(remove, &admin, &[("secret", &last)]).await;
    assert!(location(&done).ends_with("note=client-secret-last"));
    assert_eq!(kept(&world, "ledger-web").unwrap(), client);

    // At once, when it is known to somebody else.
    let page = world.post_form(at, &admin, &[("days", "0")]).await;
    let third = shown(page.body());
    let client = kept(&world, "ledger-web").unwrap();
    assert!(!client.has_secret(&second, world.now()) && client.has_secret(&third, world.now()));
    let odd = world.post_form(at, &admin, &[("days", "3650")]).await;
    assert_eq!(odd.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    world.commit(expenses(&world)).await;
    let person = world.hanako.to_string();
    for (field, value, said) in [
        ("id", "Ledger Web", "英小文字・数字・ハイフンで"),
        ("id", "new", "英小文字・数字・ハイフンで"),
        ("id", person.as_str(), "英小文字・数字・ハイフンで"),
        ("id", "expenses-web", "すでに使われています"),
        ("name-ja", "", "120 文字以内"),
        ("app", "nothing", "登録済みのアプリを"),
        ("redirect-uris", "", "送り先がありません"),
        (
            "redirect-uris",
            "https://*.example/",
            "このアドレスは使えません",
        ),
        (
            "redirect-uris",
            "https://ledger.example@evil.example/",
            "このアドレスは使えません",
        ),
        (
            "redirect-uris",
            "javascript:alert(1)",
            "このアドレスは使えません",
        ),
        ("home", "http://ledger.example/", "このアドレスは使えません"),
    ] {
        let page = registered(&world, &admin, &[(field, value)]).await;
        assert!(page.body().contains(said), "{field}={value}");
        assert!(page.body().contains("Ledger"), "{field}={value}");
        if field == "home" {
            super::gallery::keep("console-client-faults", page.body());
        }
        assert!(kept(&world, "ledger-web").is_none(), "{field}={value}");
    }
    let count = world.live.read(|state| state.clients.len());
    assert_eq!(count, 2);
}

#[tokio::test]
async fn each_kind_is_what_it_says() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    for (kind, back, grant, has_secret) in [
        ("server", BACK, GrantType::AuthorizationCode, true),
        ("page", BACK, GrantType::AuthorizationCode, false),
        (
            "native",
            "http://127.0.0.1/back",
            GrantType::AuthorizationCode,
            false,
        ),
        ("device", "", GrantType::DeviceCode, false),
        ("service", "", GrantType::ClientCredentials, true),
    ] {
        let typed = [
            ("kind", kind),
            ("id", kind),
            ("redirect-uris", back),
            ("without-proof-key", "yes"),
        ];
        let page = registered(&world, &admin, &typed).await;
        assert_eq!(page.body().contains("id=\"secret\""), has_secret, "{kind}");
        let client = kept(&world, kind).unwrap();
        assert!(client.grants.contains(&grant), "{kind}");
        assert_eq!(client.secrets.len(), usize::from(has_secret), "{kind}");
        // Only who keeps a secret can do without.
        let lax = client.proof_key == ProofKey::OrNonce;
        assert_eq!(lax, kind == "server", "{kind}");
        let form = world
            .get(&format!("/console/clients/{kind}/change"), &admin)
            .await;
        assert_eq!(form.status(), StatusCode::OK, "{kind}");
    }
}

#[tokio::test]
async fn a_change_keeps_what_the_form_does_not_say_and_files_keep_theirs() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    world.commit(expenses(&world)).await;
    let first = shown(registered(&world, &admin, &[]).await.body());
    let typed = [
        ("name-ja", "会計"),
        ("name-en", "Books"),
        ("app", "chat"),
        ("redirect-uris", BACK),
        ("sends-in-form", "yes"),
        // What a client is does not change, nor what it is called.
        ("kind", "service"),
        ("id", "expenses-web"),
    ];
    let at = "/console/clients/ledger-web";
    let done = world
        .post_form(&format!("{at}/change"), &admin, &typed)
        .await;
    assert!(location(&done).ends_with("ledger-web?note=client-saved"));
    let client = kept(&world, "ledger-web").unwrap();
    assert_eq!(client.name.en, "Books");
    assert_eq!(client.authentication, Authentication::SecretPost);
    assert!(client.grants.contains(&GrantType::AuthorizationCode));
    assert!(client.has_secret(&first, world.now()));

    let theirs = kept(&world, "expenses-web").unwrap();
    for way in ["change", "remove", "secrets", "secrets/remove"] {
        let path = format!("/console/clients/expenses-web/{way}");
        let refused = world.post_form(&path, &admin, &typed).await;
        assert!(location(&refused).ends_with("note=client-files"), "{way}");
    }
    assert_eq!(kept(&world, "expenses-web").unwrap(), theirs);

    let done = world.post_form(&format!("{at}/remove"), &admin, &[]).await;
    assert!(location(&done).ends_with("note=client-removed"));
    assert!(kept(&world, "ledger-web").is_none());
    let asks = clients::asks(&[("client_id", "ledger-web"), ("redirect_uri", BACK)]);
    let refused = world.get(&asks, &admin).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn keys_at_an_address_are_fetched_when_somebody_says_so() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    let publishes = Client {
        id: ClientId::new("published").unwrap(),
        jwks_uri: RedirectUri::parse("https://ledger.example/jwks").ok(),
        ..clients::client("chat", ConsentDemand::Implied)
    };
    world.commit(vec![Change::PutClient(publishes)]).await;
    let live = world.live.clone();
    // Whoever fetches, and finds nothing that can be used.
    let fetching = async {
        loop {
            for (client, from) in live.keys_to_fetch(&BTreeSet::new()).0 {
                live.note_keys(&client, &from, Err("no-key-set"))
                    .await
                    .unwrap();
            }
            live.keys_wanted().await;
        }
    };
    let asking = async {
        let page = world.get("/console/clients/published", &admin).await;
        super::gallery::keep("console-client-published", page.body());
        let at = "/console/clients/published/fetch";
        assert!(page.body().contains(&format!("action=\"{at}\"")));
        // They are fetched by themselves first; who asks while that goes on gets what comes of it.
        let client = kept(&world, "published").unwrap();
        while world.live.fetched_keys(&client).is_none() {
            tokio::task::yield_now().await;
        }
        for _ in 0..2 {
            // Again at once, though it failed a moment ago.
            world.live.clock().advance(Duration::from_secs(1));
            let done = world.post_form(at, &admin, &[]).await;
            assert_eq!(location(&done), "/console/clients/published#keys");
            let kept = kept(&world, "published").unwrap();
            let known = world.live.fetched_keys(&kept).unwrap();
            assert_eq!(known.tried_at, world.now());
            assert_eq!(known.failed.as_deref(), Some("no-key-set"));
        }
        let page = world.get("/console/clients/published", &admin).await;
        super::gallery::keep("console-client-not-fetched", page.body());
        // Nobody waits for keys that are nowhere.
        let without = clients::client("chat", ConsentDemand::Implied);
        world.commit(vec![Change::PutClient(without)]).await;
        let at = "/console/clients/books/fetch";
        let done = world.post_form(at, &admin, &[]).await;
        assert_eq!(location(&done), "/console/clients/books#keys");
    };
    tokio::select! {
        () = fetching => {}
        () = asking => {}
    }
}
