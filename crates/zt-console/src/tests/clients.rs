//! Browsers that clients send.

use super::location;
use super::world::{SignedIn, World};
use http::{Method, Response, StatusCode, header};
use serde_json::json;
use zt_auth::{Grant, GrantState};
use zt_crypto::hash::received_hash;
use zt_crypto::jose::TokenKind;
use zt_device::Presentation;
use zt_federation::{
    Authentication, Client, ClientSecret, ConsentDemand, GrantType, ProofKey, RedirectUri, Scope,
    SigningAlgorithm, SubjectKind,
};
use zt_policy::Application;
use zt_store::Change;
use zt_types::{AppId, ClientId, ManagedBy, Seconds, Text, Timestamp, TokenHash};

const BACK: &str = "https://books.example/signed-in?tenant=1";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(super) fn client(app: &str, consent: ConsentDemand) -> Client {
    let uri = |text| RedirectUri::parse(text).unwrap();
    Client {
        id: ClientId::new("books").unwrap(),
        name: Text {
            ja: "経理ブック".to_owned(),
            en: "Books".to_owned(),
        },
        app: AppId::new(app).unwrap(),
        authentication: Authentication::None,
        secrets: vec![],
        keys: None,
        jwks_uri: None,
        redirect_uris: [uri(BACK), uri("com.example.books:/back")].into(),
        post_logout_redirect_uris: [uri("https://books.example/bye")].into(),
        backchannel_logout: None,
        frontchannel_logout: None,
        grants: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
        scopes: [Scope::Openid, Scope::Profile, Scope::Email].into(),
        exchange_to: [].into(),
        proof_key: ProofKey::Required,
        subject: SubjectKind::Public,
        consent,
        id_token: SigningAlgorithm::Es256,
        access_token_lifetime: Seconds::minutes(5),
        home: None,
        safeguards: zt_federation::Safeguards::default(),
        managed_by: ManagedBy::Files,
    }
}

fn encoded(text: &str) -> String {
    zt_pages::language::percent_encoded(text)
}

