//! Service providers with SAML libraries nobody here wrote sign people in through the running demo.

use std::fs;

use serde_json::{Value, json};
use zt_e2e::{
    Assertions, Curl, Demo, IdentityProvider, RelyingParty, ServiceProvider, keep, run_browser,
    said,
};
use zt_net::Clock;
use zt_testkit::Account;
use zt_types::Seconds;

/// An application elsewhere with a service provider, which is told about people by the names that everybody uses.
const ORGANISATION: &str = r#"
[[application]]
id = "books"
name = { ja = "経理ブック", en = "Books" }
description = { ja = "社外の会計サービス", en = "Accounting elsewhere" }
owner = "ken"
sensitivity = "internal"

[[service_provider]]
id = "books"
name = { ja = "経理ブック", en = "Books" }
application = "books"
metadata_file = "books.xml"
SETTINGS
attribute = [
  { name = "urn:oid:0.9.2342.19200300.100.1.1", friendly = "uid", source = "login" },
  { name = "urn:oid:2.16.840.1.113730.3.1.241", friendly = "displayName", source = "name" },
  { name = "urn:oid:0.9.2342.19200300.100.1.3", friendly = "mail", source = "email" },
  { name = "urn:oid:1.3.6.1.4.1.5923.1.5.1.1", friendly = "isMemberOf", source = "groups" },
]
"#;

/// What there is to a library.
#[derive(Debug, Clone, Copy)]
struct Kind {
    library: ServiceProvider,
    /// How it asks for people to be named.
    format: &'static str,
    /// The ways it sends its requests, beside the redirect binding.
    ways: &'static [&'static str],
    /// Whether it can demand that people prove themselves anew.
    forces: bool,
    /// How it signs out, without and with encrypted assertions.
    leaves: [&'static str; 2],
    /// Whether it can be told by SOAP that a session ended.
    told: bool,
}

const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

impl Kind {
    const fn new(library: ServiceProvider) -> Self {
        Self {
            library,
            format: PERSISTENT,
            ways: &[],
            forces: true,
            leaves: ["logout", "logout"],
            told: false,
        }
    }
}

const MELLON: Kind = Kind {
    format: TRANSIENT,
    forces: false,
    told: true,
    ..Kind::new(ServiceProvider::ModAuthMellon)
};
const NODE_SAML: Kind = Kind {
    ways: &["post"],
    ..Kind::new(ServiceProvider::NodeSaml)
};
const PYSAML2: Kind = Kind {
    ways: &["post"],
    leaves: ["logout?binding=post", "logout?binding=soap"],
    told: true,
    ..Kind::new(ServiceProvider::Pysaml2)
};
const PYTHON3_SAML: Kind = Kind::new(ServiceProvider::Python3Saml);
const RUBY_SAML: Kind = Kind {
    ways: &["post"],
    leaves: ["logout", "logout?binding=post"],
    ..Kind::new(ServiceProvider::RubySaml)
};
const SHIBBOLETH: Kind = Kind {
    ways: &["post"],
    told: true,
    ..Kind::new(ServiceProvider::Shibboleth)
};
const SIMPLESAMLPHP: Kind = Kind::new(ServiceProvider::SimpleSamlPhp);

fn must<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// What is registered of it beside its metadata.
fn settings(assertions: Assertions) -> &'static str {
    match assertions {
        Assertions::InClear => "encryption = \"never\"\nsigns = \"assertion\"",
        Assertions::Encrypted => "encryption = \"required\"\nsigns = \"both\"",
    }
}

/// Registers the service provider by the metadata that it says of itself.
fn register(demo: &Demo, party: &RelyingParty, kind: Kind, settings: &str) {
    let folder = demo.state().join("organisation");
    let curl = must(Curl::new(&demo.authority()));
    let metadata = must(curl.open(&party.at(kind.library.metadata())));
    let encrypted = if settings.contains("required") {
        "-encrypted"
    } else {
        ""
    };
    let run = format!("{:?}{encrypted}", kind.library).to_lowercase();
    keep(demo, &run, &metadata.address, &metadata.body);
    fs::write(folder.join("books.xml"), metadata.body).unwrap();
    let text = ORGANISATION.replace("SETTINGS", settings);
    fs::write(folder.join("books.toml"), text).unwrap();
    must(demo.apply());
}

/// Signs in on the way to its page, and says what it then knows.
fn sign_in(curl: &Curl, account: &mut Account, party: &RelyingParty, page: &str) -> Value {
    let arrived = must(curl.sign_in(account, &party.at(page), Clock::system().now()));
    must(said(&must(curl.carried(arrived))))
}

