//! Some weeks of accesses that nobody made: so that a change of policies has something to be tried on.
//!
//! The requests are made up, from a seed; what is decided about them is decided by the engine under the policies in force,
//! and kept as what it is: each record says that it is a sample.

use super::chance::Chance;
use zt_events::{Actor, Event, FORMAT, Origin};
use zt_identity::{Person, PersonState, Role};
use zt_live::Live;
use zt_policy::{
    DeviceFacts, PersonFacts, PolicySet, Register, Request, SessionFacts, SessionState,
};
use zt_store::{Change, Deciding, Plan};
use zt_types::{
    Answer, AppId, Assurance, Circumstances, ClientKind, Country, DecisionId, DeviceEvidence,
    DeviceId, EventId, FactKind, GroupId, Level, NetworkId, NoDevice, OpenFact, Os, Ownership,
    PasswordState, Posture, PostureItem, Seconds, SessionId, Timestamp, Trust, TrustReason,
};

/// The setting that says that they are there.
const MARK: &str = "demo/sample-accesses";
const DAYS: u64 = 28;
/// Where a day begins at midnight, as seconds before UTC's.
const JAPAN: u64 = 9 * 3600;

/// Makes them, unless they are there already. Returns how many.
pub(crate) async fn make(live: &Live) -> anyhow::Result<usize> {
    if live.read(|state| state.settings.contains_key(MARK)) {
        return Ok(0);
    }
    let unreported = live.unreported();
    let (people, register) = live.read(|state| {
        let files = zt_identity::ManagedBy::Files;
        let people: Vec<Person> = state
            .people
            .values()
            .filter(|person| person.managed_by == files && person.state == PersonState::Active)
            .cloned()
            .collect();
        (people, Deciding::of(state).register(&unreported))
    });
    let policies = live.policies();
    let today = live.clock().now();
    let mut chance = Chance::seeded(0x59a7_05e1_c0ff_ee00);
    let mut company = Company {
        people,
        register: &register,
        policies: &policies,
        chance: &mut chance,
    };
    let mut events = Vec::new();
    for days_ago in (1..=DAYS).rev() {
        company.day(midnight(today - Seconds::days(days_ago)), &mut events);
    }
    for event in &mut events {
        event.id = EventId::from_random(live.entropy().bytes());
    }
    let made = events.len();
    let mark = Change::PutSetting {
        name: MARK.to_owned(),
        value: made.to_string().into_bytes(),
    };
    live.commit(Plan::new(vec![mark], events)).await?;
    Ok(made)
}

/// The last midnight in Japan before `at`.
fn midnight(at: Timestamp) -> Timestamp {
    let local = at + Seconds(JAPAN);
    let into_day = local.as_seconds().rem_euclid(86_400).unsigned_abs();
    Timestamp::from_seconds(at.as_seconds()) - Seconds(into_day)
}

/// How somebody works.
#[derive(Clone, Copy)]
struct Habit {
    /// In thousandths: a day at the weekend is a day of work.
    weekends: u64,
    /// In thousandths: an access is made in the evening or at night.
    late: u64,
    /// In thousandths: from a device of her own.
    own_device: u64,
    /// In thousandths: with a password alone.
    password_only: u64,
}

struct Company<'a> {
    people: Vec<Person>,
    register: &'a Register,
    policies: &'a PolicySet,
    chance: &'a mut Chance,
}

