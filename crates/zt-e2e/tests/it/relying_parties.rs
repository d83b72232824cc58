//! Clients with libraries nobody here wrote sign people in through the running demo.

use std::fs;

use serde_json::json;
use zt_e2e::{Curl, Demo, Library, Registration, RelyingParty, run_browser, said};
use zt_net::Clock;
use zt_testkit::Account;

const SECRET: &str = "a-secret-of-more-than-one-hundred-and-twenty-eight-bits";

/// An application elsewhere with a client.
const ORGANISATION: &str = r#"
[[application]]
id = "books"
name = { ja = "経理ブック", en = "Books" }
description = { ja = "社外の会計サービス", en = "Accounting elsewhere" }
owner = "ken"
sensitivity = "internal"
"#;

/// A client: its id, how it authenticates, and what signs its ID tokens.
#[derive(Debug, Clone, Copy)]
struct Kind {
    id: &'static str,
    method: &'static str,
    algorithm: &'static str,
    /// Where browsers come back to with a code, and after signing out.
    callback: &'static str,
    bye: &'static str,
    /// Where it is told that a session ended, if it can be told.
    told: Option<&'static str>,
    /// Where her browser tells it that she signed out, if it does.
    front: Option<&'static str>,
    /// What else is registered.
    more: &'static str,
}

impl Kind {
    const fn new(id: &'static str, method: &'static str, algorithm: &'static str) -> Self {
        Self {
            id,
            method,
            algorithm,
            callback: "callback",
            bye: "bye",
            told: Some("backchannel"),
            front: None,
            more: "",
        }
    }
}

const BASIC: Kind = Kind::new("books-basic", "client_secret_basic", "RS256");
const ELLIPTIC: Kind = Kind::new("books-elliptic", "client_secret_basic", "ES256");
const POST: Kind = Kind::new("books-post", "client_secret_post", "ES256");
const PUBLIC: Kind = Kind::new("books-public", "none", "EdDSA");
const KEYS: Kind = Kind::new("books-keys", "private_key_jwt", "ES256");

fn must<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// Registers the client, which comes back to `callback` with a code, and after signing out to a page of this party.
fn register(demo: &Demo, party: &RelyingParty, kind: Kind, callback: &str) {
    let folder = demo.state().join("organisation");
    fs::write(folder.join("secrets/books.secret"), SECRET).unwrap();
    let Kind {
        id,
        method,
        algorithm,
        bye,
        told,
        front,
        more,
        ..
    } = kind;
    let bye = party.at(bye);
    let told = told.map_or_else(String::new, |told| {
        format!("backchannel_logout = \"{}\"", party.at(told))
    });
    let front = front.map_or_else(String::new, |front| {
        format!("frontchannel_logout = \"{}\"", party.at(front))
    });
    let proof = match method {
        "none" => String::new(),
        "private_key_jwt" => format!("keys_file = \"{id}.jwks.json\""),
        _ => "[[client.secret]]\nfile = \"secrets/books.secret\"".to_owned(),
    };
    let client = format!(
        "\n[[client]]\nid = \"{id}\"\nname = {{ ja = \"{id}\", en = \"{id}\" }}\napplication = \"books\"\n\
         authentication = \"{method}\"\nid_token = \"{algorithm}\"\n\
         scopes = [\"openid\", \"profile\", \"email\", \"groups\"]\n\
         redirect_uris = [\"{callback}\"]\npost_logout_redirect_uris = [\"{bye}\"]\n{told}\n{front}\n{more}\n{proof}\n"
    );
    fs::write(folder.join("books.toml"), format!("{ORGANISATION}{client}")).unwrap();
    must(demo.apply());
}

/// Signs in, gets tokens, uses, refreshes and gives them back, and signs out: what every client does.
fn goes_through(library: Library, kind: Kind) {
    let Kind {
        id,
        method,
        algorithm,
        ..
    } = kind;
    let demo = must(Demo::start());
    let secret = if method == "none" { "" } else { SECRET };
    let client = Registration { id, secret, method };
    let party = must(RelyingParty::start(library, &demo, client));
    // Such an address may have any port.
    let callback = format!("http://127.0.0.1/{}", kind.callback);
    register(&demo, &party, kind, &callback);
    let curl = must(Curl::new(&demo.authority()));
    let mut hanako = Account::new("hanako", demo.password("hanako"));
    let now = Clock::system().now();
    let arrived = must(curl.sign_in(&mut hanako, &party.at("login"), now));
    let got = must(said(&arrived));
    let issuer = demo.at("id", "");
    let subject = got["claims"]["sub"].clone();
    assert_eq!(got["claims"]["iss"], issuer, "{got}");
    // Some write a list of one where the token has a text.
    let audience = &got["claims"]["aud"];
    assert!([json!(id), json!([id])].contains(audience), "{got}");
    assert_eq!(got["claims"]["acr"], "mfa", "{got}");
    assert_eq!(got["algorithm"], algorithm, "{got}");
    assert_eq!(got["person"]["sub"], subject, "{got}");
    assert_eq!(got["person"]["preferred_username"], "hanako", "{got}");
    // Who is signed in is not asked again, and every code is another one.
    let again = must(party.asked(&curl, "login"));
    assert_eq!(again["claims"]["sub"], subject, "{again}");
    assert_eq!(again["claims"]["auth_time"], got["claims"]["auth_time"]);
    assert_ne!(again["code"], got["code"]);
    let refreshed = must(party.asked(&curl, "refresh"));
    assert_eq!(refreshed["claims"]["sub"], subject, "{refreshed}");
    assert_eq!(refreshed["rotated"], true, "{refreshed}");
    if method != "none" {
        let introspected = must(party.asked(&curl, "introspect"));
        assert_eq!(introspected["active"], true, "{introspected}");
        assert_eq!(introspected["client_id"], id, "{introspected}");
    }
    // What was given back is worth nothing, at once.
    must(party.asked(&curl, "revoke"));
    let refused = must(party.asked(&curl, "userinfo"));
    assert!(refused["error"].is_string(), "{refused}");
    if method != "none" {
        let introspected = must(party.asked(&curl, "introspect"));
        assert_eq!(introspected, json!({ "active": false }));
    }
    let refused = must(party.asked(&curl, "refresh"));
    assert_eq!(refused["error"], "invalid_grant", "{refused}");
    // Signing out from the client ends the session, and the browser comes back to it.
    must(party.asked(&curl, "login"));
    let bye = must(party.asked(&curl, "logout"));
    assert_eq!(bye["state"], "bye-1", "{bye}");
    let refused = must(party.asked(&curl, "userinfo"));
    assert!(refused["error"].is_string(), "{refused}");
    let asked = must(curl.open(&party.at("login")));
    assert_eq!(
        (asked.status, asked.address.starts_with(&issuer)),
        (200, true)
    );
    assert_eq!(asked.heading(), "Sign in");
    if kind.told.is_some() {
        is_told(&demo, &party);
    }
}

