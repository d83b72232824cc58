//! How a request ended (Core §3.2.2).

use super::MessageError;
use crate::xml::{Element, Namespace, Writer};

/// A code (Core §3.2.2.2). All but the first four stand under another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusCode {
    /// It succeeded.
    Success,
    /// Whoever asked made a mistake.
    Requester,
    /// Whoever answers could not.
    Responder,
    /// Another version of SAML.
    VersionMismatch,
    /// She could not be authenticated.
    AuthnFailed,
    /// People cannot be named as the request wants.
    InvalidNameIdPolicy,
    /// She cannot be authenticated as the request wants.
    NoAuthnContext,
    /// She would have to do something, and nothing may be asked of her.
    NoPassive,
    /// Not everybody could be told of a sign-out.
    PartialLogout,
    /// It is understood and refused.
    RequestDenied,
    /// It is not supported.
    RequestUnsupported,
    /// She is not known.
    UnknownPrincipal,
    /// The binding is not.
    UnsupportedBinding,
}

impl StatusCode {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Success,
        Self::Requester,
        Self::Responder,
        Self::VersionMismatch,
        Self::AuthnFailed,
        Self::InvalidNameIdPolicy,
        Self::NoAuthnContext,
        Self::NoPassive,
        Self::PartialLogout,
        Self::RequestDenied,
        Self::RequestUnsupported,
        Self::UnknownPrincipal,
        Self::UnsupportedBinding,
    ];

    /// Its name in messages.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Success => "urn:oasis:names:tc:SAML:2.0:status:Success",
            Self::Requester => "urn:oasis:names:tc:SAML:2.0:status:Requester",
            Self::Responder => "urn:oasis:names:tc:SAML:2.0:status:Responder",
            Self::VersionMismatch => "urn:oasis:names:tc:SAML:2.0:status:VersionMismatch",
            Self::AuthnFailed => "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed",
            Self::InvalidNameIdPolicy => "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy",
            Self::NoAuthnContext => "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext",
            Self::NoPassive => "urn:oasis:names:tc:SAML:2.0:status:NoPassive",
            Self::PartialLogout => "urn:oasis:names:tc:SAML:2.0:status:PartialLogout",
            Self::RequestDenied => "urn:oasis:names:tc:SAML:2.0:status:RequestDenied",
            Self::RequestUnsupported => "urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported",
            Self::UnknownPrincipal => "urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal",
            Self::UnsupportedBinding => "urn:oasis:names:tc:SAML:2.0:status:UnsupportedBinding",
        }
    }

    /// The code under which it stands, if it is none of the first four.
    #[must_use]
    pub const fn above(self) -> Option<Self> {
        match self {
            Self::Success | Self::Requester | Self::Responder | Self::VersionMismatch => None,
            Self::InvalidNameIdPolicy | Self::RequestUnsupported | Self::UnsupportedBinding => {
                Some(Self::Requester)
            }
            Self::AuthnFailed
            | Self::NoAuthnContext
            | Self::NoPassive
            | Self::PartialLogout
            | Self::RequestDenied
            | Self::UnknownPrincipal => Some(Self::Responder),
        }
    }

    fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.uri() == uri)
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// The first code.
    pub top: StatusCode,
    /// What it says more closely. Of others, a code that is none of ours is left out.
    pub second: Option<StatusCode>,
    /// A sentence for people who look after the service provider, in English; never what a request said.
    pub message: Option<&'static str>,
}

impl Status {
    /// It succeeded.
    pub const SUCCESS: Self = Self::of(StatusCode::Success);

    /// She is signed out here, and not everybody could be told of it (Core §3.7.3.2).
    pub const PARTIAL: Self = Self {
        top: StatusCode::Success,
        second: Some(StatusCode::PartialLogout),
        message: None,
    };

    /// With that code, under the one under which it stands.
    #[must_use]
    pub const fn of(code: StatusCode) -> Self {
        match code.above() {
            Some(top) => Self {
                top,
                second: Some(code),
                message: None,
            },
            None => Self {
                top: code,
                second: None,
                message: None,
            },
        }
    }

    /// The same with a sentence.
    #[must_use]
    pub const fn saying(self, message: &'static str) -> Self {
        Self {
            message: Some(message),
            ..self
        }
    }

    /// Whether it succeeded, all of it.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.top == StatusCode::Success && self.second.is_none()
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer
            .start(Namespace::SAMLP, "Status")
            .start(Namespace::SAMLP, "StatusCode")
            .attribute("Value", self.top.uri());
        if let Some(second) = self.second {
            writer
                .start(Namespace::SAMLP, "StatusCode")
                .attribute("Value", second.uri())
                .end();
        }
        writer.end();
        if let Some(message) = self.message {
            writer.element(Namespace::SAMLP, "StatusMessage", message);
        }
        writer.end();
    }

    /// Of a response. Its sentence is left where it is.
    pub(super) fn read(response: Element<'_>) -> Result<Self, MessageError> {
        let code = response
            .one(Namespace::SAMLP, "Status")?
            .one(Namespace::SAMLP, "StatusCode")?;
        let value = code.demanded("Value")?;
        let top = StatusCode::from_uri(value).filter(|code| code.above().is_none());
        let second = code.only(Namespace::SAMLP, "StatusCode")?;
        let second = second.map(|second| second.demanded("Value")).transpose()?;
        Ok(Self {
            top: top.ok_or_else(|| MessageError::Value {
                name: "StatusCode",
                value: value.to_owned(),
            })?,
            second: second.and_then(StatusCode::from_uri),
            message: None,
        })
    }
}
