//! Going back to earlier policies.

use crate::live::{Cut, Live, LiveError};
use zt_events::{Actor, Body};
use zt_store::Plan;
use zt_types::PolicyId;

/// What came of going back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RolledBack {
    /// It is not known what the policies were then.
    NotKept,
    /// They are what they were.
    Same,
    /// They are again what they were.
    Done {
        /// Which policies changed.
        policies: Vec<PolicyId>,
        /// Which connections were cut by it.
        cut: Vec<Cut>,
    },
}

impl Live {
    /// Puts the policies back to what they were at a revision, by the same way as any change of them: they are compiled
    /// with the register as it is now, and this is a revision itself.
    ///
    /// # Errors
    /// [`LiveError::Policies`] if they name what is no longer there, [`LiveError::Store`] if policies changed meanwhile or
    /// the store failed; nothing was changed then.
    pub async fn roll_back(
        &self,
        number: u64,
        actor: Actor,
        why: String,
    ) -> Result<RolledBack, LiveError> {
        let now = self.clock().now();
        let Some((changes, policies)) = self.read(|state| state.back_to(number, now)) else {
            return Ok(RolledBack::NotKept);
        };
        if policies.is_empty() {
            return Ok(RolledBack::Same);
        }
        let after = self.inner.policies_after(&changes)?;
        let version = after.map(|policies| policies.version().to_string());
        let changed = Body::PoliciesChanged {
            version: version.unwrap_or_default(),
            policies: policies.clone(),
            why: Some(why),
        };
        let plan = Plan::new(changes, vec![self.event(actor, changed)]);
        let cut = self.commit(plan).await?;
        Ok(RolledBack::Done { policies, cut })
    }
}
