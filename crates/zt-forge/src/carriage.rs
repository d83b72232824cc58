//! How messages are sent.

use crate::message::{Genuine, Said};
use crate::party::OWNER;
use crate::{Draw, Stage};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::compress_to_vec;
use zt_federation::saml::{MessageKind, XmlAlgorithm};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// How messages come somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// In an address.
    Redirect,
    /// In a form.
    Post,
    /// In an envelope.
    Soap,
}

/// A message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// A query, without its `?`.
    Query(String),
    /// The body of a form.
    Form(Vec<u8>),
    /// An envelope.
    Envelope(Vec<u8>),
}

impl Sent {
    /// What goes over the wire.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        match self {
            Self::Query(query) => query.as_bytes(),
            Self::Form(octets) | Self::Envelope(octets) => octets,
        }
    }
}

/// What a class makes: a document that is sent by any binding, or something of one binding.
#[derive(Debug)]
pub(crate) enum Forgery {
    Paper(Paper),
    Sent(Sent),
}

/// A document.
#[derive(Debug, Clone)]
pub(crate) struct Paper {
    /// What comes before the root element, and in an envelope before that.
    pub(crate) prologue: String,
    pub(crate) text: String,
    pub(crate) encoding: Encoding,
    /// Whether the owner signs the query with it, or whoever sends it has only what is in it.
    pub(crate) seal: Seal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seal {
    Owner,
    Nobody,
}

/// What becomes of a text as octets.
#[derive(Debug, Clone)]
pub(crate) enum Encoding {
    Utf8,
    Utf16 {
        is_big: bool,
        has_mark: bool,
    },
    Utf32 {
        is_big: bool,
        has_mark: bool,
    },
    Utf7,
    /// This octet instead of the first `z` after `>`; there is one.
    Octets(Vec<u8>),
    /// These octets first.
    Mark(Vec<u8>),
}

impl Paper {
    /// That nobody signs who could.
    pub(crate) fn of(text: String) -> Self {
        Self {
            prologue: String::new(),
            text,
            encoding: Encoding::Utf8,
            seal: Seal::Nobody,
        }
    }

    /// That its owner sends.
    pub(crate) fn owned(text: String) -> Self {
        Self {
            seal: Seal::Owner,
            ..Self::of(text)
        }
    }

    pub(crate) fn after(self, prologue: String) -> Self {
        Self { prologue, ..self }
    }

    pub(crate) fn encoded(self, encoding: Encoding) -> Self {
        Self { encoding, ..self }
    }

    fn octets(&self, wrap: impl Fn(&str) -> String) -> Vec<u8> {
        let text = format!("{}{}", self.prologue, wrap(&self.text));
        let sixteen = |units: Vec<u16>, is_big: bool| -> Vec<u8> {
            let octets = |unit: u16| {
                if is_big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            };
            units.into_iter().flat_map(octets).collect()
        };
        let thirty_two = |units: Vec<u32>, is_big: bool| -> Vec<u8> {
            let octets = |unit: u32| {
                if is_big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            };
            units.into_iter().flat_map(octets).collect()
        };
        match &self.encoding {
            Encoding::Utf8 => text.into_bytes(),
            Encoding::Utf16 { is_big, has_mark } => {
                let mark = has_mark.then_some(0xfeff);
                sixteen(
                    mark.into_iter().chain(text.encode_utf16()).collect(),
                    *is_big,
                )
            }
            Encoding::Utf32 { is_big, has_mark } => {
                let mark = has_mark.then_some(0xfeff);
                let text = text.chars().map(u32::from);
                thirty_two(mark.into_iter().chain(text).collect(), *is_big)
            }
            // RFC 2152: `+ADw-` is `<`.
            Encoding::Utf7 => text.replace('+', "+-").replace('<', "+ADw-").into_bytes(),
            Encoding::Octets(octets) => {
                let at = text.find(">z").unwrap() + 1;
                let mut changed = text.into_bytes();
                changed.splice(at..=at, octets.iter().copied());
                changed
            }
            Encoding::Mark(mark) => [mark.as_slice(), text.as_bytes()].concat(),
        }
    }
}

impl From<Paper> for Forgery {
    fn from(paper: Paper) -> Self {
        Self::Paper(paper)
    }
}

impl Forgery {
    pub(crate) fn sent(self, draw: &mut Draw, stage: &Stage) -> Sent {
        let paper = match self {
            Self::Sent(sent) => return sent,
            Self::Paper(paper) => paper,
        };
        match stage.binding {
            Binding::Redirect => {
                let query = Query::of(stage, &paper.octets(str::to_owned), Some("room-7"));
                Sent::Query(match paper.seal {
                    Seal::Owner => query.signed(draw),
                    Seal::Nobody => query.octets_without_algorithm(),
                })
            }
            Binding::Post => Sent::Form(form(stage, &paper.octets(str::to_owned))),
            Binding::Soap => Sent::Envelope(paper.octets(enveloped)),
        }
    }
}

/// In an envelope.
pub(crate) fn enveloped(text: &str) -> String {
    format!("<S:Envelope xmlns:S=\"{SOAP}\"><S:Body>{text}</S:Body></S:Envelope>")
}

/// The name of the field.
pub(crate) fn field(stage: &Stage) -> &'static str {
    match stage.kind {
        MessageKind::AuthnRequest | MessageKind::LogoutRequest => "SAMLRequest",
        MessageKind::LogoutResponse => "SAMLResponse",
    }
}

