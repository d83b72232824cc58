//! What a flow asks for: counting, verifying, making.

use super::SignIn;
use super::form::Typed;
use super::round::{Gathered, RoundError};
use zt_auth::password::{PasswordFault, judge};
use zt_auth::{
    Credential, CredentialSecret, Effect, Flow, Input, PasskeyCandidates, PasskeyFault, Verdict,
};
use zt_crypto::code::{canonical, readable};
use zt_crypto::hash::token_hash;
use zt_crypto::password::{PasswordError, PasswordVerdict};
use zt_crypto::seal::SealedKind;
use zt_crypto::totp::{TotpSeed, TotpVerdict};
use zt_crypto::webauthn::{Candidates, Enrolling, PasskeyError, Relying};
use zt_store::Change;
use zt_types::{CredentialId, PersonId, Secret, Timestamp};

/// So many recovery codes are made.
const RECOVERY_CODES: usize = 10;
/// The longest name of a factor, in characters.
const LONGEST_NAME: usize = 64;

impl SignIn {
    /// Carries out an effect that asks. `None` if the next effect is to be carried out: only counting says that.
    ///
    /// # Errors
    /// [`RoundError`].
    pub(super) async fn ask(
        &self,
        effect: &Effect,
        flow: &Flow,
        typed: &Typed,
        gathered: &Gathered,
        now: Timestamp,
    ) -> Result<Option<Input>, RoundError> {
        Ok(Some(match effect {
            Effect::CountGuess { scopes } => {
                let store = self.inner.live.store();
                let counters = store.count_guess(scopes.clone(), now).await?;
                match Verdict::strictest(&counters) {
                    Verdict::Proceed => return Ok(None),
                    Verdict::Wait { until } => Input::MustWait { until },
                }
            }
            Effect::VerifyPassword { credential } => {
                self.verify_password(*credential, typed).await?
            }
            Effect::VerifyTotp { credentials } => self.verify_totp(credentials, typed, now)?,
            Effect::VerifyRecoveryCode { credential } => {
                self.verify_recovery_code(*credential, typed)
            }
            Effect::VerifyResetPass { person } => self.verify_reset_pass(*person, typed, now),
            Effect::StartPasskey(candidates) => self.start_passkey(candidates, gathered)?,
            Effect::FinishPasskey {
                challenge,
                candidates,
            } => self.finish_passkey(challenge, candidates, typed),
            Effect::StartTotpEnrolment => self.start_totp()?,
            Effect::FinishTotpEnrolment {
                credential,
                sealed_seed,
            } => self.finish_totp(*credential, sealed_seed, typed, now)?,
            Effect::StartPasskeyEnrolment { person, existing } => {
                self.start_passkey_enrolment(*person, existing, gathered)?
            }
            Effect::FinishPasskeyEnrolment { challenge } => {
                self.finish_passkey_enrolment(challenge, typed)
            }
            Effect::MintRecoveryCodes => self.mint_recovery_codes(flow)?,
            Effect::HashPassword { old } => self.hash_password(flow, *old, typed).await?,
            // Changes are gathered, not asked.
            _ => return Ok(None),
        }))
    }

    async fn verify_password(
        &self,
        credential: Option<CredentialId>,
        typed: &Typed,
    ) -> Result<Input, RoundError> {
        let kept = credential
            .and_then(|id| self.credential(id))
            .and_then(|kept| match kept.secret {
                CredentialSecret::Password { phc } => Some(phc),
                _ => None,
            });
        // What is longer than any password is not hashed; how long it was, its sender knows.
        let Ok(password) = zt_auth::password::normalise(&typed.password) else {
            return Ok(Input::PasswordFailed);
        };
        let verdict = self.inner.passwords.verify(password, kept.as_deref()).await;
        Ok(match verdict.map_err(password_error)? {
            PasswordVerdict::Right | PasswordVerdict::RightRehash => Input::PasswordMatched,
            PasswordVerdict::Wrong => Input::PasswordFailed,
        })
    }

