//! What clients elsewhere are to be told, and when.

use super::grants::{client, hash};
use super::world::{World, app, finding};
use crate::{Live, Notice, Parts, TELL_FOR, Told};
use std::sync::Arc;
use std::time::Duration;
use zt_auth::{EndReason, GrantEnd, GrantState};
use zt_device::Presentation;
use zt_events::{Actor, Body};
use zt_federation::{AuthorizationRequest, Client, Form, RedirectUri};
use zt_net::{Clock, Entropy};
use zt_store::{Change, MemoryStore, Plan};
use zt_types::{ClientId, GrantId, Seconds, SessionId};

/// Waits until `is_so`, however long whoever looks at grants takes, unless nobody ever does.
async fn until(live: &Live, is_so: impl Fn(&Live) -> bool) {
    let mut changes = live.changes();
    let comes = async {
        while !is_so(live) {
            changes.changed().await.unwrap();
        }
    };
    let came = tokio::time::timeout(Duration::from_secs(20), comes).await;
    assert!(came.is_ok(), "nobody looked at the grants");
}

impl World {
    async fn with_address(&self, id: &str, to: &str) -> ClientId {
        let address = format!("https://{id}.example/logged-out");
        let told = Client {
            backchannel_logout: RedirectUri::parse(&address).ok(),
            ..client(id, to)
        };
        let id = told.id.clone();
        let plan = Plan::new(vec![Change::PutClient(told)], Vec::new());
        self.live.commit(plan).await.unwrap();
        id
    }

    async fn with_tokens(&self, session: SessionId, client: &ClientId) -> GrantId {
        let id = self.begin(session, client, hash(1)).await.unwrap().id;
        let first = self
            .live
            .redeem_grant(id, client, hash(1), Some(hash(2)), None);
        first.await.unwrap();
        id
    }

    /// What a client is to be told of.
    fn notices(&self, client: &ClientId) -> Vec<Notice> {
        self.live.to_tell(client, &[], 100).0
    }

    fn grants_to_tell(&self, client: &ClientId) -> Vec<GrantId> {
        let notices = self.notices(client).into_iter();
        notices.map(|notice| notice.grant.id).collect()
    }

    fn is_lapsed(live: &Live, grant: GrantId) -> bool {
        live.read(|state| state.grants[&grant].lapse.is_some())
    }

    async fn told(&self) -> Vec<String> {
        let events = self.events().await.into_iter().rev();
        let told = events.filter_map(|event| match event.body {
            Body::ClientTold { why, .. } => Some(why),
            Body::ClientNotTold { why, then, .. } => Some(format!("{why}, {then}")),
            _ => None,
        });
        told.collect()
    }
}

#[tokio::test]
async fn of_each_loss_a_client_is_told_once_and_what_it_has_comes_back_by_itself() {
    let world = World::new().await;
    let (laptop, tablet) = (world.enrol("laptop").await, world.enrol("tablet").await);
    let ill = world.sign_in(Some(&laptop)).await;
    let well = world.sign_in(Some(&tablet)).await;
    let mine = world.with_address("mine", "chat").await;
    let silent = client("silent", "chat");
    let silent_id = silent.id.clone();
    let plan = Plan::new(vec![Change::PutClient(silent)], Vec::new());
    world.live.commit(plan).await.unwrap();
    let grant = world.with_tokens(ill, &mine).await;
    let other = world.with_tokens(well, &mine).await;
    let of_silent = world.with_tokens(ill, &silent_id).await;
    let live = &world.live;

    for turn in 0..2u8 {
        let uid = format!("f-{turn}");
        world.signal(&finding(&uid, "laptop", 1)).await;
        until(live, |live| World::is_lapsed(live, grant)).await;
        assert_eq!(live.untold_clients(), std::slice::from_ref(&mine));
        assert_eq!(world.grants_to_tell(&mine), [grant]);
        let refused = live.refresh_grant(grant, &mine, hash(2 + turn), hash(3 + turn));
        assert!(refused.await.is_err());
        let notice = world.notices(&mine).remove(0);
        live.note_told(&notice.grant, Told::Yes).await.unwrap();
        assert!(live.untold_clients().is_empty());
        // More of the same is no new loss.
        let more = format!("more-{turn}");
        world.signal(&finding(&more, "laptop", 1)).await;
        world.signal(&finding(&uid, "laptop", 3)).await;
        assert!(World::is_lapsed(live, grant));
        assert!(live.untold_clients().is_empty());
        world.signal(&finding(&more, "laptop", 3)).await;
        until(live, |live| !World::is_lapsed(live, grant)).await;
        let back = live.refresh_grant(grant, &mine, hash(2 + turn), hash(3 + turn));
        assert!(back.await.is_ok());
        assert!(live.untold_clients().is_empty());
    }
    for untouched in [other, of_silent] {
        let never = live.read(|state| state.grants[&untouched].lapse);
        assert_eq!(never, None);
    }
    assert_eq!(world.told().await, ["lapsed", "lapsed"]);
}

