//! What a question is about, among what is registered, and the decision.

use super::answer::{Decided, Unknown};
use super::caller::Asking;
use super::request::{Context, Entity, Evaluation};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zt_live::{Question, SignIn};
use zt_policy::{Obligation, Permit};
use zt_types::{AppId, Capability, PersonId, SessionId};

/// The type of subjects.
pub(super) const PERSON: &str = "person";
/// The type of resources.
pub(super) const APPLICATION: &str = "application";

impl Asking<'_> {
    /// Answers one question, and records the decision.
    pub(super) fn decide(&self, evaluation: &Evaluation) -> Decided {
        let Some(app) = self.application(&evaluation.resource) else {
            return self.unknown(Unknown::Resource);
        };
        let Some(capability) = capability(&evaluation.action) else {
            return self.unknown(Unknown::Action);
        };
        let Some(person) = self.person(&evaluation.subject) else {
            return self.unknown(Unknown::Subject);
        };
        let question = self.question(person, &evaluation.context, &app);
        let (decision, id) = self.endpoints.live().consult(&self.point.id, &question);
        let lacking = decision
            .permit()
            .map(|permit| self.lacking(permit, &evaluation.context))
            .unwrap_or_default();
        let decided = Decided::of(
            &decision,
            id,
            capability,
            &lacking,
            evaluation.context.session.as_deref(),
        );
        self.endpoints
            .inner
            .metrics
            .question(if decided.decision { "permit" } else { "deny" });
        decided
    }

    fn unknown(&self, unknown: Unknown) -> Decided {
        self.endpoints.inner.metrics.question("unknown");
        Decided::unknown(unknown)
    }

    /// The obligations of a permit that the caller does not do (obligations §4.4): what it is registered for counts, and
    /// of that only what this request does not take back.
    pub(super) fn lacking(&self, permit: &Permit, context: &Context) -> Vec<&'static str> {
        let declared = context.obligations.as_ref().is_none_or(|types| {
            types
                .iter()
                .any(|kind| kind == super::answer::OBLIGATION_TYPE)
        });
        permit
            .obligations()
            .iter()
            .map(|obligation: &Obligation| obligation.as_str())
            .filter(|name| !declared || !self.point.obligations.contains(*name))
            .collect()
    }

    /// The one place where a question to the decision point is made.
    pub(super) fn question<'q>(
        &self,
        person: PersonId,
        context: &Context,
        app: &'q AppId,
    ) -> Question<'q> {
        let session = context.session.as_deref();
        let session = session.map(|named| self.session(person, named));
        Question {
            person,
            session: session.unwrap_or(SignIn::Unknown),
            app,
        }
    }

    /// The session that a caller names: by its id, or by the `sid_hash` of the identity token that the gateway gives to
    /// applications, from which nobody can tell the id.
    fn session(&self, person: PersonId, named: &str) -> SignIn {
        if let Ok(id) = named.parse::<SessionId>() {
            return SignIn::Session(id);
        }
        let sessions = self.endpoints.live().sessions_of(person);
        let is_named = |id: SessionId| {
            let hash = zt_crypto::hash::sha256(id.to_string().as_bytes());
            URL_SAFE_NO_PAD.encode(hash) == named
        };
        sessions
            .iter()
            .find(|session| is_named(session.id))
            .map_or(SignIn::Gone, |session| SignIn::Session(session.id))
    }

    /// The application that an entity names. One that the caller may not ask about is none.
    pub(super) fn application(&self, resource: &Entity) -> Option<AppId> {
        let id = AppId::new(&resource.id).ok()?;
        let known = || {
            self.endpoints
                .live()
                .read(|state| state.applications.contains_key(&id))
        };
        let may = resource.kind == APPLICATION && self.point.applications.contains(&id) && known();
        may.then_some(id)
    }

    /// The person that an entity names, by login or by id.
    pub(super) fn person(&self, subject: &Entity) -> Option<PersonId> {
        if subject.kind != PERSON {
            return None;
        }
        self.endpoints.live().read(|state| {
            let by_id = subject.id.parse::<PersonId>().ok();
            by_id
                .filter(|id| state.people.contains_key(id))
                .or_else(|| state.logins.get(&subject.id).copied())
        })
    }
}

/// The capability that an action names.
pub(super) fn capability(name: &str) -> Option<Capability> {
    Capability::ALL
        .into_iter()
        .find(|capability| capability.as_str() == name)
}
