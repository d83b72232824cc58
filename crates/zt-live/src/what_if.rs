//! Recorded accesses under other policies, and once more under these.

use crate::live::{Live, LiveError};
use std::sync::Arc;
use zt_policy::{Comparison, PolicySet, Replay, Replayed, WhatIf};
use zt_store::{Access, Accesses, Change, Span};

/// What was found over recorded accesses, and over what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over<T> {
    /// What was found.
    pub found: T,
    /// How many of the accesses are samples: nobody asked.
    pub samples: u64,
    /// How many were left out because their record cannot be read.
    pub unreadable: u64,
}

impl Live {
    /// The policies as they would be after `changes`, compiled with the register as it would be. `None` if the changes
    /// are about neither.
    ///
    /// # Errors
    /// [`LiveError::Policies`] if they would not compile.
    pub fn policies_after(&self, changes: &[Change]) -> Result<Option<Arc<PolicySet>>, LiveError> {
        self.inner.policies_after(changes)
    }

    /// What `proposed` would say differently to the recorded accesses of a span.
    ///
    /// # Errors
    /// [`LiveError::Store`] if they cannot be read.
    pub async fn what_if(
        &self,
        proposed: Arc<PolicySet>,
        span: Span,
    ) -> Result<Over<Comparison>, LiveError> {
        let in_force = self.policies();
        self.over(span, move |next| {
            let mut what_if = WhatIf::new(&in_force, &proposed);
            while let Some(page) = next()? {
                for access in page {
                    what_if.consider(&access.recorded.inputs);
                }
            }
            Ok(what_if.finish())
        })
        .await
    }

    /// Whether the recorded decisions of a span come out the same under the policies in force that made them.
    ///
    /// # Errors
    /// [`LiveError::Store`] if they cannot be read.
    pub async fn replay(&self, span: Span) -> Result<Over<Replayed>, LiveError> {
        let in_force = self.policies();
        self.over(span, move |next| {
            let mut replay = Replay::new(&in_force);
            while let Some(page) = next()? {
                for access in page {
                    replay.consider(&access.recorded);
                }
            }
            Ok(replay.finish())
        })
        .await
    }

    /// Deciding many accesses takes a while: it happens where nobody waits for it.
    async fn over<T: Send + 'static>(
        &self,
        span: Span,
        work: impl FnOnce(
            &mut dyn FnMut() -> Result<Option<Vec<Access>>, LiveError>,
        ) -> Result<T, LiveError>
        + Send
        + 'static,
    ) -> Result<Over<T>, LiveError> {
        let store = Arc::clone(&self.inner.store);
        // What was recorded a moment ago belongs to it.
        store.flush().await?;
        let runtime = tokio::runtime::Handle::current();
        let work = move || {
            let mut accesses = Accesses::new(store.as_ref(), span);
            let mut samples = 0;
            let found = work(&mut || {
                let page = runtime.block_on(accesses.next())?;
                let made_up = page.iter().flatten().filter(|a| !a.origin.is_observed());
                samples += u64::try_from(made_up.count()).unwrap_or(u64::MAX);
                Ok(page)
            })?;
            Ok(Over {
                found,
                samples,
                unreadable: accesses.unreadable(),
            })
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or(Err(LiveError::Interrupted))
    }
}
