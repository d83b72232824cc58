//! The applications' side: connections, and one request over one of them.
//!
//! A connection is driven by the task that uses it, not by one of its own: no message passing and no task switch between
//! the two sides of a request. Nobody drives it while it is idle, so it is looked at before it is used again.

mod body;
mod lease;
mod stream;
mod target;

pub(crate) use body::{AnswerBody, RequestBody, Upload, UploadState};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use lease::{Failed, Lease, Slot, Wire};
use parking_lot::Mutex;
use rustls::ClientConfig;
use serde::Deserialize;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use stream::Stream;
pub(crate) use target::Target;
pub use target::TargetError;
use tokio::time::Instant;

/// The limits towards applications. Every field has a default.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UpstreamLimits {
    /// To connect, with the TLS handshake, in milliseconds. Default 5,000.
    pub connect_timeout_ms: u64,
    /// From the end of the request to the head of the answer, in milliseconds. Default 60,000.
    pub answer_timeout_ms: u64,
    /// The longest time between two pieces of a request body from the client, in milliseconds. Default 30,000.
    pub body_stall_timeout_ms: u64,
    /// Connections to one application at once; a request beyond is answered 503. Default 4,000.
    pub max_connections: u32,
    /// Idle connections kept for one application. Default 128.
    pub max_idle: u32,
    /// How long a connection may be idle and still be used again, in milliseconds. Default 30,000.
    pub idle_timeout_ms: u64,
}

impl Default for UpstreamLimits {
    fn default() -> Self {
        Self {
            connect_timeout_ms: 5_000,
            answer_timeout_ms: 60_000,
            body_stall_timeout_ms: 30_000,
            max_connections: 4_000,
            max_idle: 128,
            idle_timeout_ms: 30_000,
        }
    }
}

