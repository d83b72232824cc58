//! What is unlike somebody's habits about a sign-in: a fold over her earlier ones.
//!
//! No source can be registered as [`OWN_SOURCE`], the owner of what is found here.
//!
//! | doubt | when | severity |
//! |---|---|---|
//! | impossible travel | more than 500 km from the sign-in before, at more than 1,000 km/h | medium |
//! | unfamiliar place | a country she never came from, after at least 5 sign-ins from known countries | medium |
//! | unusual time | no sign-in within two hours of this time of the day, after at least 10 on at least 5 days | low |
//!
//! Times of the day are compared with her own earlier ones, so no time zone is needed. A sign-in with a factor that cannot be
//! relayed raises no doubt that such a proof answers (see [`zt_types::FactKind::is_cleared_by`]): whoever holds her passkey is
//! she. A weaker proof made in the same minute is part of what is doubted.

use crate::place::Coordinates;
use crate::{Fact, FactKey, Severity};
use std::collections::BTreeSet;
use std::net::IpAddr;
use zt_types::{
    ClearingStep, Country, FactKind, IdError, OWN_SOURCE, PersonId, SessionId, SourceId, Subject,
    Timestamp,
};

#[cfg(test)]
mod tests;

/// Kilometres that the tables of places may be wrong by.
const NEAR: f64 = 500.0;
/// Kilometres per hour that nobody travels at.
const FASTEST: f64 = 1_000.0;
/// Sign-ins from known countries before another one is worth a word.
const ENOUGH_PLACES: u32 = 5;
/// Sign-ins, and days with one, before a time of the day is worth a word.
const ENOUGH_TIMES: u32 = 10;
const ENOUGH_DAYS: usize = 5;
const HOURS: usize = 24;
const DAY: i64 = 86_400;
/// Stands between the kind of a doubt and the session, in the fact's uid.
const BETWEEN: char = '/';

/// One sign-in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignInSeen {
    /// When.
    pub at: Timestamp,
    /// From which country, if that is known.
    pub country: Option<Country>,
    /// From which side.
    pub reach: Reach,
    /// From where about, if that is known.
    pub coordinates: Option<Coordinates>,
}

/// On which side of the company's own networks an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// One that is not routed on the internet: this machine's, or a private network's. It has no country.
    Inside,
    /// Any other.
    Outside,
}

impl Reach {
    /// Of an address, by the registries of special-purpose addresses (RFC 6890, RFC 6598, RFC 4193).
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        let inside = match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [first, second, ..] = v4.octets();
                let is_shared = first == 100 && (64..128).contains(&second);
                v4.is_loopback() || v4.is_private() || v4.is_link_local() || is_shared
            }
            IpAddr::V6(v6) => {
                v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
            }
        };
        if inside { Self::Inside } else { Self::Outside }
    }
}

/// What somebody's sign-ins were like so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Habits {
    /// The last one of which it is known from where it came: what is not known must not hide it.
    last_placed: Option<SignInSeen>,
    countries: BTreeSet<Country>,
    placed: u32,
    /// From outside, and no table knew from where.
    unplaced: u32,
    timed: u32,
    days: BTreeSet<i64>,
    hours: [u32; HOURS],
}

/// What is unlike her about a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// What kind of thing.
    pub kind: FactKind,
    /// How bad.
    pub severity: Severity,
    /// On what it rests, in figures.
    pub evidence: String,
}

impl Habits {
    /// The habits after one more sign-in. They are taken in the order in which they happened.
    #[must_use]
    pub fn after(mut self, seen: &SignInSeen) -> Self {
        if let Some(country) = seen.country {
            self.countries.insert(country);
            self.placed += 1;
        } else if seen.reach == Reach::Outside {
            self.unplaced += 1;
        }
        if let Some(count) = self.hours.get_mut(hour(seen.at)) {
            *count += 1;
        }
        self.timed += 1;
        self.days.insert(seen.at.as_seconds().div_euclid(DAY));
        if seen.coordinates.is_some() {
            self.last_placed = Some(*seen);
        }
        self
    }

