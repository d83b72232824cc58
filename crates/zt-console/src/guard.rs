//! Who may take a route: every handler of the portal and the console begins with one of these extractors.
//!
//! [`Signed`]: a live session, whose person the policies let into the portal. [`Administrator`]: the same for the console.
//! [`Posted`] and [`PostedByAdministrator`]: a form of our own pages, sent by our own page, with the session's token.
//! Without a session a page sends to the sign-in and back; a form comes to nothing.

use crate::federate::saml::led;
use crate::signin::{cookie, form};
use crate::{PagesState, Visitor};
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, OriginalUri};
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use zt_auth::Session;
use zt_events::Actor;
use zt_identity::Person;
use zt_pages::error::{ErrorKind, ErrorView};
use zt_pages::headers::{self, Exception};
use zt_pages::language::percent_encoded;
use zt_pages::refusal::{Leave, Reason, RefusalView, RemedyView, Ways};
use zt_pages::{Base, Page};
use zt_policy::{Decision, Refusal};
use zt_types::{AppId, Assurance, DecisionId};

/// Forms of the portal and the console hold a token and short fields; that of a policy some hundred of them.
const LONGEST_FORM: usize = 64 * 1024;

/// One with metadata in it is longer: three bytes for each that is escaped.
const LONGEST_FORM_WITH_METADATA: usize = 1024 * 1024;

/// The longest name of a browser that is kept, in characters.
const LONGEST_USER_AGENT: usize = 256;

/// A signed-in person's request.
pub(crate) struct Signed {
    pub(crate) session: Session,
    pub(crate) person: Person,
    pub(crate) page: Page,
    pub(crate) visitor: Visitor,
    /// What the browser calls itself, as far as that is kept.
    pub(crate) browser: String,
    /// What the forms of the page carry.
    pub(crate) token: String,
    /// What the form that was sent holds; nothing in a request for a page.
    pub(crate) form: Fields,
}

/// The fields of a form of ours.
#[derive(Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The field's text; empty if it is not there. Of two, the first counts.
    pub(crate) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Whether the field is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// All texts of the field, without empty ones, each once.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for (key, value) in &self.0 {
            if key == name && !value.is_empty() && !all.contains(value) {
                all.push(value.clone());
            }
        }
        all
    }
}

/// An administrator's request.
pub(crate) struct Administrator(pub(crate) Signed);

/// A form that a signed-in person sent from our own page.
pub(crate) struct Posted(pub(crate) Signed);

/// The same of an administrator, from the console.
pub(crate) struct PostedByAdministrator(pub(crate) Signed);

/// The same where metadata of a service provider comes along.
pub(crate) struct PostedWithMetadata(pub(crate) Signed);

/// A form whose only effect is to end the sender's session: policies have no say in it.
pub(crate) struct Leaving(pub(crate) Signed);

/// A signed-in person on her way: policies may not have let her in anywhere yet.
pub(crate) struct Present(pub(crate) Signed);

/// A form with which she does what a policy demands of her first.
pub(crate) struct Answering(pub(crate) Signed);

impl FromRequestParts<PagesState> for Signed {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, state: &PagesState) -> Result<Self, Response> {
        admitted(parts, state, zt_policy::PORTAL).map_err(|answer| whole(parts, *answer))
    }
}

impl FromRequestParts<PagesState> for Administrator {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, state: &PagesState) -> Result<Self, Response> {
        let signed =
            admitted(parts, state, zt_policy::CONSOLE).map_err(|answer| whole(parts, *answer))?;
        // The policies say who administers; the role is looked at once more, so that no edit of them opens the console.
        if signed.person.role.administers() {
            Ok(Self(signed))
        } else {
            Err(whole(parts, error(&signed.page, ErrorKind::Forbidden)))
        }
    }
}

/// A refused part of a page must not be put into that page: htmx is told to load the whole page anew, which then says
/// what is the matter.
fn whole(parts: &Parts, answer: Response) -> Response {
    if !parts.headers.contains_key("hx-request") {
        return answer;
    }
    let mut response = http::Response::new(Body::empty());
    *response.headers_mut() = headers::browser(&Exception::None);
    response
        .headers_mut()
        .insert("hx-refresh", HeaderValue::from_static("true"));
    response
}

impl FromRequest<PagesState> for Posted {
    type Rejection = Response;
    async fn from_request(
        request: axum::extract::Request,
        state: &PagesState,
    ) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let signed = Signed::from_request_parts(&mut parts, state).await?;
        checked(signed, &parts, body, state).await.map(Self)
    }
}

impl FromRequest<PagesState> for PostedByAdministrator {
    type Rejection = Response;
    async fn from_request(
        request: axum::extract::Request,
        state: &PagesState,
    ) -> Result<Self, Response> {
        let posted = by_administrator(request, state, LONGEST_FORM);
        posted.await.map(Self)
    }
}

