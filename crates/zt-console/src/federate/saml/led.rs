//! Leading a browser through the service providers of a session that has ended (SAML 2.0 Profiles §4.4.3.2), as one navigation
//! after another: a frame of another site has no cookies in today's browsers.
//!
//! The session is over before the first of them is asked, so none that hangs keeps it alive. Whoever comes back without an answer
//! finds a page that says how it stands, and goes on from there.

use super::arrival::Arrived;
use super::carried::{Answered, Leave};
use super::chain::{Chain, Heard, MOST, Others, Stop, Then};
use super::{LOG_OUT, WrongView, carry, leave, refuse};
use crate::PagesState;
use crate::guard::{see_other, sent};
use crate::signin::cookie;
use askama::Template;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use std::net::IpAddr;
use zt_auth::{Grant, GrantEnd, GrantState};
use zt_crypto::hash::{mint_token, token_hash};
use zt_events::{Actor, Body};
use zt_federation::saml::{
    Carried, EntityId, Given, LogoutBinding, LogoutReason, LogoutRequest, LogoutService, MessageId,
    PostForm, RedirectQuery, ServiceProvider, Status,
};
use zt_live::NotTaken;
use zt_pages::headers::Exception;
use zt_pages::{Page, respond};
use zt_types::{ClientId, Seconds, SessionId, TokenHash};

/// How long a request counts: as long as it may be on its way.
const LIFETIME: Seconds = Seconds::minutes(5);
/// How it stands.
pub(crate) const STANDS: &str = "/saml/slo?signing-out";
/// On to the next one.
pub(crate) const ONWARD: &str = "/saml/slo?onward";
/// On to the next one from an answer that does not count, and came without the browser's cookie.
const REFUSED: &str = "/saml/slo?refused";
/// Back to whoever asked first.
const BACK: &str = "/saml/slo?back";

/// How it stands, before, between and after.
#[derive(Template)]
#[template(path = "federate/leaving.html")]
struct LeavingView<'a> {
    page: &'a Page,
    stage: Stage,
    rows: Vec<Row<'a>>,
    onward: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It begins by itself.
    Begins,
    /// Somebody did not come back.
    Waits,
    /// All confirmed.
    Whole,
    /// Not all did.
    Partial,
}

struct Row<'a> {
    name: &'a str,
    state: &'static str,
}

/// Those that a browser is led to, and what comes then.
#[derive(Debug, Default)]
pub(crate) struct Gathered(Vec<(Stop, Heard)>);

/// What comes when all were asked.
pub(crate) struct Afterwards(pub(super) Then);

impl Afterwards {
    /// A page of ours.
    pub(crate) const HERE: Self = Self(Then::Here);

    /// An address that a client registered, if there is one.
    pub(crate) fn client(address: Option<String>) -> Self {
        Self(address.map_or(Then::Here, Then::Client))
    }

    /// The answer to the service provider that asked.
    pub(super) fn provider(leave: Leave, others: Others) -> Self {
        Self(Then::Provider(Box::new(leave), others))
    }

    /// Where a page goes on to that has nobody to lead to.
    pub(crate) fn address(&self, state: &PagesState) -> Option<String> {
        match &self.0 {
            Then::Here => None,
            Then::Client(address) => Some(address.clone()),
            Then::Provider(leave, _) => leave.address(state),
        }
    }
}

impl Gathered {
    /// Those that hold something of a session that goes on, and are told in no other way than through a browser: the latest first.
    /// `asking` knows already.
    pub(crate) fn of(state: &PagesState, session: SessionId, asking: Option<&ClientId>) -> Self {
        let live = state.live();
        let now = live.clock().now();
        let mut held: Vec<(Grant, ServiceProvider)> = live.read(|kept| {
            let grants = kept.grants_of(session);
            let is_held = |grant: &&Grant| {
                grant.state == GrantState::Asserted
                    && !grant.is_over(now)
                    && asking != Some(&grant.client)
            };
            let held = grants.filter(is_held).filter_map(|grant| {
                let provider = kept.service_providers.get(&grant.client)?;
                let is_its =
                    provider.app == grant.app && provider.logout_by(LogoutBinding::Soap).is_none();
                is_its.then(|| (grant.clone(), provider.clone()))
            });
            held.collect()
        });
        held.sort_by_key(|(grant, _)| std::cmp::Reverse(grant.created_at));
        let mut stops = Vec::new();
        for (grant, provider) in held {
            let given = serde_json::from_str::<Given>(&grant.asked);
            let (Ok(given), Ok(index)) = (given, live.sid(&grant)) else {
                continue;
            };
            let is_reached = told_at(&provider).is_some() && provider.is_current(now);
            let heard = match is_reached && stops.len() < MOST {
                true => Heard::NotYet,
                false => Heard::Unreachable,
            };
            let stop = Stop {
                provider: provider.id,
                name: provider.name,
                app: grant.app,
                person: grant.person,
                session: grant.session,
                name_id: given.name_id,
                index,
            };
            stops.push((stop, heard));
        }
        // Where nobody can be led to, nothing is begun.
        if stops.iter().all(|(_, heard)| *heard == Heard::Unreachable) {
            stops.clear();
        }
        Self(stops)
    }

