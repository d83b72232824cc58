//! How a flow moves: what effects found out, and where it goes on from there.

use super::state::Asked;
use super::{Effect, Flow, FlowMessage, FlowRefusal, FlowState, Goal, Input, PasskeyFault};
use crate::PassScope;
use crate::account::{Account, AccountKind, Proof, Proven, assurance_of};
use crate::credential::{Credential, CredentialSecret, GuessScope, Vouched};
use zt_events::Body;
use zt_types::{CredentialId, FactorKind, PersonState, Timestamp};

impl Flow {
    /// Takes an effect's result. INVARIANT: it counts only if exactly this was asked for.
    pub(super) fn take_result(&mut self, result: Input, effects: &mut Vec<Effect>, now: Timestamp) {
        let Some(asked) = self.asked.take() else {
            return;
        };
        // A fresh challenge after a failed try is no news: what the try came to stays on the page.
        let is_news = !matches!(
            result,
            Input::PasskeyStarted { .. } | Input::PasskeyEnrolmentStarted { .. }
        );
        if is_news {
            self.message = None;
        }
        match (asked, result) {
            (
                Asked::Password | Asked::Totp | Asked::RecoveryCode | Asked::ResetPass,
                Input::MustWait { until },
            ) => {
                self.fail(asked, FlowMessage::Wait { until }, "locked", effects);
            }
            (Asked::Password, Input::PasswordMatched) => self.password_matched(effects),
            (Asked::Password, Input::PasswordFailed) => {
                self.fail(asked, FlowMessage::WrongPassword, "wrong", effects);
            }
            (Asked::Totp, Input::TotpMatched { credential, step }) => {
                let known = self
                    .account
                    .as_ref()
                    .is_some_and(|account| account.totp.contains(&credential));
                if known {
                    effects.push(Effect::AdvanceTotp { credential, step });
                    self.proven(FactorKind::Totp, effects);
                } else {
                    self.fail(asked, FlowMessage::WrongCode, "wrong", effects);
                }
            }
            (Asked::Totp, Input::TotpReplayed) => {
                self.fail(asked, FlowMessage::CodeUsed, "replayed", effects);
            }
            (Asked::Totp, Input::TotpFailed) => {
                self.fail(asked, FlowMessage::WrongCode, "wrong", effects);
            }
            (
                Asked::RecoveryCode,
                Input::RecoveryCodeMatched {
                    credential,
                    hash,
                    left,
                },
            ) => self.recovery_code_matched(credential, hash, left, effects),
            (Asked::RecoveryCode, Input::RecoveryCodeFailed) => {
                self.fail(asked, FlowMessage::WrongRecoveryCode, "wrong", effects);
            }
            (Asked::ResetPass, Input::ResetPassMatched { hash, scope }) => {
                self.pass_matched(hash, scope, effects);
            }
            (Asked::ResetPass, Input::ResetPassFailed) => {
                self.fail(asked, FlowMessage::WrongResetPass, "wrong", effects);
            }
            (Asked::PasskeyStart, Input::PasskeyStarted { challenge, options }) => {
                self.state = FlowState::Passkey { challenge, options };
            }
            (
                Asked::Passkey,
                Input::PasskeyMatched {
                    credential,
                    owner,
                    record,
                },
            ) => self.passkey_matched(credential, owner, record, effects, now),
            (Asked::Passkey, Input::PasskeyFailed(fault)) => {
                let (message, why) = match fault {
                    PasskeyFault::NotVerified => (FlowMessage::PasskeyFailed, "wrong"),
                    PasskeyFault::WithoutUser => {
                        (FlowMessage::PasskeyWithoutUser, "user-not-verified")
                    }
                    PasskeyFault::Cloned => (FlowMessage::PasskeyFailed, "cloned"),
                };
                self.passkey_failed(message, why, effects);
            }
            (
                Asked::TotpStart,
                Input::TotpStarted {
                    credential,
                    sealed_seed,
                },
            ) => {
                self.state = FlowState::EnrolTotp {
                    credential,
                    sealed_seed,
                };
            }
            (Asked::TotpEnrolment, Input::TotpFailed) => {
                self.message = Some(FlowMessage::WrongCode);
            }
            (Asked::TotpEnrolment, Input::TotpEnrolled { name, step }) => {
                if let FlowState::EnrolTotp {
                    credential,
                    sealed_seed,
                } = &self.state
                {
                    let credential = *credential;
                    let secret = CredentialSecret::Totp {
                        sealed_seed: sealed_seed.clone(),
                        last_step: step,
                    };
                    self.enrolled(credential, name, secret, effects, now);
                }
            }
            (
                Asked::PasskeyEnrolmentStart,
                Input::PasskeyEnrolmentStarted { challenge, options },
            ) => {
                self.state = FlowState::EnrolPasskey { challenge, options };
            }
            (Asked::PasskeyEnrolment, Input::PasskeyNotEnrolled) => {
                // A challenge is used once: the next try gets another.
                self.message = Some(FlowMessage::PasskeyNotEnrolled);
                self.start_passkey_enrolment(effects);
            }
            (
                Asked::PasskeyEnrolment,
                Input::PasskeyEnrolled {
                    credential,
                    name,
                    credential_id,
                    record,
                    backup_eligible,
                },
            ) => {
                let secret = CredentialSecret::Passkey {
                    credential_id,
                    record,
                    backup_eligible,
                };
                self.enrolled(credential, name, secret, effects, now);
            }
            (
                Asked::RecoveryCodes,
                Input::RecoveryCodesMinted {
                    credential,
                    hashes,
                    sealed_codes,
                },
            ) => {
                let secret = CredentialSecret::RecoveryCodes { unused: hashes };
                self.keep(credential, String::new(), secret, effects, now);
                self.state = FlowState::ShowRecoveryCodes { sealed_codes };
            }
            (Asked::NewPassword, Input::PasswordRefused(fault)) => {
                self.message = Some(FlowMessage::PasswordRefused(fault));
            }
            (
                Asked::NewPassword,
                Input::PasswordHashed {
                    credential,
                    phc,
                    owner,
                },
            ) => {
                self.password_hashed(credential, phc, owner, effects, now);
            }
            _ => {}
        }
    }

