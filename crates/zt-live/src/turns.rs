//! Who believes next: plans are believed one after another, in the order in which the store was handed them.

use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use tokio::sync::oneshot;

/// Hands out places in the line of plans.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<Line>);

#[derive(Debug, Default)]
struct Line {
    /// The number of the next plan.
    next: u64,
    /// Whose turn it is.
    now: u64,
    /// Those who wait for theirs. Each is woken alone: with many under way, waking all for each would cost more than believing.
    waiting: HashMap<u64, oneshot::Sender<()>>,
    /// Those who went away before theirs.
    gone: HashSet<u64>,
}

/// A place in the line. Dropping it, even while unwinding, lets the next one on: one plan can never hold up all others.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    number: u64,
}

impl Turns {
    /// Takes the next place, and does what has to be done in the same order.
    pub(crate) fn take<T>(&self, act: impl FnOnce() -> T) -> (Turn<'_>, T) {
        let mut line = self.0.lock();
        let number = line.next;
        line.next += 1;
        let done = act();
        drop(line);
        (
            Turn {
                turns: self,
                number,
            },
            done,
        )
    }
}

impl Turn<'_> {
    /// Waits until all before this one are over.
    pub(crate) async fn comes(&self) {
        let woken = {
            let mut line = self.turns.0.lock();
            if line.now == self.number {
                return;
            }
            let (wake, woken) = oneshot::channel();
            line.waiting.insert(self.number, wake);
            woken
        };
        // Whoever is before this one wakes it when he drops his place, which he does in any case.
        let _ = woken.await;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.0.lock().end(self.number);
    }
}

impl Line {
    fn end(&mut self, number: u64) {
        if number != self.now {
            self.waiting.remove(&number);
            self.gone.insert(number);
            return;
        }
        self.now += 1;
        while self.gone.remove(&self.now) {
            self.now += 1;
        }
        if let Some(wake) = self.waiting.remove(&self.now) {
            // Nobody may be waiting any more; then his place is dropped, and ends as any other.
            let _ = wake.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Waker};

    fn is_ready(future: impl Future<Output = ()>) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        pin!(future).poll(&mut context).is_ready()
    }

    #[tokio::test]
    async fn each_comes_when_those_before_it_are_over_and_not_before() {
        let turns = Turns::default();
        let [first, second, third] = [0, 1, 2].map(|_| turns.take(|| ()).0);
        assert!(is_ready(first.comes()));
        assert!(!is_ready(second.comes()));
        drop(first);
        assert!(is_ready(second.comes()));
        assert!(!is_ready(third.comes()));
        drop(second);
        third.comes().await;
    }

    #[tokio::test]
    async fn one_that_goes_away_before_its_turn_holds_nobody_up() {
        let turns = Turns::default();
        let [first, second, third, last] = [0, 1, 2, 3].map(|_| turns.take(|| ()).0);
        drop(third);
        let woken = async {
            second.comes().await;
            drop(second);
            last.comes().await;
        };
        let ((), ()) = tokio::join!(woken, async { drop(first) });
    }

    #[tokio::test]
    async fn one_that_stopped_waiting_holds_nobody_up() {
        let turns = Turns::default();
        let [first, second, third] = [0, 1, 2].map(|_| turns.take(|| ()).0);
        assert!(!is_ready(second.comes()));
        drop(first);
        drop(second);
        third.comes().await;
    }
}
