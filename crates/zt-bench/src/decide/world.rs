//! The company that is decided about: one description, from which the policies of every engine are written and by which
//! their answers are checked.
//!
//! A third of the policies is for no application in particular, half of these for one group; the others are spread over
//! the applications. Policies are conjunctions of one to four questions out of 119. Two of three accesses are in order;
//! of the others, one to six things are wrong with each.

use std::fmt::Write as _;

/// A source of choices: the same seed, the same choices (xorshift64*).
pub(crate) struct Ballot(u64);

impl Ballot {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(crate) const fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        (drawn % bound as u64) as u32
    }

    pub(crate) const fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }
}

pub(crate) const GROUPS: u32 = 1_000;
pub(crate) const GROUPS_EACH: u32 = 60;
pub(crate) const APPS: u32 = 500;
pub(crate) const APP_GROUPS: u32 = 8;
pub(crate) const NETWORKS: u32 = 16;
pub(crate) const CALENDARS: u32 = 8;
pub(crate) const TERMS: u32 = 5;
pub(crate) const COUNTRIES: [&str; 16] = [
    "AU", "BR", "CA", "CN", "DE", "FR", "GB", "ID", "IN", "JP", "KR", "SG", "TH", "TW", "US", "VN",
];
pub(crate) const LEVELS: [&str; 3] = ["low", "medium", "high"];
pub(crate) const ASSURANCES: [&str; 4] = ["password", "mfa", "phishing-resistant", "hardware"];
pub(crate) const SENSITIVITIES: [&str; 4] = ["public", "internal", "confidential", "restricted"];
pub(crate) const ANSWERS: [&str; 3] = ["no", "unknown", "yes"];
pub(crate) const SYSTEMS: [&str; 5] = ["windows", "macos", "linux", "ios", "android"];
pub(crate) const CLIENTS: [&str; 4] = ["browser", "native", "legacy", "vpn"];
pub(crate) const FACTS: [&str; 7] = [
    "malware",
    "compromise",
    "credential-leak",
    "unusual-behaviour",
    "unfamiliar-place",
    "impossible-travel",
    "unusual-time",
];
pub(crate) const ITEMS: [&str; 7] = [
    "disk_encryption",
    "firewall",
    "screen_lock",
    "antivirus",
    "antivirus_current",
    "updated",
    "integrity",
];
/// In seconds.
const AGES: [i64; 6] = [300, 900, 3_600, 14_400, 28_800, 86_400];
/// Major versions.
pub(crate) const OS_VERSIONS: [i64; 6] = [11, 12, 13, 14, 15, 16];
pub(crate) const ANTIVIRUS_VERSIONS: [i64; 4] = [5, 6, 7, 8];

/// What an access is.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) person: u32,
    pub(crate) groups: Vec<u32>,
    pub(crate) app: u32,
    pub(crate) administrator: bool,
    pub(crate) guest: bool,
    pub(crate) trust: usize,
    pub(crate) facts: Vec<usize>,
    pub(crate) reset_due: bool,
    pub(crate) terms: Vec<u32>,
    pub(crate) proven: bool,
    pub(crate) company: bool,
    pub(crate) device_trust: usize,
    pub(crate) device_facts: Vec<usize>,
    pub(crate) system: usize,
    pub(crate) os_version: i64,
    pub(crate) antivirus_version: i64,
    pub(crate) posture: [usize; 7],
    pub(crate) assurance: usize,
    pub(crate) age: i64,
    pub(crate) client: usize,
    pub(crate) networks: Vec<u32>,
    pub(crate) country: usize,
    pub(crate) anonymiser: bool,
}

/// What an application is.
pub(crate) struct App {
    pub(crate) sensitivity: usize,
    pub(crate) groups: Vec<u32>,
}

/// A question with a yes or a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    Administrator,
    Guest,
    Trust(usize),
    Fact(usize),
    ResetDue,
    Terms(u32),
    Proven,
    Company,
    DeviceTrust(usize),
    DeviceFact(usize),
    System(usize),
    OsVersion(i64),
    AntivirusVersion(i64),
    Posture(usize, usize),
    Assurance(usize),
    Age(i64),
    Client(usize),
    Network(u32),
    Country(usize),
    Anonymiser,
    Calendar(u32),
    Sensitivity(usize),
    AppGroup(u32),
}

/// Which answer is the safer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Safer {
    Yes,
    No,
    Neither,
}

