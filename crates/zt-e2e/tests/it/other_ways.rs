//! A client with npm `openid-client` comes to tokens without a code: on a device whose person signs in elsewhere, and by exchange.

use std::fs;

use zt_e2e::{Curl, Demo, Library, Registration, RelyingParty};
use zt_net::Clock;
use zt_testkit::Account;

const SECRET: &str = "a-secret-of-more-than-one-hundred-and-twenty-eight-bits";

const ORGANISATION: &str = r#"
[[application]]
id = "books"
name = { ja = "経理ブック", en = "Books" }
description = { ja = "社外の会計サービス", en = "Accounting elsewhere" }
owner = "ken"
sensitivity = "internal"

[[application]]
id = "ledger"
name = { ja = "元帳", en = "Ledger" }
description = { ja = "社外の元帳", en = "A ledger elsewhere" }
owner = "ken"
sensitivity = "internal"

[[client]]
id = "books-device"
name = { ja = "経理ブック 端末", en = "Books on a device" }
application = "books"
grants = ["device_code", "refresh_token", "token_exchange"]
exchange_to = ["ledger-api"]

[[client.secret]]
file = "secrets/books.secret"

[[client]]
id = "ledger-api"
name = { ja = "元帳 API", en = "Ledger API" }
application = "ledger"
grants = ["client_credentials"]

[[client.secret]]
file = "secrets/books.secret"
"#;

fn must<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn openid_client_on_a_device_and_for_another_application() {
    let demo = must(Demo::start());
    let folder = demo.state().join("organisation");
    fs::write(folder.join("secrets/books.secret"), SECRET).unwrap();
    fs::write(folder.join("books.toml"), ORGANISATION).unwrap();
    must(demo.apply());
    let client = Registration {
        id: "books-device",
        secret: SECRET,
        method: "client_secret_basic",
    };
    let party = must(RelyingParty::start(
        Library::OpenidClientWays,
        &demo,
        client,
    ));
    // The device's own requests and her browser share nothing but the code that she compares.
    let (device, browser) = (
        must(Curl::new(&demo.authority())),
        must(Curl::new(&demo.authority())),
    );
    let told = must(party.asked(&device, "device"));
    let page = told["verification_uri_complete"]
        .as_str()
        .unwrap()
        .to_owned();
    let code = told["user_code"].as_str().unwrap().to_owned();
    assert!(
        page.starts_with(&demo.at("id", "/device?user_code=")),
        "{page}"
    );
    let mut hanako = Account::new("hanako", demo.password("hanako"));
    let now = Clock::system().now();
    let typed = must(browser.sign_in(&mut hanako, &page, now));
    assert!(typed.body.contains(&code), "{}", typed.body);
    let asked = must(browser.submit(&typed, "/device", &[("user_code", &code)]));
    assert_eq!(asked.heading(), "Books on a device", "{}", asked.body);
    assert!(asked.body.contains(&code), "{}", asked.body);
    let done = must(browser.submit(&asked, "/device", &[("answer", "allow")]));
    assert_eq!(done.heading(), "Your device is signed in", "{}", done.body);
    let got = must(party.asked(&device, "tokens"));
    assert_eq!(got["claims"]["aud"], "books-device", "{got}");
    assert_eq!(got["person"]["preferred_username"], "hanako", "{got}");
    assert_eq!(got["scope"], "openid profile", "{got}");
    let refreshed = must(party.asked(&device, "refresh"));
    assert_eq!(refreshed["claims"]["sub"], got["claims"]["sub"]);
    let exchanged = must(party.asked(&device, "exchange"));
    let said = &exchanged["said"];
    assert_eq!(said["active"], true, "{exchanged}");
    assert_eq!(said["aud"], demo.at("id", "/resources/ledger-api"));
    assert_eq!(said["act"]["sub"], "books-device", "{exchanged}");
    assert_eq!(said["scope"], "openid", "{exchanged}");
    assert_eq!(said["sub"], got["claims"]["sub"], "{exchanged}");

    // She says no to the next one, and the device is told.
    let told = must(party.asked(&device, "device"));
    let code = told["user_code"].as_str().unwrap().to_lowercase();
    let asked = must(browser.open(&demo.at("id", "/device")));
    let asked = must(browser.submit(&asked, "/device", &[("user_code", &code)]));
    assert_eq!(asked.heading(), "Books on a device", "{}", asked.body);
    must(browser.submit(&asked, "/device", &[("answer", "deny")]));
    let refused = must(party.asked(&device, "tokens"));
    assert_eq!(refused["error"], "access_denied", "{refused}");
}
