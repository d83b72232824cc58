//! The records of a password reset: that one is due, and the pass with which an administrator lets somebody do it.

use serde::{Deserialize, Serialize};
use zt_events::Actor;
use zt_types::{PersonId, Seconds, Timestamp, TokenHash};

/// How long a pass holds unless it is said.
pub const PASS_LIFETIME: Seconds = Seconds::hours(1);
/// How long a pass holds at most.
pub const LONGEST_PASS: Seconds = Seconds::hours(24);
/// The shortest that a pass can hold: time enough to be told and typed.
pub const SHORTEST_PASS: Seconds = Seconds::minutes(5);
/// The longest reason that is kept, in characters.
pub const LONGEST_REASON: usize = 200;

/// That a person must set a new password. A reset clears it, nothing else does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetDue {
    /// Who.
    pub person: PersonId,
    /// Since when.
    pub since: Timestamp,
    /// Why, in an administrator's words.
    pub why: String,
    /// Who said so.
    pub by: Actor,
}

/// An administrator's one-time pass: whoever brings it may set the person's password. There is one at most for each
/// person; another one takes its place. The pass itself was shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetPass {
    /// Whose password it is for.
    pub person: PersonId,
    /// Hash of the pass.
    pub hash: TokenHash,
    /// When it was made.
    pub issued_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// Who made it.
    pub by: Actor,
    /// Why, in her words.
    pub reason: String,
    /// What it makes anew.
    pub scope: PassScope,
}

/// What a pass makes anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PassScope {
    /// The password. Other factors stay, and are asked for as ever.
    Password,
    /// The password and all factors: the person has lost them. They are removed, and she enrols another one at once.
    AllFactors,
}

impl PassScope {
    /// The slug used in events, forms and message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::AllFactors => "all-factors",
        }
    }

    /// Reads the slug.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        [Self::Password, Self::AllFactors]
            .into_iter()
            .find(|scope| scope.as_str() == slug)
    }
}

/// Why a pass cannot be made like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassFault {
    /// There is no reason, or a longer one than is kept, or it holds control characters.
    #[error("a pass needs a reason of 1 to {LONGEST_REASON} characters on one line")]
    Reason,
    /// It would hold too shortly or too long.
    #[error("a pass holds for 5 minutes to 24 hours")]
    Lifetime,
}

/// Reads a reason as an administrator typed it.
///
/// # Errors
/// [`PassFault::Reason`].
pub fn reason(typed: &str) -> Result<String, PassFault> {
    let reason = typed.trim();
    let fits = (1..=LONGEST_REASON).contains(&reason.chars().count());
    if fits && !reason.chars().any(char::is_control) {
        Ok(reason.to_owned())
    } else {
        Err(PassFault::Reason)
    }
}

impl ResetPass {
    /// A pass from now on. `hash` is of ≥ 128 random bits.
    ///
    /// # Errors
    /// [`PassFault`] says what does not do.
    pub fn issue(
        person: PersonId,
        hash: TokenHash,
        scope: PassScope,
        (typed, lifetime): (&str, Seconds),
        by: Actor,
        now: Timestamp,
    ) -> Result<Self, PassFault> {
        let reason = reason(typed)?;
        if !(SHORTEST_PASS..=LONGEST_PASS).contains(&lifetime) {
            return Err(PassFault::Lifetime);
        }
        Ok(Self {
            person,
            hash,
            issued_at: now,
            expires_at: now + lifetime,
            by,
            reason,
            scope,
        })
    }

    /// Whether it can be used at `now`.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}
