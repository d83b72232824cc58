//! Who lets programs register themselves, and which do.

use crate::live::{Live, LiveError};
use zt_crypto::hash::{mint_token, token_hash};
use zt_events::{Actor, Body};
use zt_federation::{Allowance, InitialToken, NotAllowed};
use zt_store::{Change, Conflict, Plan, StoreError};
use zt_types::{InitialTokenId, Seconds, Secret};

/// What an administrator wants.
#[derive(Debug, Clone)]
pub struct InitialTokenWish {
    /// What it is for.
    pub note: String,
    /// What its clients may have.
    pub allowance: Allowance,
    /// How many clients it is for.
    pub uses: u32,
    /// For how long.
    pub lifetime: Seconds,
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub enum InitialTokenError {
    /// There is no such application.
    #[error("there is no application `{0}`")]
    NoApplication(zt_types::AppId),
    /// It may not be so.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// It could not be kept.
    #[error(transparent)]
    Live(#[from] LiveError),
}

impl Live {
    /// Makes an initial access token (RFC 7591 §1.2), which whoever asked shows once and forgets.
    ///
    /// # Errors
    /// [`InitialTokenError`].
    pub async fn make_initial_token(
        &self,
        wish: InitialTokenWish,
        actor: Actor,
    ) -> Result<(InitialToken, Secret), InitialTokenError> {
        let app = wish.allowance.app.clone();
        if !self.read(|state| state.applications.contains_key(&app)) {
            return Err(InitialTokenError::NoApplication(app));
        }
        let now = self.clock().now();
        let secret = mint_token(self.entropy().bytes());
        let token = InitialToken {
            id: InitialTokenId::from_random(self.entropy().bytes()),
            hash: token_hash(&secret),
            note: wish.note.trim().to_owned(),
            allowance: wish.allowance,
            made_by: match &actor {
                Actor::Person(person) => Some(*person),
                _ => None,
            },
            made_at: now,
            expires_at: now + wish.lifetime,
            uses: wish.uses,
            used: 0,
        };
        let token = token.checked()?;
        let told = Body::InitialTokenMade {
            app: token.allowance.app.clone(),
            token: token.id,
            uses: token.uses,
            expires_at: token.expires_at,
        };
        let change = Change::PutInitialToken(token.clone());
        let plan = Plan::new(vec![change], vec![self.event(actor, told)]);
        self.commit(plan).await?;
        Ok((token, secret))
    }

    /// Takes one back. The clients that were registered with it stay.
    ///
    /// # Errors
    /// [`Conflict::Missing`] if there is none; else as [`Live::commit`].
    pub async fn revoke_initial_token(
        &self,
        id: InitialTokenId,
        actor: Actor,
    ) -> Result<(), LiveError> {
        let kept = self.read(|state| state.initial_tokens.get(&id).cloned());
        let missing = LiveError::Store(StoreError::Conflict(Conflict::Missing(
            "initial access token",
        )));
        let app = kept.ok_or(missing)?.allowance.app;
        let event = self.event(actor, Body::InitialTokenRevoked { app, token: id });
        let plan = Plan::new(vec![Change::RemoveInitialToken(id)], vec![event]);
        self.commit(plan).await.map(drop)
    }

    /// Whether some program may register itself now: while there is a token for it.
    #[must_use]
    pub fn lets_register(&self) -> bool {
        let now = self.clock().now();
        self.read(|state| state.initial_tokens.values().any(|token| token.counts(now)))
    }
}
