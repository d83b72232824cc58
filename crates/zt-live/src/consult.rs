//! Decisions for whoever enforces them in another process: a question is answered, and no passage is made.
//!
//! Who asks holds nothing here that could be cut, so an answer is about this moment. What it rests on is only what this
//! process believes by itself: the caller names a person, perhaps one of her sessions, and an application.

use crate::ahead::Answered;
use crate::beliefs::Beliefs;
use crate::live::{Inner, Live};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use zt_auth::{EndReason, Session};
use zt_device::Presentation;
use zt_events::Actor;
use zt_policy::{CertificateDemand, Decision, Request};
use zt_types::{
    AppId, Assurance, DecisionId, EnforcementPointId, PersonId, SessionId, Timestamp, TokenHash,
};

/// So many answers are remembered for telling a new one from a repeated one.
const REMEMBERED: usize = 50_000;

/// What an enforcement point in another process asks.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// About whom.
    pub person: PersonId,
    /// In which sign-in of hers.
    pub session: SignIn,
    /// About which application.
    pub app: &'a AppId,
}

/// What the caller knows of the person's sign-in.
#[derive(Debug, Clone, Copy)]
pub enum SignIn {
    /// Nothing: that the caller takes her for this person counts as the weakest sign-in there is, made long ago, on no
    /// device.
    Unknown,
    /// One of her sessions. One that is over, somebody else's or not there counts as one that has ended.
    Session(SessionId),
    /// Something that names no session: counts as one that has ended.
    Gone,
}

/// Who asked about whom, at what.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Asked {
    point: EnforcementPointId,
    person: PersonId,
    session: SessionId,
    app: AppId,
}

/// What was answered before to the same question.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<HashMap<Asked, (u64, DecisionId)>>);

impl Live {
    /// Decides, and records nothing: for searching.
    #[must_use]
    pub fn consider(&self, question: &Question<'_>) -> Decision {
        let answered = self
            .inner
            .decide(|beliefs, now| asking(beliefs, question, now));
        answered.into_decision()
    }

    /// Decides for `point`, and records the decision unless it is the one that the same question got before.
    #[must_use]
    pub fn consult(
        &self,
        point: &EnforcementPointId,
        question: &Question<'_>,
    ) -> (Decision, DecisionId) {
        let answered = self
            .inner
            .decide(|beliefs, now| asking(beliefs, question, now));
        let id = match &answered {
            Answered::Decided(decision) => self.inner.answered(point, decision),
            Answered::Unsettled(_) => self.inner.undecided(),
        };
        (answered.into_decision(), id)
    }
}

/// What the policies are asked for a question.
fn asking(beliefs: &Beliefs, question: &Question<'_>, now: Timestamp) -> Request {
    let kept = match question.session {
        SignIn::Unknown => Some(unknown(question.person, None, now)),
        SignIn::Session(id) => beliefs
            .state()
            .sessions
            .get(&id)
            .filter(|session| session.person == question.person)
            .cloned(),
        SignIn::Gone => None,
    };
    // A session that is over and one that never was are the same to whoever asks.
    let session =
        kept.unwrap_or_else(|| unknown(question.person, Some((now, EndReason::Expired)), now));
    let asks = beliefs
        .state()
        .applications
        .get(question.app)
        .is_some_and(|app| app.certificate == CertificateDemand::Ask);
    // A connection elsewhere proves no device to this process. Where the application's own host would ask for a
    // certificate, none came; where it would not, what the session is bound to counts, as it does there.
    let presented = if asks {
        Presentation::Nothing
    } else {
        Presentation::NotAsked
    };
    // Of where that connection comes from nobody here knows anything.
    crate::judge::request(beliefs, &session, question.app, presented, None, now)
}

impl Inner {
    fn answered(&self, point: &EnforcementPointId, decision: &Decision) -> DecisionId {
        let request = &decision.inputs().request;
        let asked = Asked {
            point: point.clone(),
            person: request.person.id,
            session: request.session.id,
            app: request.app.clone(),
        };
        let is = fingerprint(decision);
        let mut answers = self.answers.0.lock();
        if let Some((was, id)) = answers.get(&asked)
            && *was == is
        {
            return *id;
        }
        if answers.len() >= REMEMBERED {
            // What is forgotten is recorded once more.
            answers.clear();
        }
        let id = self.decided(Actor::EnforcementPoint(point.clone()), decision);
        answers.insert(asked, (is, id));
        id
    }
}

/// Tells answers apart, as far as whoever reads the log does.
fn fingerprint(decision: &Decision) -> u64 {
    let mut hasher = DefaultHasher::new();
    decision.inputs().policy.hash(&mut hasher);
    match decision {
        Decision::Allow(permit) => {
            permit.capabilities().hash(&mut hasher);
            permit.obligations().hash(&mut hasher);
        }
        Decision::Refuse(refusal) => {
            for reason in refusal.reasons() {
                reason.slug().hash(&mut hasher);
            }
        }
    }
    hasher.finish()
}

/// The sign-in of somebody who has none here: proves nothing that a policy could rest on.
fn unknown(person: PersonId, ended: Option<(Timestamp, EndReason)>, now: Timestamp) -> Session {
    Session {
        id: SessionId::from_random([0; 16]),
        person,
        token: TokenHash([0; 32]),
        device: None,
        certificate: None,
        proven: Vec::new(),
        assurance: Assurance::Password,
        created_at: now,
        authenticated_at: Timestamp::from_seconds(0),
        expires_at: Timestamp::FAR_FUTURE,
        address: String::new(),
        user_agent: String::new(),
        ended,
    }
}
