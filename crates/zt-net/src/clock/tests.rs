use super::*;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

fn is_done(future: std::pin::Pin<&mut impl Future<Output = ()>>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
}

#[test]
fn a_manual_clock_moves_only_when_told_and_clones_share_it() {
    let clock = Clock::manual(Timestamp::from_seconds(100));
    let other = clock.clone();
    assert_eq!(other.now(), Timestamp::from_seconds(100));
    clock.advance(Duration::from_millis(1500));
    assert_eq!(other.now(), Timestamp::from_millis(101_500));
    assert_eq!(other.elapsed(), Duration::from_millis(1500));
    clock.set(Timestamp::from_seconds(5));
    assert_eq!(other.now(), Timestamp::from_seconds(5));
    assert_eq!(
        other.elapsed(),
        Duration::from_millis(1500),
        "setting the wall clock is not the passing of time"
    );
}

#[test]
fn sleepers_wake_when_their_time_comes_and_not_before() {
    let clock = Clock::manual(Timestamp::from_seconds(100));
    let mut wall = pin!(clock.sleep_until(Timestamp::from_seconds(110)));
    let mut span = pin!(clock.sleep(Duration::from_secs(5)));
    assert!(!is_done(wall.as_mut()) && !is_done(span.as_mut()));
    clock.advance(Duration::from_millis(4999));
    assert!(!is_done(wall.as_mut()) && !is_done(span.as_mut()));
    clock.advance(Duration::from_millis(1));
    assert!(!is_done(wall.as_mut()) && is_done(span.as_mut()));
    clock.set(Timestamp::from_seconds(110));
    assert!(is_done(wall.as_mut()));
}

#[test]
fn a_time_in_the_past_is_not_waited_for() {
    let clock = Clock::manual(Timestamp::from_seconds(100));
    assert!(is_done(pin!(
        clock.sleep_until(Timestamp::from_seconds(100))
    )));
}

#[test]
fn the_system_clock_goes_on() {
    let clock = Clock::system();
    let (wall, span) = (clock.now(), clock.elapsed());
    assert!(wall > Timestamp::from_seconds(1_700_000_000));
    assert!(clock.elapsed() >= span);
}
