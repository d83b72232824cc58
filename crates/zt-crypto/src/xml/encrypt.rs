//! Encrypts an element to a service provider.

use super::public::{KeyRefusal, KeyType, PublicKey};
use crate::random::{self, NoRandomness};
use aws_lc_rs::aead::{
    self, AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPublicEncryptingKey,
    PublicEncryptingKey,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;
use zt_federation::saml::{ContentCipher, Encryption, KeyTransport};
use zt_federation::xml::{Namespace, WriteError, Writer};

/// How keys travel.
struct Transport {
    /// Its name (XML encryption 1.1 §5.5.2).
    uri: &'static str,
    /// Its hash's name.
    hash: &'static str,
    /// That of the mask's, where it is said.
    mask: Option<&'static str>,
    algorithm: &'static OaepAlgorithm,
}

impl Transport {
    fn of(transport: KeyTransport) -> Self {
        match transport {
            KeyTransport::OaepSha256 => Self {
                uri: "http://www.w3.org/2009/xmlenc11#rsa-oaep",
                hash: "http://www.w3.org/2001/04/xmlenc#sha256",
                mask: Some("http://www.w3.org/2009/xmlenc11#mgf1sha256"),
                algorithm: &OAEP_SHA256_MGF1SHA256,
            },
            KeyTransport::OaepSha1 => Self {
                uri: "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
                hash: "http://www.w3.org/2000/09/xmldsig#sha1",
                mask: None,
                algorithm: &OAEP_SHA1_MGF1SHA1,
            },
        }
    }
}

const fn cipher(cipher: ContentCipher) -> &'static aead::Algorithm {
    match cipher {
        ContentCipher::Aes256Gcm => &AES_256_GCM,
        ContentCipher::Aes128Gcm => &AES_128_GCM,
    }
}

/// Why nothing was encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    /// The key is none.
    #[error(transparent)]
    Key(#[from] KeyRefusal),
    /// The key is not one of RSA.
    #[error("assertions are encrypted to RSA keys only")]
    NotRsa,
    /// The element is too long, or the key takes nothing.
    #[error("the element cannot be encrypted")]
    Failed,
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// No key could be drawn.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// To whom an element is encrypted, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptionKey {
    key: PublicKey,
    content: ContentCipher,
    transport: KeyTransport,
}

impl EncryptionKey {
    /// Reads what a record says of it.
    ///
    /// # Errors
    /// [`EncryptError::Key`], [`EncryptError::NotRsa`].
    pub fn of(encryption: &Encryption) -> Result<Self, EncryptError> {
        let key = PublicKey::of_text(&encryption.key)?;
        match key.kind() {
            KeyType::Rsa => Ok(Self {
                key,
                content: encryption.content,
                transport: encryption.transport,
            }),
            _ => Err(EncryptError::NotRsa),
        }
    }
}

/// `<xenc:EncryptedData>` of an element in canonical form (XML encryption §3.4), to stand in `EncryptedAssertion`, `EncryptedID`
/// and their like.
///
/// # Errors
/// [`EncryptError`].
pub fn encrypted(element: &str, to: &EncryptionKey) -> Result<String, EncryptError> {
    let algorithm = cipher(to.content);
    let transport = Transport::of(to.transport);
    let drawn = Zeroizing::new(random::bytes::<32>()?);
    let key = drawn
        .get(..algorithm.key_len())
        .ok_or(EncryptError::Failed)?;
    let transported = STANDARD.encode(transported(key, &to.key, transport.algorithm)?);
    let content = STANDARD.encode(sealed(element, key, algorithm)?);

    let (xenc, ds) = (Namespace::XENC, Namespace::DS);
    let mut writer = Writer::new();
    writer
        .start(xenc, "EncryptedData")
        .attribute("Type", "http://www.w3.org/2001/04/xmlenc#Element")
        .start(xenc, "EncryptionMethod")
        .attribute("Algorithm", to.content.uri())
        .end()
        .start(ds, "KeyInfo")
        .start(xenc, "EncryptedKey")
        .start(xenc, "EncryptionMethod")
        .attribute("Algorithm", transport.uri)
        .start(ds, "DigestMethod")
        .attribute("Algorithm", transport.hash)
        .end();
    if let Some(mask) = transport.mask {
        writer
            .start(Namespace::XENC11, "MGF")
            .attribute("Algorithm", mask)
            .end();
    }
    let cipher_data = |writer: &mut Writer, value: &str| {
        writer
            .start(xenc, "CipherData")
            .element(xenc, "CipherValue", value)
            .end();
    };
    writer.end();
    cipher_data(&mut writer, &transported);
    writer.end().end();
    cipher_data(&mut writer, &content);
    writer.end();
    Ok(writer.finish()?)
}

/// XML encryption 1.1 §5.2.4: the nonce, the text, the tag.
fn sealed(
    element: &str,
    key: &[u8],
    algorithm: &'static aead::Algorithm,
) -> Result<Vec<u8>, EncryptError> {
    let key = UnboundKey::new(algorithm, key).map_err(|_| EncryptError::Failed)?;
    let nonce = random::bytes::<NONCE_LEN>()?;
    let mut text = element.as_bytes().to_vec();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text)
        .map_err(|_| EncryptError::Failed)?;
    Ok([nonce.as_slice(), &text].concat())
}

fn transported(
    key: &[u8],
    to: &PublicKey,
    algorithm: &'static OaepAlgorithm,
) -> Result<Vec<u8>, EncryptError> {
    let failed = |_| EncryptError::Failed;
    let public = PublicEncryptingKey::from_der(to.info()).map_err(|_| EncryptError::Failed)?;
    let public = OaepPublicEncryptingKey::new(public).map_err(failed)?;
    let mut sealed = vec![0; public.ciphertext_size()];
    let length = public
        .encrypt(algorithm, key, &mut sealed, None)
        .map_err(failed)?
        .len();
    sealed.truncate(length);
    Ok(sealed)
}
