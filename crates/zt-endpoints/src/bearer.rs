//! Callers known by a bearer token (RFC 6750 §2.1) of which only the hash is kept.

use http::{HeaderMap, header};
use zt_crypto::hash::{equal, received_hash};
use zt_types::TokenHash;

/// The hash of the token that came, if exactly one did.
pub(crate) fn received(headers: &HeaderMap) -> Option<TokenHash> {
    token(headers).map(received_hash)
}

/// The token itself.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whose it is. All of them are compared, each in constant time: nothing is learnt from how long it takes.
pub(crate) fn holder<'a, T>(
    received: &TokenHash,
    registered: impl Iterator<Item = &'a T>,
    token: impl Fn(&T) -> &TokenHash,
) -> Option<&'a T> {
    registered.fold(None, |found, one| match equal(&received.0, &token(one).0) {
        true => Some(one),
        false => found,
    })
}