    fn verify_totp(
        &self,
        credentials: &[CredentialId],
        typed: &Typed,
        now: Timestamp,
    ) -> Result<Input, RoundError> {
        let mut answer = Input::TotpFailed;
        for id in credentials {
            let Some(CredentialSecret::Totp {
                sealed_seed,
                last_step,
            }) = self.credential(*id).map(|kept| kept.secret)
            else {
                continue;
            };
            let seed = self.open_seed(*id, &sealed_seed)?;
            match seed.verify(typed.code.expose(), now, last_step) {
                TotpVerdict::Right { step } => {
                    return Ok(Input::TotpMatched {
                        credential: *id,
                        step,
                    });
                }
                TotpVerdict::Used => answer = Input::TotpReplayed,
                TotpVerdict::Wrong => {}
            }
        }
        Ok(answer)
    }

    fn verify_recovery_code(&self, credential: CredentialId, typed: &Typed) -> Input {
        let unused = self.credential(credential).map(|kept| kept.secret);
        let (Some(CredentialSecret::RecoveryCodes { unused }), Some(code)) =
            (unused, canonical(typed.code.expose()))
        else {
            return Input::RecoveryCodeFailed;
        };
        let hash = self.inner.codes.short_secret_hash(&code);
        if unused.contains(&hash) {
            Input::RecoveryCodeMatched {
                credential,
                hash,
                left: unused.len().saturating_sub(1),
            }
        } else {
            Input::RecoveryCodeFailed
        }
    }

    fn verify_reset_pass(&self, person: Option<PersonId>, typed: &Typed, now: Timestamp) -> Input {
        // Hashed whether there is a pass or not, so that both take as long.
        let hash = canonical(typed.code.expose()).map(|code| token_hash(&code));
        let kept = self.inner.live.read(|state| {
            let pass = state.reset_passes.get(&person?)?;
            pass.holds(now).then_some((pass.hash, pass.scope))
        });
        match (hash, kept) {
            (Some(hash), Some((kept, scope))) if zt_crypto::hash::equal(&hash.0, &kept.0) => {
                Input::ResetPassMatched { hash, scope }
            }
            _ => Input::ResetPassFailed,
        }
    }

    fn start_passkey(
        &self,
        candidates: &PasskeyCandidates,
        gathered: &Gathered,
    ) -> Result<Input, RoundError> {
        let ids = match candidates {
            PasskeyCandidates::Discoverable => None,
            PasskeyCandidates::Of(ids) => Some(self.passkey_ids(ids, gathered)),
        };
        let ceremony = match &ids {
            None => self.inner.passkeys.start_proof(Candidates::Discoverable),
            Some(ids) => {
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                self.inner.passkeys.start_proof(Candidates::Of(&ids))
            }
        };
        let ceremony = ceremony.map_err(|_| RoundError::Broken("passkey ceremony"))?;
        Ok(Input::PasskeyStarted {
            challenge: ceremony.state,
            options: ceremony.options,
        })
    }

    fn finish_passkey(
        &self,
        challenge: &str,
        candidates: &PasskeyCandidates,
        typed: &Typed,
    ) -> Input {
        self.prove_passkey(challenge, candidates, &typed.credential)
            .unwrap_or_else(|error| {
                Input::PasskeyFailed(match error {
                    PasskeyError::NotUserVerified => PasskeyFault::WithoutUser,
                    PasskeyError::CounterWentBack => PasskeyFault::Cloned,
                    _ => PasskeyFault::NotVerified,
                })
            })
    }

    fn prove_passkey(
        &self,
        challenge: &str,
        candidates: &PasskeyCandidates,
        answer: &str,
    ) -> Result<Input, PasskeyError> {
        let claimed = Relying::claimed(answer)?;
        let kept = self
            .passkey_of(claimed.person, candidates, &claimed.credential_id)
            .ok_or(PasskeyError::UnknownCredential)?;
        let CredentialSecret::Passkey { record, .. } = &kept.secret else {
            return Err(PasskeyError::UnknownCredential);
        };
        let owner = self
            .account(kept.person)
            .ok_or(PasskeyError::UnknownCredential)?;
        let proven =
            self.inner
                .passkeys
                .finish_proof(challenge, answer, kept.person, &[record.as_str()])?;
        Ok(Input::PasskeyMatched {
            credential: kept.id,
            owner,
            record: proven.record,
        })
    }

