//! The vector of bits that a request's facts become.

use super::bits::Half;
use crate::atom::Atom;
use crate::facts::{Answers, Facts, Open};
use crate::hours::Hours;
use std::collections::HashMap;
use zt_types::{Affiliation, Answer, Country, FactKind, Level, Os, Ownership, PasswordState};

/// Which bits a vector gives out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhichHalf {
    /// Those that all applications share.
    Shared,
    /// Those of one application.
    Own,
}

/// Where each atom has its bit, and how the facts' bits are found: by table, not one by one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Vector {
    places: HashMap<Atom, u8>,
    /// By role, affiliation, password and trust.
    person: Vec<Half>,
    /// By whether enrolled, proven, the company's, and by trust.
    device: Vec<Half>,
    /// By assurance, client and whether anonymised.
    session: Vec<Half>,
    /// By the kinds that are open.
    person_facts: Vec<Half>,
    device_facts: Vec<Half>,
    os: Vec<Half>,
    /// By four answers at a time.
    posture: Vec<Vec<Half>>,
    os_version: Thresholds,
    antivirus_version: Thresholds,
    client_version: Thresholds,
    /// Of the negative age: what is younger has more.
    age: Thresholds,
    /// By number; numbers beyond are asked for by no policy.
    terms: Vec<Half>,
    networks: Vec<Half>,
    calendars: Vec<Half>,
    countries: Countries,
    /// The bit that says that she is in a group which the application is for.
    entitled: Half,
}

/// Numbers that a value is compared with, ascending, and the bits of all that it is at least for each count of them.
#[derive(Debug, Clone, Default)]
struct Thresholds {
    bounds: Vec<i64>,
    bits: Vec<Half>,
}

impl Thresholds {
    fn of(atoms: &Atoms<'_>, bound: impl Fn(Atom) -> Option<i64>) -> Self {
        let mut bounds: Vec<(i64, u8)> = atoms
            .placed()
            .filter_map(|(atom, bit)| Some((bound(atom)?, bit)))
            .collect();
        bounds.sort_unstable();
        let mut sum = Half::default();
        let mut bits = vec![sum];
        for (_, bit) in &bounds {
            sum.set(*bit);
            bits.push(sum);
        }
        Self {
            bounds: bounds.into_iter().map(|(bound, _)| bound).collect(),
            bits,
        }
    }

    /// All are compared: a search would leave it to luck which way it branches.
    fn bits(&self, value: i64) -> Half {
        let reached = |bound: &i64| usize::from(*bound <= value);
        let reached = self.bounds.iter().map(reached).sum();
        row(&self.bits, reached)
    }
}

/// Bits by country.
#[derive(Debug, Clone, Default)]
struct Countries {
    /// Which row, by letters; nothing if no policy names a country.
    places: Vec<u8>,
    /// The first is of every country that no policy names.
    rows: Vec<Half>,
}

impl Countries {
    const LETTERS: usize = 26;

    fn of(atoms: &Atoms<'_>) -> Self {
        let mut countries = Self::default();
        for (atom, bit) in atoms.placed() {
            let Atom::Country(country) = atom else {
                continue;
            };
            if countries.rows.is_empty() {
                countries.places = vec![0; Self::LETTERS * Self::LETTERS + 1];
                countries.rows.push(Half::default());
            }
            let mut bits = Half::default();
            bits.set(bit);
            if let Some(place) = countries.places.get_mut(Self::place(country)) {
                *place = u8::try_from(countries.rows.len()).unwrap_or_default();
                countries.rows.push(bits);
            }
        }
        countries
    }

    /// By its two letters; that it is not known comes last.
    fn place(country: Option<Country>) -> usize {
        let Some(country) = country else {
            return Self::LETTERS * Self::LETTERS;
        };
        let letters = country.as_str().bytes();
        letters.fold(0, |place, letter| {
            place * Self::LETTERS + usize::from(letter.saturating_sub(b'A'))
        })
    }

    fn bits(&self, country: Option<Country>) -> Half {
        let place = self.places.get(Self::place(country)).copied();
        place.map_or(Half::default(), |place| row(&self.rows, place.into()))
    }
}

#[inline]
fn row(table: &[Half], at: usize) -> Half {
    table.get(at).copied().unwrap_or_default()
}

/// Atoms that get the bits of a half, in this order. What does not fit has none.
struct Atoms<'a>(&'a [Atom]);

impl Atoms<'_> {
    fn placed(&self) -> impl Iterator<Item = (Atom, u8)> {
        (0u8..)
            .zip(self.0)
            .take(Half::LEN)
            .map(|(bit, atom)| (*atom, bit))
    }

    /// The bits of the atoms that hold.
    fn bits_where(&self, holds: impl Fn(Atom) -> bool) -> Half {
        let mut bits = Half::default();
        for (_, bit) in self.placed().filter(|(atom, _)| holds(*atom)) {
            bits.set(bit);
        }
        bits
    }

    /// A row for each number that an atom is about.
    fn numbered(&self, number: impl Fn(Atom) -> Option<u32>) -> Vec<Half> {
        let mut rows: Vec<Half> = Vec::new();
        for (atom, bit) in self.placed() {
            let Some(number) = number(atom) else {
                continue;
            };
            let number = number as usize;
            if rows.len() <= number {
                rows.resize(number + 1, Half::default());
            }
            if let Some(row) = rows.get_mut(number) {
                row.set(bit);
            }
        }
        rows
    }
}

