//! What the starter packs say: their Cedar, and who gets how much, as text.

use super::*;
use std::fmt::Write;

/// A register with what a pack needs and nothing else: four applications, one of each sensitivity, in all its groups.
fn register_for(pack: &Pack) -> Register {
    let app_of = |sensitivity: &Sensitivity| Application {
        app_groups: pack.needs.app_groups.clone(),
        ..app(sensitivity.as_str(), *sensitivity, &[])
    };
    let calendar = |id: &CalendarId| Calendar {
        id: id.clone(),
        ..office_hours()
    };
    Register {
        applications: Sensitivity::ALL.iter().map(app_of).collect(),
        groups: pack
            .needs
            .groups
            .iter()
            .map(|group| (group.clone(), vec![]))
            .collect(),
        calendars: pack.needs.calendars.iter().map(calendar).collect(),
        ..Register::default()
    }
}

fn compiled(pack: &Pack) -> PolicySet {
    let documents = pack
        .documents(PolicyState::On, ManagedBy::Console, now())
        .unwrap();
    PolicySet::compile(&documents, &register_for(pack)).unwrap()
}

/// A company device with everything as it should be, one that says nothing of itself, one that is distrusted, none.
fn devices() -> [(&'static str, DeviceFacts); 4] {
    let mut healthy = device(Some(Level::High));
    healthy.posture = Posture {
        os: Os::Windows,
        os_version: "10.0.26100".parse().ok(),
        antivirus_version: "24.9".parse().ok(),
        items: PostureItem::ALL
            .iter()
            .map(|item| (*item, Answer::Yes))
            .collect(),
    };
    [
        ("high", healthy),
        ("medium", device(Some(Level::Medium))),
        ("low", device(Some(Level::Low))),
        ("none", device(None)),
    ]
}

fn outcome(decision: &Decision) -> String {
    let view: CapabilitySet = [
        Capability::Connect,
        Capability::Read,
        Capability::Unrecorded,
    ]
    .into_iter()
    .fold(CapabilitySet::NONE, CapabilitySet::with);
    match decision {
        Decision::Refuse(refusal) => {
            let steps: Vec<String> = refusal.remedies().iter().map(remedy_line).collect();
            format!("no → {}", steps.join(" + "))
        }
        Decision::Allow(permit) => {
            let carried = permit.capabilities();
            let mut outcome = if carried.with(Capability::Unrecorded) == CapabilitySet::ALL {
                "all".to_owned()
            } else if carried.with(Capability::Unrecorded) == view {
                "view".to_owned()
            } else {
                format!("{carried:?}")
            };
            for obligation in permit.obligations() {
                outcome += ", ";
                outcome += obligation.as_str();
            }
            outcome
        }
    }
}

#[test]
fn what_the_packs_decide() {
    for pack in packs().unwrap() {
        let policies = compiled(&pack);
        let mut matrix = String::new();
        for person in Level::ALL.into_iter().rev() {
            for (device_name, device) in devices() {
                for assurance in [
                    Assurance::Password,
                    Assurance::Mfa,
                    Assurance::PhishingResistant,
                ] {
                    for sensitivity in Sensitivity::ALL {
                        let mut request = request(sensitivity.as_str());
                        request.person.trust = trust(person);
                        request.person.groups.clone_from(&pack.needs.groups);
                        request.device = device.clone();
                        request.session.assurance = assurance;
                        writeln!(
                            matrix,
                            "person {:<6} device {:<6} {:<18} {:<12} {}",
                            person.as_str(),
                            device_name,
                            assurance.as_str(),
                            sensitivity.as_str(),
                            outcome(&policies.decide(&request)),
                        )
                        .unwrap();
                    }
                }
            }
        }
        insta::assert_snapshot!(format!("matrix_{}", pack.id), matrix);
    }
}

/// The pack's matrix is the one that is promised, cell by cell, read from the promise.
#[test]
fn the_standard_matrix_is_as_promised() {
    let matrix = packs().unwrap().remove(0);
    let policies = compiled(&matrix);
    for person in Level::ALL {
        for (_, device) in devices() {
            for assurance in Assurance::ALL {
                for (sensitivity, minutes) in Sensitivity::ALL
                    .into_iter()
                    .flat_map(|sensitivity| [(sensitivity, 5), (sensitivity, 61)])
                {
                    let mut request = request(sensitivity.as_str());
                    request.person.trust = trust(person);
                    request.device = device.clone();
                    request.session.assurance = assurance;
                    request.session.authenticated_at = request.now - Seconds::minutes(minutes);
                    let decision = policies.decide(&request);
                    let is = decision
                        .permit()
                        .map(|permit| permit.capabilities() == CapabilitySet::ALL);
                    assert_eq!(
                        is,
                        promised(person, device.trust.level, assurance, sensitivity, minutes),
                        "{person:?} {device:?} {assurance:?} {sensitivity:?} {minutes}"
                    );
                }
            }
        }
    }
}

/// Everything, less, or nothing.
fn promised(
    person: Level,
    device: Level,
    proof: Assurance,
    sensitivity: Sensitivity,
    minutes: u64,
) -> Option<bool> {
    let (mfa, strong) = (
        proof >= Assurance::Mfa,
        proof >= Assurance::PhishingResistant,
    );
    let (given, whole) = match (person, device, sensitivity) {
        (Level::Low, _, _) | (_, Level::Low, _) => (false, false),
        (Level::High, Level::High, Sensitivity::Public | Sensitivity::Internal) => (true, true),
        (Level::High, Level::High, Sensitivity::Confidential) => (mfa, true),
        (Level::High, Level::High, Sensitivity::Restricted) => (strong && minutes <= 60, true),
        (Level::High, Level::Medium, Sensitivity::Public) => (true, true),
        (Level::High, Level::Medium, Sensitivity::Internal) => (mfa, true),
        (Level::High, Level::Medium, Sensitivity::Confidential) => (mfa, false),
        (Level::Medium, _, Sensitivity::Public) => (mfa, true),
        (Level::Medium, _, Sensitivity::Internal) => (strong, true),
        (Level::Medium, _, Sensitivity::Confidential) => (strong, false),
        (_, _, Sensitivity::Restricted) => (false, false),
    };
    given.then_some(whole)
}

/// Every pack compiles to the compiled form, and names everything that it says it needs.
#[test]
fn the_packs_need_what_they_say() {
    for pack in packs().unwrap() {
        let documents = pack
            .documents(PolicyState::ReportOnly, ManagedBy::Console, now())
            .unwrap();
        assert!(!documents.is_empty());
        assert_eq!(compiled(&pack).compiled_share().1, 0);
        let all: String = documents.iter().map(|d| d.cedar.as_str()).collect();
        let named = pack
            .needs
            .groups
            .iter()
            .map(|id| format!("Group::\"{id}\""))
            .chain(
                pack.needs
                    .app_groups
                    .iter()
                    .map(|id| format!("AppGroup::\"{id}\"")),
            )
            .chain(
                pack.needs
                    .calendars
                    .iter()
                    .map(|id| format!("Calendar::\"{id}\"")),
            );
        for name in named {
            assert!(all.contains(&name), "{} {name}", pack.id);
        }
        for text in [&pack.title, &pack.description] {
            assert!(!text.ja.is_empty() && !text.en.is_empty() && text.ja != text.en);
        }
    }
}

/// What the matrices do not vary: by what means, from where, when.
#[test]
fn the_packs_in_practice() {
    let evening = Timestamp::from_seconds(1_800_000_000 + 2 * 3600);
    let open = |kind| OpenFact {
        kind,
        ceiling: Level::High,
    };
    let change = |what: &str, request: &mut Request| match what {
        "vpn" => request.circumstances.client = ClientKind::Vpn,
        "virtual desktop" => request.circumstances.client = ClientKind::VirtualDesktop,
        "legacy" => request.circumstances.client = ClientKind::Legacy,
        "no certificate" => request.device = device(None),
        "own device" => request.device.ownership = Ownership::Personal,
        "no firewall" => {
            let items = &mut request.device.posture.items;
            items.insert(PostureItem::Firewall, Answer::No);
        }
        "broken open" => {
            let items = &mut request.device.posture.items;
            items.insert(PostureItem::Integrity, Answer::No);
        }
        "anonymiser" => request.circumstances.anonymiser = Answer::Yes,
        "evening" => request.now = evening,
        "old anti-virus" => request.device.posture.antivirus_version = "23.9".parse().ok(),
        "administrator" => request.person.role = Role::Administrator,
        "an hour ago" => {
            request.session.authenticated_at = request.now - Seconds::minutes(61);
        }
        "at night" => request.person.facts = vec![open(FactKind::UnusualTime)],
        "from far away" => request.person.facts = vec![open(FactKind::ImpossibleTravel)],
        "console" => request.app = AppId::new("console").unwrap(),
        "portal" => request.app = AppId::new("portal").unwrap(),
        "strong" => request.session.assurance = Assurance::PhishingResistant,
        other => panic!("{other}"),
    };
    let mut said = String::new();
    for (pack, changes) in [
        ("saas", vec!["own device"]),
        ("saas", vec!["anonymiser"]),
        ("saas", vec!["legacy"]),
        ("saas", vec!["portal", "legacy"]),
        ("vpn-and-virtual-desktop", vec!["vpn"]),
        ("vpn-and-virtual-desktop", vec!["vpn", "no firewall"]),
        ("vpn-and-virtual-desktop", vec!["no firewall"]),
        ("vpn-and-virtual-desktop", vec!["no certificate"]),
        (
            "vpn-and-virtual-desktop",
            vec!["no certificate", "virtual desktop"],
        ),
        ("unify-mfa", vec!["administrator"]),
        ("unify-mfa", vec!["administrator", "strong"]),
        ("unify-mfa", vec!["legacy"]),
        ("company-devices", vec!["own device"]),
        ("company-devices", vec!["broken open"]),
        ("company-devices", vec!["broken open", "portal"]),
        ("contractors", vec![]),
        ("contractors", vec!["evening"]),
        ("contractors", vec!["old anti-virus"]),
        ("contractors", vec!["own device"]),
        ("contractors", vec!["portal", "evening"]),
        ("unusual-sign-ins", vec![]),
        ("unusual-sign-ins", vec!["at night"]),
        ("unusual-sign-ins", vec!["from far away"]),
        ("unusual-sign-ins", vec!["from far away", "strong"]),
        ("unusual-sign-ins", vec!["anonymiser"]),
        ("break-glass", vec!["administrator", "console"]),
        ("break-glass", vec!["administrator", "console", "strong"]),
        (
            "break-glass",
            vec!["administrator", "console", "strong", "an hour ago"],
        ),
    ] {
        let pack = packs()
            .unwrap()
            .into_iter()
            .find(|p| p.id.as_str() == pack)
            .unwrap();
        let mut request = request("confidential");
        request.person.groups.clone_from(&pack.needs.groups);
        request.device = devices()[0].1.clone();
        for what in &changes {
            change(what, &mut request);
        }
        let decision = compiled(&pack).decide(&request);
        writeln!(
            said,
            "{}, {}: {}",
            pack.id,
            changes.join(", "),
            outcome(&decision)
        )
        .unwrap();
    }
    // Whom the application is not named for.
    let pack = packs()
        .unwrap()
        .into_iter()
        .find(|p| p.id.as_str() == "contractors")
        .unwrap();
    let mut register = register_for(&pack);
    register.applications[0].app_groups.clear();
    let documents = pack
        .documents(PolicyState::On, ManagedBy::Console, now())
        .unwrap();
    let policies = PolicySet::compile(&documents, &register).unwrap();
    let mut elsewhere = request("public");
    elsewhere.person.groups.clone_from(&pack.needs.groups);
    writeln!(
        said,
        "contractors, elsewhere: {}",
        outcome(&policies.decide(&elsewhere))
    )
    .unwrap();
    insta::assert_snapshot!(said);
}
