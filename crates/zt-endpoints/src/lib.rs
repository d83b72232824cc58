//! Protocol and management endpoints: everything at `id.<domain>` that is no page, the admin socket, and health.
//!
//! Entry points: [`Endpoints::public`], [`Endpoints::admin`] and [`Endpoints::health`] (routers), [`Endpoints::tell_clients`]
//! (a task that tells clients elsewhere that sign-ins are over), [`Endpoints::fetch_client_keys`] (one that fetches their keys), [`Endpoints::fetch_provider_metadata`] (one that fetches the metadata of service providers), [`routes`] (the same as
//! data, with who may call what), [`organisation`] (the organisation's files against the records).
//!
//! Invariants: every route stands in [`routes`]; nothing reads a cookie, and API routes take JSON only, so nothing can be forged
//! across sites; whoever calls is known by a bearer token, a one-time code, a device certificate, or as its client is registered, each compared or
//! judged in one place; nothing is decided here: signals go to `zt-live`, trust and access are its and `zt-policy`'s.

mod answer;
mod authzen;
mod bearer;
mod body;
pub mod break_glass;
mod devices;
#[cfg(test)]
mod fixtures;
mod health;
pub mod management;
mod oauth;
pub mod organisation;
mod routes;
mod saml;
mod signals;
mod throttle;

pub use answer::refusal;
pub use authzen::{
    CONFIGURATION_PATH, EVALUATION_PATH, EVALUATIONS_PATH, SEARCH_ACTION_PATH,
    SEARCH_RESOURCE_PATH, SEARCH_SUBJECT_PATH,
};
pub use oauth::{AUTHORIZATION_SERVER_PATH, OPENID_CONFIGURATION_PATH};
pub use routes::{ADMIN, HEALTH, JWKS_PATH, PUBLIC, SIGNALS_PATH, routes};
pub use signals::SignalAnswer;

use arc_swap::ArcSwap;
use std::net::IpAddr;
use std::sync::Arc;
use zt_crypto::ca::DeviceAuthority;
use zt_crypto::jose::Keyring;
use zt_crypto::password::PasswordPool;
use zt_crypto::x509::client::CertificateDer;
use zt_crypto::xml::SamlKeyring;
use zt_device::Presentation;
use zt_live::Live;
use zt_net::Outbound;

/// What the endpoints work with.
pub struct Parts {
    /// The decision point.
    pub live: Live,
    /// Issues device certificates.
    pub device_authority: Arc<DeviceAuthority>,
    /// The token keys, whose public halves are published. They may be exchanged at any time.
    pub keyring: Arc<ArcSwap<Keyring>>,
    /// The keys of SAML, whose certificates are published. They may be exchanged at any time.
    pub saml: Arc<ArcSwap<SamlKeyring>>,
    /// The organisation's name.
    pub organisation: String,
    /// Hashes passwords.
    pub passwords: PasswordPool,
    /// Calls addresses of clients.
    pub outbound: Outbound,
    /// Where people find `id.<domain>`: `https://…` with the port if it is not 443, without a slash at its end.
    pub origin: String,
    /// The program's version.
    pub version: &'static str,
}

/// Who is at the other end of a request, as the connection knows it. Whoever serves [`Endpoints::public`] puts it into each
/// request's extensions.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The network address.
    pub address: IpAddr,
    /// What the connection presented of the device.
    pub presented: Presentation,
    /// The certificates that it shows, whosever they are, the leaf first. TLS has proven possession of its key and nothing else.
    pub chain: Arc<[CertificateDer<'static>]>,
}

/// The endpoints. Clones share what they work with.
#[derive(Clone)]
pub struct Endpoints {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) parts: Parts,
    pub(crate) throttle: throttle::Throttle,
    pub(crate) meter: authzen::Meter,
    /// Apart from the others: refusals at one endpoint must not hide those at another.
    pub(crate) token_refusals: zt_live::Refusals,
    pub(crate) registration_refusals: zt_live::Refusals,
    pub(crate) registration_pace: oauth::Pace,
    pub(crate) tries: oauth::Tries,
    pub(crate) assertions: oauth::Assertions,
    pub(crate) proofs: oauth::Proofs,
    pub(crate) nonces: oauth::Nonces,
    pub(crate) page_key: authzen::PageKey,
    pub(crate) published: saml::Published,
    pub(crate) metrics: health::Metrics,
    pub(crate) started_at: zt_types::Timestamp,
}

impl Endpoints {
    /// Endpoints over `parts`.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let started_at = parts.live.clock().now();
        Self {
            inner: Arc::new(Inner {
                throttle: throttle::Throttle::default(),
                meter: authzen::Meter::default(),
                token_refusals: zt_live::Refusals::default(),
                registration_refusals: zt_live::Refusals::default(),
                registration_pace: oauth::Pace::default(),
                tries: oauth::Tries::default(),
                assertions: oauth::Assertions::new(
                    started_at,
                    oauth::ahead(&parts.live).as_deref(),
                ),
                proofs: oauth::Proofs::default(),
                nonces: oauth::Nonces::new(parts.live.entropy().bytes()),
                page_key: authzen::PageKey::new(parts.live.entropy().bytes()),
                published: saml::Published::default(),
                metrics: health::Metrics::default(),
                started_at,
                parts,
            }),
        }
    }

    pub(crate) fn live(&self) -> &Live {
        &self.inner.parts.live
    }
}