    /// The record behind an answer: of the claimed person, or among those that were asked for.
    fn passkey_of(
        &self,
        claimed: Option<PersonId>,
        candidates: &PasskeyCandidates,
        credential_id: &str,
    ) -> Option<Credential> {
        let is = |kept: &&Credential| matches!(&kept.secret, CredentialSecret::Passkey { credential_id: id, .. } if id == credential_id);
        self.inner.live.read(|state| match candidates {
            PasskeyCandidates::Discoverable => state.credentials_of(claimed?).find(is).cloned(),
            PasskeyCandidates::Of(ids) => ids
                .iter()
                .filter_map(|id| state.credentials.get(id))
                .find(is)
                .cloned(),
        })
    }

    fn start_totp(&self) -> Result<Input, RoundError> {
        let entropy = self.inner.live.entropy();
        let credential = CredentialId::from_random(entropy.bytes());
        let seed = TotpSeed::from_random(entropy.bytes());
        let sealed_seed = self
            .inner
            .master
            .seal(SealedKind::TotpSeed, &credential.to_string(), seed.expose())
            .map_err(|_| RoundError::Broken("seal"))?;
        Ok(Input::TotpStarted {
            credential,
            sealed_seed,
        })
    }

    fn finish_totp(
        &self,
        credential: CredentialId,
        sealed_seed: &str,
        typed: &Typed,
        now: Timestamp,
    ) -> Result<Input, RoundError> {
        let seed = self.open_seed(credential, sealed_seed)?;
        Ok(match seed.verify(typed.code.expose(), now, 0) {
            TotpVerdict::Right { step } => Input::TotpEnrolled {
                name: String::new(),
                step,
            },
            TotpVerdict::Used | TotpVerdict::Wrong => Input::TotpFailed,
        })
    }

    fn start_passkey_enrolment(
        &self,
        person: PersonId,
        existing: &[CredentialId],
        gathered: &Gathered,
    ) -> Result<Input, RoundError> {
        let record = self
            .inner
            .live
            .read(|state| state.people.get(&person).cloned());
        let record = record.ok_or(RoundError::Broken("person"))?;
        let existing = self.passkey_ids(existing, gathered);
        let existing: Vec<&str> = existing.iter().map(String::as_str).collect();
        let ceremony = self
            .inner
            .passkeys
            .start_enrolment(&Enrolling {
                person,
                login: &record.login,
                display_name: record.name.of(record.language),
                existing: &existing,
            })
            .map_err(|_| RoundError::Broken("passkey ceremony"))?;
        Ok(Input::PasskeyEnrolmentStarted {
            challenge: ceremony.state,
            options: ceremony.options,
        })
    }

    fn finish_passkey_enrolment(&self, challenge: &str, typed: &Typed) -> Input {
        let Ok(enrolled) = self
            .inner
            .passkeys
            .finish_enrolment(challenge, &typed.credential)
        else {
            return Input::PasskeyNotEnrolled;
        };
        // WebAuthn Level 3 §7.1 step 26: a credential id belongs to one person.
        let taken = self.inner.live.read(|state| {
            state.credentials.values().any(|kept| {
                matches!(&kept.secret, CredentialSecret::Passkey { credential_id, .. } if *credential_id == enrolled.credential_id)
            })
        });
        if taken {
            return Input::PasskeyNotEnrolled;
        }
        Input::PasskeyEnrolled {
            credential: CredentialId::from_random(self.inner.live.entropy().bytes()),
            name: factor_name(&typed.name),
            credential_id: enrolled.credential_id,
            record: enrolled.record,
            backup_eligible: enrolled.backup_eligible,
        }
    }

    fn mint_recovery_codes(&self, flow: &Flow) -> Result<Input, RoundError> {
        let entropy = self.inner.live.entropy();
        let mut hashes = Vec::with_capacity(RECOVERY_CODES);
        let mut text = String::new();
        for _ in 0..RECOVERY_CODES {
            let code = readable(&entropy.bytes::<10>());
            let typed = canonical(code.expose()).ok_or(RoundError::Broken("code"))?;
            hashes.push(self.inner.codes.short_secret_hash(&typed));
            text.push_str(code.expose());
            text.push('\n');
        }
        let text = Secret::new(text);
        let sealed_codes = self
            .inner
            .master
            .seal(
                SealedKind::RecoveryCodes,
                &flow.id().to_string(),
                text.expose().as_bytes(),
            )
            .map_err(|_| RoundError::Broken("seal"))?;
        Ok(Input::RecoveryCodesMinted {
            credential: CredentialId::from_random(entropy.bytes()),
            hashes,
            sealed_codes,
        })
    }

