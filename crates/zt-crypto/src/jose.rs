//! Signed tokens: JWTs of ours with their keys, the published key set and rotation as data; and JWTs of others.
//!
//! * [`Keyring`]: what we sign and verify with. ES256; for what clients verify also RS256 and EdDSA.
//! * [`foreign`]: what somebody else signed, whose keys we have. [`embedded`]: what brings its key along.
//!
//! Each kind of token has a `typ` of its own (RFC 8725 §3.11), so that one never passes as another, and each purpose has
//! keys of its own. A key is published as *next* before it signs, and stays published as *retired* until the last token it
//! signed is over.

mod compact;
pub mod embedded;
pub mod foreign;
mod jwk;
mod keyring;
mod private;
mod public;

pub use keyring::{KeyPurpose, KeyState, Keyring, TokenKeyRecord};
pub use public::PublicMembers;

use crate::random::NoRandomness;
use crate::seal::SealError;
use aws_lc_rs::digest::{SHA256, SHA512, digest};
use aws_lc_rs::signature::ParsedPublicKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use compact::{Compact, NotRead};
use private::PrivateKey;
use public::Algorithm;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use zt_federation::SigningAlgorithm;
use zt_types::Timestamp;

/// Why a key cannot be used or a token cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum JoseError {
    /// No key of this algorithm and purpose signs.
    #[error("there is no active {0} key for {1} tokens")]
    NoActiveKey(&'static str, &'static str),
    /// A kept key is not one.
    #[error("the token key `{0}` cannot be used")]
    BadKey(String),
    /// A key could not be made.
    #[error("a token key cannot be made")]
    NotMade,
    /// The claims are not a JSON object, or signing failed.
    #[error("the token cannot be signed")]
    NotSigned,
    /// The key does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No key could be drawn.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// Why a token does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// Not a JWT, or not with the claims it must have.
    #[error("this is not a token of the right form")]
    Malformed,
    /// Signed with another algorithm, made for another purpose, or with critical headers we do not know.
    #[error("the token is of another type")]
    WrongType,
    /// Signed with a key that is not ours or no longer published.
    #[error("the token is signed with a key we do not know")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature does not fit")]
    BadSignature,
    /// Made by somebody else.
    #[error("the token comes from another issuer")]
    WrongIssuer,
    /// Made for somebody else.
    #[error("the token is for another audience")]
    WrongAudience,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
}

impl From<NotRead> for TokenRefusal {
    fn from(why: NotRead) -> Self {
        match why {
            NotRead::Malformed => Self::Malformed,
            NotRead::Encrypted | NotRead::Critical => Self::WrongType,
        }
    }
}

/// What a token of ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenKind {
    /// The identity that the gateway gives an application with each request.
    GatewayIdentity,
    /// An ID token (OpenID Connect Core 1.0 §2).
    IdToken,
    /// A logout token (OpenID Connect Back-Channel Logout 1.0 §2.4).
    LogoutToken,
    /// What UserInfo tells (OpenID Connect Core 1.0 §5.3.2).
    UserInfo,
    /// An access token (RFC 9068).
    AccessToken,
}

impl TokenKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::GatewayIdentity,
        Self::IdToken,
        Self::LogoutToken,
        Self::UserInfo,
        Self::AccessToken,
    ];

    /// The `typ` header.
    #[must_use]
    pub const fn typ(self) -> &'static str {
        match self {
            Self::GatewayIdentity => "sekisho-identity+jwt",
            Self::IdToken => "JWT",
            // OpenID Connect Back-Channel Logout 1.0 §2.4.
            Self::LogoutToken => "logout+jwt",
            // RFC 8725 §3.11: signed with the same keys as ID tokens, and none.
            Self::UserInfo => "userinfo+jwt",
            // RFC 9068 §2.1.
            Self::AccessToken => "at+jwt",
        }
    }

    /// Whose keys sign it.
    #[must_use]
    pub const fn keys(self) -> KeyPurpose {
        match self {
            Self::GatewayIdentity => KeyPurpose::GatewayIdentity,
            // OpenID Connect Back-Channel Logout 1.0 §2.6: clients verify the one as they verify the other.
            Self::IdToken | Self::LogoutToken | Self::UserInfo => KeyPurpose::IdToken,
            Self::AccessToken => KeyPurpose::AccessToken,
        }
    }
}

/// What a token must be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Of which kind.
    pub kind: TokenKind,
    /// From whom (`iss`).
    pub issuer: &'a str,
    /// For whom (`aud` is it or contains it).
    pub audience: &'a str,
}

/// Signs the tokens of one kind. Cheap to clone into a task.
#[derive(Clone)]
pub struct Signer {
    kind: TokenKind,
    algorithm: SigningAlgorithm,
    kid: String,
    /// The header as it begins every token, with its full stop.
    head: String,
    key: Arc<PrivateKey>,
}