    /// What is unlike them about a sign-in that was made with `proof`, if it was a strong one.
    #[must_use]
    pub fn doubts(&self, seen: &SignInSeen, proof: Option<ClearingStep>) -> Vec<Doubt> {
        [self.travel(seen), self.place(seen), self.time(seen)]
            .into_iter()
            .flatten()
            .filter(|doubt| {
                proof != Some(ClearingStep::PhishingResistant)
                    || !doubt.kind.is_cleared_by(ClearingStep::PhishingResistant)
            })
            .collect()
    }

    fn travel(&self, seen: &SignInSeen) -> Option<Doubt> {
        let last = self.last_placed?;
        let (from, to) = (last.coordinates?, seen.coordinates?);
        let kilometres = from.kilometres_to(to);
        let seconds = seen.at.since(last.at).0;
        // Exact for every time between two sign-ins of one person.
        let hours = u32::try_from(seconds).map_or(f64::INFINITY, f64::from) / 3600.0;
        let country = |country: Option<Country>| {
            country.map_or_else(|| "?".to_owned(), |country| country.to_string())
        };
        (kilometres > NEAR && kilometres > FASTEST * hours).then(|| Doubt {
            kind: FactKind::ImpossibleTravel,
            severity: Severity::Medium,
            evidence: format!(
                "{} ({from}) → {} ({to}): {kilometres:.0} km, {} min",
                country(last.country),
                country(seen.country),
                seconds / 60
            ),
        })
    }

    fn place(&self, seen: &SignInSeen) -> Option<Doubt> {
        let is_new = match (seen.country, seen.reach) {
            (Some(country), _) => !self.countries.contains(&country),
            // What is not known is not familiar, unless she came like this before.
            (None, Reach::Outside) => self.unplaced == 0,
            (None, Reach::Inside) => false,
        };
        let country = seen.country;
        let country = country.map_or_else(|| "?".to_owned(), |country| country.to_string());
        (is_new && self.placed >= ENOUGH_PLACES).then(|| {
            let known: Vec<&str> = self.countries.iter().map(Country::as_str).collect();
            Doubt {
                kind: FactKind::UnfamiliarPlace,
                severity: Severity::Medium,
                evidence: format!("{country}; {}: {}", known.join(" "), self.placed),
            }
        })
    }

    fn time(&self, seen: &SignInSeen) -> Option<Doubt> {
        if self.timed < ENOUGH_TIMES || self.days.len() < ENOUGH_DAYS {
            return None;
        }
        let now = hour(seen.at);
        let near = |hour: usize| {
            let apart = hour.abs_diff(now);
            apart.min(HOURS - apart) <= 2
        };
        let counts = || self.hours.iter().enumerate();
        if counts().any(|(hour, count)| *count > 0 && near(hour)) {
            return None;
        }
        let usual: Vec<String> = counts()
            .filter(|(_, count)| **count > 0)
            .map(|(hour, _)| format!("{hour:02}"))
            .collect();
        Some(Doubt {
            kind: FactKind::UnusualTime,
            severity: Severity::Low,
            evidence: format!("{now:02}h UTC; {}: {}", usual.join(" "), self.timed),
        })
    }
}

/// The session whose sign-in a fact is a doubt about, if it is one of ours.
#[must_use]
pub fn doubted_session(fact: &Fact) -> Option<SessionId> {
    let is_ours = fact.key.source.as_str() == OWN_SOURCE;
    let (_, session) = fact.key.uid.rsplit_once(BETWEEN).filter(|_| is_ours)?;
    session.parse().ok()
}

/// The hour of the day, UTC.
fn hour(at: Timestamp) -> usize {
    let hour = at.as_seconds().rem_euclid(DAY) / 3600;
    usize::try_from(hour).unwrap_or(0)
}

impl Doubt {
    /// The doubt about the sign-in that began `session`, as a fact about her: nobody knows which of her sessions is hers
    /// until she proves it.
    ///
    /// # Errors
    /// Never: [`OWN_SOURCE`] is an id.
    pub fn fact(
        &self,
        person: PersonId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Fact, IdError> {
        Ok(Fact {
            key: FactKey {
                source: SourceId::new(OWN_SOURCE)?,
                uid: format!("{}{BETWEEN}{session}", self.kind.as_str()),
                subject: Subject::Person(person),
            },
            kind: self.kind,
            severity: self.severity,
            title: self.evidence.clone(),
            observed_at: now,
            last_word_at: now,
            recorded_at: now,
            cleared_at: None,
        })
    }
}
