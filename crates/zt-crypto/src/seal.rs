//! Sealing secrets at rest: AES-256-GCM under a master key from a file of mode 0600.
//!
//! What is sealed (seeds, private keys) is bound to the kind and id of its record: moved to another record it does not
//! open. Nonces are random; one master key seals far fewer than the 2^32 messages that allows (NIST SP 800-38D §8.3).

mod file;

pub use file::KeyFileError;

use crate::hash::MacKey;
use crate::random::{self, NoRandomness};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::path::Path;
use zeroize::Zeroizing;

/// What kind of record a sealed secret belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedKind {
    /// The seed of an authenticator app; the id is the credential's.
    TotpSeed,
    /// A key that signs tokens; the id is its `kid`.
    TokenKey,
    /// A key that signs for SAML; the id is its certificate's hash.
    SamlKey,
    /// A certificate authority's key; the id is its name.
    AuthorityKey,
    /// A server certificate's key; the id is its host.
    ServerKey,
    /// The key that signs checkpoints of the audit log; the id is its name.
    CheckpointKey,
    /// Recovery codes while their owner keeps them; the id is the sign-in flow's.
    RecoveryCodes,
}

impl SealedKind {
    const fn slug(self) -> &'static str {
        match self {
            Self::TotpSeed => "totp-seed",
            Self::TokenKey => "token-key",
            Self::SamlKey => "saml-key",
            Self::AuthorityKey => "authority-key",
            Self::ServerKey => "server-key",
            Self::CheckpointKey => "checkpoint-key",
            Self::RecoveryCodes => "recovery-codes",
        }
    }
}

/// Why something did not seal or open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not the form that sealing gives.
    #[error("this is not a sealed secret")]
    Malformed,
    /// Sealed under another master key, for another record, or changed since.
    #[error("a sealed secret does not open: another master key, another record, or it was changed")]
    DoesNotOpen,
    /// Too long for the cipher.
    #[error("a secret is too long to be sealed")]
    TooLong,
    /// No nonce could be drawn.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

const PREFIX: &str = "s1.";

/// The key from which every key at rest is derived.
pub struct MasterKey {
    seal: LessSafeKey,
    bytes: Zeroizing<[u8; 32]>,
}

impl MasterKey {
    /// Makes a master key of 32 secret bytes.
    ///
    /// # Errors
    /// [`SealError::Malformed`] if the cipher does not take the key.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Result<Self, SealError> {
        let derived = derive(&bytes, "seal")?;
        let key =
            UnboundKey::new(&AES_256_GCM, derived.as_slice()).map_err(|_| SealError::Malformed)?;
        Ok(Self {
            seal: LessSafeKey::new(key),
            bytes,
        })
    }

    /// Reads the key file, or draws a key and writes the file (mode 0600, durable before this returns) if there is none.
    ///
    /// # Errors
    /// [`KeyFileError`]: not readable or writable, open to other users, or not a key file.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyFileError> {
        let bytes = file::load_or_create(path)?;
        Self::from_bytes(bytes).map_err(|_| KeyFileError::NotAKey {
            path: path.to_owned(),
        })
    }

    /// A key for codes over messages, one for each `purpose`; the same for the same master key.
    ///
    /// # Errors
    /// [`SealError::Malformed`] if no key can be derived.
    pub fn mac_key(&self, purpose: &str) -> Result<MacKey, SealError> {
        Ok(MacKey::new(&*derive(
            &self.bytes,
            &format!("mac:{purpose}"),
        )?))
    }

    /// Seals `secret` for the record `id` of `kind`: a text without spaces.
    ///
    /// # Errors
    /// [`SealError::Randomness`], [`SealError::TooLong`].
    pub fn seal(&self, kind: SealedKind, id: &str, secret: &[u8]) -> Result<String, SealError> {
        let nonce = random::bytes::<NONCE_LEN>()?;
        let mut buffer = Zeroizing::new(secret.to_vec());
        let tag = self
            .seal
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                aad(kind, id),
                &mut buffer,
            )
            .map_err(|_| SealError::TooLong)?;
        let bytes: Vec<u8> = nonce
            .iter()
            .chain(buffer.iter())
            .chain(tag.as_ref())
            .copied()
            .collect();
        Ok(format!("{PREFIX}{}", STANDARD_NO_PAD.encode(bytes)))
    }

    /// Opens what was sealed for the record `id` of `kind`.
    ///
    /// # Errors
    /// [`SealError::Malformed`], [`SealError::DoesNotOpen`].
    pub fn open(
        &self,
        kind: SealedKind,
        id: &str,
        sealed: &str,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let encoded = sealed.strip_prefix(PREFIX).ok_or(SealError::Malformed)?;
        let mut bytes = STANDARD_NO_PAD
            .decode(encoded)
            .map_err(|_| SealError::Malformed)?;
        if bytes.len() < NONCE_LEN + AES_256_GCM.tag_len() {
            return Err(SealError::Malformed);
        }
        let mut buffer = Zeroizing::new(bytes.split_off(NONCE_LEN));
        let nonce = Nonce::try_assume_unique_for_key(&bytes).map_err(|_| SealError::Malformed)?;
        let length = self
            .seal
            .open_in_place(nonce, aad(kind, id), &mut buffer)
            .map_err(|_| SealError::DoesNotOpen)?
            .len();
        buffer.truncate(length);
        Ok(buffer)
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

fn aad(kind: SealedKind, id: &str) -> Aad<Vec<u8>> {
    // A slug holds no NUL, so the pair cannot be read in two ways.
    Aad::from(format!("sekisho-seal-1\0{}\0{id}", kind.slug()).into_bytes())
}

/// RFC 5869: one key for each use, so that a MAC never works with the key of the cipher.
fn derive(master: &[u8; 32], purpose: &str) -> Result<Zeroizing<[u8; 32]>, SealError> {
    let salt = Salt::new(HKDF_SHA256, b"sekisho-master-1");
    let info = [purpose.as_bytes()];
    let mut out = Zeroizing::new([0u8; 32]);
    salt.extract(master)
        .expand(&info, HKDF_SHA256)
        .and_then(|okm| okm.fill(out.as_mut_slice()))
        .map_err(|_| SealError::Malformed)?;
    Ok(out)
}

#[cfg(test)]
mod tests;
