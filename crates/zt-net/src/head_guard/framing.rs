//! Where a request's head ends, where its body ends, and what may not be in between.

use memchr::memchr;

/// Why a request is refused before it is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Violation {
    /// A line that ends in LF without CR (RFC 9112 §2.2 lets a recipient accept it; an intermediary must not guess).
    BareLf,
    /// A CR without LF (RFC 9112 §2.2).
    BareCr,
    /// A header line that continues on the next line (RFC 9112 §5.2).
    FoldedHeader,
    /// White space between a header's name and its colon (RFC 9112 §5.1).
    SpaceBeforeColon,
    /// A line in the header section without a colon.
    NoColon,
    /// More than one Content-Length, even if equal (RFC 9112 §6.3, rule 5, made strict).
    RepeatedContentLength,
    /// A Content-Length that is not just digits, or too large.
    InvalidContentLength,
    /// Content-Length and Transfer-Encoding together (RFC 9112 §6.1).
    LengthAndTransferEncoding,
    /// A transfer coding that is not exactly one `chunked`, or one in HTTP/1.0 (RFC 9112 §6.1).
    TransferEncoding,
    /// CONNECT: this is not a forward proxy.
    Connect,
    /// A head beyond the limit.
    HeadTooLarge,
    /// Chunked framing that does not follow the grammar (RFC 9112 §7.1).
    Chunk,
}

impl Violation {
    pub(crate) const ALL: [Self; 12] = [
        Self::BareLf,
        Self::BareCr,
        Self::FoldedHeader,
        Self::SpaceBeforeColon,
        Self::NoColon,
        Self::RepeatedContentLength,
        Self::InvalidContentLength,
        Self::LengthAndTransferEncoding,
        Self::TransferEncoding,
        Self::Connect,
        Self::HeadTooLarge,
        Self::Chunk,
    ];

    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::BareLf => "bare-lf",
            Self::BareCr => "bare-cr",
            Self::FoldedHeader => "folded-header",
            Self::SpaceBeforeColon => "space-before-colon",
            Self::NoColon => "no-colon",
            Self::RepeatedContentLength => "repeated-content-length",
            Self::InvalidContentLength => "invalid-content-length",
            Self::LengthAndTransferEncoding => "content-length-and-transfer-encoding",
            Self::TransferEncoding => "transfer-encoding",
            Self::Connect => "connect",
            Self::HeadTooLarge => "head-too-large",
            Self::Chunk => "chunked-framing",
        }
    }

    /// What the answer says.
    pub(crate) const fn explanation(self) -> &'static str {
        match self {
            Self::BareLf => "a line ends in LF without CR",
            Self::BareCr => "there is a CR without LF",
            Self::FoldedHeader => "a header line continues on the next line",
            Self::SpaceBeforeColon => "there is white space before the colon of a header",
            Self::NoColon => "a header line has no colon",
            Self::RepeatedContentLength => "content-length is given more than once",
            Self::InvalidContentLength => "content-length is not a plain number",
            Self::LengthAndTransferEncoding => {
                "content-length and transfer-encoding are given together"
            }
            Self::TransferEncoding => "the transfer-encoding is not exactly `chunked`",
            Self::Connect => "CONNECT is not available here",
            Self::HeadTooLarge => "the request head is too large",
            Self::Chunk => "the chunked body is not well formed",
        }
    }
}

/// What became of a piece of input.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// All of it is clean and complete so far.
    Clean,
    /// Clean up to here, where a head begins whose end is not in sight. Give it again, with more behind it.
    HeadFrom(usize),
    /// Clean up to `at`; then it breaks a rule.
    Refused { at: usize, violation: Violation },
}

/// Follows the framing of one connection's requests.
#[derive(Debug)]
pub(super) struct Framing {
    at: At,
    max_head: usize,
    /// How far the current head was searched for its end already.
    searched: usize,
}

