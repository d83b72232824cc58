//! What the issue of bad input asks for, against the real server in this process. `docs/bad-input.md` says which test of the
//! workspace holds which promise.

mod clock;
mod cookies;
mod disk;
mod requests;
mod signals;

use zt_testkit::{Account, Server, Visitor};
use zt_types::Language;

/// Whatever the value's error says is the failure.
fn must<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// Somebody who is signed in at `host`, perhaps on an enrolled device.
async fn signed_in(
    server: &Server,
    login: &str,
    host: &str,
    device: Option<&str>,
) -> (Visitor, Account) {
    let mut visitor = must(server.visitor(Language::En));
    if let Some(hostname) = device {
        let identity = must(server.device(login, hostname).await);
        must(visitor.hold(Some(identity)));
    }
    let mut account = server.account(login);
    let now = server.clock().now();
    let page = must(
        visitor
            .sign_in(&mut account, &server.at(host, "/"), now)
            .await,
    );
    assert!(
        page.status.is_success(),
        "{}",
        page.lacks("the application")
    );
    (visitor, account)
}