/// What it was told under that name, however it calls it.
fn told<'a>(got: &'a Value, names: &[&str]) -> &'a Value {
    let attributes = &got["attributes"];
    let found = names.iter().map(|name| &attributes[*name]);
    found
        .clone()
        .find(|found| !found.is_null())
        .unwrap_or(&Value::Null)
}

/// Signs in, comes again, signs out, and is told.
fn goes_through(kind: Kind, assertions: Assertions) {
    let demo = must(Demo::start());
    let provider = IdentityProvider::of(&demo);
    let party = must(kind.library.start(&provider, demo.state(), assertions));
    register(&demo, &party, kind, settings(assertions));
    let curl = must(Curl::new(&demo.authority()));
    // Whom nobody knows, and who may not be asked, is not signed in.
    must(
        curl.open(&party.at("login?passive=1"))
            .and_then(|page| curl.carried(page)),
    );
    assert_eq!(
        must(party.asked(&curl, "me")),
        json!({ "signed_in": false })
    );
    let mut hanako = Account::new("hanako", demo.password("hanako"));
    let got = sign_in(&curl, &mut hanako, &party, "login");
    assert_eq!(got["issuer"], demo.at("id", "/saml/metadata"), "{got}");
    assert_eq!(got["format"], kind.format, "{got}");
    let uid = told(&got, &["uid", "urn:oid:0.9.2342.19200300.100.1.1"]);
    assert_eq!(*uid, json!(["hanako"]), "{got}");
    let mail = told(&got, &["mail", "urn:oid:0.9.2342.19200300.100.1.3"]);
    assert_eq!(*mail, json!(["hanako@yamato-seiko.example"]), "{got}");
    assert!(got["session_index"].is_string(), "{got}");
    assert_eq!(got["context"], "https://refeds.org/profile/mfa", "{got}");
    if let Some(encrypted) = got["encrypted"].as_bool() {
        assert_eq!(encrypted, assertions == Assertions::Encrypted, "{got}");
    }
    assert_eq!(must(party.asked(&curl, "me"))["name_id"], got["name_id"]);
    // Who is signed in is not asked again, however the request comes; and is the same to it, if it wants to know her again.
    for page in ["login"].into_iter().chain(kind.ways.iter().copied()) {
        let page = match page {
            "login" => page.to_owned(),
            way => format!("login?binding={way}"),
        };
        let again = must(party.asked(&curl, &page));
        assert_eq!(
            *told(&again, &["uid", "urn:oid:0.9.2342.19200300.100.1.1"]),
            *uid,
            "{again}"
        );
        if kind.format == PERSISTENT {
            assert_eq!(again["name_id"], got["name_id"], "{again}");
        }
    }
    if kind.forces {
        let asked = must(curl.open(&party.at("login?force=1")));
        assert!(asked.address.starts_with(&demo.at("id", "")), "{asked:?}");
    }
    signs_out(&demo, &curl, &party, kind, assertions);
    if kind.told {
        is_told(&demo, &party);
    }
}

/// Signing out there ends the session here, and the browser comes back.
fn signs_out(demo: &Demo, curl: &Curl, party: &RelyingParty, kind: Kind, assertions: Assertions) {
    let [clear, encrypted] = kind.leaves;
    let leave = match assertions {
        Assertions::InClear => clear,
        Assertions::Encrypted => encrypted,
    };
    let left = must(party.asked(curl, leave));
    assert_eq!(left.get("error"), None, "{left}");
    assert_eq!(must(party.asked(curl, "me")), json!({ "signed_in": false }));
    let asked = must(curl.open(&party.at("login")));
    assert!(asked.address.starts_with(&demo.at("id", "")), "{asked:?}");
    assert_eq!(asked.heading(), "Sign in");
}

/// Its session ends when she signs out here, and when an administrator ends hers, without it asking anybody.
fn is_told(demo: &Demo, party: &RelyingParty) {
    let curl = must(Curl::new(&demo.authority()));
    let mut emily = Account::new("emily", demo.password("emily"));
    let gone = json!({ "signed_in": false });
    assert_eq!(
        sign_in(&curl, &mut emily, party, "login")["signed_in"],
        true
    );
    let portal = must(curl.open(&demo.at("id", "/")));
    must(curl.submit(&portal, "/signout", &[]));
    assert_eq!(ended(&curl, party), gone);
    assert_eq!(
        sign_in(&curl, &mut emily, party, "login")["signed_in"],
        true
    );
    must(demo.end_sessions("emily"));
    assert_eq!(
        ended(&curl, party),
        gone,
        "the demo logged:\n{}",
        demo.log()
    );
}

