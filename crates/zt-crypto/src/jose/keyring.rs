//! The keys of tokens: made, kept sealed, rotated, published.

use super::private::PrivateKey;
use super::public::PublicMembers;
use super::{JoseError, Signer, TokenKind, Verifier};
use crate::seal::{MasterKey, SealedKind};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use zt_federation::SigningAlgorithm;
use zt_types::{Seconds, Timestamp};

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPurpose {
    /// The identity that the gateway gives an application with each request.
    GatewayIdentity,
    /// OpenID Connect ID tokens, and what else clients verify as they verify those.
    IdToken,
    /// Access tokens (RFC 9068).
    AccessToken,
}

impl KeyPurpose {
    /// All purposes.
    pub const ALL: [Self; 3] = [Self::GatewayIdentity, Self::IdToken, Self::AccessToken];

    /// What its keys sign with: each has a key for each of these. Only clients choose.
    #[must_use]
    pub const fn algorithms(self) -> &'static [SigningAlgorithm] {
        match self {
            Self::IdToken => &SigningAlgorithm::ALL,
            Self::GatewayIdentity | Self::AccessToken => &[SigningAlgorithm::Es256],
        }
    }

    /// The slug.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GatewayIdentity => "gateway-identity",
            Self::IdToken => "id-token",
            Self::AccessToken => "access-token",
        }
    }
}

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyState {
    /// Published, does not sign yet.
    Next,
    /// Signs.
    Active,
    /// Signs no more; still published.
    Retired,
}

/// A key as it is kept: the private half is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenKeyRecord {
    /// Its id: the RFC 7638 thumbprint.
    pub kid: String,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// What it signs with. Keys that were kept before there was a choice do not say.
    #[serde(default = "es256")]
    pub algorithm: SigningAlgorithm,
    /// Where it is in its life.
    pub state: KeyState,
    /// When it came into that state.
    pub since: Timestamp,
    /// The public half.
    #[serde(flatten)]
    pub public: PublicMembers,
    /// PKCS#8, sealed.
    pub sealed: String,
}

const fn es256() -> SigningAlgorithm {
    SigningAlgorithm::Es256
}

impl TokenKeyRecord {
    /// Makes a key that signs nothing yet. One for RS256 takes a good tenth of a second.
    ///
    /// # Errors
    /// [`JoseError::NotMade`], [`JoseError::Seal`].
    pub fn generate(
        master: &MasterKey,
        purpose: KeyPurpose,
        algorithm: SigningAlgorithm,
        now: Timestamp,
    ) -> Result<Self, JoseError> {
        let (key, pkcs8) = PrivateKey::generate(algorithm)?;
        let public = key.public().ok_or(JoseError::NotMade)?;
        let kid = public.thumbprint();
        let sealed = master.seal(SealedKind::TokenKey, &kid, &pkcs8)?;
        Ok(Self {
            kid,
            purpose,
            algorithm,
            state: KeyState::Next,
            since: now,
            public,
            sealed,
        })
    }

    /// Whether it is one of those of which one at a time signs.
    fn is_of(&self, purpose: KeyPurpose, algorithm: SigningAlgorithm) -> bool {
        self.purpose == purpose && self.algorithm == algorithm
    }

    const fn into_state(mut self, state: KeyState, now: Timestamp) -> Self {
        self.state = state;
        self.since = now;
        self
    }
}

/// All token keys, opened and ready.
pub struct Keyring {
    records: Vec<TokenKeyRecord>,
    signers: Vec<Signer>,
    pub(super) verifiers: Vec<Verifier>,
}

impl Keyring {
    /// Opens the kept keys. There may be none.
    ///
    /// # Errors
    /// [`JoseError::Seal`] if one does not open, [`JoseError::BadKey`] if one is not a key.
    pub fn open(master: &MasterKey, records: Vec<TokenKeyRecord>) -> Result<Self, JoseError> {
        let (mut signers, mut verifiers) = (Vec::new(), Vec::new());
        for record in &records {
            let bad = || JoseError::BadKey(record.kid.clone());
            let key = record.public.verifying(record.algorithm.into());
            if record.public.thumbprint() != record.kid {
                return Err(bad());
            }
            verifiers.push(Verifier {
                kid: record.kid.clone(),
                purpose: record.purpose,
                algorithm: record.algorithm,
                key: key.ok_or_else(bad)?,
            });
            if record.state == KeyState::Active {
                let pkcs8 = master.open(SealedKind::TokenKey, &record.kid, &record.sealed)?;
                let key = PrivateKey::from_pkcs8(record.algorithm, &pkcs8).ok_or_else(bad)?;
                if key.public().as_ref() != Some(&record.public) {
                    return Err(bad());
                }
                let key = Arc::new(key);
                let kinds = TokenKind::ALL.into_iter();
                for kind in kinds.filter(|kind| kind.keys() == record.purpose) {
                    let (kid, key) = (record.kid.clone(), Arc::clone(&key));
                    signers.push(Signer::new(kind, record.algorithm, kid, key));
                }
            }
        }
        Ok(Self {
            records,
            signers,
            verifiers,
        })
    }

