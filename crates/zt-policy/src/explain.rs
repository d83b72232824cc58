//! Why a refusal: asked of the policies themselves, never of a note beside them that could be wrong.
//!
//! For each policy that refuses, take the facts without any risk and put back one risk at a time as it is. A risk that
//! alone makes the policy refuse again is a reason; the mildest degree of it that no longer does is what is needed.
//! Policies read risk in one direction only (see [`crate::shape`]), so that degree exists and is unique. If the policy
//! refuses even without risk, it is for the place, the time or the means: those are tried the other way round.

use crate::atom::Atom;
use crate::compile::Compiled;
use crate::decision::Software;
use crate::expression::Question;
use crate::facts::{Facts, Numbers, Open};
use crate::hours::Hours;
use crate::verdict::Asked;
use crate::{ManagedBy, Reason};
use zt_types::{
    Answer, Assurance, ClientKind, FactKind, Level, Ownership, PostureItem, Seconds, Version,
};

/// A policy that refuses, or the permits that all keep silent.
#[derive(Clone, Copy)]
enum Blocker {
    Forbid(usize),
    NoPermit,
}

/// Asks one blocker about facts that are changed in some way from the best there can be.
struct Trial<'a> {
    asked: Asked<'a>,
    blocker: Blocker,
    best: &'a Facts,
}

impl Trial<'_> {
    /// Whether the policy looks at something of this kind; one that only Cedar reads may look at anything.
    fn looks_at(&self, kind: impl Fn(Atom) -> bool) -> bool {
        let Blocker::Forbid(place) = self.blocker else {
            return true;
        };
        match self.asked.policies.compiled.get(place) {
            Some(Compiled::Rules(rules, _)) => {
                let mut literals = rules.iter().flat_map(|rule| &rule.when.0);
                literals
                    .any(|literal| matches!(literal.question, Question::Atom(atom) if kind(atom)))
            }
            _ => true,
        }
    }

    fn blocks(&self, change: impl FnOnce(&mut Facts)) -> bool {
        let mut facts = self.best.clone();
        change(&mut facts);
        self.asked.blocks(self.blocker, &facts)
    }

    /// The first of `degrees`, riskiest first, that is not blocked.
    fn mildest<T: Copy>(&self, degrees: &[T], set: impl Fn(&mut Facts, T)) -> Option<T> {
        degrees
            .iter()
            .copied()
            .find(|degree| !self.blocks(|facts| set(facts, *degree)))
    }
}

impl Asked<'_> {
    /// The reasons, the one that weighs most first. What exactly stands against the person or the device is left for the
    /// caller to fill in.
    pub(crate) fn explain(
        &self,
        facts: &Facts,
        forbids: &[usize],
        erring: &[usize],
    ) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = self
            .policies
            .documents_at(erring)
            .into_iter()
            .map(|id| Reason::EvaluationError { id })
            .collect();
        let forbids = forbids.iter().copied().map(Blocker::Forbid);
        let silent = self
            .blocks(Blocker::NoPermit, facts)
            .then_some(Blocker::NoPermit);
        let mut best = facts.at_best();
        best.terms = self.every_term();
        for blocker in forbids.chain(silent) {
            let found = self.reasons_of(facts, &best, blocker);
            let has_word = !found.is_empty();
            for reason in found {
                add(&mut reasons, reason);
            }
            match blocker {
                Blocker::NoPermit if !has_word => add(&mut reasons, Reason::NotEntitled),
                Blocker::Forbid(place) => {
                    if let Some(reason) = self.word_of(place, has_word) {
                        add(&mut reasons, reason);
                    }
                }
                Blocker::NoPermit => {}
            }
        }
        // Names have numbers in the order in which they came; what is said must not depend on that.
        reasons.sort_by(|one, other| (weight(one), name(one)).cmp(&(weight(other), name(other))));
        reasons
    }

    /// What the author of the policy at `place` wrote; always given if there is no word of ours for what it wants.
    fn word_of(&self, place: usize, has_word: bool) -> Option<Reason> {
        let document = self.policies.document_at(place)?;
        let written = document.managed_by != ManagedBy::System && document.message.is_some();
        (written || !has_word).then(|| Reason::Policy {
            id: document.id.clone(),
            message: document.message.clone(),
        })
    }

    fn blocks(&self, blocker: Blocker, facts: &Facts) -> bool {
        match blocker {
            Blocker::Forbid(place) => self.applies(place, facts),
            Blocker::NoPermit => !self.is_permitted(facts),
        }
    }

    fn reasons_of(&self, actual: &Facts, best: &Facts, blocker: Blocker) -> Vec<Reason> {
        let trial = Trial {
            asked: *self,
            blocker,
            best,
        };
        if trial.blocks(|_| {}) {
            return trial.elsewhere();
        }
        let mut reasons = Vec::new();
        trial.about_person(actual, &mut reasons);
        trial.about_device(actual, &mut reasons);
        trial.about_session(actual, &mut reasons);
        reasons
    }

    pub(crate) fn every_term(&self) -> Numbers {
        let terms = self.policies.numbering.terms.iter();
        terms.map(|(number, _)| number).collect()
    }
}

