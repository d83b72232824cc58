//! WebSockets: two byte streams joined, which end with a reason when their permit ends.
//!
//! The messages are the application's own business; only the frame boundaries of what goes to the client are followed, so
//! that a close frame can be put between two frames.

mod frames;
mod pipe;

use crate::relay::CutWatch;
use frames::{FrameTracker, close_frame};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use pipe::{Moved, Pipe};
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// RFC 6455 §7.4.1: an endpoint ends the connection because of its policy.
const POLICY_VIOLATION: u16 = 1008;

/// How long a client that was cut may take to read the close frame and to close in turn.
const FAREWELL: Duration = Duration::from_secs(2);
/// How much of what it still sends is read and thrown away meanwhile.
const FAREWELL_BYTES: u64 = 1024 * 1024;

/// Joins a client's stream to the application's until one of them ends or the permit does. `slot` is held as long.
pub(crate) async fn join<S>(
    client: OnUpgrade,
    application: Upgraded,
    mut watch: CutWatch,
    slot: S,
) {
    let client = match client.await {
        Ok(client) => client,
        Err(error) => {
            tracing::debug!(%error, "the client left before its websocket began");
            return;
        }
    };
    let mut joined = Joined {
        client: TokioIo::new(client),
        application: TokioIo::new(application),
        up: Pipe::default(),
        down: Pipe::default(),
        frames: FrameTracker::default(),
    };
    let cut = poll_fn(|cx| {
        if let Poll::Ready(why) = watch.poll_cut(cx) {
            return Poll::Ready(Some(why));
        }
        joined.poll(cx).map(|()| None)
    })
    .await;
    let Joined {
        mut client,
        application,
        frames,
        ..
    } = joined;
    // The application hears nothing more from here on.
    drop((application, slot));
    // The registry must not show a connection that is only being buried.
    drop(watch);
    match cut {
        Some(why) => {
            if tokio::time::timeout(FAREWELL, farewell(&mut client, &frames, why))
                .await
                .is_err()
            {
                tracing::debug!(why, "a client that was cut did not close");
            }
        }
        None => {
            let _ = client.shutdown().await;
        }
    }
}

struct Joined {
    client: TokioIo<Upgraded>,
    application: TokioIo<Upgraded>,
    up: Pipe,
    down: Pipe,
    frames: FrameTracker,
}

impl Joined {
    /// Ready when the application's side has ended and everything it said is delivered, or either side broke.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let up = self
            .up
            .poll(cx, &mut self.client, &mut self.application, |_| {});
        let frames = &mut self.frames;
        let down = self
            .down
            .poll(cx, &mut self.application, &mut self.client, |bytes| {
                frames.advance(bytes)
            });
        match (up, down) {
            (Moved::Broken, _) | (_, Moved::Broken | Moved::Ended) => Poll::Ready(()),
            (Moved::Waiting | Moved::Ended, Moved::Waiting) => Poll::Pending,
        }
    }
}

/// Says why, if a frame may begin here. In the middle of a frame nothing can be said: the rest of it is not delivered, and
/// the client sees the connection break (1006).
async fn farewell(
    client: &mut TokioIo<Upgraded>,
    frames: &FrameTracker,
    why: &str,
) -> std::io::Result<()> {
    if frames.may_close() {
        client
            .write_all(&close_frame(POLICY_VIOLATION, &format!("sekisho:{why}")))
            .await?;
        client.flush().await?;
    }
    client.shutdown().await?;
    // Closing with unread input would reset the connection, and the close frame with it.
    let mut rest = client.take(FAREWELL_BYTES);
    let mut sink = [0u8; 1024];
    while rest.read(&mut sink).await? > 0 {}
    Ok(())
}
