//! Some decisions are decided by Cedar as well, beside the way of whoever waits for them.

use crate::beliefs::Affected;
use crate::beliefs::Everybody;
use crate::live::Inner;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use tokio::sync::mpsc;
use zt_events::{Actor, Body};
use zt_policy::{Decision, DecisionInputs, Dispute, Shadow};
use zt_types::{Seconds, Timestamp};

/// At most one decision in this time.
const EVERY: Seconds = Seconds(1);
/// Cedar is left alone for so many times as long as it took: where there are thousands of policies, that is long.
const REST: i64 = 100;

/// Takes samples of what is decided. While one is being looked at, there is no other.
#[derive(Debug)]
pub(crate) struct Samples {
    samples: mpsc::Sender<DecisionInputs>,
    next: AtomicI64,
}

impl Samples {
    pub(crate) fn new() -> (Self, mpsc::Receiver<DecisionInputs>) {
        let (samples, taken) = mpsc::channel(1);
        let next = AtomicI64::new(0);
        (Self { samples, next }, taken)
    }

    fn rest_until(&self, at: Timestamp) {
        self.next.fetch_max(at.as_millis(), Ordering::Relaxed);
    }

    pub(crate) fn consider(&self, decision: &Decision, now: Timestamp) {
        let due = self.next.load(Ordering::Relaxed);
        if now.as_millis() < due {
            return;
        }
        if self.samples.try_send(decision.inputs().clone()).is_ok() {
            self.rest_until(now + EVERY);
        }
    }
}

/// Looks at the samples for as long as the decision point lives.
pub(crate) async fn look(mut samples: mpsc::Receiver<DecisionInputs>, inner: Weak<Inner>) {
    while let Some(inputs) = samples.recv().await {
        let Some(inner) = inner.upgrade() else {
            return;
        };
        let policies = Arc::clone(&inner.beliefs.read().policies);
        let begun = inner.clock.now();
        let compared = tokio::task::spawn_blocking(move || policies.shadow(&inputs)).await;
        let ended = inner.clock.now();
        let took = ended.as_millis().saturating_sub(begun.as_millis());
        let rest = ended.as_millis().saturating_add(took.saturating_mul(REST));
        inner.samples.rest_until(Timestamp::from_millis(rest));
        // Decided by policies that are in force no more, or the process is going down: there will be others.
        if let Ok(Ok(Shadow::Differs(dispute))) = compared {
            inner.tell_dispute(*dispute).await;
        }
    }
}

impl Inner {
    pub(crate) async fn tell_dispute(&self, dispute: Dispute) {
        let Dispute {
            person,
            app,
            compiled,
            cedar,
            policies,
            about,
        } = dispute;
        let app_of_it = app.clone();
        tracing::error!(%app, ?about, "a decision is not what Cedar says; Cedar decides for this application from now on");
        self.store.record(self.event(
            Actor::System,
            Body::DecisionDisputed {
                person,
                app,
                granted: compiled,
                right: cedar,
                policies: policies.into(),
            },
        ));
        // Whatever was decided wrongly is put right; no other policies come into force meanwhile.
        let _one_at_a_time = self.applying.lock().await;
        self.beliefs.read().policies.disbelieve(&app_of_it);
        self.turn_decisions(&Affected {
            everybody: Everybody::Yes,
            ..Affected::default()
        });
    }
}
