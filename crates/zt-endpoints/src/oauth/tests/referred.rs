//! Programs that register themselves and keep their keys, or the list of their sector, at an address of theirs.

use super::super::TOKEN;
use super::keys::SigningKey;
use super::published::{Publisher, set};
use super::world::{Answer, World, client};
use crate::fixtures::{HOST, Site};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use zt_federation::{Authentication, Client, RedirectUri};
use zt_store::Change;
use zt_types::{ClientId, ManagedBy, Seconds};

const BACK: &str = "https://tool.example/cb";

impl World {
    /// One whose server trusts that of the program.
    async fn beside(site: &Site) -> Self {
        let mut world = Self::new().await;
        world.calls_by(site.outbound());
        tokio::spawn(world.endpoints.clone().fetch_client_keys());
        world
    }

    async fn signs(&self, token: &str, keys: Value) -> Answer {
        let mut said =
            json!({ "grant_types": ["authorization_code", "refresh_token"], "scope": "openid" });
        let members = said.as_object_mut().unwrap();
        members.extend(keys.as_object().unwrap().clone());
        said["token_endpoint_auth_method"] = json!("private_key_jwt");
        self.registers(token, said).await
    }

    /// Whether the client is believed with an assertion that this key signed.
    async fn believes(&self, id: &str, key: &SigningKey) -> bool {
        let assertion = self.assertion(id, key);
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", "none"),
            ("client_assertion_type", super::published::TYPE),
            ("client_assertion", &assertion),
        ];
        let answer = self.post(TOKEN, &[], &fields).await;
        let (status, error) = answer.said();
        assert_eq!(status, 400, "{}", answer.body);
        assert!(["invalid_grant", "invalid_client"].contains(&error));
        error == "invalid_grant"
    }
}

#[tokio::test]
async fn keys_at_an_address_of_the_programs_are_fetched_and_replaced() {
    let site = Site::start("application/json").await;
    let world = World::beside(&site).await;
    let (first, second) = (SigningKey::es256(), SigningKey::es256());
    site.says(&set(&[&first]));
    let (token, _) = world.initial_token(2).await;
    let one = world.signs(&token, json!({ "jwks_uri": site.at })).await;
    assert_eq!(one.status, 201, "{}", one.body);
    assert_eq!(one.body["jwks_uri"], json!(site.at));
    let id = one.text("client_id");
    assert!(world.believes(&id, &first).await);
    assert!(!world.believes(&id, &second).await);
    site.says(&set(&[&second]));
    world.pass(Seconds(61));
    assert!(world.believes(&id, &second).await);
    assert!(!world.believes(&id, &first).await, "it is taken out");

    // What it says anew is all that counts.
    let own = format!("/oauth2/register/{id}");
    let both = json!({ "client_id": id, "redirect_uris": [BACK], "jwks_uri": site.at,
        "jwks": { "keys": [first.jwk()] }, "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["authorization_code", "refresh_token"] });
    let access = one.text("registration_access_token");
    let refused = world.call("PUT", &own, &access, &both).await;
    assert_eq!(refused.said(), (400, "invalid_client_metadata"));
    let mut here = both;
    here.as_object_mut().unwrap().remove("jwks_uri");
    let changed = world.call("PUT", &own, &access, &here).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert!(world.believes(&id, &first).await);
    world.pass(Seconds(61));
    assert!(!world.believes(&id, &second).await, "nobody looks there");
}

/// What is inside is not called; a program that names it registers, and never is believed.
#[tokio::test]
async fn keys_are_fetched_from_public_addresses_only() {
    let site = Site::start("application/json").await;
    let world = World::beside(&site).await;
    let (token, _) = world.initial_token(100).await;
    let key = SigningKey::es256();
    let inside = Publisher::start().await;
    inside.has(&[&key]);
    let mut named = 0;
    for address in [
        "https://10.0.0.1/k",
        "https://169.254.169.254/k",
        "https://[::1]/k",
    ] {
        let one = world.signs(&token, json!({ "jwks_uri": address })).await;
        assert_eq!(one.status, 201, "{}", one.body);
        let id = one.text("client_id");
        assert!(!world.believes(&id, &key).await, "{address}");
        let client = world.registered(&id);
        let fetched = world.endpoints.live().fetched_keys(&client).unwrap();
        assert_eq!(fetched.failed.as_deref(), Some("not-public"), "{address}");
        named += 1;
    }
    // In the clear nobody is called, on this machine neither.
    let refused = world.signs(&token, json!({ "jwks_uri": inside.at })).await;
    assert_eq!(refused.said(), (400, "invalid_client_metadata"));
    assert_eq!(inside.came(), 0);
    // With one token so many addresses are named in a minute.
    while world
        .signs(&token, json!({ "jwks_uri": site.at }))
        .await
        .status
        == 201
    {
        named += 1;
        assert!(named <= 10);
    }
    assert_eq!(named, 10);
    let waits = world.signs(&token, json!({ "jwks_uri": site.at })).await;
    assert_eq!(waits.status, 429, "{}", waits.body);
    let keys = json!({ "jwks": { "keys": [key.jwk()] } });
    assert_eq!(world.signs(&token, keys).await.status, 201, "calls nobody");
}

/// Whoever has many programs whose servers never answer holds up programs, and nobody that an administrator registered.
#[tokio::test]
async fn programs_that_registered_themselves_hold_up_nobody_elses_keys() {
    let world = World::new().await;
    let hangs = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let at = format!("http://{}/jwks", hangs.local_addr().unwrap());
    for n in 0..20 {
        let stranger = Client {
            authentication: Authentication::PrivateKeyJwt,
            secrets: Vec::new(),
            jwks_uri: Some(RedirectUri::parse(&at).unwrap()),
            managed_by: ManagedBy::Registration,
            id: ClientId::new(&format!("reg-{n}")).unwrap(),
            ..client("reg")
        };
        world.commit(Change::PutClient(stranger)).await;
    }
    tokio::spawn(world.endpoints.clone().fetch_client_keys());
    // As many as may are there, and none of them gets an answer.
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(hangs.accept().await.unwrap());
    }
    let publisher = Publisher::start().await;
    let key = SigningKey::es256();
    publisher.has(&[&key]);
    world.publishes("signing", &publisher.at).await;
    assert_eq!(world.signed("signing", &key).await.status, 200);
    assert_eq!(held.len(), 4);
}

#[tokio::test]
async fn a_sector_has_whom_its_list_has() {
    let site = Site::start("application/json").await;
    let world = World::beside(&site).await;
    let (token, _) = world.initial_token(2).await;
    let asked = json!({ "redirect_uris": [BACK, "https://other.example/cb"], "client_name": "Tool",
        "subject_type": "pairwise", "sector_identifier_uri": site.at });
    for list in [
        json!([BACK]),
        json!([BACK, "https://other.example/cb/"]),
        json!([BACK, "https://other.example/cb?"]),
        json!({ "redirect_uris": [BACK, "https://other.example/cb"] }),
    ] {
        site.says(&list.to_string());
        let refused = world.registers(&token, asked.clone()).await;
        assert_eq!(refused.said(), (400, "invalid_client_metadata"), "{list}");
        let why = refused.text("error_description");
        assert!(!why.contains("could not be read"), "{why}");
    }
    site.says(&json!(["https://other.example/cb", BACK, "https://third.example/cb"]).to_string());
    let one = world.registers(&token, asked).await;
    assert_eq!(one.status, 201, "{}", one.body);
    let client = world.registered(&one.text("client_id"));
    let sector = zt_federation::SubjectKind::Pairwise(HOST.to_owned());
    assert_eq!(client.subject, sector);
}
