//! The AuthZEN Authorization API 1.0 (OpenID, final of 2026-01-11): enforcement points in other processes ask for decisions.
//!
//! `request` reads what is asked, `question` finds what it is about and asks `zt-live`, `answer` writes what came of it,
//! `search` and `page` list. Numbers after § are sections of the specification; *obligations* is its profile, draft 1.

mod answer;
mod caller;
mod meter;
mod page;
mod question;
mod request;
mod search;

pub(crate) use meter::Meter;
pub(crate) use page::PageKey;

use crate::Endpoints;
use crate::answer::Problem;
use answer::Decided;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use caller::Asking;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use request::{Evaluation, Evaluations, Semantic, Wrong};
use serde::Serialize;
use zt_types::Json;

/// Where the metadata is (§9.2).
pub const CONFIGURATION_PATH: &str = "/.well-known/authzen-configuration";
/// One decision (§6).
pub const EVALUATION_PATH: &str = "/access/v1/evaluation";
/// Several (§7).
pub const EVALUATIONS_PATH: &str = "/access/v1/evaluations";
/// Who may (§8.4).
pub const SEARCH_SUBJECT_PATH: &str = "/access/v1/search/subject";
/// Where to (§8.5).
pub const SEARCH_RESOURCE_PATH: &str = "/access/v1/search/resource";
/// What (§8.6).
pub const SEARCH_ACTION_PATH: &str = "/access/v1/search/action";

/// Bytes that a request may have.
const LARGEST: usize = 256 * 1024;
/// How deep it may nest.
const DEEPEST: usize = 32;
/// By which a caller tells its requests apart (§10.1.3).
const REQUEST_ID: &str = "x-request-id";

/// What a caller finds here (§9.1).
#[derive(Debug, Serialize)]
struct Configuration {
    policy_decision_point: String,
    access_evaluation_endpoint: String,
    access_evaluations_endpoint: String,
    search_subject_endpoint: String,
    search_resource_endpoint: String,
    search_action_endpoint: String,
    /// Obligations §6.
    supported_obligations: [&'static str; 1],
}

/// The metadata. Nothing of it is secret: it says where, not what.
pub(crate) async fn configuration(State(endpoints): State<Endpoints>) -> Response {
    let origin = &endpoints.inner.parts.origin;
    let at = |path: &str| format!("{origin}{path}");
    let mut response = crate::answer::json_answer(
        StatusCode::OK,
        &Configuration {
            policy_decision_point: origin.clone(),
            access_evaluation_endpoint: at(EVALUATION_PATH),
            access_evaluations_endpoint: at(EVALUATIONS_PATH),
            search_subject_endpoint: at(SEARCH_SUBJECT_PATH),
            search_resource_endpoint: at(SEARCH_RESOURCE_PATH),
            search_action_endpoint: at(SEARCH_ACTION_PATH),
            supported_obligations: [answer::OBLIGATION_TYPE],
        },
    );
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300"),
    );
    response
}

/// One decision.
pub(crate) async fn evaluation(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let asking = endpoints.asking(&headers, body).await?;
    let evaluation = asking.read(Evaluation::of)?;
    asking.charge(1)?;
    Ok(answered(&asking.decide(&evaluation)))
}

/// Several decisions, or one where none are listed (§7.1).
pub(crate) async fn evaluations(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let asking = endpoints.asking(&headers, body).await?;
    let (items, semantic) = match asking.read(Evaluations::of)? {
        Evaluations::One(evaluation) => {
            asking.charge(1)?;
            return Ok(answered(&asking.decide(&evaluation)));
        }
        Evaluations::Several { items, semantic } => (items, semantic),
    };
    asking.charge(items.len())?;
    let mut decided = Vec::with_capacity(items.len());
    for item in &items {
        let one = match item {
            Ok(evaluation) => asking.decide(evaluation),
            // §7.2.1: what is wrong with one of them is said in its place, and it is closed.
            Err(wrong) => Decided::malformed(wrong),
        };
        let ends = semantic.ends_after(one.decision);
        decided.push(one);
        if ends {
            break;
        }
        // Many decisions in a row must not keep others waiting.
        if decided.len().is_multiple_of(32) {
            tokio::task::yield_now().await;
        }
    }
    Ok(crate::answer::json_answer(
        StatusCode::OK,
        &Several {
            evaluations: decided,
        },
    ))
}

impl Semantic {
    /// Whether nothing after an answer is looked at (§7.1.2.1).
    const fn ends_after(self, decision: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !decision,
            Self::PermitOnFirstPermit => decision,
        }
    }
}

#[derive(Debug, Serialize)]
struct Several {
    evaluations: Vec<Decided>,
}

fn answered(decided: &Decided) -> Response {
    crate::answer::json_answer(StatusCode::OK, decided)
}

pub(crate) use search::{
    action as search_action, resource as search_resource, subject as search_subject,
};

/// Gives a request's id back, whatever else the answer is (§10.1.3).
pub(crate) async fn identified(request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).cloned();
    let mut response = next.run(request).await;
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The answer to another method.
pub(crate) async fn wrong_method() -> Fault {
    Fault(Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong-method",
        "this endpoint does not take this method; see the header `Allow`",
    ))
}

/// A request that is not answered with a decision. The body is a message in words (§10.1.2).
#[derive(Debug)]
pub(crate) struct Fault(Problem);

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<Wrong> for Fault {
    fn from(wrong: Wrong) -> Self {
        Self(Problem::new(
            StatusCode::BAD_REQUEST,
            "not-understood",
            wrong.to_string(),
        ))
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        self.0.into_words()
    }
}

impl Endpoints {
    /// Knows who asks, and reads what.
    async fn asking(&self, headers: &HeaderMap, body: Body) -> Result<Asking<'_>, Fault> {
        let point = self.enforcement_point(headers)?;
        let mut asking = Asking::new(self, point);
        let read = crate::body::bytes(headers, body, LARGEST).await;
        let read = read.map_err(Fault).and_then(|bytes| {
            Json::parse(&bytes, DEEPEST).map_err(|error| Fault::from(Wrong::Json(error)))
        });
        match read {
            Ok(json) => asking.json = json,
            Err(fault) => {
                asking.refused("not-understood");
                return Err(fault);
            }
        }
        Ok(asking)
    }
}

#[cfg(test)]
mod tests;
