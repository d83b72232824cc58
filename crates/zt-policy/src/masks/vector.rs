//! The vector of bits that a request's facts become.

use crate::atom::Atom;
use crate::facts::Facts;
use std::collections::HashMap;
use zt_types::{
    Affiliation, Answer, Country, FactKind, Level, Os, Ownership, PasswordState, PostureItem,
};

/// A vector: the first half shared by all applications, the second half one application's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Bits([u64; 4]);

impl Bits {
    pub(crate) const LEN: usize = 256;
    /// How many of them are shared.
    pub(crate) const SHARED: usize = 128;

    pub(crate) fn set(&mut self, bit: u8) {
        if let Some(word) = self.0.get_mut(usize::from(bit) / 64) {
            *word |= 1 << (bit % 64);
        }
    }

    pub(crate) fn get(&self, bit: u8) -> bool {
        let word = self.0.get(usize::from(bit) / 64);
        word.is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    pub(crate) fn nibble(&self, at: usize) -> u64 {
        self.0
            .get(at / 16)
            .map_or(0, |word| word >> (at % 16 * 4) & 15)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        let [a, b, c, d] = self.0;
        let [e, f, g, h] = other.0;
        Self([a | e, b | f, c | g, d | h])
    }

    fn or_if(self, other: Self, holds: bool) -> Self {
        if holds { self.or(other) } else { self }
    }
}

/// Where each atom has its bit, and how the facts' bits are found: by table, not one by one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Vector {
    places: HashMap<Atom, u8>,
    /// By role, affiliation, password and trust.
    person: Vec<Bits>,
    /// By whether enrolled, proven, the company's, and by trust.
    device: Vec<Bits>,
    /// By assurance, client and whether anonymised.
    session: Vec<Bits>,
    person_facts: Vec<(FactKind, Bits)>,
    device_facts: Vec<(FactKind, Bits)>,
    os: Vec<(Os, Bits)>,
    posture: Vec<(PostureItem, [Bits; 3])>,
    os_version: Thresholds,
    antivirus_version: Thresholds,
    client_version: Thresholds,
    /// Of the negative age: what is younger has more.
    age: Thresholds,
    terms: Vec<(u32, Bits)>,
    networks: Vec<(u32, Bits)>,
    countries: Vec<(Option<Country>, Bits)>,
    pub(crate) calendars: Vec<(u32, Bits)>,
    /// The bit that says that she is in a group which the application is for.
    pub(crate) entitled: Option<u8>,
}

/// Numbers that a value is compared with, ascending, each with the bits of all that it is at least.
#[derive(Debug, Clone, Default)]
struct Thresholds(Vec<(i64, Bits)>);

impl Thresholds {
    fn of(atoms: &[(Atom, u8)], bound: impl Fn(Atom) -> Option<i64>) -> Self {
        let mut bounds: Vec<(i64, u8)> = atoms
            .iter()
            .filter_map(|(atom, bit)| Some((bound(*atom)?, *bit)))
            .collect();
        bounds.sort_unstable();
        let mut sum = Bits::default();
        Self(
            bounds
                .into_iter()
                .map(|(bound, bit)| {
                    sum.set(bit);
                    (bound, sum)
                })
                .collect(),
        )
    }

    fn bits(&self, value: i64) -> Bits {
        let reached = self.0.iter().take_while(|(bound, _)| *bound <= value);
        reached.last().map(|(_, bits)| *bits).unwrap_or_default()
    }
}

