use super::{Batch, Item, Lost, MOST, Queue};
use crate::{Plan, StoreError};
use tokio::sync::oneshot;
use zt_events::{Actor, Body, Event, FORMAT};
use zt_types::{EventId, Timestamp};

fn event(millis: i64) -> Event {
    Event {
        v: FORMAT,
        id: EventId::from_random([0; 16]),
        at: Timestamp::from_millis(millis),
        actor: Actor::System,
        body: Body::EventsLost { count: 0 },
    }
}

fn times(batch: &Batch) -> Vec<i64> {
    let events = batch.items.iter().filter_map(|item| match item {
        Item::Recorded(event) => Some(event.at.as_millis()),
        _ => None,
    });
    events.collect()
}

fn plan() -> (Item, oneshot::Receiver<Result<(), StoreError>>) {
    let (sender, answer) = oneshot::channel();
    (Item::Plan(Plan::default(), sender), answer)
}

#[test]
fn it_keeps_the_order_and_takes_everything() {
    let queue = Queue::new();
    queue.record(event(1));
    queue.push(plan().0);
    queue.record(event(2));
    let batch = queue.take();
    assert!(matches!(
        batch.items.as_slice(),
        [Item::Recorded(_), Item::Plan(..), Item::Recorded(_)]
    ));
    assert_eq!(
        (times(&batch), batch.lost, batch.last),
        (vec![1, 2], None, false)
    );
}

#[test]
fn recorded_events_alone_become_due() {
    let queue = Queue::new();
    queue.record(event(1));
    // Nobody wakes it but time.
    assert_eq!(times(&queue.take()), [1]);
}

#[test]
fn what_finds_no_room_is_counted() {
    let queue = Queue::new();
    for millis in 0..MOST as i64 + 7 {
        queue.record(event(millis));
    }
    let batch = queue.take();
    assert_eq!(batch.items.len(), MOST);
    let lost = Lost {
        count: 7,
        until: Timestamp::from_millis(MOST as i64 + 6),
    };
    assert_eq!(batch.lost, Some(lost));
    // What could not be kept comes back before what came meanwhile, and the count is not forgotten.
    queue.record(event(-1));
    queue.put_back(vec![event(1), event(2)], batch.lost);
    let batch = queue.take();
    assert_eq!((times(&batch), batch.lost), (vec![1, 2, -1], Some(lost)));
    // With room again, nothing is lost.
    queue.record(event(3));
    assert_eq!(queue.take().lost, None);
}

#[test]
fn it_is_crowded_before_anything_is_lost() {
    let queue = Queue::new();
    while !queue.is_crowded() {
        queue.record(event(1));
    }
    let batch = queue.take();
    assert_eq!((batch.items.len(), batch.lost), (MOST / 4 * 3, None));
    assert!(!queue.is_crowded());
}

#[test]
fn after_closing_nothing_is_taken_on() {
    let queue = Queue::new();
    let (waiting, mut answer) = plan();
    queue.push(waiting);
    queue.close();
    assert!(queue.is_crowded());
    let (late, mut refused) = plan();
    queue.push(late);
    assert!(matches!(
        refused.try_recv(),
        Err(oneshot::error::TryRecvError::Closed)
    ));
    let batch = queue.take();
    assert_eq!((batch.items.len(), batch.last), (1, true));
    assert!(matches!(
        answer.try_recv(),
        Err(oneshot::error::TryRecvError::Empty)
    ));
}
