//! How messages go from one to the other (Bindings §3).

mod post;
mod redirect;
mod soap;

pub use post::{PostForm, PostMessage};
pub use redirect::{QuerySignature, RedirectMessage, RedirectQuery};
pub use soap::{soap_fault, soap_message, soap_wrapped};

use crate::xml::{Content, XmlError};

/// The longest `RelayState` that is carried, in octets. The specification has 80 (Bindings §3.4.3), and programs put whole addresses
/// in it.
const LONGEST_RELAY_STATE: usize = 2048;

/// What a message is in its binding, and so the name of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// `SAMLRequest`.
    Request,
    /// `SAMLResponse`.
    Response,
}

impl Carried {
    /// The name of the field.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }

    fn of(name: &str) -> Option<Self> {
        let both = [Self::Request, Self::Response];
        both.into_iter().find(|carried| carried.as_str() == name)
    }
}

/// Why nothing could be taken out of a binding. Each says what the service provider has to do otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// No message at all.
    #[error(
        "there is no message: `SAMLRequest` or `SAMLResponse` is missing; begin at the application, not here"
    )]
    Nothing,
    /// More than one message, or a field twice.
    #[error("`{0}` is there twice, or beside another message")]
    Twice(&'static str),
    /// A field whose name is written in another way.
    #[error("the name of a field is written with `%`")]
    Disguised,
    /// A `%` that no two hexadecimal digits follow, or not UTF-8.
    #[error("`{0}` is not written as an address has it")]
    Escape(&'static str),
    /// Not base64.
    #[error("`{0}` is not base64")]
    Base64(&'static str),
    /// Another way to make a message short.
    #[error("the message is encoded in another way than DEFLATE")]
    Encoding,
    /// Not a stream of DEFLATE.
    #[error(
        "the message is not compressed as RFC 1951 has it: no zlib, no gzip, whole, and nothing after it"
    )]
    Deflate,
    /// Too long, compressed or not.
    #[error("the message has more than {0} bytes")]
    TooLong(usize),
    /// A state of the service provider that nobody carries.
    #[error(
        "the `RelayState` has more than 2,048 octets: have the service provider keep it and send a name of it"
    )]
    RelayState,
    /// A signature without its algorithm, or the other way round.
    #[error("`Signature` and `SigAlg` go together")]
    HalfSigned,
    /// Not UTF-8, or no document.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// An envelope that holds something else than one message.
    #[error("the SOAP envelope has no body with one message of SAML 2.0 in it")]
    Body,
    /// A header that must be understood.
    #[error("the SOAP envelope has a header that must be understood, and none is")]
    Header,
}

/// The text of octets that came out of a binding.
fn text(octets: Vec<u8>) -> Result<String, BindingError> {
    if octets.len() > Content::Message.limit() {
        return Err(BindingError::TooLong(Content::Message.limit()));
    }
    String::from_utf8(octets).map_err(|_| BindingError::Xml(XmlError::NotUtf8))
}

fn check_relay_state(state: Option<String>) -> Result<Option<String>, BindingError> {
    match state {
        Some(state) if state.len() > LONGEST_RELAY_STATE => Err(BindingError::RelayState),
        // Bindings §3.4.3, §3.5.3: an empty one is none.
        state => Ok(state.filter(|state| !state.is_empty())),
    }
}

/// One value of a form (RFC 6749 appendix B says it best): `+` is a space.
fn unescaped(value: &str, name: &'static str) -> Result<String, BindingError> {
    let mut octets = Vec::with_capacity(value.len());
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        octets.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || {
                    let digit = bytes.next().and_then(|byte| char::from(byte).to_digit(16));
                    digit
                        .and_then(|digit| u8::try_from(digit).ok())
                        .ok_or(BindingError::Escape(name))
                };
                digit()? << 4 | digit()?
            }
            other => other,
        });
    }
    String::from_utf8(octets).map_err(|_| BindingError::Escape(name))
}

/// The fields of a query or form that a binding has, as they are written, each once. Others are passed over.
struct Fields<'q> {
    carried: Carried,
    message: &'q str,
    relay_state: Option<&'q str>,
    algorithm: Option<&'q str>,
    signature: Option<&'q str>,
    encoding: Option<&'q str>,
}

impl<'q> Fields<'q> {
    fn of(query: &'q str) -> Result<Self, BindingError> {
        const NAMES: [&str; 4] = ["RelayState", "SigAlg", "Signature", "SAMLEncoding"];
        let mut message: Option<(Carried, &str)> = None;
        let mut others: [Option<&str>; 4] = [None; 4];
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // What is signed is the text: a name in disguise is read by one program and passed over by another.
            if name.contains('%') {
                let meant = unescaped(name, "a field")?;
                if Carried::of(&meant).is_some() || NAMES.contains(&meant.as_str()) {
                    return Err(BindingError::Disguised);
                }
            }
            if let Some(carried) = Carried::of(name) {
                if message.replace((carried, value)).is_some() {
                    return Err(BindingError::Twice(carried.as_str()));
                }
                continue;
            }
            let known = NAMES.into_iter().zip(others.iter_mut());
            for (known, place) in known {
                if known == name && place.replace(value).is_some() {
                    return Err(BindingError::Twice(known));
                }
            }
        }
        let (carried, message) = message.ok_or(BindingError::Nothing)?;
        let [relay_state, algorithm, signature, encoding] = others;
        Ok(Self {
            carried,
            message,
            relay_state,
            algorithm,
            signature,
            encoding,
        })
    }
}

#[cfg(test)]
mod tests;
