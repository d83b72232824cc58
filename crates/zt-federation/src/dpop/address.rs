//! Addresses as a proof names them (`htu`), written in one way.

/// Longer than this is no address of ours, in bytes.
const LONGEST: usize = 2048;

/// Where a request goes, without query and fragment, after normalisation by syntax and scheme (RFC 9449 §4.3 item 9, RFC 3986
/// §6.2.2, §6.2.3). Nothing else is evened out: two paths that differ by a slash are two.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    host: String,
    port: u16,
    path: String,
}

impl Target {
    /// Reads an address of `https`; none if it is not one, or one that two programs could read in two ways.
    pub(super) fn read(text: &str) -> Option<Self> {
        let known = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
        if text.len() > LONGEST || !text.bytes().all(known) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        let (host, port) = match authority.rsplit_once(':') {
            // In brackets stands an address with colons of its own.
            Some((host, port)) if !port.ends_with(']') => (host, read_port(port)?),
            _ => (authority, 443),
        };
        let of_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
        if host.is_empty() || !host.bytes().all(of_host) {
            return None;
        }
        Some(Self {
            host: host.to_ascii_lowercase(),
            port,
            path: without_dots(&decoded(path)?),
        })
    }
}

/// RFC 3986 §6.2.3: no port is the one of the scheme.
fn read_port(text: &str) -> Option<u16> {
    if text.is_empty() {
        return Some(443);
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// RFC 3986 §6.2.2.1, §6.2.2.2: what need not be encoded is not, and what is, in capitals. None if `%` stands alone.
fn decoded(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len());
    let mut rest = path.chars();
    while let Some(next) = rest.next() {
        if next != '%' {
            out.push(next);
            continue;
        }
        let digits: String = rest.by_ref().take(2).collect();
        let is_hex = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let byte = u8::from_str_radix(&digits, 16).ok().filter(|_| is_hex)?;
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&digits.to_ascii_uppercase());
        }
    }
    Some(out)
}

/// RFC 3986 §5.2.4, and §6.2.3: an empty path is `/`.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests;
