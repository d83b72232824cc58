//! Public keys as JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037), and what signatures are verified with.

use crate::hash::sha256;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::ops::RangeInclusive;
use zt_federation::SigningAlgorithm;

/// What a signature can be made with (RFC 7518 §3.1, RFC 8037 §3.1). There is no symmetric one, and no `none`: a key that
/// is published can never pass for a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256, its salt as long as its hash.
    Ps256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Es256, Self::Rs256, Self::Ps256, Self::EdDsa];

    /// Its name, which is compared letter by letter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of a name in what others write. Libraries that follow RFC 9864 §2.2 write `Ed25519` where RFC 8037 has `EdDSA`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = if name == "Ed25519" { "EdDSA" } else { name };
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

impl From<SigningAlgorithm> for Algorithm {
    fn from(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::Es256 => Self::Es256,
            SigningAlgorithm::Rs256 => Self::Rs256,
            SigningAlgorithm::EdDsa => Self::EdDsa,
        }
    }
}

/// RSA keys have so many bits: fewer do not count (RFC 7518 §3.3), and with more whoever sends them costs us time.
const RSA_BITS: RangeInclusive<usize> = 2048..=4096;
/// Exponents of RSA keys, which must be odd: the smaller ones have a history, the larger ones cost time.
const RSA_EXPONENTS: RangeInclusive<u64> = 65_537..=0xffff_ffff;
/// Bytes of a coordinate of a P-256 point, and of an Ed25519 key.
const COORDINATE: usize = 32;

/// The members of a JSON Web Key that make the public key, base64url as they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PublicMembers {
    /// A point of P-256.
    Ec {
        /// Its x.
        x: String,
        /// Its y.
        y: String,
    },
    /// An RSA key.
    Rsa {
        /// Its modulus.
        n: String,
        /// Its exponent.
        e: String,
    },
    /// An Ed25519 key.
    Ed {
        /// The key.
        x: String,
    },
}

impl PublicMembers {
    /// The point `04 ‖ x ‖ y` (SEC 1 §2.3.3, uncompressed).
    pub(super) fn of_point(point: &[u8]) -> Option<Self> {
        Some(Self::Ec {
            x: URL_SAFE_NO_PAD.encode(point.get(1..33)?),
            y: URL_SAFE_NO_PAD.encode(point.get(33..65)?),
        })
    }

    /// What verifies signatures of `algorithm`, if this is a key for it and a good one.
    pub(super) fn verifying(&self, algorithm: Algorithm) -> Option<ParsedPublicKey> {
        match (self, algorithm) {
            (Self::Ec { x, y }, Algorithm::Es256) => {
                let point = [vec![4], coordinate(x)?, coordinate(y)?].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()
            }
            (Self::Ed { x }, Algorithm::EdDsa) => {
                ParsedPublicKey::new(&ED25519, coordinate(x)?).ok()
            }
            (Self::Rsa { n, e }, Algorithm::Rs256 | Algorithm::Ps256) => {
                let parameters = match algorithm {
                    Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                let (n, e) = (modulus(n)?, exponent(e)?);
                RsaPublicKeyComponents { n, e }
                    .to_parsed_public_key(parameters)
                    .ok()
            }
            _ => None,
        }
    }

    /// The key with its type, as it is published.
    pub(super) fn to_jwk(&self) -> Map<String, Value> {
        let members = match self {
            Self::Ec { x, y } => [("kty", "EC"), ("crv", "P-256"), ("x", x), ("y", y)].to_vec(),
            Self::Rsa { n, e } => [("kty", "RSA"), ("n", n), ("e", e)].to_vec(),
            Self::Ed { x } => [("kty", "OKP"), ("crv", "Ed25519"), ("x", x)].to_vec(),
        };
        members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect()
    }

    /// RFC 7638 §3.2, §3.3, RFC 8037 §2: the required members in lexical order, without white space. Members that are no
    /// base64url make a text that is no JSON, and the thumbprint of nothing else.
    pub(super) fn thumbprint(&self) -> String {
        let members = match self {
            Self::Ec { x, y } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#),
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Self::Ed { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
        };
        URL_SAFE_NO_PAD.encode(sha256(members.as_bytes()))
    }
}

/// Bytes of base64url, written in the one way there is (RFC 7515 §2): no padding, no bits that do not count.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn coordinate(text: &str) -> Option<Vec<u8>> {
    decoded(text).filter(|bytes| bytes.len() == COORDINATE)
}

/// RFC 7518 §6.3.1.1: without leading zeros.
fn modulus(text: &str) -> Option<Vec<u8>> {
    let bytes = decoded(text)?;
    let first = bytes.first().filter(|first| **first != 0)?;
    let bits = bytes.len() * 8 - first.leading_zeros() as usize;
    let is_odd = bytes.last().is_some_and(|last| last % 2 == 1);
    (is_odd && RSA_BITS.contains(&bits)).then_some(bytes)
}

fn exponent(text: &str) -> Option<Vec<u8>> {
    let bytes = decoded(text)?;
    let minimal = bytes.first().is_some_and(|first| *first != 0);
    if !minimal || bytes.len() > size_of::<u64>() {
        return None;
    }
    let value = bytes
        .iter()
        .fold(0u64, |all, byte| (all << 8) | u64::from(*byte));
    (value % 2 == 1 && RSA_EXPONENTS.contains(&value)).then_some(bytes)
}
