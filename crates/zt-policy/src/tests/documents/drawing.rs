//! Rules drawn at random over everything that a rule can say.

use super::*;
use crate::document::Leaning;

const GROUPS: [&str; 4] = ["accounting", "sales", "guests", "contractors"];

pub(super) fn rule(ballot: &mut Ballot) -> Rule {
    loop {
        // Some of what is drawn at random does not fit together.
        if let Ok(rule) = Rule::new(drawn(ballot)) {
            return rule;
        }
    }
}

fn drawn(ballot: &mut Ballot) -> RuleParts {
    let effect = *ballot.one(&[
        RuleEffect::Allow,
        RuleEffect::Refuse,
        RuleEffect::Restrict,
        RuleEffect::Restrict,
        RuleEffect::Restrict,
    ]);
    let mut parts = parts(effect);
    if ballot.chance(60) {
        parts.who = (0..=ballot.below(2)).map(|_| whom(ballot)).collect();
    }
    parts.except = (0..ballot.below(4).saturating_sub(1))
        .map(|_| left_out(whom(ballot)))
        .collect();
    match ballot.below(5) {
        0 => parts.scope = Scope::AppGroup(AppGroupId::new("saas").unwrap()),
        1 => parts.scope = Scope::Application(AppId::new("wiki").unwrap()),
        2 => {
            parts.what.applications = vec![
                AppId::new("chat").unwrap(),
                AppId::new(ballot.one::<&str>(&["news", "portal"])).unwrap(),
            ];
            if ballot.chance(50) {
                parts.what.app_groups = vec![AppGroupId::new("saas").unwrap()];
            }
        }
        _ => {}
    }
    if ballot.chance(15) {
        parts.what.except_applications = vec![AppId::new("news").unwrap()];
    }
    if ballot.chance(15) {
        parts.what.except_app_groups = vec![AppGroupId::new("saas").unwrap()];
    }
    if ballot.chance(30) {
        parts.what.sensitivity = Some(*ballot.one(&Sensitivity::ALL));
    }
    if ballot.chance(30) {
        parts.what.capabilities = capabilities(ballot);
    }
    let unfit = match effect {
        RuleEffect::Allow => Leaning::Risky,
        RuleEffect::Refuse | RuleEffect::Restrict => Leaning::Safe,
    };
    parts.when = (0..ballot.below(5).saturating_sub(2))
        .map(|_| condition(ballot, unfit))
        .collect();
    if effect != RuleEffect::Refuse && ballot.chance(55) {
        let conditions = (0..=ballot.below(3))
            .map(|_| condition(ballot, Leaning::Risky))
            .collect();
        parts.require = Some(if ballot.chance(50) {
            Require::All(conditions)
        } else {
            Require::Any(conditions)
        });
    }
    if effect == RuleEffect::Restrict {
        parts.limits = (0..ballot.below(4))
            .map(|_| match ballot.below(6) {
                0 => Limit::Record,
                1 => Limit::Watermark,
                2 => Limit::Warn,
                3 => Limit::ReauthenticateAfter(Seconds(*ballot.one(&[60, 600, 3600]))),
                _ => Limit::Withhold(
                    capabilities(ballot)
                        .into_iter()
                        .filter(|capability| *capability != Capability::Connect)
                        .chain([Capability::Print])
                        .collect(),
                ),
            })
            .collect();
    }
    parts
}

fn capabilities(ballot: &mut Ballot) -> Vec<Capability> {
    let drawn = Capability::ALL.into_iter().filter(|_| ballot.chance(40));
    let mut drawn: Vec<Capability> = drawn.collect();
    if drawn.is_empty() {
        drawn.push(Capability::Connect);
    }
    drawn
}

fn whom(ballot: &mut Ballot) -> Whom {
    match ballot.below(6) {
        0 => Whom::Guests,
        1 => Whom::Person(PersonId::from_random([1; 16])),
        2 => Whom::Role(*ballot.one(&[Role::Member, Role::Administrator])),
        _ => group(ballot.one::<&str>(&GROUPS)),
    }
}

