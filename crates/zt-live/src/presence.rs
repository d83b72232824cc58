//! Who is where, right now.

use crate::live::Live;
use crate::passage::{ConnectionRecord, Passage, Standing};
use std::sync::Arc;
use zt_types::{AppId, DeviceEvidence, PersonId, SessionId, Timestamp, Trust};

/// One person at one application, as the console shows it.
#[derive(Debug, Clone)]
pub struct Presence {
    /// Who.
    pub person: PersonId,
    /// In which session.
    pub session: SessionId,
    /// Where.
    pub app: AppId,
    /// From which device, or why that is not known.
    pub evidence: DeviceEvidence,
    /// How far the person is trusted, and why.
    pub person_trust: Trust,
    /// How far the device is trusted, and why.
    pub device_trust: Trust,
    /// How the passage stands.
    pub standing: Arc<Standing>,
    /// The live connections, oldest first.
    pub connections: Vec<ConnectionRecord>,
    /// Requests so far.
    pub requests: u64,
    /// When it was last used.
    pub last_used: Timestamp,
}

impl Live {
    /// Everybody who is at an application now, last used first.
    #[must_use]
    pub fn presences(&self) -> Vec<Presence> {
        let passages = self.inner.passages.all();
        let now = self.inner.clock.now();
        let beliefs = self.inner.beliefs.read();
        let mut presences: Vec<Presence> = passages
            .iter()
            .map(|passage| {
                let view = crate::judge::evidence(&beliefs, passage, now);
                Presence {
                    person: passage.person,
                    session: passage.session,
                    app: passage.app.clone(),
                    evidence: view.judged.evidence,
                    person_trust: crate::judge::person_trust(
                        &beliefs,
                        passage.person,
                        passage.session,
                        now,
                    ),
                    device_trust: crate::judge::device_trust(&beliefs, &view, now),
                    standing: passage.standing(),
                    connections: passage.connections(),
                    requests: passage.requests(),
                    last_used: passage.last_used(),
                }
            })
            .collect();
        presences.sort_by_key(|presence| std::cmp::Reverse(presence.last_used));
        presences
    }

    /// How many connections are live on passages, all together.
    #[must_use]
    pub fn live_connections(&self) -> usize {
        self.inner
            .passages
            .all()
            .iter()
            .map(|passage: &Arc<Passage>| passage.connections().len())
            .sum()
    }
}
