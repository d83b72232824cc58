//! Sign-outs that service providers tell us of without a browser, by SOAP (SAML 2.0 Bindings §3.2).

use crate::Endpoints;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use zt_events::Actor;
use zt_federation::saml::{
    LogoutRequest, LogoutResponse, MessageId, OURS, Receipt, Signature, Status, StatusCode as Code,
    soap_fault, soap_message, soap_wrapped,
};
use zt_federation::xml::{Content, Document};
use zt_live::{LiveError, NotTaken, ProviderMessage};

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
            Ok(status) => {
                let answer = endpoints.answer_soap(&message, &request, status);
                answer.map_or_else(unavailable, |text| envelope(StatusCode::OK, text))
            }
            Err(error) => {
                let id = &message.provider.id;
                endpoints.live().comes_again(id, request.id.as_str());
                tracing::error!(provider = %message.provider.id, %error, "a session could not be ended for a service provider");
                unavailable()
            }
        },
        Err(wrong) => {
            let provider = wrong.provider.as_ref();
            let live = endpoints.live();
            if live.record_no_assertion(provider, None, wrong.slug, from) {
                tracing::info!(why = wrong.slug, ?provider, detail = %wrong.detail, "a SAML message was refused");
            }
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

    /// Ends the sessions that it means, and says what the service provider is told.
    async fn sign_out(
        &self,
        message: &ProviderMessage,
        request: &LogoutRequest,
    ) -> Result<Status, LiveError> {
        let id = &message.provider.id;
        let meant = self.live().meant_by(&message.provider, request);
        if meant.is_empty() {
            return Ok(Status::of(Code::UnknownPrincipal));
        }
        let sessions: BTreeSet<_> = meant.iter().map(|grant| grant.session).collect();
        // No browser is here.
        let nobody = BTreeSet::new();
        let mut failed = None;
        let mut all_are_told = true;
        for session in sessions {
            let ended = self
                .live()
                .leave_provider(id, session, &nobody, Actor::Client(id.clone()));
            match ended.await {
                Ok(told) => all_are_told &= told,
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) => Err(error),
            None if all_are_told => Ok(Status::SUCCESS),
            None => Ok(Status::PARTIAL),
        }
    }

    fn answer_soap(
        &self,
        message: &ProviderMessage,
        request: &LogoutRequest,
        status: Status,
    ) -> Option<String> {
        let response = LogoutResponse {
            id: MessageId::from_random(self.live().entropy().bytes()),
            in_response_to: Some(request.id.clone()),
            issuer: self.entity_id()?,
            // Whoever is answered on its own connection need not be told where (Bindings §3.2.2.1).
            destination: None,
            issued_at: self.live().clock().now(),
            status,
        };
        let keys = self.inner.parts.saml.load();
        let key = keys.signer(message.provider.algorithm).ok()?;
        let signed = key.sign(&response.write().ok()?).ok()?;
        soap_wrapped(&signed).ok()
    }
}
