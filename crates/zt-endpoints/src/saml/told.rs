//! Telling service providers that a sign-in is over, by SOAP (SAML 2.0 Profiles §4.4.3.1, Bindings §3.2). When it is told, and tried
//! again, is as for clients of OpenID Connect.

use crate::Endpoints;
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use zt_auth::Grant;
use zt_federation::RedirectUri;
use zt_federation::saml::{
    Given, LogoutBinding, LogoutReason, LogoutRequest, LogoutResponse, MessageId, OURS, Receipt,
    ServiceProvider, Signature, StatusCode as Answer, soap_message, soap_wrapped,
};
use zt_federation::xml::{Content, Document};
use zt_live::Told;
use zt_types::Seconds;

/// How long a request counts: as long as it may be on its way.
const LIFETIME: Seconds = Seconds::minutes(5);

impl Endpoints {
    /// Tells a service provider that what it was given is over, and says what came of it.
    pub(crate) async fn tell_provider(&self, grant: &Grant, provider: &ServiceProvider) -> Told {
        let Some(service) = provider.logout_by(LogoutBinding::Soap) else {
            return Told::Failed("address");
        };
        let id = MessageId::from_random(self.live().entropy().bytes());
        let Some(request) = self.saml_logout(grant, provider, &id, &service.location) else {
            tracing::error!(provider = %provider.id, "no logout request could be made");
            return Told::Failed("unsigned");
        };
        let answered = self.inner.parts.outbound.send(request).await;
        let answer = match answered {
            Ok(answer) => answer,
            Err(error) => {
                tracing::info!(provider = %provider.id, error = &error as &dyn std::error::Error, "a service provider could not be told");
                return Told::Failed(error.as_str());
            }
        };
        match answer.status() {
            StatusCode::OK => self.understood(provider, &id, answer.body()),
            status if status.is_redirection() => Told::Failed("redirect"),
            _ => Told::Failed("status"),
        }
    }

    fn saml_logout(
        &self,
        grant: &Grant,
        provider: &ServiceProvider,
        id: &MessageId,
        to: &RedirectUri,
    ) -> Option<Request<Bytes>> {
        let us = self.entity_id()?;
        let now = self.live().clock().now();
        let index = self.live().sid(grant).ok()?;
        let given: Given = serde_json::from_str(&grant.asked).ok()?;
        let written = LogoutRequest {
            id: id.clone(),
            issuer: us.clone(),
            destination: Some(to.as_str().to_owned()),
            issued_at: now,
            not_on_or_after: Some(now + LIFETIME),
            reason: Some(LogoutReason::Admin),
            name_id: given.name_id,
            session_indexes: vec![index],
        }
        .write()
        .ok()?;
        let keys = self.inner.parts.saml.load();
        let signed = keys.signer(provider.algorithm).ok()?.sign(&written).ok()?;
        let body = soap_wrapped(&signed).ok()?;
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = to.as_str().parse().ok()?;
        let headers = request.headers_mut();
        let xml = HeaderValue::from_static("text/xml; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, xml);
        // Bindings §3.2.3.1.
        let action = HeaderValue::from_static("\"http://www.oasis-open.org/committees/security\"");
        headers.insert("soapaction", action);
        Some(request)
    }

    /// What the answer says. One that is not signed came over the connection that we made to its address.
    pub(super) fn understood(
        &self,
        provider: &ServiceProvider,
        request: &MessageId,
        answer: &[u8],
    ) -> Told {
        let read = || {
            let text = soap_message(answer).ok()?;
            let (text, _) = self.live().signed_inside(provider, text).ok()?;
            let document = Document::parse(&text, Content::Message).ok()?;
            let at = format!("{}{}", self.inner.parts.origin, OURS.soap);
            let receipt = Receipt {
                from: &provider.entity_id,
                at: &at,
                // Whoever answers on the same connection need not say to whom (Bindings §3.2.2.1).
                signature: Signature::Absent,
                now: self.live().clock().now(),
            };
            LogoutResponse::read(&document, &receipt, request).ok()
        };
        let Some(response) = read() else {
            return Told::Failed("answer");
        };
        match (response.status.top, response.status.second) {
            // It has ended what it had, even if others could not be told.
            (Answer::Success, _) | (_, Some(Answer::PartialLogout | Answer::UnknownPrincipal)) => {
                Told::Yes
            }
            // So says mod_auth_mellon of a session that it has no more: it will say so again.
            (Answer::Requester, _) | (_, Some(Answer::RequestDenied)) => Told::Refused,
            _ => Told::Failed("status"),
        }
    }
}
