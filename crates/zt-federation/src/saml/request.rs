//! Requests for a sign-in (Core §3.4.1, Profiles §4.1.4.1).

use super::message::{Head, SKEW, is_true, shortened, time};
use super::{
    Consumer, EntityId, LogoutBinding, MessageError, MessageId, MessageKind, NameId, NameIdPolicy,
    Receipt, RequestedContext, ServiceProvider, Status, StatusCode,
};
use crate::xml::{Document, Element, Namespace};
use serde::{Deserialize, Serialize};
use zt_types::Timestamp;

/// What a service provider asks for. It is kept, sealed, while the person signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthnRequest {
    /// What the answer names.
    pub id: MessageId,
    /// Who asks.
    pub issuer: EntityId,
    /// When.
    pub issued_at: Timestamp,
    /// Where the answer is to go; [`ServiceProvider::consumer`] says whether it does.
    pub consumer: Wanted,
    /// Whether she has to be authenticated again (`ForceAuthn`).
    #[serde(default)]
    pub force: bool,
    /// Whether nothing may be asked of her (`IsPassive`).
    #[serde(default)]
    pub passive: bool,
    /// How she is to be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_id_policy: Option<NameIdPolicy>,
    /// How she is to be authenticated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<RequestedContext>,
    /// Who it has to be, as the service provider names her.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<NameId>,
}

/// Where an answer is to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// Wherever the record says.
    Default,
    /// To the consumer of this number.
    Index(u16),
    /// To this address.
    Url(String),
}

/// Why an answer cannot go where a request wants it: a page says so, since nobody may be sent there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsumerError {
    /// An address that is not registered.
    #[error(
        "the request wants its answer at `{0}`, where the service provider is not registered: register it as a consumer, letter for letter"
    )]
    Unregistered(String),
    /// A number that is not.
    #[error(
        "the request wants its answer at the consumer `{0}`, and there is none of that index: register it, or have the request name none"
    )]
    Index(u16),
    /// There is nowhere to go at all.
    #[error("the service provider has no consumer: register one")]
    Nowhere,
}

impl AuthnRequest {
    /// Reads a request. If it is signed, `document` is what was verified.
    ///
    /// # Errors
    /// [`MessageError`]: the first thing wrong with it.
    pub fn read(document: &Document<'_>, receipt: &Receipt<'_>) -> Result<Self, MessageError> {
        let head = Head::read(document, MessageKind::AuthnRequest, receipt)?;
        let root = document.root();
        // Profiles §4.1.3.5: an assertion goes by HTTP POST. Without the attribute, it is as the record says.
        if let Some(binding) = root.attribute("ProtocolBinding")
            && binding != LogoutBinding::Post.uri()
        {
            return Err(MessageError::Binding(shortened(binding)));
        }
        let policy = root.only(Namespace::SAMLP, "NameIDPolicy")?;
        let context = root.only(Namespace::SAMLP, "RequestedAuthnContext")?;
        check_conditions(root, &head, receipt.now)?;
        Ok(Self {
            consumer: wanted(root)?,
            force: is_true(root, "ForceAuthn")?,
            passive: is_true(root, "IsPassive")?,
            name_id_policy: policy.map(NameIdPolicy::read).transpose()?,
            context: context.map(RequestedContext::read).transpose()?,
            subject: subject(root)?,
            id: head.id,
            issuer: head.issuer,
            issued_at: head.issued_at,
        })
    }
}

fn wanted(root: Element<'_>) -> Result<Wanted, MessageError> {
    const URL: &str = "AssertionConsumerServiceURL";
    const INDEX: &str = "AssertionConsumerServiceIndex";
    match (root.attribute(URL), root.attribute(INDEX)) {
        // Core §3.4.1.
        (Some(_), Some(_)) => Err(MessageError::Both(URL, INDEX)),
        (Some(url), None) if url.len() > 2048 => Err(MessageError::TooMuch(URL)),
        (Some(url), None) => Ok(Wanted::Url(url.to_owned())),
        (None, Some(index)) => {
            let is_number = index.bytes().all(|byte| byte.is_ascii_digit());
            let number = index.parse().ok().filter(|_| is_number);
            number
                .map(Wanted::Index)
                .ok_or_else(|| MessageError::Value {
                    name: INDEX,
                    value: shortened(index),
                })
        }
        (None, None) => Ok(Wanted::Default),
    }
}

/// What the assertion is to be limited to (Core §3.4.1): it is for the one who asks, and no longer than ours anyhow.
fn check_conditions(root: Element<'_>, head: &Head, now: Timestamp) -> Result<(), MessageError> {
    let Some(conditions) = root.only(Namespace::SAML, "Conditions")? else {
        return Ok(());
    };
    if let Some(end) = time(conditions, "NotOnOrAfter")?
        && end + SKEW <= now
    {
        return Err(MessageError::Over);
    }
    if let Some(begin) = time(conditions, "NotBefore")?
        && begin > now + SKEW
    {
        return Err(MessageError::Early);
    }
    for restriction in conditions.all(Namespace::SAML, "AudienceRestriction") {
        let mut names_it = false;
        for audience in restriction.all(Namespace::SAML, "Audience") {
            names_it |= audience.trimmed()? == head.issuer.as_str();
        }
        if !names_it {
            return Err(MessageError::Audience);
        }
    }
    Ok(())
}

fn subject(root: Element<'_>) -> Result<Option<NameId>, MessageError> {
    let Some(subject) = root.only(Namespace::SAML, "Subject")? else {
        return Ok(None);
    };
    // Profiles §4.1.4.1.
    if subject
        .first(Namespace::SAML, "SubjectConfirmation")
        .is_some()
    {
        return Err(MessageError::Confirmation);
    }
    NameId::in_element(subject)
}

impl ServiceProvider {
    /// Where the answer to a request goes: to an address of this record, or nowhere (Profiles §4.1.4.1, Core §3.4.1).
    ///
    /// # Errors
    /// [`ConsumerError`].
    pub fn consumer(&self, request: &AuthnRequest) -> Result<&Consumer, ConsumerError> {
        let mut consumers = self.consumers.iter();
        match &request.consumer {
            Wanted::Default => self.default_consumer(),
            Wanted::Index(index) => consumers
                .find(|consumer| consumer.index == *index)
                .ok_or(ConsumerError::Index(*index)),
            // As text: two addresses that mean the same to one program mean something else to another.
            Wanted::Url(url) => consumers
                .find(|consumer| consumer.location.as_str() == url)
                .ok_or_else(|| ConsumerError::Unregistered(shortened(url))),
        }
    }

    /// Where an answer goes that nothing says more of (Metadata §2.2.3).
    ///
    /// # Errors
    /// [`ConsumerError::Nowhere`].
    pub fn default_consumer(&self) -> Result<&Consumer, ConsumerError> {
        let default = self.consumers.iter().find(|consumer| consumer.is_default);
        let first = || self.consumers.first();
        default.or_else(first).ok_or(ConsumerError::Nowhere)
    }
}

/// What a service provider is told that nobody who may go there is signed in.
impl Status {
    /// She would have to do something, and nothing may be asked of her.
    pub const NO_PASSIVE: Self = Self::of(StatusCode::NoPassive);
    /// She may not go there.
    pub const DENIED: Self = Self::of(StatusCode::RequestDenied);
}

#[cfg(test)]
mod tests;
