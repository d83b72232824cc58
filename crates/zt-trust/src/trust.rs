//! Trust as a function of open facts.

use crate::Fact;
use zt_types::{DeviceEvidence, Level, Timestamp, Trust, TrustReason};

#[cfg(test)]
mod tests;

/// How far the device behind an access is believed.
///
/// `facts` are the facts about the device that `evidence` proves *and* about the device the session is bound to, if that
/// is another one or if no certificate came this time: leaving out the certificate must not shake off what is known.
/// Cleared facts are passed over, so a caller may hand in the whole history.
///
/// No identity means medium at best, whatever the reason it is missing.
#[must_use]
pub fn trust_of_device<'a>(
    facts: impl Iterator<Item = &'a Fact>,
    evidence: DeviceEvidence,
    now: Timestamp,
) -> Trust {
    let mut trust = trust_of_person(facts, now);
    if let DeviceEvidence::Absent(why) = evidence {
        trust.level = trust.level.min(Level::Medium);
        trust.reasons.push(TrustReason::NoDeviceIdentity {
            why: why.slug().to_owned(),
        });
    }
    trust
}

/// How far a person is believed: `facts` are those about her and about this session of hers.
///
/// The reasons come worst first, then by kind, source and age, so that equal facts give equal texts in whatever order
/// they were kept.
#[must_use]
pub fn trust_of_person<'a>(facts: impl Iterator<Item = &'a Fact>, _now: Timestamp) -> Trust {
    let mut open: Vec<&Fact> = facts
        .filter(|fact| fact.is_open() && fact.severity.ceiling() < Level::High)
        .collect();
    open.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.kind.cmp(&b.kind))
            .then_with(|| a.key.cmp(&b.key))
    });
    open.dedup_by(|a, b| a.key == b.key);
    Trust {
        level: open
            .iter()
            .map(|fact| fact.severity.ceiling())
            .min()
            .unwrap_or(Level::High),
        reasons: open
            .iter()
            .map(|fact| TrustReason::OpenFact {
                fact: fact.kind.as_str().to_owned(),
                source: fact.key.source.to_string(),
                title: fact.title.clone(),
                since: fact.observed_at,
            })
            .collect(),
        // A threat never expires by the clock; evidence that does (posture) will bound this.
        valid_until: Timestamp::FAR_FUTURE,
    }
}
