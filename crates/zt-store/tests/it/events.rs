//! How events are found, whichever store keeps them.

use crate::fixtures::*;
use zt_events::{Event, Outcome, Topic};
use zt_store::{Decisions, EventFilter, Plan};

#[tokio::test]
async fn events_come_newest_first_and_filtered() {
    against_all(async |store| {
        use Outcome::{Failure, Success};
        let log: Vec<Event> = vec![
            started(0),
            access(1, 1, 1, Success),
            access(2, 2, 1, Failure),
            decided(3, 1, 2),
            access(4, 1, 2, Failure),
            enrolled(5, 1),
            access(6, 1, 1, Success),
        ];
        // Recorded and committed events keep their order.
        store.record(log[0].clone());
        store.record(log[1].clone());
        store
            .commit(Plan::new(Vec::new(), log[2..4].to_vec()))
            .await
            .unwrap();
        store.record(log[4].clone());
        store
            .commit(Plan::new(Vec::new(), log[5..6].to_vec()))
            .await
            .unwrap();
        store.record(log[6].clone());
        store.flush().await.unwrap();

        let all = EventFilter {
            limit: 100,
            ..EventFilter::default()
        };
        let cases = [
            (all.clone(), vec![6, 5, 4, 3, 2, 1, 0]),
            (
                EventFilter {
                    limit: 2,
                    ..all.clone()
                },
                vec![6, 5],
            ),
            (
                EventFilter {
                    limit: 0,
                    ..all.clone()
                },
                vec![],
            ),
            (
                EventFilter {
                    before: Some(4),
                    limit: 2,
                    ..all.clone()
                },
                vec![3, 2],
            ),
            (
                EventFilter {
                    before: Some(0),
                    ..all.clone()
                },
                vec![],
            ),
            (
                EventFilter {
                    person: Some(person_id(2)),
                    ..all.clone()
                },
                vec![2],
            ),
            (
                EventFilter {
                    person: Some(person_id(9)),
                    ..all.clone()
                },
                vec![],
            ),
            (
                EventFilter {
                    device: Some(device_id(1)),
                    ..all.clone()
                },
                vec![6, 5, 4, 1],
            ),
            (
                EventFilter {
                    app: Some(app_id(2)),
                    ..all.clone()
                },
                vec![4, 3],
            ),
            (
                EventFilter {
                    topic: Some(Topic::Device),
                    ..all.clone()
                },
                vec![5],
            ),
            (
                EventFilter {
                    topic: Some(Topic::Access),
                    outcome: Some(Success),
                    ..all.clone()
                },
                vec![6, 3, 1],
            ),
            (
                EventFilter {
                    outcome: Some(Failure),
                    ..all.clone()
                },
                vec![4, 2],
            ),
            (
                EventFilter {
                    decisions: Decisions::Without,
                    app: Some(app_id(2)),
                    ..all.clone()
                },
                vec![4],
            ),
            (
                EventFilter {
                    decisions: Decisions::Only,
                    ..all.clone()
                },
                vec![3],
            ),
            (
                EventFilter {
                    person: Some(person_id(1)),
                    app: Some(app_id(1)),
                    before: Some(6),
                    ..all.clone()
                },
                vec![1],
            ),
            (
                EventFilter {
                    since: Some(log[2].at),
                    until: Some(log[4].at),
                    ..all.clone()
                },
                vec![3, 2],
            ),
        ];
        for (filter, expected) in cases {
            let found = store.events(filter.clone()).await.unwrap();
            let positions: Vec<u64> = found.iter().map(|logged| logged.position).collect();
            assert_eq!(positions, expected, "{filter:?}");
            for logged in found {
                assert_eq!(logged.event, log[usize::try_from(logged.position).unwrap()]);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn events_are_found_in_a_long_log() {
    let log: Vec<Event> = (0..150)
        .map(|n| match n % 50 {
            7 => enrolled(n, n % 3),
            13 => decided(n, n % 5, n % 2),
            _ => access(
                n,
                n % 5,
                n % 2,
                if n % 11 == 0 {
                    Outcome::Failure
                } else {
                    Outcome::Success
                },
            ),
        })
        .collect();
    against_all(async |store| {
        // One by one, so that there are many segments, the last of them not yet indexed.
        for event in &log {
            store
                .commit(Plan::new(Vec::new(), vec![event.clone()]))
                .await
                .unwrap();
        }
        let all = EventFilter {
            limit: 4,
            ..EventFilter::default()
        };
        let filters = [
            all.clone(),
            EventFilter {
                person: Some(person_id(2)),
                ..all.clone()
            },
            EventFilter {
                device: Some(device_id(1)),
                app: Some(app_id(1)),
                ..all.clone()
            },
            EventFilter {
                outcome: Some(Outcome::Failure),
                decisions: Decisions::Without,
                ..all.clone()
            },
            EventFilter {
                topic: Some(Topic::Device),
                ..all.clone()
            },
            EventFilter {
                topic: Some(Topic::Device),
                person: Some(person_id(4)),
                ..all.clone()
            },
            EventFilter {
                decisions: Decisions::Only,
                since: Some(log[20].at),
                ..all.clone()
            },
            EventFilter {
                decision: Some(zt_types::DecisionId::from_random(bytes(13))),
                ..all.clone()
            },
        ];
        for mut filter in filters {
            let mut found = Vec::new();
            // Page by page, from the newest to the oldest.
            loop {
                let page = store.events(filter.clone()).await.unwrap();
                found.extend(page.iter().map(|logged| logged.position));
                match page.last() {
                    Some(last) if page.len() == filter.limit => filter.before = Some(last.position),
                    _ => break,
                }
            }
            filter.before = None;
            let asked = (0u64..)
                .zip(&log)
                .filter(|(position, event)| filter.matches(*position, event));
            let mut expected: Vec<u64> = asked.map(|(position, _)| position).collect();
            expected.reverse();
            assert_eq!(found, expected, "{filter:?}");
        }
    })
    .await;
}
