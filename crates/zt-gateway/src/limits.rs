//! What a permit does not carry, held against requests and answers: limited access as far as a proxy can see
//! (`docs/limited-access.md`).
//!
//! Pure: heads in, a verdict out. Nothing here looks at a body.
//!
//! INVARIANT: a permit that withholds nothing costs a comparison of two sets, here and in [`crate::forward`].

mod heads;

use crate::arrival::{Kind, Reader};
use crate::content::Content;
use heads::{ABOUT_BYTES, LESS_THAN_WHOLE, Place, SERVICE_WORKER};
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts as Head;
use http::{Method, StatusCode};
use zt_pages::refusal::Withheld;
use zt_policy::{Obligation, Permit};
use zt_types::{Capability, CapabilitySet, Timestamp};

/// What an answer of any kind needs.
const LOOKING: CapabilitySet = CapabilitySet::NONE
    .with(Capability::Connect)
    .with(Capability::Read);
/// What a file needs beyond that.
pub(crate) const KEEPING: CapabilitySet = CapabilitySet::NONE.with(Capability::Download);
/// The capabilities whose absence changes what is passed on.
const SEEN: CapabilitySet = LOOKING
    .with(Capability::Upload)
    .with(Capability::Download)
    .with(Capability::Persist);

/// How far a permit reaches, and what it binds to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    carries: CapabilitySet,
    marks: Marks,
    /// From when on nothing passes without a fresh proof.
    proof_at: Timestamp,
    record: Duty,
}

/// Whether something must be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duty {
    None,
    Must,
}

/// What is put over pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Marks {
    None,
    /// A notice: an answer that cannot bear it goes without.
    Warning,
    /// A watermark, perhaps with a notice: what cannot bear it does not go.
    Watermark,
}

/// What of a request counts again when its answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    reader: Reader,
    place: Place,
    part: Part,
    body: Body,
}

/// Whether less than the whole answer may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Any,
    /// A range of sound or pictures, for a player.
    OfMedia,
    None,
}

/// Whether the answer has a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    Expected,
    /// An answer to HEAD: its header tells of a body all the same.
    Untold,
    Empty,
}

/// What is done with an answer that is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treatment {
    AsItIs,
    /// With the style sheet that puts the marks over it.
    Marked,
}

/// What a request of this kind needs of a permit. What is more than a question needs the right to put something in.
pub(crate) fn needs(kind: &Kind, method: &Method, body: Body) -> CapabilitySet {
    let asks = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if *kind == Kind::Exchange && asks && body == Body::Empty {
        LOOKING
    } else {
        LOOKING.with(Capability::Upload)
    }
}

/// The word for what is missing.
pub(crate) const fn missing(needs: CapabilitySet, carries: CapabilitySet, kind: &Kind) -> Withheld {
    let missing = needs.difference(carries);
    if missing.contains(Capability::Read) || missing.contains(Capability::Connect) {
        Withheld::Read
    } else if missing.contains(Capability::Download) {
        Withheld::Download
    } else if matches!(kind, Kind::Exchange) {
        Withheld::Upload
    } else {
        Withheld::Socket
    }
}

impl Limits {
    pub(crate) fn of(permit: &Permit) -> Self {
        Self::new(permit.capabilities(), permit.obligations())
    }

    fn new(carries: CapabilitySet, obligations: &[Obligation]) -> Self {
        let mut limits = Self {
            carries,
            marks: Marks::None,
            proof_at: Timestamp::FAR_FUTURE,
            record: Duty::None,
        };
        for obligation in obligations {
            // Whoever adds one says here how it is honoured.
            match obligation {
                Obligation::Record => limits.record = Duty::Must,
                // The decision point does.
                Obligation::RaiseIncident => {}
                Obligation::Watermark => limits.marks = Marks::Watermark,
                Obligation::Warn { .. } => limits.marks = limits.marks.max(Marks::Warning),
                Obligation::ReauthenticateAt { at } => limits.proof_at = limits.proof_at.min(*at),
            }
        }
        limits
    }

    pub(crate) const fn carries(&self) -> CapabilitySet {
        self.carries
    }

    pub(crate) const fn marks(&self) -> Marks {
        self.marks
    }

    /// Whether nothing that passes has to be looked at.
    pub(crate) const fn are_none(&self) -> bool {
        SEEN.is_subset(self.carries) && matches!(self.marks, Marks::None)
    }

    pub(crate) const fn must_record(&self) -> bool {
        matches!(self.record, Duty::Must)
    }

    /// Whether a fresh proof is due.
    pub(crate) fn wants_proof(&self, now: Timestamp) -> bool {
        now >= self.proof_at
    }