/// A request of the client; what is named here comes in place of what it says otherwise, and nothing means not at all.
pub(super) fn asks(with: &[(&str, &str)]) -> String {
    let usual = [
        ("client_id", "books"),
        ("response_type", "code"),
        ("redirect_uri", BACK),
        ("scope", "openid profile"),
        ("state", "s-1"),
        ("nonce", "n-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = usual
        .iter()
        .filter(|(name, _)| with.iter().all(|(other, _)| other != name));
    let pairs: Vec<String> = kept
        .chain(with)
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    format!("/oauth2/authorize?{}", pairs.join("&"))
}

/// Where it is asked whether that may be.
pub(super) fn consent(with: &[(&str, &str)]) -> String {
    format!("/signin/consent?return={}", encoded(&asks(with)))
}

/// The client, for any application.
pub(super) fn registered_with(app: &str, consent: ConsentDemand) -> Client {
    client(app, consent)
}

/// The client, for an application that everybody may use.
pub(super) fn registered() -> Change {
    Change::PutClient(client("chat", ConsentDemand::Implied))
}

/// An application that is not behind the gateway, with two clients.
pub(super) fn expenses(world: &World) -> Vec<Change> {
    let uri = |text| RedirectUri::parse(text).unwrap();
    let chat = world
        .live
        .read(|state| state.applications[&AppId::new("chat").unwrap()].clone());
    let secret = |n, expires_at| ClientSecret {
        hash: TokenHash([n; 32]),
        expires_at,
    };
    let web = Client {
        id: ClientId::new("expenses-web").unwrap(),
        name: Text {
            ja: "経費精算".to_owned(),
            en: "Expenses".to_owned(),
        },
        authentication: Authentication::SecretBasic,
        secrets: vec![
            secret(0xa1, world.now() + Seconds::days(14)),
            secret(0xa2, Timestamp::FAR_FUTURE),
            secret(0xa3, world.now() - Seconds::days(1)),
        ],
        redirect_uris: [
            uri("https://expenses.yamato-seiko.example/oidc/callback"),
            uri("https://expenses-staging.yamato-seiko.example/oidc/callback"),
        ]
        .into(),
        post_logout_redirect_uris: [uri("https://expenses.yamato-seiko.example/goodbye")].into(),
        backchannel_logout: Some(uri(
            "https://expenses.yamato-seiko.example/oidc/backchannel-logout",
        )),
        home: Some(uri("https://expenses.yamato-seiko.example/")),
        ..client("expenses", ConsentDemand::Implied)
    };
    let desktop = Client {
        id: ClientId::new("expenses-desktop").unwrap(),
        name: Text {
            ja: "経費精算 デスクトップ".to_owned(),
            en: "Expenses for the desktop".to_owned(),
        },
        redirect_uris: [uri("http://127.0.0.1/callback")].into(),
        subject: SubjectKind::Pairwise("expenses.yamato-seiko.example".to_owned()),
        ..client("expenses", ConsentDemand::Asked)
    };
    let app = Application {
        id: AppId::new("expenses").unwrap(),
        name: web.name.clone(),
        description: Text {
            ja: "経費の申請と承認".to_owned(),
            en: "Expense claims and approvals".to_owned(),
        },
        upstream: None,
        ..chat
    };
    vec![
        Change::PutApplication(app),
        Change::PutClient(web),
        Change::PutClient(desktop),
    ]
}

#[tokio::test]
async fn the_console_shows_how_to_connect_and_nothing_of_a_secret() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    world.commit(expenses(&world)).await;
    let page = world.get("/console/clients/expenses-web", &admin).await;
    for shown in [
        "https://id.sekisho.localhost:8443/.well-known/openid-configuration",
        ">expenses-web<",
        "https://expenses.yamato-seiko.example/oidc/callback",
        "期限切れ",
        "期限なし",
    ] {
        assert!(page.body().contains(shown), "{shown}");
    }
    for secret in ["a1a1", "a2a2", "a3a3"] {
        assert!(!page.body().contains(secret), "{secret}");
    }
    let list = world.get("/console/clients", &admin).await;
    assert!(list.body().contains("/console/clients/expenses-desktop"));
    let her = world.sign_in(world.hanako, None).await;
    let refused = world.get("/console/clients/expenses-web", &her).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

/// What is not behind the gateway opens where its client begins; nothing is said of a host that it does not have.
#[tokio::test]
async fn the_portal_opens_an_application_elsewhere() {
    let world = World::new().await;
    let her = world.sign_in(world.hanako, None).await;
    world.commit(expenses(&world)).await;
    let tile = "href=\"https://expenses.yamato-seiko.example/\"";
    assert!(world.get("/", &her).await.body().contains(tile));
    let web = ClientId::new("expenses-web").unwrap();
    world.commit(vec![Change::RemoveClient(web)]).await;
    let page = world.get("/", &her).await;
    assert!(page.body().contains("いつもの入口から開き"));
    assert!(!page.body().contains("https://expenses."));
}

/// A parameter of the address that the browser is sent to.
pub(super) fn parameter(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// What the client is told: its error, or that it has a code.
pub(super) fn told(response: &Response<String>) -> String {
    let to = location(response);
    assert_eq!(
        response.status(),
        StatusCode::SEE_OTHER,
        "{}",
        response.body()
    );
    assert!(
        to.starts_with("https://books.example/signed-in?tenant=1&"),
        "{to}"
    );
    assert_eq!(parameter(to, "state").as_deref(), Some("s-1"));
    assert_eq!(
        parameter(to, "iss").as_deref(),
        Some("https://id.sekisho.localhost:8443")
    );
    match parameter(to, "error") {
        Some(error) => error,
        None => "code".to_owned(),
    }
}

pub(super) async fn anonymous(world: &World, path: &str) -> Response<String> {
    let request = world.request(&Method::GET, path, None, Presentation::NotAsked, "");
    world.send(request).await
}

pub(super) async fn world(app: &str, consent: ConsentDemand) -> (World, SignedIn) {
    let world = World::new().await;
    world
        .commit(vec![Change::PutClient(client(app, consent))])
        .await;
    let who = world.sign_in(world.hanako, None).await;
    (world, who)
}

#[tokio::test]
async fn a_code_for_whoever_is_signed_in() {
    let (world, who) = world("chat", ConsentDemand::Implied).await;
    let response = world.get(&asks(&[]), &who).await;
    assert_eq!(told(&response), "code");
    let code = parameter(location(&response), "code").unwrap();
    let (id, secret) = Grant::of_bearer(&code).unwrap();
    let grant = world.live.read(|state| state.grants[&id].clone());
    assert_eq!(
        (grant.person, grant.session, grant.client.as_str()),
        (world.hanako, who.session, "books")
    );
    let kept = GrantState::Code {
        code: received_hash(secret),
        until: world.now() + Seconds(60),
    };
    assert_eq!(grant.state, kept);
    let asked: zt_federation::AuthorizationRequest = serde_json::from_str(&grant.asked).unwrap();
    assert_eq!(asked.nonce.as_deref(), Some("n-1"));
}

#[tokio::test]
async fn the_browser_goes_nowhere_unless_it_is_certain_where() {
    let (world, who) = world("chat", ConsentDemand::Implied).await;
    for (with, words) in [
        (vec![("client_id", "nobody")], "登録されていません"),
        (vec![("client_id", "")], "登録されていません"),
        (vec![("redirect_uri", "")], "戻り先が指定されていません"),
        (
            vec![("redirect_uri", "https://evil.example/")],
            "戻り先は登録されていません",
        ),
        (
            vec![("redirect_uri", "https://books.example/signed-in?tenant=1&x")],
            "戻り先は登録されていません",
        ),
        (
            vec![("redirect_uri", "https://books.example@evil.example/")],
            "戻り先は登録されていません",
        ),
    ] {
        for path in [asks(&with), format!("{}&redirect_uri=x", asks(&with))] {
            let response = world.get(&path, &who).await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path}");
            assert!(!response.headers().contains_key(header::LOCATION));
            if !path.ends_with("=x") {
                assert!(
                    response.body().contains(words),
                    "{path}\n{}",
                    response.body()
                );
            }
        }
    }
    let long = asks(&[("login_hint", &"a".repeat(4000))]);
    assert_eq!(
        world.get(&long, &who).await.status(),
        StatusCode::BAD_REQUEST
    );
    for (with, error) in [
        (
            vec![("response_type", "token")],
            "unsupported_response_type",
        ),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("scope", "openid groups")], "invalid_scope"),
        (vec![("request", "e30")], "invalid_request_object"),
    ] {
        assert_eq!(told(&world.get(&asks(&with), &who).await), error);
    }
    assert!(world.live.read(|state| state.grants.is_empty()));
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_first_unless_nothing_may_be_shown() {
    let (world, who) = world("chat", ConsentDemand::Implied).await;
    let response = anonymous(&world, &asks(&[("prompt", "none")])).await;
    assert_eq!(told(&response), "login_required");
    let response = anonymous(&world, &asks(&[("prompt", "login")])).await;
    let way = parameter(location(&response), "return").unwrap();
    assert!(location(&response).starts_with("/signin?return="));
    assert!(
        way.starts_with("/oauth2/authorize?client_id=books&"),
        "{way}"
    );
    // She signed in before that: she is asked again, and then no more.
    world
        .live
        .clock()
        .advance(std::time::Duration::from_secs(5));
    for prompt in ["login", "select_account"] {
        let response = world.get(&asks(&[("prompt", prompt)]), &who).await;
        assert!(location(&response).starts_with("/signin"), "{prompt}");
        let way = parameter(location(&response), "return").unwrap();
        let fresh = world.sign_in(world.hanako, None).await;
        assert_eq!(told(&world.get(&way, &fresh).await), "code", "{prompt}");
        let (begin, came) = way.split_once("sekisho_since=").unwrap();
        let (_, code) = came.split_once('.').unwrap();
        let signed_in = world
            .live
            .read(|state| state.sessions[&who.session].authenticated_at.as_millis());
        // Nobody else's sign-in of before counts, whatever is written there.
        for other in [
            format!("{begin}sekisho_since={signed_in}.{code}"),
            way.replace("nonce=n-1", "nonce=n-2"),
            way.replace("sekisho_since=1", "sekisho_since=0"),
            way.split("&sekisho_since").next().unwrap().to_owned(),
        ] {
            let response = world.get(&other, &who).await;
            assert!(location(&response).starts_with("/signin"), "{other}");
        }
        world
            .live
            .clock()
            .advance(std::time::Duration::from_secs(5));
    }
    let old = asks(&[("max_age", "8"), ("prompt", "none")]);
    assert_eq!(told(&world.get(&old, &who).await), "login_required");
    let young = asks(&[("max_age", "60"), ("prompt", "none")]);
    assert_eq!(told(&world.get(&young, &who).await), "code");
}

#[tokio::test]
async fn more_is_proven_where_the_client_demands_it() {
    let (world, who) = world("chat", ConsentDemand::Implied).await;
    let wish = world.get(&asks(&[("acr_values", "phr")]), &who).await;
    assert!(location(&wish).starts_with("/signin/step-up?demand=phishing-resistant"));
    // Whoever could not comes all the same: it was a wish.
    world
        .live
        .clock()
        .advance(std::time::Duration::from_secs(5));
    let way = parameter(location(&wish), "return").unwrap();
    let again = world.sign_in(world.hanako, None).await;
    assert_eq!(told(&world.get(&way, &again).await), "code");
    let essential = r#"{"id_token":{"acr":{"essential":true,"values":["phr"]}}}"#;
    let demand = world.get(&asks(&[("claims", essential)]), &who).await;
    assert!(location(&demand).starts_with("/signin/step-up?demand=phishing-resistant"));
    let way = parameter(location(&demand), "return").unwrap();
    let again = world.sign_in(world.hanako, None).await;
    assert_eq!(
        told(&world.get(&way, &again).await),
        "unmet_authentication_requirements"
    );
    let silent = asks(&[("claims", essential), ("prompt", "none")]);
    assert_eq!(
        told(&world.get(&silent, &who).await),
        "interaction_required"
    );
}

#[tokio::test]
async fn nobody_else_than_the_one_the_client_wants() {
    let (world, who) = world("chat", ConsentDemand::Implied).await;
    let client = world
        .live
        .read(|state| state.clients.values().next().cloned().unwrap());
    let hint = |subject: &str, audience: &str| {
        let claims = json!({
            "iss": "https://id.sekisho.localhost:8443", "sub": subject, "aud": audience, "sid": "x"
        });
        let keyring = world.keyring.load();
        let signer = keyring.signer_for(TokenKind::IdToken, SigningAlgorithm::Es256);
        signer.unwrap().sign(&claims).unwrap()
    };
    let hers = world.live.subject_for(&client, world.hanako);
    let his = world.live.subject_for(&client, world.ken);
    let named = |subject: &str| format!("{{\"id_token\":{{\"sub\":{{\"value\":\"{subject}\"}}}}}}");
    for (name, value) in [
        ("id_token_hint", hint(&hers, "books")),
        ("claims", named(&hers)),
    ] {
        let path = asks(&[(name, &value), ("prompt", "none")]);
        assert_eq!(told(&world.get(&path, &who).await), "code", "{name}");
    }
    for wrong in [hint(&hers, "other"), format!("{}x", hint(&hers, "books"))] {
        let path = asks(&[("id_token_hint", &wrong)]);
        assert_eq!(told(&world.get(&path, &who).await), "invalid_request");
    }
    for (name, value) in [
        ("id_token_hint", hint(&his, "books")),
        ("claims", named(&his)),
    ] {
        let silent = asks(&[(name, &value), ("prompt", "none")]);
        assert_eq!(told(&world.get(&silent, &who).await), "login_required");
        let response = world.get(&asks(&[(name, &value)]), &who).await;
        assert!(location(&response).starts_with("/signin?again=yes&return="));
        // Asked once, she is still not he.
        world
            .live
            .clock()
            .advance(std::time::Duration::from_secs(5));
        let way = parameter(location(&response), "return").unwrap();
        let again = world.sign_in(world.hanako, None).await;
        assert_eq!(told(&world.get(&way, &again).await), "login_required");
        let he = world.sign_in(world.ken, None).await;
        assert_eq!(told(&world.get(&way, &he).await), "code");
    }
}

#[tokio::test]
async fn an_answer_can_come_as_a_form() {
    let (world, who) = world("chat", ConsentDemand::Implied).await;
    let hostile = "\"><script>alert(1)</script>";
    let path = asks(&[("response_mode", "form_post"), ("state", hostile)]);
    let response = world.get(&path, &who).await;
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.body();
    assert!(
        body.contains("action=\"https://books.example/signed-in?tenant=1\""),
        "{body}"
    );
    assert!(body.contains("name=\"code\"") && body.contains("data-send"));
    assert!(!body.contains("<script>alert"), "{body}");
    // A request in a form comes round as an address.
    let (_, query) = path.split_once('?').unwrap();
    let request = world.request(
        &Method::POST,
        "/oauth2/authorize",
        None,
        Presentation::NotAsked,
        query,
    );
    assert_eq!(location(&world.send(request).await), path);
}

#[tokio::test]
async fn signing_out_from_a_client() {
    let (world, who) = world("chat", ConsentDemand::Implied).await;
    let hint = |sid: String, issuer: &str| {
        let claims = json!({ "iss": issuer, "sub": "x", "aud": "books", "sid": sid });
        let keyring = world.keyring.load();
        let signer = keyring.signer_for(TokenKind::IdToken, SigningAlgorithm::Es256);
        signer.unwrap().sign(&claims).unwrap()
    };
    let issuer = "https://id.sekisho.localhost:8443";
    let bye = "post_logout_redirect_uri=https%3A%2F%2Fbooks.example%2Fbye&state=s-1";
    // What the client's ID token calls a session that it has a code of.
    let named = async |who: &SignedIn| {
        let response = world.get(&asks(&[]), who).await;
        let code = parameter(location(&response), "code").unwrap();
        let (id, _) = Grant::of_bearer(&code).unwrap();
        let grant = world.live.read(|state| state.grants[&id].clone());
        world.live.sid(&grant).unwrap()
    };
    let sid = named(&who).await;
    let mine = hint(sid.clone(), issuer);
    for query in [
        format!(
            "id_token_hint={}",
            hint(sid.clone(), "https://evil.example")
        ),
        format!("id_token_hint={mine}x"),
        format!("id_token_hint={mine}&client_id=other"),
        "client_id=nobody".to_owned(),
        "client_id=books&post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F".to_owned(),
    ] {
        let response = world.get(&format!("/oauth2/logout?{query}"), &who).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
    }
    // Without a token that names the session she is asked.
    let path = format!("/oauth2/logout?client_id=books&{bye}");
    let asked = world.get(&path, &who).await;
    assert!(asked.body().contains("経理ブック"), "{}", asked.body());
    let goes_on = || {
        world
            .live
            .read(|state| state.sessions[&who.session].ended.is_none())
    };
    assert!(goes_on());
    let post = |body: String| {
        world.request(
            &Method::POST,
            &path,
            Some(&who),
            Presentation::NotAsked,
            &body,
        )
    };
    let forged = world.send(post("token=0".to_owned())).await;
    assert!(goes_on(), "{forged:?}");
    let yes = post(format!("token={}", world.token(&who).await));
    assert_eq!(
        location(&world.send(yes).await),
        "https://books.example/bye?state=s-1"
    );
    assert!(!goes_on());

    let who = world.sign_in(world.hanako, None).await;
    let path = format!(
        "/oauth2/logout?id_token_hint={}&{bye}",
        hint(named(&who).await, issuer)
    );
    let done = world.get(&path, &who).await;
    assert_eq!(location(&done), "https://books.example/bye?state=s-1");
    assert!(
        world
            .live
            .read(|state| state.sessions[&who.session].ended.is_some())
    );
    // Once more is no mistake, and without an address a page says so.
    assert_eq!(
        location(&world.get(&path, &who).await),
        "https://books.example/bye?state=s-1"
    );
    let done = anonymous(&world, "/oauth2/logout").await;
    assert!(done.body().contains("サインアウトしました"));
}

/// A client may say whom it takes her to be; whether there is anybody of that name, nobody learns by it.
#[tokio::test]
async fn a_hint_comes_to_the_sign_in_as_it_is() {
    let (world, _) = world("chat", ConsentDemand::Implied).await;
    let site = crate::signin::Site::new("sekisho.localhost", 8443);
    for name in ["hanako", "nobody", ""] {
        let response = anonymous(&world, &asks(&[("login_hint", name)])).await;
        let way = parameter(location(&response), "return").unwrap();
        let back = zt_auth::ReturnPath::parse(&way).unwrap();
        let hint = crate::federate::login_hint(&world.live, &site, &back);
        assert_eq!(hint.unwrap_or_default(), name);
    }
}

/// A client that binds its codes by a nonce alone is an exception: it is seen, and does not fill the log.
#[tokio::test]
async fn codes_without_a_proof_key_are_noted_once_a_day() {
    let (world, who) = world("chat", ConsentDemand::Implied).await;
    let lax = Client {
        authentication: Authentication::SecretBasic,
        secrets: vec![ClientSecret {
            hash: TokenHash([1; 32]),
            expires_at: Timestamp::FAR_FUTURE,
        }],
        proof_key: ProofKey::OrNonce,
        ..client("chat", ConsentDemand::Implied)
    };
    world.commit(vec![Change::PutClient(lax)]).await;
    let noted = async || {
        world.live.store().flush().await.unwrap();
        let events = world.live.events(zt_store::EventFilter {
            limit: 100,
            ..Default::default()
        });
        let bodies = events.await.unwrap().into_iter();
        let waived = bodies.filter(|logged| {
            matches!(&logged.event.body, zt_events::Body::ProofKeyWaived { client, .. } if client.as_str() == "books")
        });
        waived.count()
    };
    let bare = asks(&[("code_challenge", ""), ("code_challenge_method", "")]);
    assert_eq!(told(&world.get(&asks(&[]), &who).await), "code");
    assert_eq!(noted().await, 0);
    for _ in 0..3 {
        assert_eq!(told(&world.get(&bare, &who).await), "code");
    }
    assert_eq!(noted().await, 1);
    let day = std::time::Duration::from_secs(11 * 3600);
    world.live.clock().advance(day);
    assert_eq!(told(&world.get(&bare, &who).await), "code");
    world
        .live
        .clock()
        .advance(std::time::Duration::from_secs(2 * 3600));
    let again = world.sign_in(world.hanako, None).await;
    assert_eq!(told(&world.get(&bare, &again).await), "code");
    world.live.clock().advance(day);
    assert_eq!(told(&world.get(&bare, &again).await), "code");
    assert_eq!(noted().await, 2);
}
