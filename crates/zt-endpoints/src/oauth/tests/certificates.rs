//! Clients with certificates, and tokens that are good with one only (RFC 8705).

use super::super::{INTROSPECTION, TOKEN, USERINFO};
use super::claims;
use super::dpop::redeems;
use super::keys::SigningKey;
use super::world::{Answer, ISSUER, World, client};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    SanType,
};
use serde_json::json;
use zt_crypto::jose::TokenKind;
use zt_crypto::x509::client::{CertificateDer, thumbprint};
use zt_federation::{
    Authentication, CertificateOwner, Client, OwnerName, Profile, Safeguards, TokenBinding,
};
use zt_store::Change;
use zt_types::Seconds;

struct Authority {
    params: CertificateParams,
    key: KeyPair,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "Authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { params, key, pem }
    }

    fn issues(&self, dns: &str) -> CertificateDer<'static> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::DnsName(dns.try_into().unwrap())];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let issuer = Issuer::from_params(&self.params, &self.key);
        let key = KeyPair::generate().unwrap();
        params.signed_by(&key, &issuer).unwrap().der().clone()
    }
}

/// A client of the profile that shows certificates of this authority.
fn vouched(authority: &Authority) -> Client {
    Client {
        authentication: Authentication::TlsVouched,
        secrets: Vec::new(),
        safeguards: Safeguards {
            certificate: Some(CertificateOwner {
                name: OwnerName::SanDns("board.example".to_owned()),
                authorities: authority.pem.clone(),
            }),
            profile: Profile::Fapi2,
            ..Safeguards::default()
        },
        ..client("board")
    }
}

