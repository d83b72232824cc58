//! Devices without a browser: what they are told, and each way in which they get nothing.

use super::super::{DEVICE_AUTHORIZATION, TOKEN};
use super::world::{Answer, SECRET, World, basic, browser_client};
use super::{ISSUER, claims};
use zt_auth::{Grant, IssueRefused};
use zt_crypto::hash::received_hash;
use zt_crypto::jose::TokenKind;
use zt_device::Presentation;
use zt_events::Body as Told;
use zt_federation::{Client, GrantType, Scope};
use zt_live::{DeviceWish, GrantError, UserCodeWrong, Whence};
use zt_store::{Change, EventFilter};
use zt_types::{ClientId, PersonId, Seconds};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A device that waits.
struct Device {
    code: String,
    user_code: String,
}

impl World {
    async fn with_television() -> Self {
        let world = Self::new().await;
        let television = Client {
            grants: [GrantType::DeviceCode, GrantType::RefreshToken].into(),
            redirect_uris: [].into(),
            ..browser_client("television")
        };
        world.commit(Change::PutClient(television)).await;
        world
    }

    async fn device_authorization(&self, id: &str, scope: &str) -> Answer {
        let fields = [("client_id", id), ("scope", scope)];
        self.post(DEVICE_AUTHORIZATION, &[], &fields).await
    }

    async fn device_waits(&self) -> Device {
        self.device_waits_for("openid profile").await
    }

    async fn device_waits_for(&self, scope: &str) -> Device {
        let told = self.device_authorization("television", scope).await;
        assert_eq!(told.status, 200, "{}", told.body);
        Device {
            code: told.text("device_code"),
            user_code: told.text("user_code"),
        }
    }

    /// What the device is told when it asks.
    async fn asks(&self, device: &Device) -> Answer {
        self.asks_as("television", &device.code).await
    }

    async fn asks_as(&self, id: &str, code: &str) -> Answer {
        let fields = [
            ("grant_type", GRANT),
            ("device_code", code),
            ("client_id", id),
        ];
        self.tokens(&fields).await
    }

    fn person(&self) -> PersonId {
        let sessions = |state: &zt_store::State| state.sessions[&self.session].person;
        self.endpoints.live().read(sessions)
    }

    /// She types the code and says yes.
    async fn allow(&self, device: &Device) -> Result<Grant, GrantError> {
        let live = self.endpoints.live();
        let request = live.device_request(self.person(), &device.user_code);
        let session = live.read(|state| state.sessions[&self.session].clone());
        let wish = DeviceWish {
            presented: Presentation::NotAsked,
            whence: Whence::new("192.0.2.1".parse().ok(), "Mozilla/5.0 Firefox/140.0"),
            user_agent: "Mozilla/5.0 Firefox/140.0",
            agreed: None,
        };
        let request = request.map_err(|_| GrantError::Unknown)?;
        live.allow_device(&session, &request, wish).await
    }

    fn deny(&self, device: &Device) {
        let live = self.endpoints.live();
        let request = live.device_request(self.person(), &device.user_code);
        let session = live.read(|state| state.sessions[&self.session].clone());
        live.deny_device(&session, &request.unwrap()).unwrap();
    }
}

#[tokio::test]
async fn a_device_waits_until_somebody_signs_in_for_it() {
    let world = World::with_television().await;
    let told = world.device_authorization("television", "openid").await;
    assert_eq!(told.text("verification_uri"), format!("{ISSUER}/device"));
    assert_eq!(
        told.text("verification_uri_complete"),
        format!("{ISSUER}/device?user_code={}", told.text("user_code"))
    );
    assert_eq!(
        (&told.body["expires_in"], &told.body["interval"]),
        (&600.into(), &5.into())
    );
    let device = world.device_waits().await;
    let said = async |error: &str| {
        let answer = world.asks(&device).await;
        assert_eq!(answer.said(), (400, error));
    };
    said("authorization_pending").await;
    // RFC 8628 §3.5: each time it asks too soon, it has to wait five seconds more.
    said("slow_down").await;
    world.pass(Seconds(9));
    said("slow_down").await;
    world.pass(Seconds(15));
    said("authorization_pending").await;
    world.allow(&device).await.unwrap();
    let given = world.asks(&device).await;
    assert_eq!(given.status, 200, "{}", given.body);
    assert_eq!(given.body["scope"], "openid profile");
    let id_token = given.text("id_token");
    let person = claims(&world, &id_token, TokenKind::IdToken, "television");
    assert_eq!(person["sub"], world.person().to_string());
    assert_eq!(person["nonce"], serde_json::Value::Null);
    assert_eq!(
        world.userinfo(&given.text("access_token")).await.status,
        200
    );
    let next = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &given.text("refresh_token")),
        ("client_id", "television"),
    ];
    assert_eq!(world.tokens(&next).await.status, 200);
    // Waiting was nothing to write down.
    assert_eq!(world.refused().await.0, "");
}

