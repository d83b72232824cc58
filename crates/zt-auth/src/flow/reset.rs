//! What a reset does differently: the proof of the right to it, and what ends with the old password.
//!
//! A password, a code of an app and a recovery code can all be lured out of a person together. So none of them, nor a
//! session that rests on them, is a right to a new password: only a passkey, or the pass of an administrator who looked
//! at her, is.

use super::state::Asked;
use super::{Effect, Flow, FlowMessage, FlowRefusal, FlowState, Goal};
use crate::account::{AccountKind, Proof, Proven};
use crate::credential::{GuessScope, Vouched};
use crate::reset::PassScope;
use zt_events::Body;
use zt_types::{CredentialId, FactorKind, PersonId, Timestamp, TokenHash};

impl Flow {
    /// The proofs that are offered at [`FlowState::ResetProof`]. To somebody who has only said a name, always the same.
    #[must_use]
    pub fn reset_proofs(&self) -> &'static [FactorKind] {
        let has_passkey = self
            .account
            .as_ref()
            .is_some_and(|account| !account.passkeys.is_empty());
        if self.is_anonymous() || has_passkey {
            &[FactorKind::Passkey, FactorKind::ResetPass]
        } else {
            &[FactorKind::ResetPass]
        }
    }

    pub(super) const fn is_reset(&self) -> bool {
        matches!(self.purpose.goal, Goal::ResetPassword { .. })
    }

    /// Whether a right to set a new password was proven.
    pub(super) fn may_reset(&self) -> bool {
        self.proofs.iter().any(|proof| {
            proof.how == Proven::Verified
                && matches!(proof.kind, FactorKind::Passkey | FactorKind::ResetPass)
        })
    }

    /// A sign-in becomes a reset that leads to the same place.
    pub(super) fn forgot(&mut self) {
        if self.purpose.goal != Goal::SignIn || !self.is_anonymous() {
            return;
        }
        let named = match self.state {
            FlowState::Password => true,
            FlowState::Identify | FlowState::Passkey { .. } => false,
            _ => return,
        };
        self.purpose.goal = Goal::ResetPassword { person: None };
        self.message = None;
        self.state = if named {
            FlowState::ResetProof
        } else {
            FlowState::Identify
        };
    }

    pub(super) fn choose_proof(&mut self, kind: FactorKind, effects: &mut Vec<Effect>) {
        if !self.reset_proofs().contains(&kind) {
            return;
        }
        self.message = None;
        match kind {
            FactorKind::Passkey => {
                if self.is_anonymous() {
                    // The browser will say whose passkey it is: the typed name is not looked at, so it tells nothing.
                    self.account = None;
                    self.login = None;
                }
                self.start_passkey(effects);
            }
            FactorKind::ResetPass => self.state = FlowState::ResetPass,
            FactorKind::Password | FactorKind::Totp | FactorKind::RecoveryCode => {}
        }
    }

    pub(super) fn take_pass(&mut self, effects: &mut Vec<Effect>) {
        effects.push(Effect::CountGuess {
            scopes: self.guess_scopes(FactorKind::ResetPass),
        });
        let person = self
            .account
            .as_ref()
            .filter(|account| account.kind == AccountKind::Ordinary)
            .map(|account| account.person);
        self.ask(
            Asked::ResetPass,
            effects,
            Effect::VerifyResetPass { person },
        );
    }

    pub(super) fn pass_matched(
        &mut self,
        hash: TokenHash,
        scope: PassScope,
        effects: &mut Vec<Effect>,
    ) {
        let ordinary = |kind| kind == AccountKind::Ordinary;
        let Some(account) = self.account.as_ref().filter(|a| ordinary(a.kind)) else {
            self.fail(
                Asked::ResetPass,
                FlowMessage::WrongResetPass,
                "wrong",
                effects,
            );
            return;
        };
        let person = account.person;
        effects.push(Effect::UseResetPass { person, hash });
        effects.push(Effect::Tell(Body::ResetPassUsed {
            person,
            address: self.address.clone(),
        }));
        self.pass = Some(scope);
        self.proven(FactorKind::ResetPass, effects);
    }

    /// Until the new password is set, there is the right to it, and then the password.
    pub(super) fn advance_reset(&mut self) {
        self.message = None;
        let has_password = self
            .account
            .as_ref()
            .is_some_and(|account| account.kind == AccountKind::Ordinary);
        if !has_password {
            self.refuse(FlowRefusal::NoPassword);
        } else if self.may_reset() {
            self.state = FlowState::NewPassword;
        } else {
            self.state = FlowState::ResetProof;
        }
    }

    /// The new password is set: everything that rests on the old one ends, in the same commit.
    pub(super) fn reset_done(
        &mut self,
        person: PersonId,
        effects: &mut Vec<Effect>,
        now: Timestamp,
    ) {
        let factor = match self.pass {
            Some(_) => FactorKind::ResetPass,
            None => FactorKind::Passkey,
        };
        self.proofs.push(Proof {
            kind: FactorKind::Password,
            how: Proven::EnrolledNow,
        });
        self.remove_doubtful(effects, now);
        effects.push(Effect::ResetGuesses(vec![GuessScope::Person {
            person,
            factor: FactorKind::Password,
        }]));
        effects.push(Effect::EndSessions { person, keep: None });
        effects.push(Effect::EndOtherFlows { person });
        effects.push(Effect::PasswordIsReset { person });
        effects.push(Effect::Tell(Body::PasswordReset {
            person,
            factor,
            address: self.address.clone(),
        }));
    }

    /// Takes away what she lost, or what somebody who had her password may have planted.
    fn remove_doubtful(&mut self, effects: &mut Vec<Effect>, now: Timestamp) {
        let Some(account) = self.account.as_mut() else {
            return;
        };
        let doubtful: Vec<CredentialId> = match (self.pass, account.suspected_since) {
            (Some(PassScope::AllFactors), _) => account.factors().map(|(id, _)| id).collect(),
            (_, Some(_)) => account.unsettled(now).collect(),
            (_, None) => Vec::new(),
        };
        let person = account.person;
        let gone: Vec<(CredentialId, FactorKind)> = account
            .factors()
            .filter(|(id, _)| doubtful.contains(id))
            .collect();
        for (credential, factor) in gone {
            account.remove(credential);
            effects.push(Effect::RemoveCredential { credential });
            effects.push(Effect::Tell(Body::CredentialRemoved {
                person,
                credential,
                factor,
            }));
        }
    }

    /// What a factor that is enrolled now rests on.
    pub(super) fn vouches(&self) -> Vouched {
        let is_first = self
            .account
            .as_ref()
            .is_some_and(|account| !account.has_second());
        let by_link = matches!(self.purpose.goal, Goal::BreakGlassLink { .. });
        if self.may_reset() || is_first || by_link {
            Vouched::Firmly
        } else {
            Vouched::Phishably
        }
    }
}
