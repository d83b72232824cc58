//! Recorded decisions: how they are written into the log, and read out of it again.

use crate::{Decisions, EventFilter, LoggedEvent, Store, StoreError};
use zt_events::{Body, Origin, Outcome, Written};
use zt_policy::{Decision, Permit, Reason, Recorded, Refusal};
use zt_types::{AppId, DecisionId, PersonId, Timestamp};

/// So many are read at a time.
const PAGE: usize = 1_000;

/// Which recorded decisions.
#[derive(Debug, Clone, Default)]
pub struct Span {
    /// Made then or later; from the beginning if nothing is said.
    pub since: Option<Timestamp>,
    /// Made before then; to the end if nothing is said.
    pub until: Option<Timestamp>,
    /// About this person only.
    pub person: Option<PersonId>,
    /// About this application only.
    pub app: Option<AppId>,
}

/// A recorded decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Access {
    /// Its position in the log.
    pub position: u64,
    /// Whether somebody asked, or a sample was made.
    pub origin: Origin,
    /// What was decided, and from what.
    pub recorded: Recorded,
}

/// The recorded decisions of a span, newest first, a page at a time: a log of any length is read in the same memory.
pub struct Accesses<'a> {
    store: &'a dyn Store,
    /// `None` once the log's beginning is reached.
    filter: Option<EventFilter>,
    unreadable: u64,
}

impl<'a> Accesses<'a> {
    /// Those of `span`. Nothing is read yet. What was recorded a moment ago may still wait to be kept: see
    /// [`Store::flush`].
    #[must_use]
    pub fn new(store: &'a dyn Store, span: Span) -> Self {
        let Span {
            since,
            until,
            person,
            app,
        } = span;
        Self {
            store,
            filter: Some(EventFilter {
                person,
                app,
                since,
                until,
                decisions: Decisions::Only,
                limit: PAGE,
                ..EventFilter::default()
            }),
            unreadable: 0,
        }
    }

    /// The next page; `None` at the end. A page may be empty.
    ///
    /// # Errors
    /// As [`Store::events`].
    pub async fn next(&mut self) -> Result<Option<Vec<Access>>, StoreError> {
        let Some(filter) = &mut self.filter else {
            return Ok(None);
        };
        let page = self.store.events(filter.clone()).await?;
        match page.last() {
            Some(last) if page.len() == PAGE => filter.before = Some(last.position),
            _ => self.filter = None,
        }
        let found = page.len();
        let read: Vec<Access> = page.into_iter().filter_map(recorded).collect();
        self.unreadable += u64::try_from(found - read.len()).unwrap_or(u64::MAX);
        Ok(Some(read))
    }

    /// How many of those so far were written by a version of the program whose inputs this one cannot read.
    #[must_use]
    pub const fn unreadable(&self) -> u64 {
        self.unreadable
    }
}

/// What the log says of a decision.
#[must_use]
pub fn decided(id: DecisionId, decision: &Decision, origin: Origin) -> Body {
    let request = &decision.inputs().request;
    Body::Decided {
        decision: id,
        person: request.person.id,
        session: request.session.id,
        device: request.device.evidence.device().or(request.device.bound),
        app: request.app.clone(),
        outcome: match decision {
            Decision::Allow(_) => Outcome::Success,
            Decision::Refuse(_) => Outcome::Failure,
        },
        capabilities: decision
            .permit()
            .map(Permit::capabilities)
            .unwrap_or_default(),
        reasons: {
            let refusal = decision.refusal();
            let reasons = refusal.map(Refusal::reasons).unwrap_or_default();
            reasons
                .iter()
                .map(Reason::slug)
                .map(str::to_owned)
                .collect()
        },
        inputs: Written::of(decision.inputs()).unwrap_or_default(),
        policies: decision.policies().into(),
        would_refuse: decision.would_refuse().into(),
        fingerprint: Some(decision.fingerprint().into()),
        origin,
    }
}

/// The decision that an event tells of; `None` if it tells of none, or of one whose inputs cannot be read.
#[must_use]
pub fn recorded(logged: LoggedEvent) -> Option<Access> {
    let Body::Decided {
        decision,
        capabilities,
        reasons,
        inputs,
        fingerprint,
        origin,
        ..
    } = logged.event.body
    else {
        return None;
    };
    Some(Access {
        position: logged.position,
        origin,
        recorded: Recorded {
            decision,
            inputs: inputs.read().ok()?,
            capabilities,
            reasons,
            fingerprint: fingerprint.map(String::from),
        },
    })
}
