//! What sign-ins give to clients, and how it ends.

use super::slow_store::SlowStore;
use super::world::{World, app, finding};
use crate::{GrantError, Wish};
use std::sync::Arc;
use std::time::Duration;
use zt_auth::{Grant, GrantEnd, GrantState, IssueRefused};
use zt_device::Presentation;
use zt_events::{Actor, Body};
use zt_federation::{
    Authentication, Client, ConsentDemand, GrantType, ProofKey, Scope, SigningAlgorithm,
    SubjectKind,
};
use zt_net::{Clock, Entropy};
use zt_store::{Change, MemoryStore, Plan};
use zt_types::{ClientId, GrantId, ManagedBy, Seconds, SessionId, Text, TokenHash};

pub(super) fn client(id: &str, to: &str) -> Client {
    Client {
        id: ClientId::new(id).unwrap(),
        name: Text {
            ja: id.to_owned(),
            en: id.to_owned(),
        },
        app: app(to),
        authentication: Authentication::None,
        secrets: vec![],
        keys: None,
        jwks_uri: None,
        redirect_uris: [].into(),
        post_logout_redirect_uris: [].into(),
        backchannel_logout: None,
        frontchannel_logout: None,
        grants: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
        scopes: [Scope::Openid].into(),
        exchange_to: [].into(),
        proof_key: ProofKey::Required,
        subject: SubjectKind::Public,
        consent: ConsentDemand::Implied,
        id_token: SigningAlgorithm::Es256,
        access_token_lifetime: Seconds::minutes(5),
        home: None,
        safeguards: zt_federation::Safeguards::default(),
        managed_by: ManagedBy::Files,
    }
}

pub(super) fn hash(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

/// What a client is told: how the grant stands, or why not.
fn told(answer: Result<Grant, GrantError>) -> String {
    match answer {
        Ok(grant) => match grant.state {
            GrantState::Code { .. } => "code".to_owned(),
            GrantState::Tokens { turns, .. } => format!("tokens {turns}"),
            GrantState::Asserted => "asserted".to_owned(),
            GrantState::Ended { .. } => "ended".to_owned(),
        },
        Err(GrantError::NotPermitted(refusal, _)) => refusal.reasons()[0].slug().to_owned(),
        Err(error) => error.to_string(),
    }
}

impl World {
    async fn client(&self, id: &str, to: &str) -> ClientId {
        let client = client(id, to);
        let id = client.id.clone();
        let plan = Plan::new(vec![Change::PutClient(client)], Vec::new());
        self.live.commit(plan).await.unwrap();
        id
    }

    /// A code for the client, with this hash.
    pub(super) async fn begin(
        &self,
        session: SessionId,
        client: &ClientId,
        code: TokenHash,
    ) -> Result<Grant, GrantError> {
        let kept = self
            .live
            .read(|state| state.sessions.get(&session).cloned())
            .unwrap();
        let to = self.live.read(|state| state.clients[client].app.clone());
        let wish = Wish {
            client,
            app: &to,
            asked: "{}".to_owned(),
            presented: Presentation::NotAsked,
            whence: self.whence(),
            user_agent: "Mozilla/5.0 Firefox/140.0",
            agreed: None,
        };
        let id = GrantId::from_random(self.live.entropy().bytes());
        self.live.give_code(&kept, wish, id, code).await
    }

    fn state_of(&self, id: GrantId) -> GrantState {
        self.live.read(|state| state.grants[&id].state)
    }
}

#[tokio::test]
async fn a_code_is_redeemed_once_and_a_refresh_token_used_once() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let mine = world.client("mine", "chat").await;
    let other = world.client("other", "chat").await;
    let live = &world.live;
    let id = world.begin(session, &mine, hash(1)).await.unwrap().id;
    // Another client gets nothing, and spoils nothing.
    for answer in [
        live.redeem_grant(id, &other, hash(1), None, None).await,
        live.refresh_grant(id, &other, hash(1), hash(2)).await,
    ] {
        assert_eq!(told(answer), IssueRefused::ForeignClient.to_string());
    }
    let first = live
        .redeem_grant(id, &mine, hash(1), Some(hash(2)), None)
        .await;
    assert_eq!(told(first), "tokens 0");
    let next = live.refresh_grant(id, &mine, hash(2), hash(3)).await;
    assert_eq!(told(next), "tokens 1");
    let grant = live.read(|state| state.grants[&id].clone());
    assert!(live.grant_holds(&grant));
    // The one from before: somebody has a copy.
    let again = live.refresh_grant(id, &mine, hash(2), hash(4)).await;
    assert_eq!(told(again), IssueRefused::Replayed.to_string());
    assert!(!live.grant_holds(&grant));
    let late = live.refresh_grant(id, &mine, hash(3), hash(5)).await;
    assert_eq!(told(late), IssueRefused::GrantEnded.to_string());
    assert!(matches!(
        world.state_of(id),
        GrantState::Ended {
            why: GrantEnd::Replayed,
            ..
        }
    ));
    let events = world.events().await;
    let ended = events.iter().filter_map(|event| match &event.body {
        Body::GrantEnded { why, .. } => Some((event.actor.clone(), why.as_str())),
        _ => None,
    });
    assert_eq!(
        ended.collect::<Vec<_>>(),
        [(Actor::Client(mine.clone()), "replayed")]
    );

    // A code that comes twice ends what came of it.
    let id = world.begin(session, &mine, hash(1)).await.unwrap().id;
    let first = live
        .redeem_grant(id, &mine, hash(1), Some(hash(2)), None)
        .await;
    assert_eq!(told(first), "tokens 0");
    let again = live
        .redeem_grant(id, &mine, hash(1), Some(hash(3)), None)
        .await;
    assert_eq!(told(again), IssueRefused::Replayed.to_string());
    let next = live.refresh_grant(id, &mine, hash(2), hash(4)).await;
    assert_eq!(told(next), IssueRefused::GrantEnded.to_string());
}

