//! How flows begin.

use super::form::Typed;
use super::gate::Entrance;
use super::onward::{onward, see_other};
use super::round::{Browser, Kept, Outcome, browser_hash};
use super::step::{failed, page_at, went_wrong};
use super::{SignIn, cookie};
use crate::Visitor;
use crate::prompt;
use axum::Extension;
use axum::extract::{OriginalUri, Path, Query, State};
use http::header::{self, HeaderMap};
use http::{Response, Uri};
use serde::Deserialize;
use zt_auth::{Beginning, Destination, Flow, Goal, Login, Purpose, ReturnPath, Session, Turned};
use zt_crypto::hash::{mint_token, received_hash, token_hash};
use zt_pages::error::ErrorKind;
use zt_types::{Assurance, FlowId, PersonId};

/// The longest name of a browser that is kept, in characters.
const LONGEST_USER_AGENT: usize = 256;

/// What `/signin` is asked with.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wish {
    #[serde(default, rename = "return")]
    return_to: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    demand: String,
}

impl Wish {
    /// A path of another host, or none, leads to the portal.
    fn destination(&self) -> Destination {
        Destination::Site {
            return_to: ReturnPath::parse(&self.return_to).unwrap_or_else(ReturnPath::root),
        }
    }
}

/// Everything a beginning needs of its request.
pub(super) struct Start<'a> {
    pub(super) browser: Browser<'a>,
    pub(super) uri: &'a Uri,
}

