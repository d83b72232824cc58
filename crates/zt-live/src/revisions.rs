//! Going back to earlier policies.

use crate::live::{Cut, Live, LiveError};
use zt_events::{Actor, Body};
use zt_policy::PolicyError;
use zt_store::{GoingBack, Plan};
use zt_types::PolicyId;

/// What came of going back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RolledBack {
    /// It is not known what the policies were then.
    NotKept,
    /// They are what they were.
    Same,
    /// Nothing was changed: these exclusions have run out, and without them their policies would let somebody in.
    LetsIn(Vec<PolicyError>),
    /// They are again what they were, but for what is said here.
    Done {
        /// Which policies changed; none if all that differ are the files'.
        policies: Vec<PolicyId>,
        /// Which policies were left as they are, because the organisation's files manage them, or did then.
        of_files: Vec<PolicyId>,
        /// Which exclusions did not come back, because their last day has passed.
        dropped: Vec<PolicyError>,
        /// Which connections were cut by it.
        cut: Vec<Cut>,
    },
}

impl Live {
    /// Puts the policies back to what they were at a revision, by the same way as any change of them: they are compiled
    /// with the register as it is now, and this is a revision itself. What files manage is changed by applying files and
    /// by nothing else.
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
        let Some(back) = self.read(|state| state.back_to(number, now)) else {
            return Ok(RolledBack::NotKept);
        };
        let GoingBack {
            changes,
            policies,
            of_files,
            dropped,
            opening,
        } = back;
        if !opening.is_empty() {
            return Ok(RolledBack::LetsIn(opening));
        }
        if policies.is_empty() && of_files.is_empty() {
            return Ok(RolledBack::Same);
        }
        let cut = if policies.is_empty() {
            Vec::new()
        } else {
            let after = self.inner.policies_after(&changes)?;
            let version = after.map(|policies| policies.version().to_string());
            let changed = Body::PoliciesChanged {
                version: version.unwrap_or_default(),
                policies: policies.clone(),
                why: Some(why),
            };
            let plan = Plan::new(changes, vec![self.event(actor, changed)]);
            self.commit(plan).await?
        };
        Ok(RolledBack::Done {
            policies,
            of_files,
            dropped,
            cut,
        })
    }
}