impl FromRequest<PagesState> for PostedWithMetadata {
    type Rejection = Response;
    async fn from_request(
        request: axum::extract::Request,
        state: &PagesState,
    ) -> Result<Self, Response> {
        let posted = by_administrator(request, state, LONGEST_FORM_WITH_METADATA);
        posted.await.map(Self)
    }
}

/// A form of up to `most` bytes that an administrator sent.
async fn by_administrator(
    request: axum::extract::Request,
    state: &PagesState,
    most: usize,
) -> Result<Signed, Response> {
    let (mut parts, body) = request.into_parts();
    let Administrator(signed) = Administrator::from_request_parts(&mut parts, state).await?;
    checked_up_to(most, signed, &parts, body, state).await
}

impl FromRequest<PagesState> for Leaving {
    type Rejection = Response;
    async fn from_request(
        request: axum::extract::Request,
        state: &PagesState,
    ) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let signed = signed_in(&mut parts, state).map_err(|answer| *answer)?;
        checked(signed, &parts, body, state).await.map(Self)
    }
}

impl FromRequestParts<PagesState> for Present {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, state: &PagesState) -> Result<Self, Response> {
        signed_in(parts, state).map(Self).map_err(|answer| *answer)
    }
}

impl FromRequest<PagesState> for Answering {
    type Rejection = Response;
    async fn from_request(
        request: axum::extract::Request,
        state: &PagesState,
    ) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let signed = signed_in(&mut parts, state).map_err(|answer| *answer)?;
        checked(signed, &parts, body, state).await.map(Self)
    }
}

/// The person behind the session cookie.
pub(crate) fn signed_in(parts: &mut Parts, state: &PagesState) -> Result<Signed, Box<Response>> {
    let here = here(parts);
    let page = Page::new(&parts.headers, Base::Id, &here);
    let Some(visitor) = parts.extensions.get::<Visitor>().copied() else {
        tracing::error!("a request came without a visitor: the composition is wrong");
        return Err(Box::new(error(&page, ErrorKind::Internal)));
    };
    let found = cookie::token(&parts.headers, cookie::SESSION)
        .and_then(|token| state.live().session_of(&token));
    let person = found.as_ref().and_then(|session| {
        state
            .live()
            .read(|records| records.people.get(&session.person).cloned())
    });
    match (found, person) {
        (Some(session), Some(person)) => {
            let token = state.form_token(&session);
            let browser = parts.headers.get(header::USER_AGENT);
            let browser = browser.and_then(|name| name.to_str().ok()).unwrap_or("");
            Ok(Signed {
                session,
                person,
                page,
                visitor,
                browser: browser.chars().take(LONGEST_USER_AGENT).collect(),
                token,
                form: Fields::default(),
            })
        }
        // Whoever comes back from an application that did not answer finds how it stands.
        _ if here == "/" && led::is_unfinished(state, &parts.headers) => {
            Err(Box::new(see_other(led::STANDS)))
        }
        _ => Err(Box::new(to_sign_in(parts, &here))),
    }
}

/// The same, if the policies let her into `app` now.
fn admitted(parts: &mut Parts, state: &PagesState, app: &str) -> Result<Signed, Box<Response>> {
    let signed = signed_in(parts, state)?;
    let Ok(app) = AppId::new(app) else {
        return Err(Box::new(error(&signed.page, ErrorKind::Internal)));
    };
    let decision = state.live().preview(
        &signed.session,
        &app,
        signed.visitor.presented,
        signed.visitor.whence,
    );
    match decision.refusal() {
        None => Ok(signed),
        Some(refusal) => Err(Box::new(refused(
            state,
            &signed,
            &app,
            refusal,
            &here(parts),
        ))),
    }
}

/// Checks that a form comes from our own page and carries the session's token.
async fn checked(
    signed: Signed,
    parts: &Parts,
    body: Body,
    state: &PagesState,
) -> Result<Signed, Response> {
    checked_up_to(LONGEST_FORM, signed, parts, body, state).await
}

/// The same of a form of up to `most` bytes.
async fn checked_up_to(
    most: usize,
    signed: Signed,
    parts: &Parts,
    body: Body,
    state: &PagesState,
) -> Result<Signed, Response> {
    let forbidden = || error(&signed.page, ErrorKind::Forbidden);
    if !form::is_own(&parts.headers, &state.site().id_origin()) {
        return Err(forbidden());
    }
    let bytes = axum::body::to_bytes(body, most)
        .await
        .map_err(|_| error(&signed.page, ErrorKind::BadRequest))?;
    let sent = bytes
        .split(|byte| *byte == b'&')
        .find_map(|pair| pair.strip_prefix(b"token="));
    if sent.is_some_and(|sent| state.is_form_token(&signed.session, sent)) {
        Ok(Signed {
            form: Fields::read(&bytes),
            ..signed
        })
    } else {
        Err(forbidden())
    }
}