impl Vector {
    /// Gives bits to atoms, in the first half or in the second. What does not fit has none.
    pub(crate) fn new(atoms: &[Atom], half: WhichHalf) -> Self {
        let offset = match half {
            WhichHalf::Shared => 0,
            WhichHalf::Own => 128,
        };
        let atoms = Atoms(atoms);
        let asks = |any: fn(&Atom) -> bool| atoms.0.iter().any(any);
        // Tables that nobody asks for are empty.
        let of_byte = |is_asked: bool| (0..=u8::MAX).take(if is_asked { 256 } else { 0 });
        let facts = |is_asked: bool, atom_of: fn(FactKind) -> Atom| {
            of_byte(is_asked)
                .map(|kinds| {
                    let open: Vec<Atom> = Open::among(kinds).map(atom_of).collect();
                    atoms.bits_where(|atom| open.contains(&atom))
                })
                .collect()
        };
        Self {
            places: atoms
                .placed()
                .map(|(atom, bit)| (atom, bit + offset))
                .collect(),
            entitled: atoms.bits_where(|atom| atom == Atom::Entitled),
            person: person_table(&atoms),
            device: device_table(&atoms),
            session: session_table(&atoms),
            person_facts: facts(
                asks(|atom| matches!(atom, Atom::PersonFact(_))),
                Atom::PersonFact,
            ),
            device_facts: facts(
                asks(|atom| matches!(atom, Atom::DeviceFact(_))),
                Atom::DeviceFact,
            ),
            os: Os::ALL
                .iter()
                .map(|os| atoms.bits_where(|atom| atom == Atom::Os(*os)))
                .collect(),
            posture: (0..Answers::QUADS)
                .map(|quad| {
                    of_byte(asks(|atom| matches!(atom, Atom::Posture(..))))
                        .map(|answers| {
                            atoms.bits_where(|atom| match atom {
                                Atom::Posture(item, least) => {
                                    let answer = Answers::in_quad(quad, answers, item);
                                    answer.is_some_and(|answer| answer >= least)
                                }
                                _ => false,
                            })
                        })
                        .collect()
                })
                .collect(),
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
            terms: atoms.numbered(|atom| match atom {
                Atom::Terms(terms) => Some(terms),
                _ => None,
            }),
            networks: atoms.numbered(|atom| match atom {
                Atom::Network(network) => Some(network),
                _ => None,
            }),
            calendars: atoms.numbered(|atom| match atom {
                Atom::Calendar(calendar) => Some(calendar),
                _ => None,
            }),
            countries: Countries::of(&atoms),
        }
    }

    pub(crate) fn bit(&self, atom: Atom) -> Option<u8> {
        self.places.get(&atom).copied()
    }

    pub(crate) fn atoms(&self) -> impl Iterator<Item = Atom> {
        self.places.keys().copied()
    }

    /// The bits of the facts at a time of the week, for an application that is for these groups. Those of the
    /// application alone are added by whoever knows them.
    pub(crate) fn bits(&self, facts: &Facts, hours: &Hours, groups: &[u32]) -> Half {
        let mut bits = row(&self.person, person_place(facts))
            .or(row(&self.device, device_place(facts)))
            .or(row(&self.session, session_place(facts)))
            .or(row(&self.person_facts, facts.person_facts.kinds.into()))
            .or(row(&self.device_facts, facts.device_facts.kinds.into()))
            .or(row(&self.os, facts.os as usize))
            .or(self.age.bits(facts.age().saturating_neg()))
            .or(self.os_version.bits(facts.os_version))
            .or(self.antivirus_version.bits(facts.antivirus_version))
            .or(self.client_version.bits(facts.client_version));
        for (quad, table) in self.posture.iter().enumerate() {
            bits = bits.or(row(table, facts.posture.quad(quad).into()));
        }
        bits = bits
            .or(self.countries.bits(facts.country))
            .or(numbered(&self.terms, facts.terms.iter()))
            .or(numbered(&self.networks, facts.networks.iter()))
            .or(numbered(&self.calendars, hours.within.iter().copied()));
        if groups.iter().any(|group| facts.members.contains(*group)) {
            bits = bits.or(self.entitled);
        }
        bits
    }

    /// The earliest instant after `facts.now` at which the age of the last proof turns a bit.
    pub(crate) fn next_age(&self, facts: &Facts) -> zt_types::Timestamp {
        let age = facts.age();
        let next = self
            .age
            .bounds
            .iter()
            .map(|negative| negative.saturating_neg())
            .filter(|most| *most >= age)
            .min();
        match next.and_then(|most| u64::try_from(most).ok()) {
            // Ages are whole seconds: at most 60 is true until 61 have gone.
            Some(most) => facts.proven_at + zt_types::Seconds(most.saturating_add(1)),
            None => zt_types::Timestamp::FAR_FUTURE,
        }
    }
}

fn numbered(table: &[Half], numbers: impl Iterator<Item = u32>) -> Half {
    if table.is_empty() {
        return Half::default();
    }
    numbers.fold(Half::default(), |bits, number| {
        bits.or(row(table, number as usize))
    })
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

fn person_table(atoms: &Atoms<'_>) -> Vec<Half> {
    let mut table = Vec::new();
    for role in zt_types::Role::ALL {
        for affiliation in [Affiliation::Staff, Affiliation::Guest] {
            for password in [PasswordState::Good, PasswordState::ResetDue] {
                for trust in Level::ALL {
                    table.push(atoms.bits_where(|atom| match atom {
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

fn device_table(atoms: &Atoms<'_>) -> Vec<Half> {
    let mut table = Vec::new();
    for enrolled in [false, true] {
        for proven in [false, true] {
            for company in [false, true] {
                for trust in Level::ALL {
                    table.push(atoms.bits_where(|atom| match atom {
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

fn session_table(atoms: &Atoms<'_>) -> Vec<Half> {
    let mut table = Vec::new();
    for assurance in zt_types::Assurance::ALL {
        for client in zt_types::ClientKind::ALL {
            for hidden in [false, true] {
                table.push(atoms.bits_where(|atom| match atom {
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
