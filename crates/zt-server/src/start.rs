//! Putting everything together.

use crate::body::ServedBody;
use crate::config::Config;
use crate::hosts::Hosts;
use crate::identity_host::IdentityHost;
use crate::installation::{self, Opened};
use crate::{Running, StartError, jobs};
use arc_swap::ArcSwap;
use axum::Router;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::json;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::task::JoinSet;
use tower::ServiceExt;
use zt_console::PagesState;
use zt_console::signin::{SignIn, SignInParts, Site, first_break_glass};
use zt_crypto::password::{PasswordPool, PoolSize};
use zt_crypto::webauthn::Relying;
use zt_crypto::x509::DeviceTrust;
use zt_endpoints::Endpoints;
use zt_events::{Actor, Body};
use zt_gateway::{Gateway, Settings, UpstreamLimits};
use zt_live::Live;
use zt_net::{
    Clock, Connection, Entropy, HttpsListener, LocalListener, Outbound, OutboundSettings, Reach,
    Shutdown,
};
use zt_store::{Plan, Store, StoreFile};

/// The program's version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where time and randomness come from.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// What time it is.
    pub clock: Clock,
    /// Where random bytes come from.
    pub entropy: Entropy,
}

impl Default for Surroundings {
    /// The machine's own.
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            entropy: Entropy::system(),
        }
    }
}

/// Starts a server.
///
/// # Errors
/// [`StartError`]; nothing runs then.
pub async fn start(config: Config) -> Result<Running, StartError> {
    start_in(config, Surroundings::default()).await
}

/// Starts a server that asks `surroundings` for time and randomness.
///
/// # Errors
/// [`StartError`]; nothing runs then.
pub async fn start_in(config: Config, surroundings: Surroundings) -> Result<Running, StartError> {
    let config = Arc::new(config);
    let Surroundings { clock, entropy } = surroundings;
    let now = clock.now();
    let Opened {
        paths,
        master,
        keychain,
    } = installation::open(&config, now)?;
    let master = Arc::new(master);
    let keys_of_store = installation::open_keys(&config, &paths, &master, now)?;
    let store = Arc::new(StoreFile::open(&paths.store())?.serve(keys_of_store.checkpoints)?);
    let live = Live::open(zt_live::Parts {
        store: Arc::clone(&store) as Arc<dyn Store>,
        clock,
        entropy,
        places: Arc::new(installation::places(&config)?),
    })
    .await?;

    let device_authority = keychain.devices.certificate().clone();
    let devices = DeviceTrust::new(vec![device_authority.clone()]);
    let keyring = Arc::new(ArcSwap::from_pointee(keychain.tokens));
    let saml = Arc::new(ArcSwap::from_pointee(keychain.saml));
    let hosts = Arc::new(Hosts::new(
        live.clone(),
        &config.domain,
        keychain.servers,
        config.certificates_dir.clone(),
        device_authority,
    ));
    hosts.refresh()?;

    // Bound first: with port 0, addresses that people are shown hold the port that was taken.
    let limits = config.limits.clone();
    let https = HttpsListener::bind(config.https, Arc::clone(&hosts.table), limits.clone()).await?;
    let health = LocalListener::loopback(config.admin_port, limits.clone()).await?;
    let admin_socket = paths.admin_socket();
    let admin = LocalListener::unix(&admin_socket, limits)?;
    let https_address = https.local_address();
    let health_address = health.local_address().unwrap_or(https_address);

    let public_port = config.public_port.unwrap_or(https_address.port());
    let site = Site::new(&config.domain, public_port);
    let origin = site.id_origin();
    let passwords = PasswordPool::new(PoolSize {
        workers: NonZeroUsize::new(config.password_hashing.at_once as usize)
            .unwrap_or(NonZeroUsize::MIN),
        queue: config.password_hashing.waiting as usize,
    })?;
    let endpoints = Endpoints::new(zt_endpoints::Parts {
        live: live.clone(),
        device_authority: Arc::new(keychain.devices),
        keyring: Arc::clone(&keyring),
        saml: Arc::clone(&saml),
        organisation: config.organisation.clone(),
        passwords: passwords.clone(),
        outbound: outbound(&config)?,
        origin: origin.clone(),
        version: VERSION,
    });
    let sign_in = SignIn::new(SignInParts {
        live: live.clone(),
        passwords,
        passkeys: Relying::new(&site.id_host(), &origin, &config.organisation)?,
        master: Arc::clone(&master),
        site: site.clone(),
        organisation: config.organisation.clone(),
    })?;
    let pages = PagesState::new(
        live.clone(),
        site.clone(),
        &master,
        Arc::clone(&keyring),
        saml,
    )?;
    let identity_host = IdentityHost {
        router: zt_console::router(pages)
            .merge(sign_in.router())
            .merge(endpoints.public())
            .fallback(not_found),
        devices: devices.clone(),
        proxies: config.trusted_proxies.clone(),
        patience: config.limits.body_stall_timeout(),
    };
    let gateway = Gateway::new(
        zt_gateway::Parts {
            live: live.clone(),
            keyring: Arc::clone(&keyring),
            devices,
        },
        Settings {
            domain: config.domain.clone(),
            public_port,
            upstream_roots: Vec::new(),
            limits: UpstreamLimits::default(),
            proxies: config.trusted_proxies.clone(),
        },
    )
    .map_err(StartError::Gateway)?;

    let links = first_break_glass(&live, &site).await?;
    let started = Body::Started {
        version: VERSION.to_owned(),
    };
    let event = live.event(Actor::System, started);
    live.commit(Plan::new(Vec::new(), vec![event])).await?;

    let (shutdown, asked) = Shutdown::new();
    let mut listeners = JoinSet::new();
    let id_host = site.id_host();
    listeners.spawn(https.serve(
        move |request, connection| {
            serve(
                identity_host.clone(),
                gateway.clone(),
                id_host.clone(),
                request,
                connection,
            )
        },
        asked.clone(),
    ));
    listeners.spawn(local(admin, endpoints.admin(), asked.clone()));
    listeners.spawn(local(health, endpoints.health(), asked));

    let mut jobs = JoinSet::new();
    jobs.spawn(jobs::keep_hosts(Arc::clone(&hosts), live.clone()));
    jobs.spawn(jobs::forget(live.clone()));
    jobs.spawn(endpoints.clone().tell_clients());
    jobs.spawn(endpoints.clone().fetch_client_keys());
    jobs.spawn(endpoints.fetch_provider_metadata());
    jobs.spawn(jobs::rotate_keys(
        Arc::clone(&config),
        paths.clone(),
        master,
        keyring,
        live.clone(),
    ));

    let addresses = json!({
        "https": https_address,
        "health": health_address,
        "admin_socket": admin_socket,
        "origin": origin,
    });
    installation::publish(&paths.addresses(), &format!("{addresses:#}\n"))?;
    Ok(Running {
        https: https_address,
        health: health_address,
        admin_socket,
        origin,
        server_authority: hosts.authority().certificate().clone(),
        live,
        store,
        links,
        shutdown,
        listeners,
        jobs,
        paths,
    })
}

