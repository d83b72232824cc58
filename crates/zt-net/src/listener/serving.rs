//! One connection's requests.

use crate::connection::Connection;
use crate::head_guard::{HeadGuard, MALFORMED, Violation};
use crate::{Limits, Shutdown};
use bytes::Bytes;
use futures_util::{FutureExt as _, future};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};

/// How many headers hyper takes unless told otherwise.
const HYPERS_HEADERS: u32 = 100;

pub(crate) async fn serve_http1<S, H, F, B, E>(
    stream: S,
    connection: Connection,
    limits: &Limits,
    handler: H,
    shutdown: Shutdown,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Fn(Request<Incoming>, Arc<Connection>) -> F,
    F: Future<Output = Result<Response<B>, E>> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    let guarded = HeadGuard::new(
        stream,
        limits.max_head_bytes,
        limits.write_stall_timeout(),
        Arc::clone(&connection.raw),
    );
    let connection = Arc::new(connection);
    let service = service_fn(|request: Request<Incoming>| {
        // Combined rather than awaited: an `async` block would hold the handler's future twice over, and each request
        // moves it about.
        match malformed(&request) {
            Some(violation) => {
                future::Either::Left(future::ready(Ok(refusal(violation).map(Either::Right))))
            }
            None => {
                future::Either::Right(handler(request, Arc::clone(&connection)).map(|answer| {
                    match answer {
                        Ok(response) => Ok(response.map(Either::Left)),
                        Err(error) => Err(Failed(error.into())),
                    }
                }))
            }
        }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout())
        .half_close(false);
    // What hyper allows by itself needs no memory of its own for each request.
    if limits.max_headers != HYPERS_HEADERS {
        builder.max_headers(limits.max_headers as usize);
    }
    let serving = builder
        .serve_connection(TokioIo::new(guarded), service)
        .with_upgrades();
    let mut serving = pin!(serving);
    let finish = |serving: Pin<&mut _>| {
        hyper::server::conn::http1::UpgradeableConnection::graceful_shutdown(serving)
    };
    until_shutdown(&mut serving, shutdown, finish).await;
}

pub(crate) async fn serve_http2<S, H, F, B, E>(
    stream: S,
    connection: Connection,
    limits: &Limits,
    handler: H,
    shutdown: Shutdown,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Fn(Request<Incoming>, Arc<Connection>) -> F,
    F: Future<Output = Result<Response<B>, E>> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    let connection = Arc::new(connection);
    let service =
        service_fn(|request: Request<Incoming>| handler(request, Arc::clone(&connection)));
    let serving = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.max_streams)
        .max_header_list_size(limits.max_head_bytes)
        .keep_alive_interval(limits.ping_interval())
        .keep_alive_timeout(limits.ping_interval())
        .enable_connect_protocol()
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = pin!(serving);
    let finish =
        |serving: Pin<&mut _>| hyper::server::conn::http2::Connection::graceful_shutdown(serving);
    until_shutdown(&mut serving, shutdown, finish).await;
}

/// Drives a connection to its end; once a shutdown is asked for, `finish` tells it to take no further requests.
async fn until_shutdown<C>(
    serving: &mut Pin<&mut C>,
    mut shutdown: Shutdown,
    finish: impl Fn(Pin<&mut C>),
) where
    C: Future<Output = hyper::Result<()>>,
{
    let mut asked = pin!(shutdown.asked());
    let mut finishing = Poll::Pending;
    let ended = poll_fn(|cx: &mut Context<'_>| {
        if finishing.is_pending() && asked.as_mut().poll(cx).is_ready() {
            finishing = Poll::Ready(());
            finish(serving.as_mut());
        }
        serving.as_mut().poll(cx)
    })
    .await;
    if let Err(error) = ended {
        tracing::debug!(error = %Chain(&error), "a connection ended badly");
    }
}

fn malformed(request: &Request<Incoming>) -> Option<Violation> {
    let slug = request.uri().path().strip_prefix(MALFORMED)?;
    Violation::ALL
        .into_iter()
        .find(|violation| violation.slug() == slug)
}

/// RFC 9457 problem details.
fn refusal(violation: Violation) -> Response<Full<Bytes>> {
    let status = match violation {
        Violation::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        // RFC 9112 §6.1: a transfer coding that is not understood.
        Violation::TransferEncoding | Violation::Connect => StatusCode::NOT_IMPLEMENTED,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = format!(
        r#"{{"type":"urn:sekisho:problem:malformed-request","title":"malformed request","status":{},"reason":"{}","detail":"{}"}}"#,
        status.as_u16(),
        violation.slug(),
        violation.explanation()
    );
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A handler gave up on a request.
#[derive(Debug, thiserror::Error)]
#[error("the handler gave up")]
struct Failed(#[source] Box<dyn Error + Send + Sync>);

/// An error with its causes.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