/// Why an application gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpstreamError {
    #[error("cannot connect to the application")]
    Unreachable(#[source] std::io::Error),
    #[error("the application's connection broke")]
    Broken(#[source] hyper::Error),
    #[error("the application did not answer in time")]
    Slow,
    #[error("too many requests to this application at once")]
    Busy,
}

/// One application's server.
pub(crate) struct Upstream {
    target: Target,
    tls: Arc<ClientConfig>,
    limits: UpstreamLimits,
    idle: Mutex<Vec<Idle>>,
    open: Arc<std::sync::atomic::AtomicU32>,
}

struct Idle {
    wire: Box<Wire>,
    since: Instant,
}

/// What came of an upgrade request.
pub(crate) enum Upgrading {
    /// 101: the stream speaks the other protocol now.
    Switched(Box<Switched>),
    /// Any other answer.
    Refused(Box<Response<Incoming>>),
}

/// A connection that switched protocols. It counts as open as long as `slot` is held.
pub(crate) struct Switched {
    pub(crate) head: http::response::Parts,
    pub(crate) stream: Upgraded,
    pub(crate) slot: Slot,
}

/// A connection idle for less than this is not suspected of being closed by the other end at this very moment.
const FRESH: Duration = Duration::from_secs(1);

impl Upstream {
    pub(crate) fn new(target: Target, tls: Arc<ClientConfig>, limits: UpstreamLimits) -> Self {
        Self {
            target,
            tls,
            limits,
            idle: Mutex::default(),
            open: Arc::default(),
        }
    }

    pub(crate) const fn limits(&self) -> &UpstreamLimits {
        &self.limits
    }

    /// Whether its limits and target are these: then it need not be replaced, and keeps its connections.
    pub(crate) fn is_for(&self, target: &Target) -> bool {
        self.target == *target
    }

    /// Sends a request and waits for the answer's head. What can be repeated without harm is sent once more if an idle
    /// connection turns out to be closed.
    pub(crate) async fn exchange(
        self: &Arc<Self>,
        mut request: Request<RequestBody>,
    ) -> Result<Response<AnswerBody>, UpstreamError> {
        while let Some((lease, idle_for)) = self.take_idle().await {
            // Only after a while is it worth a copy.
            let spare = if idle_for > FRESH {
                copy(&request)
            } else {
                None
            };
            let failed = match lease.send(request).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let again = failed.unsent.map(|unsent| *unsent).or(spare);
            match (failed.error, again) {
                (UpstreamError::Broken(_), Some(again)) => request = again,
                (error, _) => return Err(error),
            }
        }
        // Rare, and large: not a part of every request's future, which is moved about.
        Box::pin(self.connect())
            .await?
            .send(request)
            .await
            .map_err(|failed: Failed| failed.error)
    }

    /// Sends an upgrade request over a connection of its own.
    pub(crate) async fn upgrade(
        self: &Arc<Self>,
        request: Request<RequestBody>,
    ) -> Result<Upgrading, UpstreamError> {
        let Some(wire) = self.connect().await?.into_wire() else {
            return Err(UpstreamError::Busy);
        };
        let Wire {
            mut sender,
            driver,
            mut timer,
            slot,
        } = *wire;
        timer.as_mut().reset(Instant::now() + self.answer_timeout());
        let Some(driver) = driver else {
            return Err(UpstreamError::Busy);
        };
        // An upgrade is rare enough for a task of its own. It ends with the connection, or when the protocol is switched.
        tokio::spawn(driver.with_upgrades());
        let mut answering = pin!(sender.send_request(request));
        let mut answer = poll_fn(|cx| match answering.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(answer.map_err(UpstreamError::Broken)),
            Poll::Pending => timer.as_mut().poll(cx).map(|()| Err(UpstreamError::Slow)),
        })
        .await?;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Ok(Upgrading::Refused(Box::new(answer)));
        }
        let stream = hyper::upgrade::on(&mut answer)
            .await
            .map_err(UpstreamError::Broken)?;
        let (head, _) = answer.into_parts();
        Ok(Upgrading::Switched(Box::new(Switched {
            head,
            stream,
            slot,
        })))
    }

    const fn answer_timeout(&self) -> Duration {
        Duration::from_millis(self.limits.answer_timeout_ms)
    }

    async fn take_idle(self: &Arc<Self>) -> Option<(Lease, Duration)> {
        loop {
            let Idle { wire, since } = self.idle.lock().pop()?;
            let mut lease = Lease::new(wire, Arc::clone(self));
            let idle_for = Instant::now().saturating_duration_since(since);
            if idle_for < Duration::from_millis(self.limits.idle_timeout_ms)
                && lease.is_usable().await
            {
                return Some((lease, idle_for));
            }
        }
    }

    fn put_idle(&self, wire: Box<Wire>) {
        let mut idle = self.idle.lock();
        if idle.len() < self.limits.max_idle as usize {
            idle.push(Idle {
                wire,
                since: Instant::now(),
            });
        }
    }

    async fn connect(self: &Arc<Self>) -> Result<Lease, UpstreamError> {
        let slot =
            Slot::take(&self.open, self.limits.max_connections).ok_or(UpstreamError::Busy)?;
        let connecting = async {
            let stream = Stream::connect(&self.target, &self.tls)
                .await
                .map_err(UpstreamError::Unreachable)?;
            handshake(TokioIo::new(stream))
                .await
                .map_err(UpstreamError::Broken)
        };
        let timeout = Duration::from_millis(self.limits.connect_timeout_ms);
        let (sender, driver) = tokio::time::timeout(timeout, connecting)
            .await
            .unwrap_or(Err(UpstreamError::Slow))?;
        let timer = Box::pin(tokio::time::sleep(timeout));
        let driver = Some(driver);
        Ok(Lease::new(
            Box::new(Wire {
                sender,
                driver,
                timer,
                slot,
            }),
            Arc::clone(self),
        ))
    }
}

/// A copy of a request that can be repeated without harm (RFC 9110 §9.2.2) and without a body.
fn copy(request: &Request<RequestBody>) -> Option<Request<RequestBody>> {
    if !request.body().is_none() || !request.method().is_idempotent() {
        return None;
    }
    let mut copy = Request::new(RequestBody::none());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Upstream({})", self.target)
    }
}
