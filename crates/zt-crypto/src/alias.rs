//! Another name for an id that only its maker can read back.

use aws_lc_rs::cipher::{
    AES_128, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A keyed permutation of 16-byte ids: AES-128 (FIPS 197) over a single block. Without the key, a name tells nothing of the
/// id, not even to whoever knows other names with their ids; with it, the id comes back without a table of names.
pub struct AliasKey {
    there: EncryptingKey,
    back: DecryptingKey,
}

/// The cryptographic library gave no block. It does so for wrong lengths only, which cannot come up here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library refuses a block of 16 bytes")]
pub struct NoAlias;

impl From<Unspecified> for NoAlias {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

impl AliasKey {
    /// The permutation of a key, which must be used for nothing else.
    ///
    /// # Errors
    /// [`NoAlias`].
    pub fn new(key: &[u8; 16]) -> Result<Self, NoAlias> {
        let unbound = || UnboundCipherKey::new(&AES_128, key);
        Ok(Self {
            there: EncryptingKey::ecb(unbound()?)?,
            back: DecryptingKey::ecb(unbound()?)?,
        })
    }

    /// The name of an id: 22 characters of base64url (RFC 4648 §5).
    ///
    /// # Errors
    /// [`NoAlias`].
    pub fn name(&self, id: &[u8; 16]) -> Result<String, NoAlias> {
        let mut block = *id;
        self.there.encrypt(&mut block)?;
        Ok(URL_SAFE_NO_PAD.encode(block))
    }

    /// The id behind a name; `None` for what no name looks like. A name that was never made comes out as an id that nobody
    /// was given.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<[u8; 16]> {
        let mut block: [u8; 16] = URL_SAFE_NO_PAD.decode(name).ok()?.try_into().ok()?;
        let decrypted = self.back.decrypt(&mut block, DecryptionContext::None);
        decrypted.ok()?;
        Some(block)
    }
}

impl std::fmt::Debug for AliasKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AliasKey(…)")
    }
}

#[cfg(test)]
mod tests;