    fn password_matched(&mut self, effects: &mut Vec<Effect>) {
        let counts = self.account.as_ref().is_some_and(|account| {
            account.kind == AccountKind::Ordinary && account.password.is_some()
        });
        if counts {
            self.proven(FactorKind::Password, effects);
        } else {
            // A decoy cannot match; were it to, it would prove nothing.
            self.fail(
                Asked::Password,
                FlowMessage::WrongPassword,
                "wrong",
                effects,
            );
        }
    }

    fn recovery_code_matched(
        &mut self,
        credential: CredentialId,
        hash: zt_types::TokenHash,
        left: usize,
        effects: &mut Vec<Effect>,
    ) {
        match self.account.as_mut() {
            Some(account) if account.recovery == Some(credential) => {
                if left == 0 {
                    account.recovery = None;
                }
            }
            _ => {
                self.fail(
                    Asked::RecoveryCode,
                    FlowMessage::WrongRecoveryCode,
                    "wrong",
                    effects,
                );
                return;
            }
        }
        effects.push(Effect::UseRecoveryCode { credential, hash });
        self.proven(FactorKind::RecoveryCode, effects);
    }

    fn passkey_matched(
        &mut self,
        credential: CredentialId,
        owner: Account,
        record: String,
        effects: &mut Vec<Effect>,
        now: Timestamp,
    ) {
        let hers = owner.passkeys.contains(&credential);
        let same = match &self.account {
            // One of those that were asked for: a passkey enrolled elsewhere meanwhile has to be asked for first.
            Some(account) => {
                account.person == owner.person && account.passkeys.contains(&credential)
            }
            None => self.is_anonymous(),
        };
        if !(hers && same) {
            self.passkey_failed(FlowMessage::PasskeyFailed, "wrong", effects);
            return;
        }
        if self.is_reset() && !self.may_reset() && owner.unsettled(now).any(|id| id == credential) {
            self.passkey_failed(FlowMessage::PasskeyTooNew, "unsettled", effects);
            return;
        }
        self.account = Some(owner);
        effects.push(Effect::UpdatePasskey { credential, record });
        self.proven(FactorKind::Passkey, effects);
    }

