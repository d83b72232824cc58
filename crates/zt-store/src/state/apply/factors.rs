//! Factors as they are after one of their codes was used.

use super::usable;
use crate::Conflict;
use zt_auth::{Credential, CredentialSecret};
use zt_types::{Timestamp, TokenHash};

/// The factor after this step. RFC 6238 §5.2: a code counts once.
pub(super) fn advanced(
    mut factor: Credential,
    step: u64,
    now: Timestamp,
) -> Result<Credential, Conflict> {
    match &mut factor.secret {
        CredentialSecret::Totp { last_step, .. } if step > *last_step => *last_step = step,
        CredentialSecret::Totp { .. } => return Err(Conflict::Replayed),
        _ => return Err(Conflict::Missing("authenticator app")),
    }
    factor.last_used_at = Some(now);
    Ok(factor)
}

/// The factor without this code.
pub(super) fn recovered(
    mut factor: Credential,
    hash: &TokenHash,
    now: Timestamp,
) -> Result<Credential, Conflict> {
    let CredentialSecret::RecoveryCodes { unused } = &mut factor.secret else {
        return Err(Conflict::Missing("recovery codes"));
    };
    let before = unused.len();
    unused.retain(|kept| kept != hash);
    usable(unused.len() < before)?;
    factor.last_used_at = Some(now);
    Ok(factor)
}
