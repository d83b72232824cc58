//! What somebody is answered who is not let through: a page for a person, problem details (RFC 9457) for a program.

use crate::arrival::Reader;
use crate::fault::Fault;
use crate::gateway::Inner;
use crate::limits;
use crate::relay::GatewayBody;
use crate::sign_in::Departure;
use crate::upstream::UpstreamError;
use crate::visit::Visit;
use http::request::Parts as Head;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use zt_live::{Passage, Standing};
use zt_pages::error::{ErrorKind, ErrorView};
use zt_pages::language::percent_encoded;
use zt_pages::language::{self, is_local};
use zt_pages::refusal::{Reason as Shown, RefusalView, RemedyKind, RemedyView, Ways};
use zt_pages::{Base, Page, headers};
use zt_policy::{Reason, Refusal, Remedy};
use zt_types::{Assurance, CapabilitySet, DecisionId, Language, PersonId, Seconds};

mod limited;

pub(crate) use limited::{proof_due, withheld};

/// The longest path that is come back to; longer ones come back to the start.
const LONGEST_RETURN: usize = 2048;

/// Who is answered: kept from the request's head before that goes on its way.
pub(crate) struct Asker {
    pub(crate) reader: Reader,
    /// What says which language; it is read only if there is something to say.
    accept_language: Option<HeaderValue>,
    cookies: Vec<HeaderValue>,
    target: Option<PathAndQuery>,
    pub(crate) repeatable: Repeatable,
}

/// Whether the request can simply be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeatable {
    Yes,
    No,
}

/// Why a permitted request got no answer from the application.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Upstream(UpstreamError),
    #[error("the client stopped sending its request")]
    RequestStalled,
    #[error("the client's request broke off")]
    RequestBroken,
    #[error("the connection cannot switch to websocket")]
    NoUpgrade,
}

impl Failure {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Upstream(UpstreamError::Unreachable(_) | UpstreamError::Broken(_)) => {
                StatusCode::BAD_GATEWAY
            }
            Self::Upstream(UpstreamError::Slow) => StatusCode::GATEWAY_TIMEOUT,
            Self::Upstream(UpstreamError::Busy) => StatusCode::SERVICE_UNAVAILABLE,
            Self::RequestStalled => StatusCode::REQUEST_TIMEOUT,
            Self::RequestBroken | Self::NoUpgrade => StatusCode::BAD_REQUEST,
        }
    }

    pub(crate) const fn slug(&self) -> &'static str {
        match self {
            Self::Upstream(UpstreamError::Unreachable(_)) => "application-unreachable",
            Self::Upstream(UpstreamError::Broken(_)) => "application-broke-off",
            Self::Upstream(UpstreamError::Slow) => "application-slow",
            Self::Upstream(UpstreamError::Busy) => "application-busy",
            Self::RequestStalled => "request-stalled",
            Self::RequestBroken => "request-broken",
            Self::NoUpgrade => "no-upgrade",
        }
    }

    const fn kind(&self) -> ErrorKind {
        match self {
            Self::Upstream(_) => ErrorKind::Unavailable,
            Self::RequestStalled | Self::RequestBroken | Self::NoUpgrade => ErrorKind::BadRequest,
        }
    }
}

impl Asker {
    pub(crate) fn of(head: &Head, reader: Reader) -> Self {
        let repeats = head.method == Method::GET || head.method == Method::HEAD;
        Self {
            reader,
            accept_language: head.headers.get(header::ACCEPT_LANGUAGE).cloned(),
            cookies: head
                .headers
                .get_all(header::COOKIE)
                .iter()
                .cloned()
                .collect(),
            target: head.uri.path_and_query().cloned(),
            repeatable: if repeats {
                Repeatable::Yes
            } else {
                Repeatable::No
            },
        }
    }

    /// Where the request leads back to: itself, if it can be repeated.
    pub(crate) fn return_path(&self) -> &str {
        let path = self.target.as_ref().map(PathAndQuery::as_str);
        let fits = |path: &&str| {
            self.repeatable == Repeatable::Yes && path.len() <= LONGEST_RETURN && is_local(path)
        };
        path.filter(fits).unwrap_or("/")
    }

