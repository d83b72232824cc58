//! SAML 2.0 as values and rules: Sekisho as the identity provider, in the Web Browser SSO and Single Logout profiles.
//!
//! Entry points: [`ServiceProvider`] is a service provider as it is kept.
//!
//! Invariants: no signature is checked or made here, and no time or randomness is at hand: what was verified, what the time is and
//! what an id is called come as arguments. An answer goes only where a record says, never where a message says alone.

mod attributes;
mod contradictions;
mod entity;
mod key;
mod provider;

pub use attributes::{AttributeFormat, AttributeRule, AttributeSource, Transform};
pub use contradictions::SamlContradiction;
pub use entity::{EntityId, EntityIdError};
pub use key::{KeyText, KeyTextError};
pub use provider::{
    Consumer, ContentCipher, Encryption, FetchedMetadata, KeyTransport, LogoutBinding,
    LogoutService, MetadataSource, NameIdKind, RequestSigning, ServiceProvider, SignedParts,
    Unsolicited, XmlAlgorithm,
};

#[cfg(test)]
mod tests;