impl Trial<'_> {
    fn about_person(&self, actual: &Facts, reasons: &mut Vec<Reason>) {
        let set = |facts: &mut Facts, trust| facts.person_trust = trust;
        if self.looks_at(|atom| matches!(atom, Atom::PersonTrust(_)))
            && self.blocks(|facts| set(facts, actual.person_trust))
        {
            reasons.push(Reason::PersonTrustTooLow {
                needed: self.mildest(&Level::ALL, set).unwrap_or(Level::High),
                is: actual.person_trust,
                reasons: Vec::new(),
            });
        }
        if self.looks_at(|atom| atom == Atom::ResetDue)
            && self.blocks(|facts| facts.password = actual.password)
        {
            reasons.push(Reason::PasswordResetDue);
        }
        for kind in FactKind::ALL {
            let alone = actual.person_facts.only(kind);
            if alone != Open::default()
                && self.looks_at(|atom| atom == Atom::PersonFact(kind))
                && self.blocks(|facts| facts.person_facts = alone)
            {
                reasons.push(Reason::FactAboutPerson { kind });
            }
        }
        for (number, terms) in self.asked.policies.numbering.terms.iter() {
            let others = || {
                let all = self.best.terms.iter();
                all.filter(|other| *other != number).collect()
            };
            if !actual.terms.contains(number)
                && self.looks_at(|atom| atom == Atom::Terms(number))
                && self.blocks(|facts| facts.terms = others())
            {
                let terms = terms.clone();
                reasons.push(Reason::TermsNotAccepted { terms });
            }
        }
    }

    fn about_device(&self, actual: &Facts, reasons: &mut Vec<Reason>) {
        let set = |facts: &mut Facts, trust| facts.device_trust = trust;
        let known = actual.device_trust_with_identity;
        let looks_at_trust = self.looks_at(|atom| matches!(atom, Atom::DeviceTrust(_)));
        if looks_at_trust && self.blocks(|facts| set(facts, known)) {
            reasons.push(Reason::DeviceTrustTooLow {
                needed: self.mildest(&Level::ALL, set).unwrap_or(Level::High),
                is: known,
                reasons: Vec::new(),
            });
        }
        for kind in FactKind::ALL {
            let alone = actual.device_facts.only(kind);
            if alone != Open::default()
                && self.looks_at(|atom| atom == Atom::DeviceFact(kind))
                && self.blocks(|facts| facts.device_facts = alone)
            {
                reasons.push(Reason::FactAboutDevice { kind });
            }
        }
        let nameless = |facts: &mut Facts| {
            facts.proven = false;
            facts.enrolled = actual.enrolled;
            facts.device_trust = Level::Medium;
        };
        if let Some(why) = actual.nameless
            && (looks_at_trust
                || self.looks_at(|atom| matches!(atom, Atom::Proven | Atom::Enrolled)))
            && self.blocks(nameless)
        {
            reasons.push(Reason::DeviceRequired { why });
        }
        if actual.ownership != Ownership::Company
            && self.looks_at(|atom| atom == Atom::CompanyOwned)
            && self.blocks(|facts| facts.ownership = actual.ownership)
        {
            reasons.push(Reason::CompanyDeviceRequired);
        }
        for item in PostureItem::ALL {
            let is = actual.posture.item(*item);
            let set = |facts: &mut Facts| facts.posture = facts.posture.with(*item, is);
            if is < Answer::Yes
                && self.looks_at(|atom| matches!(atom, Atom::Posture(of, _) if of == *item))
                && self.blocks(set)
            {
                reasons.push(Reason::PostureTooLow { item: *item, is });
            }
        }
        for software in Software::ALL {
            let is = software.version_in(actual);
            if self.looks_at(|atom| software.is_asked_by(atom))
                && self.blocks(|facts| software.set(facts, is))
            {
                let set = |facts: &mut Facts, version| software.set(facts, version);
                let needed = self.mildest(&self.asked.slice.versions, set);
                reasons.push(Reason::VersionTooOld {
                    software,
                    needed: Version::from_integer(needed.unwrap_or(i64::MAX)).unwrap_or_default(),
                    is: (is > 0).then(|| Version::from_integer(is)).flatten(),
                });
            }
        }
    }

    fn about_session(&self, actual: &Facts, reasons: &mut Vec<Reason>) {
        let set = |facts: &mut Facts, assurance| facts.assurance = assurance;
        if self.looks_at(|atom| matches!(atom, Atom::Assurance(_)))
            && self.blocks(|facts| set(facts, actual.assurance))
        {
            let needed = self.mildest(&Assurance::ALL, set);
            reasons.push(Reason::AssuranceTooLow {
                needed: needed.unwrap_or(Assurance::Hardware),
            });
        }
        if self.looks_at(|atom| matches!(atom, Atom::Age(_)))
            && self.blocks(|facts| facts.proven_at = actual.proven_at)
        {
            let set = |facts: &mut Facts, age: u64| facts.proven_at = facts.now - Seconds(age);
            let oldest = self.mildest(&self.asked.slice.ages, set);
            reasons.push(Reason::ReauthenticationNeeded {
                max_age: Seconds(oldest.unwrap_or(0)),
            });
        }
        if actual.anonymiser == Answer::Yes && self.blocks(|facts| facts.anonymiser = Answer::Yes) {
            reasons.push(Reason::Anonymised);
        }
    }

    /// Whether another time, another place or other means would do.
    fn elsewhere(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let numbering = &self.asked.policies.numbering;
        for number in self.wrong_hours() {
            if let Some(calendar) = numbering.calendars.name(number).cloned() {
                reasons.push(Reason::OutsideHours { calendar });
            }
        }
        let networks = numbering.networks.iter().map(|(network, _)| vec![network]);
        let passes = |change: &dyn Fn(&mut Facts)| !self.blocks(change);
        if networks
            .chain([vec![]])
            .any(|networks| passes(&|facts| facts.networks = networks.iter().copied().collect()))
        {
            reasons.push(Reason::WrongNetwork);
        }
        if self
            .asked
            .countries()
            .into_iter()
            .any(|country| passes(&|facts| facts.country = country))
        {
            let is = self.best.country;
            reasons.push(Reason::WrongCountry { is });
        }
        if ClientKind::ALL
            .iter()
            .any(|client| passes(&|facts| facts.client = *client))
        {
            let is = self.best.client;
            reasons.push(Reason::WrongClient { is });
        }
        reasons
    }

    /// The calendars that would have to stand otherwise: each that alone would do, or else those that stand otherwise at the
    /// next time at which the answer is another.
    fn wrong_hours(&self) -> Vec<u32> {
        let calendars = &self.asked.looked_at().calendars;
        let blocks_in = |hours: &Hours| {
            let then = Asked {
                hours,
                ..self.asked
            };
            then.blocks(self.blocker, self.best)
        };
        let alone = calendars.iter().copied();
        let alone: Vec<u32> = alone
            .filter(|number| !blocks_in(&self.asked.hours.toggled(*number)))
            .collect();
        if !alone.is_empty() || calendars.len() < 2 {
            return alone;
        }
        let now = self.asked.hours;
        let ahead = self.asked.policies.hours_ahead(calendars, now);
        let mut ahead = ahead.iter();
        let Some(then) = ahead.find(|hours| !blocks_in(hours)) else {
            return Vec::new();
        };
        let differs = |number: &u32| now.within.contains(number) != then.within.contains(number);
        calendars.iter().copied().filter(differs).collect()
    }
}

