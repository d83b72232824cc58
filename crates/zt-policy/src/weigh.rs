//! Decisions in short: what would be granted, and nothing about why. For many at once, such as every live session after a
//! change of policy, or every recorded access under policies that are only proposed.

use crate::Request;
use crate::baseline::{CONSOLE, PORTAL};
use crate::compile::{PolicySet, Slice};
use crate::decide::BREAK_GLASS_MAX_AGE;
use crate::facts::{Facts, Usable};
use crate::hours::Hours;
use crate::verdict::Asked;
use zt_types::{AppId, Assurance, Capability, CapabilitySet, Role, Timestamp};

/// An application's number, for asking about it without its name. A set that is compiled after another keeps its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppNumber(pub(crate) u32);

/// What a decision comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Weighed {
    /// What is granted; nothing if refused.
    pub capabilities: CapabilitySet,
    /// What would be granted if the report-only policies were on; nothing if that would be refused.
    pub hypothetical: CapabilitySet,
}

impl Weighed {
    /// The same for an access that has to be able to connect to be any use.
    fn of(granted: CapabilitySet, hypothetical: CapabilitySet) -> Self {
        let usable = |set: CapabilitySet| {
            if set.contains(Capability::Connect) {
                set
            } else {
                CapabilitySet::NONE
            }
        };
        Self {
            capabilities: usable(granted),
            hypothetical: usable(hypothetical),
        }
    }

    /// Whether the application may be reached at all.
    #[must_use]
    pub const fn is_allowed(self) -> bool {
        self.capabilities.contains(Capability::Connect)
    }
}

impl PolicySet {
    /// The number of an application in the register.
    #[must_use]
    pub fn app_number(&self, app: &AppId) -> Option<AppNumber> {
        let number = self.numbering.apps.number(app)?;
        self.slice_at(number).map(|_| AppNumber(number))
    }

    /// Whether Cedar itself has to be asked about an application: a policy of it has no compiled form, or its compiled form
    /// is believed no more. Then deciding can take milliseconds, and longer where there are many policies.
    #[must_use]
    pub fn asks_cedar(&self, app: &AppId) -> bool {
        self.slice(app).is_some_and(Slice::is_left_to_cedar)
    }

    /// A request in numbers. They hold at the request's `now`, and until its trust and its evidence run out.
    #[must_use]
    pub fn facts(&self, request: &Request) -> Facts {
        Facts::of(&request.as_of_now(), &self.numbering)
    }

    /// What [`PolicySet::decide`] would grant at `now`, which `hours` must cover. An application that is not registered is
    /// refused.
    #[must_use]
    pub fn weigh(&self, app: AppNumber, facts: &Facts, hours: &Hours) -> Weighed {
        let Some(slice) = self.slice_at(app.0) else {
            return Weighed::default();
        };
        if facts.usable == Usable::No || facts.now >= facts.expires_at {
            return Weighed::default();
        }
        if facts.role == Role::BreakGlass {
            return break_glass(slice, facts);
        }
        let asked = Asked {
            policies: self,
            slice,
            hours,
        };
        let (sum, _) = asked.sum(facts);
        Weighed::of(sum.granted(), sum.would_be_granted())
    }
}

impl Slice {
    /// See [`PolicySet::asks_cedar`].
    pub(crate) fn is_left_to_cedar(&self) -> bool {
        self.disbelief.is_there() || !self.left_to_cedar.is_empty()
    }
}

fn break_glass(slice: &Slice, facts: &Facts) -> Weighed {
    let is_ours = matches!(slice.application().id.as_str(), CONSOLE | PORTAL);
    let is_proven = facts.assurance >= Assurance::PhishingResistant
        && facts.now.since(facts.proven_at) <= BREAK_GLASS_MAX_AGE;
    if is_ours && is_proven {
        Weighed::of(CapabilitySet::ALL, CapabilitySet::ALL)
    } else {
        Weighed::default()
    }
}

impl Facts {
    /// The same at another time.
    pub fn move_to(&mut self, now: Timestamp) {
        self.now = now;
    }
}
