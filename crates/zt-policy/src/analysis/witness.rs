//! From a box to an access in it.

use super::Search;
use super::region::{Domains, Region, Thing};
use crate::numbering::Member;
use crate::{DeviceFacts, PersonFacts, Request, SessionFacts, SessionState};
use std::str::FromStr;
use zt_types::{
    Affiliation, Answer, Assurance, Circumstances, ClientKind, Country, DeviceEvidence, DeviceId,
    FactKind, GroupId, Level, NoDevice, OpenFact, Os, Ownership, PasswordState, PersonId,
    PersonState, Posture, PostureItem, Role, Seconds, SessionId, Timestamp, Trust, TrustReason,
    Version,
};

/// So far ahead a moment is looked for at which the hours are as they must be: five weeks, a quarter of an hour at a time.
const MOMENTS: u64 = 5 * 7 * 24 * 4;

/// The largest value of a thing that is in the box: the safest, the newest, the latest.
fn highest(region: &Region, domains: &Domains, thing: &Thing) -> usize {
    let values = region.0.get(thing).copied().unwrap_or(u64::MAX) & domains.all(thing);
    values.checked_ilog2().unwrap_or(0) as usize
}

fn lowest(region: &Region, domains: &Domains, thing: &Thing) -> usize {
    let values = region.0.get(thing).copied().unwrap_or(u64::MAX) & domains.all(thing);
    values.trailing_zeros() as usize % 64
}

/// Whether a thing that may be either way must be so.
fn must(region: &Region, thing: &Thing) -> bool {
    region.0.get(thing).is_some_and(|values| values & 3 == 2)
}

fn must_not(region: &Region, thing: &Thing) -> bool {
    region.0.get(thing).is_some_and(|values| values & 3 == 1)
}

/// An access in the box, as safe as it can be; `None` if there is no moment with such hours.
pub(super) fn request(search: &Search<'_>, region: &Region) -> Option<Request> {
    let domains = search.domains;
    let high = |thing: &Thing| highest(region, domains, thing);
    let now = moment(search, region)?;
    let member = |wanted: fn(&Member) -> bool| {
        let things = region.0.iter().filter(|(thing, _)| must(region, thing));
        things.filter_map(move |(thing, _)| match thing {
            Thing::Member(member) if wanted(member) => Some(member),
            _ => None,
        })
    };
    let groups: Vec<GroupId> = member(|member| matches!(member, Member::Group(_)))
        .filter_map(|member| match member {
            Member::Group(group) => Some(group.clone()),
            Member::Person(_) => None,
        })
        .collect();
    let named = member(|member| matches!(member, Member::Person(_))).find_map(|m| match m {
        Member::Person(person) => Some(*person),
        Member::Group(_) => None,
    });
    let trust_of = |thing: &Thing| Level::ALL.get(high(thing)).copied();
    let facts_of = |thing: fn(FactKind) -> Thing| -> Vec<OpenFact> {
        let kinds = FactKind::ALL.into_iter();
        kinds
            .filter(|kind| must(region, &thing(*kind)))
            .map(|kind| OpenFact {
                kind,
                // What it does to trust is said by the trust.
                ceiling: Level::High,
            })
            .collect()
    };
    let proven = !must_not(region, &Thing::Proven) && !must_not(region, &Thing::Enrolled);
    let enrolled = proven || !must_not(region, &Thing::Enrolled);
    let device = DeviceId::from_random([2; 16]);
    let mut device_trust = trust_of(&Thing::DeviceTrust)?;
    if !proven {
        device_trust = device_trust.min(Level::Medium);
    }
    // An administrator only where the box leaves out members.
    let is_member = region
        .0
        .get(&Thing::Role)
        .is_none_or(|values| values & 1 == 1);
    let role = if is_member {
        Role::Member
    } else {
        Role::Administrator
    };
    let client = region.0.get(&Thing::Client);
    let country = domains
        .countries
        .get(lowest(region, domains, &Thing::Country));
    let version = |thing: &Thing| number(region, domains, thing).and_then(Version::from_integer);
    let posture = PostureItem::ALL.iter().filter_map(|item| {
        let answer = Answer::ALL.get(high(&Thing::Posture(*item)))?;
        Some((*item, *answer))
    });
    let evidence = if proven {
        DeviceEvidence::Proven(device)
    } else {
        DeviceEvidence::Absent(NoDevice::NoCertificate)
    };
    Some(Request {
        person: PersonFacts {
            id: named.unwrap_or_else(|| PersonId::from_random([1; 16])),
            role,
            state: PersonState::Active,
            affiliation: if must(region, &Thing::Guest) {
                Affiliation::Guest
            } else {
                Affiliation::Staff
            },
            password: if must(region, &Thing::ResetDue) {
                PasswordState::ResetDue
            } else {
                PasswordState::Good
            },
            groups,
            terms: region
                .0
                .keys()
                .filter_map(|thing| match thing {
                    Thing::Terms(terms) if must(region, thing) => Some(terms.clone()),
                    _ => None,
                })
                .collect(),
            trust: trust(trust_of(&Thing::PersonTrust)?),
            facts: facts_of(Thing::PersonFact),
            enrolled_devices: u32::from(enrolled),
        },
        device: DeviceFacts {
            evidence,
            bound: enrolled.then_some(device),
            trust: trust(device_trust),
            facts: facts_of(Thing::DeviceFact),
            ownership: if must_not(region, &Thing::CompanyOwned) {
                Ownership::Personal
            } else {
                Ownership::Company
            },
            posture: Posture {
                os: *Os::ALL.get(lowest(region, domains, &Thing::Os))?,
                os_version: version(&Thing::OsVersion),
                antivirus_version: version(&Thing::AntivirusVersion),
                items: posture.collect(),
            },
            posture_until: Timestamp::FAR_FUTURE,
            evidence_until: Timestamp::FAR_FUTURE,
        },
        session: SessionFacts {
            id: SessionId::from_random([3; 16]),
            assurance: *Assurance::ALL.get(high(&Thing::Assurance))?,
            authenticated_at: now - Seconds(age(region, domains)),
            expires_at: Timestamp::FAR_FUTURE,
            state: SessionState::Live,
        },
        circumstances: Circumstances {
            client: match client {
                Some(_) => *ClientKind::ALL.get(lowest(region, domains, &Thing::Client))?,
                None => Circumstances::default().client,
            },
            client_version: version(&Thing::ClientVersion),
            networks: region
                .0
                .keys()
                .filter_map(|thing| match thing {
                    Thing::Network(network) if must(region, thing) => Some(network.clone()),
                    _ => None,
                })
                .collect(),
            country: match country {
                Some(country) => *country,
                // None of those that the policies name.
                None => ["XZ", "XX"].iter().find_map(|code| {
                    let country = Country::from_str(code).ok()?;
                    (!domains.countries.contains(&Some(country))).then_some(country)
                }),
            },
            anonymiser: if must(region, &Thing::Anonymiser) {
                Answer::Yes
            } else {
                Answer::No
            },
        },
        app: search.app.clone(),
        now,
        facts_version: 0,
    })
}

