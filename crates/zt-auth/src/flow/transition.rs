//! How a flow moves: what the person does. What effects find out is in `prove`.

use super::state::Asked;
use super::{Effect, Flow, FlowMessage, FlowRefusal, FlowState, Goal, Input, PasskeyCandidates};
use crate::account::AccountKind;
use crate::credential::GuessScope;
use zt_types::{FactorKind, Timestamp, TokenHash};

impl Flow {
    /// Moves by one input. What does not fit the present step changes nothing: forms for other steps are turned away by
    /// [`Flow::admit_form`] before, and a result that nobody asked for is no result.
    #[must_use]
    pub fn step(mut self, input: Input, now: Timestamp) -> (Self, Vec<Effect>) {
        let mut effects = Vec::new();
        if self.state.is_over() {
            return (self, effects);
        }
        if !input.is_result() {
            // INVARIANT: whatever she does next, no answer to an earlier question counts any more.
            self.asked = None;
        }
        match input {
            Input::Cancel => self.refuse(FlowRefusal::Cancelled),
            Input::Back => self.go_back(),
            Input::Misnamed => {
                if self.state == FlowState::Identify {
                    self.message = Some(FlowMessage::BadLogin);
                }
            }
            Input::Named {
                login,
                login_hash,
                account,
            } => {
                if self.state == FlowState::Identify {
                    // INVARIANT: proofs belong to one person; another name begins with none.
                    self.proofs.clear();
                    self.message = None;
                    self.login = Some(login);
                    self.login_hash = Some(login_hash);
                    self.account = account;
                    self.state = if self.is_reset() {
                        FlowState::ResetProof
                    } else {
                        FlowState::Password
                    };
                }
            }
            Input::Forgot => self.forgot(),
            Input::Chosen(kind) => self.choose(kind, &mut effects),
            Input::PasswordTyped => self.take_password(&mut effects),
            Input::CodeTyped => self.take_code(&mut effects),
            Input::PasskeyAnswered => self.take_passkey(&mut effects),
            Input::Acknowledged => {
                if matches!(self.state, FlowState::ShowRecoveryCodes { .. }) {
                    self.advance(&mut effects);
                }
            }
            result => self.take_result(result, &mut effects, now),
        }
        (self, effects)
    }

    /// The first step of a flow about a known person.
    pub(super) fn begin_known(&mut self, effects: &mut Vec<Effect>) {
        let Some(account) = &self.account else {
            self.refuse(FlowRefusal::Gone);
            return;
        };
        match self.purpose.goal {
            Goal::BreakGlassLink { person, .. }
                if account.person == person && account.kind == AccountKind::BreakGlass =>
            {
                self.state = FlowState::EnrolChoice;
                self.choose(FactorKind::Passkey, effects);
            }
            Goal::BreakGlassLink { .. } => self.refuse(FlowRefusal::Gone),
            Goal::ResetPassword {
                person: Some(person),
            } if account.person != person => self.refuse(FlowRefusal::Gone),
            _ => self.advance(effects),
        }
    }

    pub(super) fn refuse(&mut self, why: FlowRefusal) {
        self.asked = None;
        self.message = None;
        self.state = FlowState::Refused { why };
    }

    pub(super) fn ask(&mut self, asked: Asked, effects: &mut Vec<Effect>, effect: Effect) {
        self.asked = Some(asked);
        effects.push(effect);
    }

    /// Whether it began without a known person, and none has proven herself yet.
    pub(super) fn is_anonymous(&self) -> bool {
        self.purpose.goal.is_anybodys() && self.proofs.is_empty()
    }

    fn go_back(&mut self) {
        let before = match &self.state {
            FlowState::ResetPass => FlowState::ResetProof,
            FlowState::Passkey { .. } if self.is_reset() && !self.is_anonymous() => {
                if self.may_reset() {
                    FlowState::ChooseSecond
                } else {
                    FlowState::ResetProof
                }
            }
            FlowState::Password | FlowState::Passkey { .. } | FlowState::ResetProof
                if self.is_anonymous() =>
            {
                self.account = None;
                FlowState::Identify
            }
            FlowState::Password
            | FlowState::Passkey { .. }
            | FlowState::Totp
            | FlowState::RecoveryCode
                // The first passkey of a break-glass link leaves no other way.
                if self.methods().len() > 1 =>
            {
                FlowState::ChooseSecond
            }
            FlowState::EnrolTotp { .. } | FlowState::EnrolPasskey { .. }
                if self.enrollable().len() > 1 =>
            {
                FlowState::EnrolChoice
            }
            _ => return,
        };
        self.message = None;
        self.state = before;
    }

    fn choose(&mut self, kind: FactorKind, effects: &mut Vec<Effect>) {
        match &self.state {
            FlowState::Identify | FlowState::Password
                if kind == FactorKind::Passkey && self.is_anonymous() =>
            {
                // The browser will say whose passkey it is: the typed name is not looked at, so it tells nothing.
                self.account = None;
                self.message = None;
                self.start_passkey(effects);
            }
            FlowState::ResetProof => self.choose_proof(kind, effects),
            FlowState::ChooseSecond if self.methods().contains(&kind) => self.enter(kind, effects),
            FlowState::EnrolChoice if self.enrollable().contains(&kind) => match kind {
                FactorKind::Totp => {
                    self.ask(Asked::TotpStart, effects, Effect::StartTotpEnrolment);
                }
                FactorKind::Passkey => self.start_passkey_enrolment(effects),
                FactorKind::Password | FactorKind::RecoveryCode | FactorKind::ResetPass => {}
            },
            _ => {}
        }
    }

