//! What fuzzed policies are written about, and what is asked of them.

use zt_policy::{
    Application, Calendar, CalendarHours, CertificateDemand, Day, DeviceFacts, ManagedBy,
    PersonFacts, PolicyDocument, PolicyState, Register, Request, SessionFacts, SessionState,
    Written,
};
use zt_types::{
    Affiliation, Answer, AppGroupId, AppId, Assurance, CalendarId, Circumstances, ClientKind,
    DeviceEvidence, DeviceId, FactKind, GroupId, IdError, Level, NetworkId, NoDevice, OpenFact, Os,
    Ownership, PasswordState, PersonId, PersonState, PolicyId, Posture, PostureItem, Role, Seconds,
    Sensitivity, SessionId, TermsId, Text, Timestamp, Trust, TrustReason, Version,
};

const APPS: [(&str, Sensitivity, Option<&str>); 4] = [
    ("wiki", Sensitivity::Confidential, None),
    ("chat", Sensitivity::Internal, None),
    ("news", Sensitivity::Public, None),
    ("ledger", Sensitivity::Restricted, Some("accounting")),
];
const GROUPS: [&str; 4] = ["accounting", "sales", "guests", "contractors"];
const APP_GROUPS: [&str; 4] = [
    "saas",
    "virtual-desktop",
    "for-contractors",
    "internal-network",
];
const NETWORKS: [&str; 2] = ["office", "factory"];
const VERSIONS: [&str; 4] = ["10.0.19045", "10.0.22631", "14.2", "131.0.6778"];
const AGES: [u64; 10] = [0, 59, 60, 61, 599, 600, 3599, 3600, 3601, 30_000];
const COUNTRIES: [&str; 3] = ["JP", "US", "SG"];

/// A Monday morning in Tokyo.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// Choices: first the bytes that were given, then what they and a seed lead to (xorshift64*).
#[derive(Debug)]
pub(crate) struct Choices<'a> {
    given: &'a [u8],
    state: u64,
}

impl<'a> Choices<'a> {
    /// `about` is whatever else was read: the same bytes lead to the same choices.
    pub(crate) fn new(given: &'a [u8], about: &[u8]) -> Self {
        // FNV-1a.
        let state = about
            .iter()
            .chain(given)
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Self {
            given,
            state: state | 1,
        }
    }

    fn byte(&mut self) -> u8 {
        if let Some((first, rest)) = self.given.split_first() {
            self.given = rest;
            return *first;
        }
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_be_bytes()[0]
    }

    fn one_in(&mut self, count: u8) -> bool {
        self.byte().is_multiple_of(count)
    }

    fn one<T: Clone>(&mut self, first: &T, of: &[T]) -> T {
        let at = usize::from(self.byte()).checked_rem(of.len());
        at.and_then(|at| of.get(at)).unwrap_or(first).clone()
    }
}

fn text(text: &str) -> Text {
    Text {
        ja: text.to_owned(),
        en: text.to_owned(),
    }
}

fn calendar(id: &str, hours: CalendarHours) -> Result<Calendar, IdError> {
    Ok(Calendar {
        id: CalendarId::new(id)?,
        name: text(id),
        time_zone: "Asia/Tokyo".to_owned(),
        hours: vec![hours],
        days_off: [("2027-01-18".to_owned(), text("day off"))].into(),
        managed_by: ManagedBy::Files,
    })
}

/// The register that everything is compiled for.
///
/// # Errors
/// Never.
pub(crate) fn register() -> Result<Register, IdError> {
    let app_groups = APP_GROUPS
        .iter()
        .map(|group| AppGroupId::new(group))
        .collect::<Result<Vec<_>, _>>()?;
    let applications = APPS.iter().map(|(id, sensitivity, group)| {
        Ok(Application {
            id: AppId::new(id)?,
            name: text(id),
            description: text(id),
            owner: "sato.hanako".to_owned(),
            sensitivity: *sensitivity,
            upstream: Some("http://127.0.0.1:9".to_owned()),
            groups: group
                .iter()
                .map(|g| GroupId::new(g))
                .collect::<Result<_, _>>()?,
            app_groups: if *id == "news" {
                vec![]
            } else {
                app_groups.clone()
            },
            certificate: CertificateDemand::Ask,
            review_by: None,
            managed_by: ManagedBy::Files,
        })
    });
    let office = CalendarHours {
        days: vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri],
        from: 9 * 60,
        to: 17 * 60 + 30,
    };
    let night = CalendarHours {
        days: Day::ALL.to_vec(),
        from: 23 * 60,
        to: 5 * 60,
    };
    let groups = GROUPS
        .iter()
        .map(|group| Ok((GroupId::new(group)?, vec![])));
    Ok(Register {
        applications: applications.collect::<Result<_, IdError>>()?,
        groups: groups.collect::<Result<_, IdError>>()?,
        networks: NETWORKS
            .iter()
            .map(|id| NetworkId::new(id))
            .collect::<Result<_, _>>()?,
        calendars: vec![
            calendar("office-hours", office.clone())?,
            calendar("maintenance", night)?,
            calendar("holidays", office)?,
        ],
        terms: [TermsId::new("acceptable-use")?].into(),
        unreported: [].into(),
    })
}

/// A document that says this, by hand.
///
/// # Errors
/// Never.
pub(crate) fn document(id: &str, cedar: &str) -> Result<PolicyDocument, IdError> {
    Ok(PolicyDocument {
        id: PolicyId::new(id)?,
        title: text(id),
        cedar: cedar.to_owned(),
        source: Written::ByHand,
        state: PolicyState::On,
        message: None,
        managed_by: ManagedBy::Console,
        changed_at: NOW,
    })
}

