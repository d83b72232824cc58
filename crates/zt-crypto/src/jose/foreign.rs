//! Tokens that somebody else signed: assertions and request objects of clients, tokens of other issuers.
//!
//! [`KeySet::parse`] reads whose they may be, [`Unverified::parse`] what came, [`Unverified::verify`] says whether the one
//! goes with the other. An algorithm must be one that the caller accepts, one that fits the key's type, and the one that the
//! key names, if it names any (RFC 8725 §3.1, §3.2). Where a header says that keys are (`jku`, `x5u`, `jwk`, `x5c`) is not
//! looked at. Time, issuer, audience and `typ` are the caller's to judge.

use super::compact::{Compact, NotRead};
use super::jwk::{Jwk, NotUsed};
pub use super::public::Algorithm;
use aws_lc_rs::signature::ParsedPublicKey;
use serde_json::Value;
use zt_types::Json;

/// A key set longer than this is not read, in bytes.
const LONGEST_SET: usize = 64 * 1024;
/// More keys than this are none of one client.
const MOST_KEYS: usize = 64;
/// So many keys are tried on one token, which may not say which one it is.
const MOST_TRIES: usize = 8;
/// Key sets nest this deep at most.
const SET_DEPTH: usize = 16;

/// Why a text is no set of public keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not the JSON of a key set, or longer than one is.
    #[error("this is not a JSON Web Key Set")]
    Malformed,
    /// It gives away a private key or a shared secret, which whoever wrote it must replace.
    #[error("the key set holds a private key or a shared secret: only public keys belong there")]
    Private,
    /// Nothing in it is a key that we can use.
    #[error(
        "no key of the set can be used: P-256, Ed25519 or RSA with 2048 to 4096 bits, for signatures"
    )]
    NoKey,
}

/// Why a token does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ForeignRefusal {
    /// Not a signed JWT, or not written in the one way there is.
    #[error("this is not a signed token")]
    Malformed,
    /// Encrypted, which we do not read.
    #[error("the token is encrypted")]
    Encrypted,
    /// It demands that we know an extension.
    #[error("the token demands an extension that we do not know")]
    Critical,
    /// Not signed, or with an algorithm that is not accepted here.
    #[error("the token is not signed with an algorithm that is accepted here")]
    Algorithm,
    /// There is no key that it could be signed with.
    #[error("there is no key that fits the token")]
    NoKey,
    /// The key in its header gives its private half away.
    #[error("the token shows a private key")]
    PrivateKey,
    /// The signature does not fit.
    #[error("the token's signature does not fit")]
    BadSignature,
}

impl From<NotRead> for ForeignRefusal {
    fn from(why: NotRead) -> Self {
        match why {
            NotRead::Malformed => Self::Malformed,
            NotRead::Encrypted => Self::Encrypted,
            NotRead::Critical => Self::Critical,
        }
    }
}

/// Somebody's public keys.
#[derive(Debug, Clone)]
pub struct KeySet {
    keys: Vec<Key>,
}

/// A key with one of its algorithms.
#[derive(Debug, Clone)]
struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    key: ParsedPublicKey,
}

impl KeySet {
    /// Reads a JSON Web Key Set. Keys that we cannot use are left out (RFC 7517 §5).
    ///
    /// # Errors
    /// [`KeySetError`].
    pub fn parse(text: &str) -> Result<Self, KeySetError> {
        if text.len() > LONGEST_SET {
            return Err(KeySetError::Malformed);
        }
        let Ok(Json::Object(set)) = Json::parse(text.as_bytes(), SET_DEPTH) else {
            return Err(KeySetError::Malformed);
        };
        let list = match set.get("keys") {
            Some(Json::List(list)) if list.len() <= MOST_KEYS => list,
            _ => return Err(KeySetError::Malformed),
        };
        let mut keys = Vec::new();
        for entry in list {
            let Json::Object(members) = entry else {
                return Err(KeySetError::Malformed);
            };
            match Jwk::read(members) {
                Ok(jwk) => keys.extend(Key::all_of(&jwk)),
                Err(NotUsed::Private) => return Err(KeySetError::Private),
                Err(NotUsed::Unusable) => {}
            }
        }
        if keys.is_empty() {
            return Err(KeySetError::NoKey);
        }
        Ok(Self { keys })
    }
}

