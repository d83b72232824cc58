//! Devices without a browser that wait for somebody to sign in (RFC 8628).
//!
//! In memory: a request that nobody has answered is worth no place on the disk, which anybody could fill with them. Once
//! somebody says yes, a grant is kept like every other, with the device's code as its code.

use crate::grants::{GrantError, Wish};
use crate::live::Live;
use crate::origin::Origin;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use zt_auth::{CodeWay, Consent, DEVICE_CODE_LIFETIME, Grant, IssueRefused, Session};
use zt_device::Presentation;
use zt_events::{Actor, Body};
use zt_federation::{Client, GrantType, UserCode};
use zt_types::{AppId, ClientId, GrantId, PersonId, Seconds, Timestamp, TokenHash};

/// How often a device may ask whether it was answered (RFC 8628 §3.2 `interval`); each time it asks sooner, by as much more (§3.5).
pub const DEVICE_POLL_INTERVAL: Seconds = Seconds(5);
/// More requests do not wait at a time, so that a guess rarely meets one.
const MOST: usize = 10_000;
/// Nor of one client, which anybody can call himself as a rule …
const MOST_OF_CLIENT: usize = 4_000;
/// … nor from one site …
const MOST_OF_SITE: usize = 400;
/// … nor from one address: there may be a whole office behind it.
const MOST_OF_NETWORK: usize = 100;
/// A request that is over is remembered for so long, so that its device is told that it is. It takes no place from those that
/// wait; and as these wait as long, there are hardly more of them than [`MOST`].
const REMEMBERED: Seconds = Seconds::minutes(10);
/// So many wrong codes may one person type …
const GUESSES: u32 = 5;
/// … and all together …
const GUESSES_OF_ALL: u32 = 100;
/// … within this time: with [`MOST`] requests waiting, all of them together meet one with a probability of 1 in 25,600; against
/// the handful that wait as a rule, 1 in some ten millions (20^8 codes).
const GUESSES_WITHIN: Seconds = Seconds::minutes(10);

/// A request that waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRequest {
    /// The grant that comes of it.
    pub id: GrantId,
    /// What the person types.
    pub user_code: UserCode,
    /// Who asks.
    pub client: ClientId,
    /// Its application.
    pub app: AppId,
    /// What for, as it is kept with the grant.
    pub asked: String,
    /// From which address.
    pub address: IpAddr,
    /// When it came.
    pub asked_at: Timestamp,
    /// When it is over.
    pub expires_at: Timestamp,
}

/// A device that begins.
#[derive(Debug)]
pub struct NewDevice<'a> {
    /// Its client.
    pub client: &'a Client,
    /// What it asks for, as it is kept with the grant.
    pub asked: String,
    /// From which address.
    pub address: IpAddr,
    /// Hash of its code.
    pub code: TokenHash,
}

/// Why no more devices can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many devices are waiting")]
pub struct TooManyDevices;

/// How a device's request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceStanding {
    /// Nobody answered yet.
    Waiting,
    /// Nobody answered yet, and the device asks too often.
    TooOften,
    /// Somebody said no.
    Denied,
    /// Its time is over.
    Over,
    /// Nothing waits under this code: there is a grant, or nothing was ever asked.
    Elsewhere,
}

/// Why a code that was typed leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UserCodeWrong {
    /// It is nobody's, or its time is over.
    #[error("no device waits under this code")]
    Unknown,
    /// Too many wrong ones were typed.
    #[error("too many wrong codes were typed")]
    Wait {
        /// Until when.
        until: Timestamp,
    },
}

/// The requests, and the wrong codes.
#[derive(Debug, Default)]
pub(crate) struct DeviceRequests(Mutex<Waiting>);

impl DeviceRequests {
    /// Drops what devices of a client asked for.
    pub(crate) fn forget(&self, client: &ClientId) {
        let mut waiting = self.0.lock();
        let Waiting {
            requests, by_code, ..
        } = &mut *waiting;
        requests.retain(|_, kept| kept.request.client != *client);
        by_code.retain(|_, id| requests.contains_key(id));
    }
}

#[derive(Debug, Default)]
struct Waiting {
    requests: HashMap<GrantId, Kept>,
    by_code: HashMap<UserCode, GrantId>,
    wrong: HashMap<PersonId, Guesses>,
    wrong_of_all: Guesses,
    swept_at: Option<Timestamp>,
}

#[derive(Debug)]
struct Kept {
    request: DeviceRequest,
    from: Origin,
    code: TokenHash,
    answer: Answer,
    interval: Seconds,
    /// From when on the device may ask again.
    next_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    None,
    /// Somebody said yes: the grant is being kept, or is.
    Allowed,
    Denied,
}