/// What calls clients' addresses.
fn outbound(config: &Config) -> Result<Outbound, StartError> {
    let mut roots = zt_net::system_roots();
    if let Some(path) = &config.outbound_authorities {
        let own = zt_net::roots_of(path).map_err(|source| StartError::File {
            path: path.clone(),
            source,
        })?;
        if own.is_empty() {
            return Err(StartError::NotPem(path.clone()));
        }
        roots.extend(own);
    }
    let allow = config.outbound_allow.clone();
    let settings = OutboundSettings {
        reach: Reach::also(move |address| allow.iter().any(|range| range.contains(address))),
        roots,
        ..OutboundSettings::default()
    };
    Ok(Outbound::new(settings)?)
}

/// One request on the HTTPS listener: `id.<domain>`, or an application's host.
async fn serve(
    identity_host: IdentityHost,
    gateway: Gateway,
    id_host: String,
    request: Request<Incoming>,
    connection: Arc<Connection>,
) -> Result<Response<ServedBody>, Infallible> {
    if connection.server_name() == Some(id_host.as_str()) {
        let answer = identity_host.handle(request, &connection).await;
        return Ok(answer.map(ServedBody::Own));
    }
    let answer = gateway.handle(request, connection).await?;
    Ok(answer.map(|body| ServedBody::Gateway(Box::new(body))))
}

/// What is at no route of `id.<domain>`: a page for people, a problem for programs.
async fn not_found(request: axum::extract::Request) -> axum::response::Response {
    if request.uri().path().starts_with("/api/") {
        let detail = "there is no such endpoint";
        return zt_endpoints::refusal(StatusCode::NOT_FOUND, "no-such-endpoint", detail);
    }
    zt_console::not_found(request).await
}

/// Serves a router on a listener of this machine.
async fn local(listener: LocalListener, router: Router, shutdown: Shutdown) {
    let handler = move |request: Request<Incoming>, _: Arc<Connection>| {
        let router = router.clone();
        async move { router.oneshot(request.map(axum::body::Body::new)).await }
    };
    listener.serve(handler, shutdown).await;
}
