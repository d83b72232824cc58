//! Programs that register themselves as clients (RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration 1.0): who may, what they
//! say of themselves, and what is kept of that.

mod answer;
mod member;
mod metadata;
mod said;
mod sector;

pub use answer::{ClientInformation, Secrets};
pub use member::metadata as metadata_fault;
pub use metadata::{ClientMetadata, SubjectWish};
pub use said::{ApplicationKind, ClientNames, Said};
pub use sector::check_sector;

use crate::{GrantType, Scope};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use zt_types::{AppId, ClientId, InitialTokenId, PersonId, Seconds, Timestamp, TokenHash};

/// What lets programs register themselves (RFC 7591 §1.2 "initial access token"). Whoever has it registers clients of one
/// application, whose policies decide about all that they get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitialToken {
    /// Its id, which is no secret.
    pub id: InitialTokenId,
    /// SHA-256 of the token, which has 256 random bits.
    pub hash: TokenHash,
    /// What it is for, in an administrator's words.
    pub note: String,
    /// What its clients may have.
    pub allowance: Allowance,
    /// Who made it; `None`: whoever holds the admin socket.
    pub made_by: Option<PersonId>,
    /// When.
    pub made_at: Timestamp,
    /// Until when it counts.
    pub expires_at: Timestamp,
    /// How many clients may be registered with it.
    pub uses: u32,
    /// How many were.
    pub used: u32,
}

/// What a client that registers itself may have at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// The application that it is a program of.
    pub app: AppId,
    /// What it may come with at the token endpoint.
    pub grants: BTreeSet<GrantType>,
    /// What it may ask for.
    pub scopes: BTreeSet<Scope>,
}

impl Allowance {
    /// What a token can allow. Exchanges are not among it: somebody has to say who takes what comes of them.
    pub const GRANTS: [GrantType; 4] = [
        GrantType::AuthorizationCode,
        GrantType::RefreshToken,
        GrantType::DeviceCode,
        GrantType::ClientCredentials,
    ];
}

/// Why there is no such initial access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// It does not say what it is for.
    #[error("say what the token is for, in 1 to 120 characters on one line")]
    Note,
    /// For nobody, or for too many.
    #[error("a token registers 1 to 100 clients")]
    Uses,
    /// It does not last, or lasts too long.
    #[error("a token counts for 5 minutes to 90 days")]
    Lifetime,
    /// Its clients could come with nothing, or with something that it cannot allow.
    #[error(
        "a token allows some of `authorization_code`, `refresh_token`, `device_code` and `client_credentials`, and not `refresh_token` alone"
    )]
    Grants,
}

impl InitialToken {
    /// The longest time for which one counts.
    pub const LONGEST: Seconds = Seconds::days(90);
    /// The most clients that are registered with one.
    pub const MOST_USES: u32 = 100;

    /// The same token if it may be.
    ///
    /// # Errors
    /// [`NotAllowed`].
    pub fn checked(self) -> Result<Self, NotAllowed> {
        let length = self.note.chars().count();
        if !(1..=120).contains(&length) || self.note.contains(char::is_control) {
            return Err(NotAllowed::Note);
        }
        if !(1..=Self::MOST_USES).contains(&self.uses) {
            return Err(NotAllowed::Uses);
        }
        let span = self.expires_at.since(self.made_at);
        if !(Seconds::minutes(5)..=Self::LONGEST).contains(&span) {
            return Err(NotAllowed::Lifetime);
        }
        let grants = &self.allowance.grants;
        let is_known = grants.iter().all(|grant| Allowance::GRANTS.contains(grant));
        let begins = grants.iter().any(|one| *one != GrantType::RefreshToken);
        if !is_known || !begins {
            return Err(NotAllowed::Grants);
        }
        Ok(self)
    }

    /// Whether one more client may be registered with it at `now`.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> bool {
        now < self.expires_at && self.used < self.uses
    }
}

/// What is kept of a client that registered itself, beside its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Which client.
    pub client: ClientId,
    /// SHA-256 of the token with which it changes what it said (RFC 7592 §1.2 "registration access token").
    pub access_token: TokenHash,
    /// When it registered.
    pub issued_at: Timestamp,
    /// With which token.
    pub token: InitialTokenId,
    /// What that was for.
    pub note: String,
    /// Who made that; `None`: whoever held the admin socket.
    pub made_by: Option<PersonId>,
    /// What that allows. It goes on holding for whatever the client changes.
    pub allowance: Allowance,
    /// What it says of itself that nothing here acts by.
    pub said: Said,
}

#[cfg(test)]
mod tests;