/// Its session ends when she signs out here, and when an administrator ends hers, without it asking anybody.
fn is_told(demo: &Demo, party: &RelyingParty) {
    let curl = must(Curl::new(&demo.authority()));
    let mut emily = Account::new("emily", demo.password("emily"));
    let mut enter = || {
        let now = Clock::system().now();
        let arrived = must(curl.sign_in(&mut emily, &party.at("login"), now));
        let got = must(said(&arrived));
        assert_eq!(got["person"]["preferred_username"], "emily", "{got}");
    };
    let gone = json!({ "told": true, "signed_in": false });
    enter();
    let portal = must(curl.open(&demo.at("id", "/")));
    must(curl.submit(&portal, "/signout", &[]));
    assert_eq!(must(party.asked(&curl, "ended")), gone);
    enter();
    must(demo.end_sessions("emily"));
    assert_eq!(must(party.asked(&curl, "ended")), gone);
}

#[test]
fn openid_client_with_a_secret_in_the_header() {
    goes_through(Library::OpenidClient, BASIC);
}

#[test]
fn openid_client_without_a_secret() {
    goes_through(Library::OpenidClient, PUBLIC);
}

#[test]
fn authlib_with_a_secret_in_the_form() {
    goes_through(Library::Authlib, POST);
}

#[test]
fn openidconnect_with_a_secret_in_the_header() {
    let program = env!("CARGO_BIN_EXE_openidconnect-party");
    goes_through(Library::Openidconnect { program }, ELLIPTIC);
}

#[test]
fn idpyoidc_with_keys() {
    goes_through(Library::Idpyoidc, KEYS);
}

/// A web application, to which somebody signs in with Chromium; what she does there is in the script.
fn in_chromium(library: Library, kind: Kind, script: &str, steps: usize) {
    let demo = must(Demo::start());
    let Kind { id, method, .. } = kind;
    let secret = if method == "none" { "" } else { SECRET };
    let client = Registration { id, secret, method };
    let party = must(RelyingParty::start(library, &demo, client));
    register(&demo, &party, kind, &party.at(kind.callback));
    let here = party.at("");
    let told = [("ZT_PARTY", here.trim_end_matches('/'))];
    let said = run_browser(script, &demo.environment(&told))
        .unwrap_or_else(|error| panic!("{error}\nthe demo logged:\n{}", demo.log()));
    let passed = said.lines().filter(|line| line.starts_with("ok  "));
    assert_eq!(passed.count(), steps, "{said}");
}

#[test]
fn oidc_client_ts_in_a_page() {
    let kind = Kind {
        callback: "signed-in",
        told: None,
        ..PUBLIC
    };
    in_chromium(Library::OidcClientTs, kind, "party_spa.mjs", 5);
}

#[test]
fn mozilla_django_oidc_in_a_project() {
    let kind = Kind {
        callback: "oidc/callback/",
        told: Some("oidc/backchannel-logout"),
        ..BASIC
    };
    in_chromium(Library::MozillaDjangoOidc, kind, "party_django.mjs", 5);
}

#[test]
fn mod_auth_openidc_in_apache() {
    let kind = Kind {
        callback: "protected/redirect_uri",
        told: Some("protected/redirect_uri?logout=backchannel"),
        ..BASIC
    };
    in_chromium(Library::ModAuthOpenidc, kind, "party_apache.mjs", 6);
}

#[test]
fn mod_auth_openidc_told_by_the_browser() {
    let kind = Kind {
        callback: "protected/redirect_uri",
        told: None,
        front: Some("protected/redirect_uri?logout=get"),
        ..BASIC
    };
    in_chromium(Library::ModAuthOpenidc, kind, "party_front.mjs", 4);
}

#[test]
fn lemonldap_ng_as_a_portal() {
    // It knows no proof keys, but nonces.
    let kind = Kind {
        callback: "?openidconnectcallback=1",
        bye: "?logout=1",
        told: None,
        more: "proof_key = \"or-nonce\"",
        ..BASIC
    };
    in_chromium(Library::LemonLdap, kind, "party_lemonldap.mjs", 4);
}
