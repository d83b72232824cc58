//! Passkeys: WebAuthn Level 3 as a relying party, on `webauthn-rs`.
//!
//! Always: user verification required, attestation not asked, the origin exact with scheme and port, discoverable
//! credentials preferred. What must be remembered between start and finish is [`Ceremony::state`]; it must stay on the
//! server, and the caller uses it once.

mod error;

pub use error::PasskeyError;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use webauthn_rs::prelude::{
    CreationChallengeResponse, DiscoverableAuthentication, DiscoverableKey, Passkey,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    RequestChallengeResponse, Uuid, Webauthn, WebauthnBuilder,
};
use zt_auth::{BackupEligible, CredentialSecret};
use zt_types::PersonId;

/// A browser's answer longer than this is not looked at, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// The relying party: us.
#[derive(Debug)]
pub struct Relying {
    webauthn: Webauthn,
}

/// A ceremony that was started.
#[derive(Debug, Clone)]
pub struct Ceremony {
    /// What the browser is handed: `PublicKeyCredentialCreationOptions` or `…RequestOptions` as JSON (WebAuthn §5.1.8,
    /// §5.1.9: for `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON`).
    pub options: String,
    /// What must be remembered until the answer comes.
    pub state: String,
}

/// Which passkeys may answer.
#[derive(Debug, Clone, Copy)]
pub enum Candidates<'a> {
    /// Whichever the browser offers (also for conditional UI); the answer says whose it is.
    Discoverable,
    /// The ones with these credential ids (base64url).
    Of(&'a [&'a str]),
}

/// Who is enrolling.
#[derive(Debug, Clone, Copy)]
pub struct Enrolling<'a> {
    /// The person: her id becomes the user handle.
    pub person: PersonId,
    /// Her login name, as the authenticator shows it.
    pub login: &'a str,
    /// Her name, as the authenticator shows it.
    pub display_name: &'a str,
    /// The credential ids (base64url) she has: the same authenticator is not enrolled twice.
    pub existing: &'a [&'a str],
}

/// A passkey that was enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledPasskey {
    /// Its credential id, base64url.
    pub credential_id: String,
    /// The verifier's record, JSON. Holds no secret.
    pub record: String,
    /// Whether it may be synced to other devices.
    pub backup_eligible: BackupEligible,
}

impl From<EnrolledPasskey> for CredentialSecret {
    fn from(
        EnrolledPasskey {
            credential_id,
            record,
            backup_eligible,
        }: EnrolledPasskey,
    ) -> Self {
        Self::Passkey {
            credential_id,
            record,
            backup_eligible,
        }
    }
}

/// Whom an answer claims to be from. Nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The person in the user handle; security keys that are not discoverable leave it out.
    pub person: Option<PersonId>,
    /// The credential id, base64url.
    pub credential_id: String,
}

/// A passkey that was proven, with its user verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenPasskey {
    /// Its credential id, base64url.
    pub credential_id: String,
    /// The verifier's record with the new counter: to be kept in place of the old one.
    pub record: String,
}

impl Relying {
    /// `host` is the RP ID, such as `id.example.jp`; `origin` the one origin that counts, such as
    /// `https://id.example.jp:8443`; `name` is shown by authenticators.
    ///
    /// # Errors
    /// [`PasskeyError::Configuration`] unless the origin is of that host.
    pub fn new(host: &str, origin: &str, name: &str) -> Result<Self, PasskeyError> {
        let origin = Url::parse(origin).map_err(|_| PasskeyError::Configuration)?;
        if origin.domain() != Some(host) || origin.scheme() != "https" {
            return Err(PasskeyError::Configuration);
        }
        let builder = WebauthnBuilder::new(host, &origin)?;
        Ok(Self {
            webauthn: builder
                .rp_name(name)
                .allow_subdomains(false)
                .allow_any_port(false)
                .build()?,
        })
    }

    /// Starts enrolling a passkey.
    ///
    /// # Errors
    /// [`PasskeyError::Malformed`] if an existing id is none, [`PasskeyError::Configuration`].
    pub fn start_enrolment(&self, enrolling: &Enrolling<'_>) -> Result<Ceremony, PasskeyError> {
        let exclude = enrolling
            .existing
            .iter()
            .map(|id| decode(id))
            .collect::<Result<Vec<_>, _>>()?;
        let handle = Uuid::from_bytes(*enrolling.person.as_bytes());
        let (challenge, state): (CreationChallengeResponse, PasskeyRegistration) =
            self.webauthn.start_passkey_registration(
                handle,
                enrolling.login,
                enrolling.display_name,
                Some(exclude),
            )?;
        let mut options = to_value(&challenge.public_key)?;
        // WebAuthn §5.4.6: discoverable where the authenticator has room, so that no name need be typed.
        merge(
            &mut options,
            "authenticatorSelection",
            &json!({ "residentKey": "preferred", "requireResidentKey": false }),
        );
        Ok(Ceremony {
            options: options.to_string(),
            state: to_value(&state)?.to_string(),
        })
    }

    /// Verifies the new passkey.
    ///
    /// # Errors
    /// [`PasskeyError`]: the first thing wrong with it.
    pub fn finish_enrolment(
        &self,
        state: &str,
        answer: &str,
    ) -> Result<EnrolledPasskey, PasskeyError> {
        let state: PasskeyRegistration =
            serde_json::from_str(state).map_err(|_| PasskeyError::State)?;
        let answer: RegisterPublicKeyCredential = parse_answer(answer)?;
        let passkey = self.webauthn.finish_passkey_registration(&answer, &state)?;
        let record = to_value(&passkey)?;
        let view = RecordView::deserialize(&record).map_err(|_| PasskeyError::Record)?;
        Ok(EnrolledPasskey {
            credential_id: URL_SAFE_NO_PAD.encode(passkey.cred_id()),
            record: record.to_string(),
            backup_eligible: if view.cred.backup_eligible {
                BackupEligible::Yes
            } else {
                BackupEligible::No
            },
        })
    }

