//! The company in our own words.

use crate::world::{
    ANSWERS, ASSURANCES, Access, CALENDARS, CLIENTS, COUNTRIES, FACTS, GROUPS, ITEMS, LEVELS,
    NETWORKS, SENSITIVITIES, SYSTEMS, TERMS, World, cedar,
};
use anyhow::{Context as _, Result, anyhow};
use std::collections::{BTreeMap, BTreeSet};
use zt_policy::{
    Application, Calendar, CalendarHours, CertificateDemand, Day, DeviceFacts, ManagedBy,
    PersonFacts, PolicyDocument, PolicySet, PolicyState, Register, Request, SessionFacts,
    SessionState, Written,
};
use zt_types::{
    Affiliation, Answer, AppGroupId, AppId, Assurance, CalendarId, Circumstances, ClientKind,
    DeviceEvidence, DeviceId, FactKind, GroupId, Level, NetworkId, NoDevice, OpenFact, Os,
    Ownership, PasswordState, PersonId, PersonState, PolicyId, Posture, PostureItem, Role, Seconds,
    SessionId, TermsId, Text, Timestamp, Trust, TrustReason,
};

fn text(text: &str) -> Text {
    Text {
        ja: text.to_owned(),
        en: text.to_owned(),
    }
}

/// Monday to Friday from one hour to another, in Tokyo: a calendar each for shifts of eight hours.
fn calendar(number: u32) -> Result<Calendar> {
    let from = u16::try_from(number * 3 % 24 * 60)?;
    Ok(Calendar {
        id: CalendarId::new(&format!("c{number}"))?,
        name: text("shift"),
        time_zone: "Asia/Tokyo".to_owned(),
        hours: vec![CalendarHours {
            days: vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri],
            from,
            to: (from + 8 * 60 - 1) % (24 * 60) + 1,
        }],
        days_off: BTreeMap::new(),
        managed_by: ManagedBy::Files,
    })
}

pub(crate) fn register(world: &World) -> Result<Register> {
    let group = |number| GroupId::new(&format!("g{number}"));
    let groups: Result<BTreeMap<_, _>> = (0..GROUPS)
        .map(|number| Ok((group(number)?, vec![])))
        .collect();
    let applications: Result<Vec<Application>> = world
        .apps
        .iter()
        .enumerate()
        .map(|(number, app)| {
            let id = format!("app{number}");
            let app_groups = app.groups.iter();
            Ok(Application {
                id: AppId::new(&id)?,
                name: text(&id),
                description: text(&id),
                owner: "sato.hanako".to_owned(),
                sensitivity: word(&SENSITIVITIES, app.sensitivity)?,
                upstream: Some("http://127.0.0.1:9".to_owned()),
                groups: vec![],
                app_groups: app_groups
                    .map(|group| AppGroupId::new(&format!("a{group}")))
                    .collect::<Result<_, _>>()?,
                certificate: CertificateDemand::Ask,
                review_by: None,
                managed_by: ManagedBy::Files,
            })
        })
        .collect();
    let names: fn(u32, char) -> Vec<String> =
        |count, letter| (0..count).map(|n| format!("{letter}{n}")).collect();
    let networks: Result<BTreeSet<_>> = names(NETWORKS, 'n')
        .iter()
        .map(|network| Ok(NetworkId::new(network)?))
        .collect();
    let terms: Result<BTreeSet<_>> = names(TERMS, 't')
        .iter()
        .map(|terms| Ok(TermsId::new(terms)?))
        .collect();
    Ok(Register {
        applications: applications?,
        groups: groups?,
        networks: networks?,
        calendars: (0..CALENDARS).map(calendar).collect::<Result<_>>()?,
        terms: terms?,
        unreported: BTreeSet::new(),
    })
}

/// Documents of up to 50 policies each.
pub(crate) fn documents(world: &World) -> Result<Vec<PolicyDocument>> {
    let document = |(number, policies): (usize, &[crate::world::Policy])| {
        let cedar: Vec<String> = policies.iter().map(cedar).collect();
        Ok(PolicyDocument {
            id: PolicyId::new(&format!("p{number}"))?,
            title: text("bench"),
            cedar: cedar.join("\n"),
            source: Written::ByHand,
            state: PolicyState::On,
            message: None,
            managed_by: ManagedBy::Files,
            changed_at: now(),
        })
    };
    world
        .written()
        .chunks(20)
        .enumerate()
        .map(document)
        .collect()
}

pub(crate) fn compile(world: &World) -> Result<PolicySet> {
    PolicySet::compile(&documents(world)?, &register(world)?).map_err(|errors| {
        anyhow!(
            "{}",
            errors.first().map(ToString::to_string).unwrap_or_default()
        )
    })
}

/// Friday, 15 January 2027, 17:00 in Tokyo.
pub(crate) const fn now() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

