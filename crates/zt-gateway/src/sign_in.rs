//! Sending somebody to the sign-in host, and telling programs that they need a session.

use crate::arrival::Reader;
use crate::cookie::START;
use crate::own;
use crate::refusal::{Repeatable, problem};
use crate::relay::GatewayBody;
use crate::visit::Visit;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;
use zt_crypto::hash::{mint_token, received_hash};
use zt_pages::language::percent_encoded;

/// The way to the sign-in host and back.
pub(crate) struct Departure {
    address: String,
    /// The cookie that binds the sign-in to this browser, if it has none yet.
    pub(crate) cookie: Option<HeaderValue>,
}

impl Departure {
    pub(crate) fn of(visit: &Visit<'_>) -> Self {
        let (start, cookie) = match &visit.arrival.start {
            // Two tabs share it, so that both can come back.
            Some(start) => (start.clone(), None),
            None => {
                let start = mint_token(visit.gateway.live.entropy().bytes())
                    .expose()
                    .to_owned();
                let cookie = format!(
                    "{START}={start}; Path=/; Max-Age=1800; Secure; HttpOnly; SameSite=Lax"
                );
                (start, HeaderValue::try_from(cookie).ok())
            }
        };
        let address = format!(
            "{}/passage?app={}&return={}&binding={}",
            visit.gateway.issuer,
            visit.entry.id,
            percent_encoded(visit.asker.return_path()),
            received_hash(&start)
        );
        Self { address, cookie }
    }

    /// The address to go to; `step` names what is to be proven beyond a session.
    pub(crate) fn to(&self, step: Option<&str>) -> String {
        match step {
            Some(step) => format!("{}&step={step}", self.address),
            None => self.address.clone(),
        }
    }
}

/// The answer to a request without a session.
pub(crate) fn needed(visit: &Visit<'_>) -> Response<GatewayBody> {
    if visit.asker.reader == Reader::Program {
        let body = json!({
            "type": "urn:sekisho:problem:sign-in-required",
            "title": "sign-in required",
            "status": 401,
            "detail": "open the address in `sign_in` in a browser, then repeat the request with the cookies of that browser",
            "sign_in": visit.entry.origin,
        });
        let mut response = problem(StatusCode::UNAUTHORIZED, &body);
        // RFC 9110 §15.5.2 wants a challenge; no registered scheme says "sign in with a browser".
        let challenge = format!("Sekisho realm=\"{}\"", visit.gateway.issuer);
        if let Ok(challenge) = HeaderValue::try_from(challenge) {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        return response;
    }
    let departure = Departure::of(visit);
    let status = match visit.asker.repeatable {
        Repeatable::Yes => StatusCode::FOUND,
        Repeatable::No => StatusCode::SEE_OTHER,
    };
    let mut response = own::redirect(status, &departure.to(None));
    if let Some(cookie) = departure.cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
