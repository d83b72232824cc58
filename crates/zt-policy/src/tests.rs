use super::*;
use zt_types::*;

mod analysis;
mod arbitrary;
mod compile;
mod compiled;
mod decide;
mod documents;
mod hours;
mod laws;
mod live_table;
mod matrix;
mod packs;
mod torture;
mod ways_out;
mod what_if;
pub(crate) mod written;

fn text(text: &str) -> Text {
    Text {
        ja: text.to_owned(),
        en: text.to_owned(),
    }
}

fn app(id: &str, sensitivity: Sensitivity, groups: &[&str]) -> Application {
    Application {
        id: AppId::new(id).unwrap(),
        name: text(id),
        description: text(id),
        owner: "sato.hanako".to_owned(),
        sensitivity,
        upstream: Some("http://127.0.0.1:9".to_owned()),
        groups: groups.iter().map(|g| GroupId::new(g).unwrap()).collect(),
        app_groups: vec![],
        certificate: CertificateDemand::Ask,
        review_by: None,
        managed_by: ManagedBy::Files,
    }
}

/// The demo's register, and one application for a group only.
fn apps() -> Vec<Application> {
    vec![
        app("wiki", Sensitivity::Confidential, &[]),
        app("chat", Sensitivity::Internal, &[]),
        app("news", Sensitivity::Public, &[]),
        app("ledger", Sensitivity::Restricted, &["accounting"]),
    ]
}

/// The applications, and the groups that tests speak of.
pub(crate) fn register() -> Register {
    register_of(apps())
}

fn register_of(applications: Vec<Application>) -> Register {
    let groups = ["accounting", "sales", "guests", "contractors"];
    Register {
        applications,
        groups: groups
            .iter()
            .map(|g| (GroupId::new(g).unwrap(), vec![]))
            .collect(),
        networks: ["office", "factory"]
            .iter()
            .map(|n| NetworkId::new(n).unwrap())
            .collect(),
        calendars: vec![office_hours(), maintenance()],
        terms: [TermsId::new("acceptable-use").unwrap()].into(),
        unreported: [].into(),
    }
}

/// Monday to Friday, 09:00 to 17:30, in Tokyo.
fn office_hours() -> Calendar {
    Calendar {
        id: CalendarId::new("office-hours").unwrap(),
        name: text("office hours"),
        time_zone: "Asia/Tokyo".to_owned(),
        hours: vec![CalendarHours {
            days: vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri],
            from: 9 * 60,
            to: 17 * 60 + 30,
        }],
        days_off: [].into(),
        managed_by: ManagedBy::Files,
    }
}

/// Every night from 23:00 to 05:00, in Tokyo.
fn maintenance() -> Calendar {
    Calendar {
        id: CalendarId::new("maintenance").unwrap(),
        name: text("maintenance"),
        hours: vec![CalendarHours {
            days: Day::ALL.to_vec(),
            from: 23 * 60,
            to: 5 * 60,
        }],
        ..office_hours()
    }
}

pub(crate) fn document(id: &str, cedar: &str) -> PolicyDocument {
    PolicyDocument {
        id: PolicyId::new(id).unwrap(),
        title: text(id),
        cedar: cedar.to_owned(),
        source: Written::ByHand,
        state: PolicyState::On,
        message: None,
        managed_by: ManagedBy::Console,
        changed_at: now(),
    }
}

fn demo() -> PolicySet {
    PolicySet::compile(&examples().unwrap(), &register()).unwrap()
}