fn word<T: serde::de::DeserializeOwned>(words: &[&str], at: usize) -> Result<T> {
    let word = words.get(at).context("no such word")?;
    Ok(serde_json::from_value(serde_json::Value::from(*word))?)
}

fn trust(level: usize) -> Result<Trust> {
    Ok(Trust {
        level: level_of(level)?,
        reasons: vec![],
        valid_until: Timestamp::FAR_FUTURE,
    })
}

fn level_of(level: usize) -> Result<Level> {
    word(&LEVELS, level)
}

fn open(facts: &[usize]) -> Result<Vec<OpenFact>> {
    facts
        .iter()
        .map(|fact| {
            Ok(OpenFact {
                kind: word::<FactKind>(&FACTS, *fact)?,
                ceiling: Level::Medium,
            })
        })
        .collect()
}

fn bytes(number: u32, kind: u8) -> [u8; 16] {
    let [a, b, c, d] = number.to_be_bytes();
    [kind, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, a, b, c, d]
}

pub(crate) fn device(number: u32) -> DeviceId {
    DeviceId::from_random(bytes(number, 2))
}

pub(crate) fn request(access: &Access) -> Result<Request> {
    let device = device(access.person);
    let version = |major: i64| zt_types::Version::from_integer(major << 48);
    let items: Result<BTreeMap<PostureItem, Answer>> = ITEMS
        .iter()
        .zip(access.posture)
        .map(|(item, answer)| {
            let item = item.replace('_', "-");
            Ok((word(&[&item], 0)?, word(&ANSWERS, answer)?))
        })
        .collect();
    let mut device_trust = trust(access.device_trust)?;
    if !access.proven {
        device_trust.reasons.push(TrustReason::NoDeviceIdentity {
            why: NoDevice::NoCertificate.slug().to_owned(),
        });
    }
    Ok(Request {
        person: PersonFacts {
            id: PersonId::from_random(bytes(access.person, 1)),
            role: if access.administrator {
                Role::Administrator
            } else {
                Role::Member
            },
            state: PersonState::Active,
            affiliation: if access.guest {
                Affiliation::Guest
            } else {
                Affiliation::Staff
            },
            password: if access.reset_due {
                PasswordState::ResetDue
            } else {
                PasswordState::Good
            },
            groups: access
                .groups
                .iter()
                .map(|group| GroupId::new(&format!("g{group}")))
                .collect::<Result<_, _>>()?,
            terms: access
                .terms
                .iter()
                .map(|terms| TermsId::new(&format!("t{terms}")))
                .collect::<Result<_, _>>()?,
            trust: trust(access.trust)?,
            facts: open(&access.facts)?,
            enrolled_devices: 1,
        },
        device: DeviceFacts {
            evidence: if access.proven {
                DeviceEvidence::Proven(device)
            } else {
                DeviceEvidence::Absent(NoDevice::NoCertificate)
            },
            bound: Some(device),
            trust: device_trust,
            facts: open(&access.device_facts)?,
            ownership: if access.company {
                Ownership::Company
            } else {
                Ownership::Personal
            },
            posture: Posture {
                os: word::<Os>(&SYSTEMS, access.system)?,
                os_version: version(access.os_version),
                antivirus_version: version(access.antivirus_version),
                items: items?,
            },
            evidence_until: Timestamp::FAR_FUTURE,
            posture_until: Timestamp::FAR_FUTURE,
        },
        session: SessionFacts {
            id: SessionId::from_random(bytes(access.person, 3)),
            assurance: word::<Assurance>(&ASSURANCES, access.assurance)?,
            authenticated_at: now() - Seconds(u64::try_from(access.age)?),
            expires_at: now() + Seconds::hours(12),
            state: SessionState::Live,
        },
        circumstances: Circumstances {
            client: word::<ClientKind>(&CLIENTS, access.client)?,
            client_version: None,
            networks: access
                .networks
                .iter()
                .map(|network| NetworkId::new(&format!("n{network}")))
                .collect::<Result<_, _>>()?,
            country: Some(
                COUNTRIES
                    .get(access.country)
                    .context("no such country")?
                    .parse()?,
            ),
            anonymiser: if access.anonymiser {
                Answer::Yes
            } else {
                Answer::No
            },
        },
        app: AppId::new(&format!("app{}", access.app))?,
        now: now(),
        facts_version: 1,
    })
}

/// The calendars that it is within.
pub(crate) fn within() -> Vec<u32> {
    let minute = 17 * 60;
    (0..CALENDARS)
        .filter(|number| {
            let from = number * 3 % 24 * 60;
            let to = (from + 8 * 60 - 1) % (24 * 60) + 1;
            if from < to {
                (from..to).contains(&minute)
            } else {
                // The evening before counts, and that was a working day too.
                minute >= from || minute < to
            }
        })
        .collect()
}