impl Signer {
    fn new(
        kind: TokenKind,
        algorithm: SigningAlgorithm,
        kid: String,
        key: Arc<PrivateKey>,
    ) -> Self {
        let header = json!({ "alg": algorithm.as_str(), "typ": kind.typ(), "kid": kid });
        let head = format!("{}.", URL_SAFE_NO_PAD.encode(header.to_string()));
        Self {
            kind,
            algorithm,
            kid,
            head,
            key,
        }
    }

    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Makes a token of `claims`, which must be a JSON object.
    ///
    /// # Errors
    /// [`JoseError::NotSigned`].
    pub fn sign<C: Serialize>(&self, claims: &C) -> Result<String, JoseError> {
        let claims = serde_json::to_vec(claims).map_err(|_| JoseError::NotSigned)?;
        if claims.first() != Some(&b'{') {
            return Err(JoseError::NotSigned);
        }
        // For what follows: the claims in base64, the longest signature and a full stop.
        let mut token = String::with_capacity(self.head.len() + claims.len().div_ceil(3) * 4 + 344);
        token.push_str(&self.head);
        URL_SAFE_NO_PAD.encode_string(&claims, &mut token);
        let signature = self.key.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({:?}, {})", self.kind, self.kid)
    }
}

/// The hash by which an ID token names the access token given with it (`at_hash`, OpenID Connect Core 1.0 §3.1.3.6): the
/// left half of the hash that the ID token's algorithm uses, which for Ed25519 is SHA-512 (RFC 8032 §5.1).
#[must_use]
pub fn at_hash(algorithm: SigningAlgorithm, access_token: &str) -> String {
    let hash = match algorithm {
        SigningAlgorithm::Es256 | SigningAlgorithm::Rs256 => &SHA256,
        SigningAlgorithm::EdDsa => &SHA512,
    };
    let hashed = digest(hash, access_token.as_bytes());
    let half = hashed.as_ref().iter().take(hash.output_len() / 2);
    URL_SAFE_NO_PAD.encode(half.copied().collect::<Vec<u8>>())
}

/// The public half of a key.
struct Verifier {
    kid: String,
    purpose: KeyPurpose,
    algorithm: SigningAlgorithm,
    key: ParsedPublicKey,
}

impl Keyring {
    /// Verifies a token and reads its claims.
    ///
    /// # Errors
    /// [`TokenRefusal`]: the first thing wrong with it.
    pub fn verify<C: DeserializeOwned>(
        &self,
        token: &str,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<C, TokenRefusal> {
        let claims = self.signed(token, expected.kind)?;
        judge_claims(&claims, expected, now)?;
        serde_json::from_value(claims).map_err(|_| TokenRefusal::Malformed)
    }

    /// The claims of a token of that kind that we signed, whenever and for whomever: for hints (OpenID Connect
    /// RP-Initiated Logout 1.0 §2), which may be over. A hint whose key is published no more is one of an unknown key.
    ///
    /// # Errors
    /// [`TokenRefusal`], none about claims.
    pub fn signed(&self, token: &str, kind: TokenKind) -> Result<Value, TokenRefusal> {
        let compact = Compact::parse(token)?;
        // RFC 8725 §3.1, §3.11.
        if compact.text("typ")? != Some(kind.typ()) {
            return Err(TokenRefusal::WrongType);
        }
        let algorithm = compact.text("alg")?.ok_or(TokenRefusal::Malformed)?;
        let algorithm = Algorithm::named(algorithm).ok_or(TokenRefusal::WrongType)?;
        let kid = compact.text("kid")?.ok_or(TokenRefusal::UnknownKey)?;
        let verifier = self
            .verifiers
            .iter()
            .find(|key| key.kid == kid)
            .ok_or(TokenRefusal::UnknownKey)?;
        if verifier.purpose != kind.keys() || Algorithm::from(verifier.algorithm) != algorithm {
            return Err(TokenRefusal::WrongType);
        }
        if !compact.is_signed_with(&verifier.key) {
            return Err(TokenRefusal::BadSignature);
        }
        Ok(compact.claims()?)
    }
}

fn judge_claims(
    claims: &Value,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<(), TokenRefusal> {
    if claims.get("iss").and_then(Value::as_str) != Some(expected.issuer) {
        return Err(TokenRefusal::WrongIssuer);
    }
    // RFC 7519 §4.1.3: one, or a list of them.
    let is_audience = |value: &Value| value.as_str() == Some(expected.audience);
    let for_us = match claims.get("aud") {
        Some(Value::Array(list)) => list.iter().any(is_audience),
        Some(one) => is_audience(one),
        None => false,
    };
    if !for_us {
        return Err(TokenRefusal::WrongAudience);
    }
    let seconds = |claim: &str| {
        claims
            .get(claim)
            .map(|value| value.as_i64().ok_or(TokenRefusal::Malformed))
            .transpose()
    };
    let expires = seconds("exp")?.ok_or(TokenRefusal::Malformed)?;
    if now.as_seconds() >= expires {
        return Err(TokenRefusal::Expired);
    }
    match seconds("nbf")? {
        Some(begins) if now.as_seconds() < begins => Err(TokenRefusal::NotYetValid),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