#[tokio::test]
async fn what_is_over_before_anybody_was_told_is_told_to_nobody() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let session = world.sign_in(Some(&laptop)).await;
    let mine = world.with_address("mine", "chat").await;
    let grant = world.with_tokens(session, &mine).await;
    let live = &world.live;
    world.signal(&finding("f-1", "laptop", 1)).await;
    until(live, |live| World::is_lapsed(live, grant)).await;
    let notice = world.notices(&mine).remove(0);
    world.signal(&finding("f-1", "laptop", 3)).await;
    until(live, |live| !World::is_lapsed(live, grant)).await;
    assert!(live.untold_clients().is_empty());
    // Whoever was about to tell it may have done so.
    let late = live.note_told(&notice.grant, Told::Failed("timeout")).await;
    assert!(late.is_ok());
    assert!(live.untold_clients().is_empty());
}

#[tokio::test]
async fn time_is_told_too() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let session = world.sign_in(Some(&laptop)).await;
    let wiki = world.with_address("wiki-app", "wiki").await;
    let chat = world.with_address("chat-app", "chat").await;
    let in_wiki = world.with_tokens(session, &wiki).await;
    let in_chat = world.with_tokens(session, &chat).await;
    let live = &world.live;
    // The wiki demands the device, whose certificate runs out.
    let soon = world.now() + Seconds::hours(1);
    world.shorten(&laptop, soon).await;
    live.clock().advance(Duration::from_secs(3601));
    until(live, |live| World::is_lapsed(live, in_wiki)).await;
    assert_eq!(live.untold_clients(), std::slice::from_ref(&wiki));
    // Nobody is at the gateway; the session's time is over all the same.
    live.clock().advance(Duration::from_secs(11 * 3600));
    until(live, |live| {
        live.read(|state| matches!(state.grants[&in_chat].state, GrantState::Ended { .. }))
    })
    .await;
    assert_eq!(world.grants_to_tell(&chat), [in_chat]);
    assert_eq!(world.grants_to_tell(&wiki), [in_wiki]);
    let ended = live.read(|state| state.sessions[&session].ended);
    assert_eq!(ended.map(|(_, why)| why), Some(EndReason::Expired));
}

#[tokio::test]
async fn a_client_that_is_not_there_is_tried_less_and_less_and_given_up_in_the_end() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let mine = world.with_address("mine", "chat").await;
    world.with_tokens(session, &mine).await;
    let live = &world.live;
    let actor = Actor::Person(world.person);
    let ended = live.end_session(session, EndReason::SignedOut, actor);
    ended.await.unwrap();
    let since = world.now();
    let mut waits = Vec::new();
    let given_up = loop {
        let notice = world.notices(&mine).remove(0);
        if notice.is_over(world.now()) {
            break notice;
        }
        let tried = live.note_told(&notice.grant, Told::Failed("unreachable"));
        let next = tried.await.unwrap().unwrap();
        let (now_due, later) = live.to_tell(&mine, &[], 100);
        assert!(now_due.is_empty());
        assert_eq!(later, Some(next));
        let wait = next.since(world.now());
        waits.push(wait.0);
        live.clock().advance(Duration::from_secs(wait.0));
    };
    assert_eq!(waits[..6], [10, 30, 120, 600, 1800, 1800]);
    assert!(world.now().since(since) >= TELL_FOR);
    live.note_told(&given_up.grant, Told::GivenUp)
        .await
        .unwrap();
    assert!(live.untold_clients().is_empty());
    let last = live.last_told(&mine).unwrap();
    assert_eq!(
        (last.at, last.failed.as_deref()),
        (world.now(), Some("unreachable"))
    );
    // Once, however often it failed.
    assert_eq!(
        world.told().await,
        ["unreachable, retried", "unreachable, given-up"]
    );
}

#[tokio::test]
async fn what_the_process_before_did_not_see_is_told_by_the_next() {
    let store = Arc::new(MemoryStore::new());
    let world = World::over(store.clone()).await;
    let laptop = world.enrol("laptop").await;
    let session = world.sign_in(Some(&laptop)).await;
    let mine = world.with_address("mine", "wiki").await;
    let grant = world.with_tokens(session, &mine).await;
    // The device is taken out of use behind the back of whoever looks at grants.
    let mut device = world
        .live
        .read(|state| state.devices[&laptop.device].clone());
    device.state = zt_device::DeviceState::Retired;
    let plan = Plan::new(vec![Change::PutDevice(device)], Vec::new());
    zt_store::Store::commit(&*store, plan).await.unwrap();
    let next = Live::open(Parts {
        store,
        clock: Clock::manual(world.now()),
        entropy: Entropy::danger_seeded(9),
        places: Default::default(),
    });
    let next = next.await.unwrap();
    until(&next, |live| World::is_lapsed(live, grant)).await;
    let (notices, _) = next.to_tell(&mine, &[], 100);
    assert_eq!(notices.len(), 1);
    // What is under way is not begun again.
    assert!(next.to_tell(&mine, &[grant], 100).0.is_empty());
}

