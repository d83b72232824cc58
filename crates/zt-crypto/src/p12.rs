//! PKCS#12 (RFC 7292) for a browser's store: one key, its certificate, PBES2 with AES-256 and HMAC-SHA-256.

use crate::hash::sha256;
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey,
    PrivateKeyChain,
};
use zeroize::Zeroizing;
use zt_types::Secret;

/// Rounds of key derivation; the password is random, so these only have to satisfy readers that want many.
const ITERATIONS: u32 = 10_000;

/// Why there is no PKCS#12 file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Pkcs12Error {
    /// The key is not a PKCS#8 key.
    #[error("the key cannot be put into a pkcs#12 file")]
    Key,
    /// The certificate is not one.
    #[error("the certificate cannot be put into a pkcs#12 file")]
    Certificate,
    /// The library refused.
    #[error("the pkcs#12 file could not be made")]
    NotWritten,
}

/// Puts a key and its certificate into a file that browsers import, under `label` and protected by `password`.
///
/// # Errors
/// [`Pkcs12Error`].
pub fn write(
    pkcs8: &[u8],
    certificate: &[u8],
    label: &str,
    password: &Secret,
) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
    let key = PrivateKey::from_der(pkcs8).map_err(|_| Pkcs12Error::Key)?;
    // The two bags find each other by this; SHA-256 of the certificate is as good as any.
    let local_key_id = sha256(certificate).to_vec();
    let certificate = Certificate::from_der(certificate).map_err(|_| Pkcs12Error::Certificate)?;
    let chain = PrivateKeyChain::new(local_key_id, key, [certificate]);
    // RFC 7292 §4.2: friendlyName is a BMPString, which has no characters beyond U+FFFF.
    let label: String = label.chars().filter(|c| u32::from(*c) <= 0xffff).collect();
    let mut store = KeyStore::new();
    store.add_entry(&label, KeyStoreEntry::PrivateKeyChain(chain));
    let written = store
        .writer(password.expose())
        .encryption_algorithm(EncryptionAlgorithm::PbeWithHmacSha256AndAes256)
        .encryption_iterations(ITERATIONS)
        .mac_algorithm(MacAlgorithm::HmacSha256)
        .mac_iterations(ITERATIONS)
        .write()
        .map_err(|_| Pkcs12Error::NotWritten)?;
    Ok(Zeroizing::new(written))
}

/// What NSS calls a certificate imported from [`write`]: needed to find it again in a browser's store.
#[must_use]
pub fn store_name(certificate: &[u8]) -> Option<String> {
    Certificate::from_der(certificate)
        .ok()
        .map(|certificate| certificate.subject().to_owned())
}
