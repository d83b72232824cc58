//! The keys that service providers are registered with, as they were read: from their registrations alone, and never twice.

use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::sync::Arc;
use zt_crypto::xml::PublicKey;
use zt_federation::saml::{KeyText, ServiceProvider};
use zt_store::Change;
use zt_types::ClientId;

/// Keys by service provider.
#[derive(Debug, Default)]
pub(crate) struct ProviderKeys(RwLock<BTreeMap<ClientId, Read>>);

/// What was read, and from what: whoever is registered with anything else has other keys.
#[derive(Debug)]
struct Read {
    texts: Vec<KeyText>,
    keys: Arc<[PublicKey]>,
}

impl ProviderKeys {
    /// Those keys of a registration that we verify with.
    pub(crate) fn of(&self, provider: &ServiceProvider) -> Arc<[PublicKey]> {
        if let Some(keys) = self.known(provider) {
            return keys;
        }
        let keys = provider.signing.iter();
        let keys: Arc<[PublicKey]> = keys
            .filter_map(|key| PublicKey::of_text(key).ok())
            .collect();
        let read = Read {
            texts: provider.signing.clone(),
            keys: Arc::clone(&keys),
        };
        self.0.write().insert(provider.id.clone(), read);
        keys
    }

    fn known(&self, provider: &ServiceProvider) -> Option<Arc<[PublicKey]>> {
        let all = self.0.read();
        let read = all.get(&provider.id)?;
        (read.texts == provider.signing).then(|| Arc::clone(&read.keys))
    }

    /// Forgets the keys of service providers that are gone.
    pub(crate) fn note_changes(&self, changes: &[Change]) {
        for change in changes {
            if let Change::RemoveServiceProvider(id) = change {
                self.0.write().remove(id);
            }
        }
    }
}
