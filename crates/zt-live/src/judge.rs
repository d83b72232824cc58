//! From beliefs to a question, and from the answer to a standing. Nothing is decided here: the questions go to
//! `zt-device` (evidence), `zt-trust` (trust) and `zt-policy` (the decision).

use crate::Whence;
use crate::ahead::Answered;
use crate::beliefs::Beliefs;
use crate::live::Inner;
use crate::passage::{Grant, Passage, Standing};
use std::collections::BTreeSet;
use zt_auth::{EndReason, Session};
use zt_device::{Bound, Claim, Judged, Presentation};
use zt_events::{Actor, Origin};
use zt_policy::{Decision, DeviceFacts, PersonFacts, Request, SessionFacts, SessionState};
use zt_trust::{BelievedState, Fact};
use zt_types::{
    Affiliation, AppId, Circumstances, DecisionId, DeviceId, OpenFact, Ownership, PasswordState,
    PersonId, SessionId, Subject, Timestamp, Trust,
};

/// What is seen of the device behind a passage.
pub(crate) struct View {
    /// What it proves.
    pub(crate) judged: Judged,
    /// The device it claims to be, whether that counts or not.
    pub(crate) claimed: Option<DeviceId>,
    /// Every device whose facts bear on it: leaving out the certificate must not shake off what is known.
    pub(crate) concerns: BTreeSet<DeviceId>,
}

/// What a passage should stand at.
pub(crate) enum Judgement {
    /// The session is over.
    Over(EndReason),
    /// This is answered.
    Answered(Answered),
}

impl Judgement {
    pub(crate) fn valid_until(&self) -> Timestamp {
        match self {
            Self::Over(_) => Timestamp::FAR_FUTURE,
            Self::Answered(answered) => answered.decision().valid_until(),
        }
    }

    /// The refusal or the permit, if the session is not over.
    pub(crate) fn decision(&self) -> Option<&Decision> {
        match self {
            Self::Over(_) => None,
            Self::Answered(answered) => Some(answered.decision()),
        }
    }
}

/// Judges the device evidence of a passage.
pub(crate) fn evidence(beliefs: &Beliefs, passage: &Passage, now: Timestamp) -> View {
    match beliefs.state().sessions.get(&passage.session) {
        Some(session) => view(beliefs, session, passage.presented, now),
        None => View {
            judged: zt_device::evidence(
                &Claim {
                    presented: Presentation::NotAsked,
                    certificate: None,
                    device: None,
                    person: None,
                    bound: None,
                },
                now,
            ),
            claimed: None,
            concerns: BTreeSet::new(),
        },
    }
}

/// Judges the device evidence of a session on a connection that presented `presented`.
pub(crate) fn session_evidence(
    beliefs: &Beliefs,
    session: &Session,
    presented: Presentation,
    now: Timestamp,
) -> Judged {
    let state = beliefs.state();
    let certificate = match presented {
        Presentation::Certificate(certificate) => Some(certificate),
        _ => None,
    };
    zt_device::evidence(
        &Claim {
            presented,
            certificate: certificate.and_then(|c| state.certificates.get(&c.serial)),
            device: certificate.and_then(|c| beliefs.device(c.device)),
            person: Some(session.person),
            bound: session.device.map(|device| Bound {
                device,
                certificate: session
                    .certificate
                    .and_then(|serial| state.certificates.get(&serial)),
                record: beliefs.device(device),
            }),
        },
        now,
    )
}

fn view(beliefs: &Beliefs, session: &Session, presented: Presentation, now: Timestamp) -> View {
    let claimed = match presented {
        Presentation::Certificate(certificate) => Some(certificate.device),
        _ => session.device,
    };
    View {
        judged: session_evidence(beliefs, session, presented, now),
        claimed,
        concerns: claimed.into_iter().chain(session.device).collect(),
    }
}

/// How far a person is believed, in one of her sessions.
pub(crate) fn person_trust(
    beliefs: &Beliefs,
    person: PersonId,
    session: SessionId,
    now: Timestamp,
) -> Trust {
    let facts = beliefs
        .open_facts(Subject::Person(person))
        .chain(beliefs.open_facts(Subject::Session(session)));
    zt_trust::trust_of_person(facts, now)
}

/// How far the device behind a view is believed.
pub(crate) fn device_trust(beliefs: &Beliefs, view: &View, now: Timestamp) -> Trust {
    let facts: Vec<&Fact> = view
        .concerns
        .iter()
        .flat_map(|device| beliefs.open_facts(Subject::Device(*device)))
        .collect();
    zt_trust::trust_of_device(facts.into_iter(), view.judged.evidence, now)
}

/// What is believed of the state of the device behind a view. Of one that did not prove itself only what is amiss: leaving
/// out the certificate must not shake that off.
fn device_state(beliefs: &Beliefs, view: &View, now: Timestamp) -> BelievedState {
    let proven = view.judged.evidence.device();
    let Some(device) = proven.and_then(|device| beliefs.device(device)) else {
        let state = beliefs.state();
        let records = view.concerns.iter().flat_map(|id| state.postures_of(*id));
        return zt_trust::believed(records, Ownership::Unknown, "", now).unproven();
    };
    let enrolled_as = match device.ownership {
        zt_device::Ownership::Company => Ownership::Company,
        zt_device::Ownership::Personal => Ownership::Personal,
    };
    let records = beliefs.state().postures_of(device.id);
    zt_trust::believed(records, enrolled_as, &device.os, now)
}