    /// Whether nobody is asked.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Who is asked.
    pub(super) fn asked(&self) -> std::collections::BTreeSet<ClientId> {
        let asked = self.0.iter().filter(|(_, heard)| *heard == Heard::NotYet);
        asked.map(|(stop, _)| stop.provider.clone()).collect()
    }

    /// Binds it to the browser that `response` goes to. The session is over by now.
    pub(crate) fn begin(self, state: &PagesState, then: Afterwards, response: &mut Response) {
        let live = state.live();
        let token = mint_token(live.entropy().bytes());
        let chain = Chain {
            begun: live.clock().now(),
            stops: self.0,
            then: then.0,
        };
        for silent in state.chains().begin(token_hash(&token), chain) {
            not_told(state, &silent, "timeout");
        }
        cookie::set_leaving(response.headers_mut(), &token);
    }
}

/// Where a service provider is asked through a browser.
fn told_at(provider: &ServiceProvider) -> Option<&LogoutService> {
    let redirect = provider.logout_by(LogoutBinding::Redirect);
    redirect.or_else(|| provider.logout_by(LogoutBinding::Post))
}

/// Whether this browser has a sign-out that is not at its end.
pub(crate) fn is_unfinished(state: &PagesState, headers: &HeaderMap) -> bool {
    let now = state.live().clock().now();
    let chains = state.chains();
    let token = cookie::token(headers, cookie::LEAVING);
    let unfinished = token.and_then(|token| chains.with(&token, now, |chain| !chain.is_done()));
    unfinished.unwrap_or(false)
}

/// The addresses of ours in a chain; `None`: it is another one.
pub(super) fn page(
    state: &PagesState,
    page: &Page,
    headers: &HeaderMap,
    query: &str,
    from: IpAddr,
) -> Option<Response> {
    let token = cookie::token(headers, cookie::LEAVING);
    let is = |address: &str| {
        address
            .strip_prefix(LOG_OUT)
            .and_then(|rest| rest.strip_prefix('?'))
            == Some(query)
    };
    if is(STANDS) {
        return Some(stands(state, page, token));
    }
    if is(ONWARD) {
        return Some(onward(state, page, token));
    }
    if is(REFUSED) {
        return Some(passed_over(state, token).unwrap_or_else(|| lost(page)));
    }
    if is(BACK) {
        return Some(back(state, page, token));
    }
    if Answered::is_one(query) {
        return Some(match Answered::read(state, query) {
            Ok(answered) => settled(state, page, token, &answered, from),
            Err(wrong) => went_wrong(state, page, token, wrong, from),
        });
    }
    None
}

/// An answer as it came in an address.
pub(super) fn arrived(
    state: &PagesState,
    page: &Page,
    arrived: Result<Arrived, NotTaken>,
    from: IpAddr,
    headers: &HeaderMap,
) -> Response {
    match onward_with(state, arrived) {
        Ok(address) => see_other(&address),
        Err(wrong) => {
            let token = cookie::token(headers, cookie::LEAVING);
            went_wrong(state, page, token, wrong, from)
        }
    }
}

/// An answer as it came in a form: whose browser it is, its cookie says when it comes round.
pub(super) fn posted(
    state: &PagesState,
    page: &Page,
    arrived: Result<Arrived, NotTaken>,
    from: IpAddr,
) -> Response {
    match onward_with(state, arrived) {
        Ok(address) => see_other(&address),
        Err(wrong) => {
            // It is recorded; she has nothing to read of it.
            let _page = refuse(state, page, wrong, from);
            see_other(REFUSED)
        }
    }
}

