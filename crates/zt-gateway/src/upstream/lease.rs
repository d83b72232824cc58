//! One connection while one request uses it.

use super::{AnswerBody, RequestBody, Stream, Upstream, UpstreamError};
use http::{Request, Response};
use hyper::client::conn::http1::{Connection as Driver, SendRequest};
use hyper_util::rt::TokioIo;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use tokio::time::{Instant, Sleep};

/// A connection with what drives it.
pub(super) struct Wire {
    pub(super) sender: SendRequest<RequestBody>,
    /// `None` once it has ended: it must not be polled again then.
    pub(super) driver: Option<Driver<TokioIo<Stream>, RequestBody>>,
    /// Kept from request to request: moving a timer forward is cheaper than making one.
    pub(super) timer: Pin<Box<Sleep>>,
    pub(super) slot: Slot,
}

/// One of the connections an upstream may have. Dropping it makes room.
#[derive(Debug)]
pub(crate) struct Slot(Arc<AtomicU32>);

/// A connection in use. Dropping it closes the connection; [`Lease::give_back`] keeps it for the next request.
pub(super) struct Lease {
    wire: Option<Box<Wire>>,
    upstream: Arc<Upstream>,
}

/// A request that got no answer.
pub(super) struct Failed {
    pub(super) error: UpstreamError,
    /// The request, if nothing of it was sent.
    pub(super) unsent: Option<Box<Request<RequestBody>>>,
}

impl Wire {
    /// Moves the connection on. Whatever arrives for an answer arrives through here.
    fn drive(&mut self, cx: &mut Context<'_>) {
        if let Some(driver) = &mut self.driver
            && Pin::new(driver).poll(cx).is_ready()
        {
            // How it ended is told to whoever waits for the answer or its body.
            self.driver = None;
        }
    }
}

impl Slot {
    pub(super) fn take(open: &Arc<AtomicU32>, max: u32) -> Option<Self> {
        let more = |open| (open < max).then_some(open + 1);
        open.fetch_update(Ordering::AcqRel, Ordering::Acquire, more)
            .ok()?;
        Some(Self(Arc::clone(open)))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Lease {
    pub(super) const fn new(wire: Box<Wire>, upstream: Arc<Upstream>) -> Self {
        Self {
            wire: Some(wire),
            upstream,
        }
    }

    pub(super) fn into_wire(mut self) -> Option<Box<Wire>> {
        self.wire.take()
    }

    pub(super) fn give_back(mut self) {
        if let Some(wire) = self
            .wire
            .take()
            .filter(|wire| wire.driver.is_some() && !wire.sender.is_closed())
        {
            self.upstream.put_idle(wire);
        }
    }

    /// Whether the other end is still there and the last exchange is over.
    pub(super) async fn is_usable(&mut self) -> bool {
        let Some(wire) = &mut self.wire else {
            return false;
        };
        poll_fn(|cx| {
            wire.drive(cx);
            Poll::Ready(
                wire.driver.is_some() && matches!(wire.sender.poll_ready(cx), Poll::Ready(Ok(()))),
            )
        })
        .await
    }

    pub(super) fn drive(&mut self, cx: &mut Context<'_>) {
        if let Some(wire) = &mut self.wire {
            wire.drive(cx);
        }
    }

    pub(super) async fn send(
        mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<AnswerBody>, Failed> {
        let Some(wire) = &mut self.wire else {
            return Err(Failed {
                error: UpstreamError::Busy,
                unsent: Some(Box::new(request)),
            });
        };
        let timeout = self.upstream.answer_timeout();
        wire.timer.as_mut().reset(Instant::now() + timeout);
        let upload = request.body().upload();
        let answer = {
            // Puts the request on its way; the future only waits.
            let mut answering = pin!(wire.sender.try_send_request(request));
            poll_fn(|cx| {
                wire.drive(cx);
                // The driver has the task's waker, and nothing reaches `answering` but through the driver.
                if let Poll::Ready(answer) = answering
                    .as_mut()
                    .poll(&mut Context::from_waker(Waker::noop()))
                {
                    return Poll::Ready(Some(answer));
                }
                while wire.timer.as_mut().poll(cx).is_ready() {
                    // As long as the request is under way, its own limits count.
                    if upload.as_ref().is_none_or(|upload| upload.is_over()) {
                        return Poll::Ready(None);
                    }
                    wire.timer.as_mut().reset(Instant::now() + timeout);
                }
                Poll::Pending
            })
            .await
        };
        match answer {
            Some(Ok(answer)) => Ok(answer.map(|body| AnswerBody::new(body, self))),
            Some(Err(mut failed)) => {
                let unsent = failed.take_message().map(Box::new);
                Err(Failed {
                    error: UpstreamError::Broken(failed.into_error()),
                    unsent,
                })
            }
            None => Err(Failed {
                error: UpstreamError::Slow,
                unsent: None,
            }),
        }
    }
}
