//! What the shell does for a flow.

use crate::credential::{Credential, GuessScope};
use zt_events::Body;
use zt_types::{CredentialId, PersonId, SessionId, TokenHash};

/// One thing to do. Effects are carried out in their order.
///
/// Those that *ask* are answered with an [`crate::Input`] at once; if counting answers *wait*, the answer is
/// [`crate::Input::MustWait`] and the rest of the list is dropped. The others are *changes*: they are kept together, with
/// the flow as it then stands, in one commit at the end of the round.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Asks: count a guess against each scope, durably, before anything is verified.
    CountGuess {
        /// The scopes.
        scopes: Vec<GuessScope>,
    },
    /// Asks: is the typed password right? Without a credential a decoy is verified, which takes as long and never matches.
    VerifyPassword {
        /// Which.
        credential: Option<CredentialId>,
    },
    /// Asks: is the typed code right for one of these apps?
    VerifyTotp {
        /// Which.
        credentials: Vec<CredentialId>,
    },
    /// Asks: is the typed recovery code among the unused ones?
    VerifyRecoveryCode {
        /// Which set.
        credential: CredentialId,
    },
    /// Asks: is the typed pass this person's present one? Without a person it is nobody's.
    VerifyResetPass {
        /// Whose.
        person: Option<PersonId>,
    },
    /// Asks: make a passkey challenge.
    StartPasskey(PasskeyCandidates),
    /// Asks: verify the browser's answer to this challenge.
    FinishPasskey {
        /// What the verifier remembered, JSON.
        challenge: String,
        /// Which passkeys may answer.
        candidates: PasskeyCandidates,
    },
    /// Asks: make a seed for an authenticator app.
    StartTotpEnrolment,
    /// Asks: is the typed code right for this seed?
    FinishTotpEnrolment {
        /// The id the app will have.
        credential: CredentialId,
        /// The seed, sealed.
        sealed_seed: String,
    },
    /// Asks: make a challenge that enrols a passkey.
    StartPasskeyEnrolment {
        /// For whom.
        person: PersonId,
        /// The passkeys she has: the same authenticator is not enrolled twice.
        existing: Vec<CredentialId>,
    },
    /// Asks: verify the new passkey.
    FinishPasskeyEnrolment {
        /// What the verifier remembered, JSON.
        challenge: String,
    },
    /// Asks: make ten recovery codes.
    MintRecoveryCodes,
    /// Asks: judge the typed new password by [`crate::password::judge`], refuse the one it takes the place of, and hash it.
    HashPassword {
        /// The password that it takes the place of.
        old: Option<CredentialId>,
    },

    /// Change: keep a factor.
    StoreCredential(Box<Credential>),
    /// Change: a one-time password's step is used; fails if it was used already.
    AdvanceTotp {
        /// Which app.
        credential: CredentialId,
        /// The time step.
        step: u64,
    },
    /// Change: a recovery code is used; fails if it was used already.
    UseRecoveryCode {
        /// The set.
        credential: CredentialId,
        /// The code's hash.
        hash: TokenHash,
    },
    /// Change: an administrator's pass is used; fails if it was already, or is over.
    UseResetPass {
        /// Whose password it is for.
        person: PersonId,
        /// Its hash.
        hash: TokenHash,
    },
    /// Change: take a factor away.
    RemoveCredential {
        /// Which.
        credential: CredentialId,
    },
    /// Change: a passkey's record with its new counter.
    UpdatePasskey {
        /// Which.
        credential: CredentialId,
        /// The verifier's record, JSON.
        record: String,
    },
    /// Change: a break-glass link is used up; fails if it was already.
    UseLink {
        /// Its hash.
        link: TokenHash,
    },
    /// Change: these counters start again at nothing.
    ResetGuesses(Vec<GuessScope>),
    /// Change: the guess just counted was right, so it is taken back from these.
    ForgiveGuess(Vec<GuessScope>),
    /// Change: end all sessions of this person but one.
    EndSessions {
        /// Whose.
        person: PersonId,
        /// The one that stays.
        keep: Option<SessionId>,
    },
    /// Change: forget all other flows about this person.
    EndOtherFlows {
        /// Whom they are about.
        person: PersonId,
    },
    /// Change: the password was reset. That one is due is over, and so is every fact that a reset ends.
    PasswordIsReset {
        /// Whose.
        person: PersonId,
    },
    /// Change: tell of it.
    Tell(Body),
    /// Change: the flow is done; [`crate::Flow::finish`] and [`crate::issue`] say what to issue.
    Issue,
}

/// Which passkeys may answer a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasskeyCandidates {
    /// Whichever the browser offers; it says whose it is (discoverable credentials).
    Discoverable,
    /// One of these.
    Of(Vec<CredentialId>),
}