impl Question {
    fn any(ballot: &mut Ballot) -> Self {
        let mut at = |bound: usize| ballot.below(bound as u32) as usize;
        match at(23) {
            0 => Self::Administrator,
            1 => Self::Guest,
            2 => Self::Trust(1 + at(2)),
            3 => Self::Fact(at(7)),
            4 => Self::ResetDue,
            5 => Self::Terms(at(5) as u32),
            6 => Self::Proven,
            7 => Self::Company,
            8 => Self::DeviceTrust(1 + at(2)),
            9 => Self::DeviceFact(at(7)),
            10 => Self::System(at(5)),
            11 => Self::OsVersion(OS_VERSIONS.get(at(6)).copied().unwrap_or_default()),
            12 => {
                Self::AntivirusVersion(ANTIVIRUS_VERSIONS.get(at(4)).copied().unwrap_or_default())
            }
            13 => Self::Posture(at(7), 1 + at(2)),
            14 => Self::Assurance(1 + at(2)),
            15 => Self::Age(AGES.get(at(6)).copied().unwrap_or_default()),
            16 => Self::Client(at(4)),
            17 => Self::Network(at(16) as u32),
            18 => Self::Country(at(16)),
            19 => Self::Anonymiser,
            20 => Self::Calendar(at(8) as u32),
            21 => Self::Sensitivity(1 + at(3)),
            _ => Self::AppGroup(at(8) as u32),
        }
    }

    pub(crate) const fn safer(self) -> Safer {
        match self {
            Self::Trust(_)
            | Self::Terms(_)
            | Self::Proven
            | Self::Company
            | Self::DeviceTrust(_)
            | Self::OsVersion(_)
            | Self::AntivirusVersion(_)
            | Self::Posture(..)
            | Self::Assurance(_)
            | Self::Age(_) => Safer::Yes,
            Self::Fact(_) | Self::ResetDue | Self::DeviceFact(_) | Self::Anonymiser => Safer::No,
            _ => Safer::Neither,
        }
    }

    /// `within`: the calendars that it is within.
    pub(crate) fn holds(self, access: &Access, app: &App, within: &[u32]) -> bool {
        match self {
            Self::Administrator => access.administrator,
            Self::Guest => access.guest,
            Self::Trust(least) => access.trust >= least,
            Self::Fact(fact) => access.facts.contains(&fact),
            Self::ResetDue => access.reset_due,
            Self::Terms(terms) => access.terms.contains(&terms),
            Self::Proven => access.proven,
            Self::Company => access.company,
            Self::DeviceTrust(least) => access.device_trust >= least,
            Self::DeviceFact(fact) => access.device_facts.contains(&fact),
            Self::System(system) => access.system == system,
            Self::OsVersion(least) => access.os_version >= least,
            Self::AntivirusVersion(least) => access.antivirus_version >= least,
            Self::Posture(item, least) => access.posture.get(item).is_some_and(|is| *is >= least),
            Self::Assurance(least) => access.assurance >= least,
            Self::Age(most) => access.age <= most,
            Self::Client(client) => access.client == client,
            Self::Network(network) => access.networks.contains(&network),
            Self::Country(country) => access.country == country,
            Self::Anonymiser => access.anonymiser,
            Self::Calendar(calendar) => within.contains(&calendar),
            Self::Sensitivity(least) => app.sensitivity >= least,
            Self::AppGroup(group) => app.groups.contains(&group),
        }
    }
}

/// A policy.
#[derive(Clone)]
pub(crate) struct Policy {
    pub(crate) forbids: bool,
    pub(crate) group: Option<u32>,
    pub(crate) app: Option<u32>,
    /// What must be so.
    pub(crate) when: Vec<(Question, bool)>,
}

impl Policy {
    fn any(ballot: &mut Ballot) -> Self {
        let forbids = ballot.chance(70);
        let count = 1 + ballot.below(3);
        let mut when = Vec::new();
        for _ in 0..count {
            let question = Question::any(ballot);
            let holds = match question.safer() {
                Safer::Neither => ballot.chance(70),
                Safer::Yes => !forbids,
                Safer::No => forbids,
            };
            if !when.contains(&(question, !holds)) && !when.contains(&(question, holds)) {
                when.push((question, holds));
            }
        }
        // What forbids, forbids for something that could be better: whoever does all that is asked for gets in.
        while forbids && when.iter().all(|(q, _)| q.safer() == Safer::Neither) {
            let question = Question::any(ballot);
            match question.safer() {
                Safer::Neither => {}
                safer => when.push((question, safer == Safer::No)),
            }
        }
        Self {
            forbids,
            group: None,
            app: None,
            when,
        }
    }

