//! Why a refusal: asked of the policies themselves, never of a note beside them that could be wrong.
//!
//! For each policy that refuses, take the facts without any risk and put back one risk at a time as it is. A risk that
//! alone makes the policy refuse again is a reason; the mildest degree of it that no longer does is what is needed.
//! Policies read risk in one direction only (see [`crate::shape`]), so that degree exists and is unique. If the policy
//! refuses even without risk, it is for the place, the time or the means: those are tried the other way round.

use crate::compile::Compiled;
use crate::decision::Software;
use crate::facts::{Facts, Numbers, Open};
use crate::hours::Hours;
use crate::masks::{Bits, MaskedRule, Masks};
use crate::verdict::Asked;
use crate::{ManagedBy, Reason};
use std::ops::Range;
use zt_types::{
    Answer, Assurance, Capability, ClientKind, FactKind, Level, Ownership, PostureItem, Seconds,
    Version,
};

/// A policy that refuses, or the permits that all keep silent.
enum Blocker {
    /// By its rules, which are from here to there among all that could refuse her.
    Rules {
        place: usize,
        rules: Range<usize>,
    },
    /// By what Cedar says; it may look at anything if that is not known.
    Cedar {
        place: usize,
        looks_at: Option<Bits>,
    },
    NoPermit,
}

/// Asks all blockers about facts that are changed in some way from the best there can be.
struct Trials<'a> {
    asked: Asked<'a>,
    actual: &'a Facts,
    best: Facts,
    best_bits: Bits,
    blockers: Vec<Blocker>,
    rules: Vec<Masks>,
    /// For each blocker, whether some reason is a word for what it wants.
    has_word: Vec<bool>,
    /// The reasons, with the place of the first blocker that each is of.
    found: Vec<(usize, Reason)>,
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
        let erring = self.policies.documents_at(erring).into_iter();
        let mut best = facts.at_best();
        best.terms = self.every_term();
        let mut trials = Trials {
            asked: *self,
            actual: facts,
            best_bits: self.bits(&best),
            best,
            blockers: Vec::with_capacity(forbids.len() + 1),
            rules: Vec::with_capacity(forbids.len()),
            has_word: Vec::new(),
            found: erring
                .map(|id| (0, Reason::EvaluationError { id }))
                .collect(),
        };
        for place in forbids {
            trials.refuses(*place);
        }
        if !self.is_permitted(facts, &self.bits(facts)) {
            trials.blockers.push(Blocker::NoPermit);
        }
        trials.has_word = vec![false; trials.blockers.len()];
        trials.find();
        let mut found = trials.found;
        // Names have numbers in the order in which they came; what is said must not depend on that.
        found.sort_by(|(by, one), (other_by, other)| {
            (weight(one), name(one), by).cmp(&(weight(other), name(other), other_by))
        });
        let mut reasons: Vec<Reason> = found.into_iter().map(|(_, reason)| reason).collect();
        reasons.dedup();
        reasons
    }

    pub(crate) fn every_term(&self) -> Numbers {
        let terms = self.policies.numbering.terms.iter();
        terms.map(|(number, _)| number).collect()
    }
}

