//! The keys of tokens: made, kept sealed, rotated, published.

use super::{JoseError, Signer, Verifier};
use crate::hash::sha256;
use crate::seal::{MasterKey, SealedKind};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use zt_types::{Seconds, Timestamp};

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPurpose {
    /// The identity that the gateway gives an application with each request.
    GatewayIdentity,
    /// OpenID Connect ID tokens.
    IdToken,
    /// Access tokens (RFC 9068).
    AccessToken,
}

impl KeyPurpose {
    /// All purposes.
    pub const ALL: [Self; 3] = [Self::GatewayIdentity, Self::IdToken, Self::AccessToken];

    /// The `typ` header of its tokens.
    #[must_use]
    pub const fn typ(self) -> &'static str {
        match self {
            Self::GatewayIdentity => "sekisho-identity+jwt",
            Self::IdToken => "JWT",
            // RFC 9068 §2.1.
            Self::AccessToken => "at+jwt",
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
    /// What it signs.
    pub purpose: KeyPurpose,
    /// Where it is in its life.
    pub state: KeyState,
    /// When it came into that state.
    pub since: Timestamp,
    /// The public point's x, base64url.
    pub x: String,
    /// The public point's y, base64url.
    pub y: String,
    /// PKCS#8, sealed.
    pub sealed: String,
}

impl TokenKeyRecord {
    /// Makes a key that signs nothing yet.
    ///
    /// # Errors
    /// [`JoseError::NotSigned`] if no key could be made, [`JoseError::Seal`].
    pub fn generate(
        master: &MasterKey,
        purpose: KeyPurpose,
        now: Timestamp,
    ) -> Result<Self, JoseError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_| JoseError::NotSigned)?;
        // SEC 1 §2.3.3, uncompressed: 04 ‖ x ‖ y.
        let point = pair.public_key().as_ref();
        let (Some(x), Some(y)) = (point.get(1..33), point.get(33..65)) else {
            return Err(JoseError::NotSigned);
        };
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let kid = thumbprint(&x, &y);
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| JoseError::NotSigned)?;
        let sealed = master.seal(SealedKind::TokenKey, &kid, pkcs8.as_ref())?;
        Ok(Self {
            kid,
            purpose,
            state: KeyState::Next,
            since: now,
            x,
            y,
            sealed,
        })
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
    pub(super) signers: Vec<(KeyPurpose, Signer)>,
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
            let key = DecodingKey::from_ec_components(&record.x, &record.y).map_err(|_| bad())?;
            if thumbprint(&record.x, &record.y) != record.kid {
                return Err(bad());
            }
            verifiers.push(Verifier {
                kid: record.kid.clone(),
                purpose: record.purpose,
                key,
            });
            if record.state == KeyState::Active {
                let pkcs8 = master.open(SealedKind::TokenKey, &record.kid, &record.sealed)?;
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8)
                    .map_err(|_| bad())?;
                let published = [vec![4], decode(&record.x), decode(&record.y)].concat();
                if pair.public_key().as_ref() != published {
                    return Err(bad());
                }
                let mut header = Header::new(Algorithm::ES256);
                header.typ = Some(record.purpose.typ().to_owned());
                header.kid = Some(record.kid.clone());
                signers.push((
                    record.purpose,
                    Signer {
                        header,
                        key: EncodingKey::from_ec_der(&pkcs8),
                    },
                ));
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

    /// Signs tokens of `purpose`.
    ///
    /// # Errors
    /// [`JoseError::NoActiveKey`].
    pub fn signer(&self, purpose: KeyPurpose) -> Result<&Signer, JoseError> {
        let found = self.signers.iter().find(|(of, _)| *of == purpose);
        found
            .map(|(_, signer)| signer)
            .ok_or(JoseError::NoActiveKey(purpose.as_str()))
    }

    /// The JSON Web Key Set (RFC 7517 §5) of everything published.
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        let keys: Vec<_> = self
            .records
            .iter()
            .map(|key| {
                json!({
                    "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
                    "kid": key.kid, "x": key.x, "y": key.y,
                })
            })
            .collect();
        json!({ "keys": keys })
    }

    /// Every purpose with a key that signs and one that is next: what is there is kept, what is missing is made.
    ///
    /// # Errors
    /// As [`TokenKeyRecord::generate`].
    pub fn completed(
        mut records: Vec<TokenKeyRecord>,
        master: &MasterKey,
        now: Timestamp,
    ) -> Result<Vec<TokenKeyRecord>, JoseError> {
        for purpose in KeyPurpose::ALL {
            for state in [KeyState::Active, KeyState::Next] {
                if !records
                    .iter()
                    .any(|key| key.purpose == purpose && key.state == state)
                {
                    records.push(
                        TokenKeyRecord::generate(master, purpose, now)?.into_state(state, now),
                    );
                }
            }
        }
        Ok(records)
    }

    /// Moves the keys of `purpose` one step on: active becomes retired, next becomes active, `fresh` becomes next. Retired
    /// keys of any purpose that have been so for longer than `keep` are left out.
    #[must_use]
    pub fn rotated(
        records: Vec<TokenKeyRecord>,
        purpose: KeyPurpose,
        fresh: TokenKeyRecord,
        keep: Seconds,
        now: Timestamp,
    ) -> Vec<TokenKeyRecord> {
        let kept = records
            .into_iter()
            .filter(|key| key.state != KeyState::Retired || now.since(key.since) <= keep);
        let moved = kept.map(|key| match key.state {
            _ if key.purpose != purpose => key,
            KeyState::Active => key.into_state(KeyState::Retired, now),
            KeyState::Next => key.into_state(KeyState::Active, now),
            KeyState::Retired => key,
        });
        moved
            .chain([fresh.into_state(KeyState::Next, now)])
            .collect()
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(
                self.records
                    .iter()
                    .map(|key| (&key.kid, key.purpose, key.state)),
            )
            .finish()
    }
}

/// RFC 7638 §3.2, §3.3: the required members of an EC key in lexical order, without white space.
fn thumbprint(x: &str, y: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(
        format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes(),
    ))
}

fn decode(coordinate: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(coordinate).unwrap_or_default()
}
