//! Policy tests: what the files say must come of an access, against what the policies say.

use zt_identity::{Expected, Organisation, PolicyTestDocument, Shown, Who};
use zt_policy::{
    Decision, DeviceFacts, Obligation, Permit, PersonFacts, PolicySet, Reason, Register, Remedy,
    Request, SessionFacts, SessionState,
};
use zt_types::{
    Affiliation, CapabilitySet, Circumstances, DeviceEvidence, DeviceId, FactKind, GroupId, Level,
    NoDevice, OpenFact, PersonId, PersonState, Posture, Role, Seconds, SessionId, Timestamp, Trust,
    TrustReason,
};

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// What was tested.
    pub name: String,
    /// Where it stands: file, line and column.
    pub place: String,
    /// What came of the access, in one line.
    pub got: String,
    /// What is otherwise than it must be; nothing if it passed.
    pub wrong: Vec<String>,
}

/// Runs the tests of the files against `policies`. `person` says who has a login.
#[must_use]
pub fn test(
    organisation: &Organisation,
    policies: &PolicySet,
    person: impl Fn(&str) -> Option<PersonId>,
) -> Vec<Tested> {
    let register = Register {
        groups: organisation
            .groups
            .iter()
            .map(|group| (group.id.clone(), group.part_of.clone()))
            .collect(),
        ..Register::default()
    };
    let run = |test: &PolicyTestDocument| {
        let decision = policies.decide(&request(test, organisation, &register, &person));
        Tested {
            name: test.name.clone(),
            place: test.place.to_string(),
            got: told(&decision),
            wrong: wrong(&test.expect, &decision),
        }
    };
    organisation.policy_tests.iter().map(run).collect()
}

pub(super) fn request(
    test: &PolicyTestDocument,
    organisation: &Organisation,
    register: &Register,
    person: impl Fn(&str) -> Option<PersonId>,
) -> Request {
    let somebody = || PersonId::from_random([1; 16]);
    let (id, groups, role, affiliation) = match &test.who {
        Who::In(groups) => (somebody(), groups.clone(), Role::Member, Affiliation::Staff),
        Who::Person(login) => {
            let mut people = organisation.people.iter();
            let found = people.find(|person| person.login == *login);
            let id = person(login).unwrap_or_else(somebody);
            match found {
                Some(found) => (id, found.groups.clone(), found.role, found.affiliation),
                None => (id, Vec::new(), Role::Member, Affiliation::Guest),
            }
        }
    };
    let closed = groups.iter().flat_map(|group| register.closure(group));
    let groups: std::collections::BTreeSet<GroupId> = closed.collect();
    let device = DeviceId::from_random([2; 16]);
    Request {
        person: PersonFacts {
            id,
            role: test.role.unwrap_or(role),
            state: PersonState::Active,
            affiliation: test.affiliation.unwrap_or(affiliation),
            password: test.password,
            groups: groups.into_iter().collect(),
            terms: test.terms.clone(),
            trust: trust(test.person_trust),
            facts: open(&test.person_facts),
            enrolled_devices: u32::from(test.device != Shown::Nothing),
        },
        device: DeviceFacts {
            evidence: match test.device {
                Shown::Proven => DeviceEvidence::Proven(device),
                Shown::Enrolled | Shown::Nothing => DeviceEvidence::Absent(NoDevice::NoCertificate),
            },
            bound: (test.device != Shown::Nothing).then_some(device),
            trust: match test.device {
                Shown::Proven => trust(test.device_trust),
                Shown::Enrolled | Shown::Nothing => nameless(test.device_trust),
            },
            facts: open(&test.device_facts),
            ownership: test.owner,
            posture: Posture {
                os: test.os,
                os_version: test.os_version,
                antivirus_version: test.antivirus_version,
                items: test.posture.iter().copied().collect(),
            },
            evidence_until: Timestamp::FAR_FUTURE,
            posture_until: Timestamp::FAR_FUTURE,
        },
        session: SessionFacts {
            id: SessionId::from_random([3; 16]),
            assurance: test.sign_in,
            authenticated_at: test.at - Seconds::minutes(test.minutes_since_proof),
            expires_at: Timestamp::FAR_FUTURE,
            state: SessionState::Live,
        },
        circumstances: Circumstances {
            client: test.client,
            client_version: test.client_version,
            networks: test.networks.clone(),
            country: test.country,
            anonymiser: test.anonymiser,
        },
        app: test.app.clone(),
        now: test.at,
        facts_version: 0,
    }
}

