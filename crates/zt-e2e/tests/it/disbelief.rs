//! Service providers that believe everything would let everything pass: here an identity provider nobody here wrote signs Aiko in,
//! and somebody else sends what it said once more, changed.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tempfile::TempDir;
use zt_e2e::{Answer, Assertions, Curl, ServiceProvider, pysaml2_provider};
use zt_testkit::{encode, html};

fn must<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// Sends the response that `page` carries on, with its XML changed.
fn sent(curl: &Curl, page: &Answer, change: impl Fn(String) -> String) {
    let form = html::message(&page.body).expect("a page that carries a message");
    let pairs = form.hidden.iter().map(|(name, value)| {
        let mut value = value.clone();
        if name == "SAMLResponse" {
            let text = STANDARD.decode(value.replace(['\r', '\n'], "")).unwrap();
            value = STANDARD.encode(change(String::from_utf8(text).unwrap()));
        }
        format!("{}={}", encode(name), encode(&value))
    });
    let body: Vec<String> = pairs.collect();
    must(curl.ask(&["--data", &body.join("&"), &form.action]));
}

fn without(text: &str, from: &str, to: &str) -> String {
    let (before, rest) = text.split_once(from).expect(from);
    let (_, after) = rest.split_once(to).expect(to);
    format!("{before}{after}")
}

fn changed(text: &str, what: &str) -> String {
    let changed = match what {
        "another person" => text.replace(">aiko<", ">mallory<"),
        "no signature" => without(text, "<ns2:Signature", "</ns2:Signature>"),
        _ => text.replace("Audience>http", "Audience>https"),
    };
    assert_ne!(changed, text);
    changed
}

/// It takes what was signed for it, once; and not what was changed, or not signed, or sent again.
fn disbelieves(library: ServiceProvider) {
    let folder = TempDir::with_prefix("sekisho-saml-").unwrap();
    let (_running, provider) = must(pysaml2_provider(folder.path(), Assertions::InClear));
    let party = must(library.start(&provider, folder.path(), Assertions::InClear));
    let nobody = folder.path().join("nobody.pem");
    fs::write(&nobody, "").unwrap();
    let known = |curl: &Curl| must(party.asked(curl, "me"));
    let gone = json!({ "signed_in": false });
    for what in ["another person", "no signature", "another audience"] {
        let curl = must(Curl::new(&nobody));
        let page = must(curl.open(&party.at("login")));
        sent(&curl, &page, |text| changed(&text, what));
        assert_eq!(known(&curl), gone, "{what}");
    }
    let curl = must(Curl::new(&nobody));
    let page = must(curl.open(&party.at("login")));
    sent(&curl, &page, |text| text);
    assert_eq!(known(&curl)["signed_in"], true);
    must(party.asked(&curl, "logout"));
    assert_eq!(known(&curl), gone);
    // It remembers an assertion no longer than the session that came of it.
    if library != ServiceProvider::ModAuthMellon {
        sent(&curl, &page, |text| text);
        assert_eq!(known(&curl), gone, "sent again");
    }
}

#[test]
fn mod_auth_mellon() {
    disbelieves(ServiceProvider::ModAuthMellon);
}

#[test]
fn node_saml() {
    disbelieves(ServiceProvider::NodeSaml);
}

#[test]
fn pysaml2() {
    disbelieves(ServiceProvider::Pysaml2);
}

#[test]
fn python3_saml() {
    disbelieves(ServiceProvider::Python3Saml);
}

#[test]
fn ruby_saml() {
    disbelieves(ServiceProvider::RubySaml);
}

#[test]
fn shibboleth() {
    disbelieves(ServiceProvider::Shibboleth);
}

#[test]
fn simplesamlphp() {
    disbelieves(ServiceProvider::SimpleSamlPhp);
}