    pub(crate) fn applies(&self, access: &Access, app: &App, within: &[u32]) -> bool {
        self.app.is_none_or(|app| app == access.app)
            && self
                .group
                .is_none_or(|group| access.groups.contains(&group))
            && self
                .when
                .iter()
                .all(|(question, holds)| question.holds(access, app, within) == *holds)
    }
}

/// Where the policies that are not for everything are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    OverApps,
    OneApp,
}

/// How many policies are there without anybody writing them.
const BUILT_IN: usize = 3;

/// What Sekisho itself says of the applications: whom one is for, may use it, unless she or the device is not believed.
fn built_in() -> Vec<Policy> {
    let policy = |forbids, when| Policy {
        forbids,
        group: None,
        app: None,
        when,
    };
    vec![
        policy(false, vec![]),
        policy(true, vec![(Question::Trust(1), false)]),
        policy(true, vec![(Question::DeviceTrust(1), false)]),
    ]
}

pub(crate) struct World {
    pub(crate) apps: Vec<App>,
    pub(crate) policies: Vec<Policy>,
}

impl World {
    pub(crate) fn new(count: u32, spread: Spread, seed: u64) -> Self {
        let mut ballot = Ballot::new(seed);
        let apps = (0..APPS)
            .map(|number| App {
                sensitivity: ballot.below(4) as usize,
                // The first is in all of them, so that there is none without an application.
                groups: (0..APP_GROUPS)
                    .filter(|_| number == 0 || ballot.chance(15))
                    .collect(),
            })
            .collect();
        let everywhere = count * 3 / 10;
        let built_in = built_in();
        let policies = (0..count)
            .map(|number| {
                let mut policy = Policy::any(&mut ballot);
                if number < everywhere {
                    policy.group = (number % 2 == 0).then(|| ballot.below(GROUPS));
                } else {
                    policy.app = Some(match spread {
                        Spread::OverApps => number % APPS,
                        Spread::OneApp => 0,
                    });
                }
                policy
            })
            .collect();
        Self {
            apps,
            policies: [built_in, policies].concat(),
        }
    }

    /// The policies that an organisation writes, beside those that are built in.
    pub(crate) fn written(&self) -> &[Policy] {
        self.policies.get(BUILT_IN..).unwrap_or_default()
    }

    /// Whether the policies allow it, asked one by one.
    pub(crate) fn allows(&self, access: &Access, within: &[u32]) -> bool {
        let Some(app) = self.apps.get(access.app as usize) else {
            return false;
        };
        let applies = |forbids: bool| {
            let mut policies = self.policies.iter().filter(|p| p.forbids == forbids);
            policies.any(|policy| policy.applies(access, app, within))
        };
        applies(false) && !applies(true)
    }
}

impl Access {
    pub(crate) fn any(ballot: &mut Ballot, person: u32, spread: Spread) -> Self {
        // Whose groups: the same for each access of hers.
        let mut hers = Ballot::new(0x9e37_79b9 ^ (u64::from(person) << 20));
        let mut groups: Vec<u32> = (0..GROUPS_EACH).map(|_| hers.below(GROUPS)).collect();
        groups.sort_unstable();
        groups.dedup();
        let mut access = Self {
            person,
            groups,
            app: match spread {
                Spread::OverApps => ballot.below(APPS),
                Spread::OneApp => 0,
            },
            administrator: ballot.chance(3),
            guest: ballot.chance(5),
            trust: 2,
            facts: vec![],
            reset_due: false,
            terms: (0..TERMS).collect(),
            proven: true,
            company: true,
            device_trust: 2,
            device_facts: vec![],
            system: ballot.below(5) as usize,
            os_version: 16,
            antivirus_version: 8,
            posture: [2; 7],
            assurance: 2 + ballot.below(2) as usize,
            age: i64::from(ballot.below(301)),
            client: ballot.below(4) as usize,
            networks: (0..NETWORKS).filter(|_| ballot.chance(6)).collect(),
            country: ballot.below(16) as usize,
            anonymiser: false,
        };
        if ballot.chance(33) {
            for _ in 0..=ballot.below(6) {
                access.spoil(ballot);
            }
        }
        access
    }