fn condition(ballot: &mut Ballot, unfit: Leaning) -> Condition {
    loop {
        let condition = any_condition(ballot);
        if condition.leaning() != unfit {
            return condition;
        }
    }
}

fn bound<T: Copy>(ballot: &mut Ballot, of: &[T]) -> Bound<T> {
    let value = *ballot.one(of);
    if ballot.chance(50) {
        Bound::AtLeast(value)
    } else {
        Bound::Below(value)
    }
}

fn any_condition(ballot: &mut Ballot) -> Condition {
    let versions = ["10.0.19045", "10.0.22631", "14.2"].map(|v| v.parse::<Version>().unwrap());
    let networks = |ballot: &mut Ballot| {
        let both = ["office", "factory"].map(|name| NetworkId::new(name).unwrap());
        both[..=ballot.below(2)].to_vec()
    };
    let places = |ballot: &mut Ballot| {
        let three = [
            Place(Some("JP".parse().unwrap())),
            Place(None),
            Place(Some("SG".parse().unwrap())),
        ];
        three[..=ballot.below(3)].to_vec()
    };
    let facts = |ballot: &mut Ballot| {
        (0..=ballot.below(3))
            .map(|_| *ballot.one(&FactKind::ALL))
            .collect()
    };
    let property = |ballot: &mut Ballot| {
        *ballot.one(&[
            DeviceProperty::CompanyOwned,
            DeviceProperty::Enrolled,
            DeviceProperty::Certificate,
        ])
    };
    let office = CalendarId::new("office-hours").unwrap();
    match ballot.below(31) {
        0 => Condition::PersonTrust(bound(ballot, &[Level::Medium, Level::High])),
        1 => Condition::DeviceTrust(bound(ballot, &[Level::Medium, Level::High])),
        2 => Condition::Assurance(bound(ballot, &Assurance::ALL[1..])),
        3 => Condition::ProvenWithin(Seconds(*ballot.one(&[60, 600, 3600]))),
        4 => Condition::CompliantDevice,
        5 => Condition::CompanyDevice,
        6 => Condition::DeviceIs(property(ballot)),
        7 => Condition::DeviceIsNot(property(ballot)),
        8 => Condition::PostureGood(*ballot.one(PostureItem::ALL)),
        9 => Condition::PostureNotGood(*ballot.one(PostureItem::ALL)),
        10 => Condition::PostureBad(*ballot.one(PostureItem::ALL)),
        11 => Condition::Os(Os::ALL[..=ballot.below(4)].to_vec()),
        12 => Condition::OsVersion {
            os: *ballot.one(&Os::ALL[..3]),
            version: bound(ballot, &versions),
        },
        13 => Condition::BrowserVersion(bound(ballot, &versions)),
        14 => Condition::AntivirusVersion(bound(ballot, &versions)),
        15 => Condition::FromNetworks(networks(ballot)),
        16 => Condition::NotFromNetworks(networks(ballot)),
        17 => Condition::FromCountries(places(ballot)),
        18 => Condition::NotFromCountries(places(ballot)),
        19 => Condition::ThroughAnonymiser,
        20 => Condition::NotThroughAnonymiser,
        21 => Condition::Within(office),
        22 => Condition::Outside(office),
        23 => Condition::Client(ClientKind::ALL[..=ballot.below(3)].to_vec()),
        24 => Condition::PersonFacts(facts(ballot)),
        25 => Condition::NoPersonFacts(facts(ballot)),
        26 => Condition::DeviceFacts(facts(ballot)),
        27 => Condition::NoDeviceFacts(facts(ballot)),
        28 => Condition::PasswordGood,
        29 => Condition::PasswordResetDue,
        _ => Condition::TermsAccepted(TermsId::new("acceptable-use").unwrap()),
    }
}