    /// The keys as they are kept.
    #[must_use]
    pub fn records(&self) -> &[TokenKeyRecord] {
        &self.records
    }

    /// Signs tokens of `kind` with ES256, which every purpose has.
    ///
    /// # Errors
    /// [`JoseError::NoActiveKey`].
    pub fn signer(&self, kind: TokenKind) -> Result<&Signer, JoseError> {
        self.signer_for(kind, SigningAlgorithm::Es256)
    }

    /// Signs tokens of `kind` as a client expects them.
    ///
    /// # Errors
    /// [`JoseError::NoActiveKey`]: the purpose has no keys of this algorithm.
    pub fn signer_for(
        &self,
        kind: TokenKind,
        algorithm: SigningAlgorithm,
    ) -> Result<&Signer, JoseError> {
        self.signers
            .iter()
            .find(|signer| signer.kind == kind && signer.algorithm == algorithm)
            .ok_or(JoseError::NoActiveKey(
                algorithm.as_str(),
                kind.keys().as_str(),
            ))
    }

    /// The JSON Web Key Set (RFC 7517 §5) of everything published.
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        let keys: Vec<_> = self
            .records
            .iter()
            .map(|key| {
                let mut jwk = key.public.to_jwk();
                jwk.insert("use".to_owned(), json!("sig"));
                jwk.insert("alg".to_owned(), json!(key.algorithm.as_str()));
                jwk.insert("kid".to_owned(), json!(key.kid));
                jwk
            })
            .collect();
        json!({ "keys": keys })
    }

    /// Every purpose with a key that signs and one that is next, for each of its algorithms: what is there is kept, what
    /// is missing is made.
    ///
    /// # Errors
    /// As [`TokenKeyRecord::generate`].
    pub fn completed(
        mut records: Vec<TokenKeyRecord>,
        master: &MasterKey,
        now: Timestamp,
    ) -> Result<Vec<TokenKeyRecord>, JoseError> {
        for purpose in KeyPurpose::ALL {
            for algorithm in purpose.algorithms() {
                for state in [KeyState::Active, KeyState::Next] {
                    let there =
                        |key: &TokenKeyRecord| key.is_of(purpose, *algorithm) && key.state == state;
                    if !records.iter().any(there) {
                        let made = TokenKeyRecord::generate(master, purpose, *algorithm, now)?;
                        records.push(made.into_state(state, now));
                    }
                }
            }
        }
        Ok(records)
    }

    /// Moves the keys of the purpose and algorithm of `fresh` one step on: active becomes retired, next becomes active,
    /// `fresh` becomes next. Retired keys of any purpose that have been so for longer than `keep` are left out.
    #[must_use]
    pub fn rotated(
        records: Vec<TokenKeyRecord>,
        fresh: TokenKeyRecord,
        keep: Seconds,
        now: Timestamp,
    ) -> Vec<TokenKeyRecord> {
        let kept = records
            .into_iter()
            .filter(|key| key.state != KeyState::Retired || now.since(key.since) <= keep);
        let moved = kept.map(|key| match key.state {
            _ if !key.is_of(fresh.purpose, fresh.algorithm) => key,
            KeyState::Active => key.into_state(KeyState::Retired, now),
            KeyState::Next => key.into_state(KeyState::Active, now),
            KeyState::Retired => key,
        });
        let mut rotated: Vec<_> = moved.collect();
        rotated.push(fresh.into_state(KeyState::Next, now));
        rotated
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(
                self.records
                    .iter()
                    .map(|key| (&key.kid, key.purpose, key.algorithm, key.state)),
            )
            .finish()
    }
}
