//! Asking the running server through its admin socket.

use super::{ConfigArgs, Failure, ServerArgs};
use anyhow::{Context, anyhow};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use zt_endpoints::management::wire::Refused;
use zt_net::{Client, ClientLimits, ClientSettings};
use zt_server::Paths;
use zt_server::config::Config;

/// Answers hold whole lists.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// A server's admin socket.
pub(super) struct AdminSocket {
    path: PathBuf,
    client: Client,
}

impl AdminSocket {
    /// The socket that `server` leads to. Nothing is sent yet.
    pub(super) fn of(server: &ServerArgs) -> Result<Self, Failure> {
        let path = match &server.socket {
            Some(path) => path.clone(),
            None => Paths::new(
                &load(&server.config, "or its admin socket with `--socket SOCKET`")?.state_dir,
            )
            .admin_socket(),
        };
        let client = Client::new(ClientSettings {
            unix_socket: Some(path.clone()),
            limits: ClientLimits {
                max_answer: LARGEST_ANSWER,
                ..ClientLimits::default()
            },
            ..ClientSettings::default()
        });
        let client = client.map_err(|error| Failure::of(error.into()))?;
        Ok(Self { path, client })
    }

    /// Reads something.
    pub(super) async fn read<A: DeserializeOwned>(&self, path: &str) -> Result<A, Failure> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    /// Has something done.
    pub(super) async fn ask<Q: Serialize, A: DeserializeOwned>(
        &self,
        path: &str,
        question: &Q,
    ) -> Result<A, Failure> {
        let body = serde_json::to_vec(question).map_err(|error| Failure::of(error.into()))?;
        self.send(Method::POST, path, Bytes::from(body)).await
    }

    async fn send<A: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<A, Failure> {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://localhost{path}"))
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|error| Failure::of(error.into()))?;
        let answer = self.client.send(request).await.map_err(|error| {
            let path = self.path.display();
            Failure::unreachable(anyhow!(error).context(format!(
                "no server answers at `{path}`; is it running, and may you open that file?"
            )))
        })?;
        if answer.status().is_success() {
            let bytes: &[u8] = if answer.status() == StatusCode::NO_CONTENT {
                b"null"
            } else {
                answer.body()
            };
            return serde_json::from_slice(bytes)
                .context(
                    "the server answered something else than this version of the program expects",
                )
                .map_err(Failure::of);
        }
        let refused: Option<Refused> = serde_json::from_slice(answer.body()).ok();
        Err(Failure::of(match refused {
            Some(Refused {
                detail, problems, ..
            }) if problems.is_empty() => anyhow!("{detail}"),
            Some(Refused {
                detail, problems, ..
            }) => {
                let drawn: Vec<String> = problems.iter().map(super::organisation::drawn).collect();
                anyhow!("{detail}\n\n{}", drawn.join("\n\n"))
            }
            None => anyhow!("the server answered {}", answer.status()),
        }))
    }
}

/// Reads the configuration a verb was pointed at. `otherwise` says how else the server can be named.
pub(super) fn load(args: &ConfigArgs, otherwise: &str) -> Result<Config, Failure> {
    let loaded = Config::load(&args.config, std::env::vars());
    let loaded = if args.config.exists() {
        loaded.map_err(anyhow::Error::from)
    } else {
        loaded.with_context(|| {
            format!("which server? Name its configuration with `--config FILE`, {otherwise}")
        })
    };
    loaded.map_err(Failure::usage)
}
