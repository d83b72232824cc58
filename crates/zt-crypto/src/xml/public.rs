//! Public keys of others, as their certificates have them.

use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;
use zt_federation::saml::KeyText;

/// Bits of an RSA key: fewer do not count, and with more whoever registers them costs us time.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Why something is not a key that we verify with or encrypt to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// Not a certificate.
    #[error("this is not a certificate")]
    NotACertificate,
    /// Not a key.
    #[error("this is not a public key")]
    NotAKey,
    /// Another kind of key, or another curve.
    #[error("the key is neither RSA nor on the curve P-256, P-384 or P-521")]
    Kind,
    /// An RSA key of a length that does not count.
    #[error("the RSA key has {0} bits; 2048 to 8192 are read")]
    Length(usize),
}

/// What kind of key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyType {
    Rsa,
    P256,
    P384,
    P521,
}

/// A public key.
///
/// Of its certificate nothing else counts: whoever put it into the record vouches for it, and a certificate that is over still
/// holds the key that was meant (SAML metadata interoperability profile §2.6.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    kind: KeyType,
    /// What the signature algorithms take: a PKCS#1 key or a point.
    raw: Vec<u8>,
    /// The whole, RFC 5280 §4.1.2.7.
    info: Vec<u8>,
}

impl PublicKey {
    /// The key of a certificate in DER.
    ///
    /// # Errors
    /// [`KeyRefusal`].
    pub fn of_certificate(der: &[u8]) -> Result<Self, KeyRefusal> {
        match X509Certificate::from_der(der) {
            Ok(([], certificate)) => Self::of_info(certificate.public_key()),
            _ => Err(KeyRefusal::NotACertificate),
        }
    }

    /// The key that a record has, in a certificate or by itself.
    ///
    /// # Errors
    /// [`KeyRefusal`].
    pub fn of_text(text: &KeyText) -> Result<Self, KeyRefusal> {
        let der = text.der();
        match Self::of_certificate(&der) {
            Err(KeyRefusal::NotACertificate) => {
                Self::of_key_info(&der).map_err(|refusal| match refusal {
                    KeyRefusal::NotAKey => KeyRefusal::NotACertificate,
                    other => other,
                })
            }
            other => other,
        }
    }

    /// A key by itself (`SubjectPublicKeyInfo`, RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// [`KeyRefusal`].
    pub fn of_key_info(der: &[u8]) -> Result<Self, KeyRefusal> {
        match SubjectPublicKeyInfo::from_der(der) {
            Ok(([], info)) => Self::of_info(&info),
            _ => Err(KeyRefusal::NotAKey),
        }
    }

    fn of_info(info: &SubjectPublicKeyInfo<'_>) -> Result<Self, KeyRefusal> {
        let kind = match info.parsed().map_err(|_| KeyRefusal::NotAKey)? {
            Parsed::RSA(rsa) => {
                let bits = bits(rsa.modulus);
                if !RSA_BITS.contains(&bits) {
                    return Err(KeyRefusal::Length(bits));
                }
                KeyType::Rsa
            }
            Parsed::EC(_) => curve(info).ok_or(KeyRefusal::Kind)?,
            _ => return Err(KeyRefusal::Kind),
        };
        Ok(Self {
            kind,
            raw: info.subject_public_key.data.to_vec(),
            info: info.raw.to_vec(),
        })
    }

    pub(super) const fn kind(&self) -> KeyType {
        self.kind
    }

    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    pub(super) fn info(&self) -> &[u8] {
        &self.info
    }
}

fn bits(modulus: &[u8]) -> usize {
    let zeros = modulus.iter().take_while(|octet| **octet == 0).count();
    let first = modulus.get(zeros).map_or(8, |octet| octet.leading_zeros());
    (modulus.len() - zeros) * 8 - first as usize
}

/// RFC 5480 §2.1.1.1: the curve by name.
fn curve(info: &SubjectPublicKeyInfo<'_>) -> Option<KeyType> {
    let parameters = info.algorithm.parameters.as_ref()?;
    match parameters.as_oid().ok()?.to_id_string().as_str() {
        "1.2.840.10045.3.1.7" => Some(KeyType::P256),
        "1.3.132.0.34" => Some(KeyType::P384),
        "1.3.132.0.35" => Some(KeyType::P521),
        _ => None,
    }
}
