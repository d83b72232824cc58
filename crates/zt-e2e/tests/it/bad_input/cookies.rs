//! Cookies that were changed, moved or doubled, and codes for another browser.

use super::{must, signed_in};
use http::StatusCode;
use zt_testkit::{DOMAIN, Server, Visitor};
use zt_types::Language;

const SESSION: &str = "__Host-sekisho";
const START: &str = "__Host-sekisho-start";

fn flipped(text: &str) -> String {
    let middle = text.len() / 2;
    let other = if text[middle..].starts_with('A') {
        'B'
    } else {
        'A'
    };
    format!("{}{other}{}", &text[..middle], &text[middle + 1..])
}

async fn is_nobody(visitor: &mut Visitor, server: &Server, host: &str, why: &str) {
    let before = server.upstream().requests();
    let page = must(visitor.look(&server.at(host, "/")).await);
    assert_eq!(page.status, StatusCode::FOUND, "{why}: {}", page.html);
    assert_eq!(
        server.upstream().requests(),
        before,
        "{why}: the application was reached"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_are_nobodys() {
    let server = must(Server::start().await);
    let (mut aiko, _) = signed_in(&server, "aiko", "inside", None).await;
    let (inside, open) = (format!("inside.{DOMAIN}"), format!("open.{DOMAIN}"));
    let real = aiko.cookie(&inside, SESSION).unwrap().to_owned();
    let long = "x".repeat(3_000);
    for (why, value) in [
        ("one character changed", flipped(&real)),
        ("one character more", format!("{real}A")),
        ("one character less", real[1..].to_owned()),
        ("empty", String::new()),
        ("long", long),
        ("quoted", format!("\"{real}\"")),
        (
            "a second one",
            format!("{real}; {SESSION}={}", flipped(&real)),
        ),
        ("the same twice", format!("{real}; {SESSION}={real}")),
    ] {
        aiko.set_cookie(&inside, SESSION, &value);
        is_nobody(&mut aiko, &server, "inside", why).await;
    }
    aiko.set_cookie(&open, SESSION, &real);
    is_nobody(
        &mut aiko,
        &server,
        "open",
        "the cookie of another application",
    )
    .await;
    aiko.set_cookie(&inside, SESSION, &real);
    assert_eq!(
        must(aiko.look(&server.at("inside", "/")).await).status,
        StatusCode::OK
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_worth_nothing_in_another_browser_and_the_second_time() {
    let server = must(Server::start().await);
    let (mut aiko, _) = signed_in(&server, "aiko", "id", None).await;
    // As far as the code, and no further.
    let start = must(aiko.look(&server.at("open", "/")).await);
    let passage = start.headers["location"].to_str().unwrap().to_owned();
    let minted = must(aiko.look(&passage).await);
    let redeem = minted.headers["location"].to_str().unwrap().to_owned();
    assert!(redeem.contains("/.sekisho/redeem"), "{redeem}");

    let mut other = must(server.visitor(Language::En));
    let stolen = must(other.look(&redeem).await);
    assert!(
        stolen.status.is_client_error() || stolen.status.is_redirection(),
        "{}",
        stolen.status
    );
    assert_eq!(
        other.cookie(&format!("open.{DOMAIN}"), SESSION),
        None,
        "a stolen code signs somebody in"
    );

    let host = format!("open.{DOMAIN}");
    let binding = aiko.cookie(&host, START).unwrap().to_owned();
    aiko.set_cookie(&host, START, &flipped(&binding));
    must(aiko.look(&redeem).await);
    assert_eq!(
        aiko.cookie(&host, SESSION),
        None,
        "a changed binding is believed"
    );

    let page = must(aiko.open(&server.at("open", "/")).await);
    assert_eq!(page.status, StatusCode::OK);
    let session = aiko.cookie(&host, SESSION).unwrap().to_owned();
    must(aiko.look(&redeem).await);
    assert_eq!(
        aiko.cookie(&host, SESSION),
        Some(session.as_str()),
        "a used code makes another session"
    );
}