fn trust(level: Level) -> Trust {
    Trust {
        level,
        reasons: if level == Level::High {
            Vec::new()
        } else {
            vec![TrustReason::MissingEvidence {
                what: "made-up".to_owned(),
            }]
        },
        valid_until: Timestamp::FAR_FUTURE,
    }
}

/// A version in the box.
fn number(region: &Region, domains: &Domains, thing: &Thing) -> Option<i64> {
    let at = highest(region, domains, thing).checked_sub(1)?;
    domains.numbers.get(thing)?.get(at).copied()
}

/// The youngest age in the box, in seconds.
fn age(region: &Region, domains: &Domains) -> u64 {
    let at = lowest(region, domains, &Thing::Age);
    let known = domains.numbers.get(&Thing::Age);
    let after = at.checked_sub(1).and_then(|at| known?.get(at).copied());
    after.map_or(0, |after| {
        u64::try_from(after.saturating_add(1)).unwrap_or(0)
    })
}

/// A moment at which it is within and outside of the calendars that the box names.
fn moment(search: &Search<'_>, region: &Region) -> Option<Timestamp> {
    let named: Vec<_> = region
        .0
        .keys()
        .filter_map(|thing| match thing {
            Thing::Calendar(calendar) => Some((thing, calendar)),
            _ => None,
        })
        .collect();
    let fits = |at: Timestamp| {
        let sets = [search.in_force, search.proposed];
        sets.iter().all(|set| {
            let hours = set.hours(at);
            named.iter().all(|(thing, calendar)| {
                let number = set.numbering.calendars.number(calendar);
                let within = number.is_some_and(|number| hours.within.contains(&number));
                if within {
                    !must_not(region, thing)
                } else {
                    !must(region, thing)
                }
            })
        })
    };
    (0..MOMENTS)
        .map(|quarter| search.now + Seconds::minutes(15 * quarter))
        .find(|at| fits(*at))
}