impl Vector {
    /// Gives bits to atoms: `shared` first, then `own` in the second half. What does not fit has none.
    pub(crate) fn new(shared: &[Atom], own: &[Atom]) -> Self {
        let halves = [(shared, 0), (own, Bits::SHARED)];
        let atoms: Vec<(Atom, u8)> = halves
            .into_iter()
            .flat_map(|(atoms, from)| atoms.iter().copied().zip(from..from + Bits::SHARED))
            .filter_map(|(atom, bit)| Some((atom, u8::try_from(bit).ok()?)))
            .collect();
        let bits_where = |holds: &dyn Fn(Atom) -> bool| bits_where(&atoms, holds);
        let keyed = |key: &dyn Fn(Atom) -> bool| {
            let bits = bits_where(key);
            (bits != Bits::default()).then_some(bits)
        };
        let places: HashMap<Atom, u8> = atoms.iter().copied().collect();
        let entitled = places.get(&Atom::Entitled).copied();
        let numbers = |number: &dyn Fn(Atom) -> Option<u32>| -> Vec<(u32, Bits)> {
            atoms
                .iter()
                .filter_map(|(atom, bit)| {
                    let mut bits = Bits::default();
                    bits.set(*bit);
                    Some((number(*atom)?, bits))
                })
                .collect()
        };
        let posture = PostureItem::ALL.iter().filter_map(|item| {
            let at = |is: Answer| {
                bits_where(
                    &|atom| matches!(atom, Atom::Posture(of, least) if of == *item && is >= least),
                )
            };
            let table = Answer::ALL.map(at);
            table
                .iter()
                .any(|bits| *bits != Bits::default())
                .then_some((*item, table))
        });
        Self {
            places,
            entitled,
            person: person_table(&atoms),
            device: device_table(&atoms),
            session: session_table(&atoms),
            person_facts: FactKind::ALL
                .into_iter()
                .filter_map(|kind| Some((kind, keyed(&|atom| atom == Atom::PersonFact(kind))?)))
                .collect(),
            device_facts: FactKind::ALL
                .into_iter()
                .filter_map(|kind| Some((kind, keyed(&|atom| atom == Atom::DeviceFact(kind))?)))
                .collect(),
            os: Os::ALL
                .iter()
                .filter_map(|os| Some((*os, keyed(&|atom| atom == Atom::Os(*os))?)))
                .collect(),
            posture: posture.collect(),
            os_version: Thresholds::of(&atoms, |atom| match atom {
                Atom::OsVersion(version) => Some(version),
                _ => None,
            }),
            antivirus_version: Thresholds::of(&atoms, |atom| match atom {
                Atom::AntivirusVersion(version) => Some(version),
                _ => None,
            }),
            client_version: Thresholds::of(&atoms, |atom| match atom {
                Atom::ClientVersion(version) => Some(version),
                _ => None,
            }),
            age: Thresholds::of(&atoms, |atom| match atom {
                Atom::Age(most) => Some(most.saturating_neg()),
                _ => None,
            }),
            terms: numbers(&|atom| match atom {
                Atom::Terms(terms) => Some(terms),
                _ => None,
            }),
            networks: numbers(&|atom| match atom {
                Atom::Network(network) => Some(network),
                _ => None,
            }),
            calendars: numbers(&|atom| match atom {
                Atom::Calendar(calendar) => Some(calendar),
                _ => None,
            }),
            countries: {
                let mut countries: Vec<_> = atoms
                    .iter()
                    .filter_map(|(atom, bit)| match atom {
                        Atom::Country(country) => {
                            let mut bits = Bits::default();
                            bits.set(*bit);
                            Some((*country, bits))
                        }
                        _ => None,
                    })
                    .collect();
                countries.sort_unstable_by_key(|(country, _)| *country);
                countries
            },
        }
    }

    pub(crate) fn bit(&self, atom: Atom) -> Option<u8> {
        self.places.get(&atom).copied()
    }

    pub(crate) fn atoms(&self) -> impl Iterator<Item = Atom> {
        self.places.keys().copied()
    }

    /// The bits of the facts. Those of the application and of the calendars are added by whoever knows them.
    pub(crate) fn bits(&self, facts: &Facts) -> Bits {
        let table = |table: &[Bits], at: usize| table.get(at).copied().unwrap_or_default();
        let mut bits = table(&self.person, person_place(facts))
            .or(table(&self.device, device_place(facts)))
            .or(table(&self.session, session_place(facts)))
            .or(self.age.bits(facts.age().saturating_neg()))
            .or(self.os_version.bits(facts.os_version))
            .or(self.antivirus_version.bits(facts.antivirus_version))
            .or(self.client_version.bits(facts.client_version));
        for (item, answers) in &self.posture {
            let answer = facts.posture.item(*item) as usize;
            bits = bits.or(answers.get(answer).copied().unwrap_or_default());
        }
        if facts.person_facts.kinds != 0 {
            for (kind, bit) in &self.person_facts {
                bits = bits.or_if(*bit, facts.person_facts.contains(*kind));
            }
        }
        if facts.device_facts.kinds != 0 {
            for (kind, bit) in &self.device_facts {
                bits = bits.or_if(*bit, facts.device_facts.contains(*kind));
            }
        }
        for (os, bit) in &self.os {
            bits = bits.or_if(*bit, facts.os == *os);
        }
        for (terms, bit) in &self.terms {
            bits = bits.or_if(*bit, facts.terms.contains(terms));
        }
        for (network, bit) in &self.networks {
            bits = bits.or_if(*bit, facts.networks.contains(network));
        }
        if let Ok(at) = self
            .countries
            .binary_search_by_key(&facts.country, |(country, _)| *country)
            && let Some((_, bit)) = self.countries.get(at)
        {
            bits = bits.or(*bit);
        }
        bits
    }

