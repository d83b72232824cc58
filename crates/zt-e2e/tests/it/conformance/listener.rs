//! Where clients are told that a session is over.

use super::wire::{Asked, Pairs};
use super::{Failure, fail};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::StatusCode;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

/// How long the harness waits for somebody who may not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client's address for sign-outs, on this machine.
pub(crate) struct Listener {
    address: String,
    came: Mutex<mpsc::UnboundedReceiver<String>>,
    task: JoinHandle<()>,
}

impl Listener {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{}/backchannel", listener.local_addr().unwrap());
        let (told, came) = mpsc::unbounded_channel();
        let router = Router::new()
            .route("/backchannel", post(receive))
            .with_state(told);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            came: Mutex::new(came),
            task,
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Forgets who came before.
    pub(crate) async fn forget(&self) {
        let mut came = self.came.lock().await;
        while came.try_recv().is_ok() {}
    }

    /// The next one who comes.
    pub(crate) async fn next(&self) -> Result<Asked, Failure> {
        let mut came = self.came.lock().await;
        let form = tokio::time::timeout(PATIENCE, came.recv()).await;
        let form = form.map_err(|_| fail("the client was not told"))?;
        Ok(Asked {
            at: "backchannel_logout".to_owned(),
            ..Asked::form(&self.address, Pairs::parse(&form.unwrap_or_default()))
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(State(told): State<mpsc::UnboundedSender<String>>, form: String) -> StatusCode {
    told.send(form).ok();
    StatusCode::OK
}
