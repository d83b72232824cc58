//! In an address to which a browser goes (Bindings §3.4).

use super::{BindingError, Carried, Fields, check_relay_state, text, unescaped};
use crate::RedirectUri;
use crate::xml::Content;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// §3.4.4.
const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";
/// A query that is longer is not looked at: a message of 128 KiB that shrinks to nothing shorter is none that a browser carries.
const LONGEST_QUERY: usize = 64 * 1024;
/// What a sign-in or a sign-out shrinks to is a few hundred octets: the best that DEFLATE does costs nothing.
const LEVEL: u8 = 9;

/// A message that came in an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectMessage {
    /// What it is.
    pub carried: Carried,
    /// The document.
    pub text: String,
    /// What goes back with the answer, as it came.
    pub relay_state: Option<String>,
    /// Its signature, which nobody verified.
    pub signature: Option<QuerySignature>,
}

/// A signature beside the message (§3.4.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuerySignature {
    /// What was signed: the fields as they stand in the address, letter for letter.
    pub octets: String,
    /// The name of the algorithm.
    pub algorithm: String,
    /// The signature.
    pub signature: Vec<u8>,
}

impl RedirectMessage {
    /// Takes the message out of a query, without its `?`.
    ///
    /// # Errors
    /// [`BindingError`]: the first thing wrong with it.
    pub fn read(query: &str) -> Result<Self, BindingError> {
        if query.len() > LONGEST_QUERY {
            return Err(BindingError::TooLong(LONGEST_QUERY));
        }
        let fields = Fields::of(query)?;
        if let Some(encoding) = fields.encoding
            && unescaped(encoding, "SAMLEncoding")? != DEFLATE
        {
            return Err(BindingError::Encoding);
        }
        let name = fields.carried.as_str();
        let packed = STANDARD
            .decode(unescaped(fields.message, name)?)
            .map_err(|_| BindingError::Base64(name))?;
        let state = fields
            .relay_state
            .map(|state| unescaped(state, "RelayState"));
        Ok(Self {
            carried: fields.carried,
            text: text(inflated(&packed)?)?,
            relay_state: check_relay_state(state.transpose()?)?,
            signature: signature(&fields)?,
        })
    }
}

fn signature(fields: &Fields<'_>) -> Result<Option<QuerySignature>, BindingError> {
    let (algorithm, signature) = match (fields.algorithm, fields.signature) {
        (None, None) => return Ok(None),
        (Some(algorithm), Some(signature)) => (algorithm, signature),
        _ => return Err(BindingError::HalfSigned),
    };
    // §3.4.4.1: in this order, in whatever order they came; a state that is there is signed, even an empty one.
    let mut octets = format!("{}={}", fields.carried.as_str(), fields.message);
    if let Some(state) = fields.relay_state {
        octets.push_str("&RelayState=");
        octets.push_str(state);
    }
    octets.push_str("&SigAlg=");
    octets.push_str(algorithm);
    let value = unescaped(signature, "Signature")?;
    Ok(Some(QuerySignature {
        octets,
        algorithm: unescaped(algorithm, "SigAlg")?,
        signature: STANDARD
            .decode(value)
            .map_err(|_| BindingError::Base64("Signature"))?,
    }))
}

/// What a stream of DEFLATE holds (RFC 1951). It may be a thousand times as long as it is: so the room is given beforehand.
fn inflated(packed: &[u8]) -> Result<Vec<u8>, BindingError> {
    let limit = Content::Message.limit();
    let mut room = vec![0; limit];
    let (status, read, written) = decompress(
        &mut DecompressorOxide::new(),
        packed,
        &mut room,
        0,
        TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
    );
    match status {
        TINFLStatus::Done if read == packed.len() => {
            room.truncate(written);
            Ok(room)
        }
        TINFLStatus::HasMoreOutput => Err(BindingError::TooLong(limit)),
        _ => Err(BindingError::Deflate),
    }
}

/// A message of ours that goes in an address; [`Self::octets`] are to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectQuery(String);

impl RedirectQuery {
    /// Packs `document`, which has no signature inside (§3.4.4.1); `algorithm` is the name of what signs it.
    #[must_use]
    pub fn new(
        carried: Carried,
        document: &str,
        relay_state: Option<&str>,
        algorithm: &str,
    ) -> Self {
        let packed = STANDARD.encode(compress_to_vec(document.as_bytes(), LEVEL));
        let mut query = format!("{}={}", carried.as_str(), escaped(&packed));
        if let Some(state) = relay_state {
            query.push_str("&RelayState=");
            query.push_str(&escaped(state));
        }
        query.push_str("&SigAlg=");
        query.push_str(&escaped(algorithm));
        Self(query)
    }

    /// What is signed.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The address to send the browser to. What its query has already comes first.
    #[must_use]
    pub fn address(&self, to: &RedirectUri, signature: &[u8]) -> String {
        let to = to.as_str();
        let between = match to.find('?') {
            None => "?",
            Some(_) if to.ends_with(['?', '&']) => "",
            Some(_) => "&",
        };
        let signature = escaped(&STANDARD.encode(signature));
        format!("{to}{between}{}&Signature={signature}", self.0)
    }
}

/// A value as an address has it: `%20` for a space, which no reader takes for anything else.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len() * 2);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