/// `GET /signin`.
pub(super) async fn sign_in(
    State(sign_in): State<SignIn>,
    Query(wish): Query<Wish>,
    OriginalUri(uri): OriginalUri,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Response<String> {
    let then = wish.destination();
    if wish.again != "yes" && sign_in.session(&headers).is_some() {
        return see_other(&onward(then));
    }
    let start = start(&headers, visitor, &uri);
    sign_in.begin(Goal::SignIn, then, None, &start).await
}

/// `GET /signin/step-up`.
pub(super) async fn step_up(
    State(sign_in): State<SignIn>,
    Query(wish): Query<Wish>,
    OriginalUri(uri): OriginalUri,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Response<String> {
    let start = start(&headers, visitor, &uri);
    let Some(demanded) = assurance(&wish.demand) else {
        return failed(page_at(&headers, &uri), ErrorKind::BadRequest);
    };
    let goal = |session: &Session| Goal::StepUp {
        session: session.id,
        demanded,
    };
    sign_in
        .begin_in_session(goal, wish.destination(), &start)
        .await
}

/// `GET /signin/add-factor`.
pub(super) async fn add_factor(
    State(sign_in): State<SignIn>,
    OriginalUri(uri): OriginalUri,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Response<String> {
    let start = start(&headers, visitor, &uri);
    let goal = |session: &Session| Goal::AddFactor {
        session: session.id,
    };
    sign_in.begin_in_session(goal, security(), &start).await
}

/// `GET /signin/change-password`.
pub(super) async fn change_password(
    State(sign_in): State<SignIn>,
    OriginalUri(uri): OriginalUri,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Response<String> {
    let start = start(&headers, visitor, &uri);
    let goal = |session: &Session| Goal::ChangePassword {
        session: session.id,
    };
    sign_in.begin_in_session(goal, security(), &start).await
}

/// `GET /signin/reset`: in a session about its person, else about whoever proves to be one.
pub(super) async fn reset(
    State(sign_in): State<SignIn>,
    Query(wish): Query<Wish>,
    OriginalUri(uri): OriginalUri,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Response<String> {
    let person = sign_in.session(&headers).map(|session| session.person);
    let start = start(&headers, visitor, &uri);
    let goal = Goal::ResetPassword { person };
    sign_in
        .begin(goal, wish.destination(), person, &start)
        .await
}

/// `GET /signin/link/{secret}`.
pub(super) async fn link(
    State(sign_in): State<SignIn>,
    Path(secret): Path<String>,
    OriginalUri(uri): OriginalUri,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Response<String> {
    let link = received_hash(&secret);
    let now = sign_in.inner.live.clock().now();
    let person = sign_in.inner.live.read(|state| {
        let kept = state.sign_in_links.get(&link)?;
        (now < kept.expires_at).then_some(kept.person)
    });
    let Some(person) = person else {
        return failed(page_at(&headers, &uri), ErrorKind::NotFound);
    };
    let then = Destination::Site {
        return_to: ReturnPath::root(),
    };
    // The link's secret stays out of the page: the flow's address stands there.
    let start = start(&headers, visitor, &uri);
    let goal = Goal::BreakGlassLink { person, link };
    sign_in.begin(goal, then, Some(person), &start).await
}

/// The portal's page of factors.
fn security() -> Destination {
    Destination::Site {
        return_to: ReturnPath::parse("/security").unwrap_or_else(ReturnPath::root),
    }
}

/// The strengths that may be demanded in an address.
pub(super) fn assurance(slug: &str) -> Option<Assurance> {
    [Assurance::Mfa, Assurance::PhishingResistant]
        .into_iter()
        .find(|assurance| assurance.as_str() == slug)
}

fn start<'a>(headers: &'a HeaderMap, visitor: Visitor, uri: &'a Uri) -> Start<'a> {
    Start {
        browser: Browser { headers, visitor },
        uri,
    }
}

impl SignIn {
    /// The live session of a request.
    pub(super) fn session(&self, headers: &HeaderMap) -> Option<Session> {
        let token = cookie::token(headers, cookie::SESSION)?;
        self.inner.live.session_of(&token)
    }

    /// Begins a flow about the present session; without one, the sign-in comes first and leads back here.
    async fn begin_in_session(
        &self,
        goal: impl FnOnce(&Session) -> Goal,
        then: Destination,
        start: &Start<'_>,
    ) -> Response<String> {
        match self.session(start.browser.headers) {
            Some(session) => {
                let person = session.person;
                self.begin(goal(&session), then, Some(person), start).await
            }
            None => {
                let here = start.uri.path_and_query().map_or("/", |path| path.as_str());
                let then = Destination::Site {
                    return_to: ReturnPath::parse(here).unwrap_or_else(ReturnPath::root),
                };
                self.begin(Goal::SignIn, then, None, start).await
            }
        }
    }

    /// Begins a flow and sends the browser to its first page.
    pub(super) async fn begin(
        &self,
        goal: Goal,
        then: Destination,
        person: Option<PersonId>,
        start: &Start<'_>,
    ) -> Response<String> {
        let live = &self.inner.live;
        let now = live.clock().now();
        let Start { browser, uri } = start;
        let headers = browser.headers;
        let page = || page_at(headers, uri);
        let under_way = live.read(|state| state.flows.len());
        match self
            .inner
            .gate
            .pass(browser.visitor.address, under_way, now)
        {
            Entrance::Open => {}
            Entrance::TooMany => return failed(page(), ErrorKind::TooMany),
            Entrance::Full => return failed(page(), ErrorKind::Unavailable),
        }
        // Tabs share the cookie, so that a second sign-in does not spoil the first one.
        let (browser_hash, fresh) = match browser_hash(headers) {
            Some(hash) => (hash, None),
            None => {
                let token = mint_token(live.entropy().bytes());
                (token_hash(&token), Some(token))
            }
        };
        let login =
            person.and_then(|id| live.read(|state| Login::parse(&state.people.get(&id)?.login)));
        let beginning = Beginning {
            id: FlowId::from_random(live.entropy().bytes()),
            browser: browser_hash,
            nonce: self.nonce(),
            purpose: Purpose { goal, then },
            account: person.and_then(|id| self.account(id)),
            login,
            last_method: cookie::last_method(headers),
            address: browser.visitor.address.to_string(),
            user_agent: user_agent(headers),
        };
        let begun = Flow::begin(beginning, now);
        let round = self.round(begun, Kept::Never, Typed::nothing(), browser);
        let mut response = match round.await {
            Ok(Outcome::Standing(flow)) => see_other(&format!("/signin/{}", flow.id())),
            Ok(Outcome::Done(arrival)) => arrival.response(),
            Ok(Outcome::Moved) => prompt::turned(page(), Turned::Expired),
            Err(error) => went_wrong(page(), &error),
        };
        if let Some(token) = fresh {
            cookie::set_token(response.headers_mut(), cookie::FLOW, &token);
        }
        response
    }
}

fn user_agent(headers: &HeaderMap) -> String {
    let text = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    text.unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_USER_AGENT)
        .collect()
}
