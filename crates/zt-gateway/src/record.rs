//! The access event of one exchange: written once, whatever becomes of the exchange.

use crate::visit::{Trace, Verdict, Visit};
use http::StatusCode;
use http::request::Parts as Head;
use std::sync::Arc;
use zt_events::Outcome;
use zt_live::{Grant, Passage};

/// No status was answered: the client left. Outside RFC 9110's registry, and what operators know from other proxies.
const CLIENT_LEFT: u16 = 499;

/// An exchange under a permit that is not yet in the log. Dropping it writes it: a client that leaves before the answer takes
/// nothing out of the record.
pub(crate) struct Record<'a, 'v> {
    visit: &'a Visit<'v>,
    passage: &'a Arc<Passage>,
    grant: &'a Grant,
    /// `None` once it is written.
    trace: Option<Trace>,
}

impl<'a, 'v> Record<'a, 'v> {
    pub(crate) fn open(
        visit: &'a Visit<'v>,
        head: &Head,
        passage: &'a Arc<Passage>,
        grant: &'a Grant,
    ) -> Self {
        Self {
            visit,
            passage,
            grant,
            trace: Some(Trace::of(head)),
        }
    }

    /// Writes what became of it; without reasons it was let through.
    pub(crate) fn close(mut self, status: StatusCode, reasons: &[&str]) {
        self.write(status, reasons);
    }

    fn write(&mut self, status: StatusCode, reasons: &[&str]) {
        let Some(trace) = self.trace.take() else {
            return;
        };
        let verdict = Verdict {
            outcome: if reasons.is_empty() {
                Outcome::Success
            } else {
                Outcome::Failure
            },
            status,
            decision: Some(self.grant.decision),
            device: self.grant.permit.device().device(),
            reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
        };
        self.visit.record(trace, Some(self.passage), verdict);
    }
}

impl Drop for Record<'_, '_> {
    fn drop(&mut self) {
        let left = StatusCode::from_u16(CLIENT_LEFT).unwrap_or(StatusCode::REQUEST_TIMEOUT);
        self.write(left, &["client-left"]);
    }
}
