//! The application behind the gateway.

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::{Body, Frame};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use zt_net::{Connection, Limits, LocalListener, Shutdown, ShutdownTrigger};

/// What happened at the application.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) requests: AtomicU64,
    /// Bytes of bodies that it made or took.
    pub(crate) bytes: AtomicU64,
    /// Connections of its own that ended: streams it noticed the end of.
    pub(crate) ended: Notify,
    /// Lets a held answer or upload go on.
    pub(crate) go_on: Notify,
}

pub(crate) struct Running {
    pub(crate) port: u16,
    pub(crate) seen: Arc<Seen>,
    _trigger: ShutdownTrigger,
}

pub(crate) async fn start() -> Running {
    let listener = LocalListener::loopback(0, Limits::default()).await.unwrap();
    let port = listener.local_address().unwrap().port();
    let seen = Arc::new(Seen::default());
    let (trigger, shutdown) = Shutdown::new();
    let handler = Arc::clone(&seen);
    tokio::spawn(listener.serve(
        move |request, connection| {
            let seen = Arc::clone(&handler);
            async move { Ok::<_, Infallible>(answer(request, connection, seen).await) }
        },
        shutdown,
    ));
    Running {
        port,
        seen,
        _trigger: trigger,
    }
}

async fn answer(
    mut request: Request<Incoming>,
    connection: Arc<Connection>,
    seen: Arc<Seen>,
) -> Response<BoxBody<Bytes, Infallible>> {
    seen.requests.fetch_add(1, Ordering::SeqCst);
    match request.uri().path() {
        "/events" => {
            let events = Events {
                seen,
                sent: 0,
                waiting: None,
            };
            let mut response = Response::new(events.boxed());
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/event-stream"),
            );
            response
        }
        "/big" => Response::new(
            Big {
                seen,
                left: request.uri().query().unwrap().parse().unwrap(),
            }
            .boxed(),
        ),
        "/upload" => {
            let mut body = request.into_body();
            while let Some(Ok(frame)) = body.frame().await {
                seen.bytes.fetch_add(
                    frame.into_data().map_or(0, |data| data.len() as u64),
                    Ordering::SeqCst,
                );
            }
            full(seen.bytes.load(Ordering::SeqCst).to_string())
        }
        "/held" => {
            seen.go_on.notified().await;
            full("held".to_owned())
        }
        "/download" => {
            let mut response = full("file".to_owned());
            let attachment = HeaderValue::from_static("attachment; filename=x.txt");
            response
                .headers_mut()
                .insert(header::CONTENT_DISPOSITION, attachment);
            response
        }
        "/as-told" => as_told(&request),
        "/sets-cookies" => {
            let mut response = full(String::new());
            for (name, value) in [
                ("set-cookie", "theme=dark; Path=/"),
                ("set-cookie", "__Host-sekisho=evil; Path=/; Secure"),
                ("alt-svc", "h3=\":443\""),
                ("connection", "x-hop"),
                ("x-hop", "1"),
                ("sekisho-identity", "mine"),
                ("x-kept", "1"),
            ] {
                response
                    .headers_mut()
                    .append(name, HeaderValue::from_static(value));
            }
            response
        }
        "/socket" | "/socket-huge" => {
            let huge = request.uri().path().ends_with("huge");
            let upgrade = hyper::upgrade::on(&mut request);
            connection.becomes_raw();
            tokio::spawn(async move {
                let stream = TokioIo::new(upgrade.await.unwrap());
                if huge {
                    half_a_frame(stream).await
                } else {
                    echo(stream).await
                }
                seen.ended.notify_one();
            });
            let key = request.headers().get(header::SEC_WEBSOCKET_KEY).unwrap();
            let accept =
                tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
            let mut response = full(String::new());
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            for (name, value) in [
                ("upgrade", "websocket"),
                ("connection", "upgrade"),
                ("sec-websocket-accept", &accept),
            ] {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
        "/no-socket" => {
            let mut response = full("not today".to_owned());
            *response.status_mut() = StatusCode::IM_A_TEAPOT;
            response
        }
        _ => echo_head(request).await,
    }
}

fn full(text: String) -> Response<BoxBody<Bytes, Infallible>> {
    Response::new(Full::from(text).boxed())
}

/// Answers what the request's header says: `200|content-type: text/html|etag: "x"|the body`.
fn as_told(request: &Request<Incoming>) -> Response<BoxBody<Bytes, Infallible>> {
    let told = request.headers()["x-answer"].to_str().unwrap();
    let mut parts: Vec<&str> = told.split('|').collect();
    let mut response = full(parts.pop().unwrap().to_owned());
    *response.status_mut() = parts.remove(0).parse().unwrap();
    for part in parts {
        let (name, value) = part.split_once(": ").unwrap();
        let name: http::HeaderName = name.parse().unwrap();
        response.headers_mut().append(name, value.parse().unwrap());
    }
    response
}

/// Says what it was sent, one header a line.
async fn echo_head(request: Request<Incoming>) -> Response<BoxBody<Bytes, Infallible>> {
    let mut lines = format!(
        "{} {} {:?}\n",
        request.method(),
        request.uri(),
        request.version()
    );
    for (name, value) in request.headers() {
        lines.push_str(&format!("{name}: {}\n", value.to_str().unwrap()));
    }
    let body = request
        .into_body()
        .collect()
        .await
        .map_or(0, |body| body.to_bytes().len());
    lines.push_str(&format!("body: {body}\n"));
    let mut response = full(lines);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

async fn echo(stream: TokioIo<hyper::upgrade::Upgraded>) {
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    while let Some(Ok(message)) = socket.next().await {
        if message.is_text() && socket.send(message).await.is_err() {
            break;
        }
    }
}

/// Begins a frame of a megabyte and never ends it.
async fn half_a_frame(mut stream: TokioIo<hyper::upgrade::Upgraded>) {
    let mut begun = vec![0x82, 127];
    begun.extend_from_slice(&1_000_000u64.to_be_bytes());
    begun.extend_from_slice(b"the beginning");
    stream.write_all(&begun).await.unwrap();
    stream.flush().await.unwrap();
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

/// One event at once, and then one each time the test says so; notes when nobody reads any more.
struct Events {
    seen: Arc<Seen>,
    sent: u64,
    waiting: Option<Pin<Box<dyn Future<Output = ()> + Send + Sync>>>,
}

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(waiting) = &mut self.waiting {
            std::task::ready!(waiting.as_mut().poll(cx));
        }
        self.sent += 1;
        let seen = Arc::clone(&self.seen);
        self.waiting = Some(Box::pin(async move { seen.go_on.notified().await }));
        let event = format!("data: {}\n\n", self.sent);
        Poll::Ready(Some(Ok(Frame::data(event.into()))))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.seen.ended.notify_one();
    }
}

/// So many bytes in pieces of 64 KiB, counted as they are made.
struct Big {
    seen: Arc<Seen>,
    left: u64,
}

impl Body for Big {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        static PIECE: [u8; 64 * 1024] = [7; 64 * 1024];
        let length = self.left.min(PIECE.len() as u64);
        if length == 0 {
            return Poll::Ready(None);
        }
        self.left -= length;
        self.seen.bytes.fetch_add(length, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(
            &PIECE[..length as usize],
        )))))
    }
}