impl Kept {
    fn waits(&self, now: Timestamp) -> bool {
        self.answer == Answer::None && now < self.request.expires_at
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Guesses {
    count: u32,
    since: Timestamp,
}

impl Guesses {
    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.since + GUESSES_WITHIN
    }

    fn wait(&self, most: u32, now: Timestamp) -> Option<Timestamp> {
        let is_used_up = self.count >= most && !self.is_over(now);
        is_used_up.then_some(self.since + GUESSES_WITHIN)
    }

    fn count(&mut self, now: Timestamp) {
        if self.is_over(now) {
            *self = Self {
                count: 0,
                since: now,
            };
        }
        self.count = self.count.saturating_add(1);
    }
}

impl Waiting {
    fn sweep(&mut self, now: Timestamp) {
        if self.swept_at == Some(now) {
            return;
        }
        self.swept_at = Some(now);
        self.requests
            .retain(|_, kept| now < kept.request.expires_at + REMEMBERED);
        let Self {
            requests, by_code, ..
        } = self;
        by_code.retain(|_, id| {
            let kept = requests.get(id);
            kept.is_some_and(|kept| now < kept.request.expires_at)
        });
        self.wrong.retain(|_, guesses| !guesses.is_over(now));
    }

    /// Whether one more of `client` may wait that comes from there.
    fn has_place(&self, client: &ClientId, from: &Origin, now: Timestamp) -> bool {
        let (mut all, mut of_client, mut of_site, mut of_network) = (0, 0, 0, 0);
        for kept in self.requests.values().filter(|kept| kept.waits(now)) {
            all += 1;
            of_client += usize::from(kept.request.client == *client);
            if kept.from.site == from.site {
                of_site += 1;
                of_network += usize::from(kept.from.network == from.network);
            }
        }
        all < MOST
            && of_client < MOST_OF_CLIENT
            && of_site < MOST_OF_SITE
            && of_network < MOST_OF_NETWORK
    }

    /// The request that waits under a code.
    fn open(&mut self, code: UserCode, now: Timestamp) -> Option<&mut Kept> {
        let kept = self.requests.get_mut(self.by_code.get(&code)?)?;
        kept.waits(now).then_some(kept)
    }
}

impl Live {
    /// Lets a device wait for somebody.
    ///
    /// # Errors
    /// [`TooManyDevices`], from where it is, of its client or at all.
    pub fn device_begins(
        &self,
        id: GrantId,
        device: NewDevice<'_>,
    ) -> Result<DeviceRequest, TooManyDevices> {
        let now = self.clock().now();
        let mut waiting = self.inner.devices.0.lock();
        waiting.sweep(now);
        let from = Origin::of(device.address);
        if !waiting.has_place(&device.client.id, &from, now) {
            return Err(TooManyDevices);
        }
        let user_code = loop {
            let drawn = UserCode::from_random(self.entropy().bytes());
            if !waiting.by_code.contains_key(&drawn) {
                break drawn;
            }
        };
        let request = DeviceRequest {
            id,
            user_code,
            client: device.client.id.clone(),
            app: device.client.app.clone(),
            asked: device.asked,
            address: device.address,
            asked_at: now,
            expires_at: now + DEVICE_CODE_LIFETIME,
        };
        waiting.by_code.insert(user_code, id);
        let kept = Kept {
            request: request.clone(),
            from,
            code: device.code,
            answer: Answer::None,
            interval: DEVICE_POLL_INTERVAL,
            next_at: now,
        };
        waiting.requests.insert(id, kept);
        Ok(request)
    }

    /// How the request stands that `client` asks about with its code.
    ///
    /// # Errors
    /// [`IssueRefused::ForeignClient`] if it is another client's; whoever has the wrong code for it learns as little.
    pub fn device_asks(
        &self,
        id: GrantId,
        client: &ClientId,
        code: TokenHash,
    ) -> Result<DeviceStanding, IssueRefused> {
        let now = self.clock().now();
        let is_given = self.read(|state| state.grants.contains_key(&id));
        let mut waiting = self.inner.devices.0.lock();
        let kept = waiting.requests.get_mut(&id).filter(|_| !is_given);
        let Some(kept) = kept else {
            return Ok(DeviceStanding::Elsewhere);
        };
        if kept.request.client != *client || kept.code != code {
            return Err(IssueRefused::ForeignClient);
        }
        let is_early = now < kept.next_at;
        if is_early {
            kept.interval = Seconds(kept.interval.0.saturating_add(DEVICE_POLL_INTERVAL.0));
        }
        kept.next_at = now + kept.interval;
        Ok(match kept.answer {
            Answer::Denied => DeviceStanding::Denied,
            Answer::None | Answer::Allowed if now >= kept.request.expires_at => {
                DeviceStanding::Over
            }
            Answer::None | Answer::Allowed if is_early => DeviceStanding::TooOften,
            Answer::None | Answer::Allowed => DeviceStanding::Waiting,
        })
    }

