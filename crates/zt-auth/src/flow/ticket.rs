//! What every form of a flow carries, and what it is held against.

use super::Flow;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use zt_types::{FlowId, Timestamp, TokenHash};

/// 128 random bits that name one step of one flow.
#[derive(Clone, Copy)]
pub struct Nonce([u8; 16]);

impl Nonce {
    /// Wraps random bytes.
    #[must_use]
    pub const fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Compares without telling by its time where the difference is.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        let difference = self
            .0
            .iter()
            .zip(other.0)
            .fold(0u8, |sum, (a, b)| sum | (a ^ b));
        std::hint::black_box(difference) == 0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(…)")
    }
}

impl FromStr for Nonce {
    type Err = Turned;
    fn from_str(text: &str) -> Result<Self, Turned> {
        let mut bytes = [0u8; 16];
        let fits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        for (position, byte) in bytes.iter_mut().enumerate() {
            *byte = text
                .get(position * 2..position * 2 + 2)
                .filter(|_| fits)
                .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                .ok_or(Turned::Stale)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Nonce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Nonce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| serde::de::Error::custom("not 32 hexadecimal digits"))
    }
}

/// What a form says of where it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Ticket {
    /// The flow it is for.
    pub flow: FlowId,
    /// The step it was drawn for.
    pub step: u64,
    /// That step's nonce.
    pub nonce: Nonce,
}

/// Why a form or a page request is not let into a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Turned {
    /// It was drawn for an earlier step: the back button, a second tab, a form sent twice. Show the present step again.
    #[error("the form belongs to an earlier step")]
    Stale,
    /// Another browser holds this flow.
    #[error("the flow belongs to another browser")]
    ForeignBrowser,
    /// It took too long.
    #[error("the flow has expired")]
    Expired,
    /// The flow is done or was refused.
    #[error("the flow is over")]
    Over,
}

impl Turned {
    /// The message key's last part.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::ForeignBrowser => "foreign-browser",
            Self::Expired => "expired",
            Self::Over => "over",
        }
    }
}

impl Flow {
    /// Whether a browser may see this flow's page.
    ///
    /// # Errors
    /// [`Turned::ForeignBrowser`] without the flow's cookie, [`Turned::Expired`] after its time.
    pub fn admit_browser(&self, browser: &TokenHash, now: Timestamp) -> Result<(), Turned> {
        // Hashes of random tokens: how fast they differ tells nothing about the token.
        if self.browser != *browser {
            return Err(Turned::ForeignBrowser);
        }
        // A clock that jumped back before the flow's start makes it no younger than it is.
        if now >= self.expires_at {
            return Err(Turned::Expired);
        }
        Ok(())
    }

    /// Whether a form may act on this flow: the right browser, in time, for this flow, this step and its nonce.
    ///
    /// # Errors
    /// As [`Flow::admit_browser`]; [`Turned::Over`] when nothing can be done any more, [`Turned::Stale`] for any other step.
    pub fn admit_form(
        &self,
        browser: &TokenHash,
        ticket: &Ticket,
        now: Timestamp,
    ) -> Result<(), Turned> {
        self.admit_browser(browser, now)?;
        if self.state.is_over() {
            return Err(Turned::Over);
        }
        let present = ticket.flow == self.id
            && ticket.step == self.version
            && ticket.nonce.matches(&self.nonce);
        if present { Ok(()) } else { Err(Turned::Stale) }
    }

    /// What the forms of the present step carry.
    #[must_use]
    pub const fn ticket(&self) -> Ticket {
        Ticket {
            flow: self.id,
            step: self.version,
            nonce: self.nonce,
        }
    }
}
