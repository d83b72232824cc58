//! The one clock.

use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use zt_types::Timestamp;

/// Where the time comes from. Clones share the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System { started: std::time::Instant },
    Manual(Arc<Manual>),
}

#[derive(Debug)]
struct Manual {
    /// Serialises writers, so that wall time and elapsed time move together.
    writing: Mutex<()>,
    face: watch::Sender<Face>,
}

#[derive(Clone, Copy, Debug)]
struct Face {
    wall: Timestamp,
    elapsed: Duration,
}

/// How long [`Clock::sleep_until`] sleeps before it looks at the wall clock again: the wall clock can be set while we sleep.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Clock {
    /// The machine's clock.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else asks"
    )]
    pub fn system() -> Self {
        Self(Source::System {
            started: std::time::Instant::now(),
        })
    }

    /// A clock that stands at `start` until it is moved.
    #[must_use]
    pub fn manual(start: Timestamp) -> Self {
        let (face, _) = watch::channel(Face {
            wall: start,
            elapsed: Duration::ZERO,
        });
        Self(Source::Manual(Arc::new(Manual {
            writing: Mutex::new(()),
            face,
        })))
    }

    /// The wall time, in milliseconds. It can jump: `Timestamp::since` treats a jump back as no time at all.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else asks"
    )]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System { .. } => {
                let since_epoch =
                    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                Timestamp::from_millis(since_epoch.map_or(0, |span| {
                    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
                }))
            }
            Source::Manual(manual) => manual.face.borrow().wall,
        }
    }

    /// Time passed since this clock was made. It never goes back: measure spans with it.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        match &self.0 {
            Source::System { started } => started.elapsed(),
            Source::Manual(manual) => manual.face.borrow().elapsed,
        }
    }

    /// Moves a manual clock forward and wakes the sleepers whose time came. Does nothing to the machine's clock.
    pub fn advance(&self, span: Duration) {
        if let Source::Manual(manual) = &self.0 {
            let _writing = manual.writing.lock();
            let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
            manual.face.send_modify(|face| {
                face.wall = Timestamp::from_millis(face.wall.as_millis().saturating_add(millis));
                face.elapsed = face.elapsed.saturating_add(span);
            });
        }
    }

    /// Sets the wall time of a manual clock, back or forth, as an administrator or NTP would. Elapsed time stands still.
    pub fn set(&self, wall: Timestamp) {
        if let Source::Manual(manual) = &self.0 {
            let _writing = manual.writing.lock();
            manual.face.send_modify(|face| face.wall = wall);
        }
    }

    /// Waits until the wall clock shows `at` or later. Follows the wall clock when that is set.
    pub async fn sleep_until(&self, at: Timestamp) {
        match &self.0 {
            Source::System { .. } => loop {
                let left = at.as_millis().saturating_sub(self.now().as_millis());
                let Ok(left @ 1..) = u64::try_from(left) else {
                    return;
                };
                tokio::time::sleep(Duration::from_millis(left).min(LOOK_AGAIN)).await;
            },
            Source::Manual(manual) => {
                let mut face = manual.face.subscribe();
                // The sender lives in `self`, so waiting cannot fail while we are here.
                let _ = face.wait_for(|face| face.wall >= at).await;
            }
        }
    }

    /// Waits for `span` of elapsed time.
    pub async fn sleep(&self, span: Duration) {
        match &self.0 {
            Source::System { .. } => tokio::time::sleep(span).await,
            Source::Manual(manual) => {
                let mut face = manual.face.subscribe();
                let until = face.borrow().elapsed.saturating_add(span);
                let _ = face.wait_for(|face| face.elapsed >= until).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