    fn spoil(&mut self, ballot: &mut Ballot) {
        match ballot.below(13) {
            0 => self.trust = ballot.below(2) as usize,
            1 => self.facts.push(2 + ballot.below(5) as usize),
            2 => self.reset_due = true,
            3 => self.terms.truncate(ballot.below(5) as usize),
            4 => self.proven = false,
            5 => self.company = false,
            6 => self.device_trust = ballot.below(2) as usize,
            7 => self.device_facts.push(ballot.below(2) as usize),
            8 => self.os_version = 10 + i64::from(ballot.below(6)),
            9 => self.antivirus_version = 4 + i64::from(ballot.below(4)),
            10 => {
                if let Some(item) = self.posture.get_mut(ballot.below(7) as usize) {
                    *item = ballot.below(2) as usize;
                }
            }
            11 => self.assurance = ballot.below(2) as usize,
            _ => {
                self.age = i64::from(ballot.below(100_000));
                self.anonymiser = ballot.chance(20);
            }
        }
    }
}

/// How an engine writes what a policy is made of.
pub(crate) trait Dialect {
    fn question(&self, question: Question) -> String;
    fn not(&self, condition: &str) -> String {
        format!("!({condition})")
    }
}

/// A policy's conditions in an engine's words, each by itself.
pub(crate) fn conditions(policy: &Policy, dialect: &impl Dialect) -> Vec<String> {
    policy
        .when
        .iter()
        .map(|(question, holds)| {
            let condition = dialect.question(*question);
            if *holds {
                condition
            } else {
                dialect.not(&condition)
            }
        })
        .collect()
}

/// All policies as Cedar under our schema; where `only` says which.
pub(crate) fn cedar(policy: &Policy) -> String {
    struct Cedar;
    impl Dialect for Cedar {
        fn question(&self, question: Question) -> String {
            let at = |words: &[&str], at: usize| (*words.get(at).unwrap_or(&"")).to_owned();
            match question {
                Question::Administrator => "principal.role == Role::\"administrator\"".to_owned(),
                Question::Guest => "principal.guest".to_owned(),
                Question::Trust(l) => {
                    format!("principal.trust in TrustLevel::\"{}\"", at(&LEVELS, l))
                }
                Question::Fact(f) => {
                    format!("principal.facts.contains(Fact::\"{}\")", at(&FACTS, f))
                }
                Question::ResetDue => "principal.reset_due".to_owned(),
                Question::Terms(t) => format!("principal.terms.contains(Terms::\"t{t}\")"),
                Question::Proven => "context.device.proven".to_owned(),
                Question::Company => "context.device.company_owned".to_owned(),
                Question::DeviceTrust(l) => {
                    format!("context.device.trust in TrustLevel::\"{}\"", at(&LEVELS, l))
                }
                Question::DeviceFact(f) => {
                    format!("context.device.facts.contains(Fact::\"{}\")", at(&FACTS, f))
                }
                Question::System(s) => format!("context.device.os == Os::\"{}\"", at(&SYSTEMS, s)),
                Question::OsVersion(v) => format!("context.device.os_version >= {}", v << 48),
                Question::AntivirusVersion(v) => {
                    format!("context.device.antivirus_version >= {}", v << 48)
                }
                Question::Posture(item, least) => format!(
                    "context.device.{} in Answer::\"{}\"",
                    at(&ITEMS, item),
                    at(&ANSWERS, least)
                ),
                Question::Assurance(a) => format!(
                    "context.session.assurance in Assurance::\"{}\"",
                    at(&ASSURANCES, a)
                ),
                Question::Age(most) => format!("context.session.age <= {most}"),
                Question::Client(c) => {
                    format!("context.client.kind == Client::\"{}\"", at(&CLIENTS, c))
                }
                Question::Network(n) => {
                    format!("context.network.names.contains(Network::\"n{n}\")")
                }
                Question::Country(c) => {
                    format!(
                        "context.network.country == Country::\"{}\"",
                        at(&COUNTRIES, c)
                    )
                }
                Question::Anonymiser => "context.network.anonymiser".to_owned(),
                Question::Calendar(c) => format!("context.calendars.contains(Calendar::\"c{c}\")"),
                Question::Sensitivity(s) => format!(
                    "resource.sensitivity in Sensitivity::\"{}\"",
                    at(&SENSITIVITIES, s)
                ),
                Question::AppGroup(g) => format!("resource in AppGroup::\"a{g}\""),
            }
        }
    }
    let effect = if policy.forbids { "forbid" } else { "permit" };
    let mut text = format!("{effect} (");
    match policy.group {
        Some(group) => _ = write!(text, "principal in Group::\"g{group}\", action, "),
        None => text.push_str("principal, action, "),
    }
    match policy.app {
        Some(app) => _ = write!(text, "resource == Application::\"app{app}\")"),
        None => text.push_str("resource)"),
    }
    let conditions = conditions(policy, &Cedar);
    if !conditions.is_empty() {
        _ = write!(text, " when {{ {} }}", conditions.join(" && "));
    }
    text + ";"
}