    /// A challenge is used once: the page stays, with another one.
    fn passkey_failed(&mut self, message: FlowMessage, why: &str, effects: &mut Vec<Effect>) {
        self.fail(Asked::Passkey, message, why, effects);
        self.start_passkey(effects);
    }

    fn password_hashed(
        &mut self,
        fresh: CredentialId,
        phc: String,
        owner: Account,
        effects: &mut Vec<Effect>,
        now: Timestamp,
    ) {
        let Some(account) = &self.account else { return };
        let person = account.person;
        // INVARIANT: whatever way led here, a reset without the proof of a right to it sets nothing.
        if owner.person != person || (self.is_reset() && !self.may_reset()) {
            return;
        }
        if owner.standing == PersonState::Disabled {
            self.account = Some(owner);
            self.refuse_disabled(effects);
            return;
        }
        // One password each: another one takes the place of the one before.
        let credential = owner.password.unwrap_or(fresh);
        self.account = Some(owner);
        let secret = CredentialSecret::Password { phc };
        self.keep(credential, String::new(), secret, effects, now);
        self.password_changed_at = Some(now);
        if self.is_reset() {
            self.reset_done(person, effects, now);
        } else if let Some(keep) = self.purpose.goal.session() {
            let keep = Some(keep);
            effects.push(Effect::EndSessions { person, keep });
        }
        self.advance(effects);
    }

    /// Notes a proof and goes on.
    pub(super) fn proven(&mut self, kind: FactorKind, effects: &mut Vec<Effect>) {
        if kind != FactorKind::Passkey {
            let (own, address) = self
                .guess_scopes(kind)
                .into_iter()
                .partition(|scope| matches!(scope, GuessScope::Person { .. }));
            effects.push(Effect::ResetGuesses(own));
            // One right guess says nothing about the other guesses from the same address.
            effects.push(Effect::ForgiveGuess(address));
        }
        self.proofs.push(Proof {
            kind,
            how: Proven::Verified,
        });
        self.advance(effects);
    }

    fn enrolled(
        &mut self,
        credential: CredentialId,
        name: String,
        secret: CredentialSecret,
        effects: &mut Vec<Effect>,
        now: Timestamp,
    ) {
        let kind = secret.kind();
        self.vouched = self.vouches();
        self.keep(credential, name, secret, effects, now);
        self.proofs.push(Proof {
            kind,
            how: Proven::EnrolledNow,
        });
        if let Goal::BreakGlassLink { link, .. } = self.purpose.goal {
            effects.push(Effect::UseLink { link });
        }
        let needs_codes = self.account.as_ref().is_some_and(|account| {
            account.kind == AccountKind::Ordinary && account.recovery.is_none()
        });
        if needs_codes {
            self.ask(Asked::RecoveryCodes, effects, Effect::MintRecoveryCodes);
        } else {
            self.advance(effects);
        }
    }

    fn keep(
        &mut self,
        id: CredentialId,
        name: String,
        secret: CredentialSecret,
        effects: &mut Vec<Effect>,
        now: Timestamp,
    ) {
        let Some(account) = self.account.as_mut() else {
            return;
        };
        let vouched = match secret.kind() {
            FactorKind::Password => Vouched::Firmly,
            _ => self.vouched,
        };
        let credential = Credential {
            id,
            person: account.person,
            name,
            secret,
            created_at: now,
            last_used_at: None,
            vouched,
        };
        account.add(&credential);
        effects.push(Effect::Tell(Body::CredentialEnrolled {
            person: credential.person,
            credential: id,
            factor: credential.secret.kind(),
        }));
        effects.push(Effect::StoreCredential(Box::new(credential)));
    }

