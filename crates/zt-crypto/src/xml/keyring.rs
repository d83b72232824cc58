//! The keys of SAML: made, kept sealed, rotated, published.

use super::key::{SamlKey, SamlKeyError, certified, drawn};
use super::public::PublicKey;
use crate::hash::sha256;
use crate::jose::KeyState;
use crate::seal::{MasterKey, SealedKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use zt_federation::saml::XmlAlgorithm;
use zt_types::{Seconds, Timestamp};

/// A key as it is kept: the private half is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamlKeyRecord {
    /// Its id: the SHA-256 of its certificate.
    pub id: String,
    /// What it signs with.
    pub algorithm: XmlAlgorithm,
    /// Where it is in its life.
    pub state: KeyState,
    /// When it came into that state.
    pub since: Timestamp,
    /// Its certificate, DER in base64.
    pub certificate: String,
    /// PKCS#8, sealed.
    pub sealed: String,
}

impl SamlKeyRecord {
    /// Makes a key that signs nothing yet, with a certificate that names the organisation. One for RSA takes a good tenth of a
    /// second.
    ///
    /// # Errors
    /// [`SamlKeyError::NotMade`], [`SamlKeyError::Certificate`], [`SamlKeyError::Seal`].
    pub fn generate(
        master: &MasterKey,
        algorithm: XmlAlgorithm,
        organisation: &str,
        now: Timestamp,
    ) -> Result<Self, SamlKeyError> {
        let pkcs8 = drawn(algorithm)?;
        let certificate = certified(algorithm, &pkcs8, organisation, now)?;
        let id = fingerprint(&certificate);
        Ok(Self {
            algorithm,
            state: KeyState::Next,
            since: now,
            certificate: STANDARD.encode(&certificate),
            sealed: master.seal(SealedKind::SamlKey, &id, &pkcs8)?,
            id,
        })
    }

    const fn into_state(mut self, state: KeyState, now: Timestamp) -> Self {
        self.state = state;
        self.since = now;
        self
    }

    /// The certificate, if the record is one of a key that verifies what it signs.
    fn checked(&self) -> Option<Vec<u8>> {
        let certificate = STANDARD.decode(&self.certificate).ok()?;
        (fingerprint(&certificate) == self.id).then_some(certificate)
    }

    fn opened(&self, master: &MasterKey) -> Result<SamlKey, SamlKeyError> {
        let bad = || SamlKeyError::BadKey(self.id.clone());
        let certificate = self.checked().ok_or_else(bad)?;
        let public = PublicKey::of_certificate(&certificate).map_err(|_| bad())?;
        let pkcs8 = master.open(SealedKind::SamlKey, &self.id, &self.sealed)?;
        let key = SamlKey::open(self.algorithm, &pkcs8, certificate).ok_or_else(bad)?;
        if key.public() != public.raw() {
            return Err(bad());
        }
        Ok(key)
    }
}

fn fingerprint(certificate: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(sha256(certificate))
}

/// All keys of SAML, opened and ready.
#[derive(Debug)]
pub struct SamlKeyring {
    records: Vec<SamlKeyRecord>,
    active: Vec<SamlKey>,
}

impl SamlKeyring {
    /// Opens the kept keys. There may be none.
    ///
    /// # Errors
    /// [`SamlKeyError::Seal`] if one does not open, [`SamlKeyError::BadKey`] if one is not a key.
    pub fn open(master: &MasterKey, records: Vec<SamlKeyRecord>) -> Result<Self, SamlKeyError> {
        let mut active = Vec::new();
        for record in &records {
            if record.checked().is_none() {
                return Err(SamlKeyError::BadKey(record.id.clone()));
            }
            if record.state == KeyState::Active {
                active.push(record.opened(master)?);
            }
        }
        Ok(Self { records, active })
    }

    /// The keys as they are kept.
    #[must_use]
    pub fn records(&self) -> &[SamlKeyRecord] {
        &self.records
    }

    /// The key that signs with that algorithm now.
    ///
    /// # Errors
    /// [`SamlKeyError::NoActiveKey`].
    pub fn signer(&self, algorithm: XmlAlgorithm) -> Result<&SamlKey, SamlKeyError> {
        self.active
            .iter()
            .find(|key| key.algorithm() == algorithm)
            .ok_or(SamlKeyError::NoActiveKey(algorithm.as_str()))
    }

    /// The certificates that metadata shows, DER in base64: what signs first, because some readers take no more than one; then
    /// what will sign, then what signed.
    pub fn published(&self) -> impl Iterator<Item = &str> {
        [KeyState::Active, KeyState::Next, KeyState::Retired]
            .into_iter()
            .flat_map(|state| self.records.iter().filter(move |key| key.state == state))
            .map(|key| key.certificate.as_str())
    }

    /// Every algorithm with a key that signs and one that is next: what is there is kept, what is missing is made.
    ///
    /// # Errors
    /// As [`SamlKeyRecord::generate`].
    pub fn completed(
        mut records: Vec<SamlKeyRecord>,
        master: &MasterKey,
        organisation: &str,
        now: Timestamp,
    ) -> Result<Vec<SamlKeyRecord>, SamlKeyError> {
        for algorithm in XmlAlgorithm::ALL {
            for state in [KeyState::Active, KeyState::Next] {
                let there = |key: &SamlKeyRecord| key.algorithm == algorithm && key.state == state;
                if !records.iter().any(there) {
                    let made = SamlKeyRecord::generate(master, algorithm, organisation, now)?;
                    records.push(made.into_state(state, now));
                }
            }
        }
        Ok(records)
    }

    /// Moves the keys of the algorithm of `fresh` one step on: active becomes retired, next becomes active, `fresh` becomes
    /// next. Retired keys that have been so for longer than `keep` are left out.
    #[must_use]
    pub fn rotated(
        records: Vec<SamlKeyRecord>,
        fresh: SamlKeyRecord,
        keep: Seconds,
        now: Timestamp,
    ) -> Vec<SamlKeyRecord> {
        let kept = records
            .into_iter()
            .filter(|key| key.state != KeyState::Retired || now.since(key.since) <= keep);
        let moved = kept.map(|key| match key.state {
            _ if key.algorithm != fresh.algorithm => key,
            KeyState::Active => key.into_state(KeyState::Retired, now),
            KeyState::Next => key.into_state(KeyState::Active, now),
            KeyState::Retired => key,
        });
        let mut rotated: Vec<_> = moved.collect();
        rotated.push(fresh.into_state(KeyState::Next, now));
        rotated
    }
}
