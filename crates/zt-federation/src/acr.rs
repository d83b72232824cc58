//! How strongly a client wants a person to be authenticated.

use crate::Client;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use zt_types::Assurance;

/// What a client says of authentication (OpenID Connect Core 1.0 §3.1.2.1 `acr_values`, §5.5.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum AcrDemand {
    /// Nothing.
    #[default]
    Any,
    /// It would like one of these: whoever cannot prove so much comes all the same, and the client is told.
    Preferred(BTreeSet<Assurance>),
    /// It takes one of these or nothing.
    Essential(BTreeSet<Assurance>),
}

impl AcrDemand {
    /// What to prove at least: the weakest that was named.
    #[must_use]
    pub fn least(&self) -> Option<Assurance> {
        self.named().first().copied()
    }

    /// Whether a person who was authenticated like this may go on to the client.
    #[must_use]
    pub fn is_met_by(&self, proven: Assurance) -> bool {
        match self {
            Self::Any | Self::Preferred(_) => true,
            Self::Essential(_) => self.least().is_some_and(|least| least <= proven),
        }
    }

    /// What the client is told of `proven`: the strongest that it named and that was reached, as it compares names and knows no
    /// order of them (§5.5.1.1); what was proven if there is none.
    #[must_use]
    pub fn told(&self, proven: Assurance) -> Assurance {
        let reached = self.named().range(..=proven).next_back();
        reached.copied().unwrap_or(proven)
    }

    fn named(&self) -> &BTreeSet<Assurance> {
        const NONE: &BTreeSet<Assurance> = &BTreeSet::new();
        match self {
            Self::Any => NONE,
            Self::Preferred(named) | Self::Essential(named) => named,
        }
    }
}

impl Client {
    /// What counts where a request names no `acr` (OpenID Connect Dynamic Registration 1.0 §2).
    pub(crate) fn default_acr(&self) -> AcrDemand {
        match &self.safeguards.default_acr {
            none if none.is_empty() => AcrDemand::Any,
            some => AcrDemand::Preferred(some.clone()),
        }
    }
}

/// The assurance behind an `acr` value: [`Assurance::acr`], or the name that policies use.
#[must_use]
pub fn assurance_of(acr: &str) -> Option<Assurance> {
    Assurance::ALL
        .into_iter()
        .find(|assurance| assurance.acr() == acr || assurance.as_str() == acr)
}

#[cfg(test)]
mod tests;
