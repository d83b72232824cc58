//! What clients are told of lapses and of ends.

use crate::conformance::{commit, done, end};
use crate::fixtures::*;
use zt_auth::{Grant, GrantState, Telling, Untold};
use zt_store::{Change, Conflict};
use zt_types::Timestamp;

/// What is committed, what comes of it, and when its client is told next.
struct Step(Vec<Change>, Result<(), Conflict>, Option<Timestamp>);

/// Its client was told of its last lapse: then this comes.
async fn after_a_lapse(last: impl Fn() -> Vec<Step>) {
    against_all(async |store| {
        let tokens = GrantState::Tokens {
            refresh: Some(hash(7)),
            turns: 0,
        };
        let put = vec![
            Change::PutPerson(person(1, "one")),
            Change::PutApplication(application(1)),
            Change::PutClient(client(1)),
            Change::PutSession(session(1)),
            Change::PutGrant(grant(1, 1)),
        ];
        done(store, put).await;
        let lapse = |since| {
            vec![Change::GrantLapse {
                grant: grant_id(1),
                since,
            }]
        };
        let told = |what| {
            vec![Change::GrantTold {
                grant: grant_id(1),
                what,
            }]
        };
        let told_of = |since| told(Untold::Lapse(at(since)));
        let failed = |at, what| {
            let telling = Telling {
                tries: 1,
                next_at: at,
                why: "unreachable".to_owned(),
            };
            vec![Change::GrantNotTold {
                grant: grant_id(1),
                what,
                telling,
            }]
        };
        let moved = |from| {
            vec![Change::MoveGrant {
                to: Grant {
                    state: tokens,
                    ..grant(1, 1)
                },
                from,
            }]
        };
        let nothing = || Err(Conflict::Missing("grant to tell of"));
        for (n, Step(changes, expected, due)) in [
            // Whoever has no tokens has lost nothing.
            (lapse(Some(at(1))), nothing(), None),
            (moved(grant(1, 1).state), Ok(()), None),
            (failed(at(9), Untold::Lapse(at(1))), nothing(), None),
            (lapse(Some(at(1))), Ok(()), Some(at(1))),
            (lapse(Some(at(2))), nothing(), Some(at(1))),
            (failed(at(9), Untold::Lapse(at(2))), nothing(), Some(at(1))),
            (failed(at(9), Untold::Lapse(at(1))), Ok(()), Some(at(9))),
            // Whoever refreshes knows nothing of it.
            (moved(tokens), Ok(()), Some(at(9))),
            // Good again before anybody was told.
            (lapse(None), Ok(()), None),
            (lapse(None), nothing(), None),
            (told_of(1), nothing(), None),
            (lapse(Some(at(3))), Ok(()), Some(at(3))),
            // Of another loss it was told, not of this one.
            (told_of(1), nothing(), Some(at(3))),
            (told_of(3), Ok(()), None),
            (lapse(Some(at(4))), nothing(), None),
            (lapse(None), Ok(()), None),
            (lapse(Some(at(5))), Ok(()), Some(at(5))),
            (told_of(5), Ok(()), None),
        ]
        .into_iter()
        .map(|(changes, expected, due)| Step(changes, expected, due))
        .chain(last())
        .enumerate()
        {
            let label = format!("{n}: {changes:?}");
            assert_eq!(commit(store, changes).await, expected, "{label}");
            let state = store.load().await.unwrap();
            let untold = state.untold_to(&client_id(1)).map(|(at, _)| *at).next();
            assert_eq!(untold, due, "{label}");
        }
    })
    .await;
}

#[tokio::test]
async fn of_a_lapse_a_client_is_told_once_whoever_refreshes_meanwhile() {
    // Whoever was told of the lapse got nothing since.
    after_a_lapse(|| vec![Step(vec![end(1)], Ok(()), None)]).await;
}

/// It was told that it gets nothing, got something at once, and then its session ended: of that it is told, and once.
#[tokio::test]
async fn whoever_got_something_since_is_told_of_the_end() {
    let tokens = GrantState::Tokens {
        refresh: Some(hash(7)),
        turns: 0,
    };
    let refreshed = Change::MoveGrant {
        to: Grant {
            state: tokens,
            ..grant(1, 1)
        },
        from: tokens,
    };
    for given in [refreshed, Change::GrantGiven(grant_id(1))] {
        after_a_lapse(|| {
            let told = |what| {
                vec![Change::GrantTold {
                    grant: grant_id(1),
                    what,
                }]
            };
            let other = Err(Conflict::Missing("grant to tell of"));
            vec![
                Step(vec![given.clone()], Ok(()), None),
                Step(vec![end(1)], Ok(()), Some(at(10))),
                // What was on its way about the lapse says nothing of the end.
                Step(told(Untold::Lapse(at(5))), other, Some(at(10))),
                Step(told(Untold::End(at(10))), Ok(()), None),
            ]
        })
        .await;
    }
}