/// What the box says, in the words of the policies' language.
pub(super) fn because(region: &Region, domains: &Domains) -> Vec<String> {
    let mut lines = Vec::new();
    for (thing, values) in &region.0 {
        let values = values & domains.all(thing);
        if values == domains.all(thing) {
            continue;
        }
        let yes = values == 2;
        let some = |names: Vec<String>| {
            let kept = names.into_iter().enumerate();
            let kept = kept.filter(|(at, _)| values >> at & 1 == 1);
            kept.map(|(_, name)| name).collect::<Vec<_>>().join(" | ")
        };
        let flag = |name: String| if yes { name } else { format!("!{name}") };
        let levels = || some(Level::ALL.iter().map(|l| l.as_str().to_owned()).collect());
        lines.push(match thing {
            Thing::Role => format!(
                "principal.role: {}",
                some(vec!["member".to_owned(), "administrator".to_owned()])
            ),
            Thing::Guest => flag("principal.guest".to_owned()),
            Thing::PersonTrust => format!("principal.trust: {}", levels()),
            Thing::PersonFact(kind) => flag(format!("principal.facts.contains({})", kind.as_str())),
            Thing::ResetDue => flag("principal.reset_due".to_owned()),
            Thing::Terms(terms) => flag(format!("principal.terms.contains({terms})")),
            Thing::Member(Member::Group(group)) => {
                format!("principal {} {group}", if yes { "in" } else { "not in" })
            }
            Thing::Member(Member::Person(person)) => {
                format!("principal {} {person}", if yes { "==" } else { "!=" })
            }
            Thing::Enrolled => flag("context.device.enrolled".to_owned()),
            Thing::Proven => flag("context.device.proven".to_owned()),
            Thing::CompanyOwned => flag("context.device.company_owned".to_owned()),
            Thing::DeviceTrust => format!("context.device.trust: {}", levels()),
            Thing::DeviceFact(kind) => {
                flag(format!("context.device.facts.contains({})", kind.as_str()))
            }
            Thing::Os => {
                let names = Os::ALL.iter().map(|os| os.as_str().to_owned());
                format!("context.device.os: {}", some(names.collect()))
            }
            Thing::OsVersion => versions("context.device.os_version", thing, values, domains),
            Thing::AntivirusVersion => {
                versions("context.device.antivirus_version", thing, values, domains)
            }
            Thing::ClientVersion => versions("context.client.version", thing, values, domains),
            Thing::Posture(item) => {
                let names = Answer::ALL.iter().map(|answer| answer.as_str().to_owned());
                let name = item.as_str().replace('-', "_");
                format!("context.device.{name}: {}", some(names.collect()))
            }
            Thing::Assurance => {
                let names = Assurance::ALL.iter().map(|a| a.as_str().to_owned());
                format!("context.session.assurance: {}", some(names.collect()))
            }
            Thing::Age => format!("context.session.age: {} s", age(region, domains)),
            Thing::Client => {
                let names = ClientKind::ALL.iter().map(|kind| kind.as_str().to_owned());
                format!("context.client.kind: {}", some(names.collect()))
            }
            Thing::Network(network) => flag(format!("context.network.names.contains({network})")),
            Thing::Country => {
                let known = domains.countries.iter();
                let known = known.map(|c| c.map_or("unknown".to_owned(), |c| c.to_string()));
                let names = known.chain(["another".to_owned()]).collect();
                format!("context.network.country: {}", some(names))
            }
            Thing::Anonymiser => flag("context.network.anonymiser".to_owned()),
            Thing::Calendar(calendar) => flag(format!("context.calendars.contains({calendar})")),
        });
    }
    lines
}

fn versions(name: &str, thing: &Thing, values: u64, domains: &Domains) -> String {
    let known = domains
        .numbers
        .get(thing)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let edge = |at: usize| {
        let number = at.checked_sub(1).and_then(|at| known.get(at).copied());
        number
            .and_then(Version::from_integer)
            .map_or("unknown".to_owned(), |version| version.to_string())
    };
    let (low, high) = (
        values.trailing_zeros() as usize,
        values.checked_ilog2().unwrap_or(0) as usize,
    );
    match (low, known.len() == high) {
        (0, _) => format!("{name} < {}", edge(high + 1)),
        (low, true) => format!("{name} >= {}", edge(low)),
        (low, false) => format!("{name} >= {} && {name} < {}", edge(low), edge(high + 1)),
    }
}
