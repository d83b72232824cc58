//! Whoever is disabled, removed, or took her word back, at each way to tokens (where Keycloak's CVE-2025-14559 and CVE-2026-1609
//! forgot one each).

use super::super::{DEVICE_AUTHORIZATION, INTROSPECTION, PUSHED_REQUESTS, REVOCATION, TOKEN};
use super::world::{Answer, BACK, SECRET, VERIFIER, World, basic, client};
use zt_auth::Consent;
use zt_device::Presentation;
use zt_federation::{Client, ConsentDemand, GrantType};
use zt_live::{DeviceWish, Whence};
use zt_store::Change;
use zt_types::{ClientId, PersonState};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Something to come with, for each way.
struct Held {
    code: String,
    refresh: String,
    access: String,
    device: String,
}

impl World {
    /// Everything that `board` can come with, and did not yet.
    async fn held(&self) -> Held {
        let board = Client {
            exchange_to: [ClientId::new("other").unwrap()].into(),
            consent: ConsentDemand::Asked,
            ..client("board")
        };
        self.commit(Change::PutClient(board)).await;
        let live = self.endpoints.live();
        let session = live.read(|state| state.sessions[&self.session].clone());
        let consent = Consent {
            person: session.person,
            client: ClientId::new("board").unwrap(),
            scopes: vec!["openid".to_owned()],
            at: self.now(),
        };
        self.commit(Change::PutConsent(consent)).await;
        let given = self.redeem(&self.code("board").await).await;
        let headers = [basic("board", SECRET)];
        let waits = self
            .post(DEVICE_AUTHORIZATION, &headers, &[("scope", "openid")])
            .await;
        let request = live.device_request(session.person, &waits.text("user_code"));
        let wish = DeviceWish {
            presented: Presentation::NotAsked,
            whence: Whence::new("192.0.2.1".parse().ok(), "Mozilla/5.0 Firefox/140.0"),
            user_agent: "Mozilla/5.0 Firefox/140.0",
            agreed: None,
        };
        let allowed = live.allow_device(&session, &request.unwrap(), wish).await;
        allowed.unwrap();
        Held {
            code: self.code("board").await,
            refresh: given.text("refresh_token"),
            access: given.text("access_token"),
            device: waits.text("device_code"),
        }
    }

    /// What `board` is told in this way.
    async fn comes_with(&self, way: GrantType, held: &Held) -> Answer {
        let fields: Vec<(&str, &str)> = match way {
            GrantType::AuthorizationCode => vec![
                ("grant_type", "authorization_code"),
                ("code", &held.code),
                ("redirect_uri", BACK),
                ("code_verifier", VERIFIER),
            ],
            GrantType::RefreshToken => vec![
                ("grant_type", "refresh_token"),
                ("refresh_token", &held.refresh),
            ],
            GrantType::ClientCredentials => vec![("grant_type", "client_credentials")],
            GrantType::DeviceCode => vec![("grant_type", DEVICE), ("device_code", &held.device)],
            GrantType::TokenExchange => vec![
                ("grant_type", EXCHANGE),
                ("subject_token", &held.access),
                ("subject_token_type", ACCESS),
                ("audience", "other"),
            ],
        };
        self.post(TOKEN, &[basic("board", SECRET)], &fields).await
    }
}

/// Each way works, or the others would show nothing.
#[tokio::test]
async fn every_way_leads_to_tokens() {
    let world = World::new().await;
    let held = world.held().await;
    for way in GrantType::ALL {
        // A refresh turns the token over, and what came of the first is good still.
        let answer = world.comes_with(way, &held).await;
        assert_eq!(answer.status, 200, "{way:?} {}", answer.body);
    }
}

#[tokio::test]
async fn somebody_disabled_gives_no_client_anything() {
    for way in GrantType::ALL {
        let world = World::new().await;
        let held = world.held().await;
        let live = world.endpoints.live();
        let person = live.read(|state| state.people[&state.logins["sato.hanako"]].clone());
        let disabled = zt_identity::Person {
            state: PersonState::Disabled,
            ..person
        };
        world.commit(Change::PutPerson(disabled)).await;
        let refused = world.comes_with(way, &held).await;
        if way == GrantType::ClientCredentials {
            // It is about nobody.
            assert_eq!(refused.status, 200);
            continue;
        }
        assert_eq!(refused.said(), (400, "invalid_grant"), "{way:?}");
        assert_eq!(world.refused().await.0, "person-disabled", "{way:?}");
    }
}