    const fn carry(&self, capability: Capability) -> bool {
        self.carries.contains(capability)
    }

    /// Holds a request against the limits, beyond what [`needs`] says, and takes out of its head what would make the answer
    /// something that cannot be judged.
    pub(crate) fn ask(
        &self,
        head: &mut Head,
        kind: &Kind,
        reader: Reader,
    ) -> Result<Asked, Withheld> {
        let place = Place::of(&head.headers);
        let watermark = self.marks == Marks::Watermark;
        // What it would keep and show by itself never comes past here again.
        if head.headers.contains_key(SERVICE_WORKER)
            && (watermark || !self.carry(Capability::Persist))
        {
            return Err(Withheld::Persist);
        }
        // A socket's messages are shown by the page that opened it, which bears the mark. Without a page there is none.
        if watermark && *kind != Kind::Exchange && !head.headers.contains_key(header::ORIGIN) {
            return Err(Withheld::Watermark);
        }
        if !self.carry(Capability::Upload) {
            heads::take_out_overrides(&mut head.headers);
        }
        let marks = self.marks != Marks::None && place == Place::Document;
        let mut part = Part::Any;
        if marks || !self.carry(Capability::Download) {
            part = Part::None;
            let range = head.headers.get(header::RANGE).cloned();
            for name in &LESS_THAN_WHOLE {
                head.headers.remove(name);
            }
            if let Some(range) = range
                && !marks
                && heads::is_player(&head.headers)
            {
                part = Part::OfMedia;
                head.headers.insert(header::RANGE, range);
            }
        }
        if marks {
            head.headers.insert(
                header::ACCEPT_ENCODING,
                HeaderValue::from_static("identity"),
            );
        }
        Ok(Asked {
            reader,
            place,
            part,
            body: if head.method == Method::HEAD {
                Body::Untold
            } else {
                Body::Expected
            },
        })
    }

    /// Holds an answer's head against the limits.
    pub(crate) fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: Body,
        asked: Asked,
    ) -> Result<Treatment, Withheld> {
        let content = Content::of(headers);
        let body = match (body, asked.body) {
            (Body::Empty, Body::Untold) if headers.contains_key(header::CONTENT_LENGTH) => {
                Body::Untold
            }
            (body, _) => body,
        };
        // A head that says nothing of what there is, and nothing there.
        let is_nothing = body == Body::Empty
            && !headers.contains_key(header::CONTENT_TYPE)
            && !headers.contains_key(header::CONTENT_DISPOSITION);
        let is_less = matches!(status.as_u16(), 206 | 226 | 304);
        let may_be_less = match asked.part {
            Part::Any => true,
            Part::OfMedia => status == StatusCode::PARTIAL_CONTENT && content == Content::Media,
            Part::None => false,
        };
        let kept = content.is_kept(asked.reader) && !is_nothing;
        if !self.carry(Capability::Download)
            && ((is_less && !may_be_less) || kept || !heads::has_known_coding(headers))
        {
            return Err(Withheld::Download);
        }
        if self.marks == Marks::None {
            return Ok(Treatment::AsItIs);
        }
        let bears = match asked.place {
            // The page around it bears the mark.
            Place::InPage => !kept,
            Place::Document if body == Body::Empty => {
                !is_less && (is_nothing || content == Content::Page)
            }
            Place::Document => !is_less && heads::can_be_marked(headers, content),
        };
        match (bears, asked.place, body, self.marks) {
            (true, Place::Document, Body::Expected, _) => Ok(Treatment::Marked),
            (false, _, _, Marks::Watermark) => Err(Withheld::Watermark),
            _ => Ok(Treatment::AsItIs),
        }
    }

    /// Changes the head of an answer that is passed on under limits.
    pub(crate) fn dress(&self, headers: &mut HeaderMap, treatment: Treatment) {
        if !self.carry(Capability::Download) {
            // Else a browser saves what is called text and is none (MIME Sniffing §7.2).
            headers.insert(
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            );
        }
        if treatment == Treatment::Marked {
            for name in &ABOUT_BYTES {
                headers.remove(name);
            }
        }
        if treatment == Treatment::Marked || !self.carry(Capability::Persist) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
}

impl Content {
    /// Whether a browser saves it rather than shows it.
    pub(crate) fn is_kept(self, reader: Reader) -> bool {
        match self {
            Self::Page | Self::Part | Self::Stream => false,
            // A browser's own player offers to save.
            Self::Media => reader == Reader::Person,
            Self::File => true,
        }
    }
}

#[cfg(test)]
mod tests;
