//! The accounts of last resort stay: no plan, whoever made it, shuts one of them out.
//!
//! Policies are no danger to them: `zt-policy` decides about them before any policy. What is left is their records: whoever
//! could disable such an account, take its role away or its last passkey could lock everybody out.
//!
//! A plan is judged by the records as they are when it comes into force, not as they were when it was handed in: plans that
//! [`bear_on_it`] are judged, committed and believed one after the other.

use crate::LiveError;
use std::collections::{BTreeMap, BTreeSet};
use zt_store::{Change, Conflict, Plan, State, StoreError};
use zt_types::{CredentialId, PersonId, PersonState, Role};

/// Whether a change can make an account one of last resort, or take something from one.
pub(crate) const fn bear_on_it(change: &Change) -> bool {
    matches!(change, Change::PutPerson(_) | Change::RemoveCredential(_))
}

/// The records as a plan leaves them, as far as it got.
struct Followed<'a> {
    state: &'a State,
    roles: BTreeMap<PersonId, Role>,
    owners: BTreeMap<CredentialId, PersonId>,
}

impl Followed<'_> {
    fn role(&self, person: PersonId) -> Option<Role> {
        let kept = || self.state.people.get(&person).map(|kept| kept.role);
        self.roles.get(&person).copied().or_else(kept)
    }

    fn owner(&self, factor: CredentialId) -> Option<PersonId> {
        let kept = || self.state.credentials.get(&factor).map(|kept| kept.person);
        self.owners.get(&factor).copied().or_else(kept)
    }

    fn is_last_resort(&self, person: PersonId) -> bool {
        self.role(person) == Some(Role::BreakGlass)
    }
}

/// The plan, with what the store must hold to besides. `state` is what is believed once every plan that bears on it and was
/// handed in before is.
///
/// # Errors
/// [`LiveError::LastResort`] if it would disable such an account or make an ordinary one of it; [`Conflict::Missing`] if it
/// removes a factor that is not there.
pub(crate) fn guarded(mut plan: Plan, state: &State) -> Result<Plan, LiveError> {
    let mut followed = Followed {
        state,
        roles: BTreeMap::new(),
        owners: BTreeMap::new(),
    };
    let mut without_factor: BTreeSet<PersonId> = BTreeSet::new();
    for change in &plan.changes {
        match change {
            Change::PutPerson(after) => {
                let stays = after.role == Role::BreakGlass && after.state == PersonState::Active;
                if followed.is_last_resort(after.id) && !stays {
                    return Err(LiveError::LastResort(after.login.clone()));
                }
                followed.roles.insert(after.id, after.role);
            }
            Change::PutCredential(factor) => {
                let taken_from = followed
                    .owner(factor.id)
                    .filter(|was| *was != factor.person);
                without_factor.extend(taken_from.filter(|was| followed.is_last_resort(*was)));
                followed.owners.insert(factor.id, factor.person);
            }
            Change::RemoveCredential(id) => {
                // Of one that is on its way into the store nobody knows yet: not even whose it is.
                let owner = followed.owner(*id).ok_or(Conflict::Missing("factor"));
                let owner = owner.map_err(StoreError::from)?;
                without_factor.extend(Some(owner).filter(|owner| followed.is_last_resort(*owner)));
            }
            _ => {}
        }
    }
    let keeps = without_factor.into_iter().map(Change::KeepsSecondFactor);
    plan.changes.extend(keeps);
    Ok(plan)
}
