//! Talking with the server.

use crate::AgentError;
use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri, header};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use zt_device::wire::WireRefusal;
use zt_net::{Client, ClientIdentity, ClientSettings};

/// Where Debian and most others keep the authorities that the whole machine trusts.
const SYSTEM_TRUST: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The authorities whose servers the agent talks with, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerTrust(String);

impl ServerTrust {
    /// The authorities in a file.
    ///
    /// # Errors
    /// [`AgentError::File`], or [`AgentError::Trust`] if it holds none.
    pub fn from_file(path: &Path) -> Result<Self, AgentError> {
        let text = std::fs::read_to_string(path).map_err(|source| AgentError::File {
            path: path.to_owned(),
            source,
        })?;
        let trust = Self(text);
        if trust.roots().is_empty() {
            Err(AgentError::Trust(path.to_owned()))
        } else {
            Ok(trust)
        }
    }

    /// The authorities that this machine trusts.
    ///
    /// # Errors
    /// [`AgentError::File`], [`AgentError::Trust`].
    pub fn of_the_system() -> Result<Self, AgentError> {
        Self::from_file(Path::new(SYSTEM_TRUST))
    }

    pub(crate) fn from_pem(text: String) -> Self {
        Self(text)
    }

    /// In PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.0
    }

    fn roots(&self) -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_slice_iter(self.0.as_bytes())
            .filter_map(Result::ok)
            .collect()
    }
}

/// Reads a server's address: `https://` and a host, perhaps a port, nothing after it.
///
/// # Errors
/// [`AgentError::Address`].
pub fn parse_server(text: &str) -> Result<Uri, AgentError> {
    let bad = || AgentError::Address(text.to_owned());
    let uri: Uri = text.trim().parse().map_err(|_| bad())?;
    let plain = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
    let authority = uri
        .authority()
        .filter(|authority| !authority.as_str().contains('@'))
        .ok_or_else(bad)?;
    if uri.scheme_str() != Some("https") || !plain {
        return Err(bad());
    }
    Uri::builder()
        .scheme("https")
        .authority(authority.clone())
        .path_and_query("/")
        .build()
        .map_err(|_| bad())
}

/// A server, and who we are to it.
pub(crate) struct Server {
    address: Uri,
    client: Client,
}

impl Server {
    pub(crate) fn new(
        address: &Uri,
        trust: &ServerTrust,
        identity: Option<ClientIdentity>,
    ) -> Result<Self, AgentError> {
        let settings = ClientSettings {
            roots: trust.roots(),
            identity,
            ..ClientSettings::default()
        };
        let client = Client::new(settings).map_err(|source| unreachable(address, source))?;
        Ok(Self {
            address: address.clone(),
            client,
        })
    }

    /// Posts `body` and reads what is created by it.
    pub(crate) async fn create<B: Serialize, A: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<A, AgentError> {
        let body = serde_json::to_vec(body).map_err(|_| AgentError::Answer)?;
        let answer = self.post(path, body, StatusCode::CREATED).await?;
        serde_json::from_slice(&answer).map_err(|_| AgentError::Answer)
    }

    /// Posts nothing and expects nothing back.
    pub(crate) async fn tell(&self, path: &str) -> Result<(), AgentError> {
        self.post(path, Vec::new(), StatusCode::NO_CONTENT)
            .await
            .map(|_| ())
    }

    async fn post(
        &self,
        path: &str,
        body: Vec<u8>,
        expected: StatusCode,
    ) -> Result<Bytes, AgentError> {
        let mut address = self.address.clone().into_parts();
        address.path_and_query = Some(
            path.parse()
                .map_err(|_| AgentError::Address(path.to_owned()))?,
        );
        let address = Uri::from_parts(address).map_err(|_| AgentError::Address(path.to_owned()))?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(address)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(Bytes::from(body))
            .map_err(|_| AgentError::Address(path.to_owned()))?;
        let answer = self
            .client
            .send(request)
            .await
            .map_err(|source| unreachable(&self.address, source))?;
        let status = answer.status();
        if status == expected {
            return Ok(answer.into_body());
        }
        match serde_json::from_slice::<WireRefusal>(answer.body()) {
            Ok(WireRefusal { error, message }) => Err(AgentError::Refused {
                error: zt_device::shown_text(&error, 64),
                message: zt_device::shown_text(&message, 256),
            }),
            Err(_) if status.is_client_error() || status.is_server_error() => {
                Err(AgentError::Refused {
                    error: status.as_u16().to_string(),
                    message: status
                        .canonical_reason()
                        .unwrap_or("no reason given")
                        .to_lowercase(),
                })
            }
            Err(_) => Err(AgentError::Answer),
        }
    }
}

fn unreachable(server: &Uri, source: zt_net::ClientError) -> AgentError {
    AgentError::Unreachable {
        server: server.to_string(),
        source,
    }
}