/// What the policies are to be asked about a passage; or why its session is over.
pub(crate) fn asking(
    beliefs: &Beliefs,
    passage: &Passage,
    now: Timestamp,
) -> Result<Request, EndReason> {
    let session = beliefs.state().sessions.get(&passage.session);
    let session = session.ok_or(EndReason::Expired)?;
    if let Some((_, why)) = session.ended {
        return Err(why);
    }
    if now >= session.expires_at {
        return Err(EndReason::Expired);
    }
    Ok(request(
        beliefs,
        session,
        &passage.app,
        passage.presented,
        Some(passage.whence),
        now,
    ))
}

fn open_facts<'a>(facts: impl Iterator<Item = &'a Fact>) -> Vec<OpenFact> {
    let mut open: Vec<OpenFact> = facts
        .map(|fact| OpenFact {
            kind: fact.kind,
            ceiling: fact.severity.ceiling(),
        })
        .collect();
    open.sort_unstable();
    open.dedup();
    open
}

/// What the policies are to be asked.
pub(crate) fn request(
    beliefs: &Beliefs,
    session: &Session,
    app: &AppId,
    presented: Presentation,
    whence: Option<Whence>,
    now: Timestamp,
) -> Request {
    let view = view(beliefs, session, presented, now);
    let person = beliefs.person(session.person);
    let devices = beliefs.count_devices_of(session.person);
    let trust = device_trust(beliefs, &view, now);
    let state = device_state(beliefs, &view, now);
    let circumstances = whence.map_or_else(Circumstances::default, |whence| {
        whence.circumstances(beliefs, state.virtual_desktop)
    });
    Request {
        person: PersonFacts {
            id: session.person,
            // A person without a record may nothing: disabled is what policy always refuses.
            role: person.map_or(zt_types::Role::Member, |p| p.role),
            state: person.map_or(zt_types::PersonState::Disabled, |p| p.state),
            affiliation: person.map_or(Affiliation::Guest, |p| p.affiliation),
            password: if beliefs.state().resets_due.contains_key(&session.person) {
                PasswordState::ResetDue
            } else {
                PasswordState::Good
            },
            groups: person.map(|p| p.groups.clone()).unwrap_or_default(),
            terms: beliefs
                .state()
                .accepted_terms(session.person)
                .cloned()
                .collect(),
            trust: person_trust(beliefs, session.person, session.id, now),
            facts: open_facts(
                beliefs
                    .open_facts(Subject::Person(session.person))
                    .chain(beliefs.open_facts(Subject::Session(session.id))),
            ),
            enrolled_devices: u32::try_from(devices).unwrap_or(u32::MAX),
        },
        device: DeviceFacts {
            evidence: view.judged.evidence,
            bound: session.device,
            trust,
            facts: open_facts(
                view.concerns
                    .iter()
                    .flat_map(|device| beliefs.open_facts(Subject::Device(*device))),
            ),
            ownership: state.ownership,
            posture: state.posture,
            posture_until: state.valid_until,
            evidence_until: view.judged.valid_until,
        },
        session: SessionFacts {
            id: session.id,
            assurance: session.assurance,
            authenticated_at: session.authenticated_at,
            expires_at: session.expires_at,
            state: if session.ended.is_some() {
                SessionState::Ended
            } else {
                SessionState::Live
            },
        },
        circumstances,
        app: app.clone(),
        now,
        facts_version: beliefs.version,
    }
}

/// Whether a judgement says what the standing says already: then nothing is put in place and nothing recorded.
pub(crate) fn is_same(standing: &Standing, judgement: &Judgement) -> bool {
    match (standing, judgement) {
        (Standing::Over(was), Judgement::Over(is)) => was == is,
        (Standing::Permitted(grant), Judgement::Answered(Answered::Decided(decision))) => {
            decision.permit().is_some_and(|permit| {
                permit.capabilities() == grant.permit.capabilities()
                && permit.obligations() == grant.permit.obligations()
                && permit.policy_version() == grant.permit.policy_version()
                // The identity token tells the application of these.
                && is_same_identity(&permit.inputs().request, &grant.permit.inputs().request)
            })
        }
        (
            Standing::Refused { refusal: was, .. },
            Judgement::Answered(Answered::Decided(decision)),
        ) => decision
            .refusal()
            .is_some_and(|is| is.reasons() == was.reasons() && is.remedies() == was.remedies()),
        _ => false,
    }
}

fn is_same_identity(is: &Request, was: &Request) -> bool {
    is.session == was.session
        && is.device.evidence == was.device.evidence
        && is.device.trust.level == was.device.trust.level
        && is.person.trust.level == was.person.trust.level
        && is.person.groups == was.person.groups
}

impl Inner {
    /// Makes a judgement a standing, and records the decision.
    pub(crate) fn stand(&self, judgement: Judgement) -> Standing {
        let (decision, id) = match judgement {
            Judgement::Over(why) => return Standing::Over(why),
            Judgement::Answered(Answered::Decided(decision)) => {
                let person = decision.inputs().request.person.id;
                let id = self.decided(Actor::Person(person), &decision);
                (decision, id)
            }
            Judgement::Answered(Answered::Unsettled(refusal)) => (refusal, self.undecided()),
        };
        match *decision {
            Decision::Allow(permit) => Standing::Permitted(Grant::new(permit, id)),
            Decision::Refuse(refusal) => Standing::Refused {
                refusal,
                decision: id,
            },
        }
    }

    /// Records a decision with everything that deciding it again needs.
    pub(crate) fn decided(&self, actor: Actor, decision: &Decision) -> DecisionId {
        let id = DecisionId::from_random(self.entropy.bytes());
        self.samples.consider(decision, self.clock.now());
        let body = zt_store::decided(id, decision, Origin::Observed);
        self.store.record(self.event(actor, body));
        id
    }
}
