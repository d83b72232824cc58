//! What is wrong with a message.

use super::{Status, StatusCode};
use crate::xml::XmlError;

/// Why a message counts for nothing. Each says what the service provider has to do otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// It is no document, or not built as SAML has it.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// Another message than one that is taken there.
    #[error(
        "the message is `{0}`, which is not taken here: a sign-in begins with `AuthnRequest`, a sign-out with `LogoutRequest`"
    )]
    Kind(String),
    /// Another version of SAML.
    #[error("the message is of SAML `{0}`: set the service provider to SAML 2.0")]
    Version(String),
    /// An `ID` that answers could not name.
    #[error(
        "the `{0}` of the message is not 1 to 256 letters, digits, `-`, `_` and `.` that begin with a letter or `_`"
    )]
    Id(&'static str),
    /// A time that is none.
    #[error("`{0}` is not a time in UTC such as `2026-04-01T00:30:00Z`")]
    Time(&'static str),
    /// Made too long ago.
    #[error(
        "the message is older than 10 minutes: begin again at the application; if that does not help, its clock is slow"
    )]
    Old,
    /// Not made yet.
    #[error(
        "the message is from the future: the clock of the service provider is more than 3 minutes fast"
    )]
    Early,
    /// Over, as it says itself.
    #[error("the message is over, as its `NotOnOrAfter` says: begin again at the application")]
    Over,
    /// A name of a party that is none, or of another kind than a party's.
    #[error(
        "the `Issuer` is not the entity id of a service provider: 1 to 1,024 characters, of the format `entity` or of none"
    )]
    Issuer,
    /// Signed by one, sent in the name of another.
    #[error("the message is of `{0}`, which is not the service provider whose signature it has")]
    OtherIssuer(String),
    /// For another place.
    #[error(
        "the message is for `{found}`, and came to `{ours}`: set that as the address in the service provider"
    )]
    Destination {
        /// What it says.
        found: String,
        /// Where it came.
        ours: String,
    },
    /// Signed without saying for whom.
    #[error(
        "the message is signed and has no `Destination`: the service provider has to name the address it sends to"
    )]
    NoDestination,
    /// An attribute or element that has a value nobody knows.
    #[error("`{name}` has the value `{value}`, which it cannot have")]
    Value {
        /// The attribute.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// An answer by another binding than HTTP POST.
    #[error("the answer is wanted by `{0}`: set the service provider to HTTP-POST for answers")]
    Binding(String),
    /// Two things that exclude each other.
    #[error("the request has both `{0}` and `{1}`: it may have one of them")]
    Both(&'static str, &'static str),
    /// An assertion for others too.
    #[error("the request wants an assertion whose audience is not the service provider that asks")]
    Audience,
    /// A subject that says how it is to be confirmed.
    #[error("the request has a `SubjectConfirmation`, which a service provider does not write")]
    Confirmation,
    /// A name that is encrypted, or is no name.
    #[error("the message names a person by `{0}`: only `NameID` is read")]
    Name(String),
    /// A message names nobody.
    #[error("the message names nobody: it needs a `NameID`")]
    Nobody,
    /// A context by a declaration.
    #[error(
        "the request asks for a declared context: only classes (`AuthnContextClassRef`) are known"
    )]
    Declared,
    /// Longer or more than anybody needs.
    #[error("`{0}` is longer, or there are more of it, than is read")]
    TooMuch(&'static str),
}

impl MessageError {
    /// What the service provider is told, where it can be.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Version(_) => Status::of(StatusCode::VersionMismatch),
            Self::Binding(_) => Status::of(StatusCode::UnsupportedBinding),
            Self::Declared => Status::of(StatusCode::NoAuthnContext),
            Self::Name(_) | Self::Nobody => Status::of(StatusCode::UnknownPrincipal),
            Self::Audience | Self::Both(..) | Self::TooMuch(_) => {
                Status::of(StatusCode::RequestUnsupported)
            }
            Self::Old | Self::Early | Self::Over | Self::Destination { .. } => {
                Status::of(StatusCode::RequestDenied)
            }
            _ => Status::of(StatusCode::Requester),
        }
    }
}
