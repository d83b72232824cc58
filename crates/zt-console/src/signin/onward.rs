//! What happens when a flow is done: the session, its cookies, and the way on.

use super::round::{Browser, Gathered, RoundError};
use super::{SignIn, cookie};
use crate::federate::client_origin;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use zt_auth::{Destination, EndReason, Entry, Flow, Goal, Issued};
use zt_crypto::hash::{mint_token, token_hash};
use zt_device::{Claim, Presentation};
use zt_events::Actor;
use zt_pages::headers::{self, Exception};
use zt_pages::language::percent_encoded;
use zt_store::Change;
use zt_types::{
    CertificateSerial, DeviceEvidence, DeviceId, FactorKind, PersonId, Secret, SessionId, Timestamp,
};

/// The end of a flow as its browser gets it.
pub(crate) struct Arrival {
    cookie: Secret,
    last_method: Option<FactorKind>,
    location: String,
    /// Whose sign-in began, unless one that there was went on.
    pub(super) began: Option<(PersonId, SessionId)>,
}

impl Arrival {
    /// The answer: cookies, and on.
    pub(crate) fn response(&self) -> Response<String> {
        let mut response = see_other(&self.location);
        cookie::set_token(response.headers_mut(), cookie::SESSION, &self.cookie);
        if let Some(kind) = self.last_method {
            cookie::set_last_method(response.headers_mut(), kind);
        }
        response
    }
}

impl SignIn {
    /// Issues what a finished flow is worth and adds it to the round's commit.
    ///
    /// # Errors
    /// [`RoundError::Ended`] if it is worth nothing now.
    pub(super) fn arrive(
        &self,
        flow: &Flow,
        plan: &mut Gathered,
        browser: &Browser<'_>,
        now: Timestamp,
    ) -> Result<Arrival, RoundError> {
        let live = &self.inner.live;
        let person = flow.account().ok_or(RoundError::Ended)?.person;
        let state = live
            .read(|state| state.people.get(&person).map(|record| record.state))
            .ok_or(RoundError::Ended)?;
        let permit = flow.finish(state, now).map_err(|_| RoundError::Ended)?;
        let goal = &flow.purpose().goal;
        let stands = goal
            .session()
            .and_then(|id| live.read(|state| state.sessions.get(&id).cloned()));
        let cookie = mint_token(live.entropy().bytes());
        let entry = Entry::SignIn {
            permit,
            token: token_hash(&cookie),
            fresh: SessionId::from_random(live.entropy().bytes()),
            stands: stands.as_ref(),
            device: self.proven_device(person, browser.visitor.presented, now),
        };
        let (issued, tells) = zt_auth::issue(state, entry, now)
            .map_err(|_| RoundError::Ended)?
            .into_parts();
        let mut began = None;
        if let Issued::Session(session) = issued {
            began = (goal.session() != Some(session.id)).then_some((person, session.id));
            plan.changes.push(Change::PutSession(session));
        }
        if let Some(body) = tells {
            plan.events.push(live.event(Actor::Person(person), body));
        }
        if matches!(
            goal,
            Goal::SignIn | Goal::ResetPassword { .. } | Goal::BreakGlassLink { .. }
        ) {
            self.replace(browser.headers, plan, now);
        }
        let last_method = flow
            .proofs()
            .iter()
            .rev()
            .map(|proof| proof.kind)
            .find(|kind| matches!(kind, FactorKind::Passkey | FactorKind::Totp));
        Ok(Arrival {
            cookie,
            last_method,
            location: onward(flow.purpose().then.clone()),
            began,
        })
    }

    /// The session this browser had before ends: a browser is one person's at a time.
    fn replace(&self, headers: &HeaderMap, plan: &mut Gathered, now: Timestamp) {
        let before = cookie::token(headers, cookie::SESSION)
            .and_then(|token| self.inner.live.session_of(&token));
        if let Some(session) = before {
            self.end_session(&session, EndReason::Replaced, plan, now);
        }
    }

    /// The device that this connection proves to be of this person.
    fn proven_device(
        &self,
        person: PersonId,
        presented: Presentation,
        now: Timestamp,
    ) -> Option<(DeviceId, CertificateSerial)> {
        let Presentation::Certificate(certificate) = presented else {
            return None;
        };
        let judged = self.inner.live.read(|state| {
            let claim = Claim {
                presented,
                certificate: state.certificates.get(&certificate.serial),
                device: state.devices.get(&certificate.device),
                person: Some(person),
                bound: None,
            };
            zt_device::evidence(&claim, now)
        });
        match judged.evidence {
            DeviceEvidence::Proven(device) => Some((device, certificate.serial)),
            DeviceEvidence::Absent(_) => None,
        }
    }

    /// What a page of this flow may do beyond the content policy: its form's answer leads to the application's host.
    pub(super) fn exception(&self, flow: &Flow) -> Exception {
        match &flow.purpose().then {
            Destination::Application { app, .. } => self
                .inner
                .site
                .app_origin_for_policy(app)
                .map_or(Exception::None, Exception::EndOfSignIn),
            Destination::Site { return_to } => {
                client_origin(&self.inner.live, &self.inner.site, return_to)
                    .map_or(Exception::None, Exception::EndOfSignIn)
            }
        }
    }
}

/// Where a flow that is done leads: always an address of this host.
pub(super) fn onward(then: Destination) -> String {
    match then {
        Destination::Site { return_to } => return_to.as_str().to_owned(),
        Destination::Application {
            app,
            return_to,
            binding,
        } => format!(
            "/passage?app={app}&return={}&binding={binding}",
            percent_encoded(return_to.as_str())
        ),
    }
}

/// A redirect that is fetched by GET (RFC 9110 §15.4.4), with a page's headers.
pub(super) fn see_other(location: &str) -> Response<String> {
    let mut response = Response::new(String::new());
    *response.headers_mut() = headers::browser(&Exception::None);
    match HeaderValue::try_from(location) {
        Ok(location) => {
            *response.status_mut() = StatusCode::SEE_OTHER;
            response.headers_mut().insert(header::LOCATION, location);
        }
        Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    response
}
