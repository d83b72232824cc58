//! What people are called to clients.

use crate::live::{Live, LiveError};
use zt_federation::Client;
use zt_net::Entropy;
use zt_store::{Change, Plan, State, Store, StoreError};
use zt_types::PersonId;

/// The setting that holds the salt of pairwise names.
const SALT: &str = "subject-salt";

impl Live {
    /// The `sub` of a person in what `client` is told of her: as to everybody, or a name that is the same for the clients of
    /// one sector and means nothing elsewhere (OpenID Connect Core 1.0 §8).
    #[must_use]
    pub fn subject_for(&self, client: &Client, person: PersonId) -> String {
        client.subject.name(person, &self.inner.subject_salt)
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
