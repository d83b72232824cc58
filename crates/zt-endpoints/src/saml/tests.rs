//! Forged messages that come by SOAP, by the hundred: none of them ends anything, and none says that anything has ended.

use crate::{Caller, Endpoints};
use arc_swap::ArcSwap;
use axum::body::Body;
use http::{Method, Request, StatusCode};
use std::net::IpAddr;
use std::sync::Arc;
use tower::ServiceExt;
use zeroize::Zeroizing;
use zt_auth::{ProvenFactor, Session};
use zt_crypto::jose::KeyState;
use zt_crypto::seal::MasterKey;
use zt_crypto::xml::{SamlKeyRecord, SamlKeyring};
use zt_device::Presentation;
use zt_federation::saml::{Given, MessageId, MessageKind, NameId, ServiceProvider, XmlAlgorithm};
use zt_forge::{Binding, Demand, Draw, Genuine, SEED, Sent, Stage, VARIANTS, classes};
use zt_live::{Told, Whence, Wish};
use zt_store::{Change, Plan};
use zt_types::{AppId, Assurance, FactorKind, GrantId, Seconds, SessionId, TokenHash};

const ASKED: &str = "_asked1";

struct World {
    endpoints: Endpoints,
    stage: Stage,
    /// The owner's record.
    owner: ServiceProvider,
    session: SessionId,
}

