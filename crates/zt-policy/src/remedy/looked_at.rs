//! What the policies of an application look at: the same for everybody who is refused there.

use super::matters::Matters;
use crate::atom::Atom;
use crate::compile::Compiled;
use crate::decision::Software;
use crate::expression::{Question, names};
use crate::masks::{Bits, Effect, Vector};
use crate::verdict::Asked;
use std::collections::BTreeSet;
use zt_types::{Answer, Country, PostureItem, TermsId};

/// What the policies in force of one application look at, as far as ways out and reasons hang on it.
#[derive(Debug)]
pub(crate) struct LookedAt {
    /// Whether at whose device it is.
    pub(crate) ownership: bool,
    /// The calendars, by number.
    pub(crate) calendars: Vec<u32>,
    /// The bits that the time turns, whatever anybody does.
    pub(super) timely: Bits,
    /// What those that permit look at.
    pub(super) permits: Matters,
    /// The terms, with their numbers.
    pub(super) terms: Vec<(u32, TermsId)>,
    pub(super) items: Vec<PostureItem>,
    /// The versions of each program, the oldest first.
    versions: [Vec<i64>; 3],
    /// The countries, and one that no policy names.
    pub(crate) countries: Vec<Option<Country>>,
}

impl LookedAt {
    /// The versions of a program, the oldest first.
    pub(crate) fn versions_of(&self, software: Software) -> &[i64] {
        self.versions
            .get(software as usize)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

impl<'a> Asked<'a> {
    /// What the policies in force of this application look at: those that bind nobody yet must change no way out.
    pub(crate) fn looked_at(&self) -> &'a LookedAt {
        self.slice.looked_at.get_or_init(|| {
            let places = |effects: &[Effect]| -> Vec<usize> {
                let concerning = self.policies.concerning(self.slice);
                concerning
                    .filter(|place| {
                        let effect = self.policies.effect(*place);
                        effect.is_some_and(|effect| effects.contains(&effect))
                    })
                    .collect()
            };
            let binding = places(&[Effect::Permit, Effect::Forbid]);
            let (compiled, policies) = (&self.policies.compiled, &self.policies.policies);
            let all = &self.slice.calendars;
            let calendars = crate::hours::read_by(&binding, compiled, policies, all);
            let terms = self.policies.numbering.terms.iter();
            let items = PostureItem::ALL.iter().copied();
            LookedAt {
                ownership: binding.iter().any(|place| self.looks_at_ownership(*place)),
                calendars: calendars.into_iter().collect(),
                timely: self.timely(),
                permits: self.policies.matters(&places(&[Effect::Permit])),
                terms: terms
                    .filter(|(number, _)| self.may_read(Atom::Terms(*number)))
                    .map(|(number, terms)| (number, terms.clone()))
                    .collect(),
                items: items
                    .filter(|item| {
                        let answers = Answer::ALL.into_iter();
                        let mut atoms = answers.map(|answer| Atom::Posture(*item, answer));
                        atoms.any(|atom| self.may_read(atom))
                    })
                    .collect(),
                versions: Software::ALL.map(|software| self.versions(software)),
                countries: self.countries(),
            }
        })
    }

    fn looks_at_ownership(&self, place: usize) -> bool {
        match self.policies.compiled.get(place) {
            Some(Compiled::Rules(rules, _)) => {
                let mut literals = rules.iter().flat_map(|rule| &rule.when.0);
                literals.any(|literal| literal.question == Question::Atom(Atom::CompanyOwned))
            }
            Some(Compiled::LeftToCedar) => {
                let policy = self.policies.policies.get(place);
                policy.is_some_and(|policy| names(&policy.json, "company_owned"))
            }
            Some(Compiled::Off) | None => false,
        }
    }

    fn timely(&self) -> Bits {
        let mut timely = Bits::default();
        let atoms = self.vectors().flat_map(Vector::atoms);
        atoms
            .filter(|atom| matches!(atom, Atom::Age(_) | Atom::Calendar(_)))
            .filter_map(|atom| self.bit(atom))
            .for_each(|bit| timely.set(bit));
        timely
    }

    /// Whether a policy asks for an atom; of what is left to Cedar that is taken for granted.
    fn may_read(&self, atom: Atom) -> bool {
        !self.slice.left_to_cedar.is_empty() || self.reads(atom)
    }

    fn versions(&self, software: Software) -> Vec<i64> {
        let versions = self.slice.versions.iter().copied();
        versions
            .filter(|version| {
                self.may_read(match software {
                    Software::OperatingSystem => Atom::OsVersion(*version),
                    Software::Antivirus => Atom::AntivirusVersion(*version),
                    Software::Client => Atom::ClientVersion(*version),
                })
            })
            .collect()
    }

    /// The countries that its policies name, those that bind nobody yet too.
    fn countries(&self) -> Vec<Option<Country>> {
        let mut countries = BTreeSet::new();
        for place in self.policies.concerning(self.slice) {
            match self.policies.compiled.get(place) {
                Some(Compiled::Rules(rules, _)) => {
                    let literals = rules.iter().flat_map(|rule| &rule.when.0);
                    countries.extend(literals.filter_map(|literal| match literal.question {
                        Question::Atom(Atom::Country(country)) => Some(country),
                        _ => None,
                    }));
                }
                Some(Compiled::LeftToCedar) => {
                    let policy = self.policies.policies.get(place);
                    let literals = policy.map(|policy| policy.policy.entity_literals());
                    let literals = literals.into_iter().flatten();
                    countries.extend(
                        literals
                            .filter(|literal| literal.type_name().to_string() == "Country")
                            .map(|literal| literal.id().unescaped().parse().ok()),
                    );
                }
                Some(Compiled::Off) | None => {}
            }
        }
        // User-assigned (ISO 3166-1): no country has it, so no policy names it in earnest.
        countries.insert("ZZ".parse().ok());
        countries.into_iter().collect()
    }
}
