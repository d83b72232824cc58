//! Passwords: argon2id in a pool of its own, so that a flood of guesses starves nothing else.
//!
//! Hashing costs 19 MiB and tens of milliseconds. A [`PasswordPool`] runs a fixed number at once on blocking threads,
//! lets a fixed number wait, and answers [`PasswordError::Busy`] to the rest at once.

use crate::random::{self, NoRandomness};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;
use zt_types::Secret;

/// Memory in KiB, passes and lanes: the OWASP Password Storage Cheat Sheet's first choice of argon2id.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// A stored hash that would cost more than this (KiB, passes) is refused: a record must not be able to stop the server.
const MOST_MEMORY_KIB: u32 = 262_144;
const MOST_PASSES: u32 = 16;

/// How many passwords are worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSize {
    /// Hashed at the same time; each holds 19 MiB and one core.
    pub workers: NonZeroUsize,
    /// Waiting for a worker.
    pub queue: usize,
}

impl PoolSize {
    /// Half of `cores`, at least one, and 64 waiting.
    #[must_use]
    pub fn for_cores(cores: NonZeroUsize) -> Self {
        Self {
            workers: NonZeroUsize::new(cores.get() / 2).unwrap_or(NonZeroUsize::MIN),
            queue: 64,
        }
    }
}

/// Why a password could not be worked on. Never whether it was right.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// As many as can wait are waiting: the caller answers 503.
    #[error("too many passwords are being checked at once")]
    Busy,
    /// The stored hash is not an argon2 hash of bearable cost.
    #[error("the stored password hash cannot be used")]
    StoredHash,
    /// No salt could be drawn.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The memory could not be had, or the server is stopping.
    #[error("the password could not be hashed")]
    NotHashed,
}

/// What a verification found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordVerdict {
    /// It is the password.
    Right,
    /// It is the password, and the hash was made with other costs than today's: hash again and keep that.
    RightRehash,
    /// It is not; also for a person who is not there or has no password.
    Wrong,
}

/// Hashes and verifies passwords off the async threads.
#[derive(Debug, Clone)]
pub struct PasswordPool {
    // A place in `admission` is held from entry to end, one in `workers` while hashing.
    admission: Arc<Semaphore>,
    workers: Arc<Semaphore>,
    // Verified for people who are not there, so that they cost what the others cost.
    nobody: Arc<str>,
}

impl PasswordPool {
    /// Makes a pool. Costs one hash, for the people who are not there.
    ///
    /// # Errors
    /// [`PasswordError::Randomness`], [`PasswordError::NotHashed`].
    pub fn new(size: PoolSize) -> Result<Self, PasswordError> {
        let unknowable = random::bytes::<32>()?;
        let nobody = hash_now(&unknowable, random::bytes()?)?;
        let workers = size.workers.get().min(Semaphore::MAX_PERMITS);
        let places = workers
            .saturating_add(size.queue)
            .min(Semaphore::MAX_PERMITS);
        Ok(Self {
            admission: Arc::new(Semaphore::new(places)),
            workers: Arc::new(Semaphore::new(workers)),
            nobody: nobody.into(),
        })
    }

    /// Hashes a new password into a PHC string.
    ///
    /// # Errors
    /// [`PasswordError::Busy`], [`PasswordError::Randomness`], [`PasswordError::NotHashed`].
    pub async fn hash(&self, password: Secret) -> Result<String, PasswordError> {
        let salt = random::bytes()?;
        self.run(move || hash_now(&normalised(&password), salt))
            .await?
    }

    /// Verifies a password against a PHC string; `None` (nobody of that name, or no password) does the same work.
    ///
    /// # Errors
    /// [`PasswordError::Busy`], [`PasswordError::StoredHash`], [`PasswordError::NotHashed`].
    pub async fn verify(
        &self,
        password: Secret,
        kept: Option<&str>,
    ) -> Result<PasswordVerdict, PasswordError> {
        let somebody = kept.is_some();
        let phc: Arc<str> = kept.map_or_else(|| Arc::clone(&self.nobody), Arc::from);
        let verdict = self
            .run(move || verify_now(&normalised(&password), &phc))
            .await??;
        Ok(if somebody {
            verdict
        } else {
            PasswordVerdict::Wrong
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = Arc::clone(&self.admission)
            .try_acquire_owned()
            .map_err(|_| PasswordError::Busy)?;
        let worker = Arc::clone(&self.workers)
            .acquire_owned()
            .await
            .map_err(|_| PasswordError::NotHashed)?;
        tokio::task::spawn_blocking(move || {
            // The places go with the work: a caller who gives up does not make room for another before it is done.
            let _held = (place, worker);
            work()
        })
        .await
        .map_err(|_| PasswordError::NotHashed)
    }
}

/// NIST SP 800-63B-4 §3.1.1.2: NFKC, so that the same characters from different keyboards are the same password.
fn normalised(password: &Secret) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(password.expose().nfkc().collect::<String>().into_bytes())
}

fn argon2id() -> Result<Argon2<'static>, PasswordError> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| PasswordError::NotHashed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &[u8], salt: [u8; 16]) -> Result<String, PasswordError> {
    let hash = argon2id()?
        .hash_password_with_salt(password, &salt)
        .map_err(|_| PasswordError::NotHashed)?;
    Ok(hash.to_string())
}

fn verify_now(password: &[u8], phc: &str) -> Result<PasswordVerdict, PasswordError> {
    let kept = PasswordHash::new(phc).map_err(|_| PasswordError::StoredHash)?;
    let params = Params::try_from(&kept).map_err(|_| PasswordError::StoredHash)?;
    let complete = kept.salt.is_some() && kept.hash.is_some();
    let bearable = params.m_cost() <= MOST_MEMORY_KIB && params.t_cost() <= MOST_PASSES;
    if !complete || !bearable || Algorithm::try_from(kept.algorithm.as_str()).is_err() {
        return Err(PasswordError::StoredHash);
    }
    match argon2id()?.verify_password(password, &kept) {
        Ok(()) if is_current(&kept, &params) => Ok(PasswordVerdict::Right),
        Ok(()) => Ok(PasswordVerdict::RightRehash),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(PasswordVerdict::Wrong),
        Err(_) => Err(PasswordError::NotHashed),
    }
}

fn is_current(kept: &PasswordHash, params: &Params) -> bool {
    kept.algorithm.as_str() == Algorithm::Argon2id.as_str()
        && kept.version == Some(Version::V0x13.into())
        && (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY_KIB, PASSES, LANES)
}

#[cfg(test)]
mod tests;
