//! In a form that a browser sends (Bindings §3.5).

use super::{BindingError, Carried, Fields, check_relay_state, text, unescaped};
use crate::RedirectUri;
use crate::xml::{Content, XmlError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A form that is longer is not looked at: a message of 128 KiB in base64, with room for `%2B`.
const LONGEST_FORM: usize = 4 * Content::Message.limit();

/// A message that came in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostMessage {
    /// What it is.
    pub carried: Carried,
    /// The document.
    pub text: String,
    /// What goes back with the answer, as it came.
    pub relay_state: Option<String>,
}

impl PostMessage {
    /// Takes the message out of a form, `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// [`BindingError`]: the first thing wrong with it.
    pub fn read(form: &[u8]) -> Result<Self, BindingError> {
        if form.len() > LONGEST_FORM {
            return Err(BindingError::TooLong(LONGEST_FORM));
        }
        let form = std::str::from_utf8(form).map_err(|_| BindingError::Xml(XmlError::NotUtf8))?;
        let fields = Fields::of(form)?;
        let name = fields.carried.as_str();
        let mut written = unescaped(fields.message, name)?;
        // Many break the lines of base64 (RFC 2045 §6.8). A space is none of those: it was a `+` that nobody escaped.
        written.retain(|character| !matches!(character, '\r' | '\n'));
        let octets = STANDARD
            .decode(written)
            .map_err(|_| BindingError::Base64(name))?;
        let state = fields
            .relay_state
            .map(|state| unescaped(state, "RelayState"));
        Ok(Self {
            carried: fields.carried,
            text: text(octets)?,
            relay_state: check_relay_state(state.transpose()?)?,
        })
    }
}

/// A form of ours that a browser sends: the page that holds it is made elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostForm {
    /// Where it goes.
    pub action: RedirectUri,
    /// The name of the field with the message.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// The value of `RelayState`; `None`: there is no such field.
    pub relay_state: Option<String>,
}

impl PostForm {
    /// A form with `document`, which is signed inside.
    #[must_use]
    pub fn new(
        carried: Carried,
        document: &str,
        action: &RedirectUri,
        relay_state: Option<&str>,
    ) -> Self {
        Self {
            action: action.clone(),
            field: carried.as_str(),
            value: STANDARD.encode(document),
            relay_state: relay_state.map(str::to_owned),
        }
    }

    /// Its fields, in order: names and values.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let message = (self.field, self.value.clone());
        let state = self.relay_state.clone();
        [message]
            .into_iter()
            .chain(state.map(|state| ("RelayState", state)))
            .collect()
    }
}
