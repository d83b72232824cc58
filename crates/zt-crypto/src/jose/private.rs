//! Our own keys while they sign.

use super::JoseError;
use super::public::PublicMembers;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;
use zt_federation::SigningAlgorithm;

/// A key pair, read once: reading it again for each token would take as long as signing.
pub(super) enum PrivateKey {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl PrivateKey {
    /// Draws a key, also as PKCS#8. An RSA key takes a good tenth of a second, the others no time.
    pub(super) fn generate(
        algorithm: SigningAlgorithm,
    ) -> Result<(Self, Zeroizing<Vec<u8>>), JoseError> {
        let failed = |_| JoseError::NotMade;
        let (key, pkcs8) = match algorithm {
            SigningAlgorithm::Es256 => {
                let pair =
                    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
                let pkcs8 = pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec();
                (Self::Ec(pair), pkcs8)
            }
            SigningAlgorithm::Rs256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
                let pkcs8 = der.as_ref().to_vec();
                (Self::Rsa(pair), pkcs8)
            }
            SigningAlgorithm::EdDsa => {
                let pair = Ed25519KeyPair::generate().map_err(failed)?;
                let pkcs8 = pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec();
                (Self::Ed(pair), pkcs8)
            }
        };
        Ok((key, Zeroizing::new(pkcs8)))
    }

    pub(super) fn from_pkcs8(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Option<Self> {
        match algorithm {
            SigningAlgorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
                    .ok()
                    .map(Self::Ec)
            }
            SigningAlgorithm::Rs256 => RsaKeyPair::from_pkcs8(pkcs8).ok().map(Self::Rsa),
            SigningAlgorithm::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8).ok().map(Self::Ed),
        }
    }

    /// The public half.
    pub(super) fn public(&self) -> Option<PublicMembers> {
        match self {
            Self::Ec(pair) => PublicMembers::of_point(pair.public_key().as_ref()),
            Self::Rsa(pair) => {
                let public = pair.public_key();
                Some(PublicMembers::Rsa {
                    n: URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
                    e: URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
                })
            }
            Self::Ed(pair) => Some(PublicMembers::Ed {
                x: URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()),
            }),
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        let failed = |_| JoseError::NotSigned;
        match self {
            Self::Ec(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )
                .map_err(failed)?;
                Ok(signature)
            }
            Self::Ed(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}
