//! Sign-outs that service providers tell us of without a browser, by SOAP (SAML 2.0 Bindings §3.2).

use crate::Endpoints;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use std::net::{IpAddr, Ipv4Addr};
use zt_auth::{EndReason, GrantEnd};
use zt_events::Actor;
use zt_federation::saml::{
    LogoutRequest, LogoutResponse, MessageId, OURS, Receipt, Signature, Status, soap_fault,
    soap_message, soap_wrapped,
};
use zt_federation::xml::{Content, Document};
use zt_live::{LiveError, NotTaken, ProviderMessage};
use zt_store::{Conflict, StoreError};

/// A longer envelope is not read, in bytes.
const LONGEST: usize = 192 * 1024;

/// `POST /saml/soap`: a request to sign out, which has to be signed.
pub(crate) async fn soap(State(endpoints): State<Endpoints>, request: Request<Body>) -> Response {
    let caller = request.extensions().get::<crate::Caller>();
    let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let from = caller.map_or(nowhere, |caller| caller.address);
    let body = axum::body::to_bytes(request.into_body(), LONGEST).await;
    let body = body.map_err(|_| NotTaken::new("unreadable", "the envelope is too long"));
    let read = body.and_then(|body| endpoints.read_soap(&body));
    match read {
        Ok((message, request)) => match endpoints.sign_out(&message, &request).await {
            Ok(()) => {
                let answer = endpoints.answer_soap(&message, &request);
                answer.map_or_else(unavailable, |text| envelope(StatusCode::OK, text))
            }
            Err(error) => {
                tracing::error!(provider = %message.provider.id, %error, "a session could not be ended for a service provider");
                unavailable()
            }
        },
        Err(wrong) => {
            tracing::info!(why = wrong.slug, provider = ?wrong.provider, detail = %wrong.detail, "a SAML message was refused");
            let provider = wrong.provider.as_ref();
            endpoints
                .live()
                .record_no_assertion(provider, None, wrong.slug, from);
            // Whoever proves nothing is refused before any of it is done: SOAP 1.1 §6.2 has 500 for what fails then.
            let text = soap_fault("the request is not one that counts here");
            envelope(StatusCode::FORBIDDEN, text)
        }
    }
}

fn unavailable() -> Response {
    let text = soap_fault("the identity provider is too busy; try again");
    envelope(StatusCode::INTERNAL_SERVER_ERROR, text)
}

fn envelope(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(Body::from(Bytes::from(text)));
    *response.status_mut() = status;
    let xml = HeaderValue::from_static("text/xml; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, xml);
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

impl Endpoints {
    fn read_soap(&self, body: &[u8]) -> Result<(ProviderMessage, LogoutRequest), NotTaken> {
        let unreadable = |error: &dyn std::fmt::Display| NotTaken::new("unreadable", error);
        let text = soap_message(body).map_err(|error| unreadable(&error))?;
        let message = self.live().take_message(text)?;
        let id = message.provider.id.clone();
        if message.signature == Signature::Absent {
            return Err(NotTaken::new("signature", "the request is not signed").of(&id));
        }
        let at = format!("{}{}", self.inner.parts.origin, OURS.soap);
        let receipt = Receipt {
            from: &message.provider.entity_id,
            at: &at,
            // It is signed, and need not say where it goes: some by SOAP do not (Bindings §3.2).
            signature: Signature::Absent,
            now: self.live().clock().now(),
        };
        let read = Document::parse(&message.text, Content::Message);
        let read = read.map_err(|error| unreadable(&error).of(&id))?;
        let request = LogoutRequest::read(&read, &receipt);
        let request = request.map_err(|error| unreadable(&error).of(&id))?;
        if !self.live().is_first_time(&id, request.id.as_str()) {
            return Err(NotTaken::new("replayed", "this message came before").of(&id));
        }
        Ok((message, request))
    }

    /// Ends the sessions that it means.
    async fn sign_out(
        &self,
        message: &ProviderMessage,
        request: &LogoutRequest,
    ) -> Result<(), LiveError> {
        let id = &message.provider.id;
        for grant in self.live().meant_by(&message.provider, request) {
            let actor = Actor::Client(id.clone());
            // It knows, and is not told once more.
            let ended = self
                .live()
                .end_grant(grant.id, GrantEnd::Revoked, actor.clone());
            ended.await?;
            let ended = self
                .live()
                .end_session(grant.session, EndReason::SignedOut, actor);
            match ended.await {
                Ok(_) | Err(LiveError::Store(StoreError::Conflict(Conflict::SessionEnded))) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn answer_soap(&self, message: &ProviderMessage, request: &LogoutRequest) -> Option<String> {
        let response = LogoutResponse {
            id: MessageId::from_random(self.live().entropy().bytes()),
            in_response_to: Some(request.id.clone()),
            issuer: self.entity_id()?,
            // Whoever is answered on its own connection need not be told where (Bindings §3.2.2.1).
            destination: None,
            issued_at: self.live().clock().now(),
            status: Status::SUCCESS,
        };
        let keys = self.inner.parts.saml.load();
        let key = keys.signer(message.provider.algorithm).ok()?;
        let signed = key.sign(&response.write().ok()?).ok()?;
        soap_wrapped(&signed).ok()
    }
}
