//! Where frames begin and end (RFC 6455 §5.2).

/// Follows the frame boundaries of one direction.
#[derive(Debug, Default)]
pub(super) struct FrameTracker {
    at: At,
    closing: Closing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// In a frame's head: how many bytes of it came, and those that matter.
    Head {
        seen: u8,
        first: u8,
        length: u64,
        size: HeadSize,
    },
    /// In a payload with this much to go.
    Payload(u64),
}

/// What the second byte said about the rest of the head: extended length bytes, and mask bytes after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct HeadSize {
    length: u8,
    mask: u8,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Closing {
    #[default]
    No,
    /// A close frame passed: after it nothing may be sent (RFC 6455 §5.5.1).
    Yes,
}

const BEGIN: At = At::Head {
    seen: 0,
    first: 0,
    length: 0,
    size: HeadSize { length: 0, mask: 0 },
};
const OPCODE: u8 = 0x0f;
const CLOSE: u8 = 0x8;

impl Default for At {
    fn default() -> Self {
        BEGIN
    }
}

impl FrameTracker {
    /// Takes note of bytes that were delivered.
    pub(super) fn advance(&mut self, mut bytes: &[u8]) {
        while let Some((byte, rest)) = bytes.split_first() {
            match self.at {
                At::Payload(left) => {
                    let taken = (bytes.len() as u64).min(left);
                    bytes = bytes.get(taken as usize..).unwrap_or_default();
                    self.at = if taken == left {
                        BEGIN
                    } else {
                        At::Payload(left - taken)
                    };
                }
                At::Head {
                    seen,
                    first,
                    length,
                    size,
                } => {
                    bytes = rest;
                    self.head(*byte, seen, first, (length, size));
                }
            }
        }
    }

    /// Whether a close frame can be put here.
    pub(super) fn may_close(&self) -> bool {
        self.at == BEGIN && self.closing == Closing::No
    }

    fn head(&mut self, byte: u8, seen: u8, first: u8, (length, size): (u64, HeadSize)) {
        let (first, length, size) = match seen {
            0 => (byte, 0, size),
            1 => {
                let mask = if byte & 0x80 == 0 { 0 } else { 4 };
                match byte & 0x7f {
                    126 => (first, 0, HeadSize { length: 2, mask }),
                    127 => (first, 0, HeadSize { length: 8, mask }),
                    short => (first, u64::from(short), HeadSize { length: 0, mask }),
                }
            }
            _ if seen - 2 < size.length => (first, length << 8 | u64::from(byte), size),
            _ => (first, length, size),
        };
        let seen = seen + 1;
        if seen < 2 || seen < 2 + size.length + size.mask {
            self.at = At::Head {
                seen,
                first,
                length,
                size,
            };
            return;
        }
        if first & OPCODE == CLOSE {
            self.closing = Closing::Yes;
        }
        self.at = if length == 0 {
            BEGIN
        } else {
            At::Payload(length)
        };
    }
}

/// An unmasked close frame (RFC 6455 §5.5.1). The reason is cut to what a control frame holds.
pub(super) fn close_frame(code: u16, reason: &str) -> Vec<u8> {
    // A control frame's payload has at most 125 bytes; our reasons are slugs, so every byte is a character.
    let reason = reason.as_bytes().get(..123).unwrap_or(reason.as_bytes());
    let length = u8::try_from(2 + reason.len()).unwrap_or(2);
    let mut frame = vec![0x80 | CLOSE, length];
    frame.extend_from_slice(&code.to_be_bytes());
    frame.extend_from_slice(reason);
    frame
}

#[cfg(test)]
mod tests;