#[tokio::test]
async fn a_device_learns_that_somebody_said_no_or_that_it_took_too_long() {
    let world = World::with_television().await;
    let device = world.device_waits().await;
    world.deny(&device);
    for _ in 0..2 {
        assert_eq!(world.asks(&device).await.said(), (400, "access_denied"));
        assert_eq!(world.refused().await.0, "denied");
    }
    assert!(matches!(
        world.allow(&device).await,
        Err(GrantError::Unknown)
    ));
    let live = world.endpoints.live();
    let events = live
        .events(EventFilter {
            limit: 20,
            ..Default::default()
        })
        .await;
    let denied = |body: &Told| matches!(body, Told::DeviceSignInDenied { address, .. } if address == "192.0.2.7");
    assert!(
        events
            .unwrap()
            .iter()
            .any(|logged| denied(&logged.event.body))
    );

    let (late, unredeemed) = (world.device_waits().await, world.device_waits().await);
    world.pass(Seconds(599));
    world.allow(&unredeemed).await.unwrap();
    world.pass(Seconds(1));
    assert!(matches!(world.allow(&late).await, Err(GrantError::Unknown)));
    for device in [late, unredeemed] {
        assert_eq!(world.asks(&device).await.said(), (400, "expired_token"));
        assert_eq!(world.refused().await.0, "code-expired");
    }
}

#[tokio::test]
async fn a_devices_code_is_redeemed_once_and_by_its_client() {
    let world = World::with_television().await;
    let device = world.device_waits().await;
    let steal = async || {
        for (headers, id) in [(vec![basic("other", SECRET)], ""), (vec![], "page-too")] {
            let fields = [
                ("grant_type", GRANT),
                ("device_code", &device.code),
                ("client_id", id),
            ];
            let refused = world.post(TOKEN, &headers, &fields).await;
            assert_eq!(refused.said(), (400, "invalid_grant"));
            assert_eq!(world.refused().await.0, "foreign-client");
        }
    };
    let page = Client {
        grants: [GrantType::DeviceCode].into(),
        ..browser_client("page-too")
    };
    world.commit(Change::PutClient(page)).await;
    steal().await;
    let wrong = format!("{}x", device.code);
    let refused = world.asks_as("television", &wrong).await;
    assert_eq!(refused.said(), (400, "invalid_grant"));
    world.allow(&device).await.unwrap();
    steal().await;
    let given = world.asks(&device).await;
    assert_eq!(given.status, 200, "{}", given.body);
    steal().await;
    let access = given.text("access_token");
    assert_eq!(world.userinfo(&access).await.status, 200);
    // Whoever comes with it again has it from somewhere: everything that came of it ends.
    assert_eq!(world.asks(&device).await.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "replayed");
    assert_eq!(world.userinfo(&access).await.status, 401);
}

/// A browser's code is bound to its proof key and its address; a device's is bound to neither, and so passes nowhere else.
#[tokio::test]
async fn a_code_of_one_way_is_none_in_another() {
    let world = World::with_television().await;
    let code = world.code("board").await;
    let headers = [basic("board", SECRET)];
    let fields = [("grant_type", GRANT), ("device_code", code.as_str())];
    let refused = world.post(TOKEN, &headers, &fields).await;
    assert_eq!(refused.said(), (400, "invalid_grant"));
    assert_eq!(world.redeem(&code).await.status, 200);

    let television = Client {
        grants: GrantType::ALL.into(),
        ..browser_client("television")
    };
    world.commit(Change::PutClient(television)).await;
    let device = world.device_waits().await;
    world.allow(&device).await.unwrap();
    for (kind, name) in [
        ("authorization_code", "code"),
        ("refresh_token", "refresh_token"),
    ] {
        let fields = [
            ("grant_type", kind),
            (name, device.code.as_str()),
            ("redirect_uri", super::BACK),
            ("code_verifier", super::VERIFIER),
            ("client_id", "television"),
        ];
        let refused = world.tokens(&fields).await;
        assert_eq!(refused.said(), (400, "invalid_grant"), "{kind}");
        if kind == "authorization_code" {
            assert_eq!(world.refused().await.0, "not-usable");
        }
    }
}

