//! What becomes of grants.

use super::{Applied, GRANTS, Row};
use crate::{Conflict, State};
use zt_auth::{Grant, GrantEnd, GrantState};
use zt_types::{GrantId, Timestamp};

impl State {
    /// Ends those of these grants that have not ended.
    pub(super) fn end_grants(
        &mut self,
        grants: Vec<GrantId>,
        at: Timestamp,
        why: GrantEnd,
        done: &mut Applied,
    ) {
        for id in grants {
            let kept = self.grants.get(&id);
            let goes_on = kept.filter(|grant| !matches!(grant.state, GrantState::Ended { .. }));
            if let Some(ended) = goes_on.map(|grant| grant.ended(at, why)) {
                self.set(done, Row::Grant, id, Some(ended), GRANTS);
            }
        }
    }

    /// Turns a grant into what `turn` makes of it, if it makes anything.
    pub(super) fn turn_grant(
        &mut self,
        id: GrantId,
        turn: impl FnOnce(Grant) -> Option<Grant>,
        done: &mut Applied,
    ) -> Result<(), Conflict> {
        let turned = self.grants.get(&id).cloned().and_then(turn);
        let turned = turned.ok_or(Conflict::Missing("grant to tell of"))?;
        self.set(done, Row::Grant, id, Some(turned), GRANTS);
        Ok(())
    }
}
