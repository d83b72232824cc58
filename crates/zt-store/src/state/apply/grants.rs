//! What becomes of grants.

use super::{Applied, CONSENTS, GRANTS, Row, keys};
use crate::{Conflict, State};
use zt_auth::{Grant, GrantEnd, GrantState};
use zt_types::{ClientId, GrantId, Timestamp};

impl State {
    /// Drops grants of a client, and what people agreed that it may know: one that comes back under the same id, or that
    /// moved to another application, is another one.
    pub(super) fn drop_given(
        &mut self,
        client: &ClientId,
        which: impl Fn(&Grant) -> bool,
        done: &mut Applied,
    ) {
        for id in keys(&self.grants, |grant| {
            grant.client == *client && which(grant)
        }) {
            self.set(done, Row::Grant, id, None, GRANTS);
        }
        for key in keys(&self.consents, |consent| consent.client == *client) {
            self.set(done, Row::Consent, key, None, CONSENTS);
        }
    }

    /// Takes what people agreed to with a client back, and ends what rests on it.
    pub(super) fn end_agreed(&mut self, client: &ClientId, at: Timestamp, done: &mut Applied) {
        let agreed = keys(&self.consents, |consent| consent.client == *client);
        let rests = |grant: &Grant| {
            grant.client == *client && agreed.iter().any(|(who, _)| *who == grant.person)
        };
        let grants = keys(&self.grants, rests);
        self.end_grants(grants, at, GrantEnd::ConsentWithdrawn, done);
        for key in agreed {
            self.set(done, Row::Consent, key, None, CONSENTS);
        }
    }

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
