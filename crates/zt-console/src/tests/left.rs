//! Browsers that tell clients of a sign-out.

use super::clients::{self, asks, client, parameter};
use super::registration::as_itself;
use super::world::{SignedIn, World};
use super::{gallery, location};
use http::{Method, Response, StatusCode, header};
use zt_auth::{Grant, GrantState};
use zt_crypto::jose::TokenKind;
use zt_device::Presentation;
use zt_federation::{
    Client, ConsentDemand, FrontChannel, RedirectUri, SessionNaming, SigningAlgorithm,
};
use zt_store::Change;
use zt_types::{ClientId, Text};

const ISSUER: &str = "https%3A%2F%2Fid.sekisho.localhost%3A8443";

fn told_at(address: &str, session: SessionNaming) -> Option<FrontChannel> {
    let uri = RedirectUri::parse(address).unwrap();
    Some(FrontChannel { uri, session })
}

fn books() -> Client {
    Client {
        frontchannel_logout: told_at("https://books.example/out?logout=get", SessionNaming::Named),
        ..client("chat", ConsentDemand::Implied)
    }
}

/// The client of another program, which is told at `address`.
fn other(id: &str, name: &str, address: &str, session: SessionNaming) -> Client {
    let callback = format!("{}/back", RedirectUri::parse(address).unwrap().origin());
    Client {
        id: ClientId::new(id).unwrap(),
        name: Text {
            ja: name.to_owned(),
            en: name.to_owned(),
        },
        redirect_uris: [RedirectUri::parse(&callback).unwrap()].into(),
        frontchannel_logout: told_at(address, session),
        ..client("chat", ConsentDemand::Implied)
    }
}

/// Gives a code, and tokens for it if the client redeems it.
async fn given(world: &World, who: &SignedIn, client: &Client, redeems: &str) -> Grant {
    let back = client
        .redirect_uris
        .iter()
        .map(|uri| uri.as_str())
        .find(|uri| uri.starts_with("http"));
    let path = asks(&[
        ("client_id", client.id.as_str()),
        ("redirect_uri", back.unwrap()),
    ]);
    let response = world.get(&path, who).await;
    let code = parameter(location(&response), "code").unwrap();
    let (id, _) = Grant::of_bearer(&code).unwrap();
    let grant = world.live.read(|state| state.grants[&id].clone());
    if redeems == "redeems" {
        let to = Grant {
            state: GrantState::Tokens {
                refresh: None,
                turns: 0,
            },
            ..grant.clone()
        };
        let from = grant.state;
        world.commit(vec![Change::MoveGrant { to, from }]).await;
    }
    grant
}

fn sid(world: &World, grant: &Grant) -> String {
    world.live.sid(grant).unwrap()
}

/// A sign-out that the client begins, with a token that names the session.
async fn leaves(world: &World, who: &SignedIn, grant: &Grant) -> Response<String> {
    let claims = serde_json::json!({
        "iss": "https://id.sekisho.localhost:8443", "sub": "x", "aud": "books", "sid": sid(world, grant)
    });
    let keyring = world.keyring.load();
    let signer = keyring.signer_for(TokenKind::IdToken, SigningAlgorithm::Es256);
    let hint = signer.unwrap().sign(&claims).unwrap();
    let bye = "post_logout_redirect_uri=https%3A%2F%2Fbooks.example%2Fbye&state=a%22%3Cb%26c";
    world
        .get(&format!("/oauth2/logout?id_token_hint={hint}&{bye}"), who)
        .await
}

/// What the frames of a page open.
fn frames(page: &str) -> Vec<String> {
    let parts = page.split("<iframe src=\"").skip(1);
    let addresses = parts.map(|part| part.split_once('"').unwrap().0);
    addresses
        .map(|address| address.replace("&#38;", "&").replace("&amp;", "&"))
        .collect()
}

