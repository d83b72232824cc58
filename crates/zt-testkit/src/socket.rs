//! A WebSocket through the gateway, as a browser's page opens one.

use crate::{VisitError, Visitor};
use http::{HeaderValue, Method, Uri, header};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// Why there is no WebSocket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// There is no connection.
    #[error(transparent)]
    Visit(#[from] VisitError),
    /// The handshake came to nothing; an answer that refuses it is one of these.
    #[error(transparent)]
    WebSocket(#[from] tungstenite::Error),
}

impl Visitor {
    /// Opens the WebSocket at `address` (an `https` address), with this browser's cookies and the page's origin.
    ///
    /// # Errors
    /// [`SocketError`].
    pub async fn socket(
        &self,
        address: &str,
    ) -> Result<WebSocketStream<TlsStream<TcpStream>>, SocketError> {
        let parsed: Uri = address
            .parse()
            .map_err(|_| VisitError::Address(address.to_owned()))?;
        let tls = self.client().connect(&parsed).await;
        let tls = tls.map_err(VisitError::from)?;
        let mut request = address.replacen("https", "wss", 1).into_client_request()?;
        let like_a_page = self.request(Method::GET, &parsed).body(());
        let like_a_page = like_a_page.map_err(VisitError::from)?;
        if let Some(cookies) = like_a_page.headers().get(header::COOKIE) {
            request
                .headers_mut()
                .insert(header::COOKIE, cookies.clone());
        }
        let authority = parsed.authority().map(ToString::to_string);
        let origin = format!("https://{}", authority.unwrap_or_default());
        if let Ok(origin) = HeaderValue::try_from(origin) {
            request.headers_mut().insert(header::ORIGIN, origin);
        }
        let (socket, _) = tokio_tungstenite::client_async(request, tls).await?;
        Ok(socket)
    }
}