impl Trials<'_> {
    /// Takes the policy at `place` into account.
    fn refuses(&mut self, place: usize) {
        let from = self.rules.len();
        let blocker = match self.asked.policies.compiled.get(place) {
            Some(Compiled::Rules(_, rules)) if self.asked.slice.disbelief.is_there() => {
                let looks_at = rules.iter().map(MaskedRule::looks_at);
                Blocker::Cedar {
                    place,
                    looks_at: Some(looks_at.fold(Bits::default(), Bits::or)),
                }
            }
            Some(Compiled::Rules(_, rules)) => {
                let members = &self.actual.members;
                let hers = rules
                    .iter()
                    .filter(|rule| rule.capabilities.contains(Capability::Connect))
                    .filter_map(|rule| rule.masks_for(members));
                self.rules.extend(hers);
                let rules = from..self.rules.len();
                Blocker::Rules { place, rules }
            }
            _ => Blocker::Cedar {
                place,
                looks_at: None,
            },
        };
        self.blockers.push(blocker);
    }

    fn find(&mut self) {
        let all = 0..self.blockers.len();
        let (elsewhere, here): (Vec<usize>, Vec<usize>) =
            all.partition(|at| self.blocks(&self.asked, *at, (&self.best, &self.best_bits)));
        if !here.is_empty() {
            self.about_person(&here);
            self.about_device(&here);
            self.about_session(&here);
        }
        if !elsewhere.is_empty() {
            self.elsewhere(&elsewhere);
        }
        self.add_words();
    }

    /// What the authors of the policies wrote; always given where there is no word of ours for what a policy wants.
    fn add_words(&mut self) {
        let mut told = Vec::new();
        for (by, (blocker, has_word)) in self.blockers.iter().zip(&self.has_word).enumerate() {
            let (Blocker::Rules { place, .. } | Blocker::Cedar { place, .. }) = blocker else {
                if !has_word {
                    self.found.push((by, Reason::NotEntitled));
                }
                continue;
            };
            let Some(document) = self.asked.policies.document_at(*place) else {
                continue;
            };
            let written = document.managed_by != ManagedBy::System && document.message.is_some();
            let is_told = told.iter().any(|other| std::ptr::eq(*other, document));
            if (written || !has_word) && !is_told {
                told.push(document);
                let (id, message) = (document.id.clone(), document.message.clone());
                self.found.push((by, Reason::Policy { id, message }));
            }
        }
    }

    fn blocks(&self, asked: &Asked<'_>, at: usize, (facts, bits): (&Facts, &Bits)) -> bool {
        match self.blockers.get(at) {
            Some(Blocker::Rules { rules, .. }) => {
                let rules = self.rules.get(rules.clone()).unwrap_or_default();
                rules.iter().any(|masks| masks.hold(bits))
            }
            Some(Blocker::Cedar { place, .. }) => asked.applies(*place, facts, bits),
            Some(Blocker::NoPermit) => !asked.is_permitted(facts, bits),
            None => false,
        }
    }

    /// Whether this can make a difference to anybody.
    fn is_seen(&self, changed: &Bits) -> bool {
        !changed.is_empty() || self.asked.asks_cedar()
    }

    /// Whether this can make a difference to a blocker. Rules say so themselves as soon as they are asked.
    fn sees(&self, at: usize, changed: &Bits) -> bool {
        match self.blockers.get(at) {
            Some(Blocker::Cedar { looks_at, .. }) => {
                looks_at.is_none_or(|looks_at| !looks_at.has_none(changed))
            }
            _ => true,
        }
    }

    /// Which of those block when this is put back as it is. At the best none of them does.
    fn put_back(&self, those: &[usize], change: impl FnOnce(&mut Facts)) -> Vec<usize> {
        let mut facts = self.best.clone();
        change(&mut facts);
        let bits = self.asked.bits(&facts);
        let changed = bits.unlike(self.best_bits);
        if !self.is_seen(&changed) {
            return Vec::new();
        }
        let those = those.iter().copied();
        those
            .filter(|at| self.sees(*at, &changed))
            .filter(|at| self.blocks(&self.asked, *at, (&facts, &bits)))
            .collect()
    }

    /// For each of those, the first of `degrees`, riskiest first, at which it does not block; `last` if it always does.
    /// Each degree is given once.
    fn mildest<T: Copy>(
        &self,
        mut those: Vec<usize>,
        (degrees, last): (&[T], T),
        set: impl Fn(&mut Facts, T),
    ) -> Vec<T> {
        let mut mildest = Vec::new();
        for degree in degrees {
            if those.is_empty() {
                break;
            }
            let left = self.put_back(&those, |facts| set(facts, *degree));
            if left.len() < those.len() {
                mildest.push(*degree);
            }
            those = left;
        }
        if !those.is_empty() {
            mildest.push(last);
        }
        mildest
    }

    fn add(&mut self, by: &[usize], reason: Reason) {
        for at in by {
            if let Some(has_word) = self.has_word.get_mut(*at) {
                *has_word = true;
            }
        }
        self.found.extend(by.first().map(|first| (*first, reason)));
    }

    fn about_person(&mut self, those: &[usize]) {
        let actual = self.actual;
        let set = |facts: &mut Facts, trust| facts.person_trust = trust;
        let by = self.put_back(those, |facts| set(facts, actual.person_trust));
        if !by.is_empty() {
            let needed = self.mildest(by.clone(), (&Level::ALL, Level::High), set);
            let reason = Reason::PersonTrustTooLow {
                needed: needed.into_iter().max().unwrap_or(Level::High),
                is: actual.person_trust,
                reasons: Vec::new(),
            };
            self.add(&by, reason);
        }
        let by = self.put_back(those, |facts| facts.password = actual.password);
        self.add(&by, Reason::PasswordResetDue);
        for kind in FactKind::ALL {
            let alone = actual.person_facts.only(kind);
            if alone != Open::default() {
                let by = self.put_back(those, |facts| facts.person_facts = alone);
                self.add(&by, Reason::FactAboutPerson { kind });
            }
        }
        for (number, terms) in self.asked.policies.numbering.terms.iter() {
            if !actual.terms.contains(number) {
                let others = self.best.terms.without(number);
                let by = self.put_back(those, |facts| facts.terms = others);
                let terms = terms.clone();
                self.add(&by, Reason::TermsNotAccepted { terms });
            }
        }
    }

    fn about_device(&mut self, those: &[usize]) {
        let actual = self.actual;
        let set = |facts: &mut Facts, trust| facts.device_trust = trust;
        let known = actual.device_trust_with_identity;
        let by = self.put_back(those, |facts| set(facts, known));
        if !by.is_empty() {
            let needed = self.mildest(by.clone(), (&Level::ALL, Level::High), set);
            let reason = Reason::DeviceTrustTooLow {
                needed: needed.into_iter().max().unwrap_or(Level::High),
                is: known,
                reasons: Vec::new(),
            };
            self.add(&by, reason);
        }
        for kind in FactKind::ALL {
            let alone = actual.device_facts.only(kind);
            if alone != Open::default() {
                let by = self.put_back(those, |facts| facts.device_facts = alone);
                self.add(&by, Reason::FactAboutDevice { kind });
            }
        }
        if let Some(why) = actual.nameless {
            let by = self.put_back(those, |facts| {
                facts.proven = false;
                facts.enrolled = actual.enrolled;
                facts.device_trust = Level::Medium;
            });
            self.add(&by, Reason::DeviceRequired { why });
        }
        if actual.ownership != Ownership::Company {
            let by = self.put_back(those, |facts| facts.ownership = actual.ownership);
            self.add(&by, Reason::CompanyDeviceRequired);
        }
        for item in PostureItem::ALL {
            let (item, is) = (*item, actual.posture.item(*item));
            if is < Answer::Yes {
                let set = |facts: &mut Facts| facts.posture = facts.posture.with(item, is);
                let by = self.put_back(those, set);
                self.add(&by, Reason::PostureTooLow { item, is });
            }
        }
        for software in Software::ALL {
            self.about_software(those, software);
        }
    }

    fn about_software(&mut self, those: &[usize], software: Software) {
        let is = software.version_in(self.actual);
        let set = |facts: &mut Facts, version| software.set(facts, version);
        let by = self.put_back(those, |facts| set(facts, is));
        if by.is_empty() {
            return;
        }
        // What is not newer than what there is does not help.
        let versions = self.asked.looked_at().versions_of(software);
        let newer = versions.get(versions.partition_point(|version| *version <= is)..);
        let degrees = (newer.unwrap_or_default(), i64::MAX);
        let needed = self.mildest(by.clone(), degrees, set);
        let needed = needed.into_iter().map(Version::from_integer);
        let reason = Reason::VersionTooOld {
            software,
            needed: needed.flatten().max().unwrap_or_default(),
            is: (is > 0).then(|| Version::from_integer(is)).flatten(),
        };
        self.add(&by, reason);
    }

    fn about_session(&mut self, those: &[usize]) {
        let actual = self.actual;
        let set = |facts: &mut Facts, assurance| facts.assurance = assurance;
        let by = self.put_back(those, |facts| set(facts, actual.assurance));
        if !by.is_empty() {
            let degrees = (&Assurance::ALL[..], Assurance::Hardware);
            let needed = self.mildest(by.clone(), degrees, set).into_iter().max();
            let needed = needed.unwrap_or(Assurance::Hardware);
            self.add(&by, Reason::AssuranceTooLow { needed });
        }
        let by = self.put_back(those, |facts| facts.proven_at = actual.proven_at);
        if !by.is_empty() {
            let set = |facts: &mut Facts, age: u64| facts.proven_at = facts.now - Seconds(age);
            let (ages, age) = (&self.asked.slice.ages, actual.age());
            // The oldest come first; what is not younger than what there is does not help.
            let from =
                ages.partition_point(|most| i64::try_from(*most).is_ok_and(|most| most >= age));
            let younger = ages.get(from..).unwrap_or_default();
            let oldest = self.mildest(by.clone(), (younger, 0), set);
            let max_age = Seconds(oldest.into_iter().min().unwrap_or(0));
            self.add(&by, Reason::ReauthenticationNeeded { max_age });
        }
        if actual.anonymiser == Answer::Yes {
            let by = self.put_back(those, |facts| facts.anonymiser = Answer::Yes);
            self.add(&by, Reason::Anonymised);
        }
    }

    /// Whether another time, another place or other means would do.
    fn elsewhere(&mut self, those: &[usize]) {
        self.at_other_hours(those);
        let networks = self.asked.policies.numbering.networks.iter();
        let networks = networks.map(|(network, _)| Some(network)).chain([None]);
        let by = self.let_by_any(those, networks, |facts, network| {
            facts.networks = network.into_iter().collect();
        });
        self.add(&by, Reason::WrongNetwork);
        let countries = self.asked.looked_at().countries.iter().copied();
        let by = self.let_by_any(those, countries, |facts, country| facts.country = country);
        let is = self.best.country;
        self.add(&by, Reason::WrongCountry { is });
        let clients = ClientKind::ALL.iter().copied();
        let by = self.let_by_any(those, clients, |facts, client| facts.client = client);
        let is = self.best.client;
        self.add(&by, Reason::WrongClient { is });
    }

    /// Which of `those` do not block when this is as any of `others`.
    fn let_by_any<T>(
        &self,
        those: &[usize],
        others: impl Iterator<Item = T>,
        set: impl Fn(&mut Facts, T),
    ) -> Vec<usize> {
        let mut left = those.to_vec();
        for other in others {
            let mut facts = self.best.clone();
            set(&mut facts, other);
            let bits = self.asked.bits(&facts);
            let changed = bits.unlike(self.best_bits);
            if self.is_seen(&changed) {
                left.retain(|at| {
                    !self.sees(*at, &changed) || self.blocks(&self.asked, *at, (&facts, &bits))
                });
            }
        }
        let those = those.iter().copied();
        those.filter(|at| !left.contains(at)).collect()
    }

    /// Which of `those` do not block when it is within other calendars.
    fn let_by_at(&self, those: &[usize], hours: &Hours) -> Vec<usize> {
        let then = Asked {
            hours,
            ..self.asked
        };
        let bits = then.bits(&self.best);
        let changed = bits.unlike(self.best_bits);
        let those = those.iter().copied();
        those
            .filter(|at| self.sees(*at, &changed))
            .filter(|at| !self.blocks(&then, *at, (&self.best, &bits)))
            .collect()
    }

    /// The calendars that would have to stand otherwise: each that alone would do, or else those that stand otherwise at the
    /// next time at which the answer is another.
    fn at_other_hours(&mut self, those: &[usize]) {
        let (policies, now) = (self.asked.policies, self.asked.hours);
        let calendars = &self.asked.looked_at().calendars;
        let mut left = those.to_vec();
        for number in calendars {
            let by = self.let_by_at(those, &now.toggled(*number));
            left.retain(|at| !by.contains(at));
            self.outside(&by, *number);
        }
        if left.is_empty() || calendars.len() < 2 {
            return;
        }
        for then in policies.hours_ahead(calendars, now).iter() {
            let by = self.let_by_at(&left, then);
            left.retain(|at| !by.contains(at));
            let differs =
                |number: &&u32| now.within.contains(number) != then.within.contains(number);
            for number in calendars.iter().filter(differs) {
                self.outside(&by, *number);
            }
        }
    }

    fn outside(&mut self, by: &[usize], calendar: u32) {
        let calendar = self.asked.policies.numbering.calendars.name(calendar);
        if let Some(calendar) = calendar.cloned() {
            self.add(by, Reason::OutsideHours { calendar });
        }
    }
}

impl Software {
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