impl Software {
    const fn is_asked_by(self, atom: Atom) -> bool {
        match self {
            Self::OperatingSystem => matches!(atom, Atom::OsVersion(_)),
            Self::Antivirus => matches!(atom, Atom::AntivirusVersion(_)),
            Self::Client => matches!(atom, Atom::ClientVersion(_)),
        }
    }

    pub(crate) const fn version_in(self, facts: &Facts) -> i64 {
        match self {
            Self::OperatingSystem => facts.os_version,
            Self::Antivirus => facts.antivirus_version,
            Self::Client => facts.client_version,
        }
    }

    pub(crate) const fn set(self, facts: &mut Facts, version: i64) {
        match self {
            Self::OperatingSystem => facts.os_version = version,
            Self::Antivirus => facts.antivirus_version = version,
            Self::Client => facts.client_version = version,
        }
    }
}

/// Adds a reason; of two of one kind the stricter one stays.
fn add(reasons: &mut Vec<Reason>, new: Reason) {
    for there in reasons.iter_mut() {
        match (&mut *there, &new) {
            (
                Reason::PersonTrustTooLow { needed, .. },
                Reason::PersonTrustTooLow { needed: other, .. },
            )
            | (
                Reason::DeviceTrustTooLow { needed, .. },
                Reason::DeviceTrustTooLow { needed: other, .. },
            ) => {
                *needed = (*needed).max(*other);
                return;
            }
            (Reason::AssuranceTooLow { needed }, Reason::AssuranceTooLow { needed: other }) => {
                *needed = (*needed).max(*other);
                return;
            }
            (
                Reason::ReauthenticationNeeded { max_age },
                Reason::ReauthenticationNeeded { max_age: other },
            ) => {
                *max_age = (*max_age).min(*other);
                return;
            }
            (
                Reason::VersionTooOld {
                    software, needed, ..
                },
                Reason::VersionTooOld {
                    software: of,
                    needed: other,
                    ..
                },
            ) if software == of => {
                *needed = (*needed).max(*other);
                return;
            }
            (there, new) if *there == *new => return,
            _ => {}
        }
    }
    reasons.push(new);
}