/// A verified answer as an address of ours.
fn onward_with(state: &PagesState, arrived: Result<Arrived, NotTaken>) -> Result<String, NotTaken> {
    let answered = arrived.and_then(|arrived| arrived.answer(state))?;
    let address = answered.address(state);
    address.ok_or_else(|| NotTaken::new("unreadable", "it is too long to go round"))
}

/// What does not count confirms nothing, and keeps nobody. It goes on only where this browser is at somebody's.
fn went_wrong(
    state: &PagesState,
    page: &Page,
    token: Option<TokenHash>,
    wrong: NotTaken,
    from: IpAddr,
) -> Response {
    let refused = refuse(state, page, wrong, from);
    passed_over(state, token).unwrap_or(refused)
}

fn passed_over(state: &PagesState, token: Option<TokenHash>) -> Option<Response> {
    let now = state.live().clock().now();
    let stop = state
        .chains()
        .with(&token?, now, Chain::give_up)
        .flatten()?;
    not_told(state, &stop, "answer");
    Some(see_other(ONWARD))
}

/// An answer that was verified.
fn settled(
    state: &PagesState,
    page: &Page,
    token: Option<TokenHash>,
    answered: &Answered,
    from: IpAddr,
) -> Response {
    let now = state.live().clock().now();
    let heard = match answered.is_confirmed {
        true => Heard::Confirmed,
        false => Heard::NotConfirmed,
    };
    let settled = token.and_then(|token| {
        let settle = |chain: &mut Chain| chain.settle(&answered.provider, &answered.request, heard);
        state.chains().with(&token, now, settle).flatten()
    });
    match settled {
        Some(stop) if answered.is_confirmed => {
            told(state, &stop);
            see_other(ONWARD)
        }
        Some(stop) => {
            not_told(state, &stop, "status");
            see_other(ONWARD)
        }
        // It was answered already, or the request was another browser's.
        None => {
            let wrong = NotTaken::new("replayed", "nobody waits for this answer in this browser");
            went_wrong(state, page, token, wrong.of(&answered.provider), from)
        }
    }
}

/// On to the next one, or to the end. Whoever comes here from a service provider without its answer has none.
fn onward(state: &PagesState, page: &Page, token: Option<TokenHash>) -> Response {
    let Some(token) = token else {
        return lost(page);
    };
    let (live, chains) = (state.live(), state.chains());
    let now = live.clock().now();
    if let Some(silent) = chains.with(&token, now, Chain::give_up).flatten() {
        not_told(state, &silent, "timeout");
    }
    // Each is asked once: there is an end to it.
    loop {
        let id = MessageId::from_random(live.entropy().bytes());
        let next = chains.with(&token, now, |chain| chain.ask(id.clone()));
        match next {
            None => return lost(page),
            Some(None) => return finish(state, page, &token),
            Some(Some(stop)) => {
                if let Some(response) = lead(state, page, &stop, id.clone()) {
                    return response;
                }
                let settle =
                    |chain: &mut Chain| chain.settle(&stop.provider, &id, Heard::NotConfirmed);
                chains.with(&token, now, settle);
                not_told(state, &stop, "unsigned");
            }
        }
    }
}

/// The browser with a request to the service provider, at the address that it is registered with now.
fn lead(state: &PagesState, page: &Page, stop: &Stop, id: MessageId) -> Option<Response> {
    let live = state.live();
    let now = live.clock().now();
    let provider = live.read(|kept| kept.service_providers.get(&stop.provider).cloned())?;
    let service = told_at(&provider).filter(|_| provider.is_current(now))?;
    let to = &service.location;
    let written = LogoutRequest {
        id,
        issuer: EntityId::ours(&state.site().id_origin())?,
        destination: Some(to.as_str().to_owned()),
        issued_at: now,
        not_on_or_after: Some(now + LIFETIME),
        reason: Some(LogoutReason::User),
        name_id: stop.name_id.clone(),
        session_indexes: vec![stop.index.clone()],
    }
    .write()
    .ok()?;
    let keys = state.saml();
    let key = keys.signer(provider.algorithm).ok()?;
    match service.binding {
        LogoutBinding::Redirect => {
            let algorithm = provider.algorithm.uri();
            let query = RedirectQuery::new(Carried::Request, written.text(), None, algorithm);
            let signature = key.sign_octets(query.octets()).ok()?;
            Some(see_other(&query.address(to, &signature)))
        }
        LogoutBinding::Post | LogoutBinding::Soap => {
            let signed = key.sign(&written).ok()?;
            Some(carry(
                page,
                &PostForm::new(Carried::Request, &signed, to, None),
            ))
        }
    }
}

