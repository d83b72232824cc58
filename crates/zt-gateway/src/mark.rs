//! Puts one element into an HTML document as it passes: behind its doctype, before anything that could be shown or run.
//!
//! There, a browser makes the document's head for it (HTML §13.2.6.4.3) and everything that follows is read as before. No
//! content policy written in the document itself is in force yet at this place.
//!
//! INVARIANT: never more than nine bytes are held back, and only until what begins there is known.

use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

/// Follows a document's first bytes, to the place of the mark.
#[derive(Debug)]
pub(crate) struct Marker {
    state: State,
    held: Vec<u8>,
    element: Bytes,
}

/// The document is not in bytes that begin like ASCII: its byte order mark says so (Encoding §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unmarkable;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first byte.
    Start,
    /// Before the doctype: white space and comments (HTML §13.2.6.4.1).
    Before,
    Comment(Comment),
    /// `<!x` and `<?x`: to the next `>` (HTML §13.2.5.41).
    Bogus,
    /// It ends at the first `>`, even within quotes (HTML §13.2.5.59).
    Doctype,
    Done,
}

/// How far the end of a comment has come (HTML §13.2.5.43–52).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Comment {
    dashes: u8,
    /// Nothing but dashes so far: `<!-->` and `<!--->` are comments.
    fresh: Fresh,
    bang: Bang,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fresh {
    Yes,
    No,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bang {
    Seen,
    None,
}

/// What came of looking at bytes.
enum Found {
    /// The mark goes before this one.
    Place(usize),
    /// Not yet; what is before this one can go.
    More(usize),
}

const COMMENT: &[u8] = b"<!--";
const DOCTYPE: &[u8] = b"<!doctype";
const UTF8: &[u8] = b"\xef\xbb\xbf";

impl Marker {
    pub(crate) const fn new(element: Bytes) -> Self {
        Self {
            state: State::Start,
            held: Vec::new(),
            element,
        }
    }

    /// Whether everything passes from here on as it is.
    pub(crate) const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Takes the next bytes; `out` gets what may go.
    pub(crate) fn feed(
        &mut self,
        bytes: Bytes,
        out: &mut VecDeque<Bytes>,
    ) -> Result<(), Unmarkable> {
        if self.is_done() {
            out.push_back(bytes);
            return Ok(());
        }
        let mut bytes = if self.held.is_empty() {
            bytes
        } else {
            let mut joined = BytesMut::with_capacity(self.held.len() + bytes.len());
            joined.extend_from_slice(&self.held);
            joined.extend_from_slice(&bytes);
            self.held.clear();
            joined.freeze()
        };
        match self.look(&bytes)? {
            Found::Place(at) => {
                self.state = State::Done;
                let before = bytes.split_to(at);
                out.extend(
                    [before, self.element.clone(), bytes]
                        .into_iter()
                        .filter(|part| !part.is_empty()),
                );
            }
            Found::More(at) => {
                self.held = bytes.split_off(at).to_vec();
                if !bytes.is_empty() {
                    out.push_back(bytes);
                }
            }
        }
        Ok(())
    }

    /// The document is over: what was held back goes, behind the mark.
    pub(crate) fn finish(&mut self, out: &mut VecDeque<Bytes>) {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            out.extend([self.element.clone(), held.into()]);
        }
        self.state = State::Done;
    }

    fn look(&mut self, bytes: &[u8]) -> Result<Found, Unmarkable> {
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            match &mut self.state {
                State::Start => match rest {
                    [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => return Err(Unmarkable),
                    [0xfe] | [0xff] => return Ok(Found::More(at)),
                    _ if rest.starts_with(UTF8) => {
                        at += UTF8.len();
                        self.state = State::Before;
                    }
                    _ if UTF8.starts_with(rest) => return Ok(Found::More(at)),
                    _ => self.state = State::Before,
                },
                State::Before => match rest {
                    [] => return Ok(Found::More(at)),
                    [b'\t' | b'\n' | b'\x0c' | b'\r' | b' ', ..] => at += 1,
                    _ if rest.starts_with(COMMENT) => {
                        at += COMMENT.len();
                        self.state = State::Comment(Comment::BEGUN);
                    }
                    _ if begins(rest, DOCTYPE) => {
                        at += DOCTYPE.len();
                        self.state = State::Doctype;
                    }
                    // What it is, the next bytes will say.
                    _ if begins(COMMENT, rest) || begins(DOCTYPE, rest) => {
                        return Ok(Found::More(at));
                    }
                    [b'<', b'!' | b'?', ..] => {
                        at += 2;
                        self.state = State::Bogus;
                    }
                    _ => return Ok(Found::Place(at)),
                },
                State::Comment(comment) => match rest.first() {
                    None => return Ok(Found::More(at)),
                    Some(byte) => {
                        at += 1;
                        if comment.ends_with(*byte) {
                            self.state = State::Before;
                        }
                    }
                },
                State::Bogus => match rest.iter().position(|byte| *byte == b'>') {
                    None => return Ok(Found::More(bytes.len())),
                    Some(end) => {
                        at += end + 1;
                        self.state = State::Before;
                    }
                },
                State::Doctype => {
                    return Ok(match rest.iter().position(|byte| *byte == b'>') {
                        None => Found::More(bytes.len()),
                        Some(end) => Found::Place(at + end + 1),
                    });
                }
                State::Done => return Ok(Found::More(bytes.len())),
            }
        }
    }
}

fn begins(text: &[u8], with: &[u8]) -> bool {
    text.get(..with.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(with))
}

impl Comment {
    const BEGUN: Self = Self {
        dashes: 0,
        fresh: Fresh::Yes,
        bang: Bang::None,
    };

    fn ends_with(&mut self, byte: u8) -> bool {
        let could_end = self.dashes >= 2 || self.fresh == Fresh::Yes || self.bang == Bang::Seen;
        match byte {
            b'>' if could_end => return true,
            b'-' if self.bang == Bang::Seen => {
                (self.dashes, self.bang) = (1, Bang::None);
            }
            b'-' => self.dashes = self.dashes.saturating_add(1),
            b'!' if self.dashes >= 2 && self.bang == Bang::None => {
                (self.dashes, self.bang, self.fresh) = (0, Bang::Seen, Fresh::No);
            }
            _ => (self.dashes, self.bang, self.fresh) = (0, Bang::None, Fresh::No),
        }
        false
    }
}

#[cfg(test)]
mod tests;