async fn asks(world: &World, fields: &[(&str, &str)], chain: &[CertificateDer<'static>]) -> Answer {
    world.shows(chain);
    let named = [fields, &[("client_id", "board")]].concat();
    let answer = world.post(TOKEN, &[], &named).await;
    world.shows(&[]);
    answer
}

#[tokio::test]
async fn a_client_proves_itself_by_a_certificate_that_its_authorities_vouch_for() {
    let world = World::new().await;
    let (ours, other) = (Authority::new(), Authority::new());
    world.commit(Change::PutClient(vouched(&ours))).await;
    let own = [("grant_type", "client_credentials")];
    let right = ours.issues("board.example");
    let given = asks(&world, &own, std::slice::from_ref(&right)).await;
    assert_eq!(given.status, 200, "{}", given.body);
    let said = claims(
        &world,
        &given.text("access_token"),
        TokenKind::AccessToken,
        ISSUER,
    );
    assert_eq!(said["cnf"], json!({ "x5t#S256": thumbprint(&right) }));
    assert_eq!(given.body["token_type"], "Bearer");
    for (what, chain) in [
        ("none", vec![]),
        ("of another name", vec![ours.issues("other.example")]),
        ("of another authority", vec![other.issues("board.example")]),
        (
            "beside the right one",
            vec![other.issues("board.example"), right.clone()],
        ),
    ] {
        let refused = asks(&world, &own, &chain).await;
        assert_eq!(refused.said(), (400, "invalid_client"), "{what}");
        assert_eq!(world.refused().await.0, "client-authentication");
    }
    // What else it may show does not count, and the certificate of one is no other's proof.
    world.shows(&[right]);
    let with_secret = [&own[..], &[("client_id", "board"), ("client_secret", "x")]].concat();
    let refused = world.post(TOKEN, &[], &with_secret).await;
    assert_eq!(refused.said(), (400, "invalid_client"));
    let as_other = [&own[..], &[("client_id", "other")]].concat();
    let refused = world.post(TOKEN, &[], &as_other).await;
    assert_eq!(refused.said(), (400, "invalid_client"));
}

#[tokio::test]
async fn a_client_registers_the_certificate_itself() {
    let world = World::new().await;
    let authority = Authority::new();
    let [mine, other] = ["board.example"; 2].map(|name| authority.issues(name));
    let mut key = SigningKey::es256().jwk();
    key["x5c"] = json!([STANDARD.encode(&mine)]);
    let keys = json!({ "keys": [key] });
    let board = Client {
        authentication: Authentication::TlsRegistered,
        secrets: Vec::new(),
        keys: Some(keys.to_string()),
        ..client("board")
    };
    world.commit(Change::PutClient(board)).await;
    let own = [("grant_type", "client_credentials")];
    assert_eq!(
        asks(&world, &own, std::slice::from_ref(&mine)).await.status,
        200
    );
    for chain in [vec![], vec![other.clone()], vec![other, mine]] {
        let refused = asks(&world, &own, &chain).await;
        assert_eq!(refused.said(), (400, "invalid_client"));
    }
}

#[tokio::test]
async fn a_token_is_good_with_its_certificate_only() {
    let world = World::new().await;
    let authority = Authority::new();
    world.commit(Change::PutClient(vouched(&authority))).await;
    let [mine, next] = ["board.example"; 2].map(|name| authority.issues(name));
    let code = world.code("board").await;
    let given = asks(&world, &redeems(&code), std::slice::from_ref(&mine)).await;
    assert_eq!(given.status, 200, "{}", given.body);
    let token = given.text("access_token");
    let userinfo = async |scheme: &str, chain: &[CertificateDer<'static>]| {
        world.shows(chain);
        let request = Request::get(USERINFO).header("authorization", format!("{scheme} {token}"));
        let answer = world.send(request, String::new()).await;
        world.shows(&[]);
        answer
    };
    assert_eq!(
        userinfo("Bearer", std::slice::from_ref(&mine)).await.status,
        200
    );
    for (scheme, chain) in [
        ("Bearer", vec![]),
        ("Bearer", vec![next.clone()]),
        ("Bearer", vec![next.clone(), mine.clone()]),
        ("DPoP", vec![mine.clone()]),
    ] {
        let refused = userinfo(scheme, &chain).await;
        assert_eq!(refused.said(), (401, "invalid_token"), "{scheme}");
    }
    world.shows(std::slice::from_ref(&mine));
    let fields = [("token", token.as_str()), ("client_id", "board")];
    let said = world.post(INTROSPECTION, &[], &fields).await;
    assert_eq!(said.body["cnf"], json!({ "x5t#S256": thumbprint(&mine) }));
    assert_eq!(said.body["token_type"], "Bearer");
    // A renewed certificate goes on: the client proves by it who it is.
    let refresh = given.text("refresh_token");
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    let renewed = asks(&world, &refresh, std::slice::from_ref(&next)).await;
    let said = claims(
        &world,
        &renewed.text("access_token"),
        TokenKind::AccessToken,
        ISSUER,
    );
    assert_eq!(said["cnf"], json!({ "x5t#S256": thumbprint(&next) }));
}

#[tokio::test]
async fn a_public_clients_refresh_token_is_bound_to_its_certificate() {
    let world = World::new().await;
    let authority = Authority::new();
    let board = Client {
        authentication: Authentication::None,
        secrets: Vec::new(),
        safeguards: Safeguards {
            bound_tokens: TokenBinding::Certificate,
            ..Safeguards::default()
        },
        ..client("board")
    };
    world.commit(Change::PutClient(board)).await;
    let [mine, other] = ["board.example"; 2].map(|name| authority.issues(name));
    let code = world.code("board").await;
    let refused = asks(&world, &redeems(&code), &[]).await;
    assert_eq!(refused.said(), (400, "invalid_request"));
    let given = asks(&world, &redeems(&code), std::slice::from_ref(&mine)).await;
    let refresh = given.text("refresh_token");
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    assert_eq!(
        asks(&world, &refresh, &[]).await.said(),
        (400, "invalid_grant")
    );
    assert_eq!(
        asks(&world, &refresh, &[other]).await.said(),
        (400, "invalid_grant")
    );
    assert_eq!(world.refused().await.0, "key-binding");
    // Nor does it count as anybody's when the client need not show one any more.
    let board = Client {
        safeguards: Safeguards::default(),
        ..world.registered("board")
    };
    let strict = world.registered("board");
    world.commit(Change::PutClient(board)).await;
    assert_eq!(
        asks(&world, &refresh, &[]).await.said(),
        (400, "invalid_grant")
    );
    world.commit(Change::PutClient(strict)).await;
    assert_eq!(asks(&world, &refresh, &[mine]).await.status, 200);
}

#[tokio::test]
async fn who_shows_wrong_certificates_has_to_wait() {
    let world = World::new().await;
    let (authority, strangers) = (Authority::new(), Authority::new());
    world.commit(Change::PutClient(vouched(&authority))).await;
    let fields = [("grant_type", "client_credentials"), ("client_id", "board")];
    world.shows(&[strangers.issues("board.example")]);
    let mut statuses = Vec::new();
    for _ in 0..60 {
        statuses.push(world.post(TOKEN, &[], &fields).await.status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 10);
    world.pass(Seconds(5));
    world.shows(&[authority.issues("board.example")]);
    assert_eq!(world.post(TOKEN, &[], &fields).await.status, 200);
    // Once it was there, it begins anew.
    world.shows(&[strangers.issues("board.example")]);
    for _ in 0..50 {
        let refused = world.post(TOKEN, &[], &fields).await;
        assert_eq!(refused.said(), (400, "invalid_client"));
    }
}