impl Key {
    fn all_of(jwk: &Jwk) -> Vec<Self> {
        let algorithms = jwk.algorithms.iter();
        algorithms
            .filter_map(|algorithm| {
                Some(Self {
                    kid: jwk.kid.clone(),
                    algorithm: *algorithm,
                    key: jwk.members.verifying(*algorithm)?,
                })
            })
            .collect()
    }
}

/// A token as it came. Nothing in it has been verified.
#[derive(Debug, Clone)]
pub struct Unverified {
    compact: Compact,
    claims: Value,
}

/// A token that was signed with one of somebody's keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// The `typ` header, as it is written.
    pub typ: Option<String>,
    /// What it is signed with.
    pub algorithm: Algorithm,
    /// Its claims, a JSON object. No member stands twice in it.
    pub claims: Value,
}

impl Unverified {
    /// Reads a token.
    ///
    /// # Errors
    /// [`ForeignRefusal::Malformed`], [`ForeignRefusal::Encrypted`], [`ForeignRefusal::Critical`].
    pub fn parse(token: &str) -> Result<Self, ForeignRefusal> {
        let compact = Compact::parse(token)?;
        let claims = compact.claims()?;
        Ok(Self { compact, claims })
    }

    /// What it says of itself, in a claim that is a text: to find out whose keys it is to be verified with (RFC 7523 §3),
    /// and for nothing else.
    #[must_use]
    pub fn claimed(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }

    /// Verifies it with somebody's keys.
    ///
    /// # Errors
    /// [`ForeignRefusal`]: the first thing wrong with it.
    pub fn verify(self, keys: &KeySet, accepted: &[Algorithm]) -> Result<Verified, ForeignRefusal> {
        let algorithm = algorithm(&self.compact, accepted)?;
        let kid = self.compact.text("kid")?;
        // A key without a name may be any; a token without one may be signed with any.
        let is_named = |key: &Key| match (kid, key.kid.as_deref()) {
            (Some(wanted), Some(is)) => wanted == is,
            _ => true,
        };
        let mut fitting = keys
            .keys
            .iter()
            .filter(|key| key.algorithm == algorithm && is_named(key))
            .take(MOST_TRIES)
            .peekable();
        if fitting.peek().is_none() {
            return Err(ForeignRefusal::NoKey);
        }
        if !fitting.any(|key| self.compact.is_signed_with(&key.key)) {
            return Err(ForeignRefusal::BadSignature);
        }
        self.verified(algorithm)
    }

    /// The key in its header, as [`super::embedded`] reads it.
    pub(super) fn verify_embedded(
        self,
        accepted: &[Algorithm],
    ) -> Result<(Verified, String), ForeignRefusal> {
        let algorithm = algorithm(&self.compact, accepted)?;
        let Some(Json::Object(members)) = self.compact.header.get("jwk") else {
            return Err(ForeignRefusal::NoKey);
        };
        let jwk = Jwk::read(members).map_err(|why| match why {
            NotUsed::Private => ForeignRefusal::PrivateKey,
            NotUsed::Unusable => ForeignRefusal::NoKey,
        })?;
        if !jwk.algorithms.contains(&algorithm) {
            return Err(ForeignRefusal::NoKey);
        }
        let key = jwk.members.verifying(algorithm);
        if !self
            .compact
            .is_signed_with(&key.ok_or(ForeignRefusal::NoKey)?)
        {
            return Err(ForeignRefusal::BadSignature);
        }
        let thumbprint = jwk.members.thumbprint();
        Ok((self.verified(algorithm)?, thumbprint))
    }

    fn verified(self, algorithm: Algorithm) -> Result<Verified, ForeignRefusal> {
        Ok(Verified {
            typ: self.compact.text("typ")?.map(str::to_owned),
            algorithm,
            claims: self.claims,
        })
    }
}

/// RFC 8725 §3.1: which algorithms count is not the token's to say.
fn algorithm(compact: &Compact, accepted: &[Algorithm]) -> Result<Algorithm, ForeignRefusal> {
    let name = compact.text("alg")?.ok_or(ForeignRefusal::Malformed)?;
    Algorithm::named(name)
        .filter(|algorithm| accepted.contains(algorithm))
        .ok_or(ForeignRefusal::Algorithm)
}

#[cfg(test)]
mod tests;