    /// The request that waits under what a person typed. A code that is wrong is counted, for her and for all.
    ///
    /// # Errors
    /// [`UserCodeWrong`].
    pub fn device_request(
        &self,
        person: PersonId,
        typed: &str,
    ) -> Result<DeviceRequest, UserCodeWrong> {
        let now = self.clock().now();
        let mut waiting = self.inner.devices.0.lock();
        let hers = waiting.wrong.get(&person).copied().unwrap_or_default();
        let waits = [
            hers.wait(GUESSES, now),
            waiting.wrong_of_all.wait(GUESSES_OF_ALL, now),
        ];
        if let Some(until) = waits.into_iter().flatten().max() {
            return Err(UserCodeWrong::Wait { until });
        }
        let code = UserCode::parse(typed);
        let found = code.and_then(|code| waiting.open(code, now).map(|kept| kept.request.clone()));
        found.ok_or_else(|| {
            waiting.wrong.entry(person).or_default().count(now);
            waiting.wrong_of_all.count(now);
            UserCodeWrong::Unknown
        })
    }

    /// Somebody says no.
    ///
    /// # Errors
    /// [`UserCodeWrong::Unknown`] if it was answered, or is over.
    pub fn deny_device(
        &self,
        session: &Session,
        request: &DeviceRequest,
    ) -> Result<(), UserCodeWrong> {
        let now = self.clock().now();
        let mut waiting = self.inner.devices.0.lock();
        let kept = waiting.open(request.user_code, now);
        let kept = kept.filter(|kept| kept.request.id == request.id);
        kept.ok_or(UserCodeWrong::Unknown)?.answer = Answer::Denied;
        drop(waiting);
        let told = Body::DeviceSignInDenied {
            person: session.person,
            session: session.id,
            app: request.app.clone(),
            client: request.client.clone(),
            address: request.address.to_string(),
        };
        self.record(Actor::Person(session.person), told);
        Ok(())
    }

    /// Somebody says yes: decides about the application, and gives the device what its code is redeemed for.
    ///
    /// # Errors
    /// [`GrantError::Unknown`] if the request was answered, is over, or its client is not registered for it any more; the others as
    /// [`Live::give_code`]: then it goes on waiting.
    pub async fn allow_device(
        &self,
        session: &Session,
        request: &DeviceRequest,
        wish: DeviceWish<'_>,
    ) -> Result<Grant, GrantError> {
        let is_registered = self.read(|state| {
            let client = state.clients.get(&request.client);
            client.is_some_and(|client| {
                client.app == request.app && client.grants.contains(&GrantType::DeviceCode)
            })
        });
        let now = self.clock().now();
        let code = {
            let mut waiting = self.inner.devices.0.lock();
            let kept = waiting.open(request.user_code, now);
            let kept = kept.filter(|kept| is_registered && kept.request.id == request.id);
            let kept = kept.ok_or(GrantError::Unknown)?;
            kept.answer = Answer::Allowed;
            kept.code
        };
        let asked = Wish {
            client: &request.client,
            app: &request.app,
            asked: request.asked.clone(),
            presented: wish.presented,
            whence: wish.whence,
            user_agent: wish.user_agent,
            agreed: wish.agreed,
        };
        let until = request.expires_at;
        let way = CodeWay::Device { until };
        let given = self
            .begin_grant(session, asked, request.id, code, way)
            .await;
        if given.is_err()
            && let Some(kept) = self.inner.devices.0.lock().requests.get_mut(&request.id)
        {
            kept.answer = Answer::None;
        }
        given
    }
}

/// Where somebody is who says yes to a device.
#[derive(Debug, Clone)]
pub struct DeviceWish<'a> {
    /// What her connection proves of the device she is on.
    pub presented: Presentation,
    /// Where she is.
    pub whence: crate::Whence,
    /// What her browser calls itself.
    pub user_agent: &'a str,
    /// What she agreed to where she said yes.
    pub agreed: Option<Consent>,
}