fn trust(level: Level) -> Trust {
    let why = TrustReason::MissingEvidence {
        what: "test".to_owned(),
    };
    Trust {
        level,
        reasons: if level == Level::High {
            vec![]
        } else {
            vec![why]
        },
        valid_until: Timestamp::FAR_FUTURE,
    }
}

/// Without a name a device is believed halfway at best; if that is all there is against it, a name would be enough.
fn nameless(level: Level) -> Trust {
    let nameless = TrustReason::NoDeviceIdentity {
        why: NoDevice::NoCertificate.slug().to_owned(),
    };
    let mut trust = trust(level.min(Level::Medium));
    match level {
        Level::Low => trust.reasons.push(nameless),
        Level::Medium | Level::High => trust.reasons = vec![nameless],
    }
    trust
}

fn open(kinds: &[FactKind]) -> Vec<OpenFact> {
    let open = kinds.iter().map(|kind| OpenFact {
        kind: *kind,
        // What it does to trust is said by the trust.
        ceiling: Level::High,
    });
    open.collect()
}

fn slugs(decision: &Decision) -> (Vec<&'static str>, Vec<&'static str>, Vec<&'static str>) {
    let refusal = decision.refusal();
    let reasons = refusal.map(|refusal| refusal.reasons().iter().map(Reason::slug).collect());
    let steps = refusal.map(|refusal| refusal.remedies().iter().map(Remedy::slug).collect());
    let permit = decision.permit();
    let asked = permit.map(|permit| {
        permit
            .obligations()
            .iter()
            .map(Obligation::as_str)
            .collect()
    });
    (
        reasons.unwrap_or_default(),
        steps.unwrap_or_default(),
        asked.unwrap_or_default(),
    )
}

/// `allowed`, `prompted` or `refused`.
pub(crate) fn outcome(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allow(_) => "allowed",
        Decision::Refuse(refusal) if refusal.remedies().iter().all(Remedy::is_at_hand) => {
            "prompted"
        }
        Decision::Refuse(_) => "refused",
    }
}

/// The names of capabilities.
pub(crate) fn names(capabilities: CapabilitySet) -> Vec<&'static str> {
    let all = capabilities.iter();
    all.map(zt_types::Capability::as_str).collect()
}

/// A decision in one line.
pub(crate) fn told(decision: &Decision) -> String {
    let outcome = outcome(decision);
    let (reasons, steps, asked) = slugs(decision);
    match decision.permit().map(Permit::capabilities) {
        Some(capabilities) => {
            let may = if capabilities == CapabilitySet::ALL {
                "everything".to_owned()
            } else {
                names(capabilities).join(", ")
            };
            if asked.is_empty() {
                format!("{outcome}: {may}")
            } else {
                format!("{outcome}: {may}; obliged to {}", asked.join(", "))
            }
        }
        None => format!(
            "{outcome}: {}; way out: {}",
            reasons.join(", "),
            steps.join(" + ")
        ),
    }
}

/// What is otherwise than expected.
fn wrong(expected: &Expected, decision: &Decision) -> Vec<String> {
    let mut wrong = Vec::new();
    let outcome = outcome(decision);
    if expected.outcome != outcome {
        wrong.push(format!("expected `{}`", expected.outcome));
    }
    let (reasons, steps, asked) = slugs(decision);
    let policies: Vec<&str> = decision.policies().iter().map(|id| id.as_str()).collect();
    let mut among = |what: &str, wanted: &[String], found: &[&str]| {
        for missing in wanted.iter().filter(|w| !found.contains(&w.as_str())) {
            let found = if found.is_empty() {
                "there is none".to_owned()
            } else {
                format!("there is `{}`", found.join("`, `"))
            };
            wrong.push(format!("expected the {what} `{missing}`, {found}"));
        }
    };
    among("reason", &expected.reasons, &reasons);
    among("step", &expected.steps, &steps);
    among("obligation", &expected.obligations, &asked);
    among("policy", &expected.policies, &policies);
    if let Some(wanted) = expected.capabilities {
        let carried = decision.permit().map(Permit::capabilities);
        let carried = carried.unwrap_or_default();
        let of = |set: CapabilitySet| names(set).join("`, `");
        let (missing, more) = (wanted.difference(carried), carried.difference(wanted));
        if !missing.is_empty() {
            wrong.push(format!("expected it to carry `{}` too", of(missing)));
        }
        if !more.is_empty() {
            wrong.push(format!("expected it not to carry `{}`", of(more)));
        }
    }
    wrong
}
