//! Bodies on their way through: never gathered, only passed on.

use super::lease::Lease;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// A request's body on its way to the application.
#[derive(Debug)]
pub(crate) struct RequestBody(Option<Box<Relay>>);

#[derive(Debug)]
struct Relay {
    incoming: Incoming,
    upload: Arc<Upload>,
    stall_limit: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

/// How far a request body has come, for those who wait for the answer.
#[derive(Debug, Default)]
pub(crate) struct Upload(AtomicU8);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum UploadState {
    UnderWay = 0,
    Complete = 1,
    /// The client sent nothing for too long.
    Stalled = 2,
    /// The client broke off or broke the framing.
    Broken = 3,
}

impl Upload {
    fn set(&self, state: UploadState) {
        self.0.store(state as u8, Ordering::Release);
    }

    pub(crate) fn state(&self) -> UploadState {
        match self.0.load(Ordering::Acquire) {
            0 => UploadState::UnderWay,
            1 => UploadState::Complete,
            2 => UploadState::Stalled,
            _ => UploadState::Broken,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.state() != UploadState::UnderWay
    }
}

impl RequestBody {
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Relays `incoming`; a client that sends nothing for `stall_limit` breaks the request.
    pub(crate) fn relay(incoming: Incoming, stall_limit: Duration) -> Self {
        if incoming.is_end_stream() {
            return Self::none();
        }
        Self(Some(Box::new(Relay {
            incoming,
            upload: Arc::default(),
            stall_limit,
            stalled: None,
        })))
    }

    pub(super) const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn upload(&self) -> Option<Arc<Upload>> {
        self.0.as_ref().map(|relay| Arc::clone(&relay.upload))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let Some(relay) = &mut self.0 else {
            return Poll::Ready(None);
        };
        match Pin::new(&mut relay.incoming).poll_frame(cx) {
            Poll::Ready(frame) => {
                relay.stalled = None;
                // RFC 9110 §6.5.1 lets a gateway drop trailers, and some servers merge them into the header: there
                // they would be a way past everything that was cleaned out of the head.
                let frame = frame.filter(|frame| !frame.as_ref().is_ok_and(Frame::is_trailers));
                match &frame {
                    None => relay.upload.set(UploadState::Complete),
                    Some(Err(_)) => relay.upload.set(UploadState::Broken),
                    Some(Ok(_)) if relay.incoming.is_end_stream() => {
                        relay.upload.set(UploadState::Complete)
                    }
                    Some(Ok(_)) => {}
                }
                Poll::Ready(frame.map(|frame| frame.map_err(io::Error::other)))
            }
            Poll::Pending => {
                let limit = relay.stall_limit;
                let stalled = relay.stalled.get_or_insert_with(|| {
                    Box::pin(tokio::time::sleep_until(Instant::now() + limit))
                });
                if stalled.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                relay.upload.set(UploadState::Stalled);
                Poll::Ready(Some(Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the client sends nothing",
                ))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0
            .as_ref()
            .is_none_or(|relay| relay.incoming.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(
            || SizeHint::with_exact(0),
            |relay| relay.incoming.size_hint(),
        )
    }
}

/// An answer's body on its way back. It drives the connection it comes from, and gives it back at its end.
pub(crate) struct AnswerBody {
    incoming: Incoming,
    lease: Option<Lease>,
}

impl AnswerBody {
    pub(super) fn new(incoming: Incoming, lease: Lease) -> Self {
        let mut body = Self {
            incoming,
            lease: Some(lease),
        };
        if body.incoming.is_end_stream() {
            body.end();
        }
        body
    }

    fn end(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.give_back();
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        // The driver has the task's waker, and nothing reaches `incoming` but through the driver.
        let mut quiet = Context::from_waker(Waker::noop());
        let mut frame = Pin::new(&mut this.incoming).poll_frame(&mut quiet);
        if frame.is_pending() {
            if let Some(lease) = &mut this.lease {
                lease.drive(cx);
            }
            frame = Pin::new(&mut this.incoming).poll_frame(&mut quiet);
        }
        match &frame {
            Poll::Ready(None) => this.end(),
            Poll::Ready(Some(Err(_))) => this.lease = None,
            Poll::Ready(Some(Ok(_))) if this.incoming.is_end_stream() => this.end(),
            _ => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
