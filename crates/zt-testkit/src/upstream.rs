//! An application behind the gateway: says what it received, speaks WebSocket and server-sent events, counts its guests.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{SinkExt, StreamExt, stream};
use http::{HeaderValue, StatusCode, header};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// How often a WebSocket and an event stream say something.
const PERIOD: Duration = Duration::from_millis(500);

/// The application, listening on a free port.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    guests: Arc<Guests>,
    task: JoinHandle<()>,
}

/// Who came.
#[derive(Debug, Default)]
struct Guests {
    requests: AtomicUsize,
}

impl Upstream {
    /// Starts it: `/` and everything else answers with what it received, `/socket` is a WebSocket that sends a message at
    /// once, one every half second, and every text back; `/events` does the same as server-sent events; `POST /length` says
    /// how many bytes arrived.
    ///
    /// # Errors
    /// If there is no free port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let guests = Arc::new(Guests::default());
        let router = Router::new()
            .route("/socket", get(socket))
            .route("/events", get(events))
            .route("/length", post(length))
            .fallback(echo)
            .with_state(Arc::clone(&guests));
        let task = tokio::spawn(async move {
            // It serves until the test ends.
            axum::serve(listener, router).await.ok();
        });
        Ok(Self {
            address,
            guests,
            task,
        })
    }

    /// Where it is.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests have reached it.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.guests.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn echo(State(guests): State<Arc<Guests>>, request: Request) -> Response {
    guests.requests.fetch_add(1, Ordering::SeqCst);
    let headers: Vec<[String; 2]> = request
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            [name.to_string(), value]
        })
        .collect();
    Json(serde_json::json!({
        "method": request.method().as_str(),
        "path": request.uri().path_and_query().map(|path| path.as_str()),
        "headers": headers,
    }))
    .into_response()
}

async fn length(State(guests): State<Arc<Guests>>, body: Body) -> Response {
    guests.requests.fetch_add(1, Ordering::SeqCst);
    let mut pieces = body.into_data_stream();
    let mut bytes = 0_usize;
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) => bytes += piece.len(),
            Err(_) => return StatusCode::BAD_REQUEST.into_response(),
        }
    }
    bytes.to_string().into_response()
}

async fn events(State(guests): State<Arc<Guests>>) -> Response {
    guests.requests.fetch_add(1, Ordering::SeqCst);
    let ticks = stream::unfold(tokio::time::interval(PERIOD), |mut ticks| async move {
        ticks.tick().await;
        Some((Ok::<_, Infallible>("data: tick\n\n"), ticks))
    });
    let kind = [(header::CONTENT_TYPE, "text/event-stream")];
    (kind, Body::from_stream(ticks)).into_response()
}

async fn socket(State(guests): State<Arc<Guests>>, mut request: Request) -> Response {
    guests.requests.fetch_add(1, Ordering::SeqCst);
    let Some(key) = request.headers().get(header::SEC_WEBSOCKET_KEY) else {
        return StatusCode::UPGRADE_REQUIRED.into_response();
    };
    let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let upgrading = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(upgraded) = upgrading.await else {
            return;
        };
        let stream =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        converse(stream).await;
    });
    let switch = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, switch).into_response()
}

async fn converse(stream: WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>) {
    let (mut out, mut said) = stream.split();
    let mut ticks = tokio::time::interval(PERIOD);
    loop {
        let message = tokio::select! {
            _ = ticks.tick() => Message::text("tick"),
            said = said.next() => match said {
                Some(Ok(Message::Text(text))) => Message::Text(text),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        if out.send(message).await.is_err() {
            return;
        }
    }
}
