//! Messages of service providers as browsers bring them.

use super::carried::{Answered, Leave, SignOn};
use super::{LOG_OUT, SIGN_ON};
use crate::PagesState;
use zt_federation::saml::{
    AuthnRequest, Carried, LogoutRequest, LogoutResponse, MessageError, MessageId, PostMessage,
    Receipt, RedirectMessage, RequestSigning, Signature, StatusCode,
};
use zt_federation::xml::{Content, Document};
use zt_live::{NotTaken, ProviderMessage};

/// A message, and what goes back with the answer.
pub(super) struct Arrived {
    carried: Carried,
    message: ProviderMessage,
    relay_state: Option<String>,
}

impl Arrived {
    /// A message in an address. Bindings §3.4.4.1 has no signature in the document there, but beside it: one that is in it has to
    /// be right too.
    pub(super) fn by_redirect(state: &PagesState, query: &str) -> Result<Self, NotTaken> {
        let read = RedirectMessage::read(query);
        let read = read.map_err(|error| NotTaken::new("unreadable", error))?;
        let live = state.live();
        let message = live.take_message(read.text)?;
        Ok(Self {
            carried: read.carried,
            message: live.signed_beside(message, read.signature.as_ref())?,
            relay_state: read.relay_state,
        })
    }

    /// A message in a form.
    pub(super) fn by_post(state: &PagesState, form: &[u8]) -> Result<Self, NotTaken> {
        let read = PostMessage::read(form);
        let read = read.map_err(|error| NotTaken::new("unreadable", error))?;
        Ok(Self {
            carried: read.carried,
            message: state.live().take_message(read.text)?,
            relay_state: read.relay_state,
        })
    }

    /// The request for a sign-in that it is.
    pub(super) fn sign_on(self, state: &PagesState) -> Result<SignOn, NotTaken> {
        self.demand(Carried::Request)?;
        let provider = &self.message.provider;
        if provider.requests == RequestSigning::Demanded
            && self.message.signature == Signature::Absent
        {
            return Err(self.wrong("signature", &"its requests have to be signed"));
        }
        let request = self.read(state, SIGN_ON, AuthnRequest::read)?;
        // Said now, before anybody types anything.
        provider
            .consumer(&request)
            .map_err(|error| self.wrong("consumer", &error))?;
        Ok(SignOn {
            provider: provider.id.clone(),
            request: Some(request),
            relay_state: self.relay_state,
            has_stepped: false,
            since: state.live().clock().now(),
        })
    }

    /// The request to sign out that it is, with what it means. One that is not signed means nobody in particular: she is asked.
    pub(super) fn leave(self, state: &PagesState) -> Result<Leave, NotTaken> {
        self.demand(Carried::Request)?;
        let request = self.read(state, LOG_OUT, LogoutRequest::read)?;
        let provider = &self.message.provider;
        let means = match self.message.signature {
            // Profiles §4.4.4.1 has them signed: whoever has no key is the exception.
            Signature::Absent
                if provider.requests == RequestSigning::Demanded
                    || !provider.signing.is_empty() =>
            {
                return Err(self.wrong("signature", &"its requests have to be signed"));
            }
            Signature::Absent => Vec::new(),
            Signature::Present => state.live().meant_by(provider, &request),
        };
        Ok(Leave {
            provider: provider.id.clone(),
            request: request.id,
            is_signed: self.message.signature == Signature::Present,
            means: means.iter().map(|grant| grant.session).collect(),
            relay_state: self.relay_state,
            since: state.live().clock().now(),
        })
    }

    /// The answer to a request of ours that it is. Profiles §4.4.3.4 has those signed that come through a browser, whatever keys are
    /// registered: whoever has none confirms nothing.
    pub(super) fn answer(self, state: &PagesState) -> Result<Answered, NotTaken> {
        self.demand(Carried::Response)?;
        let provider = &self.message.provider;
        if self.message.signature == Signature::Absent {
            return Err(self.wrong("signature", &"its answers have to be signed"));
        }
        let now = state.live().clock().now();
        let request = {
            let document = Document::parse(&self.message.text, Content::Message);
            let document = document.map_err(|error| self.wrong("unreadable", &error))?;
            let answers = document.root().attribute("InResponseTo");
            answers.and_then(MessageId::parse)
        };
        let request = request.filter(|request| state.chains().awaits(&provider.id, request, now));
        let request =
            request.ok_or_else(|| self.wrong("replayed", &"nobody waits for this answer"))?;
        let response = self.read(state, LOG_OUT, |document, receipt| {
            LogoutResponse::read(document, receipt, &request)
        })?;
        let status = response.status;
        Ok(Answered {
            provider: provider.id.clone(),
            request,
            // It has ended what it had, even if others could not be told.
            is_confirmed: matches!(
                (status.top, status.second),
                (StatusCode::Success, _)
                    | (
                        _,
                        Some(StatusCode::PartialLogout | StatusCode::UnknownPrincipal)
                    )
            ),
            since: now,
        })
    }

    fn demand(&self, carried: Carried) -> Result<(), NotTaken> {
        if self.carried == carried {
            return Ok(());
        }
        Err(self.wrong(
            "unreadable",
            &"a request in the place of a response, or the other way round",
        ))
    }

    fn read<M>(
        &self,
        state: &PagesState,
        path: &str,
        read: impl FnOnce(&Document<'_>, &Receipt<'_>) -> Result<M, MessageError>,
    ) -> Result<M, NotTaken> {
        let at = format!("{}{path}", state.site().id_origin());
        let receipt = Receipt {
            from: &self.message.provider.entity_id,
            at: &at,
            signature: self.message.signature,
            now: state.live().clock().now(),
        };
        let document = Document::parse(&self.message.text, Content::Message);
        let document = document.map_err(|error| self.wrong("unreadable", &error))?;
        read(&document, &receipt).map_err(|error| self.wrong(slug(&error), &error))
    }

    fn wrong(&self, slug: &'static str, error: &dyn std::fmt::Display) -> NotTaken {
        NotTaken::new(slug, error).of(&self.message.provider.id)
    }
}

/// What an error is called where people read it.
const fn slug(error: &MessageError) -> &'static str {
    match error {
        MessageError::Destination { .. } | MessageError::NoDestination => "destination",
        MessageError::Old | MessageError::Early | MessageError::Over => "expired",
        _ => "unreadable",
    }
}
