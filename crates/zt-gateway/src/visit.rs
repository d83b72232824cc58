//! One request of somebody: who is it, may it pass?

use crate::application::Entry;
use crate::arrival::Arrival;
use crate::gateway::{Inner, Seen, shown_path};
use crate::refusal::Asker;
use crate::relay::GatewayBody;
use crate::{own, refusal, sign_in};
use http::request::Parts as Head;
use http::{Response, StatusCode};
use hyper::body::Incoming;
use std::sync::Arc;
use zt_events::{Actor, Body, Outcome};
use zt_live::{Admission, LiveError, Passage, Standing, Whence};
use zt_net::Connection;
use zt_types::{DecisionId, DeviceId, Seconds, Timestamp};

/// One request on its way.
pub(crate) struct Visit<'a> {
    pub(crate) gateway: &'a Arc<Inner>,
    pub(crate) connection: &'a Connection,
    pub(crate) seen: &'a Seen,
    pub(crate) whence: Whence,
    pub(crate) entry: &'a Entry,
    pub(crate) arrival: Arrival,
    pub(crate) asker: Asker,
    pub(crate) now: Timestamp,
}

/// What an access event says beside the request.
pub(crate) struct Verdict {
    pub(crate) status: StatusCode,
    pub(crate) outcome: Outcome,
    pub(crate) decision: Option<DecisionId>,
    pub(crate) device: Option<DeviceId>,
    pub(crate) reasons: Vec<String>,
}

/// What of a request an access event keeps: taken before the request goes on its way.
pub(crate) struct Trace {
    method: String,
    path: String,
}

impl Trace {
    pub(crate) fn of(head: &Head) -> Self {
        Self {
            method: head.method.as_str().to_owned(),
            path: shown_path(head),
        }
    }
}

impl Visit<'_> {
    pub(crate) async fn answer(self, head: Head, body: Incoming) -> Response<GatewayBody> {
        if let Some(path) = own::path(&head) {
            return Box::pin(own::answer(&self, &head, path)).await;
        }
        let passage = match self.admit().await {
            Ok(Admission::Passage(passage)) => passage,
            Ok(Admission::NoSession) => return self.no_session(&head),
            Ok(Admission::TooFast(wait)) => return self.too_fast(&head, wait),
            Err(error) => return self.undecided(&error),
        };
        let standing = passage.standing();
        match &*standing {
            Standing::Over(_) => self.no_session(&head),
            Standing::Permitted(grant) if standing.grant(self.now).is_some() => {
                self.pass(head, body, &passage, grant).await
            }
            // It ran out in this very moment, and nobody decided anew yet: no answer is better than an old one.
            Standing::Permitted(_) => refusal::unavailable(&self),
            Standing::Refused { refusal, decision } => {
                let request = &refusal.inputs().request;
                let verdict = Verdict {
                    status: StatusCode::FORBIDDEN,
                    outcome: Outcome::Failure,
                    decision: Some(*decision),
                    device: request.device.evidence.device().or(request.device.bound),
                    reasons: refusal.told(),
                };
                self.record(Trace::of(&head), Some(&passage), verdict);
                refusal::refused(&self, refusal, *decision)
            }
        }
    }

    /// The passage that the cookie and the certificate lead to.
    pub(crate) async fn admit(&self) -> Result<Admission, LiveError> {
        let Some(cookie) = &self.arrival.session else {
            return Ok(Admission::NoSession);
        };
        let live = &self.gateway.live;
        // The fast path of every request: a passage of this application that stands.
        if let Some(passage) = live.passage(cookie, &self.seen.presented, self.whence)
            && *passage.app() == self.entry.id
            && passage.standing().grant(self.now).is_some()
        {
            return Ok(Admission::Passage(passage));
        }
        let presented = self.seen.presented;
        Box::pin(live.admit(&self.entry.id, cookie, presented, self.whence)).await
    }

    fn no_session(&self, head: &Head) -> Response<GatewayBody> {
        let response = sign_in::needed(self);
        let verdict = Verdict {
            status: response.status(),
            outcome: Outcome::Failure,
            decision: None,
            device: None,
            reasons: vec!["no-session".to_owned()],
        };
        self.record(Trace::of(head), None, verdict);
        response
    }

    /// Nothing was decided; that she came is written down as each request is.
    fn too_fast(&self, head: &Head, wait: Seconds) -> Response<GatewayBody> {
        let response = refusal::too_fast(self, wait);
        let verdict = Verdict {
            status: response.status(),
            outcome: Outcome::Failure,
            decision: None,
            device: None,
            reasons: vec!["too-fast".to_owned()],
        };
        self.record(Trace::of(head), None, verdict);
        response
    }

    fn undecided(&self, error: &LiveError) -> Response<GatewayBody> {
        tracing::error!(%error, "a request could not be decided");
        refusal::unavailable(self)
    }

    /// Hands the access event to the queue; nobody waits for it.
    pub(crate) fn record(&self, trace: Trace, passage: Option<&Arc<Passage>>, verdict: Verdict) {
        let actor = passage.map_or(Actor::Nobody, |passage| Actor::Person(passage.person()));
        self.gateway.live.record(
            actor,
            Body::Access {
                person: passage.map(|passage| passage.person()),
                session: passage.map(|passage| passage.session()),
                device: verdict.device,
                app: Some(self.entry.id.clone()),
                decision: verdict.decision,
                method: trace.method,
                host: self.connection.server_name().unwrap_or_default().to_owned(),
                path: trace.path,
                status: verdict.status.as_u16(),
                address: self.seen.forwarding.address.clone(),
                outcome: verdict.outcome,
                reasons: verdict.reasons,
            },
        );
    }
}