/// What it knows of her once it was told, or after a while: whoever answers wrong, as mod_auth_mellon does although it has ended the
/// session, is left alone for some seconds. Asking it ends nothing.
fn ended(curl: &Curl, party: &RelyingParty) -> Value {
    let clock = Clock::system();
    let begun = clock.now();
    loop {
        let knows = must(party.asked(curl, "me"));
        if knows["signed_in"] == false || clock.now().since(begun) > Seconds(60) {
            return knows;
        }
    }
}

/// The same, with Chromium; what she does there is in the script.
fn in_chromium(kind: Kind, script: &str, settings: impl Fn(&str) -> String) {
    let demo = must(Demo::start());
    let provider = IdentityProvider::of(&demo);
    let party = must(
        kind.library
            .start(&provider, demo.state(), Assertions::InClear),
    );
    let here = party.at("");
    let here = here.trim_end_matches('/');
    register(&demo, &party, kind, &settings(here));
    let told = [("ZT_PARTY", here), ("ZT_PROVIDER", "books")];
    let said = run_browser(script, &demo.environment(&told))
        .unwrap_or_else(|error| panic!("{error}\nthe demo logged:\n{}", demo.log()));
    let passed = said.lines().filter(|line| line.starts_with("ok  "));
    assert_eq!(passed.count(), 5, "{said}");
}

#[test]
fn shibboleth_in_chromium() {
    in_chromium(SHIBBOLETH, "party_saml.mjs", |_| {
        settings(Assertions::InClear).to_owned()
    });
}

/// The response signed and not the assertion, with an elliptic curve; sign-ins that begin here; classes that are demanded.
#[test]
fn shibboleth_by_other_ways_in_chromium() {
    in_chromium(SHIBBOLETH, "party_saml_ways.mjs", |here| {
        let lines = [
            r#"encryption = "never""#,
            r#"signs = "response""#,
            r#"algorithm = "ecdsa-sha256""#,
            r#"unsolicited = "allowed""#,
            &format!("relay_state = \"{here}/me\""),
        ];
        lines.join("\n")
    });
}

/// Two that cannot be called, in one browser: each hears of the end of the other's session.
#[test]
fn two_that_are_not_called_in_chromium() {
    let demo = must(Demo::start());
    let provider = IdentityProvider::of(&demo);
    let curl = must(Curl::new(&demo.authority()));
    let folder = demo.state().join("organisation");
    let mut parties = Vec::new();
    for (kind, id) in [(PYTHON3_SAML, "books"), (SIMPLESAMLPHP, "wages")] {
        let place = demo.state().join(id);
        fs::create_dir_all(&place).unwrap();
        let clear = Assertions::InClear;
        let party = must(kind.library.start(&provider, &place, clear));
        let metadata = must(curl.open(&party.at(kind.library.metadata())));
        // SimpleSAMLphp says that it can be called.
        let lines = metadata.body.lines();
        let lines: Vec<&str> = lines
            .filter(|line| !line.contains("bindings:SOAP"))
            .collect();
        fs::write(folder.join(format!("{id}.xml")), lines.join("\n")).unwrap();
        let text = ORGANISATION.replace("SETTINGS", settings(clear));
        let text = text.replace("books", id);
        let text = match id {
            "wages" => text
                .replace("経理ブック", "給与明細")
                .replace("Books", "Wages"),
            _ => text,
        };
        fs::write(folder.join(format!("{id}.toml")), text).unwrap();
        parties.push(party);
    }
    must(demo.apply());
    let here: Vec<String> = parties.iter().map(|party| party.at("")).collect();
    let here: Vec<&str> = here.iter().map(|at| at.trim_end_matches('/')).collect();
    let told = [("ZT_PARTY", here[0]), ("ZT_OTHER", here[1])];
    let said = run_browser("party_saml_front.mjs", &demo.environment(&told))
        .unwrap_or_else(|error| panic!("{error}\nthe demo logged:\n{}", demo.log()));
    let passed = said.lines().filter(|line| line.starts_with("ok  "));
    assert_eq!(passed.count(), 3, "{said}");
}

macro_rules! providers {
    ($($name:ident, $encrypted:ident: $kind:expr;)*) => { $(
        #[test]
        fn $name() {
            goes_through($kind, Assertions::InClear);
        }

        #[test]
        fn $encrypted() {
            goes_through($kind, Assertions::Encrypted);
        }
    )* };
}

providers! {
    mod_auth_mellon, mod_auth_mellon_encrypted: MELLON;
    node_saml, node_saml_encrypted: NODE_SAML;
    pysaml2, pysaml2_encrypted: PYSAML2;
    python3_saml, python3_saml_encrypted: PYTHON3_SAML;
    ruby_saml, ruby_saml_encrypted: RUBY_SAML;
    shibboleth, shibboleth_encrypted: SHIBBOLETH;
    simplesamlphp, simplesamlphp_encrypted: SIMPLESAMLPHP;
}