    /// Goes to a method's question.
    pub(super) fn enter(&mut self, kind: FactorKind, effects: &mut Vec<Effect>) {
        self.message = None;
        match kind {
            FactorKind::Password => self.state = FlowState::Password,
            FactorKind::Totp => self.state = FlowState::Totp,
            FactorKind::RecoveryCode => self.state = FlowState::RecoveryCode,
            FactorKind::ResetPass => {}
            FactorKind::Passkey => {
                // Until the challenge is there, the step is the choice.
                self.state = FlowState::ChooseSecond;
                self.start_passkey(effects);
            }
        }
    }

    pub(super) fn start_passkey(&mut self, effects: &mut Vec<Effect>) {
        let candidates = self.candidates();
        self.ask(
            Asked::PasskeyStart,
            effects,
            Effect::StartPasskey(candidates),
        );
    }

    pub(super) fn start_passkey_enrolment(&mut self, effects: &mut Vec<Effect>) {
        let Some(account) = &self.account else { return };
        let effect = Effect::StartPasskeyEnrolment {
            person: account.person,
            existing: account.passkeys.clone(),
        };
        self.ask(Asked::PasskeyEnrolmentStart, effects, effect);
    }

    fn candidates(&self) -> PasskeyCandidates {
        match &self.account {
            Some(account) if !self.is_anonymous() => {
                PasskeyCandidates::Of(account.passkeys.clone())
            }
            _ => PasskeyCandidates::Discoverable,
        }
    }

    fn take_password(&mut self, effects: &mut Vec<Effect>) {
        match &self.state {
            FlowState::Password => {
                effects.push(Effect::CountGuess {
                    scopes: self.guess_scopes(FactorKind::Password),
                });
                // A break-glass account has no password that counts; trying one takes as long as anybody's.
                let credential = self
                    .account
                    .as_ref()
                    .filter(|account| account.kind == AccountKind::Ordinary)
                    .and_then(|account| account.password);
                self.ask(
                    Asked::Password,
                    effects,
                    Effect::VerifyPassword { credential },
                );
            }
            FlowState::NewPassword => {
                let old = self.account.as_ref().and_then(|account| account.password);
                self.ask(Asked::NewPassword, effects, Effect::HashPassword { old });
            }
            _ => {}
        }
    }

    fn take_code(&mut self, effects: &mut Vec<Effect>) {
        match (&self.state, &self.account) {
            (FlowState::ResetPass, _) => self.take_pass(effects),
            (FlowState::Totp, Some(account)) => {
                let credentials = account.totp.clone();
                effects.push(Effect::CountGuess {
                    scopes: self.guess_scopes(FactorKind::Totp),
                });
                self.ask(Asked::Totp, effects, Effect::VerifyTotp { credentials });
            }
            (FlowState::RecoveryCode, Some(account)) => {
                let Some(credential) = account.recovery else {
                    return;
                };
                effects.push(Effect::CountGuess {
                    scopes: self.guess_scopes(FactorKind::RecoveryCode),
                });
                self.ask(
                    Asked::RecoveryCode,
                    effects,
                    Effect::VerifyRecoveryCode { credential },
                );
            }
            // Her own app's first code: there is nothing to guess.
            (
                FlowState::EnrolTotp {
                    credential,
                    sealed_seed,
                },
                Some(_),
            ) => {
                let effect = Effect::FinishTotpEnrolment {
                    credential: *credential,
                    sealed_seed: sealed_seed.clone(),
                };
                self.ask(Asked::TotpEnrolment, effects, effect);
            }
            _ => {}
        }
    }

    // A signature cannot be guessed: passkeys are not counted and never wait, so nobody can lock their owner out.
    fn take_passkey(&mut self, effects: &mut Vec<Effect>) {
        match &self.state {
            FlowState::Passkey { challenge, .. } => {
                let effect = Effect::FinishPasskey {
                    challenge: challenge.clone(),
                    candidates: self.candidates(),
                };
                self.ask(Asked::Passkey, effects, effect);
            }
            FlowState::EnrolPasskey { challenge, .. } => {
                let effect = Effect::FinishPasskeyEnrolment {
                    challenge: challenge.clone(),
                };
                self.ask(Asked::PasskeyEnrolment, effects, effect);
            }
            _ => {}
        }
    }

    /// What a guess at this factor counts against: the person (or the name nobody has), and the address.
    pub(super) fn guess_scopes(&self, factor: FactorKind) -> Vec<GuessScope> {
        let mut scopes = Vec::with_capacity(2);
        match (&self.account, &self.login_hash) {
            (Some(account), _) => scopes.push(GuessScope::Person {
                person: account.person,
                factor,
            }),
            (None, Some(login)) => scopes.push(GuessScope::UnknownLogin {
                login: counted_apart(*login, factor),
            }),
            (None, None) => {}
        }
        scopes.push(GuessScope::from_address(&self.address));
        scopes
    }
}

/// Guesses at passes are counted apart from those at passwords, as they are for a name that somebody has.
fn counted_apart(login: TokenHash, factor: FactorKind) -> TokenHash {
    match factor {
        FactorKind::ResetPass => TokenHash(login.0.map(|byte| !byte)),
        _ => login,
    }
}