    async fn hash_password(
        &self,
        flow: &Flow,
        old: Option<CredentialId>,
        typed: &Typed,
    ) -> Result<Input, RoundError> {
        let person = flow.account().map(|account| account.person);
        let owner = person.and_then(|person| self.account(person));
        let owner = owner.ok_or(RoundError::Broken("person"))?;
        let record = self
            .inner
            .live
            .read(|state| person.and_then(|id| state.people.get(&id).cloned()))
            .ok_or(RoundError::Broken("person"))?;
        let words = [
            Some(record.login.as_str()),
            Some(record.name.ja.as_str()),
            Some(record.name.en.as_str()),
            record.email.as_deref(),
            Some(self.inner.organisation.as_str()),
        ];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        if let Err(fault) = judge(&typed.password, &words) {
            return Ok(Input::PasswordRefused(fault));
        }
        if old.is_some()
            && matches!(
                self.verify_password(old, typed).await?,
                Input::PasswordMatched
            )
        {
            return Ok(Input::PasswordRefused(PasswordFault::Reused));
        }
        let phc = self.inner.passwords.hash(typed.password.clone()).await;
        Ok(Input::PasswordHashed {
            credential: CredentialId::from_random(self.inner.live.entropy().bytes()),
            phc: phc.map_err(password_error)?,
            owner,
        })
    }

    /// A passkey's record with its new counter.
    pub(super) fn passkey_with(
        &self,
        id: CredentialId,
        fresh: String,
        now: Timestamp,
    ) -> Option<Change> {
        let mut kept = self.credential(id)?;
        if let CredentialSecret::Passkey { record, .. } = &mut kept.secret {
            *record = fresh;
        }
        kept.last_used_at = Some(now);
        Some(Change::PutCredential(kept))
    }

    pub(super) fn open_seed(
        &self,
        credential: CredentialId,
        sealed: &str,
    ) -> Result<TotpSeed, RoundError> {
        let bytes = self
            .inner
            .master
            .open(SealedKind::TotpSeed, &credential.to_string(), sealed)
            .map_err(|_| RoundError::Broken("sealed seed"))?;
        TotpSeed::from_stored(&bytes).map_err(|_| RoundError::Broken("seed"))
    }

    fn credential(&self, id: CredentialId) -> Option<Credential> {
        self.inner
            .live
            .read(|state| state.credentials.get(&id).cloned())
    }

    /// The WebAuthn ids of passkeys, also of one that this very round keeps.
    fn passkey_ids(&self, ids: &[CredentialId], gathered: &Gathered) -> Vec<String> {
        let fresh = gathered.changes.iter().filter_map(|change| match change {
            Change::PutCredential(credential) => Some(credential),
            _ => None,
        });
        let fresh: Vec<&Credential> = fresh.collect();
        self.inner.live.read(|state| {
            ids.iter()
                .filter_map(|id| {
                    let fresh = fresh.iter().copied().find(|kept| kept.id == *id);
                    match &fresh.or_else(|| state.credentials.get(id))?.secret {
                        CredentialSecret::Passkey { credential_id, .. } => {
                            Some(credential_id.clone())
                        }
                        _ => None,
                    }
                })
                .collect()
        })
    }
}

fn password_error(error: PasswordError) -> RoundError {
    match error {
        PasswordError::Busy => RoundError::Busy,
        PasswordError::StoredHash => RoundError::Broken("stored password hash"),
        PasswordError::Randomness(_) | PasswordError::NotHashed => {
            RoundError::Broken("password hashing")
        }
    }
}

/// A factor's name as its owner typed it, without control characters.
fn factor_name(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_NAME)
        .collect::<String>()
        .trim()
        .to_owned()
}
