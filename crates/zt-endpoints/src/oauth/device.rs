//! Devices that have somebody sign in elsewhere (RFC 8628): how they begin, and how they ask whether it was done.

use super::OURS;
use super::cross_origin::AnswerTo;
use super::form::{authorization, read};
use super::refused::Refused;
use super::sender::Sender;
use super::token::{Attempt, UNKNOWN, opened};
use super::tokens::Tokens;
use crate::answer::json_answer;
use crate::{Caller, Endpoints};
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use zt_auth::{Grant, IssueRefused};
use zt_crypto::hash::{mint_token, received_hash, token_hash};
use zt_federation::{
    Asked, Client, DeviceAsked, DeviceAuthorization, DeviceAuthorizationRequest, ErrorCode, Fault,
    GrantType,
};
use zt_live::{DEVICE_POLL_INTERVAL, DeviceStanding, GrantError, NewDevice};
use zt_types::{GrantId, Secret};

/// Lets a device wait for somebody (RFC 8628 §3.1).
pub(crate) async fn device_authorization(
    State(endpoints): State<Endpoints>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut attempt = Attempt::of(GrantType::DeviceCode);
    let begun = endpoints.begin_device(&caller, &headers, body, &mut attempt);
    let (answer, client) = (begun.await, attempt.named().cloned());
    let mut response = match answer {
        Ok(told) => json_answer(StatusCode::OK, &told),
        Err(refused) => {
            endpoints.tell_refused(attempt, &caller, &refused);
            refused.to_client(&headers)
        }
    };
    if let Some(client) = client {
        response.extensions_mut().insert(AnswerTo(client));
    }
    response
}

impl Endpoints {
    async fn begin_device(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        body: Body,
        attempt: &mut Attempt,
    ) -> Result<DeviceAuthorization, Refused> {
        let form = read(headers, body).await?;
        let request = DeviceAuthorizationRequest::read(&form, authorization(headers)?)?;
        let client = self.known(&request.presented, caller, attempt).await?;
        request.check(&client)?;
        let asked = Asked::Device(DeviceAsked {
            scopes: request.scopes,
        });
        let asked = serde_json::to_string(&asked).map_err(|error| {
            tracing::error!(%error, "what a device asks for has no JSON form");
            Refused::unavailable("the server cannot do this at the moment")
        })?;
        let live = self.live();
        let id = GrantId::from_random(live.entropy().bytes());
        let secret = mint_token(live.entropy().bytes());
        let device = NewDevice {
            client: &client,
            asked,
            address: caller.address,
            code: token_hash(&secret),
        };
        let waits = live
            .device_begins(id, device)
            .map_err(|_| Refused::unavailable("too many devices are waiting; try again later"))?;
        Ok(DeviceAuthorization::new(
            &Grant::bearer(id, &secret),
            waits.user_code,
            format!("{}{}", self.inner.parts.origin, OURS.device_page),
            (waits.asked_at, waits.expires_at),
            DEVICE_POLL_INTERVAL,
        ))
    }

    /// Tokens for a device's code, once somebody said yes (RFC 8628 §3.4).
    pub(super) async fn redeem_device(
        &self,
        client: Client,
        code: &Secret,
        sender: Sender,
        attempt: &mut Attempt,
    ) -> Result<Tokens, Refused> {
        let (id, secret) = opened(code)?;
        let hash = received_hash(secret);
        match self.live().device_asks(id, &client.id, hash)? {
            DeviceStanding::Waiting => return Err(waiting(ErrorCode::AuthorizationPending)),
            DeviceStanding::TooOften => return Err(waiting(ErrorCode::SlowDown)),
            DeviceStanding::Over => return Err(over()),
            DeviceStanding::Denied => {
                let fault = Fault::new(ErrorCode::AccessDenied, "she said no");
                return Err(Refused::new(fault, "denied"));
            }
            DeviceStanding::Elsewhere => {}
        }
        let asked = self.asked(&client, id, attempt)?;
        if !matches!(asked, Asked::Device(_)) {
            return Err(Refused::grant(UNKNOWN, "not-usable"));
        }
        let gets_refresh = client.grants.contains(&GrantType::RefreshToken);
        let refresh = gets_refresh.then(|| mint_token(self.live().entropy().bytes()));
        let next = refresh.as_ref().map(token_hash);
        sender.spend(self)?;
        let holder = sender.kept();
        let redeemed = self.live().redeem_grant(id, &client.id, hash, next, holder);
        let grant = redeemed.await.map_err(|error| match error {
            GrantError::Refused(IssueRefused::CodeExpired) => over(),
            error => error.into(),
        })?;
        let client = self.still(client)?;
        let scopes = asked.scopes().clone();
        let mut tokens = self.tokens(&client, &grant, &asked, scopes, (refresh, sender.holds))?;
        tokens.name_person(self, &client, &grant, &asked, None)?;
        Ok(tokens)
    }
}

/// Not yet: nothing to write down, since a device asks every few seconds.
fn waiting(code: ErrorCode) -> Refused {
    let description = "nobody has answered yet";
    Refused::new(Fault::new(code, description), super::refused::WAITING)
}

fn over() -> Refused {
    let fault = Fault::new(
        ErrorCode::ExpiredToken,
        "nobody answered in time: begin anew",
    );
    Refused::new(fault, "code-expired")
}