#[tokio::test]
async fn who_may_not_use_the_application_signs_no_device_in() {
    let world = World::with_television().await;
    world.bind().await;
    let (device, other) = (world.device_waits().await, world.device_waits().await);
    world.allow(&other).await.unwrap();
    world.finding(1).await;
    let refused = world.allow(&device).await;
    assert!(
        matches!(refused, Err(GrantError::NotPermitted(..))),
        "{refused:?}"
    );
    assert_eq!(
        world.asks(&device).await.said(),
        (400, "authorization_pending")
    );
    assert_eq!(world.asks(&other).await.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "not-permitted");
    world.finding(4).await;
    world.pass(Seconds(20));
    world.allow(&device).await.unwrap();
    assert_eq!(world.asks(&device).await.status, 200);
    assert_eq!(world.asks(&other).await.status, 200);
    let twice = world.allow(&device).await;
    assert!(matches!(twice, Err(GrantError::Unknown)), "{twice:?}");
}

#[tokio::test]
async fn only_registered_clients_have_devices_wait() {
    let world = World::with_television().await;
    for (id, scope, said) in [
        ("page", "openid", (400, "unauthorized_client")),
        ("television", "openid x\"", (400, "invalid_scope")),
        ("nobody", "openid", (400, "invalid_client")),
        ("board", "openid", (400, "invalid_client")),
        ("", "openid", (400, "invalid_client")),
    ] {
        let refused = world.device_authorization(id, scope).await;
        assert_eq!(refused.said(), said, "{id} {scope}");
    }
    // A scope that it may not ask for any more when it is redeemed, it does not get.
    let device = world.device_waits().await;
    world.allow(&device).await.unwrap();
    let narrowed = Client {
        scopes: [Scope::Openid].into(),
        ..world.registered("television")
    };
    world.commit(Change::PutClient(narrowed)).await;
    assert_eq!(world.asks(&device).await.body["scope"], "openid");
    // A client that is not registered for it any more is given nothing for it.
    let device = world.device_waits_for("openid").await;
    let turned = Client {
        grants: [GrantType::AuthorizationCode].into(),
        ..world.registered("television")
    };
    world.commit(Change::PutClient(turned)).await;
    assert!(matches!(
        world.allow(&device).await,
        Err(GrantError::Unknown)
    ));
    assert_eq!(
        world.asks(&device).await.said(),
        (400, "unauthorized_client")
    );
}

#[tokio::test]
async fn so_many_devices_wait_and_no_more() {
    let world = World::with_television().await;
    for _ in 0..100 {
        world.device_waits().await;
    }
    let refused = world.device_authorization("television", "openid").await;
    assert_eq!(refused.said(), (503, "temporarily_unavailable"));
    world.pass(Seconds::minutes(10));
    world.device_waits().await;
}

#[tokio::test]
async fn codes_that_people_type_are_not_guessed() {
    let world = World::with_television().await;
    let live = world.endpoints.live();
    let device = world.device_waits().await;
    let guess = |n: u128| {
        let code = zt_federation::UserCode::from_random(n.to_be_bytes());
        assert_ne!(code.to_string(), device.user_code);
        code.to_string()
    };
    let somebody = |n: u8| PersonId::from_random([n; 16]);
    for n in 0..5 {
        let answer = live.device_request(somebody(1), &guess(n));
        assert_eq!(answer, Err(UserCodeWrong::Unknown));
    }
    let until = world.now() + Seconds::minutes(10);
    // Also with the right one; what is no code at all counts like a wrong one.
    for typed in [device.user_code.as_str(), "x"] {
        let answer = live.device_request(somebody(1), typed);
        assert_eq!(answer, Err(UserCodeWrong::Wait { until }));
    }
    assert!(live.device_request(somebody(2), &device.user_code).is_ok());
    for n in 0..95 {
        let answer = live.device_request(somebody(10 + n / 5), "x");
        assert_eq!(answer, Err(UserCodeWrong::Unknown), "{n}");
    }
    let answer = live.device_request(somebody(2), &device.user_code);
    assert_eq!(answer, Err(UserCodeWrong::Wait { until }));
    world.pass(Seconds::minutes(10));
    let device = world.device_waits().await;
    assert!(live.device_request(somebody(1), &device.user_code).is_ok());
}

#[tokio::test]
async fn nobody_learns_of_a_device_without_its_code() {
    let world = World::with_television().await;
    let device = world.device_waits().await;
    let (id, secret) = Grant::of_bearer(&device.code).unwrap();
    let live = world.endpoints.live();
    let client = |id| ClientId::new(id).unwrap();
    for (client, code) in [(client("television"), "x"), (client("other"), secret)] {
        let asked = live.device_asks(id, &client, received_hash(code));
        assert_eq!(asked, Err(IssueRefused::ForeignClient));
    }
}
