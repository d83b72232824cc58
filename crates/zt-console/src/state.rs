//! What the pages are served from.

use crate::signin::Site;
use arc_swap::ArcSwap;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use zt_auth::Session;
use zt_crypto::hash::MacKey;
use zt_crypto::jose::Keyring;
use zt_crypto::seal::{MasterKey, SealError};
use zt_crypto::xml::SamlKeyring;
use zt_events::{Actor, Body};
use zt_federation::Client;
use zt_live::Live;
use zt_types::{ClientId, Timestamp};

/// What the portal and the console are made of. Clones share it.
#[derive(Clone)]
pub struct PagesState {
    inner: Arc<Inner>,
}

struct Inner {
    live: Live,
    site: Site,
    forms: MacKey,
    requests: MacKey,
    saml_requests: MacKey,
    keyring: Arc<ArcSwap<Keyring>>,
    saml: Arc<ArcSwap<SamlKeyring>>,
    chains: crate::federate::saml::Chains,
    /// Held by whoever changes a client: two who add a secret at the same time add two.
    registering: tokio::sync::Mutex<()>,
    /// On which day it was told last of a client that its codes have no proof key, in days since 1970.
    waived: Mutex<BTreeMap<ClientId, i64>>,
}

impl PagesState {
    /// Makes the state: `master` keys the tokens that forms carry, `keyring` knows the ID tokens that clients bring back,
    /// and `saml` signs what service providers get.
    ///
    /// # Errors
    /// [`SealError`] if no key can be derived.
    pub fn new(
        live: Live,
        site: Site,
        master: &MasterKey,
        keyring: Arc<ArcSwap<Keyring>>,
        saml: Arc<ArcSwap<SamlKeyring>>,
    ) -> Result<Self, SealError> {
        let forms = master.mac_key("form-tokens")?;
        let requests = master.mac_key("client-requests")?;
        let saml_requests = master.mac_key("saml-requests")?;
        Ok(Self {
            inner: Arc::new(Inner {
                live,
                site,
                forms,
                requests,
                saml_requests,
                keyring,
                saml,
                chains: crate::federate::saml::Chains::default(),
                registering: tokio::sync::Mutex::default(),
                waived: Mutex::default(),
            }),
        })
    }

    pub(crate) fn live(&self) -> &Live {
        &self.inner.live
    }

    pub(crate) fn site(&self) -> &Site {
        &self.inner.site
    }

    /// The turn of whoever changes a client.
    pub(crate) async fn registering(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.inner.registering.lock().await
    }

    /// What every form of a session's pages carries: nobody can make it without the key, and it is good for no other
    /// session.
    pub(crate) fn form_token(&self, session: &Session) -> String {
        hexadecimal(&self.inner.forms.sign(session.id.as_bytes()))
    }

    /// What a client's request carries round with the browser, so that nobody changes when it came.
    pub(crate) fn request_code(&self, query: &str, at: Timestamp) -> String {
        let signed = format!("{} {query}", at.as_millis());
        hexadecimal(&self.inner.requests.sign(signed.as_bytes()))
    }

    /// The same for what a service provider asked for.
    pub(crate) fn saml_code(&self, path: &str, written: &str, at: Timestamp) -> String {
        let signed = format!("{path} {} {written}", at.as_millis());
        hexadecimal(&self.inner.saml_requests.sign(signed.as_bytes()))
    }

    pub(crate) fn saml(&self) -> Arc<SamlKeyring> {
        self.inner.saml.load_full()
    }

    /// Browsers that sign out of service providers.
    pub(crate) fn chains(&self) -> &crate::federate::saml::Chains {
        &self.inner.chains
    }

    /// Notes that a client was given a code without a proof key: once a day, so that the exception is seen and the log not filled.
    pub(crate) fn waived_proof_key(&self, client: &Client) {
        let today = self.live().clock().now().as_seconds() / 86_400;
        let mut waived = self
            .inner
            .waived
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if waived.insert(client.id.clone(), today) == Some(today) {
            return;
        }
        drop(waived);
        let told = Body::ProofKeyWaived {
            app: client.app.clone(),
            client: client.id.clone(),
        };
        self.live().record(Actor::Client(client.id.clone()), told);
    }

    pub(crate) fn keyring(&self) -> Arc<Keyring> {
        self.inner.keyring.load_full()
    }

    /// Whether `sent` is that, in constant time.
    pub(crate) fn is_form_token(&self, session: &Session, sent: &[u8]) -> bool {
        zt_crypto::hash::equal(self.form_token(session).as_bytes(), sent)
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
