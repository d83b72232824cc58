//! A client with npm `openid-client` that nobody registered: it does so itself.

use std::fs;
use std::process::Command;

use zt_e2e::{Curl, Demo, Library, Registration, RelyingParty};
use zt_net::Clock;
use zt_testkit::Account;

const ORGANISATION: &str = r#"
[[application]]
id = "books"
name = { ja = "経理ブック", en = "Books" }
description = { ja = "社外の会計サービス", en = "Accounting elsewhere" }
owner = "ken"
sensitivity = "internal"
"#;

fn must<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// What an operator types; what the program says to it, as JSON.
fn operator(demo: &Demo, words: &[&str]) -> serde_json::Value {
    let mut command = Command::new(demo.binary());
    command.args(["--json", "registration"]).args(words);
    command.arg("--socket");
    command.arg(demo.state().join("server/admin.sock"));
    let told = command.output().unwrap();
    let said = String::from_utf8_lossy(&told.stderr);
    assert!(told.status.success(), "{said}");
    serde_json::from_slice(&told.stdout).unwrap()
}

#[test]
fn openid_client_registers_itself() {
    let demo = must(Demo::start());
    fs::write(demo.state().join("organisation/books.toml"), ORGANISATION).unwrap();
    must(demo.apply());
    let made = operator(
        &demo,
        &[
            "allow",
            "books",
            "--note",
            "portal",
            "--scopes",
            "openid,profile",
        ],
    );
    let secret = made["token"].as_str().unwrap();
    let given = Registration {
        id: "",
        secret,
        method: "",
    };
    let library = Library::OpenidClientRegistration;
    let party = must(RelyingParty::start(library, &demo, given));
    let curl = must(Curl::new(&demo.authority()));
    let registered = must(party.asked(&curl, "register"));
    assert_eq!(registered["has_secret"], true, "{registered}");
    assert_eq!(registered["named"], true, "{registered}");
    assert_eq!(registered["scope"], "openid profile", "within the token");
    let listed = operator(&demo, &["list"]);
    assert_eq!(listed[0]["used"], 1, "{listed}");
    // The token was for one.
    let again = must(party.asked(&curl, "register"));
    assert!(again["error"].is_string(), "{again}");

    let mut hanako = Account::new("hanako", demo.password("hanako"));
    let now = Clock::system().now();
    let asked = must(curl.sign_in(&mut hanako, &party.at("login"), now));
    assert_eq!(asked.heading(), "Portal", "{}", asked.body);
    assert!(asked.body.contains("registered itself"), "{}", asked.body);
    let agreed = must(curl.submit(&asked, "", &[("answer", "allow")]));
    let got = must(zt_e2e::said(&agreed));
    assert_eq!(got["claims"]["aud"], registered["client_id"], "{got}");
    // It came signed: that is how the client registered itself.
    assert_eq!(got["person"]["preferred_username"], "hanako", "{got}");
    let refreshed = must(party.asked(&curl, "refresh"));
    assert_eq!(refreshed["claims"]["sub"], got["claims"]["sub"]);

    let read = must(party.asked(&curl, "read"));
    assert_eq!(read["status"], 200, "{read}");
    assert_eq!(read["said"]["client_name#ja"], "ポータル", "{read}");
    let renamed = must(party.asked(&curl, "rename"));
    assert_eq!(renamed["status"], 200, "{renamed}");
    // She agreed to another name: what rested on that has ended.
    let ended = must(party.asked(&curl, "refresh"));
    assert_eq!(ended["error"], "invalid_grant", "{ended}");
    let removed = must(party.asked(&curl, "remove"));
    assert_eq!(removed["status"], 204, "{removed}");
    let gone = must(party.asked(&curl, "read"));
    assert_eq!(gone["status"], 401, "{gone}");
}