impl Company<'_> {
    fn day(&mut self, midnight: Timestamp, events: &mut Vec<Event>) {
        // 1970-01-01 was a Thursday.
        let day = (midnight + Seconds(JAPAN)).as_seconds().div_euclid(86_400);
        let weekend = matches!((day + 3).rem_euclid(7), 5 | 6);
        for person in self.people.clone() {
            let contractor = person
                .groups
                .iter()
                .any(|group| group.as_str() == "contractors");
            let habit = if contractor {
                Habit {
                    weekends: 250,
                    late: 300,
                    own_device: 550,
                    password_only: 60,
                }
            } else {
                Habit {
                    weekends: if person.role == Role::Administrator {
                        150
                    } else {
                        30
                    },
                    late: 70,
                    own_device: 80,
                    password_only: 40,
                }
            };
            if weekend && !self.chance.so_often(habit.weekends) {
                continue;
            }
            let mut today = Vec::new();
            for _ in 0..self.chance.below(5) + 2 {
                today.extend(self.access(&person, habit, midnight));
            }
            today.sort_by_key(|event: &Event| event.at);
            events.append(&mut today);
        }
        events.sort_by_key(|event| event.at);
    }

    /// An access of somebody, decided.
    fn access(&mut self, person: &Person, habit: Habit, midnight: Timestamp) -> Option<Event> {
        let apps = ["wiki", "chat", "status", "chat", "portal"];
        let mut app = *apps.get(usize::try_from(self.chance.below(5)).ok()?)?;
        if person.role == Role::Administrator && self.chance.so_often(200) {
            app = "console";
        }
        let minute = if self.chance.so_often(habit.late) {
            (17 * 60 + 40) + self.chance.below(6 * 60)
        } else {
            (9 * 60) + self.chance.below(8 * 60 + 25)
        };
        let at = midnight + Seconds(minute * 60 + self.chance.below(60));
        let request = self.request(person, habit, AppId::new(app).ok()?, at);
        let decision = self.policies.decide(&request);
        let id = DecisionId::from_random(self.chance.bytes());
        Some(Event {
            v: FORMAT,
            // Given when all of them are there.
            id: EventId::from_random([0; 16]),
            at,
            actor: Actor::Person(person.id),
            body: zt_store::decided(id, &decision, Origin::Sample),
        })
    }

    fn request(&mut self, person: &Person, habit: Habit, app: AppId, now: Timestamp) -> Request {
        let own = self.chance.so_often(habit.own_device);
        let night = self.chance.so_often(12);
        let groups = person.groups.iter();
        let closed = groups.flat_map(|group| self.register.closure(group));
        let groups: std::collections::BTreeSet<GroupId> = closed.collect();
        let assurance = match self.chance.below(1000) {
            draw if draw < habit.password_only => Assurance::Password,
            draw if draw < 750 => Assurance::Mfa,
            _ => Assurance::PhishingResistant,
        };
        let device = self.device(person, own);
        Request {
            person: PersonFacts {
                id: person.id,
                role: person.role,
                state: PersonState::Active,
                affiliation: person.affiliation,
                password: PasswordState::Good,
                groups: groups.into_iter().collect(),
                terms: Vec::new(),
                trust: if night {
                    doubted(FactKind::UnusualTime, now)
                } else {
                    trusted()
                },
                facts: if night {
                    vec![OpenFact {
                        kind: FactKind::UnusualTime,
                        ceiling: Level::Medium,
                    }]
                } else {
                    Vec::new()
                },
                enrolled_devices: 1,
            },
            device,
            session: SessionFacts {
                id: SessionId::from_random(self.chance.bytes()),
                assurance,
                authenticated_at: now - Seconds::minutes(self.chance.below(240)),
                expires_at: now + Seconds::hours(8),
                state: SessionState::Live,
            },
            circumstances: Circumstances {
                client: ClientKind::Browser,
                client_version: None,
                networks: if own || self.chance.so_often(300) {
                    Vec::new()
                } else {
                    let known = NetworkId::new("head-office").ok();
                    known
                        .filter(|network| self.register.networks.contains(network))
                        .into_iter()
                        .collect()
                },
                country: "JP".parse::<Country>().ok(),
                anonymiser: Answer::No,
            },
            app,
            now,
            facts_version: 0,
        }
    }

    fn device(&mut self, person: &Person, own: bool) -> DeviceFacts {
        let mut bytes = [0; 16];
        let of_person = person.id.as_bytes().iter();
        bytes
            .iter_mut()
            .zip(of_person)
            .for_each(|(to, from)| *to = *from);
        if let Some(last) = bytes.last_mut() {
            *last ^= u8::from(own);
        }
        let id = DeviceId::from_random(bytes);
        let old = self.chance.so_often(if own { 300 } else { 50 });
        let version = |text: &str| text.parse().ok();
        let known = |answer: Answer| {
            let items = [
                PostureItem::DiskEncryption,
                PostureItem::Firewall,
                PostureItem::Updated,
                PostureItem::Antivirus,
            ];
            items.into_iter().map(|item| (item, answer)).collect()
        };
        let posture = if own {
            Posture {
                os: Os::Windows,
                os_version: version(if old { "10.0.19045" } else { "10.0.22631" }),
                antivirus_version: None,
                items: std::collections::BTreeMap::new(),
            }
        } else {
            Posture {
                os: Os::Windows,
                os_version: version(if old { "10.0.19045" } else { "10.0.22631" }),
                antivirus_version: version(if old { "6.9" } else { "7.2" }),
                items: known(Answer::Yes),
            }
        };
        // Of the devices that people bring, some are enrolled and the others are strangers.
        let proven = !own || self.chance.so_often(400);
        DeviceFacts {
            evidence: if proven {
                DeviceEvidence::Proven(id)
            } else {
                DeviceEvidence::Absent(NoDevice::NoCertificate)
            },
            bound: proven.then_some(id),
            trust: if proven { trusted() } else { nameless() },
            facts: Vec::new(),
            ownership: match (own, proven) {
                (false, _) => Ownership::Company,
                (true, true) => Ownership::Personal,
                (true, false) => Ownership::Unknown,
            },
            posture: if proven { posture } else { Posture::unknown() },
            evidence_until: Timestamp::FAR_FUTURE,
            posture_until: Timestamp::FAR_FUTURE,
        }
    }
}

fn trusted() -> Trust {
    Trust {
        level: Level::High,
        reasons: Vec::new(),
        valid_until: Timestamp::FAR_FUTURE,
    }
}

fn doubted(kind: FactKind, since: Timestamp) -> Trust {
    Trust {
        level: Level::Medium,
        reasons: vec![TrustReason::OpenFact {
            fact: kind.as_str().to_owned(),
            source: "sample".to_owned(),
            title: "見本 / sample".to_owned(),
            since,
        }],
        valid_until: Timestamp::FAR_FUTURE,
    }
}

fn nameless() -> Trust {
    Trust {
        level: Level::Medium,
        reasons: vec![TrustReason::NoDeviceIdentity {
            why: NoDevice::NoCertificate.slug().to_owned(),
        }],
        valid_until: Timestamp::FAR_FUTURE,
    }
}
