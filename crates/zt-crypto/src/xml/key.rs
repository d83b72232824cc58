//! Our own keys while they sign.

use super::algorithm::SignatureAlgorithm;
use super::sign::SignedInfo;
use crate::ca;
use crate::random::NoRandomness;
use crate::seal::SealError;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use rcgen::{
    CertificateParams, IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use zeroize::Zeroizing;
use zt_federation::saml::XmlAlgorithm;
use zt_federation::xml::{Unsigned, WriteError};
use zt_types::{Seconds, Timestamp};

/// How long the certificate is valid that a key is published in. It says so because it must: who trusts the key does so because
/// of the metadata that it stands in.
pub(super) const CERTIFICATE_LIFETIME: Seconds = Seconds::days(3650);
/// It begins this long before it is made: clocks elsewhere run behind.
const BACKDATE: Seconds = Seconds::hours(1);

/// Why a key cannot be used, or nothing can be signed with it.
#[derive(Debug, thiserror::Error)]
pub enum SamlKeyError {
    /// No key of this algorithm signs.
    #[error("there is no active `{0}` key for SAML")]
    NoActiveKey(&'static str),
    /// A kept key is not one, or its certificate belongs to another.
    #[error("the SAML key `{0}` cannot be used")]
    BadKey(String),
    /// A key could not be made.
    #[error("a SAML key cannot be made")]
    NotMade,
    /// A certificate could not be made.
    #[error("the certificate of a SAML key cannot be made")]
    Certificate(#[from] ca::AuthorityError),
    /// Signing failed.
    #[error("the message cannot be signed")]
    NotSigned,
    /// The signature cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The key does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No key could be drawn.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

/// A key that signs messages, with its certificate.
pub struct SamlKey {
    pair: Pair,
    certificate: Vec<u8>,
}

impl SamlKey {
    /// Opens a key of ours; nothing if it is none of that algorithm.
    pub(super) fn open(
        algorithm: XmlAlgorithm,
        pkcs8: &[u8],
        certificate: Vec<u8>,
    ) -> Option<Self> {
        let pair = match algorithm {
            XmlAlgorithm::RsaSha256 => Pair::Rsa(RsaKeyPair::from_pkcs8(pkcs8).ok()?),
            XmlAlgorithm::EcdsaSha256 => {
                Pair::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).ok()?)
            }
        };
        Some(Self { pair, certificate })
    }

    /// Its public half, as [`super::public::PublicKey::raw`] has it.
    pub(super) fn public(&self) -> &[u8] {
        match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_ref(),
            Pair::Ec(pair) => pair.public_key().as_ref(),
        }
    }

    /// What it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> XmlAlgorithm {
        match self.pair {
            Pair::Rsa(_) => XmlAlgorithm::RsaSha256,
            Pair::Ec(_) => XmlAlgorithm::EcdsaSha256,
        }
    }

    /// The certificate that it is published in, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The document with its signature where its writer marked the place.
    ///
    /// # Errors
    /// [`SamlKeyError::NotSigned`].
    pub fn sign(&self, unsigned: &Unsigned) -> Result<String, SamlKeyError> {
        let algorithm = match self.pair {
            Pair::Rsa(_) => SignatureAlgorithm::RsaSha256,
            Pair::Ec(_) => SignatureAlgorithm::EcdsaSha256,
        };
        let info = SignedInfo::of(unsigned, algorithm);
        let signature = self.sign_octets(info.octets()?.as_bytes())?;
        Ok(info.signed(&signature, &self.certificate)?)
    }

    /// A signature over octets, for a query (SAML bindings §3.4.4.1).
    ///
    /// # Errors
    /// [`SamlKeyError::NotSigned`].
    pub fn sign_octets(&self, octets: &[u8]) -> Result<Vec<u8>, SamlKeyError> {
        let failed = |_| SamlKeyError::NotSigned;
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    octets,
                    &mut signature,
                )
                .map_err(failed)?;
                Ok(signature)
            }
            // XML signature 1.1 §6.4.3: both numbers, one after the other, not in DER.
            Pair::Ec(pair) => {
                let signature = pair.sign(&SystemRandom::new(), octets).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

impl std::fmt::Debug for SamlKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SamlKey({})", self.algorithm().as_str())
    }
}

/// Draws a key; gives it as PKCS#8. An RSA key takes a good tenth of a second.
pub(super) fn drawn(algorithm: XmlAlgorithm) -> Result<Zeroizing<Vec<u8>>, SamlKeyError> {
    let failed = |_| SamlKeyError::NotMade;
    let pkcs8 = match algorithm {
        XmlAlgorithm::RsaSha256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
            let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
            der.as_ref().to_vec()
        }
        XmlAlgorithm::EcdsaSha256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
            pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec()
        }
    };
    Ok(Zeroizing::new(pkcs8))
}

/// A certificate by the key for itself, DER: the form in which SAML metadata has keys (SAML metadata interoperability profile
/// §2.6.1).
pub(super) fn certified(
    algorithm: XmlAlgorithm,
    pkcs8: &[u8],
    organisation: &str,
    now: Timestamp,
) -> Result<Vec<u8>, SamlKeyError> {
    let signature = match algorithm {
        XmlAlgorithm::RsaSha256 => &PKCS_RSA_SHA256,
        XmlAlgorithm::EcdsaSha256 => &PKCS_ECDSA_P256_SHA256,
    };
    let pkcs8 = PrivatePkcs8KeyDer::from(pkcs8);
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, signature)
        .map_err(|_| SamlKeyError::NotMade)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = ca::subject(organisation, "Sekisho SAML signing");
    params.serial_number = Some(ca::random_serial()?);
    params.not_before = ca::calendar(now - BACKDATE)?;
    params.not_after = ca::calendar(now + CERTIFICATE_LIFETIME)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let certificate = params.self_signed(&key).map_err(ca::AuthorityError::from)?;
    Ok(certificate.der().to_vec())
}
