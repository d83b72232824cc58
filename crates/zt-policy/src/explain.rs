//! Why a refusal: asked of the policies themselves, never of a note beside them that could be wrong.
//!
//! For each policy that refuses, take the situation without any risk and put back one risk at a time as it is. A risk
//! that alone makes the policy refuse again is a reason; the mildest degree of it that no longer does is what is needed.
//! Policies read risk in one direction only (see [`crate::shape`]), so that degree exists and is unique.

use crate::compile::{Answer, Class, PolicySet, Slice};
use crate::situation::Situation;
use crate::{ManagedBy, Reason};
use cedar_policy::Effect;
use zt_types::{Assurance, Level, Seconds};

/// A policy that refuses, or the permits that all keep silent.
#[derive(Clone, Copy)]
enum Blocker<'a> {
    Forbid(usize, &'a Class),
    NoPermit(&'a Class),
}

impl PolicySet {
    /// The reasons, the one that weighs most first, and the places of the policies that refuse. What exactly stands
    /// against the person or the device is left for the caller to fill in.
    pub(crate) fn explain(
        &self,
        slice: &Slice,
        situation: &Situation<'_>,
        refusal: &Answer,
    ) -> Option<(Vec<Reason>, Vec<usize>)> {
        let mut reasons: Vec<Reason> = self
            .documents_at(&refusal.erring)
            .into_iter()
            .map(|id| Reason::EvaluationError { id })
            .collect();
        let forbids: Vec<usize> = refusal
            .decisive
            .iter()
            .copied()
            .filter(|place| {
                self.policies
                    .get(*place)
                    .is_some_and(|p| p.effect == Effect::Forbid)
            })
            .collect();
        let mut blockers: Vec<Blocker<'_>> = forbids
            .iter()
            .filter_map(|place| {
                slice
                    .forbid(*place)
                    .map(|class| Blocker::Forbid(*place, class))
            })
            .collect();
        let permits = Blocker::NoPermit(slice.permits());
        if self.blocks(slice, permits, situation)? {
            blockers.push(permits);
        }
        for blocker in blockers {
            let found = self.reasons_of(slice, situation, blocker)?;
            let has_word = !found.is_empty();
            for reason in found {
                add(&mut reasons, reason);
            }
            match blocker {
                Blocker::NoPermit(_) if !has_word => add(&mut reasons, Reason::NotEntitled),
                Blocker::Forbid(place, _) => {
                    if let Some(reason) = self.word_of(place, has_word) {
                        add(&mut reasons, reason);
                    }
                }
                Blocker::NoPermit(_) => {}
            }
        }
        reasons.sort_by_key(weight);
        Some((reasons, forbids))
    }

    /// What the author of the policy at `place` wrote; always given if there is no word of ours for what it wants.
    fn word_of(&self, place: usize, has_word: bool) -> Option<Reason> {
        let document = self.document(self.document_at(place)?)?;
        let written = document.managed_by != ManagedBy::System && document.message.is_some();
        (written || !has_word).then(|| Reason::Policy {
            id: document.id.clone(),
            message: document.message.clone(),
        })
    }

    fn blocks(
        &self,
        slice: &Slice,
        blocker: Blocker<'_>,
        situation: &Situation<'_>,
    ) -> Option<bool> {
        let (Blocker::Forbid(_, class) | Blocker::NoPermit(class)) = blocker;
        let answers = self.answer(slice, situation, [class])?;
        let answer = answers.first()?;
        Some(match blocker {
            Blocker::Forbid(..) => answer.fired(),
            Blocker::NoPermit(_) => !answer.allowed,
        })
    }

    fn reasons_of(
        &self,
        slice: &Slice,
        actual: &Situation<'_>,
        blocker: Blocker<'_>,
    ) -> Option<Vec<Reason>> {
        let best = actual.at_best();
        let blocks = |situation: &Situation<'_>| self.blocks(slice, blocker, situation);
        if blocks(&best)? {
            return Some(Vec::new());
        }
        let mut reasons = Vec::new();

        let with_person = |person_trust| Situation {
            person_trust,
            ..best
        };
        if blocks(&with_person(actual.person_trust))? {
            reasons.push(Reason::PersonTrustTooLow {
                needed: mildest(&Level::ALL, |level| blocks(&with_person(level)))?
                    .unwrap_or(Level::High),
                is: actual.person_trust,
                reasons: Vec::new(),
            });
        }

        let with_device = |device_trust| Situation {
            device_trust,
            ..best
        };
        let known = actual.atoms.device_trust_with_identity;
        if blocks(&with_device(known))? {
            reasons.push(Reason::DeviceTrustTooLow {
                needed: mildest(&Level::ALL, |level| blocks(&with_device(level)))?
                    .unwrap_or(Level::High),
                is: known,
                reasons: Vec::new(),
            });
        }
        if let Some(why) = actual.atoms.nameless {
            let nameless = Situation {
                proven: false,
                device_trust: Level::Medium,
                ..best
            };
            if blocks(&nameless)? {
                reasons.push(Reason::DeviceRequired { why });
            }
        }

        let with_assurance = |assurance| Situation { assurance, ..best };
        if blocks(&with_assurance(actual.assurance))? {
            reasons.push(Reason::AssuranceTooLow {
                needed: mildest(&Assurance::ALL, |assurance| {
                    blocks(&with_assurance(assurance))
                })?
                .unwrap_or(Assurance::Hardware),
            });
        }

        let with_age = |age| Situation { age, ..best };
        if blocks(&with_age(actual.age))? {
            // `age < N` holds up to N − 1.
            let mut ages: Vec<i64> = slice
                .interest
                .ages
                .iter()
                .flat_map(|age| [*age, age.saturating_sub(1)])
                .collect();
            ages.sort_unstable_by(|a, b| b.cmp(a));
            let oldest = mildest(&ages, |age| blocks(&with_age(age)))?.unwrap_or(0);
            reasons.push(Reason::ReauthenticationNeeded {
                max_age: Seconds(u64::try_from(oldest).unwrap_or(0)),
            });
        }
        Some(reasons)
    }
}

/// The first of `degrees`, riskiest first, that is not blocked.
fn mildest<T: Copy>(degrees: &[T], blocks: impl Fn(T) -> Option<bool>) -> Option<Option<T>> {
    for degree in degrees {
        if !blocks(*degree)? {
            return Some(Some(*degree));
        }
    }
    Some(None)
}

/// Adds a reason; of two of one kind the stricter one stays.
fn add(reasons: &mut Vec<Reason>, new: Reason) {
    for there in reasons.iter_mut() {
        match (&mut *there, &new) {
            (
                Reason::PersonTrustTooLow { needed, .. },
                Reason::PersonTrustTooLow { needed: other, .. },
            )
            | (
                Reason::DeviceTrustTooLow { needed, .. },
                Reason::DeviceTrustTooLow { needed: other, .. },
            ) => {
                *needed = (*needed).max(*other);
                return;
            }
            (Reason::AssuranceTooLow { needed }, Reason::AssuranceTooLow { needed: other }) => {
                *needed = (*needed).max(*other);
                return;
            }
            (
                Reason::ReauthenticationNeeded { max_age },
                Reason::ReauthenticationNeeded { max_age: other },
            ) => {
                *max_age = (*max_age).min(*other);
                return;
            }
            (there, new) if *there == *new => return,
            _ => {}
        }
    }
    reasons.push(new);
}

/// Smaller weighs more: what the person cannot mend comes before what she can.
const fn weight(reason: &Reason) -> u8 {
    match reason {
        Reason::SessionEnded => 0,
        Reason::PersonDisabled => 1,
        Reason::ApplicationUnregistered => 2,
        Reason::EvaluationError { .. } => 3,
        Reason::PersonTrustTooLow { .. } => 4,
        Reason::DeviceTrustTooLow { .. } => 5,
        Reason::NotEntitled => 6,
        Reason::DeviceRequired { .. } => 7,
        Reason::AssuranceTooLow { .. } => 8,
        Reason::ReauthenticationNeeded { .. } => 9,
        Reason::Policy { .. } => 10,
    }
}