/// What tells apart reasons of the same weight that are found in the order of numbers.
fn name(reason: &Reason) -> &str {
    match reason {
        Reason::TermsNotAccepted { terms } => terms.as_str(),
        Reason::OutsideHours { calendar } => calendar.as_str(),
        _ => "",
    }
}

/// Smaller weighs more: what the person cannot mend comes before what she can.
const fn weight(reason: &Reason) -> u8 {
    match reason {
        Reason::SessionEnded => 0,
        Reason::PersonDisabled => 1,
        Reason::ApplicationUnregistered => 2,
        Reason::EvaluationError { .. } => 3,
        Reason::PersonTrustTooLow { .. } => 4,
        Reason::DeviceTrustTooLow { .. } => 5,
        Reason::FactAboutPerson { .. } => 6,
        Reason::FactAboutDevice { .. } => 7,
        Reason::PasswordResetDue => 8,
        Reason::NotEntitled => 9,
        Reason::OutsideHours { .. } => 10,
        Reason::WrongCountry { .. } => 11,
        Reason::WrongNetwork => 12,
        Reason::WrongClient { .. } => 13,
        Reason::Anonymised => 14,
        Reason::CompanyDeviceRequired => 15,
        Reason::DeviceRequired { .. } => 16,
        Reason::PostureTooLow { .. } => 17,
        Reason::VersionTooOld { .. } => 18,
        Reason::AssuranceTooLow { .. } => 19,
        Reason::ReauthenticationNeeded { .. } => 20,
        Reason::TermsNotAccepted { .. } => 21,
        Reason::Policy { .. } => 22,
    }
}