#[tokio::test]
async fn of_many_that_bring_one_code_one_gets_tokens_and_loses_them() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let mine = world.client("mine", "chat").await;
    let id = world.begin(session, &mine, hash(1)).await.unwrap().id;
    let tries = (2u8..10).map(|n| {
        world
            .live
            .redeem_grant(id, &mine, hash(1), Some(hash(n)), None)
    });
    let answers: Vec<String> = futures_util::future::join_all(tries)
        .await
        .into_iter()
        .map(told)
        .collect();
    let got = answers.iter().filter(|told| *told == "tokens 0").count();
    assert_eq!(got, 1, "{answers:?}");
    assert!(matches!(
        world.state_of(id),
        GrantState::Ended {
            why: GrantEnd::Replayed,
            ..
        }
    ));
}

#[tokio::test]
async fn what_a_client_has_ends_with_trust_and_comes_back_with_it() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let tablet = world.enrol("tablet").await;
    let (ill, well) = (
        world.sign_in(Some(&laptop)).await,
        world.sign_in(Some(&tablet)).await,
    );
    let mine = world.client("mine", "chat").await;
    let live = &world.live;
    let mut grants = Vec::new();
    for session in [ill, well] {
        let id = world.begin(session, &mine, hash(1)).await.unwrap().id;
        let first = live
            .redeem_grant(id, &mine, hash(1), Some(hash(2)), None)
            .await;
        grants.push(first.unwrap());
    }
    world.signal(&finding("f-1", "laptop", 1)).await;
    assert_eq!(
        grants
            .iter()
            .map(|g| live.grant_holds(g))
            .collect::<Vec<_>>(),
        [false, true]
    );
    let refused = live.refresh_grant(grants[0].id, &mine, hash(2), hash(3));
    assert_eq!(told(refused.await), "device-trust-too-low");
    let code = world.begin(ill, &mine, hash(9)).await;
    assert_eq!(told(code), "device-trust-too-low");
    let kept = live.refresh_grant(grants[1].id, &mine, hash(2), hash(3));
    assert_eq!(told(kept.await), "tokens 1");
    // A refresh that was refused used nothing up.
    world.signal(&finding("f-1", "laptop", 3)).await;
    let back = live.refresh_grant(grants[0].id, &mine, hash(2), hash(3));
    assert_eq!(told(back.await), "tokens 1");
}