/// Whoever tells clients takes time; whoever waits for the cut does not wait for that.
#[tokio::test]
async fn a_signal_is_answered_before_anybody_looks_at_grants() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let session = world.sign_in(Some(&laptop)).await;
    let mine = world.with_address("mine", "chat").await;
    let grant = world.with_tokens(session, &mine).await;
    let passage = world.passage("chat", &session, laptop.presented()).await;
    let watching = matches!(&*passage.standing(), crate::Standing::Permitted(_));
    assert!(watching);
    world.signal(&finding("f-1", "laptop", 1)).await;
    assert!(matches!(
        &*passage.standing(),
        crate::Standing::Refused { .. }
    ));
    until(&world.live, |live| World::is_lapsed(live, grant)).await;
    let preview = |presented| {
        let kept = world.live.read(|state| state.sessions[&session].clone());
        let decision = world
            .live
            .preview(&kept, &app("chat"), presented, world.whence());
        decision.permit().is_some()
    };
    assert!(!preview(Presentation::NotAsked));
}

/// What was on its way about a lapse when the session ended says nothing of the end.
#[tokio::test]
async fn of_an_end_a_client_is_told_that_was_being_told_of_a_lapse() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let session = world.sign_in(Some(&laptop)).await;
    let mine = world.with_address("mine", "chat").await;
    let grant = world.with_tokens(session, &mine).await;
    let live = &world.live;
    world.signal(&finding("f-1", "laptop", 1)).await;
    until(live, |live| World::is_lapsed(live, grant)).await;
    let of_lapse = world.notices(&mine).remove(0);
    live.clock().advance(Duration::from_secs(1));
    live.end_session(session, EndReason::SignedOut, Actor::System)
        .await
        .unwrap();
    for told in [Told::Failed("timeout"), Told::Yes] {
        live.note_told(&of_lapse.grant, told).await.unwrap();
        let notice = world.notices(&mine).remove(0);
        assert!(matches!(notice.grant.state, GrantState::Ended { .. }));
        assert_eq!(notice.grant.telling, None, "its tries begin anew");
    }
    let of_end = world.notices(&mine).remove(0);
    live.note_told(&of_end.grant, Told::Yes).await.unwrap();
    assert!(live.untold_clients().is_empty());
}

/// Whoever moves a client, in whatever way: it is told that what it holds is over, and what it asked for is dropped.
#[tokio::test]
async fn a_client_that_moves_is_told_and_begins_with_nothing() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let session = world.sign_in(Some(&laptop)).await;
    let mine = world.with_address("mine", "chat").await;
    let other = world.with_address("other", "chat").await;
    let live = &world.live;
    let [had, untouched] = [
        world.with_tokens(session, &mine).await,
        world.with_tokens(session, &other).await,
    ];
    let back = "https://mine.example/back";
    let registered = Client {
        redirect_uris: [RedirectUri::parse(back).unwrap()].into(),
        ..live.read(|state| state.clients[&mine].clone())
    };
    let text = format!(
        "client_id=mine&redirect_uri={back}&response_type=code&scope=openid\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
    );
    let form = Form::parse(text.as_bytes()).unwrap();
    let asked = AuthorizationRequest::read(&form, &registered).unwrap();
    let here = std::net::IpAddr::from([192, 0, 2, 1]);
    let pushed = live.push_request(&registered, asked, here).unwrap();
    let moved = Client {
        app: app("wiki"),
        ..registered
    };
    let put = Plan::new(vec![Change::PutClient(moved.clone())], Vec::new());
    live.commit(put).await.unwrap();
    assert_eq!(world.grants_to_tell(&mine), [had]);
    let ended = live.read(|state| state.grants[&had].state);
    let why = GrantEnd::ClientMoved;
    assert!(matches!(ended, GrantState::Ended { why: is, .. } if is == why));
    let now = live.clock().now();
    assert_eq!(live.begin_pushed(&moved, &pushed, now), None);
    assert!(world.grants_to_tell(&other).is_empty());
    let goes_on = live.read(|state| state.grants[&untouched].state);
    assert!(matches!(goes_on, GrantState::Tokens { .. }));
    // Written again as it is, nothing ends.
    let put = Plan::new(vec![Change::PutClient(moved)], Vec::new());
    live.commit(put).await.unwrap();
    assert_eq!(world.grants_to_tell(&mine), [had]);
}
