//! A server that runs.

use crate::StartError;
use crate::installation::Paths;
use rustls::pki_types::CertificateDer;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use zt_console::signin::BreakGlassLink;
use zt_live::Live;
use zt_net::ShutdownTrigger;
use zt_store::{SqliteStore, Store};

/// A server that runs. Dropping it stops it without waiting for anything.
pub struct Running {
    pub(crate) paths: Paths,
    pub(crate) https: SocketAddr,
    pub(crate) health: SocketAddr,
    pub(crate) admin_socket: PathBuf,
    pub(crate) origin: String,
    pub(crate) server_authority: CertificateDer<'static>,
    pub(crate) live: Live,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) links: Vec<BreakGlassLink>,
    pub(crate) shutdown: ShutdownTrigger,
    pub(crate) listeners: JoinSet<()>,
    pub(crate) jobs: JoinSet<()>,
}

impl Running {
    /// Where the HTTPS listener is.
    #[must_use]
    pub const fn https(&self) -> SocketAddr {
        self.https
    }
    /// Where health and metrics are.
    #[must_use]
    pub const fn health(&self) -> SocketAddr {
        self.health
    }
    /// The admin socket.
    #[must_use]
    pub fn admin_socket(&self) -> &Path {
        &self.admin_socket
    }
    /// Where people find the sign-in host: `https://id.<domain>`, with the port if it is not 443.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
    /// The certificate of the authority that issues for our hosts.
    #[must_use]
    pub const fn server_authority(&self) -> &CertificateDer<'static> {
        &self.server_authority
    }
    /// The same as a file, in PEM.
    #[must_use]
    pub fn server_authority_file(&self) -> PathBuf {
        self.paths.server_authority()
    }
    /// The decision point.
    #[must_use]
    pub const fn live(&self) -> &Live {
        &self.live
    }
    /// The one-time links of the break-glass accounts, if this was the first start: to be shown, and kept nowhere.
    pub fn take_break_glass_links(&mut self) -> Vec<BreakGlassLink> {
        std::mem::take(&mut self.links)
    }

    /// Serves until the process is asked to end (SIGINT, SIGTERM), then stops.
    ///
    /// # Errors
    /// If the signals cannot be listened for; the server has stopped then.
    pub async fn until_stopped(self) -> Result<(), StartError> {
        let waited = ended_by_signal().await;
        self.stop().await;
        waited.map_err(|source| StartError::File {
            path: PathBuf::from("signals"),
            source,
        })
    }

    /// Stops: nothing new is accepted, open connections may finish for a while, what was recorded is kept, and the store
    /// is closed when this returns.
    pub async fn stop(mut self) {
        self.shutdown.ask();
        self.jobs.abort_all();
        while self.listeners.join_next().await.is_some() {}
        while self.jobs.join_next().await.is_some() {}
        if let Err(error) = self.store.flush().await {
            tracing::error!(%error, "the last events could not be kept");
        }
        let _ = std::fs::remove_file(self.paths.addresses());
        drop(self.live);
        // Requests that were cut off let go of the store one by one; whoever still holds on after this keeps it open.
        for _ in 0..LONGEST_CLOSE.as_millis() / CLOSE_STEP.as_millis() {
            if Arc::strong_count(&self.store) == 1 {
                break;
            }
            tokio::time::sleep(CLOSE_STEP).await;
        }
        let store = self.store;
        let closing = tokio::task::spawn_blocking(move || drop(store));
        if closing.await.is_err() {
            tracing::error!("the store was not closed properly");
        }
    }
}

/// How long requests that were cut off may hold on to the store.
const LONGEST_CLOSE: Duration = Duration::from_secs(5);
/// How often it is looked whether they still do.
const CLOSE_STEP: Duration = Duration::from_millis(5);

async fn ended_by_signal() -> std::io::Result<()> {
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
