//! Bodies of requests to `id.<domain>`, which come in time or not at all.
//!
//! Everything sent there is small. Without an end to waiting, a stranger could hold every connection there is with a form
//! of which one byte never comes.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Sleep;

/// A body that fails once its time is over. The time runs from the first time that somebody waits for it.
pub(crate) struct Timely<B> {
    body: B,
    patience: Duration,
    over: Option<Pin<Box<Sleep>>>,
}

/// Why a body ends early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Untimely<E: std::error::Error + 'static> {
    /// It took too long.
    #[error("the body did not come in time")]
    TooSlow,
    /// It broke off.
    #[error(transparent)]
    Broken(E),
}

impl<B> Timely<B> {
    pub(crate) const fn new(body: B, patience: Duration) -> Self {
        Self {
            body,
            patience,
            over: None,
        }
    }
}

impl<B: Body<Data = Bytes, Error: std::error::Error + 'static> + Unpin> Body for Timely<B> {
    type Data = Bytes;
    type Error = Untimely<B::Error>;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Untimely::Broken)));
        }
        let patience = this.patience;
        let over = this
            .over
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        over.as_mut()
            .poll(cx)
            .map(|()| Some(Err(Untimely::TooSlow)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    struct Never;

    impl Body for Never {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_body_that_never_comes_ends() {
        let body = axum::body::Body::new(Timely::new(Never, Duration::from_millis(1)));
        assert!(axum::body::to_bytes(body, 1024).await.is_err());
        let whole = axum::body::Body::new(Timely::new(
            axum::body::Body::from("here it is"),
            Duration::from_secs(3600),
        ));
        assert_eq!(
            axum::body::to_bytes(whole, 1024).await.unwrap(),
            "here it is"
        );
    }
}
