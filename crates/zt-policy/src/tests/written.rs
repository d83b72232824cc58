//! A world written at random from a seed: policies over everything that a policy can read, and requests of every kind.

use super::*;

/// A source of choices: the same seed, the same choices (xorshift64*).
pub(crate) struct Ballot {
    state: u64,
    /// How many leaves in a hundred are written so that only Cedar can read them.
    intricate: usize,
}

impl Ballot {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: seed | 1,
            intricate: 0,
        }
    }

    fn draw(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.draw() >> 33) as usize % bound
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

pub(crate) struct World {
    pub(crate) documents: Vec<PolicyDocument>,
    pub(crate) register: Register,
}

const APPS: [&str; 6] = ["wiki", "chat", "news", "ledger", "portal", "console"];
const GROUPS: [&str; 4] = ["accounting", "sales", "guests", "contractors"];
pub(crate) const VERSIONS: [&str; 4] = ["10.0.19045", "10.0.22631", "14.2", "131.0.6778"];
const AGES: [i64; 4] = [60, 600, 3600, 28_800];

pub(crate) fn written(ballot: &mut Ballot) -> World {
    // In two worlds of three everything has a compiled form.
    ballot.intricate = *ballot.one(&[0, 0, 15]);
    let mut register = register();
    for app in &mut register.applications {
        if ballot.chance(40) {
            app.app_groups.push(AppGroupId::new("saas").unwrap());
        }
    }
    register.applications[0].app_groups = vec![AppGroupId::new("saas").unwrap()];
    let count = 1 + ballot.below(12);
    let documents = (0..count)
        .map(|number| PolicyDocument {
            state: *ballot.one(&[
                PolicyState::On,
                PolicyState::On,
                PolicyState::On,
                PolicyState::ReportOnly,
                PolicyState::Off,
            ]),
            ..document(&format!("p{number}"), &policy(ballot))
        })
        .collect();
    World {
        documents,
        register,
    }
}

fn policy(ballot: &mut Ballot) -> String {
    if ballot.chance(16) {
        return obliging(ballot);
    }
    let effect = *ballot.one(&["permit", "forbid", "forbid"]);
    let principal = match ballot.below(8) {
        0 => format!("principal in Group::\"{}\"", ballot.one(&GROUPS)),
        1 => format!("principal is Person in Group::\"{}\"", ballot.one(&GROUPS)),
        2 => format!(
            "principal == Person::\"{}\"",
            PersonId::from_random([1; 16])
        ),
        _ => "principal".to_owned(),
    };
    let action = match ballot.below(5) {
        0 => "action == Action::\"connect\"",
        1 => "action in [Action::\"download\", Action::\"print\", Action::\"persist\"]",
        2 => "action == Action::\"unrecorded\"",
        _ => "action",
    };
    let resource = match ballot.below(5) {
        0 => format!("resource == Application::\"{}\"", ballot.one(&APPS)),
        1 => "resource in AppGroup::\"saas\"".to_owned(),
        _ => "resource".to_owned(),
    };
    let mut text = format!("{effect} ({principal}, {action}, {resource})");
    // What helps when true stands in `permit when` and `forbid unless`; what harms, in the other two.
    let (helps, harms) = if effect == "permit" {
        ("when", "unless")
    } else {
        ("unless", "when")
    };
    if ballot.chance(85) {
        text += &format!("\n{helps} {{ {} }}", expression(ballot, 3, true));
    }
    if ballot.chance(35) {
        text += &format!("\n{harms} {{ {} }}", expression(ballot, 2, false));
    }
    text + ";"
}

/// A policy that asks for something: under conditions that have a compiled form.
fn obliging(ballot: &mut Ballot) -> String {
    let obligation = *ballot.one(&["watermark", "warn", "reauthenticate"]);
    let (action, mut conditions) = if obligation == "reauthenticate" {
        let age = ballot.one(&AGES);
        let conditions = format!("unless {{ context.session.age <= {age} }}");
        ("action", conditions)
    } else {
        ("action == Action::\"unobliged\"", String::new())
    };
    for (keyword, helps) in [("when", false), ("unless", true)] {
        let expression = expression(ballot, 1, helps);
        let is_plain = !["(1)", "contains(action)"]
            .iter()
            .any(|part| expression.contains(part));
        if is_plain && ballot.chance(60) {
            conditions += &format!("\n{keyword} {{ {expression} }}");
        }
    }
    let resource = *ballot.one(&["resource", "resource == Application::\"chat\""]);
    format!(
        "@obligation(\"{obligation}\")\nforbid (principal, {action}, {resource})\n{conditions};"
    )
}

