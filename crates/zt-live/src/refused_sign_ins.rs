//! Sign-ins to programs that the policies refuse: each is a decision, and a line of the log with the reasons.

use crate::grants::GrantError;
use crate::live::Live;
use crate::{Whence, Whose};
use std::net::IpAddr;
use zt_events::{Actor, Body};
use zt_policy::{Decision, Permit, Refusal};
use zt_types::{ClientId, DecisionId};

impl Live {
    /// Records that the policies refuse whoever they were asked about the sign-in to a program. `None`: she was refused so often within
    /// a minute that nothing more of it is written down, and whoever asks for her has to wait.
    #[must_use]
    pub fn refuse_sign_in(
        &self,
        program: &ClientId,
        refusal: &Refusal,
        whence: Whence,
    ) -> Option<DecisionId> {
        let person = refusal.inputs().request.person.id;
        let now = self.clock().now();
        let counted = &self.inner.sign_in_refusals;
        counted.admits(Whose::Person(person), now).then(|| {
            let decision = Decision::Refuse(refusal.clone());
            let id = self.record_decision(Actor::Person(person), &decision);
            self.tell_of_refusal(program, refusal, id, whence);
            id
        })
    }

    /// What a decision about the sign-in to a program permits. It is recorded, whatever it is.
    pub(crate) fn permitted_at(
        &self,
        program: &ClientId,
        decision: Decision,
        actor: Actor,
        whence: Whence,
    ) -> Result<Permit, GrantError> {
        let permitted = self.permitted(actor, decision);
        if let Err(GrantError::NotPermitted(refusal, id)) = &permitted {
            self.tell_of_refusal(program, refusal, *id, whence);
        }
        permitted
    }

    fn tell_of_refusal(
        &self,
        program: &ClientId,
        refusal: &Refusal,
        decision: DecisionId,
        whence: Whence,
    ) {
        let request = &refusal.inputs().request;
        let body = Body::ClientSignInRefused {
            person: request.person.id,
            session: request.session.id,
            device: request.device.evidence.device().or(request.device.bound),
            app: request.app.clone(),
            client: program.clone(),
            decision,
            reasons: refusal.told(),
            address: whence
                .address
                .as_ref()
                .map(IpAddr::to_string)
                .unwrap_or_default(),
        };
        self.record(Actor::Person(request.person.id), body);
    }
}
