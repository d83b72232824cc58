//! Messages of service providers as they come: whose they are, and whether they are signed as registered.

use super::carried::SignOn;
use super::{SIGN_ON, Wrong};
use crate::PagesState;
use zt_crypto::xml::{PublicKey, SignatureAlgorithm, verified, verified_octets};
use zt_federation::saml::{
    AuthnRequest, Claimed, MessageError, PostMessage, QuerySignature, Receipt, RedirectMessage,
    RequestSigning, ServiceProvider, Signature,
};
use zt_federation::xml::{Content, Document};

/// A message whose signature, if it has one, was verified; its text is what was signed then.
pub(super) struct Arrived {
    provider: ServiceProvider,
    text: String,
    signature: Signature,
    relay_state: Option<String>,
}

impl Arrived {
    /// A message in an address.
    pub(super) fn by_redirect(state: &PagesState, message: RedirectMessage) -> Result<Self, Wrong> {
        let provider = Self::provider(state, &message.text)?;
        // Bindings §3.4.4.1 has none in the document, beside the one in the address: one that is there has to be right too.
        let (text, inside) = inside(&provider, message.text)?;
        let signature = match &message.signature {
            None => inside,
            Some(signature) => verified_query(&provider, signature)?,
        };
        Ok(Self {
            provider,
            text,
            signature,
            relay_state: message.relay_state,
        })
    }

    /// A message in a form.
    pub(super) fn by_post(state: &PagesState, message: PostMessage) -> Result<Self, Wrong> {
        let provider = Self::provider(state, &message.text)?;
        let (text, signature) = inside(&provider, message.text)?;
        Ok(Self {
            provider,
            text,
            signature,
            relay_state: message.relay_state,
        })
    }

    /// The service provider that a message names.
    fn provider(state: &PagesState, text: &str) -> Result<ServiceProvider, Wrong> {
        let unreadable = |error: &dyn std::fmt::Display| Wrong::new("unreadable", error);
        let document =
            Document::parse(text, Content::Message).map_err(|error| unreadable(&error))?;
        let claimed = Claimed::of(&document).map_err(|error| unreadable(&error))?;
        let kept = state.live().read(|kept| {
            let mut providers = kept.service_providers.values();
            let found = providers.find(|provider| provider.entity_id == claimed.issuer);
            found.cloned()
        });
        let provider = kept.ok_or_else(|| {
            Wrong::new(
                "unknown-provider",
                format!("`{}` is not registered", claimed.issuer),
            )
        })?;
        if !provider.is_current(state.live().clock().now()) {
            let wrong = Wrong::new("unknown-provider", "its metadata counts no longer");
            return Err(wrong.of(&provider.id));
        }
        Ok(provider)
    }

    /// The request for a sign-in that it is.
    pub(super) fn sign_on(self, state: &PagesState) -> Result<SignOn, Wrong> {
        let Self {
            provider,
            text,
            signature,
            relay_state,
        } = self;
        let wrong = |slug, error: &dyn std::fmt::Display| Wrong::new(slug, error).of(&provider.id);
        if provider.requests == RequestSigning::Demanded && signature == Signature::Absent {
            return Err(wrong("signature", &"its requests have to be signed"));
        }
        let now = state.live().clock().now();
        let at = format!("{}{SIGN_ON}", state.site().id_origin());
        let receipt = Receipt {
            from: &provider.entity_id,
            at: &at,
            signature,
            now,
        };
        let document = Document::parse(&text, Content::Message)
            .map_err(|error| wrong("unreadable", &error))?;
        let request =
            AuthnRequest::read(&document, &receipt).map_err(|error| wrong(slug(&error), &error))?;
        // Said now, before anybody types anything.
        provider
            .consumer(&request)
            .map_err(|error| wrong("consumer", &error))?;
        Ok(SignOn {
            provider: provider.id,
            request: Some(request),
            relay_state,
            since: now,
        })
    }
}

/// What was signed of a document, if it is; keys come from the registration alone.
fn inside(provider: &ServiceProvider, text: String) -> Result<(String, Signature), Wrong> {
    let wrong = |slug, error: &dyn std::fmt::Display| Wrong::new(slug, error).of(&provider.id);
    let document =
        Document::parse(&text, Content::Message).map_err(|error| wrong("unreadable", &error))?;
    let claimed = Claimed::of(&document).map_err(|error| wrong("unreadable", &error))?;
    if claimed.signature == Signature::Absent {
        return Ok((text, Signature::Absent));
    }
    let verified =
        verified(&document, &keys(provider)).map_err(|error| wrong("signature", &error))?;
    Ok((verified.text().to_owned(), Signature::Present))
}

fn verified_query(
    provider: &ServiceProvider,
    signature: &QuerySignature,
) -> Result<Signature, Wrong> {
    let wrong = |error: &dyn std::fmt::Display| Wrong::new("signature", error).of(&provider.id);
    let algorithm = SignatureAlgorithm::named(&signature.algorithm)
        .ok_or_else(|| wrong(&"its algorithm is not accepted"))?;
    verified_octets(
        signature.octets.as_bytes(),
        &signature.signature,
        algorithm,
        &keys(provider),
    )
    .map_err(|error| wrong(&error))?;
    Ok(Signature::Present)
}

/// Those of its keys that we verify with.
fn keys(provider: &ServiceProvider) -> Vec<PublicKey> {
    let keys = provider.signing.iter();
    keys.filter_map(|key| PublicKey::of_text(key).ok())
        .collect()
}

/// What an error is called where people read it.
fn slug(error: &MessageError) -> &'static str {
    match error {
        MessageError::Destination { .. } | MessageError::NoDestination => "destination",
        MessageError::Old | MessageError::Early | MessageError::Over => "expired",
        _ => "unreadable",
    }
}
