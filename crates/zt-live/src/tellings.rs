//! What clients are to be told, and how telling them went. Whoever tells them is not here: nothing here opens a socket.

use crate::live::{Live, LiveError};
use crate::programs::{Program, told_at};
use serde::{Deserialize, Serialize};
use zt_auth::{Grant, GrantState, Telling};
use zt_events::{Actor, Body};
use zt_store::{Change, ClientNote, Conflict, Plan, State, StoreError};
use zt_types::{ClientId, GrantId, Seconds, Timestamp};

/// After this long nobody is told any more: sessions at clients are shorter.
pub const TELL_FOR: Seconds = Seconds::hours(24);
/// How long to wait after the first tries that failed, and after each further one.
const WAITS: [Seconds; 4] = [
    Seconds(10),
    Seconds(30),
    Seconds::minutes(2),
    Seconds::minutes(10),
];
const LONGEST_WAIT: Seconds = Seconds::minutes(30);

/// A client is to be told that this grant is over, or gives nothing for now.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The grant.
    pub grant: Grant,
    /// Its program, which has an address.
    pub program: Program,
}

/// What came of telling a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It knows.
    Yes,
    /// It says that it will not have it.
    Refused,
    /// It could not be told, for this reason (a slug).
    Failed(&'static str),
    /// It could not be told for so long that it is not tried any more.
    GivenUp,
}

/// How telling a client went the last time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastTold {
    /// When.
    pub at: Timestamp,
    /// What went wrong, as a slug; none if it was told.
    pub failed: Option<String>,
}

/// Why a grant is over, as a slug.
fn why(grant: &Grant) -> &'static str {
    match grant.state {
        GrantState::Ended { why, .. } => why.as_str(),
        GrantState::Code { .. } | GrantState::Tokens { .. } | GrantState::Asserted => "lapsed",
    }
}

impl Notice {
    /// When it is to be told, if the client has an address.
    fn of(state: &State, grant: GrantId) -> Option<Self> {
        let grant = state.grants.get(&grant)?.clone();
        told_at(state, &grant.client)?;
        let program = Program::of(state, &grant.client)?;
        Some(Self { grant, program })
    }

    /// Whether it is too late.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        let untold = self.grant.untold();
        untold.is_none_or(|untold| now >= untold.since() + TELL_FOR)
    }
}

impl Live {
    /// The clients that have an address and were not told yet of something.
    #[must_use]
    pub fn untold_clients(&self) -> Vec<ClientId> {
        self.read(|state| {
            let untold = state.untold_clients();
            let untold = untold.filter(|id| told_at(state, id).is_some());
            untold.cloned().collect()
        })
    }

    /// Up to `most` of what `client` is to be told by now, the earliest first, without what is `under_way`; and when there is
    /// more.
    #[must_use]
    pub fn to_tell(
        &self,
        client: &ClientId,
        under_way: &[GrantId],
        most: usize,
    ) -> (Vec<Notice>, Option<Timestamp>) {
        let now = self.clock().now();
        self.read(|state| {
            let mut notices = Vec::new();
            let waiting = state.untold_to(client);
            for (at, grant) in waiting.filter(|(_, grant)| !under_way.contains(grant)) {
                if *at > now {
                    return (notices, Some(*at));
                }
                if notices.len() == most {
                    break;
                }
                notices.extend(Notice::of(state, *grant));
            }
            (notices, None)
        })
    }

    /// How many sign-ins a client was not told yet to be over.
    #[must_use]
    pub fn count_untold(&self, client: &ClientId) -> usize {
        self.read(|state| state.untold_to(client).len())
    }

    /// How telling a client went the last time, if it ever was told.
    #[must_use]
    pub fn last_told(&self, client: &ClientId) -> Option<LastTold> {
        self.read(|state| {
            let kept = state.client_note(client, ClientNote::Told)?;
            serde_json::from_slice(kept).ok()
        })
    }

    /// Notes what came of telling a client, and gives when it is tried again if it is.
    ///
    /// # Errors
    /// As [`Live::commit`]. What need not be told any more is no error.
    pub async fn note_told(
        &self,
        grant: &Grant,
        told: Told,
    ) -> Result<Option<Timestamp>, LiveError> {
        let now = self.clock().now();
        let (person, session) = (grant.person, grant.session);
        let (app, client) = (grant.app.clone(), grant.client.clone());
        let (failed, then) = match told {
            Told::Yes => (None, "told"),
            Told::Refused => (Some("refused"), "refused"),
            Told::Failed(why) => (Some(why), "retried"),
            Told::GivenUp => {
                let last = grant.telling.as_ref();
                (
                    last.map(|telling| telling.why.as_str()).or(Some("timeout")),
                    "given-up",
                )
            }
        };
        let last = LastTold {
            at: now,
            failed: failed.map(str::to_owned),
        };
        let mut changes = Vec::new();
        if let Ok(value) = serde_json::to_vec(&last) {
            changes.push(Change::NoteOfClient {
                client: client.clone(),
                note: ClientNote::Told,
                value,
            });
        }
        let mut next = None;
        let mut is_news = true;
        // What it was told of, and nothing that came to be meanwhile.
        let Some(what) = grant.untold() else {
            return Ok(None);
        };
        if let Told::Failed(why) = told {
            let tries = grant.telling.as_ref().map_or(0, |telling| telling.tries);
            let wait = WAITS.get(usize::try_from(tries).unwrap_or(usize::MAX));
            let next_at = now + wait.copied().unwrap_or(LONGEST_WAIT);
            next = Some(next_at);
            // That it fails again and again is written, not told.
            is_news = tries == 0;
            let telling = Telling {
                tries: tries.saturating_add(1),
                next_at,
                why: why.to_owned(),
            };
            let grant = grant.id;
            changes.push(Change::GrantNotTold {
                grant,
                what,
                telling,
            });
        } else {
            let grant = grant.id;
            changes.push(Change::GrantTold { grant, what });
        }
        let body = match failed {
            None => Body::ClientTold {
                person,
                session,
                app,
                client,
                why: why(grant).to_owned(),
            },
            Some(why) => Body::ClientNotTold {
                person,
                session,
                app,
                client,
                why: why.to_owned(),
                then: then.to_owned(),
            },
        };
        let events = is_news.then(|| self.event(Actor::System, body));
        let plan = Plan::new(changes, events.into_iter().collect());
        match self.commit(plan).await {
            // It was forgotten meanwhile, or is good again.
            Ok(_) | Err(LiveError::Store(StoreError::Conflict(Conflict::Missing(_)))) => Ok(next),
            Err(error) => Err(error),
        }
    }
}
