//! `POST /api/v1/signals`: a registered source says something about a person or a device: a finding (OCSF 2004), or the
//! state a device is in (OCSF 5002).

use crate::Endpoints;
use crate::answer::{Problem, json_answer};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use zt_events::{Actor, Body as EventBody};
use zt_trust::{Received, SignalOutcome, Source};
use zt_types::{DeviceId, PersonId, SourceId};

/// Bytes that a signal may have.
const LARGEST: usize = 64 * 1024;

/// What came of a signal. When it is sent, everything it says holds: the fact is durable, and connections that may not go
/// on have been cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalAnswer {
    /// The outcome's slug.
    pub outcome: String,
    /// The device it is about, if one was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The person it is about, if she was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// How many live connections it ended.
    pub cut: usize,
}

/// Takes a signal.
pub(crate) async fn take(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let source = match authenticate(&endpoints, &headers) {
        Ok(source) => source,
        Err(problem) => {
            endpoints.refused_signal(None, "not-authenticated");
            return Err(problem);
        }
    };
    let signal = match crate::body::bytes(&headers, body, LARGEST).await {
        Ok(bytes) => Received::parse(&bytes).map_err(|error| {
            Problem::new(StatusCode::BAD_REQUEST, "not-a-finding", error.to_string())
        }),
        Err(problem) => Err(problem),
    };
    let signal = match signal {
        Ok(signal) => signal,
        Err(problem) => {
            endpoints.refused_signal(Some(source.id), "not-understood");
            return Err(problem);
        }
    };
    let ingested = endpoints.live().ingest(&source, &signal).await?;
    endpoints
        .inner
        .metrics
        .signal(ingested.outcome.as_str(), ingested.cut);
    let answer = SignalAnswer {
        outcome: ingested.outcome.as_str().to_owned(),
        device: ingested.outcome.device(),
        person: ingested.outcome.person(),
        cut: ingested.cut,
    };
    match ingested.outcome {
        SignalOutcome::KindNotOwned(kind) => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "kind-not-owned",
            format!(
                "this source is not registered for facts of the kind `{}`",
                kind.as_str()
            ),
        )),
        SignalOutcome::StatesNotOwned => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "states-not-owned",
            "this source is not registered for the state of devices: give it `states_hold_hours`",
        )),
        // Nothing is blocked: a person has to look.
        SignalOutcome::UnknownDevice
        | SignalOutcome::AmbiguousDevice
        | SignalOutcome::UnknownPerson
        | SignalOutcome::AmbiguousPerson => Ok(json_answer(StatusCode::ACCEPTED, &answer)),
        _ => Ok(json_answer(StatusCode::OK, &answer)),
    }
}

/// Knows a source by its bearer token (RFC 6750 §2.1).
fn authenticate(endpoints: &Endpoints, headers: &HeaderMap) -> Result<Source, Problem> {
    crate::bearer::received(headers)
        .and_then(|received| {
            endpoints.live().read(|state| {
                let sources = state.sources.values();
                crate::bearer::holder(&received, sources, |source| &source.token).cloned()
            })
        })
        .ok_or_else(|| {
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "not-authenticated",
                "send the bearer token of a registered source",
            )
            .header(header::WWW_AUTHENTICATE, "Bearer")
        })
}

impl Endpoints {
    fn refused_signal(&self, source: Option<SourceId>, why: &str) {
        self.inner.metrics.signal(why, 0);
        if !self.inner.throttle.admits(self.live().clock().now()) {
            return;
        }
        let actor = source.clone().map_or(Actor::Nobody, Actor::Source);
        let why = why.to_owned();
        self.live()
            .record(actor, EventBody::SignalRefused { source, why });
    }
}

#[cfg(test)]
mod tests;
