//! A client with npm `openid-client` that registers itself, and replaces the key that it publishes. Its server is believed by an authority
//! of its own, and the clock is the test's.

use std::fs;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use zt_e2e::{Curl, RelyingParty, said};
use zt_events::Actor;
use zt_federation::{Allowance, GrantType, Scope};
use zt_live::InitialTokenWish;
use zt_net::Clock;
use zt_testkit::Server;
use zt_types::{AppId, Seconds};

/// As long as nobody makes the server look for keys again.
const LATER: u64 = 61;

fn must<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// Certificate and key of a server on this machine, in that folder; and the authority that issued it.
fn certificate(folder: &TempDir) -> String {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let name = &mut params.distinguished_name;
    name.push(DnType::CommonName, "the client's authority");
    let authority_key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    fs::write(folder.path().join("cert.pem"), leaf.pem()).unwrap();
    fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
    authority
}

async fn initial_token(server: &Server) -> String {
    let wish = InitialTokenWish {
        note: "ledger".to_owned(),
        allowance: Allowance {
            app: AppId::new("inside").unwrap(),
            grants: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
            scopes: [Scope::Openid, Scope::Profile].into(),
        },
        uses: 1,
        lifetime: Seconds::hours(1),
    };
    let made = server.live().make_initial_token(wish, Actor::Operator);
    made.await.unwrap().1.expose().to_owned()
}

/// The party and curl are programs, for which this thread waits; the server has others.
#[tokio::test(flavor = "multi_thread")]
async fn openid_client_replaces_the_key_that_it_publishes() {
    let folder = TempDir::with_prefix("sekisho-party-").unwrap();
    let authority = certificate(&folder);
    let clock = Clock::manual(Clock::system().now());
    let server = must(Server::start_calling(clock.clone(), Some(&authority)).await);
    let token = initial_token(&server).await;
    let trusted = server.running().server_authority_file();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let environment = [
        ("ISSUER", server.at("id", "")),
        ("CLIENT_SECRET", token),
        ("NODE_EXTRA_CA_CERTS", trusted.to_str().unwrap().to_owned()),
        ("CERTIFICATE", path("cert.pem")),
        ("KEY", path("key.pem")),
    ];
    let environment = environment
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let party = must(RelyingParty::of_node(
        "openid_client_rotating.mjs",
        &environment,
    ));
    let curl = must(Curl::new(&trusted));
    let registered = must(party.asked(&curl, "register"));
    assert_eq!(registered["has_secret"], false, "{registered}");
    assert!(registered["jwks_uri"].is_string(), "{registered}");
    assert!(registered["jwks"].is_null(), "{registered}");

    let mut aiko = server.account("aiko");
    let asked = must(curl.sign_in(&mut aiko, &party.at("login"), clock.now()));
    assert_eq!(asked.heading(), "Ledger", "{}", asked.body);
    let got = must(said(&must(curl.submit(&asked, "", &[("answer", "allow")]))));
    assert_eq!(got["person"]["preferred_username"], "aiko", "{got}");
    assert_eq!(got["fetched"], 1, "{got}");

    clock.advance(Duration::from_secs(LATER));
    must(party.asked(&curl, &format!("rotate?later={LATER}")));
    let refreshed = must(party.asked(&curl, "refresh"));
    assert_eq!(
        refreshed["claims"]["sub"], got["claims"]["sub"],
        "{refreshed}"
    );
    assert_eq!(refreshed["fetched"], 2, "{refreshed}");
    // What is no more published proves nothing, and makes nobody look again at once.
    let old = must(party.asked(&curl, "old"));
    assert_eq!(old["error"], "invalid_client", "{old}");
    let again = must(party.asked(&curl, "refresh"));
    assert_eq!(again["fetched"], 2, "{again}");
}