/// An expression of which truth helps, or harms.
fn expression(ballot: &mut Ballot, depth: usize, helps: bool) -> String {
    if depth == 0 || ballot.chance(35) {
        return leaf(ballot, helps);
    }
    match ballot.below(6) {
        0 => format!("!({})", expression(ballot, depth - 1, !helps)),
        1 | 2 => format!(
            "({} && {})",
            expression(ballot, depth - 1, helps),
            expression(ballot, depth - 1, helps)
        ),
        3 | 4 => format!(
            "({} || {})",
            expression(ballot, depth - 1, helps),
            expression(ballot, depth - 1, helps)
        ),
        _ => format!(
            "(if {} then {} else {})",
            neutral(ballot),
            expression(ballot, depth - 1, helps),
            expression(ballot, depth - 1, helps)
        ),
    }
}

fn leaf(ballot: &mut Ballot, helps: bool) -> String {
    match ballot.below(3) {
        0 => neutral(ballot),
        _ => {
            let safe = ballot.chance(75);
            let text = if safe { safety(ballot) } else { risk(ballot) };
            if safe == helps {
                text
            } else {
                format!("!({text})")
            }
        }
    }
}

fn neutral(ballot: &mut Ballot) -> String {
    match ballot.below(16) {
        0 => format!("principal in Group::\"{}\"", ballot.one(&GROUPS)),
        1 => format!(
            "principal in [Group::\"{}\", Group::\"{}\"]",
            ballot.one(&GROUPS),
            ballot.one(&GROUPS)
        ),
        2 => "principal.guest".to_owned(),
        3 => format!(
            "principal.role == Role::\"{}\"",
            ballot.one(&["member", "administrator"])
        ),
        4 => format!(
            "resource.sensitivity in Sensitivity::\"{}\"",
            ballot.one(&Sensitivity::ALL).as_str()
        ),
        5 => format!("resource == Application::\"{}\"", ballot.one(&APPS)),
        6 => "principal in resource.groups".to_owned(),
        7 => "resource.everyone".to_owned(),
        8 => format!(
            "context.device.os == Os::\"{}\"",
            ballot.one(Os::ALL).as_str()
        ),
        9 => format!(
            "context.client.kind != Client::\"{}\"",
            ballot.one(ClientKind::ALL).as_str()
        ),
        10 => format!(
            "context.network.names.contains(Network::\"{}\")",
            ballot.one(&["office", "factory"])
        ),
        11 => format!(
            "context.network.country == Country::\"{}\"",
            ballot.one(&["JP", "US", "unknown"])
        ),
        12 => "[Country::\"JP\", Country::\"SG\"].contains(context.network.country)".to_owned(),
        13 => format!(
            "context.calendars.contains(Calendar::\"{}\")",
            ballot.one(&["office-hours", "maintenance"])
        ),
        14 => "resource in AppGroup::\"saas\"".to_owned(),
        _ => format!(
            "[Action::\"connect\", Action::\"{}\"].contains(action)",
            ballot.one(&["read", "print"])
        ),
    }
}

fn safety(ballot: &mut Ballot) -> String {
    let version = |ballot: &mut Ballot| {
        let version: Version = ballot.one(&VERSIONS).parse().unwrap();
        let least = version.as_integer();
        match ballot.below(4) {
            0 => (">", least - 1),
            1 => (">", least),
            _ => (">=", least),
        }
    };
    if ballot.chance(ballot.intricate) {
        // Arithmetic has no compiled form.
        let (operator, number) = version(ballot);
        return format!("(context.device.os_version {operator} {number} && [1, 2].contains(1))");
    }
    match ballot.below(12) {
        0 => format!(
            "principal.trust in TrustLevel::\"{}\"",
            ballot.one(&Level::ALL).as_str()
        ),
        1 => format!(
            "context.device.trust in TrustLevel::\"{}\"",
            ballot.one(&Level::ALL).as_str()
        ),
        2 | 3 => format!(
            "context.session.assurance in Assurance::\"{}\"",
            ballot.one(&Assurance::ALL).as_str()
        ),
        4 => "context.device.proven".to_owned(),
        5 => "context.device.enrolled".to_owned(),
        6 => "context.device.company_owned".to_owned(),
        7 => {
            let operator = *ballot.one(&["<=", "<"]);
            format!("context.session.age {operator} {}", ballot.one(&AGES))
        }
        8 => format!("{} >= context.session.age", ballot.one(&AGES)),
        9 => {
            let (operator, number) = version(ballot);
            let path = *ballot.one(&[
                "device.os_version",
                "device.antivirus_version",
                "client.version",
            ]);
            format!("context.{path} {operator} {number}")
        }
        10 => format!(
            "context.device.{} in Answer::\"{}\"",
            ballot.one(PostureItem::ALL).as_str().replace('-', "_"),
            ballot.one(&Answer::ALL).as_str()
        ),
        _ => "principal.terms.contains(Terms::\"acceptable-use\")".to_owned(),
    }
}

