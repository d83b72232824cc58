//! What a decision is made of: every atom that policy can read, and nothing else.

use serde::{Deserialize, Serialize};
use zt_types::{
    Affiliation, Answer, AppId, Assurance, Circumstances, DeviceEvidence, DeviceId, GroupId, Level,
    NoDevice, OpenFact, Ownership, PasswordState, PersonId, PersonState, Posture, Role, SessionId,
    TermsId, Timestamp, Trust, TrustReason,
};

/// One question to the decision point: may this person, from this device, in this session, use this application now?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Who asks.
    pub person: PersonFacts,
    /// From which device.
    pub device: DeviceFacts,
    /// With which sign-in.
    pub session: SessionFacts,
    /// By what means and from where.
    #[serde(default)]
    pub circumstances: Circumstances,
    /// Which application.
    pub app: AppId,
    /// When.
    pub now: Timestamp,
    /// Which state of the ledger the facts were read at.
    pub facts_version: u64,
}

/// What is known of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonFacts {
    /// Her id.
    pub id: PersonId,
    /// What she may do in Sekisho itself.
    pub role: Role,
    /// Whether she may sign in at all.
    pub state: PersonState,
    /// Whether she belongs to the company.
    #[serde(default)]
    pub affiliation: Affiliation,
    /// Whether her password may be relied on.
    #[serde(default)]
    pub password: PasswordState,
    /// Her groups, with the groups that those are part of.
    pub groups: Vec<GroupId>,
    /// The terms that she accepted as they are now.
    #[serde(default)]
    pub terms: Vec<TermsId>,
    /// How far she is believed.
    pub trust: Trust,
    /// What is open against her and this session of hers, whether it lowers her trust or not.
    #[serde(default)]
    pub facts: Vec<OpenFact>,
    /// How many devices of hers are enrolled; decides nothing, but with one the way out is to present it.
    pub enrolled_devices: u32,
}

/// What is known of the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceFacts {
    /// What this connection proved.
    pub evidence: DeviceEvidence,
    /// The device the session is bound to, if any: what is known of it counts in `trust` even when this connection
    /// proved nothing.
    pub bound: Option<DeviceId>,
    /// How far it is believed.
    pub trust: Trust,
    /// What is open against it, whether it lowers its trust or not.
    #[serde(default)]
    pub facts: Vec<OpenFact>,
    /// Whose it is.
    #[serde(default = "unknown_ownership")]
    pub ownership: Ownership,
    /// What state it is in.
    #[serde(default)]
    pub posture: Posture,
    /// From when on that is not known any more; far away if nothing is known of it.
    #[serde(default = "far_future")]
    pub posture_until: Timestamp,
    /// Until when the evidence holds by itself (the certificate's end); far away if there is none.
    pub evidence_until: Timestamp,
}

/// What is known of the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFacts {
    /// Its id.
    pub id: SessionId,
    /// How strongly the person was authenticated.
    pub assurance: Assurance,
    /// When she last proved anything.
    pub authenticated_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Whether it was ended before.
    pub state: SessionState,
}

/// Whether a session was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionState {
    /// Nobody ended it.
    Live,
    /// Somebody ended it.
    Ended,
}

const fn unknown_ownership() -> Ownership {
    Ownership::Unknown
}

const fn far_future() -> Timestamp {
    Timestamp::FAR_FUTURE
}

impl Request {
    /// The same with what has run out by now taken as such.
    pub(crate) fn as_of_now(&self) -> Self {
        Self {
            person: self.person.at(self.now),
            device: self.device.at(self.now),
            session: self.session.clone(),
            circumstances: self.circumstances.clone(),
            app: self.app.clone(),
            now: self.now,
            facts_version: self.facts_version,
        }
    }
}

impl PersonFacts {
    /// The same facts as they are at `now`.
    pub(crate) fn at(&self, now: Timestamp) -> Self {
        Self {
            trust: trust_at(&self.trust, now),
            ..self.clone()
        }
    }
}

impl DeviceFacts {
    /// The same facts as they are at `now`: evidence that has run out is none.
    pub(crate) fn at(&self, now: Timestamp) -> Self {
        let mut facts = Self {
            trust: trust_at(&self.trust, now),
            ..self.clone()
        };
        if now >= facts.posture_until {
            // What was amiss stays so; which operating system it is does not change by silence.
            facts
                .posture
                .items
                .retain(|_, answer| *answer == Answer::No);
            facts.posture.os_version = None;
            facts.posture.antivirus_version = None;
            if facts.ownership == Ownership::Company {
                facts.ownership = Ownership::Unknown;
            }
        }
        if facts.evidence.device().is_some() && now >= facts.evidence_until {
            let why = NoDevice::Expired;
            facts.evidence = DeviceEvidence::Absent(why);
            facts.trust.level = facts.trust.level.min(Level::Medium);
            facts.trust.reasons.push(TrustReason::NoDeviceIdentity {
                why: why.slug().to_owned(),
            });
        }
        facts
    }
}

/// Trust that was worked out for a time that is over is medium at best.
fn trust_at(trust: &Trust, now: Timestamp) -> Trust {
    let mut trust = trust.clone();
    let stale = TrustReason::MissingEvidence {
        what: "current-trust".to_owned(),
    };
    if now >= trust.valid_until && !trust.reasons.contains(&stale) {
        trust.level = trust.level.min(Level::Medium);
        trust.reasons.push(stale);
    }
    trust
}
