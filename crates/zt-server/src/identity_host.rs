//! `id.<domain>`: sign-in, portal, console and endpoints behind one router.

use crate::timely::Timely;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, header};
use hyper::body::Incoming;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use tower::ServiceExt;
use zt_console::Visitor;
use zt_crypto::x509::DeviceTrust;
use zt_device::Presentation;
use zt_endpoints::Caller;
use zt_live::{Proxies, Whence};
use zt_net::{ClientCertificate, Connection, Peer};

/// What serves `id.<domain>`. Clones share it.
#[derive(Clone)]
pub(crate) struct IdentityHost {
    pub(crate) router: Router,
    pub(crate) devices: DeviceTrust,
    /// The proxies in front whose word about the address is taken.
    pub(crate) proxies: Proxies,
    /// How long a request's body may take.
    pub(crate) patience: Duration,
}

impl IdentityHost {
    pub(crate) async fn handle(
        &self,
        request: Request<Incoming>,
        connection: &Connection,
    ) -> Response {
        let server_name = connection.server_name().unwrap_or_default();
        if let Err(status) = check_authority(request.uri(), request.headers(), server_name) {
            let (slug, detail) = match status {
                StatusCode::MISDIRECTED_REQUEST => (
                    "misdirected",
                    "this connection is for another host: open a new one",
                ),
                _ => ("malformed", "the request does not name one host"),
            };
            return zt_endpoints::refusal(status, slug, detail);
        }
        let (peer, known) = match connection.peer() {
            Peer::Network(address) => {
                let lines = request.headers().get_all("x-forwarded-for").iter();
                let lines: Vec<&[u8]> = lines.map(HeaderValue::as_bytes).collect();
                let peer = address.ip().to_canonical();
                (peer, self.proxies.origin(peer, lines.into_iter()))
            }
            Peer::Local => (IpAddr::V4(Ipv4Addr::LOCALHOST), None),
        };
        let address = known.unwrap_or(peer).to_canonical();
        let user_agent = request.headers().get(header::USER_AGENT);
        let user_agent = user_agent.and_then(|value| value.to_str().ok());
        let whence = Whence::new(known, user_agent.unwrap_or_default());
        let presented = match connection.memo(|| self.presentation(connection)) {
            Some(presented) => *presented,
            None => self.presentation(connection),
        };
        let is_oauth = request.uri().path().starts_with("/oauth2/");
        let mut request = request.map(|body| Body::new(Timely::new(body, self.patience)));
        let extensions = request.extensions_mut();
        extensions.insert(Visitor {
            address,
            whence,
            presented,
        });
        // Only those who speak OAuth are clients with certificates of their own; browsers' are devices'.
        let chain = match connection.client_certificate() {
            ClientCertificate::Presented(chain) if is_oauth => chain.iter().cloned().collect(),
            _ => [].into(),
        };
        extensions.insert(Caller {
            address,
            presented,
            chain,
        });
        match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    fn presentation(&self, connection: &Connection) -> Presentation {
        match connection.client_certificate() {
            ClientCertificate::NotAsked => Presentation::NotAsked,
            ClientCertificate::Absent => Presentation::Nothing,
            ClientCertificate::Presented(chain) => self.devices.presentation(chain),
        }
    }
}

/// The request must be for the host that the handshake named: a browser that reuses a connection for another host would
/// never be asked for its device certificate (RFC 9110 §7.4, §15.5.20). Exactly one authority, without user information.
fn check_authority(uri: &Uri, headers: &HeaderMap, server_name: &str) -> Result<(), StatusCode> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let named = match (hosts.next(), hosts.next()) {
        (_, Some(_)) => return Err(StatusCode::BAD_REQUEST),
        (Some(host), None) => Some(host.to_str().map_err(|_| StatusCode::BAD_REQUEST)?),
        (None, None) => None,
    };
    let target = uri.authority().map(http::uri::Authority::as_str);
    let authority = match (target, named) {
        (Some(target), Some(named)) if !target.eq_ignore_ascii_case(named) => {
            return Err(StatusCode::BAD_REQUEST);
        }
        (Some(authority), _) | (None, Some(authority)) => authority,
        (None, None) => return Err(StatusCode::BAD_REQUEST),
    };
    let authority: http::uri::Authority = authority.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    if authority.as_str().contains('@') {
        return Err(StatusCode::BAD_REQUEST);
    }
    if authority.host().eq_ignore_ascii_case(server_name) {
        Ok(())
    } else {
        Err(StatusCode::MISDIRECTED_REQUEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_request_is_for_the_host_of_its_handshake() {
        let name = "id.sekisho.example";
        for (target, hosts, expected) in [
            ("/", &["id.sekisho.example"][..], Ok(())),
            ("/", &["ID.Sekisho.Example:8443"], Ok(())),
            ("https://id.sekisho.example/", &[], Ok(())),
            (
                "https://id.sekisho.example:1/",
                &["id.sekisho.example:1"],
                Ok(()),
            ),
            ("/", &["wiki.sekisho.example"], Err(421)),
            ("https://wiki.sekisho.example/", &[], Err(421)),
            ("/", &["id.sekisho.example.evil.example"], Err(421)),
            ("/", &[], Err(400)),
            ("/", &[""], Err(400)),
            ("/", &["a@id.sekisho.example"], Err(400)),
            ("/", &["id.sekisho.example", "id.sekisho.example"], Err(400)),
            (
                "https://id.sekisho.example/",
                &["wiki.sekisho.example"],
                Err(400),
            ),
        ] {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(header::HOST, HeaderValue::from_static(host));
            }
            let uri: Uri = target.parse().unwrap();
            let checked = check_authority(&uri, &headers, name).map_err(|s| s.as_u16());
            assert_eq!(checked, expected, "{target} {hosts:?}");
        }
    }
}