fn risk(ballot: &mut Ballot) -> String {
    match ballot.below(6) {
        5 => {
            let operator = *ballot.one(&[">", ">="]);
            format!("context.session.age {operator} {}", ballot.one(&AGES))
        }
        4 => format!(
            "principal.facts.containsAll([Fact::\"unusual-time\", Fact::\"{}\"])",
            ballot.one(&FactKind::ALL).as_str()
        ),
        0 => format!(
            "principal.facts.contains(Fact::\"{}\")",
            ballot.one(&FactKind::ALL).as_str()
        ),
        1 => format!(
            "context.device.facts.containsAny([Fact::\"malware\", Fact::\"{}\"])",
            ballot.one(&FactKind::ALL).as_str()
        ),
        2 => "principal.reset_due".to_owned(),
        _ => "context.network.anonymiser".to_owned(),
    }
}

/// The highest trust that these facts allow.
pub(crate) fn ceiling(facts: &[OpenFact]) -> Level {
    let ceilings = facts.iter().map(|fact| fact.ceiling);
    ceilings.min().unwrap_or(Level::High)
}

impl World {
    pub(crate) fn request(&self, ballot: &mut Ballot) -> Request {
        let facts = |ballot: &mut Ballot| -> Vec<OpenFact> {
            (0..ballot.below(8).saturating_sub(5))
                .map(|_| OpenFact {
                    kind: *ballot.one(&FactKind::ALL),
                    ceiling: *ballot.one(&Level::ALL),
                })
                .collect()
        };
        let good = |ballot: &mut Ballot, levels: &[Level]| *ballot.one(levels);
        let app = *ballot.one(&APPS);
        let mut request = request(app);
        let person = &mut request.person;
        person.id = PersonId::from_random([1 + u8::try_from(ballot.below(2)).unwrap(); 16]);
        person.role = *ballot.one(&[Role::Member, Role::Member, Role::Administrator]);
        person.groups = GROUPS
            .iter()
            .filter(|_| ballot.chance(40))
            .map(|group| GroupId::new(group).unwrap())
            .collect();
        person.affiliation =
            *ballot.one(&[Affiliation::Staff, Affiliation::Staff, Affiliation::Guest]);
        if ballot.chance(15) {
            person.password = PasswordState::ResetDue;
        }
        if ballot.chance(60) {
            person.terms = self.register.terms.iter().cloned().collect();
        }
        let levels = [
            Level::High,
            Level::High,
            Level::High,
            Level::Medium,
            Level::Low,
        ];
        person.facts = facts(ballot);
        person.trust = trust(ceiling(&person.facts).min(good(ballot, &levels)));
        let device_levels = [
            Some(Level::High),
            Some(Level::High),
            Some(Level::Medium),
            Some(Level::Low),
            None,
        ];
        request.device = device(*ballot.one(&device_levels));
        request.device.facts = facts(ballot);
        let ceiling = ceiling(&request.device.facts);
        if ceiling < request.device.trust.level {
            request.device.trust.level = ceiling;
            request.device.trust.reasons.push(fact("malware"));
        }
        request.device.ownership = *ballot.one(Ownership::ALL);
        let version = |ballot: &mut Ballot| {
            let known = ballot.chance(80);
            known.then(|| ballot.one(&VERSIONS).parse().unwrap())
        };
        request.device.posture = Posture {
            os: *ballot.one(Os::ALL),
            os_version: version(ballot),
            antivirus_version: version(ballot),
            items: PostureItem::ALL
                .iter()
                .filter_map(|item| {
                    let known = ballot.chance(70);
                    known.then(|| (*item, *ballot.one(&[Answer::Yes, Answer::Yes, Answer::No])))
                })
                .collect(),
        };
        let strong = [
            Assurance::Password,
            Assurance::Mfa,
            Assurance::PhishingResistant,
            Assurance::Hardware,
        ];
        request.session.assurance = *ballot.one(&strong);
        let ages = [0, 59, 60, 61, 599, 600, 3599, 3600, 3601, 30_000];
        request.session.authenticated_at = request.now - Seconds(*ballot.one(&ages));
        // Some time of some day of the week.
        let later = u64::try_from(ballot.below(7 * 24 * 60)).unwrap() * 60;
        request.now = request.now + Seconds(later);
        request.session.authenticated_at = request.session.authenticated_at + Seconds(later);
        request.session.expires_at = request.now + Seconds::hours(12);
        request.device.evidence_until = Timestamp::FAR_FUTURE;
        request.circumstances = Circumstances {
            client: *ballot.one(ClientKind::ALL),
            client_version: version(ballot),
            networks: if ballot.chance(40) {
                let name = *ballot.one(&["office", "factory"]);
                vec![NetworkId::new(name).unwrap()]
            } else {
                vec![]
            },
            country: if ballot.chance(80) {
                Some(ballot.one(&["JP", "US", "SG"]).parse().unwrap())
            } else {
                None
            },
            anonymiser: *ballot.one(&[Answer::No, Answer::No, Answer::Unknown, Answer::Yes]),
        };
        request
    }
}
