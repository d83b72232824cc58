//! What people and their sessions are called to clients.

use crate::live::{Live, LiveError};
use zt_auth::Grant;
use zt_crypto::alias::{AliasKey, NoAlias};
use zt_crypto::hash::MacKey;
use zt_federation::Client;
use zt_net::Entropy;
use zt_store::{Change, Plan, State, Store, StoreError};
use zt_types::{GrantId, PersonId};

/// The setting that holds the salt of pairwise names.
const SALT: &str = "subject-salt";

/// What makes the names that clients know.
#[derive(Debug)]
pub(crate) struct Names {
    salt: [u8; 32],
    sids: AliasKey,
}

impl Names {
    pub(crate) fn new(salt: [u8; 32]) -> Result<Self, NoAlias> {
        let derived = MacKey::new(&salt).sign(b"sid");
        let mut key = [0; 16];
        for (to, from) in key.iter_mut().zip(derived) {
            *to = from;
        }
        let sids = AliasKey::new(&key)?;
        Ok(Self { salt, sids })
    }
}

impl Live {
    /// The `sub` of a person in what `client` is told of her: as to everybody, or a name that is the same for the clients of
    /// one sector and means nothing elsewhere (OpenID Connect Core 1.0 §8).
    #[must_use]
    pub fn subject_for(&self, client: &Client, person: PersonId) -> String {
        client.subject.name(person, &self.inner.names.salt)
    }

    pub(crate) fn subject_salt(&self) -> &[u8; 32] {
        &self.inner.names.salt
    }

    /// What the session is called in tokens of a grant (`sid`): the session of this person at this client (OpenID Connect
    /// Back-Channel Logout 1.0 §2.1). Another client's tokens of the same session have another, so that two clients cannot
    /// tell by it that they have to do with one person. It is not the grant's id, which is half of what ends the grant.
    ///
    /// # Errors
    /// [`NoAlias`].
    pub fn sid(&self, grant: &Grant) -> Result<String, NoAlias> {
        self.inner.names.sids.name(grant.id.as_bytes())
    }

    /// Which grant a `sid` is of; `None` if it is none of ours.
    #[must_use]
    pub fn of_sid(&self, sid: &str) -> Option<GrantId> {
        let bytes = self.inner.names.sids.id(sid)?;
        let id = GrantId::from_random(bytes);
        (*id.as_bytes() == bytes).then_some(id)
    }
}

/// The salt of pairwise names, which is drawn once for an installation: with another one, everybody would be somebody else
/// to every client that knows her by such a name.
pub(crate) async fn salt(
    store: &dyn Store,
    entropy: &Entropy,
    state: &mut State,
) -> Result<[u8; 32], LiveError> {
    if let Some(kept) = state.settings.get(SALT) {
        let salt = kept.as_slice().try_into();
        let damaged = |_| StoreError::Damaged(format!("the setting `{SALT}` has not 32 bytes"));
        return Ok(salt.map_err(damaged)?);
    }
    let drawn: [u8; 32] = entropy.bytes();
    let setting = Change::PutSetting {
        name: SALT.to_owned(),
        value: drawn.to_vec(),
    };
    store.commit(Plan::new(vec![setting], Vec::new())).await?;
    state.settings.insert(SALT.to_owned(), drawn.to_vec());
    Ok(drawn)
}
