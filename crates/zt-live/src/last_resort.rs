//! The accounts of last resort stay: no plan, whoever made it, shuts one of them out.
//!
//! Policies are no danger to them: `zt-policy` decides about them before any policy. What is left is their records: whoever
//! could disable such an account, take its role away or its last passkey could lock everybody out.

use crate::LiveError;
use zt_store::{Change, Plan, State};
use zt_types::{PersonId, PersonState, Role};

/// The plan, with what the store must hold to besides.
///
/// # Errors
/// [`LiveError::LastResort`] if it would disable such an account or make an ordinary one of it.
pub(crate) fn guarded(mut plan: Plan, state: &State) -> Result<Plan, LiveError> {
    let mut without_factor: Vec<PersonId> = Vec::new();
    for change in &plan.changes {
        match change {
            Change::PutPerson(after) => {
                let before = state.people.get(&after.id);
                let stays = after.role == Role::BreakGlass && after.state == PersonState::Active;
                if let Some(before) = before.filter(|before| before.role == Role::BreakGlass)
                    && !stays
                {
                    return Err(LiveError::LastResort(before.login.clone()));
                }
            }
            Change::RemoveCredential(id) => {
                let owner = state.credentials.get(id).map(|kept| kept.person);
                let owner = owner.and_then(|person| state.people.get(&person));
                if let Some(owner) = owner.filter(|owner| owner.role == Role::BreakGlass) {
                    without_factor.push(owner.id);
                }
            }
            _ => {}
        }
    }
    let keeps = without_factor.into_iter().map(Change::KeepsSecondFactor);
    plan.changes.extend(keeps);
    Ok(plan)
}