/// The demo's policies and these.
fn demo_with(more: &[PolicyDocument]) -> PolicySet {
    let documents: Vec<_> = examples()
        .unwrap()
        .into_iter()
        .chain(more.iter().cloned())
        .collect();
    PolicySet::compile(&documents, &register()).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

fn device_id() -> DeviceId {
    DeviceId::from_random([2; 16])
}

fn fact(kind: &str) -> TrustReason {
    TrustReason::OpenFact {
        fact: kind.to_owned(),
        source: "edr".to_owned(),
        title: "EICAR-Test-File".to_owned(),
        since: now() - Seconds::minutes(5),
    }
}

fn trust(level: Level) -> Trust {
    Trust {
        level,
        reasons: if level == Level::High {
            vec![]
        } else {
            vec![fact("malware")]
        },
        valid_until: Timestamp::FAR_FUTURE,
    }
}

/// A proven device, or none.
fn device(trust_of: Option<Level>) -> DeviceFacts {
    match trust_of {
        Some(level) => DeviceFacts {
            evidence: DeviceEvidence::Proven(device_id()),
            bound: Some(device_id()),
            trust: trust(level),
            facts: vec![],
            ownership: Ownership::Company,
            posture: Posture::unknown(),
            posture_until: Timestamp::FAR_FUTURE,
            evidence_until: now() + Seconds::days(30),
        },
        None => DeviceFacts {
            evidence: DeviceEvidence::Absent(NoDevice::NoCertificate),
            bound: None,
            trust: Trust {
                level: Level::Medium,
                reasons: vec![TrustReason::NoDeviceIdentity {
                    why: NoDevice::NoCertificate.slug().to_owned(),
                }],
                valid_until: Timestamp::FAR_FUTURE,
            },
            facts: vec![],
            ownership: Ownership::Unknown,
            posture: Posture::unknown(),
            posture_until: Timestamp::FAR_FUTURE,
            evidence_until: Timestamp::FAR_FUTURE,
        },
    }
}

/// A member with nothing against her: two factors five minutes ago, a trusted device.
pub(crate) fn request(app: &str) -> Request {
    Request {
        person: PersonFacts {
            id: PersonId::from_random([1; 16]),
            role: Role::Member,
            state: PersonState::Active,
            groups: vec![GroupId::new("sales").unwrap()],
            affiliation: Affiliation::Staff,
            password: PasswordState::Good,
            terms: vec![],
            trust: trust(Level::High),
            facts: vec![],
            enrolled_devices: 1,
        },
        device: device(Some(Level::High)),
        session: SessionFacts {
            id: SessionId::from_random([3; 16]),
            assurance: Assurance::Mfa,
            authenticated_at: now() - Seconds::minutes(5),
            expires_at: now() + Seconds::hours(12),
            state: SessionState::Live,
        },
        circumstances: Circumstances {
            anonymiser: Answer::No,
            ..Circumstances::default()
        },
        app: AppId::new(app).unwrap(),
        now: now(),
        facts_version: 1,
    }
}

/// A decision in one line.
fn line(decision: &Decision) -> String {
    match decision {
        Decision::Allow(permit) if permit.capabilities() == CapabilitySet::ALL => "all".to_owned(),
        Decision::Allow(permit) => format!("{:?}", permit.capabilities()),
        Decision::Refuse(refusal) => {
            let reasons: Vec<String> = refusal.reasons().iter().map(reason_line).collect();
            let remedies: Vec<String> = refusal.remedies().iter().map(remedy_line).collect();
            format!("no: {} → {}", reasons.join(", "), remedies.join(" + "))
        }
    }
}

fn reason_line(reason: &Reason) -> String {
    match reason {
        Reason::PersonTrustTooLow { needed, is, .. }
        | Reason::DeviceTrustTooLow { needed, is, .. } => {
            format!("{} ({} < {})", reason.slug(), is.as_str(), needed.as_str())
        }
        Reason::AssuranceTooLow { needed } => format!("{} (< {})", reason.slug(), needed.as_str()),
        Reason::ReauthenticationNeeded { max_age } => {
            format!("{} (> {} s)", reason.slug(), max_age.0)
        }
        Reason::DeviceRequired { why } => format!("{} ({})", reason.slug(), why.slug()),
        Reason::Policy { id, .. } | Reason::EvaluationError { id } => {
            format!("{} {id}", reason.slug())
        }
        Reason::TermsNotAccepted { terms } => format!("{} {terms}", reason.slug()),
        Reason::FactAboutPerson { kind } | Reason::FactAboutDevice { kind } => {
            format!("{} {}", reason.slug(), kind.as_str())
        }
        Reason::PostureTooLow { item, is } => {
            format!("{} {} ({})", reason.slug(), item.as_str(), is.as_str())
        }
        Reason::VersionTooOld {
            software, needed, ..
        } => format!("{} {} (< {needed})", reason.slug(), software.as_str()),
        Reason::OutsideHours { calendar } => format!("{} {calendar}", reason.slug()),
        _ => reason.slug().to_owned(),
    }
}

fn remedy_line(remedy: &Remedy) -> String {
    match remedy {
        Remedy::StepUp { assurance } => format!("{} {}", remedy.slug(), assurance.as_str()),
        Remedy::AcceptTerms { terms } => format!("{} {terms}", remedy.slug()),
        Remedy::FixPosture { item } => format!("{} {}", remedy.slug(), item.as_str()),
        Remedy::Update { software, to } => format!("{} {} {to}", remedy.slug(), software.as_str()),
        Remedy::ComeBack { at } => format!("{} {at}", remedy.slug()),
        _ => remedy.slug().to_owned(),
    }
}