    pub(crate) fn language(&self) -> Language {
        let mut headers = HeaderMap::new();
        if let Some(accepted) = &self.accept_language {
            headers.insert(header::ACCEPT_LANGUAGE, accepted.clone());
        }
        for cookie in &self.cookies {
            headers.append(header::COOKIE, cookie.clone());
        }
        language::of(&headers)
    }

    pub(crate) fn page(&self) -> Page {
        Page::in_language(self.language(), Base::Application, self.return_path())
    }
}

/// Problem details with the headers of our API.
pub(crate) fn problem(status: StatusCode, body: &Value) -> Response<GatewayBody> {
    let mut response = Response::new(GatewayBody::own(body.to_string()));
    *response.status_mut() = status;
    *response.headers_mut() = headers::api();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    response
}

/// A request that is not looked at any further. It is answered before anybody knows who asks, and briefly.
pub(crate) fn fault(fault: Fault) -> Response<GatewayBody> {
    let body = json!({
        "type": "urn:sekisho:problem:malformed-request",
        "title": "malformed request",
        "status": fault.status().as_u16(),
        "reason": fault.slug(),
        "detail": fault.explanation(),
    });
    let mut response = problem(fault.status(), &body);
    if fault == Fault::Method {
        let allowed = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

/// A host without an application.
pub(crate) fn unregistered(gateway: &Inner, head: &Head, host: &str) -> Response<GatewayBody> {
    let view = RefusalView {
        page: Page::new(&head.headers, Base::Application, "/"),
        application: host.to_owned(),
        person: None,
        reasons: vec![Shown::Unregistered],
        remedies: vec![RemedyView::new(RemedyKind::AskAdministrator)],
        alternative: Vec::new(),
        reference: String::new(),
        at: gateway.live.clock().now(),
        retry: None,
        portal: Some(format!("{}/", gateway.issuer)),
        leave: None,
    };
    view.response().map(GatewayBody::own)
}

/// One of our error pages.
pub(crate) fn error(visit: &Visit<'_>, kind: ErrorKind) -> Response<GatewayBody> {
    answer(visit, kind.status(), kind, "error")
}

/// Nothing can be decided or signed just now.
pub(crate) fn unavailable(visit: &Visit<'_>) -> Response<GatewayBody> {
    error(visit, ErrorKind::Unavailable)
}

/// The session comes anew too fast; it may try again after so long (RFC 6585 §4).
pub(crate) fn too_fast(visit: &Visit<'_>, wait: Seconds) -> Response<GatewayBody> {
    let kind = ErrorKind::TooMany;
    let mut response = answer(visit, kind.status(), kind, "too-fast");
    let wait = HeaderValue::from(wait.0);
    response.headers_mut().insert(header::RETRY_AFTER, wait);
    response
}

/// The application gave no answer.
pub(crate) fn failed(visit: &Visit<'_>, failure: &Failure) -> Response<GatewayBody> {
    answer(visit, failure.status(), failure.kind(), failure.slug())
}

fn answer(
    visit: &Visit<'_>,
    status: StatusCode,
    kind: ErrorKind,
    reason: &'static str,
) -> Response<GatewayBody> {
    if visit.asker.reader == Reader::Program {
        let body = json!({
            "type": format!("urn:sekisho:problem:{reason}"),
            "title": status.canonical_reason().unwrap_or_default().to_lowercase(),
            "status": status.as_u16(),
            "reason": reason,
        });
        return problem(status, &body);
    }
    let onward =
        Some(visit.asker.return_path().to_owned()).filter(|path| !path.starts_with("/.sekisho"));
    let view = ErrorView {
        page: visit.asker.page(),
        kind,
        reference: None,
        onward: onward.or(Some("/".to_owned())),
    };
    let mut response = view.response().map(GatewayBody::own);
    *response.status_mut() = status;
    response
}

/// The permit ended while the request was under way.
pub(crate) fn cut(
    visit: &Visit<'_>,
    passage: &Passage,
    needs: CapabilitySet,
) -> Response<GatewayBody> {
    match &*passage.standing() {
        Standing::Refused { refusal, decision } => refused(visit, refusal, *decision),
        Standing::Permitted(grant) => {
            let carries = grant.permit.capabilities();
            let withheld = limits::missing(needs, carries, &visit.arrival.kind);
            limited::withheld(visit, grant, withheld)
        }
        Standing::Over(_) => crate::sign_in::needed(visit),
    }
}

/// The decision was no.
pub(crate) fn refused(
    visit: &Visit<'_>,
    refusal: &Refusal,
    decision: DecisionId,
) -> Response<GatewayBody> {
    if visit.asker.reader == Reader::Program {
        let reasons: Vec<&str> = refusal.reasons().iter().map(Reason::slug).collect();
        let remedies: Vec<&str> = refusal
            .remedies()
            .iter()
            .map(|remedy| remedy.slug())
            .collect();
        let body = json!({
            "type": "urn:sekisho:problem:access-refused",
            "title": "access refused",
            "status": 403,
            "reasons": reasons,
            "remedies": remedies,
            "detail": "open the address in `explanation` in a browser: it says why, and what to do",
            "explanation": visit.entry.origin,
            "reference": decision,
        });
        return problem(StatusCode::FORBIDDEN, &body);
    }
    let sources: BTreeMap<String, String> = visit.gateway.live.read(|state| {
        let language = visit.asker.language();
        let named = state.sources.values();
        named
            .map(|source| (source.id.to_string(), source.name.of(language).to_owned()))
            .collect()
    });
    let reasons = Shown::of(refusal, |slug| {
        sources
            .get(slug)
            .cloned()
            .unwrap_or_else(|| slug.to_owned())
    });
    let person = refusal.inputs().request.person.id;
    let ways = [refusal.remedies(), refusal.alternative()];
    page(visit, person, decision, reasons, ways)
}

/// The proof that these steps ask for, as the sign-in host is told of it.
fn proof(steps: &[Remedy]) -> Option<&'static str> {
    steps.iter().find_map(|step| match step {
        Remedy::StepUp { assurance } if *assurance >= Assurance::PhishingResistant => {
            Some("phishing-resistant")
        }
        Remedy::StepUp { .. } => Some("mfa"),
        Remedy::Reauthenticate => Some("reauthenticate"),
        _ => None,
    })
}

/// A refusal page, with the way out of it and another one.
fn page(
    visit: &Visit<'_>,
    person: PersonId,
    decision: DecisionId,
    reasons: Vec<Shown>,
    [remedies, alternative]: [&[Remedy]; 2],
) -> Response<GatewayBody> {
    let language = visit.asker.language();
    // Both lead to the sign-in host and back to this very address, bound to this browser by one cookie.
    let departure = Departure::of(visit);
    let (person, owner) = visit.gateway.live.read(|state| {
        let name_of = |id| {
            state
                .people
                .get(id)
                .map(|person| person.name.of(language).to_owned())
        };
        let owner = state.logins.get(&visit.entry.record.owner);
        (name_of(&person), owner.and_then(name_of))
    });
    // Terms are read at the sign-in host, and lead on from there as a sign-in does.
    let issuer: &str = &visit.gateway.issuer;
    let passage = departure.to(None);
    let terms = passage.strip_prefix(issuer).map(|passage| {
        let back = percent_encoded(passage);
        format!("{issuer}/signin/terms?return={back}&terms=")
    });
    let ways = Ways {
        step_up: proof(remedies).map(|step| departure.to(Some(step))),
        sign_in: Some(departure.to(Some("again"))),
        reset: Some(departure.to(Some("reset-password"))),
        terms,
        devices: Some(format!("{}/devices", visit.gateway.issuer)),
        again: Some(visit.asker.return_path().to_owned()),
        owner: owner.or_else(|| Some(visit.entry.record.owner.clone())),
        administrator: None,
    };
    let view = RefusalView {
        page: visit.asker.page(),
        application: visit.entry.record.name.of(language).to_owned(),
        person,
        reasons,
        remedies: RemedyView::of_steps(remedies, &ways),
        alternative: RemedyView::of_steps(
            alternative,
            &Ways {
                step_up: proof(alternative).map(|step| departure.to(Some(step))),
                ..ways
            },
        ),
        reference: decision.to_string(),
        at: visit.now,
        retry: Some(visit.asker.return_path().to_owned()),
        portal: Some(format!("{}/", visit.gateway.issuer)),
        leave: None,
    };
    let mut response = view.response().map(GatewayBody::own);
    if let Some(cookie) = departure.cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
