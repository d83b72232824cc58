use super::*;
use zt_types::*;

mod arbitrary;
mod compile;
mod decide;
mod matrix;
mod monotone;

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
        upstream: "http://127.0.0.1:9".to_owned(),
        groups: groups.iter().map(|g| GroupId::new(g).unwrap()).collect(),
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

fn document(id: &str, cedar: &str) -> PolicyDocument {
    PolicyDocument {
        id: PolicyId::new(id).unwrap(),
        title: text(id),
        cedar: cedar.to_owned(),
        state: PolicyState::On,
        message: None,
        managed_by: ManagedBy::Console,
        changed_at: now(),
    }
}

fn demo() -> PolicySet {
    PolicySet::compile(&examples().unwrap(), &apps()).unwrap()
}

/// The demo's policies and these.
fn demo_with(more: &[PolicyDocument]) -> PolicySet {
    let documents: Vec<_> = examples()
        .unwrap()
        .into_iter()
        .chain(more.iter().cloned())
        .collect();
    PolicySet::compile(&documents, &apps()).unwrap()
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
            evidence_until: Timestamp::FAR_FUTURE,
        },
    }
}

/// A member with nothing against her: two factors five minutes ago, a trusted device.
fn request(app: &str) -> Request {
    Request {
        person: PersonFacts {
            id: PersonId::from_random([1; 16]),
            role: Role::Member,
            state: PersonState::Active,
            groups: vec![GroupId::new("sales").unwrap()],
            trust: trust(Level::High),
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
        _ => reason.slug().to_owned(),
    }
}

fn remedy_line(remedy: &Remedy) -> String {
    match remedy {
        Remedy::StepUp { assurance } => format!("{} {}", remedy.slug(), assurance.as_str()),
        _ => remedy.slug().to_owned(),
    }
}