    /// Starts a proof.
    ///
    /// # Errors
    /// [`PasskeyError::Malformed`] if a candidate's id is none, [`PasskeyError::Configuration`].
    pub fn start_proof(&self, candidates: Candidates<'_>) -> Result<Ceremony, PasskeyError> {
        // The library's other form keeps the records in the state, with counters that are stale by the time of the answer.
        let (challenge, state): (RequestChallengeResponse, DiscoverableAuthentication) =
            self.webauthn.start_discoverable_authentication()?;
        let mut options = to_value(&challenge.public_key)?;
        if let Candidates::Of(ids) = candidates {
            for id in ids {
                decode(id)?;
            }
            let allowed: Vec<Value> = ids
                .iter()
                .map(|id| json!({ "type": "public-key", "id": id }))
                .collect();
            merge(&mut options, "allowCredentials", &Value::Array(allowed));
        }
        Ok(Ceremony {
            options: options.to_string(),
            state: to_value(&state)?.to_string(),
        })
    }

    /// Reads whom an answer claims to be from, to find the record by.
    ///
    /// # Errors
    /// [`PasskeyError::Malformed`].
    pub fn claimed(answer: &str) -> Result<Claimed, PasskeyError> {
        let answer: PublicKeyCredential = parse_answer(answer)?;
        let person = match answer.get_user_unique_id() {
            None => None,
            Some(handle) => Some(person_of(handle).ok_or(PasskeyError::Malformed)?),
        };
        Ok(Claimed {
            person,
            credential_id: URL_SAFE_NO_PAD.encode(answer.get_credential_id()),
        })
    }

    /// Verifies an answer against the records of `person`'s passkeys as they are now.
    ///
    /// # Errors
    /// [`PasskeyError`]: the first thing wrong with it.
    pub fn finish_proof(
        &self,
        state: &str,
        answer: &str,
        person: PersonId,
        records: &[&str],
    ) -> Result<ProvenPasskey, PasskeyError> {
        let state: DiscoverableAuthentication =
            serde_json::from_str(state).map_err(|_| PasskeyError::State)?;
        let answer: PublicKeyCredential = parse_answer(answer)?;
        // WebAuthn §7.2 step 6: the handle, where there is one, names the same person.
        if answer
            .get_user_unique_id()
            .is_some_and(|handle| handle != person.as_bytes())
        {
            return Err(PasskeyError::UnknownCredential);
        }
        let mut passkey = find(records, answer.get_credential_id())?;
        let credential_id = URL_SAFE_NO_PAD.encode(passkey.cred_id());
        let proven = self
            .webauthn
            .finish_discoverable_authentication_v2(&answer, state, DiscoverableKey::from(&passkey))
            .map_err(PasskeyError::from)?;
        // INVARIANT: the ceremony asked for it, so the library has refused what lacks it; this must never depend on that.
        if !proven.user_verified() {
            return Err(PasskeyError::NotUserVerified);
        }
        passkey.update_credential(&proven);
        Ok(ProvenPasskey {
            credential_id,
            record: to_value(&passkey)?.to_string(),
        })
    }
}

/// The part of the library's record that it does not give out otherwise.
#[derive(Deserialize)]
struct RecordView {
    cred: CredentialView,
}

#[derive(Deserialize)]
struct CredentialView {
    backup_eligible: bool,
}

fn find(records: &[&str], id: &[u8]) -> Result<Passkey, PasskeyError> {
    for record in records {
        let passkey: Passkey = serde_json::from_str(record).map_err(|_| PasskeyError::Record)?;
        if passkey.cred_id().as_slice() == id {
            return Ok(passkey);
        }
    }
    Err(PasskeyError::UnknownCredential)
}

fn person_of(handle: &[u8]) -> Option<PersonId> {
    let bytes = <[u8; 16]>::try_from(handle).ok()?;
    let person = PersonId::from_random(bytes);
    // Setting the version bits must have changed nothing, or it is not a handle that we gave.
    (person.as_bytes() == &bytes).then_some(person)
}

fn parse_answer<'a, T: Deserialize<'a>>(answer: &'a str) -> Result<T, PasskeyError> {
    if answer.len() > LONGEST_ANSWER {
        return Err(PasskeyError::Malformed);
    }
    serde_json::from_str(answer).map_err(|_| PasskeyError::Malformed)
}

fn decode(id: &str) -> Result<Vec<u8>, PasskeyError> {
    URL_SAFE_NO_PAD
        .decode(id)
        .map_err(|_| PasskeyError::Malformed)
}

fn to_value<T: serde::Serialize>(value: &T) -> Result<Value, PasskeyError> {
    serde_json::to_value(value).map_err(|_| PasskeyError::State)
}

/// Sets `field` of an object; members of an object that is there stay beside the new ones.
fn merge(options: &mut Value, field: &str, with: &Value) {
    let Some(options) = options.as_object_mut() else {
        return;
    };
    match (
        options.get_mut(field).and_then(Value::as_object_mut),
        with.as_object(),
    ) {
        (Some(there), Some(with)) => there.extend(with.clone()),
        _ => {
            options.insert(field.to_owned(), with.clone());
        }
    }
}

#[cfg(test)]
mod authenticator;
#[cfg(test)]
mod tests;
