//! Answers: JSON, and problem details (RFC 9457).

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::json;
use zt_live::LiveError;
use zt_store::{Conflict, StoreError};

/// Something went wrong; what the caller is told of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem(Box<Told>);

#[derive(Debug, Clone, PartialEq)]
struct Told {
    status: StatusCode,
    /// Tells problems apart; programs can rely on it.
    slug: String,
    /// In words, for this case.
    detail: String,
    more: serde_json::Map<String, serde_json::Value>,
    headers: HeaderMap,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, slug: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Told {
            status,
            slug: slug.to_owned(),
            detail: detail.into(),
            more: serde_json::Map::new(),
            headers: HeaderMap::new(),
        }))
    }

    pub(crate) fn with(mut self, member: &str, value: impl Into<serde_json::Value>) -> Self {
        self.0.more.insert(member.to_owned(), value.into());
        self
    }

    /// A header whose value was worked out here.
    pub(crate) fn header_text(mut self, name: header::HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.insert(name, value);
        }
        self
    }

    /// The same as a message in words, for endpoints whose specification says so.
    pub(crate) fn into_words(self) -> Response {
        let Told {
            status,
            detail,
            headers,
            ..
        } = *self.0;
        let mut response = Response::new(Body::from(format!("{detail}\n")));
        *response.status_mut() = status;
        *response.headers_mut() = zt_pages::headers::api();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        response.headers_mut().extend(headers);
        response
    }

    pub(crate) fn header(mut self, name: header::HeaderName, value: &'static str) -> Self {
        self.0.headers.insert(name, HeaderValue::from_static(value));
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Told {
            status,
            slug,
            detail,
            more,
            headers,
        } = *self.0;
        // `error` and `message` are what our own agent reads (`zt_device::wire::WireRefusal`).
        let mut body = json!({
            "type": format!("urn:sekisho:problem:{slug}"),
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "detail": detail,
            "error": slug,
            "message": detail,
        });
        if let Some(members) = body.as_object_mut() {
            members.extend(more);
        }
        let mut response = answer(status, "application/problem+json", &body);
        response.headers_mut().extend(headers);
        response
    }
}

/// The store's and the decision point's failures, as the caller may know them.
impl From<LiveError> for Problem {
    fn from(error: LiveError) -> Self {
        match &error {
            LiveError::Store(StoreError::Conflict(conflict)) => {
                let slug = match conflict {
                    Conflict::NotUsable | Conflict::Replayed => "not-usable",
                    Conflict::LoginTaken(_) => "login-taken",
                    Conflict::SessionEnded => "session-ended",
                    Conflict::FlowMoved => "flow-moved",
                    Conflict::Missing(_) => "missing",
                    Conflict::SessionsMoved => "sessions-moved",
                    Conflict::LastFactor => "last-factor",
                    Conflict::PoliciesMoved => "policies-moved",
                    Conflict::GrantMoved => "grant-moved",
                    Conflict::ProviderMoved(_) => "provider-moved",
                    Conflict::HasClients { .. } => "has-clients",
                    Conflict::NoApplication { .. } => "no-application",
                    Conflict::NameTaken(_) => "name-taken",
                };
                Self::new(StatusCode::CONFLICT, slug, conflict.to_string())
            }
            LiveError::Store(StoreError::Full) => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "storage-full",
                error.to_string(),
            ),
            LiveError::Policies(_) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "policies",
                error.to_string(),
            ),
            LiveError::LastResort(_) => {
                Self::new(StatusCode::CONFLICT, "last-resort", error.to_string())
            }
            LiveError::Store(_) | LiveError::NoAlias(_) | LiveError::Interrupted => {
                tracing::error!(%error, "an endpoint could not be served");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                    "the server cannot do this at the moment",
                )
            }
        }
    }
}

/// An answer to what is for no endpoint, in the form of all our problems (RFC 9457).
#[must_use]
pub fn refusal(status: StatusCode, slug: &str, detail: &str) -> Response {
    Problem::new(status, slug, detail).into_response()
}

/// A JSON answer.
pub(crate) fn json_answer<T: Serialize>(status: StatusCode, body: &T) -> Response {
    answer(status, "application/json", body)
}

/// An answer that says nothing but that it is one.
pub(crate) fn nothing() -> Response {
    let mut response = no_content();
    *response.status_mut() = StatusCode::OK;
    response
}

/// An answer without a body.
pub(crate) fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    *response.headers_mut() = zt_pages::headers::api();
    response
}

fn answer<T: Serialize>(status: StatusCode, kind: &'static str, body: &T) -> Response {
    let bytes = serde_json::to_vec(body).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer could not be written");
        Vec::new()
    });
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    *response.headers_mut() = zt_pages::headers::api();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