#[tokio::test]
async fn what_a_client_has_ends_with_the_session() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let mine = world.client("mine", "chat").await;
    let live = &world.live;
    let with_tokens = world.begin(session, &mine, hash(1)).await.unwrap().id;
    let first = live.redeem_grant(with_tokens, &mine, hash(1), Some(hash(2)), None);
    assert_eq!(told(first.await), "tokens 0");
    let with_code = world.begin(session, &mine, hash(3)).await.unwrap().id;
    let why = zt_auth::EndReason::SignedOut;
    live.end_session(session, why, Actor::Person(world.person))
        .await
        .unwrap();
    let untold = live.read(|state| state.untold_grants().map(|g| g.id).collect::<Vec<_>>());
    assert_eq!(untold, [with_tokens]);
    for answer in [
        live.refresh_grant(with_tokens, &mine, hash(2), hash(4))
            .await,
        live.redeem_grant(with_code, &mine, hash(3), None, None)
            .await,
    ] {
        assert_eq!(told(answer), "session-ended");
    }
}

#[tokio::test]
async fn who_may_not_use_the_application_gets_no_code() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let wiki = world.client("wiki-app", "wiki").await;
    // The wiki demands a trusted device.
    assert_eq!(
        told(world.begin(session, &wiki, hash(1)).await),
        "device-required"
    );
    assert!(world.live.read(|state| state.grants.is_empty()));
}

#[tokio::test]
async fn a_person_is_the_same_to_a_client_after_a_restart_and_nobody_elsewhere() {
    let store = Arc::new(MemoryStore::new());
    let world = World::over(store.clone()).await;
    let pairwise = |sector: &str| Client {
        subject: SubjectKind::Pairwise(sector.to_owned()),
        ..client("mine", "chat")
    };
    let (here, there) = (pairwise("here.example"), pairwise("there.example"));
    let name = world.live.subject_for(&here, world.person);
    assert_ne!(name, world.live.subject_for(&there, world.person));
    let public = world
        .live
        .subject_for(&client("mine", "chat"), world.person);
    assert_eq!(public, world.person.to_string());

    let again = |store, seed| {
        crate::Live::open(crate::Parts {
            store,
            clock: Clock::manual(world.now()),
            entropy: Entropy::danger_seeded(seed),
            places: Default::default(),
        })
    };
    let restarted = again(store, 8).await.unwrap();
    assert_eq!(restarted.subject_for(&here, world.person), name);
    let another = again(Arc::new(MemoryStore::new()), 8).await.unwrap();
    assert_ne!(another.subject_for(&here, world.person), name);
}

/// A refresh token that stays the same changes nothing, so that nothing can be in its way; it must look for itself.
#[tokio::test]
async fn what_stays_the_same_is_not_given_after_it_ended() {
    let world = World::over(Arc::new(SlowStore::default())).await;
    let session = world.sign_in(None).await;
    let mine = world.client("mine", "chat").await;
    let live = &world.live;
    let id = world.begin(session, &mine, hash(1)).await.unwrap().id;
    let first = live.redeem_grant(id, &mine, hash(1), Some(hash(2)), None);
    assert_eq!(told(first.await), "tokens 0");
    let stays = live.refresh_grant(id, &mine, hash(2), hash(2));
    assert_eq!(told(stays.await), "tokens 1");
    let actor = Actor::Client(mine.clone());
    let (ended, given) = tokio::join!(
        live.end_grant(id, GrantEnd::Revoked, actor),
        live.refresh_grant(id, &mine, hash(2), hash(2)),
    );
    ended.unwrap();
    assert_eq!(told(given), IssueRefused::GrantEnded.to_string());
}

#[tokio::test]
async fn codes_in_a_loop_come_to_an_end_and_are_forgotten() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let mine = world.client("mine", "chat").await;
    let mut given = 0;
    let refused = loop {
        match world.begin(session, &mine, hash(1)).await {
            Ok(_) => given += 1,
            Err(refused) => break refused,
        }
    };
    assert!(
        matches!(refused, GrantError::TooFast(Seconds(1))),
        "{refused:?}"
    );
    assert_eq!(given, 3_000);
    let another = world.sign_in(None).await;
    let kept = world.begin(another, &mine, hash(1)).await.unwrap();
    let first = world.live.redeem_grant(kept.id, &mine, hash(1), None, None);
    assert_eq!(told(first.await), "tokens 0");
    world.live.clock().advance(Duration::from_secs(60));
    let long_ago = world.now() - Seconds::days(7);
    world.live.forget_before(long_ago).await.unwrap();
    let left = world.live.read(|state| state.grants.len());
    assert_eq!(left, 1, "the one that was redeemed");
}