pub(crate) fn escaped(value: &[u8]) -> String {
    let mut text = String::with_capacity(value.len() * 2);
    for byte in value {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// The body of a form with a document.
pub(crate) fn form(stage: &Stage, document: &[u8]) -> Vec<u8> {
    let value = escaped(STANDARD.encode(document).as_bytes());
    format!("{}={value}&RelayState=room-7", field(stage)).into_bytes()
}

/// What is in an address, each value as it is written there.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) field: &'static str,
    pub(crate) message: String,
    pub(crate) relay_state: Option<String>,
    pub(crate) algorithm: XmlAlgorithm,
}

impl Query {
    /// With a document, compressed.
    pub(crate) fn of(stage: &Stage, document: &[u8], relay_state: Option<&str>) -> Self {
        Self::packed(stage, &compress_to_vec(document, 1), relay_state)
    }

    /// With octets that are compressed already.
    pub(crate) fn packed(stage: &Stage, packed: &[u8], relay_state: Option<&str>) -> Self {
        Self {
            field: field(stage),
            message: escaped(STANDARD.encode(packed).as_bytes()),
            relay_state: relay_state.map(|state| escaped(state.as_bytes())),
            algorithm: XmlAlgorithm::EcdsaSha256,
        }
    }

    /// Of a message of the owner that is not signed inside.
    pub(crate) fn plain(draw: &mut Draw, stage: &Stage) -> Self {
        let said: Said = stage.any(draw);
        let state = draw.word();
        let state = draw.coin().then_some(state);
        Self::of(stage, said.text().as_bytes(), state.as_deref())
    }

    pub(crate) fn octets_without_algorithm(&self) -> String {
        let state = self.relay_state.as_ref();
        let state = state.map(|state| format!("&RelayState={state}"));
        format!(
            "{}={}{}",
            self.field,
            self.message,
            state.unwrap_or_default()
        )
    }

    pub(crate) fn algorithm(&self) -> String {
        escaped(self.algorithm.uri().as_bytes())
    }

    /// What is signed.
    pub(crate) fn octets(&self) -> String {
        format!(
            "{}&SigAlg={}",
            self.octets_without_algorithm(),
            self.algorithm()
        )
    }

    /// The owner's signature of these octets, as it is written.
    pub(crate) fn signature_of(&self, octets: &str) -> String {
        let key = OWNER.key(self.algorithm);
        let signature = key.sign_octets(octets.as_bytes()).unwrap();
        escaped(STANDARD.encode(signature).as_bytes())
    }

    pub(crate) fn signature(&self) -> String {
        self.signature_of(&self.octets())
    }

    /// Signed by the owner.
    pub(crate) fn signed(mut self, draw: &mut Draw) -> String {
        self.algorithm = crate::message::algorithm(draw);
        format!("{}&Signature={}", self.octets(), self.signature())
    }

    /// Signed, in pieces that go into any order.
    pub(crate) fn pieces(&self) -> Vec<String> {
        let signature = self.signature();
        let state = self.relay_state.as_ref();
        [
            Some(format!("{}={}", self.field, self.message)),
            state.map(|state| format!("RelayState={state}")),
            Some(format!("SigAlg={}", self.algorithm())),
            Some(format!("Signature={signature}")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// As whoever counts sends it: the order of parameters, their escapes and what strangers add are free.
pub(crate) fn genuine(draw: &mut Draw, stage: &Stage, genuine: &Genuine) -> Sent {
    let signed = &genuine.signed;
    match stage.binding {
        Binding::Redirect => {
            let state = draw.word();
            let state = draw.coin().then_some(state);
            let inside = draw.coin();
            let text = if inside { signed } else { &genuine.plain };
            let mut query = Query::of(stage, text.as_bytes(), state.as_deref());
            query.algorithm = crate::message::algorithm(draw);
            if draw.coin() {
                // Some write them so.
                query.message = lower(&query.message);
            }
            if inside && draw.coin() {
                return Sent::Query(query.octets_without_algorithm());
            }
            let mut pieces = query.pieces();
            for at in (1..pieces.len()).rev() {
                pieces.swap(at, draw.below(at + 1));
            }
            if draw.coin() {
                let stranger = format!("{}={}", draw.word(), draw.word());
                pieces.insert(draw.below(pieces.len() + 1), stranger);
            }
            Sent::Query(pieces.join("&"))
        }
        Binding::Post => {
            let mut octets = form(stage, signed.as_bytes());
            if draw.coin() {
                octets.extend(format!("&{}=1", draw.word()).bytes());
            }
            Sent::Form(octets)
        }
        Binding::Soap => {
            let space = draw.pick(&["", "\n", "  "]);
            let head = draw.pick(&["", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]);
            Sent::Envelope(format!("{head}{}", enveloped(&format!("{space}{signed}"))).into_bytes())
        }
    }
}

/// Escapes in small letters.
pub(crate) fn lower(value: &str) -> String {
    value
        .replace("%2B", "%2b")
        .replace("%2F", "%2f")
        .replace("%3D", "%3d")
}