fn facts(choices: &mut Choices<'_>) -> Vec<OpenFact> {
    if !choices.one_in(3) {
        return vec![];
    }
    let kind = choices.one(&FactKind::Malware, &FactKind::ALL);
    let ceiling = choices.one(&Level::Low, &Level::ALL);
    vec![OpenFact { kind, ceiling }]
}

fn trust(choices: &mut Choices<'_>, facts: &[OpenFact]) -> Trust {
    let drawn = choices.one(
        &Level::High,
        &[Level::High, Level::High, Level::Medium, Level::Low],
    );
    let level = facts.iter().map(|fact| fact.ceiling).fold(drawn, Ord::min);
    let reason = TrustReason::OpenFact {
        fact: "malware".to_owned(),
        source: "edr".to_owned(),
        title: "EICAR-Test-File".to_owned(),
        since: NOW,
    };
    Trust {
        level,
        reasons: if level == Level::High {
            vec![]
        } else {
            vec![reason]
        },
        valid_until: Timestamp::FAR_FUTURE,
    }
}

fn version(choices: &mut Choices<'_>) -> Option<Version> {
    let text = choices.one(&"14.2", &VERSIONS);
    if choices.one_in(5) {
        None
    } else {
        text.parse().ok()
    }
}

fn device(choices: &mut Choices<'_>) -> DeviceFacts {
    let facts = facts(choices);
    let trust = trust(choices, &facts);
    let proven = !choices.one_in(4);
    let id = DeviceId::from_random([2; 16]);
    let item = |choices: &mut Choices<'_>, item: &PostureItem| {
        let answer = choices.one(&Answer::Unknown, &[Answer::Yes, Answer::Yes, Answer::No]);
        (!choices.one_in(4)).then_some((*item, answer))
    };
    DeviceFacts {
        evidence: if proven {
            DeviceEvidence::Proven(id)
        } else {
            DeviceEvidence::Absent(choices.one(&NoDevice::NoCertificate, &NoDevice::ALL))
        },
        bound: proven.then_some(id),
        trust: Trust {
            level: if proven {
                trust.level
            } else {
                trust.level.min(Level::Medium)
            },
            ..trust
        },
        facts,
        ownership: choices.one(&Ownership::Unknown, Ownership::ALL),
        posture: Posture {
            os: choices.one(&Os::Unknown, Os::ALL),
            os_version: version(choices),
            antivirus_version: version(choices),
            items: PostureItem::ALL
                .iter()
                .filter_map(|of| item(choices, of))
                .collect(),
        },
        posture_until: Timestamp::FAR_FUTURE,
        evidence_until: Timestamp::FAR_FUTURE,
    }
}

/// Somebody asks for something.
///
/// # Errors
/// Never.
pub(crate) fn request(choices: &mut Choices<'_>) -> Result<Request, IdError> {
    let app = choices.one(
        &"wiki",
        &[
            "wiki", "chat", "news", "ledger", "wiki", "chat", "portal", "console",
        ],
    );
    let groups = GROUPS.iter().filter(|_| choices.one_in(3));
    let groups = groups
        .map(|group| GroupId::new(group))
        .collect::<Result<_, _>>()?;
    let terms = if choices.one_in(2) {
        vec![TermsId::new("acceptable-use")?]
    } else {
        vec![]
    };
    let networks = NETWORKS.iter().filter(|_| choices.one_in(3));
    let networks = networks
        .map(|id| NetworkId::new(id))
        .collect::<Result<_, _>>()?;
    let minutes = u64::from(choices.byte()) * 256 + u64::from(choices.byte());
    let now = NOW + Seconds(minutes.checked_rem(7 * 24 * 60).unwrap_or_default() * 60);
    let facts = facts(choices);
    Ok(Request {
        person: PersonFacts {
            id: PersonId::from_random([1; 16]),
            role: choices.one(
                &Role::Member,
                &[
                    Role::Member,
                    Role::Member,
                    Role::Administrator,
                    Role::BreakGlass,
                ],
            ),
            state: if choices.one_in(30) {
                PersonState::Disabled
            } else {
                PersonState::Active
            },
            affiliation: choices.one(
                &Affiliation::Staff,
                &[Affiliation::Staff, Affiliation::Guest],
            ),
            password: if choices.one_in(6) {
                PasswordState::ResetDue
            } else {
                PasswordState::Good
            },
            groups,
            terms,
            trust: trust(choices, &facts),
            facts,
            enrolled_devices: 1,
        },
        device: device(choices),
        session: SessionFacts {
            id: SessionId::from_random([3; 16]),
            assurance: choices.one(&Assurance::Mfa, &Assurance::ALL),
            authenticated_at: now - Seconds(choices.one(&0, &AGES)),
            expires_at: now + Seconds::hours(12),
            state: if choices.one_in(30) {
                SessionState::Ended
            } else {
                SessionState::Live
            },
        },
        circumstances: Circumstances {
            client: choices.one(&ClientKind::Browser, ClientKind::ALL),
            client_version: version(choices),
            networks,
            country: choices.one(&"JP", &COUNTRIES).parse().ok(),
            anonymiser: choices.one(&Answer::No, &Answer::ALL),
        },
        app: AppId::new(app)?,
        now,
        facts_version: 1,
    })
}
