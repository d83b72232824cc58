//! Hashes, keyed hashes, bearer tokens and comparison in constant time.

use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zt_types::{Secret, TokenHash};

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    array(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// What is kept of a bearer token or of any other secret of at least 128 random bits.
#[must_use]
pub fn token_hash(secret: &Secret) -> TokenHash {
    received_hash(secret.expose())
}

/// The hash of a token as it was received, to look it up by.
///
/// Looking up by hash is safe against timing: whoever sends a text cannot steer its hash bit by bit.
#[must_use]
pub fn received_hash(token: &str) -> TokenHash {
    TokenHash(sha256(token.as_bytes()))
}

/// Makes a bearer token of 256 random bits: 43 characters of base64url (RFC 4648 §5).
#[must_use]
pub fn mint_token(random: [u8; 32]) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(random))
}

/// Compares in a time that depends on the lengths alone.
#[must_use]
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

/// Whether `token` is the secret behind `kept`, in constant time.
#[must_use]
pub fn matches(token: &str, kept: &TokenHash) -> bool {
    equal(&received_hash(token).0, &kept.0)
}

/// A key for HMAC-SHA-256 (RFC 2104).
pub struct MacKey(hmac::Key);

impl MacKey {
    /// A key of 32 secret bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The code over `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        array(hmac::sign(&self.0, message).as_ref())
    }

    /// Whether `code` is the one over `message`, in constant time.
    #[must_use]
    pub fn verify(&self, message: &[u8], code: &[u8]) -> bool {
        hmac::verify(&self.0, message, code).is_ok()
    }

    /// What is kept of a secret too short to stand against trying all of them, such as a recovery code: without the key,
    /// the hash cannot be tried at all.
    #[must_use]
    pub fn short_secret_hash(&self, secret: &Secret) -> TokenHash {
        TokenHash(self.sign(secret.expose().as_bytes()))
    }
}

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MacKey(…)")
    }
}

fn array(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0u8; 32];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests;
