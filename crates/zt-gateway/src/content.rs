//! What an answer is, by its header alone: part of a page, or a file to be kept.
//!
//! INVARIANT: what two programs could read in two ways is a file.

use http::HeaderMap;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

/// What an answer is to a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// An HTML document.
    Page,
    /// Part of a page: style, script, data for scripts, an image, a font, plain text.
    Part,
    /// Sound or moving pictures: part of a page when a page plays it, a file when opened by itself.
    Media,
    /// Events without an end.
    Stream,
    /// Anything else: it is saved, or opened by another program.
    File,
}

/// The longest type in the table is shorter; a longer one is none of it.
const LONGEST: usize = 64;

impl Content {
    /// What an answer with this header is.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        if !is_inline(headers) {
            return Self::File;
        }
        let mut types = headers.get_all(CONTENT_TYPE).iter();
        match (types.next(), types.next()) {
            (Some(one), None) => of_type(one.as_bytes()),
            // None: the browser guesses. Several: browsers and programs differ in which one counts.
            _ => Self::File,
        }
    }
}

/// RFC 9110 §8.3.1. A comma would make it a list, of which a browser takes the last (Fetch §2.2.6, "extract a MIME type").
fn of_type(value: &[u8]) -> Content {
    if value.contains(&b',') {
        return Content::File;
    }
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default();
    let essence = essence.trim_ascii();
    let mut lower = [0u8; LONGEST];
    let Some(lower) = lower.get_mut(..essence.len()) else {
        return Content::File;
    };
    lower.copy_from_slice(essence);
    lower.make_ascii_lowercase();
    table(lower)
}

/// The allow-list, as docs/limited-access.md has it.
fn table(essence: &[u8]) -> Content {
    match essence {
        b"text/html" => Content::Page,
        b"text/event-stream" => Content::Stream,
        // XHTML is a page as well, but nothing can be put in front of its root.
        b"application/xhtml+xml" | b"text/plain" | b"text/css" => Content::Part,
        b"text/javascript"
        | b"application/javascript"
        | b"application/x-javascript"
        | b"text/ecmascript"
        | b"application/ecmascript"
        | b"application/wasm" => Content::Part,
        b"application/json"
        | b"text/json"
        | b"application/xml"
        | b"text/xml"
        | b"application/rss+xml"
        | b"application/atom+xml"
        | b"application/soap+xml" => Content::Part,
        b"image/png"
        | b"image/apng"
        | b"image/jpeg"
        | b"image/gif"
        | b"image/webp"
        | b"image/avif"
        | b"image/bmp"
        | b"image/svg+xml"
        | b"image/x-icon"
        | b"image/vnd.microsoft.icon" => Content::Part,
        b"font/woff"
        | b"font/woff2"
        | b"font/ttf"
        | b"font/otf"
        | b"font/collection"
        | b"font/sfnt"
        | b"application/font-woff"
        | b"application/font-woff2"
        | b"application/x-font-woff"
        | b"application/x-font-ttf"
        | b"application/vnd.ms-fontobject" => Content::Part,
        b"audio/mpeg" | b"audio/mp4" | b"audio/aac" | b"audio/ogg" | b"audio/wav"
        | b"audio/webm" | b"audio/flac" | b"video/mp4" | b"video/webm" | b"video/ogg"
        | b"text/vtt" => Content::Media,
        // RFC 6839 §3.1: data for scripts, whatever its name.
        _ if essence.starts_with(b"application/") && essence.ends_with(b"+json") => Content::Part,
        _ => Content::File,
    }
}

/// Whether nothing says that this is to be saved (RFC 6266 §4.2: what is not `inline` is `attachment`).
fn is_inline(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_DISPOSITION).iter().all(says_inline)
}

/// `inline`, then parameters that each have a name and a value; anything looser is read in several ways.
fn says_inline(value: &HeaderValue) -> bool {
    let value = value.as_bytes();
    let end = value.iter().position(|byte| *byte == b';');
    let (kind, mut rest) = value.split_at(end.unwrap_or(value.len()));
    if !kind.trim_ascii().eq_ignore_ascii_case(b"inline") {
        return false;
    }
    while let Some(parameter) = rest.strip_prefix(b";") {
        let Some(after) = parameter_end(parameter.trim_ascii_start()) else {
            return false;
        };
        rest = after;
    }
    true
}

/// What follows a parameter: nothing, or the next semicolon. `None` if it is no parameter (RFC 9110 §5.6.6).
fn parameter_end(parameter: &[u8]) -> Option<&[u8]> {
    if parameter.is_empty() || parameter.starts_with(b";") {
        return Some(parameter);
    }
    let equals = parameter.iter().position(|byte| *byte == b'=')?;
    let (name, value) = parameter.split_at(equals);
    let is_token = !name.is_empty() && name.iter().all(|byte| is_token(*byte));
    let value = value.strip_prefix(b"=").filter(|_| is_token)?;
    let after = match value.strip_prefix(b"\"") {
        Some(quoted) => quoted_end(quoted)?,
        None => {
            let end = value
                .iter()
                .position(|byte| matches!(byte, b';' | b' ' | b'\t'));
            let (bare, after) = value.split_at(end.unwrap_or(value.len()));
            let is_plain = bare
                .iter()
                .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b','));
            is_plain.then_some(after)?
        }
    };
    let after = after.trim_ascii_start();
    (after.is_empty() || after.starts_with(b";")).then_some(after)
}

/// What follows the closing quote; `None` without one.
fn quoted_end(quoted: &[u8]) -> Option<&[u8]> {
    let mut rest = quoted;
    loop {
        rest = match rest {
            [b'"', after @ ..] => return Some(after),
            [b'\\', _, after @ ..] | [_, after @ ..] => after,
            [] => return None,
        };
    }
}

/// RFC 9110 §5.6.2.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

#[cfg(test)]
mod tests;
