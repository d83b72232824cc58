//! Factors, enrolment, the sign-in flow and sessions, as state machines.
//!
//! Entry points: [`Flow::begin`], [`Flow::admit_form`] and [`Flow::step`] for the way in; [`GuessCounter::count`] for the
//! bounds on guessing; [`password::judge`]; [`Flow::finish`] and [`issue`] for what comes of it; the records [`Session`] and [`Credential`].
//!
//! Invariants: nothing here hashes, verifies a signature, reads a clock or draws randomness: those are effects that the
//! shell carries out, and their results come back as typed inputs. One function issues sessions and codes, and it
//! demands what `zt-policy` alone can make.

mod account;
mod credential;
mod flow;
mod grant;
mod issue;
mod lockout;
pub mod password;
pub mod reset;
mod session;

pub use account::{Account, AccountKind, Login, Proof, Proven, assurance_of};
pub use credential::{
    BackupEligible, Credential, CredentialSecret, GuessCounter, GuessScope, SETTLES_AFTER, Verdict,
    Vouched,
};
pub use flow::{
    Beginning, Destination, Effect, FLOW_LIFETIME, Flow, FlowMessage, FlowRefusal, FlowState, Goal,
    Input, Nonce, PasskeyCandidates, PasskeyFault, Purpose, ReturnPath, SignInPermit, Ticket,
    Turned, Unfinished,
};
pub use grant::{
    AUTHORIZATION_CODE_LIFETIME, CodeWay, Consent, DEVICE_CODE_LIFETIME, Grant, GrantEnd,
    GrantState, Lapse, Telling, Told, Untold,
};
pub use issue::{
    BREAK_GLASS_LIFETIME, CODE_LIFETIME, Entry, IssuePlan, IssueRefused, Issued, SESSION_LIFETIME,
    issue,
};
pub use lockout::Lockout;
pub use reset::{PassScope, ResetDue, ResetPass};
pub use session::{AppSession, EndReason, ProvenFactor, RedeemCode, Session, SignInLink};
