//! Texts that others write and pages show: names of clients, states, hints, languages, codes. None becomes part of a page.

use super::clients::{anonymous, asks, consent, parameter, registered_with, world};
use super::location;
use super::world::{SignedIn, World};
use http::{Method, Response, StatusCode, header};
use zt_device::Presentation;
use zt_federation::{Client, ConsentDemand};
use zt_store::Change;
use zt_types::Text;

/// What gets out of a text, an attribute, a tag and a script.
const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";

/// Whether a page is what we wrote: nothing of theirs opens a tag, and no script runs that is not in a file of ours.
fn is_clean(what: &str, response: &Response<String>) {
    let body = response.body();
    for begun in ["<script>", "<img src=x", "\"'>", "'><"] {
        assert!(!body.contains(begun), "{what}: {begun}\n{body}");
    }
    assert!(!response.headers().contains_key("x-evil"), "{what}");
    let policy = response.headers().get(header::CONTENT_SECURITY_POLICY);
    let policy = policy.unwrap_or_else(|| panic!("{what}")).to_str().unwrap();
    assert!(policy.contains("script-src 'self'"), "{what}: {policy}");
    assert!(!policy.contains("unsafe-inline"), "{what}: {policy}");
}

/// A client whose name somebody chose who means no good.
async fn hostile(demand: ConsentDemand) -> (World, SignedIn) {
    let (world, who) = world("chat", demand).await;
    let named = Client {
        name: Text {
            ja: HOSTILE.to_owned(),
            en: HOSTILE.to_owned(),
        },
        ..registered_with("chat", demand)
    };
    world.commit(vec![Change::PutClient(named)]).await;
    (world, who)
}

#[tokio::test]
async fn a_form_that_carries_an_answer_carries_nothing_else() {
    let (world, who) = hostile(ConsentDemand::Implied).await;
    let as_form = ("response_mode", "form_post");
    for state in [
        HOSTILE,
        "javascript:alert(1)",
        "</form><form action=//evil.example>",
    ] {
        let answer = world.get(&asks(&[as_form, ("state", state)]), &who).await;
        assert_eq!(answer.status(), StatusCode::OK);
        is_clean(state, &answer);
        let body = answer.body();
        assert_eq!(body.matches("<form").count(), 1, "{body}");
        assert!(body.contains("action=\"https://books.example/signed-in?tenant=1\""));
        // An error is an answer too.
        let refused = asks(&[as_form, ("state", state), ("scope", "openid groups")]);
        let refused = world.get(&refused, &who).await;
        assert!(refused.body().contains("invalid_scope"));
        is_clean(state, &refused);
        assert_eq!(refused.body().matches("<form").count(), 1);
    }
}

#[tokio::test]
async fn pages_show_names_and_hints_as_they_are_written() {
    let (world, who) = hostile(ConsentDemand::Asked).await;
    let asked = world.get(&consent(&[("state", HOSTILE)]), &who).await;
    assert!(
        asked.body().contains("&#60;script&#62;"),
        "{}",
        asked.body()
    );
    is_clean("consent", &asked);
    let logout = world.get("/oauth2/logout?client_id=books", &who).await;
    assert!(
        logout.body().contains("&#60;script&#62;"),
        "{}",
        logout.body()
    );
    is_clean("sign-out", &logout);
    let encoded = zt_pages::language::percent_encoded(HOSTILE);
    let device = world
        .get(&format!("/device?user_code={encoded}"), &who)
        .await;
    assert!(
        device.body().contains("&#60;script&#62;"),
        "{}",
        device.body()
    );
    is_clean("device", &device);
    for name in [
        "client_id",
        "redirect_uri",
        "scope",
        "ui_locales",
        "claims",
        "request_uri",
    ] {
        let path = asks(&[(name, HOSTILE)]);
        let answer = world.get(&path, &who).await;
        is_clean(name, &answer);
        if answer.status() == StatusCode::SEE_OTHER {
            let to = location(&answer);
            assert!(!to.contains(['<', '"', '\r', '\n', ' ']), "{name}: {to}");
        }
    }
    // The address itself stands in the links of the page.
    let path = format!("/oauth2/authorize?client_id=nobody&{encoded}={encoded}");
    let answer = world.get(&path, &who).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    is_clean("the address", &answer);
    let admin = world.sign_in(world.ken, None).await;
    is_clean(
        "console",
        &world.get("/console/clients/books", &admin).await,
    );
}

/// A request in a form comes round as an address: it writes no header.
#[tokio::test]
async fn a_form_writes_no_header() {
    let (world, _) = hostile(ConsentDemand::Implied).await;
    for path in ["/oauth2/authorize", "/oauth2/logout"] {
        for body in [
            "client_id=books\r\nx-evil: 1",
            "a=b\nset-cookie:a=b",
            "a=\u{e9}",
        ] {
            let request = world.request(&Method::POST, path, None, Presentation::NotAsked, body);
            let (mut parts, body) = request.into_parts();
            parts
                .headers
                .insert("sec-fetch-site", "cross-site".parse().unwrap());
            let answer = world.send(http::Request::from_parts(parts, body)).await;
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
            is_clean(path, &answer);
        }
    }
    for (state, carried) in [(HOSTILE, true), ("s\r\nx-evil: 1", false)] {
        let answer = anonymous(&world, &asks(&[("state", state), ("prompt", "none")])).await;
        let to = location(&answer);
        let state = parameter(to, "state").filter(|said| said == state);
        assert_eq!(state.is_some(), carried, "{to}");
        assert!(!answer.headers().contains_key("x-evil"));
    }
}
