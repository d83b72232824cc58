//! The cookies of `id.<domain>`.
//!
//! All have the `__Host-` prefix (RFC 6265bis §4.1.3.2): no other host, no plain connection and no other path can set or
//! read them.

use http::HeaderMap;
use http::header::{self, HeaderValue};
use zt_crypto::hash::received_hash;
use zt_types::{FactorKind, Secret, TokenHash};

/// The session.
pub(crate) const SESSION: &str = "__Host-sekisho";
/// Binds sign-in flows to the browser that began them.
pub(crate) const FLOW: &str = "__Host-sekisho-flow";
/// The method last used on this browser: a factor's slug and nothing else.
pub(crate) const LAST: &str = "__Host-sekisho-last";
/// Binds a sign-out that leads through service providers to the browser that began it.
pub(crate) const LEAVING: &str = "__Host-sekisho-leaving";
/// As long as that may take, in seconds.
const LEAVING_FOR: u32 = 600;
/// A token of 256 bits in base64url.
const TOKEN_LENGTH: usize = 43;
/// A year, in seconds.
const YEAR: u32 = 31_536_000;

/// The one value of a cookie. Of two cookies of one name, neither counts: only somebody else can have set the second.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let first = found.next();
    if found.next().is_some() { None } else { first }
}

/// Hash of a cookie that holds one of our tokens.
pub(crate) fn token(headers: &HeaderMap, name: &str) -> Option<TokenHash> {
    let value = value(headers, name)?;
    let fits = value.len() == TOKEN_LENGTH
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    fits.then(|| received_hash(value))
}

/// The method last used on this browser.
pub(crate) fn last_method(headers: &HeaderMap) -> Option<FactorKind> {
    let slug = value(headers, LAST)?;
    [FactorKind::Passkey, FactorKind::Totp]
        .into_iter()
        .find(|kind| kind.as_str() == slug)
}

/// Sets a cookie that holds a token, until the browser closes.
pub(crate) fn set_token(headers: &mut HeaderMap, name: &str, token: &Secret) {
    append(
        headers,
        &format!(
            "{name}={}; Path=/; Secure; HttpOnly; SameSite=Lax",
            token.expose()
        ),
    );
}

/// Binds a sign-out to the browser, for as long as it may take.
pub(crate) fn set_leaving(headers: &mut HeaderMap, token: &Secret) {
    append(
        headers,
        &format!(
            "{LEAVING}={}; Path=/; Max-Age={LEAVING_FOR}; Secure; HttpOnly; SameSite=Lax",
            token.expose()
        ),
    );
}

/// Remembers the method used.
pub(crate) fn set_last_method(headers: &mut HeaderMap, kind: FactorKind) {
    append(
        headers,
        &format!(
            "{LAST}={}; Path=/; Max-Age={YEAR}; Secure; HttpOnly; SameSite=Lax",
            kind.as_str()
        ),
    );
}

/// Makes the browser forget a cookie.
pub(crate) fn forget(headers: &mut HeaderMap, name: &str) {
    append(
        headers,
        &format!("{name}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"),
    );
}

fn append(headers: &mut HeaderMap, cookie: &str) {
    // Tokens and slugs hold only characters that a header value may hold.
    if let Ok(mut value) = HeaderValue::from_str(cookie) {
        value.set_sensitive(true);
        headers.append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests;