/// What the page may frame.
fn framed(response: &Response<String>) -> String {
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str();
    let policy = policy.unwrap().split("; ");
    let mut sources = policy.filter_map(|one| one.strip_prefix("frame-src "));
    sources.next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_client_is_told_which_session_ended_and_the_browser_goes_on() {
    let world = World::new().await;
    let wiki = other(
        "paper",
        "ペーパー",
        "https://paper.example/out",
        SessionNaming::Unnamed,
    );
    let put = vec![Change::PutClient(books()), Change::PutClient(wiki.clone())];
    world.commit(put).await;
    let who = world.sign_in(world.hanako, None).await;
    let grant = given(&world, &who, &books(), "redeems").await;
    // Of two sign-ins that it would not be told apart it is told once.
    given(&world, &who, &wiki, "redeems").await;
    given(&world, &who, &wiki, "redeems").await;
    let done = leaves(&world, &who, &grant).await;
    assert_eq!(done.status(), StatusCode::OK);
    let named = format!(
        "https://books.example/out?logout=get&iss={ISSUER}&sid={}",
        sid(&world, &grant)
    );
    let mut opened = frames(done.body());
    opened.sort();
    assert_eq!(opened, [named, "https://paper.example/out".to_owned()]);
    let mut origins: Vec<String> = framed(&done).split(' ').map(str::to_owned).collect();
    origins.sort();
    assert_eq!(origins, ["https://books.example", "https://paper.example"]);
    for frame in done.body().split("<iframe").skip(1) {
        assert!(frame.contains("referrerpolicy=\"no-referrer\""), "{frame}");
        let may = "sandbox=\"allow-scripts allow-same-origin allow-forms\"";
        assert!(frame.contains(may), "{frame}");
    }
    // On it goes to where the client is registered, with its state, with scripts and without.
    let onward = "https://books.example/bye?state=a%22%3Cb%26c";
    for way in [
        format!("<a class=\"button main\" href=\"{onward}\" data-onward>"),
        format!("<noscript><meta http-equiv=\"refresh\" content=\"5;url={onward}\"></noscript>"),
    ] {
        assert!(done.body().contains(&way), "{way}\n{}", done.body());
    }
    let cookie = done.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
    let ended = world
        .live
        .read(|state| state.sessions[&who.session].ended.is_some());
    assert!(ended);
    gallery::keep("signed-out-onward", done.body());
    // Once more there is nobody to tell.
    let again = leaves(&world, &who, &grant).await;
    assert_eq!(location(&again), onward);
}

#[tokio::test]
async fn whoever_signs_out_here_tells_clients_too() {
    let world = World::new().await;
    world.commit(vec![Change::PutClient(books())]).await;
    let who = world.sign_in(world.hanako, None).await;
    let grant = given(&world, &who, &books(), "redeems").await;
    let done = world.post("/signout", &who).await;
    assert_eq!(frames(done.body()).len(), 1, "{}", done.body());
    assert!(frames(done.body())[0].ends_with(&format!("&sid={}", sid(&world, &grant))));
    assert!(!done.body().contains("data-onward") && !done.body().contains("http-equiv"));
    gallery::keep("signed-out-told", done.body());

    // She ends this very session among hers: this browser is the one that can tell.
    let who = world.sign_in(world.hanako, None).await;
    let elsewhere = world.sign_in(world.hanako, None).await;
    given(&world, &who, &books(), "redeems").await;
    given(&world, &elsewhere, &books(), "redeems").await;
    let there = format!("/sessions/{}/end", elsewhere.session);
    let done = world.post(&there, &who).await;
    assert_eq!(location(&done), "/sessions?note=session-ended");
    let here = format!("/sessions/{}/end", who.session);
    let done = world.post(&here, &who).await;
    assert_eq!(frames(done.body()).len(), 1, "{}", done.body());
}

/// Nothing of other people's and other browsers' sessions is told, and nobody who holds nothing of this one.
#[tokio::test]
async fn nobody_is_told_of_a_session_that_is_not_this_one() {
    let world = World::new().await;
    let paper = other(
        "paper",
        "ペーパー",
        "https://paper.example/out",
        SessionNaming::Named,
    );
    let put = vec![Change::PutClient(books()), Change::PutClient(paper.clone())];
    world.commit(put).await;
    let who = world.sign_in(world.hanako, None).await;
    let mine = given(&world, &who, &books(), "redeems").await;
    // Another browser of hers, somebody else, and a client that never came for its tokens.
    let hers = world.sign_in(world.hanako, None).await;
    let his = world.sign_in(world.ken, None).await;
    let others = [
        given(&world, &hers, &books(), "redeems").await,
        given(&world, &his, &paper, "redeems").await,
        given(&world, &who, &paper, "never").await,
    ];
    let done = leaves(&world, &who, &mine).await;
    assert_eq!(frames(done.body()).len(), 1, "{}", done.body());
    for grant in others {
        assert!(!done.body().contains(&sid(&world, &grant)));
    }
    assert_eq!(framed(&done), "https://books.example");
    assert!(!done.body().contains("ペーパー"));
    // Who is not signed in learns no address of anybody.
    let stranger = clients::anonymous(&world, "/oauth2/logout?client_id=books").await;
    assert!(frames(stranger.body()).is_empty());
    let others = world
        .live
        .read(|state| state.sessions[&hers.session].ended.is_none());
    assert!(others, "her other browser stays signed in");
}

/// What a client is called, and what its address holds, stays text; the policy names its origin and nothing else.
#[tokio::test]
async fn what_a_client_is_registered_with_breaks_out_of_nothing() {
    let world = World::new().await;
    let hostile = other(
        "hostile",
        "\"><script>alert(1)</script>",
        "https://hostile.example:8443/out;script-src'self'?a=1,b;frame-src%20https:&c='x'",
        SessionNaming::Named,
    );
    world.commit(vec![Change::PutClient(hostile.clone())]).await;
    let who = world.sign_in(world.hanako, None).await;
    given(&world, &who, &hostile, "redeems").await;
    let done = world.post("/signout", &who).await;
    assert!(!done.body().contains("<script>alert"), "{}", done.body());
    assert_eq!(framed(&done), "https://hostile.example:8443");
    let policies = done.headers().get_all(header::CONTENT_SECURITY_POLICY);
    assert_eq!(policies.iter().count(), 1);
    let policy = done.headers()[header::CONTENT_SECURITY_POLICY].to_str();
    assert_eq!(policy.unwrap().matches("script-src").count(), 1);
    assert!(!done.body().contains("c='x'"), "{}", done.body());
}

/// An address that the client could be told at no more is not opened, whatever the record says.
#[tokio::test]
async fn a_frame_leads_nowhere_but_to_where_codes_are_sent() {
    let world = World::new().await;
    let moved = Client {
        frontchannel_logout: told_at("https://evil.example/out", SessionNaming::Named),
        ..books()
    };
    world.commit(vec![Change::PutClient(moved)]).await;
    let who = world.sign_in(world.hanako, None).await;
    given(&world, &who, &books(), "redeems").await;
    let done = world.post("/signout", &who).await;
    assert_eq!(location(&done), "/signin?return=/");
}

/// A client that signs her in again and again is told of three of them, and pushes nobody else out.
#[tokio::test]
async fn one_client_does_not_push_others_out() {
    let world = World::new().await;
    let loud = other(
        "loud",
        "ラウド",
        "https://loud.example/out",
        SessionNaming::Named,
    );
    world.commit(vec![Change::PutClient(books())]).await;
    world.commit(as_itself(&world, loud.clone())).await;
    let who = world.sign_in(world.hanako, None).await;
    let grant = given(&world, &who, &books(), "redeems").await;
    let agreed = zt_auth::Consent {
        person: world.hanako,
        client: loud.id.clone(),
        scopes: vec!["openid".to_owned()],
        at: world.now(),
    };
    world.commit(vec![Change::PutConsent(agreed)]).await;
    for _ in 0..40 {
        given(&world, &who, &loud, "redeems").await;
    }
    let done = world.post("/signout", &who).await;
    let opened = frames(done.body());
    assert_eq!(opened.len(), 4, "{opened:?}");
    let ours = format!("&sid={}", sid(&world, &grant));
    assert!(opened[1].ends_with(&ours), "{opened:?}");
    let theirs = opened.iter().filter(|one| one.contains("loud.example"));
    assert_eq!(theirs.count(), 3, "{opened:?}");
    // Which of the two gave itself its name is said.
    assert!(done.body().contains("<strong>ラウド（自己登録）</strong>"));
    assert!(!done.body().contains("ラウド</strong>"), "{}", done.body());
}

/// Nobody else's page makes her tell anybody.
#[tokio::test]
async fn a_forged_form_tells_nobody() {
    let world = World::new().await;
    world.commit(vec![Change::PutClient(books())]).await;
    let who = world.sign_in(world.hanako, None).await;
    given(&world, &who, &books(), "redeems").await;
    for path in ["/signout", "/oauth2/logout?client_id=books"] {
        let body = "token=0";
        let request = world.request(
            &Method::POST,
            path,
            Some(&who),
            Presentation::NotAsked,
            body,
        );
        let refused = world.send(request).await;
        assert!(frames(refused.body()).is_empty(), "{path}");
    }
    let goes_on = world
        .live
        .read(|state| state.sessions[&who.session].ended.is_none());
    assert!(goes_on);
}