#[derive(Debug, Clone, Copy)]
enum At {
    Head,
    Body(u64),
    /// In a chunk-size line: the size so far, and how many bytes of the line were seen.
    ChunkSize {
        size: u64,
        seen: u16,
        part: SizePart,
    },
    ChunkData(u64),
    /// After a chunk's data, before its CR or LF.
    ChunkEnd {
        cr: Seen,
    },
    /// In the trailer section: bytes seen of it, of the current line, and whether the last byte was CR.
    Trailer {
        total: u32,
        line: u32,
        cr: Seen,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    No,
    Yes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SizePart {
    Digits,
    Extension,
    Cr,
}

const MAX_SIZE_LINE: u16 = 256;
const MAX_TRAILER: u32 = 8 * 1024;

impl Framing {
    pub(super) const fn new(max_head: usize) -> Self {
        Self {
            at: At::Head,
            max_head,
            searched: 0,
        }
    }

    /// Goes over `input`, which begins where the last call stopped being [`Step::Clean`].
    pub(super) fn advance(&mut self, input: &[u8]) -> Step {
        let mut position = 0;
        while let Some(rest) = input.get(position..).filter(|rest| !rest.is_empty()) {
            match self.step(rest) {
                Ok(0) => return Step::HeadFrom(position),
                Ok(taken) => position += taken,
                Err(violation) => {
                    return Step::Refused {
                        at: position,
                        violation,
                    };
                }
            }
        }
        Step::Clean
    }

    /// Takes some bytes off the front; 0 means that the head at the front is not complete.
    fn step(&mut self, rest: &[u8]) -> Result<usize, Violation> {
        match self.at {
            At::Head => self.head(rest),
            At::Body(left) => {
                let taken = (rest.len() as u64).min(left);
                self.at = if taken == left {
                    At::Head
                } else {
                    At::Body(left - taken)
                };
                Ok(taken as usize)
            }
            At::ChunkData(left) => {
                let taken = (rest.len() as u64).min(left);
                self.at = if taken == left {
                    At::ChunkEnd { cr: Seen::No }
                } else {
                    At::ChunkData(left - taken)
                };
                Ok(taken as usize)
            }
            _ => {
                let byte = rest.first().copied().ok_or(Violation::Chunk)?;
                self.at = self.chunk_byte(byte)?;
                Ok(1)
            }
        }
    }

    fn chunk_byte(&self, byte: u8) -> Result<At, Violation> {
        match self.at {
            At::ChunkSize { size, seen, part } => chunk_size(size, seen, part, byte),
            At::ChunkEnd { cr: Seen::No } if byte == b'\r' => Ok(At::ChunkEnd { cr: Seen::Yes }),
            At::ChunkEnd { cr: Seen::Yes } if byte == b'\n' => Ok(At::ChunkSize {
                size: 0,
                seen: 0,
                part: SizePart::Digits,
            }),
            At::Trailer { total, line, cr } => trailer(total, line, cr, byte),
            _ => Err(Violation::Chunk),
        }
    }

    fn head(&mut self, rest: &[u8]) -> Result<usize, Violation> {
        // RFC 9112 §2.2: an empty line before the request line is ignored.
        let lead = if rest.starts_with(b"\r\n") { 2 } else { 0 };
        let head = rest.get(lead..).unwrap_or_default();
        let Some(length) = self.find_end(head)? else {
            return if rest.len() > self.max_head {
                Err(Violation::HeadTooLarge)
            } else {
                Ok(0)
            };
        };
        if length > self.max_head {
            return Err(Violation::HeadTooLarge);
        }
        self.searched = 0;
        self.at = body_after(head.get(..length).unwrap_or_default())?;
        Ok(lead + length)
    }

    /// The length of the head with its empty line, if its end is there. Checks the line ends it passes.
    fn find_end(&mut self, head: &[u8]) -> Result<Option<usize>, Violation> {
        let mut line_start = self.searched;
        while let Some(length) = head.get(line_start..).and_then(|rest| memchr(b'\n', rest)) {
            let line = head
                .get(line_start..line_start + length)
                .unwrap_or_default();
            // In this order, so that the verdict does not depend on how much of the line came at once.
            let (before, last) = line.split_at(line.len().saturating_sub(1));
            if memchr(b'\r', before).is_some() {
                return Err(Violation::BareCr);
            }
            if last != b"\r" {
                return Err(Violation::BareLf);
            }
            let text = before;
            line_start += length + 1;
            self.searched = line_start;
            if text.is_empty() {
                return Ok(Some(line_start));
            }
        }
        // A CR in the line that has not ended yet can only be its last byte so far.
        match head
            .get(line_start..)
            .and_then(|rest| memchr(b'\r', rest).map(|at| at + 1 < rest.len()))
        {
            Some(true) => Err(Violation::BareCr),
            _ => Ok(None),
        }
    }
}

/// Reads the framing headers of a complete head and says what follows it.
fn body_after(head: &[u8]) -> Result<At, Violation> {
    let mut length = None;
    let mut chunked = Seen::No;
    let mut line_start = memchr(b'\n', head).map_or(head.len(), |end| end + 1);
    let request_line = head.get(..line_start).unwrap_or_default();
    if request_line.starts_with(b"CONNECT ") {
        return Err(Violation::Connect);
    }
    while let Some(end) = head.get(line_start..).and_then(|rest| memchr(b'\n', rest)) {
        let line = head
            .get(line_start..line_start + end.saturating_sub(1))
            .unwrap_or_default();
        line_start += end + 1;
        let Some(first) = line.first() else { break };
        if matches!(first, b' ' | b'\t') {
            return Err(Violation::FoldedHeader);
        }
        let colon = memchr(b':', line).ok_or(Violation::NoColon)?;
        let (name, value) = line.split_at(colon);
        if matches!(name.last(), Some(b' ' | b'\t')) {
            return Err(Violation::SpaceBeforeColon);
        }
        // A look at the length first: most names are neither.
        match name.len() {
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let digits = value.get(1..).unwrap_or_default().trim_ascii();
                if length.replace(number(digits)?).is_some() {
                    return Err(Violation::RepeatedContentLength);
                }
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                let coding = value.get(1..).unwrap_or_default().trim_ascii();
                if chunked == Seen::Yes
                    || !coding.eq_ignore_ascii_case(b"chunked")
                    || !request_line.ends_with(b"HTTP/1.1\r\n")
                {
                    return Err(Violation::TransferEncoding);
                }
                chunked = Seen::Yes;
            }
            _ => {}
        }
    }
    match (length, chunked) {
        (Some(_), Seen::Yes) => Err(Violation::LengthAndTransferEncoding),
        (Some(length @ 1..), Seen::No) => Ok(At::Body(length)),
        (Some(0) | None, Seen::No) => Ok(At::Head),
        (None, Seen::Yes) => Ok(At::ChunkSize {
            size: 0,
            seen: 0,
            part: SizePart::Digits,
        }),
    }
}

/// 1*DIGIT (RFC 9110 §8.6), at most 15 of them: no sum of two lengths overflows.
fn number(digits: &[u8]) -> Result<u64, Violation> {
    if digits.is_empty() || digits.len() > 15 {
        return Err(Violation::InvalidContentLength);
    }
    digits.iter().try_fold(0u64, |sum, digit| match digit {
        b'0'..=b'9' => Ok(sum * 10 + u64::from(digit - b'0')),
        _ => Err(Violation::InvalidContentLength),
    })
}

fn chunk_size(size: u64, seen: u16, part: SizePart, byte: u8) -> Result<At, Violation> {
    if seen >= MAX_SIZE_LINE {
        return Err(Violation::Chunk);
    }
    let seen = seen + 1;
    match (part, byte) {
        (SizePart::Digits, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
            let digit = u64::from(char::from(byte).to_digit(16).unwrap_or(0));
            if size >> 52 != 0 {
                return Err(Violation::Chunk);
            }
            Ok(At::ChunkSize {
                size: size << 4 | digit,
                seen,
                part: SizePart::Digits,
            })
        }
        (SizePart::Digits, b';') if seen > 1 => Ok(At::ChunkSize {
            size,
            seen,
            part: SizePart::Extension,
        }),
        (SizePart::Digits, b'\r') if seen > 1 => Ok(At::ChunkSize {
            size,
            seen,
            part: SizePart::Cr,
        }),
        (SizePart::Extension, b'\r') => Ok(At::ChunkSize {
            size,
            seen,
            part: SizePart::Cr,
        }),
        (SizePart::Extension, b'\t' | b' '..=b'~') => Ok(At::ChunkSize {
            size,
            seen,
            part: SizePart::Extension,
        }),
        (SizePart::Cr, b'\n') if size == 0 => Ok(At::Trailer {
            total: 0,
            line: 0,
            cr: Seen::No,
        }),
        (SizePart::Cr, b'\n') => Ok(At::ChunkData(size)),
        _ => Err(Violation::Chunk),
    }
}

fn trailer(total: u32, line: u32, cr: Seen, byte: u8) -> Result<At, Violation> {
    if total >= MAX_TRAILER {
        return Err(Violation::Chunk);
    }
    let total = total + 1;
    match (cr, byte) {
        (Seen::Yes, b'\n') if line == 0 => Ok(At::Head),
        (Seen::Yes, b'\n') => Ok(At::Trailer {
            total,
            line: 0,
            cr: Seen::No,
        }),
        (Seen::Yes, _) | (Seen::No, b'\n') => Err(Violation::Chunk),
        (Seen::No, b'\r') => Ok(At::Trailer {
            total,
            line,
            cr: Seen::Yes,
        }),
        (Seen::No, _) => Ok(At::Trailer {
            total,
            line: line + 1,
            cr: Seen::No,
        }),
    }
}

#[cfg(test)]
mod tests;