    /// The earliest instant after `facts.now` at which the age of the last proof turns a bit.
    pub(crate) fn next_age(&self, facts: &Facts) -> zt_types::Timestamp {
        let age = facts.age();
        let next = self
            .age
            .0
            .iter()
            .map(|(negative, _)| negative.saturating_neg())
            .filter(|most| *most >= age)
            .min();
        match next.and_then(|most| u64::try_from(most).ok()) {
            // Ages are whole seconds: at most 60 is true until 61 have gone.
            Some(most) => facts.proven_at + zt_types::Seconds(most.saturating_add(1)),
            None => zt_types::Timestamp::FAR_FUTURE,
        }
    }
}

const LEVELS: usize = 3;
const CLIENTS: usize = 5;

fn person_place(facts: &Facts) -> usize {
    ((facts.role as usize * 2 + facts.affiliation as usize) * 2 + facts.password as usize) * LEVELS
        + facts.person_trust as usize
}

fn device_place(facts: &Facts) -> usize {
    let company = facts.ownership == Ownership::Company;
    ((usize::from(facts.enrolled) * 2 + usize::from(facts.proven)) * 2 + usize::from(company))
        * LEVELS
        + facts.device_trust as usize
}

fn session_place(facts: &Facts) -> usize {
    let hidden = facts.anonymiser == Answer::Yes;
    (facts.assurance as usize * CLIENTS + facts.client as usize) * 2 + usize::from(hidden)
}

/// The bits of the atoms that hold.
fn bits_where(atoms: &[(Atom, u8)], holds: &dyn Fn(Atom) -> bool) -> Bits {
    let mut bits = Bits::default();
    for (_, bit) in atoms.iter().filter(|(atom, _)| holds(*atom)) {
        bits.set(*bit);
    }
    bits
}

fn person_table(atoms: &[(Atom, u8)]) -> Vec<Bits> {
    let mut table = Vec::new();
    for role in zt_types::Role::ALL {
        for affiliation in [Affiliation::Staff, Affiliation::Guest] {
            for password in [PasswordState::Good, PasswordState::ResetDue] {
                for trust in Level::ALL {
                    table.push(bits_where(atoms, &|atom| match atom {
                        Atom::Role(is) => is == role,
                        Atom::Guest => affiliation == Affiliation::Guest,
                        Atom::ResetDue => password == PasswordState::ResetDue,
                        Atom::PersonTrust(least) => trust >= least,
                        _ => false,
                    }));
                }
            }
        }
    }
    table
}

fn device_table(atoms: &[(Atom, u8)]) -> Vec<Bits> {
    let mut table = Vec::new();
    for enrolled in [false, true] {
        for proven in [false, true] {
            for company in [false, true] {
                for trust in Level::ALL {
                    table.push(bits_where(atoms, &|atom| match atom {
                        Atom::Enrolled => enrolled,
                        Atom::Proven => proven,
                        Atom::CompanyOwned => company,
                        Atom::DeviceTrust(least) => trust >= least,
                        _ => false,
                    }));
                }
            }
        }
    }
    table
}

fn session_table(atoms: &[(Atom, u8)]) -> Vec<Bits> {
    let mut table = Vec::new();
    for assurance in zt_types::Assurance::ALL {
        for client in zt_types::ClientKind::ALL {
            for hidden in [false, true] {
                table.push(bits_where(atoms, &|atom| match atom {
                    Atom::Assurance(least) => assurance >= least,
                    Atom::Client(is) => is == *client,
                    Atom::Anonymiser => hidden,
                    _ => false,
                }));
            }
        }
    }
    table
}
