//! A client with a library nobody here wrote keeps what it asks and what it gets to itself: pushed and signed requests, tokens that
//! are bound to a key.

use std::fs;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use serde_json::Value;
use zt_e2e::{Curl, Demo, Library, Registration, RelyingParty, said};
use zt_net::Clock;
use zt_testkit::Account;

fn must<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// A client that proves itself with the keys that the party wrote.
const KEYS: &str = "authentication = \"private_key_jwt\"\nkeys_file = \"vault-web.jwks.json\"\n";

/// Registers a client with these settings.
fn register(demo: &Demo, settings: &str) {
    let text = format!(
        r#"
[[application]]
id = "vault"
name = {{ ja = "金庫", en = "Vault" }}
description = {{ ja = "社外の支払いサービス", en = "Payments elsewhere" }}
owner = "ken"
sensitivity = "internal"

[[client]]
id = "vault-web"
name = {{ ja = "金庫", en = "Vault" }}
application = "vault"
id_token = "ES256"
redirect_uris = ["http://127.0.0.1/callback"]
{settings}
"#
    );
    fs::write(demo.state().join("organisation/vault.toml"), text).unwrap();
    must(demo.apply());
}

fn party(demo: &Demo, ways: &'static str, settings: &str) -> RelyingParty {
    let client = Registration {
        id: "vault-web",
        secret: "",
        method: "private_key_jwt",
    };
    let party = must(RelyingParty::start(
        Library::OpenidClientBound { ways },
        demo,
        client,
    ));
    register(demo, settings);
    party
}

/// Her browser, signed in at the party, and what that was told of her.
fn signed_in(demo: &Demo, party: &RelyingParty) -> (Curl, Value) {
    let curl = must(Curl::new(&demo.authority()));
    let mut hanako = Account::new("hanako", demo.password("hanako"));
    let now = Clock::system().now();
    let arrived = must(curl.sign_in(&mut hanako, &party.at("login"), now));
    let got = must(said(&arrived));
    assert_eq!(got["person"]["preferred_username"], "hanako", "{got}");
    (curl, got)
}

/// FAPI 2.0 Security Profile: `private_key_jwt`, pushed requests, tokens bound to a key by proofs that repeat a nonce.
#[test]
fn openid_client_by_the_fapi_profile() {
    let demo = must(Demo::start());
    let settings = format!("{KEYS}profile = \"fapi2\"\nsigned_requests = \"required\"");
    let party = party(&demo, "par jar dpop", &settings);
    let (curl, got) = signed_in(&demo, &party);
    assert_eq!(got["type"], "dpop", "{got}");
    assert_eq!(got["person"]["sub"], got["claims"]["sub"], "{got}");
    let carried = serde_json::json!(["client_id", "request_uri"]);
    assert_eq!(
        got["carried"], carried,
        "the browser carries a reference alone"
    );
    let refreshed = must(party.asked(&curl, "refresh"));
    assert_eq!(refreshed["type"], "dpop", "{refreshed}");
    assert_eq!(refreshed["rotated"], false, "{refreshed}");
    let introspected = must(party.asked(&curl, "introspect"));
    assert_eq!(introspected["token_type"], "DPoP", "{introspected}");
    assert!(introspected["cnf"]["jkt"].is_string(), "{introspected}");
    // Whoever finds the token can do nothing with it, and its owner still can.
    let stolen = must(party.asked(&curl, "stolen"));
    assert_eq!(stolen["bare"], 401, "{stolen}");
    assert_ne!(stolen["other"], 200, "{stolen}");
    let told = must(party.asked(&curl, "userinfo"));
    assert_eq!(told["preferred_username"], "hanako", "{told}");
    // The button back: what was answered is answered to nobody again.
    let again = must(curl.open(&party.at("again")));
    assert_eq!(again.status, 400, "{}", again.body);
    assert!(
        again.address.starts_with(&demo.at("id", "")),
        "{}",
        again.address
    );
}

#[test]
fn openid_client_with_requests_that_it_signs() {
    let demo = must(Demo::start());
    let settings = format!("{KEYS}signed_requests = \"required\"");
    let party = party(&demo, "jar", &settings);
    let (curl, got) = signed_in(&demo, &party);
    assert_eq!(got["type"], "bearer", "{got}");
    let carried = serde_json::json!(["client_id", "request"]);
    assert_eq!(got["carried"], carried, "the browser carries a JWT alone");
    let again = must(party.asked(&curl, "login"));
    assert_eq!(again["claims"]["sub"], got["claims"]["sub"], "{again}");
}

/// A certificate of `vault.example` and its key, beside where the party would write its keys; and the authority that issued it.
fn certificate(demo: &Demo) {
    let folder = demo.state().join("organisation");
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&authority_key).unwrap();
    fs::write(folder.join("vault-authority.pem"), authority.pem()).unwrap();
    let issuer = Issuer::new(params, authority_key);
    let mut params = CertificateParams::new(["vault.example".to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().unwrap();
    let made = params.signed_by(&key, &issuer).unwrap();
    let beside = |name: &str| folder.join(format!("vault-web.jwks.json.{name}"));
    fs::write(beside("cert.pem"), made.pem()).unwrap();
    fs::write(beside("key.pem"), key.serialize_pem()).unwrap();
}

#[test]
fn openid_client_with_a_certificate() {
    let demo = must(Demo::start());
    certificate(&demo);
    let settings = "authentication = \"tls_client_auth\"\nprofile = \"fapi2\"\n\
        certificate = { san_dns = \"vault.example\", authorities_file = \"vault-authority.pem\" }";
    let party = party(&demo, "mtls par", settings);
    let (curl, got) = signed_in(&demo, &party);
    assert_eq!(got["type"], "bearer", "{got}");
    let refreshed = must(party.asked(&curl, "refresh"));
    assert_eq!(
        refreshed["claims"]["sub"], got["claims"]["sub"],
        "{refreshed}"
    );
    let introspected = must(party.asked(&curl, "introspect"));
    assert!(
        introspected["cnf"]["x5t#S256"].is_string(),
        "{introspected}"
    );
    let stolen = must(party.asked(&curl, "stolen"));
    assert_eq!(stolen["bare"], 401, "{stolen}");
}