/// All were asked. Whoever has nothing to read is sent on at once.
fn finish(state: &PagesState, page: &Page, token: &TokenHash) -> Response {
    let now = state.live().clock().now();
    let chain = state.chains().with(token, now, |chain| chain.clone());
    match chain {
        None => lost(page),
        Some(chain) if chain.is_whole() && !matches!(chain.then, Then::Here) => {
            back(state, page, Some(*token))
        }
        Some(_) => see_other(STANDS),
    }
}

/// Back to whoever asked first, once.
fn back(state: &PagesState, page: &Page, token: Option<TokenHash>) -> Response {
    let now = state.live().clock().now();
    let chains = state.chains();
    let chain = token.and_then(|token| chains.with(&token, now, |chain| chain.clone()));
    let (Some(token), Some(chain)) = (token, chain) else {
        return lost(page);
    };
    if !chain.is_done() {
        return see_other(STANDS);
    }
    let status = match chain.is_whole() {
        true => Status::SUCCESS,
        false => Status::PARTIAL,
    };
    let mut response = match &chain.then {
        Then::Here => return see_other(STANDS),
        Then::Client(address) => see_other(address),
        Then::Provider(leave, _) => leave::answer(state, page, leave, &status),
    };
    chains.forget(&token);
    cookie::forget(response.headers_mut(), cookie::LEAVING);
    response
}

/// How it stands.
fn stands(state: &PagesState, page: &Page, token: Option<TokenHash>) -> Response {
    let now = state.live().clock().now();
    let chain = token.and_then(|token| state.chains().with(&token, now, |chain| chain.clone()));
    let Some(chain) = chain else {
        return lost(page);
    };
    let stage = match (chain.is_done(), chain.is_whole()) {
        (false, _) if chain.is_new() => Stage::Begins,
        (false, _) => Stage::Waits,
        (true, true) => Stage::Whole,
        (true, false) => Stage::Partial,
    };
    let rows = chain.stops.iter().map(|(stop, heard)| Row {
        name: page.text(&stop.name),
        state: match heard {
            Heard::NotYet => page.t("leaving-not-yet"),
            Heard::Asked(_) => page.t("leaving-asked"),
            Heard::Confirmed => page.t("leaving-confirmed"),
            Heard::NotConfirmed => page.t("leaving-not-confirmed"),
            Heard::Unreachable => page.t("leaving-unreachable"),
        },
    });
    let onward = match (stage, &chain.then) {
        (Stage::Begins | Stage::Waits, _) => ONWARD,
        (_, Then::Here) => "/signin?return=/",
        (_, Then::Client(_) | Then::Provider(..)) => BACK,
    };
    let view = LeavingView {
        page,
        stage,
        rows: rows.collect(),
        onward,
    };
    sent(respond(StatusCode::OK, page, &view, &Exception::None))
}

/// There is no sign-out in this browser, or it is too long ago.
fn lost(page: &Page) -> Response {
    let view = WrongView {
        page,
        text: page.member("saml-wrong", "expired"),
        help: page.t("saml-wrong-expired-again"),
    };
    sent(respond(
        StatusCode::BAD_REQUEST,
        page,
        &view,
        &Exception::None,
    ))
}

fn told(state: &PagesState, stop: &Stop) {
    let body = Body::ClientTold {
        person: stop.person,
        session: stop.session,
        app: stop.app.clone(),
        client: stop.provider.clone(),
        why: GrantEnd::SessionEnded.as_str().to_owned(),
    };
    state.live().record(Actor::System, body);
}

fn not_told(state: &PagesState, stop: &Stop, why: &str) {
    let body = Body::ClientNotTold {
        person: stop.person,
        session: stop.session,
        app: stop.app.clone(),
        client: stop.provider.clone(),
        why: why.to_owned(),
        then: "refused".to_owned(),
    };
    state.live().record(Actor::System, body);
}