    pub(super) fn fail(
        &mut self,
        asked: Asked,
        message: FlowMessage,
        why: &str,
        effects: &mut Vec<Effect>,
    ) {
        self.message = Some(message);
        effects.push(Effect::Tell(Body::SignInFailed {
            person: self.account.as_ref().map(|account| account.person),
            factor: asked.factor(),
            why: why.to_owned(),
            address: self.address.clone(),
            user_agent: self.user_agent.clone(),
        }));
    }

    /// Goes to whatever is still missing, or to the end.
    pub(super) fn advance(&mut self, effects: &mut Vec<Effect>) {
        let Some(account) = &self.account else {
            self.refuse(FlowRefusal::Gone);
            return;
        };
        // Somebody who has proven nothing must not learn that an account is disabled.
        if account.standing == PersonState::Disabled && !self.proofs.is_empty() {
            self.refuse_disabled(effects);
            return;
        }
        if self.is_reset() && self.password_changed_at.is_none() {
            self.advance_reset();
            return;
        }
        let reached = assurance_of(&self.proofs).is_some_and(|a| a >= self.demanded());
        if !reached {
            self.demand_more(effects);
        } else if self.must_enrol() {
            self.message = None;
            self.state = FlowState::EnrolChoice;
        } else if matches!(self.purpose.goal, Goal::ChangePassword { .. })
            && self.password_changed_at.is_none()
        {
            self.message = None;
            self.state = FlowState::NewPassword;
        } else {
            self.complete(effects);
        }
    }

    fn demand_more(&mut self, effects: &mut Vec<Effect>) {
        let methods = self.methods();
        let preferred = self
            .last_method
            .filter(|kind| methods.contains(kind) && *kind != FactorKind::RecoveryCode)
            .or_else(|| methods.first().copied());
        let Some(account) = &self.account else { return };
        match preferred {
            Some(kind) => self.enter(kind, effects),
            // A person without a second factor enrols one on the spot; the codes of a lost one are asked for before.
            None if self.proved(FactorKind::Password) && !account.has_second() => {
                self.message = None;
                self.state = FlowState::EnrolChoice;
            }
            None => {
                let demanded = self.demanded();
                self.refuse(FlowRefusal::NoFactor { demanded });
            }
        }
    }

    /// Whether a factor must be enrolled before the end: it is the goal, or a recovery code replaced a lost one.
    fn must_enrol(&self) -> bool {
        let wanted = matches!(self.purpose.goal, Goal::AddFactor { .. })
            || self.proved(FactorKind::RecoveryCode)
            || self.pass == Some(PassScope::AllFactors);
        wanted
            && !self
                .proofs
                .iter()
                .any(|proof| proof.how == Proven::EnrolledNow)
    }

    fn refuse_disabled(&mut self, effects: &mut Vec<Effect>) {
        let factor = self
            .proofs
            .last()
            .map_or(FactorKind::Password, |proof| proof.kind);
        effects.push(Effect::Tell(Body::SignInFailed {
            person: self.account.as_ref().map(|account| account.person),
            factor,
            why: "disabled".to_owned(),
            address: self.address.clone(),
            user_agent: self.user_agent.clone(),
        }));
        self.refuse(FlowRefusal::Disabled);
    }

    fn complete(&mut self, effects: &mut Vec<Effect>) {
        let Some(account) = &self.account else { return };
        let person = account.person;
        // Whoever is in by another factor lifts what guesses at the others piled up.
        effects.push(Effect::ResetGuesses(
            [
                FactorKind::Password,
                FactorKind::Totp,
                FactorKind::RecoveryCode,
            ]
            .into_iter()
            .map(|factor| GuessScope::Person { person, factor })
            .collect(),
        ));
        if account.kind == AccountKind::BreakGlass {
            effects.push(Effect::Tell(Body::BreakGlassUsed {
                person,
                address: self.address.clone(),
            }));
        }
        self.message = None;
        self.state = FlowState::Done;
        effects.push(Effect::Issue);
    }
}
