//! Who asks: a registered enforcement point, known by its bearer token.

use super::Fault;
use super::request::Wrong;
use crate::Endpoints;
use crate::answer::Problem;
use http::{HeaderMap, StatusCode, header};
use zt_events::{Actor, Body};
use zt_policy::EnforcementPoint;
use zt_types::{EnforcementPointId, Json};

/// One request of an enforcement point.
pub(super) struct Asking<'a> {
    pub(super) endpoints: &'a Endpoints,
    pub(super) point: EnforcementPoint,
    /// What it sent.
    pub(super) json: Json,
}

impl<'a> Asking<'a> {
    pub(super) fn new(endpoints: &'a Endpoints, point: EnforcementPoint) -> Self {
        Self {
            endpoints,
            point,
            json: Json::Null,
        }
    }

    /// Reads what was sent.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Json) -> Result<T, Wrong>) -> Result<T, Fault> {
        read(&self.json).map_err(|wrong| {
            self.refused("not-understood");
            Fault::from(wrong)
        })
    }

    /// Counts `decisions` that are about to be made for it.
    pub(super) fn charge(&self, decisions: usize) -> Result<(), Fault> {
        let now = self.endpoints.live().clock().now();
        match self
            .endpoints
            .inner
            .meter
            .charge(&self.point.id, decisions, now)
        {
            Ok(()) => Ok(()),
            Err(wait) => {
                self.refused("too-many");
                // RFC 6585 §4.
                Err(Fault(
                    Problem::new(
                        StatusCode::TOO_MANY_REQUESTS,
                        "too-many",
                        "this enforcement point asks more than it may; see the header `Retry-After`",
                    )
                    .header_text(header::RETRY_AFTER, &wait.to_string()),
                ))
            }
        }
    }

    /// Counts decisions that were made: how many a search takes is known at its end.
    pub(super) fn owe(&self, decisions: usize) {
        let meter = &self.endpoints.inner.meter;
        meter.owe(&self.point.id, decisions);
    }

    pub(super) fn refused(&self, why: &'static str) {
        self.endpoints
            .refused_question(Some(self.point.id.clone()), why);
    }
}

impl Endpoints {
    /// Knows an enforcement point by its bearer token (RFC 6750 §2.1).
    pub(super) fn enforcement_point(&self, headers: &HeaderMap) -> Result<EnforcementPoint, Fault> {
        let received = crate::bearer::received(headers);
        let found = received.and_then(|received| {
            self.live().read(|state| {
                let points = state.enforcement_points.values();
                crate::bearer::holder(&received, points, |point| &point.token).cloned()
            })
        });
        found.ok_or_else(|| {
            self.refused_question(None, "not-authenticated");
            // RFC 6750 §3.1: a request without a token is told no more than that one is needed.
            let challenge = if received.is_some() {
                "Bearer error=\"invalid_token\""
            } else {
                "Bearer"
            };
            Fault(
                Problem::new(
                    StatusCode::UNAUTHORIZED,
                    "not-authenticated",
                    "send the bearer token of a registered enforcement point in the header `Authorization`",
                )
                .header(header::WWW_AUTHENTICATE, challenge),
            )
        })
    }

    fn refused_question(&self, point: Option<EnforcementPointId>, why: &str) {
        self.inner.metrics.question(why);
        if !self.inner.throttle.admits(self.live().clock().now()) {
            return;
        }
        let actor = point.clone().map_or(Actor::Nobody, Actor::EnforcementPoint);
        let why = why.to_owned();
        self.live()
            .record(actor, Body::QuestionRefused { point, why });
    }
}