/// Beside the ways to tokens: what tells of her, and what takes something from a client.
#[tokio::test]
async fn nothing_is_told_of_who_is_disabled_nor_taken_from_a_client_that_is_gone() {
    let world = World::new().await;
    let held = world.held().await;
    let mine = [basic("board", SECRET)];
    let told = async |is_told: bool| {
        let status = if is_told { 200 } else { 401 };
        assert_eq!(world.userinfo(&held.access).await.status, status);
        for token in [&held.access, &held.refresh] {
            let said = world.post(INTROSPECTION, &mine, &[("token", token)]).await;
            assert_eq!(said.body["active"], is_told, "{}", said.body);
        }
    };
    told(true).await;
    let live = world.endpoints.live();
    let person = live.read(|state| state.people[&state.logins["sato.hanako"]].clone());
    let with = |state| zt_identity::Person {
        state,
        ..person.clone()
    };
    let disabled = Change::PutPerson(with(PersonState::Disabled));
    world.commit(disabled).await;
    told(false).await;
    world
        .commit(Change::PutPerson(with(PersonState::Active)))
        .await;
    told(true).await;
    let board = ClientId::new("board").unwrap();
    world.commit(Change::RemoveClient(board)).await;
    assert_eq!(world.userinfo(&held.access).await.status, 401);
    for path in [
        INTROSPECTION,
        REVOCATION,
        PUSHED_REQUESTS,
        DEVICE_AUTHORIZATION,
    ] {
        let fields = [("token", held.access.as_str())];
        let refused = world.post(path, &mine, &fields).await;
        assert_eq!(refused.said(), (401, "invalid_client"), "{path}");
    }
}

#[tokio::test]
async fn a_client_that_is_removed_gets_nothing() {
    for way in GrantType::ALL {
        let world = World::new().await;
        let held = world.held().await;
        let board = ClientId::new("board").unwrap();
        world.commit(Change::RemoveClient(board)).await;
        let refused = world.comes_with(way, &held).await;
        assert_eq!(refused.said(), (401, "invalid_client"), "{way:?}");
        // One of the same name is another one, as long as it is of another application.
        let moved = Client {
            app: zt_types::AppId::new("notices").unwrap(),
            ..world.registered("other")
        };
        let moved = Client {
            id: ClientId::new("board").unwrap(),
            ..moved
        };
        world.commit(Change::PutClient(moved)).await;
        let refused = world.comes_with(way, &held).await;
        let is_own = way == GrantType::ClientCredentials;
        assert_eq!(refused.status == 200, is_own, "{way:?} {}", refused.body);
    }
}

/// It is the same in every word, and still another one: whoever removed it wanted that to be over.
#[tokio::test]
async fn a_client_that_comes_back_begins_with_nothing() {
    for way in GrantType::ALL {
        let world = World::new().await;
        let held = world.held().await;
        let board = world.registered("board");
        world.commit(Change::RemoveClient(board.id.clone())).await;
        world.commit(Change::PutClient(board)).await;
        let answer = world.comes_with(way, &held).await;
        let is_own = way == GrantType::ClientCredentials;
        assert_eq!(answer.status == 200, is_own, "{way:?} {}", answer.body);
        assert_eq!(world.userinfo(&held.access).await.status, 401);
        let live = world.endpoints.live();
        let left = live.read(|state| (state.grants.len(), state.consents.len()));
        assert_eq!(left, (0, 0), "{way:?}");
    }
}

#[tokio::test]
async fn who_took_her_consent_back_gives_nothing_any_more() {
    for way in GrantType::ALL {
        let world = World::new().await;
        let held = world.held().await;
        let live = world.endpoints.live();
        let person = live.read(|state| state.sessions[&world.session].person);
        let client = ClientId::new("board").unwrap();
        let at = world.now();
        world
            .commit(Change::RemoveConsent { person, client, at })
            .await;
        let refused = world.comes_with(way, &held).await;
        if way == GrantType::ClientCredentials {
            assert_eq!(refused.status, 200);
            continue;
        }
        assert_eq!(refused.said(), (400, "invalid_grant"), "{way:?}");
        assert_eq!(world.refused().await.0, "grant-ended", "{way:?}");
        assert_eq!(world.userinfo(&held.access).await.status, 401);
    }
}

/// A refresh token that was stolen shows itself also while the policies refuse: nobody gets anything, and it ends.
#[tokio::test]
async fn what_comes_twice_while_the_policies_refuse_ends_its_grant() {
    let world = World::new().await;
    world.bind().await;
    let given = world.redeem(&world.code("board").await).await;
    let used = given.text("refresh_token");
    let next = world.refresh(&used).await;
    world.finding(1).await;
    let refused = world.refresh(&next.text("refresh_token")).await;
    assert_eq!(refused.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "not-permitted");
    let refused = world.refresh(&used).await;
    assert_eq!(refused.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "replayed");
    world.finding(4).await;
    let refused = world.refresh(&next.text("refresh_token")).await;
    assert_eq!(refused.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "grant-ended");
}