/// The example organisation, whose Hanako is signed in to the owner of what is forged.
async fn begun(kind: MessageKind, demand: Demand) -> World {
    let endpoints = crate::fixtures::endpoints().await;
    let live = endpoints.live().clone();
    let now = live.clock().now();
    let origin = endpoints.inner.parts.origin.clone();
    let mut stage = Stage {
        kind,
        binding: Binding::Soap,
        demand,
        at: format!("{origin}/saml/soap"),
        beside: format!("{origin}/saml/slo"),
        issuer: "https://rooms.example/saml".to_owned(),
        other: "https://evil.example/saml".to_owned(),
        consumer: "https://rooms.example/saml/acs".to_owned(),
        asked: ASKED.to_owned(),
        victim: None,
        now,
    };
    let app = AppId::new("chat").unwrap();
    let [owner, attacker] = stage.registered(&app);
    let proven = [FactorKind::Password, FactorKind::Totp];
    let session = Session {
        id: SessionId::from_random([9; 16]),
        person: live.read(|state| state.logins["sato.hanako"]),
        token: TokenHash([9; 32]),
        device: None,
        certificate: None,
        proven: proven.map(|kind| ProvenFactor { kind, at: now }).to_vec(),
        assurance: Assurance::Mfa,
        created_at: now,
        authenticated_at: now,
        expires_at: now + Seconds::hours(12),
        address: "192.0.2.1".to_owned(),
        user_agent: String::new(),
        ended: None,
    };
    let mut changes = vec![Change::PutSession(session.clone())];
    changes.extend([owner.clone(), attacker].map(Change::PutServiceProvider));
    live.commit(Plan::new(changes, Vec::new())).await.unwrap();
    let name = live.persistent_name(&owner, session.person);
    let given = Given {
        name_id: NameId {
            value: name.clone(),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
    };
    let wish = Wish {
        client: &owner.id,
        app: &app,
        asked: serde_json::to_string(&given).unwrap(),
        presented: Presentation::NotAsked,
        whence: Whence::new("192.0.2.1".parse().ok(), "Mozilla/5.0 Firefox/140.0"),
        user_agent: "Mozilla/5.0 Firefox/140.0",
        agreed: None,
    };
    let given = live.give_assertion(&session, wish, GrantId::from_random([7; 16]));
    given.await.unwrap();
    stage.victim = Some(name);
    World {
        endpoints: signing(&endpoints),
        stage,
        owner,
        session: session.id,
    }
}

/// The same with a key that answers can be signed with.
fn signing(endpoints: &Endpoints) -> Endpoints {
    let master = MasterKey::from_bytes(Zeroizing::new([3; 32])).unwrap();
    let now = endpoints.live().clock().now();
    let made = SamlKeyRecord::generate(&master, XmlAlgorithm::EcdsaSha256, "Sekisho", now);
    let made = SamlKeyRecord {
        state: KeyState::Active,
        ..made.unwrap()
    };
    let parts = &endpoints.inner.parts;
    Endpoints::new(crate::Parts {
        live: parts.live.clone(),
        device_authority: parts.device_authority.clone(),
        keyring: parts.keyring.clone(),
        saml: Arc::new(ArcSwap::from_pointee(
            SamlKeyring::open(&master, vec![made]).unwrap(),
        )),
        organisation: parts.organisation.clone(),
        passwords: parts.passwords.clone(),
        outbound: parts.outbound.clone(),
        origin: parts.origin.clone(),
        version: parts.version,
    })
}

impl World {
    /// Sends it to the endpoint, and says how that answers.
    async fn told(&self, sent: &Sent) -> StatusCode {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri("/saml/soap")
            .body(Body::from(sent.octets().to_vec()))
            .unwrap();
        request.extensions_mut().insert(Caller {
            address: IpAddr::from([192, 0, 2, 7]),
            presented: Presentation::NotAsked,
            chain: Vec::new().into(),
        });
        let answer = self.endpoints.public().oneshot(request).await.unwrap();
        answer.status()
    }

    /// Takes it for the owner's answer, and says whether anything is believed of it.
    fn is_understood(&self, sent: &Sent) -> bool {
        let asked = MessageId::parse(ASKED).unwrap();
        let told = self
            .endpoints
            .understood(&self.owner, &asked, sent.octets());
        told != Told::Failed("answer")
    }

    fn genuine(&self, draw: &mut Draw) -> Sent {
        Genuine::new(draw, &self.stage).sent(draw, &self.stage)
    }

    fn announce(&self, at: &str) {
        let Stage { kind, demand, .. } = &self.stage;
        println!("seed {SEED:#x}: {} {at} by Soap, {demand:?}", kind.as_str());
    }
}

fn said(class: &str, sent: &Sent) -> String {
    let text = String::from_utf8_lossy(sent.octets());
    format!("{class} counts, seed {SEED:#x}: {text}")
}

#[tokio::test]
async fn no_forged_request_ends_a_session() {
    let world = begun(MessageKind::LogoutRequest, Demand::Signed).await;
    world.announce("at /saml/soap");
    let mut draw = Draw(SEED);
    for _ in 0..VARIANTS {
        let sent = world.genuine(&mut draw);
        assert_eq!(world.told(&sent).await, StatusCode::OK, "{sent:?}");
        // What came before comes from somebody who copied it.
        assert_eq!(world.told(&sent).await, StatusCode::FORBIDDEN, "{sent:?}");
    }
    println!("| replayed | {VARIANTS} | 0 |");
    for class in classes(&world.stage) {
        for sent in class.forged(&world.stage) {
            let status = world.told(&sent).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{}", said(class.name, &sent));
        }
        println!("| {} | {VARIANTS} | 0 |", class.name);
    }
    let live = world.endpoints.live();
    let ended = live.read(|state| state.sessions[&world.session].ended);
    assert_eq!(ended, None, "her session was ended");
}

#[tokio::test]
async fn no_answer_is_a_request() {
    let world = begun(MessageKind::LogoutResponse, Demand::Signed).await;
    world.announce("at /saml/soap");
    let mut draw = Draw(SEED);
    for _ in 0..VARIANTS {
        let sent = world.genuine(&mut draw);
        assert_eq!(world.told(&sent).await, StatusCode::FORBIDDEN, "{sent:?}");
    }
    println!("| a genuine answer to nothing | {VARIANTS} | 0 |");
}

/// What is not signed is believed of whom we called; what is signed has to be right.
#[tokio::test]
async fn no_forged_answer_is_understood() {
    let world = begun(MessageKind::LogoutResponse, Demand::AsItComes).await;
    world.announce("in answer to ours");
    let mut draw = Draw(SEED);
    for _ in 0..VARIANTS {
        let sent = world.genuine(&mut draw);
        assert!(world.is_understood(&sent), "{sent:?}");
    }
    for class in classes(&world.stage) {
        for sent in class.forged(&world.stage) {
            assert!(!world.is_understood(&sent), "{}", said(class.name, &sent));
        }
        println!("| {} | {VARIANTS} | 0 |", class.name);
    }
}
