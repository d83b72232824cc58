//! Which scripts in browsers may call the endpoints.

use super::super::{INTROSPECTION, REVOCATION, TOKEN, USERINFO};
use super::world::{BACK, SECRET, VERIFIER, World, basic, browser_client};
use http::{Method, Request};
use zt_federation::{Client, RedirectUri};
use zt_store::Change;

const HOME: &str = "https://board.example";

#[tokio::test]
async fn scripts_of_registered_origins_may_and_others_may_not() {
    let world = World::new().await;
    let elsewhere = Client {
        redirect_uris: [RedirectUri::parse("https://else.example:8443/back").unwrap()].into(),
        ..browser_client("elsewhere")
    };
    world.commit(Change::PutClient(elsewhere)).await;
    for (origin, may) in [
        (HOME, true),
        ("https://else.example:8443", true),
        ("https://else.example", false),
        ("https://BOARD.example", false),
        ("https://board.example/", false),
        ("https://board.example.evil.example", false),
        ("http://board.example", false),
        ("https://evil.example", false),
        ("null", false),
        ("*", false),
    ] {
        for path in [TOKEN, USERINFO, REVOCATION] {
            let request = Request::builder()
                .method(Method::OPTIONS)
                .uri(path)
                .header("origin", origin)
                .header("access-control-request-method", "POST");
            let answer = world.send(request, String::new()).await;
            assert_eq!(answer.status, 204);
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(allowed == origin, may, "{origin} {path}");
            assert_eq!(allowed.is_empty(), !may, "{origin} {path}");
            assert_eq!(answer.header("access-control-allow-credentials"), "");
            assert!(answer.header("vary").contains("Origin"));
        }
    }

    // What is answered is for the client that asked, and its scripts alone.
    let code = world.code("page").await;
    let origin = |origin: &str| ("origin".to_owned(), origin.to_owned());
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "page"),
        ("code", &code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    let given = world.post(TOKEN, &[origin(HOME)], &fields).await;
    assert_eq!(given.status, 200, "{}", given.body);
    assert_eq!(given.header("access-control-allow-origin"), HOME);
    let bearer = format!("Bearer {}", given.text("access_token"));
    let request = |origin: &str| {
        Request::get(USERINFO)
            .header("origin", origin)
            .header("authorization", &bearer)
    };
    let told = world.send(request(HOME), String::new()).await;
    assert_eq!(told.header("access-control-allow-origin"), HOME);
    let exposed = told.header("access-control-expose-headers");
    assert_eq!(exposed, "DPoP-Nonce, WWW-Authenticate");
    let told = world
        .send(request("https://else.example:8443"), String::new())
        .await;
    assert_eq!(told.header("access-control-allow-origin"), "");

    let again = world
        .post(TOKEN, &[origin("https://else.example:8443")], &fields)
        .await;
    assert_eq!(again.status, 400);
    assert_eq!(again.header("access-control-allow-origin"), "");
    let again = world.post(TOKEN, &[origin(HOME)], &fields).await;
    assert_eq!(
        again.header("access-control-allow-origin"),
        HOME,
        "it may read why not"
    );

    // A client with a secret has no business in a browser.
    let headers = [basic("board", SECRET), origin(HOME)];
    let given = world
        .post(TOKEN, &headers, &[("grant_type", "client_credentials")])
        .await;
    assert_eq!(given.status, 200);
    assert_eq!(given.header("access-control-allow-origin"), "");
    let fields = [("token", "x")];
    let said = world.post(INTROSPECTION, &headers, &fields).await;
    assert_eq!(said.header("access-control-allow-origin"), "");
}
