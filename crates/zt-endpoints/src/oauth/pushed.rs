//! Where clients push their requests (RFC 9126): what is wrong with one is told to the client, before anybody is asked anything.

use super::cross_origin::AnswerTo;
use super::form::{authorization, read};
use super::refused::Refused;
use super::sender::Proof;
use super::token::Attempt;
use crate::answer::json_answer;
use crate::{Caller, Endpoints};
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use zt_federation::{
    AuthorizationRequest, ErrorCode, Fault, Form, GrantType, Presented, read_pushed,
};
use zt_live::{NotPushed, PUSHED_LIFETIME};
use zt_types::ClientId;

/// RFC 9126 §2.2.
#[derive(Serialize)]
struct Taken {
    request_uri: String,
    expires_in: u64,
}

/// Takes a request, and gives the reference that the browser is to come with.
pub(crate) async fn push(
    State(endpoints): State<Endpoints>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut attempt = Attempt::default();
    let taken = endpoints.take(&caller, &headers, body, &mut attempt).await;
    let named: Option<ClientId> = attempt.named().cloned();
    let mut response = match taken {
        Ok(taken) => json_answer(StatusCode::CREATED, &taken),
        Err(refused) => {
            endpoints.tell_refused(attempt, &caller, &refused);
            refused.to_client(&headers)
        }
    };
    if let Some(client) = named {
        response.extensions_mut().insert(AnswerTo(client));
    }
    response
}

impl Endpoints {
    async fn take(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        body: Body,
        attempt: &mut Attempt,
    ) -> Result<Taken, Refused> {
        let form = read(headers, body).await?;
        let presented = Presented::read(&form, authorization(headers)?)?;
        // RFC 9126 §2: known in the same way as at the token endpoint.
        let client = self.known(&presented, caller, attempt).await?;
        client.check_grant(GrantType::AuthorizationCode)?;
        let (live, issuer) = (self.live(), &self.inner.parts.origin);
        let now = live.clock().now();
        let read = |form: &Form| live.read_request(form, &client, issuer, now);
        let keys = live.keys_of(&client);
        let mut request = read_pushed(&form, read);
        let is_signed = form.one("request").is_ok_and(|object| object.is_some());
        // It may be signed with a key that is new since its keys were fetched.
        if request.is_err() && is_signed && live.has_other_keys(&client, keys.as_deref()).await {
            request = read_pushed(&form, read);
        }
        let request = request?;
        let proof = self.proof_of(&client, headers, super::PUSHED_REQUESTS)?;
        let request = match &proof {
            Some(proof) => bound_to(request, proof)?,
            None => request,
        };
        let kept = live.push_request(&client, request, caller.address);
        let reference = kept.map_err(|why| match why {
            // RFC 9126 §2.3.
            NotPushed::TooLarge => {
                let description = "the request is larger than 8 KiB";
                Refused::from(Fault::new(ErrorCode::InvalidRequest, description))
            }
            NotPushed::TooMany => {
                Refused::unavailable("too many requests of this client wait for their browsers")
            }
        })?;
        // Only now, so that nobody has a proof remembered who gets nothing; and whoever shows one again leaves nothing here.
        if let Some(refused) = proof.as_ref().and_then(|proof| self.spend(proof).err()) {
            let _ = live.take_pushed(&client.id, &reference);
            return Err(refused);
        }
        Ok(Taken {
            request_uri: reference.uri(),
            expires_in: PUSHED_LIFETIME.0,
        })
    }
}

/// RFC 9449 §10.1: the code is for whoever has the key of the proof, as if the request had named it.
fn bound_to(request: AuthorizationRequest, proof: &Proof) -> Result<AuthorizationRequest, Fault> {
    let named = request.dpop_jkt.as_ref();
    if named.is_some_and(|named| *named != proof.key) {
        let description = "the proof is by another key than the dpop_jkt";
        return Err(Fault::new(ErrorCode::InvalidDpopProof, description));
    }
    Ok(AuthorizationRequest {
        dpop_jkt: Some(proof.key.clone()),
        ..request
    })
}
