//! SAML 2.0 as values and rules: Sekisho as the identity provider, in the Web Browser SSO and Single Logout profiles.
//!
//! Entry points: [`ServiceProvider`] is a service provider as it is kept, and [`SpMetadata`] what it says of itself.
//! [`RedirectMessage`], [`PostMessage`] and [`soap_message`] take a document out of what came; [`Claimed`] says whose keys to verify
//! it with. What was verified is read as [`AuthnRequest`], [`LogoutRequest`] or [`LogoutResponse`]. [`Assertion`] and [`Response`]
//! are what comes of it, [`IdpMetadata`] what we say of ourselves: each is written as a [`crate::xml::Unsigned`], and goes by
//! [`PostForm`], [`RedirectQuery`] or [`soap_wrapped`].
//!
//! Invariants: no signature is checked or made here, and no time or randomness is at hand: what was verified, what the time is and
//! what an id is called come as arguments. An answer goes only where a record says, never where a message says alone.

mod attributes;
mod bindings;
mod context;
mod contradictions;
mod entity;
mod error;
mod instant;
mod key;
mod logout;
mod message;
mod metadata;
mod name;
mod paths;
mod provider;
mod request;
mod response;
mod sides;
mod status;

pub use attributes::{
    Attribute, AttributeFacts, AttributeFormat, AttributeRule, AttributeSource, Transform,
};
pub use bindings::{
    BindingError, Carried, PostForm, PostMessage, QuerySignature, RedirectMessage, RedirectQuery,
    soap_fault, soap_message, soap_wrapped,
};
pub use context::{
    Comparison, Least, NoSuchContext, RequestedContext, assurance_of_class, class_of,
};
pub use contradictions::SamlContradiction;
pub use entity::{EntityId, EntityIdError};
pub use error::MessageError;
pub use key::{KeyText, KeyTextError};
pub use logout::{LogoutReason, LogoutRequest, LogoutResponse};
pub use message::{Claimed, MessageId, MessageKind, Receipt, Signature};
pub use metadata::{AttributeWish, IdpMetadata, MetadataError, MetadataNote, SpMetadata};
pub use name::{Given, NameError, NameId, NameIdPolicy, PersonNames};
pub use paths::{OURS, Paths};
pub use provider::{
    Consumer, ContentCipher, Encryption, EncryptionWish, FetchedMetadata, KeyTransport,
    LogoutBinding, LogoutService, MetadataLack, MetadataSource, NameIdKind, ReadMetadata,
    RequestSigning, ServiceProvider, SignedParts, Unsolicited, XmlAlgorithm,
};
pub use request::{AuthnRequest, ConsumerError, Wanted};
pub use response::{Assertion, Outcome, Response, encrypted_assertion};
pub use sides::Sides;
pub use status::{Status, StatusCode};

#[cfg(test)]
mod tests;