/// A page asks to sign in and come back; a form has come too late, and its person is sent to the front page.
fn to_sign_in(parts: &Parts, here: &str) -> Response {
    let back = if parts.method == Method::GET {
        here
    } else {
        "/"
    };
    see_other(&format!("/signin?return={}", percent_encoded(back)))
}

fn here(parts: &Parts) -> String {
    let uri = parts
        .extensions
        .get::<OriginalUri>()
        .map_or(&parts.uri, |original| &original.0);
    uri.path_and_query()
        .map_or_else(|| "/".to_owned(), |path| path.as_str().to_owned())
}

/// 303 to a path of this host, or to an address that was made of validated parts.
pub(crate) fn see_other(target: &str) -> Response {
    let mut response = http::Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    *response.headers_mut() = headers::browser(&Exception::None);
    let target = HeaderValue::try_from(target).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, target);
    response
}

/// A finished page as axum sends it.
pub(crate) fn sent(page: http::Response<String>) -> Response {
    page.into_response()
}

/// An error page.
pub(crate) fn error(page: &Page, kind: ErrorKind) -> Response {
    let view = ErrorView {
        page: page.clone(),
        kind,
        reference: None,
        onward: Some("/".to_owned()),
    };
    sent(view.response())
}

fn refused(
    state: &PagesState,
    signed: &Signed,
    app: &AppId,
    refusal: &Refusal,
    here: &str,
) -> Response {
    let (page, live) = (&signed.page, state.live());
    let decision = live.record_decision(
        Actor::Person(signed.person.id),
        &Decision::Refuse(refusal.clone()),
    );
    let is_portal = app.as_str() == zt_policy::PORTAL;
    let application = page.t(if is_portal { "to-portal" } else { "to-console" });
    refusal_page(
        state,
        signed,
        application.to_owned(),
        Refused {
            refusal,
            decision,
            here,
            portal: (!is_portal).then(|| "/".to_owned()),
            leave: None,
        },
    )
}

/// A refusal at an address of this host.
pub(crate) struct Refused<'a> {
    pub(crate) refusal: &'a Refusal,
    /// The decision's record.
    pub(crate) decision: DecisionId,
    /// The address: what she does about it leads back there.
    pub(crate) here: &'a str,
    /// Where she may go instead.
    pub(crate) portal: Option<String>,
    /// The way back to the client that sent her, if one did.
    pub(crate) leave: Option<Leave>,
}

/// The page that says so.
pub(crate) fn refusal_page(
    state: &PagesState,
    signed: &Signed,
    application: String,
    Refused {
        refusal,
        decision,
        here,
        portal,
        leave,
    }: Refused<'_>,
) -> Response {
    let back = percent_encoded(here);
    let demanded = |steps: &[zt_policy::Remedy]| {
        steps.iter().find_map(|remedy| match remedy {
            zt_policy::Remedy::StepUp { assurance } => Some(*assurance),
            _ => None,
        })
    };
    // Proving once more must not take strength away.
    let again = signed.session.assurance.max(Assurance::Mfa);
    let ways = Ways {
        step_up: Some(step_up(demanded(refusal.remedies()).unwrap_or(again), here)),
        sign_in: Some(format!("/signin?again=yes&return={back}")),
        reset: Some(format!("/signin/reset?return={back}")),
        terms: Some(crate::terms::way(here)),
        devices: portal.as_ref().map(|_| "/devices".to_owned()),
        again: Some(here.to_owned()),
        ..Ways::default()
    };
    let page = &signed.page;
    let live = state.live();
    let reasons = live.read(|records| Reason::of(refusal, |slug| source_name(records, page, slug)));
    let view = RefusalView {
        application,
        person: Some(page.text(&signed.person.name).to_owned()),
        reasons,
        remedies: RemedyView::of(refusal, &ways),
        alternative: RemedyView::of_steps(
            refusal.alternative(),
            &Ways {
                step_up: Some(step_up(
                    demanded(refusal.alternative()).unwrap_or(again),
                    here,
                )),
                ..ways
            },
        ),
        reference: decision.to_string(),
        at: live.clock().now(),
        retry: Some(here.to_owned()),
        portal,
        leave,
        page: page.clone(),
    };
    sent(view.response())
}

/// Where a session is made stronger, coming back to a page of this host.
pub(crate) fn step_up(demanded: Assurance, here: &str) -> String {
    format!(
        "/signin/step-up?demand={}&return={}",
        demanded.as_str(),
        percent_encoded(here)
    )
}

/// A source's name by its slug.
pub(crate) fn source_name(records: &zt_store::State, page: &Page, slug: &str) -> String {
    let source = slug
        .parse()
        .ok()
        .and_then(|id: zt_types::SourceId| records.sources.get(&id));
    source.map_or_else(
        || slug.to_owned(),
        |source| page.text(&source.name).to_owned(),
    )
}
