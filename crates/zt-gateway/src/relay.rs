//! The answer's byte stream, which ends when its permit ends.

use crate::mark::Marker;
use crate::upstream::AnswerBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use zt_live::{LiveConnection, Standing};

/// A body that the gateway answers with.
pub struct GatewayBody(Kind);

enum Kind {
    /// A page or problem of our own.
    Own(Full<Bytes>),
    /// An application's answer.
    Relay(Box<Relay<AnswerBody>>),
    /// An application's page, with our mark.
    Marked(Box<Relay<Marked<AnswerBody>>>),
    /// An application's answer to an upgrade that it refused.
    Refused(Box<Relay<Incoming>>),
}

/// An application's page as it passes, with the mark put in.
struct Marked<B> {
    body: B,
    marker: Marker,
    /// What goes next: a piece, at most three.
    next: VecDeque<Bytes>,
}

struct Relay<B> {
    body: B,
    watch: CutWatch,
}

/// Why a body ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The permit ended. The source makes an HTTP/2 stream end with CANCEL (RFC 9113 §7).
    #[error("the access ended: `{why}`")]
    Cut {
        /// Why, as a slug.
        why: &'static str,
        /// What the HTTP/2 layer reads.
        #[source]
        reset: h2::Error,
    },
    /// The application broke off.
    #[error("the application broke off")]
    Upstream(#[from] hyper::Error),
    /// A page that must bear a mark cannot: it is not in the encoding that its header promised.
    #[error("the page cannot bear the mark that is demanded")]
    Unmarkable,
}

/// A live connection in the registry, watched for its end.
pub(crate) enum CutWatch {
    /// Nobody waits: it is looked at.
    Looking(LiveConnection),
    Waiting(Pin<Box<dyn Future<Output = Arc<Standing>> + Send + Sync>>),
    /// It was cut.
    Over(&'static str),
}

impl CutWatch {
    pub(crate) const fn new(connection: LiveConnection) -> Self {
        Self::Looking(connection)
    }

    /// Whether the connection must end, without waiting for it: `None` if it has to be waited for anyway.
    fn look(&self) -> Option<Result<(), &'static str>> {
        match self {
            Self::Looking(connection) if connection.is_cut() => {
                Some(Err(connection.passage().standing().slug()))
            }
            Self::Looking(_) => Some(Ok(())),
            Self::Waiting(_) => None,
            Self::Over(why) => Some(Err(why)),
        }
    }

    /// Ready, with the reason's slug, once the connection must end. The task is woken then.
    pub(crate) fn poll_cut(&mut self, cx: &mut Context<'_>) -> Poll<&'static str> {
        if let Self::Looking(_) = self
            && let Self::Looking(mut connection) = std::mem::replace(self, Self::Over("ended"))
        {
            *self = Self::Waiting(Box::pin(async move { connection.cut().await }));
        }
        match self {
            Self::Waiting(cut) => {
                let standing = ready!(cut.as_mut().poll(cx));
                let why = standing.slug();
                *self = Self::Over(why);
                Poll::Ready(why)
            }
            Self::Looking(_) => Poll::Pending,
            Self::Over(why) => Poll::Ready(why),
        }
    }
}

impl GatewayBody {
    pub(crate) fn own(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Own(Full::new(bytes.into())))
    }

    pub(crate) fn relay(body: AnswerBody, watch: CutWatch) -> Self {
        if body.is_end_stream() {
            return Self::own(Bytes::new());
        }
        Self(Kind::Relay(Box::new(Relay { body, watch })))
    }

    /// A page that gets its mark on the way.
    pub(crate) fn marked(body: AnswerBody, watch: CutWatch, marker: Marker) -> Self {
        let body = Marked::new(body, marker);
        Self(Kind::Marked(Box::new(Relay { body, watch })))
    }

    pub(crate) fn refused(body: Incoming, watch: CutWatch) -> Self {
        Self(Kind::Refused(Box::new(Relay { body, watch })))
    }
}

impl<B> Marked<B> {
    const fn new(body: B, marker: Marker) -> Self {
        Self {
            body,
            marker,
            next: VecDeque::new(),
        }
    }
}

impl<B> Body for Marked<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BodyError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        loop {
            if let Some(piece) = this.next.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
            match frame.transpose().map_err(Into::into)? {
                None if this.marker.is_done() => return Poll::Ready(None),
                None => this.marker.finish(&mut this.next),
                Some(frame) => match frame.into_data() {
                    Ok(data) => this
                        .marker
                        .feed(data, &mut this.next)
                        .map_err(|_| BodyError::Unmarkable)?,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream() && self.next.is_empty() && self.marker.is_done()
    }
}

impl<B> Relay<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BodyError>,
{
    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let cut = |why| {
            let reset = h2::Reason::CANCEL.into();
            Poll::Ready(Some(Err(BodyError::Cut { why, reset })))
        };
        // First of all: bytes that are here already are not passed on either.
        match self.watch.look() {
            Some(Err(why)) => return cut(why),
            Some(Ok(())) => {}
            None => {
                if let Poll::Ready(why) = self.watch.poll_cut(cx) {
                    return cut(why);
                }
            }
        }
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        // An answer that is here whole needs nobody to wait for its end.
        if frame.is_pending()
            && let Poll::Ready(why) = self.watch.poll_cut(cx)
        {
            return cut(why);
        }
        frame.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }
}

impl Body for GatewayBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.0 {
            Kind::Own(body) => Pin::new(body)
                .poll_frame(cx)
                .map(|frame| frame.map(|frame| frame.map_err(|never| match never {}))),
            Kind::Relay(relay) => relay.poll_frame(cx),
            Kind::Marked(relay) => relay.poll_frame(cx),
            Kind::Refused(relay) => relay.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Own(body) => body.is_end_stream(),
            Kind::Relay(relay) => relay.body.is_end_stream(),
            Kind::Marked(relay) => relay.body.is_end_stream(),
            Kind::Refused(relay) => relay.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Own(body) => body.size_hint(),
            Kind::Relay(relay) => relay.body.size_hint(),
            Kind::Marked(relay) => relay.body.size_hint(),
            Kind::Refused(relay) => relay.body.size_hint(),
        }
    }
}

impl std::fmt::Debug for GatewayBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GatewayBody")
    }
}

#[cfg(test)]
mod tests;
