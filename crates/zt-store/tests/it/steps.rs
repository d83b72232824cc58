//! Resets, passes, terms, and what must hold before a plan is applied, whichever store keeps them.

use crate::conformance::{commit, done};
use crate::fixtures::*;
use zt_store::{Change, Conflict, FlowRecord, Forgotten, Plan};

fn flow(n: u8, whose: Option<u8>) -> Change {
    Change::PutFlow(FlowRecord {
        id: flow_id(n),
        version: 0,
        expires_at: at(300),
        person: whose.map(person_id),
        body: "{}".into(),
    })
}

fn used(whose: u8, n: u8, seconds: i64) -> Change {
    Change::UseResetPass {
        person: person_id(whose),
        hash: hash(n),
        now: at(seconds),
    }
}

#[tokio::test]
async fn a_pass_is_used_once_by_its_bearer_in_time_and_another_takes_its_place() {
    against_all(async |store| {
        done(store, vec![Change::PutResetPass(reset_pass(1, 1))]).await;
        let unusable = [
            used(2, 1, 0),
            used(1, 2, 0),
            // Its time is over at its end.
            used(1, 1, 60),
        ];
        for wrong in unusable {
            let refused = commit(store, vec![wrong.clone()]).await;
            assert_eq!(refused, Err(Conflict::NotUsable), "{wrong:?}");
        }
        done(store, vec![Change::PutResetPass(reset_pass(1, 2))]).await;
        assert_eq!(
            commit(store, vec![used(1, 1, 0)]).await,
            Err(Conflict::NotUsable)
        );
        done(store, vec![used(1, 2, 59)]).await;
        assert_eq!(
            commit(store, vec![used(1, 2, 0)]).await,
            Err(Conflict::NotUsable)
        );
        // What was taken back is not usable, and is taken back once.
        let back = || vec![Change::RemoveResetPass(person_id(1))];
        done(store, vec![Change::PutResetPass(reset_pass(1, 3))]).await;
        done(store, back()).await;
        assert_eq!(
            commit(store, vec![used(1, 3, 0)]).await,
            Err(Conflict::NotUsable)
        );
        assert_eq!(commit(store, back()).await, Err(Conflict::Missing("pass")));
    })
    .await;
}

#[tokio::test]
async fn a_pass_whose_time_is_over_is_forgotten_and_a_due_reset_is_not() {
    against_all(async |store| {
        done(
            store,
            vec![
                Change::PutResetPass(reset_pass(1, 1)),
                Change::PutResetDue(reset_due(1)),
            ],
        )
        .await;
        assert_eq!(
            store.forget_before(at(60)).await.unwrap(),
            Forgotten::default()
        );
        let forgotten = store.forget_before(at(61)).await.unwrap();
        assert_eq!(
            forgotten,
            Forgotten {
                codes: 1,
                ..Forgotten::default()
            }
        );
        let state = store.load().await.unwrap();
        assert!(state.reset_passes.is_empty());
        assert_eq!(state.resets_due.get(&person_id(1)), Some(&reset_due(1)));
        done(store, vec![Change::RemoveResetDue(person_id(1))]).await;
        // There is nothing to complain of when it is not due.
        done(store, vec![Change::RemoveResetDue(person_id(1))]).await;
        assert!(store.load().await.unwrap().resets_due.is_empty());
    })
    .await;
}

#[tokio::test]
async fn every_flow_about_a_person_goes_but_one_and_goes_nowhere_afterwards() {
    against_all(async |store| {
        done(
            store,
            vec![
                flow(1, Some(1)),
                flow(2, Some(1)),
                flow(3, Some(2)),
                flow(4, None),
            ],
        )
        .await;
        let remove = Change::RemoveFlowsOf {
            person: person_id(1),
            keep: flow_id(1),
        };
        done(store, vec![remove]).await;
        let flows = store.load().await.unwrap().flows;
        assert_eq!(
            flows.keys().copied().collect::<Vec<_>>(),
            [flow_id(1), flow_id(3), flow_id(4)]
        );
        // Somebody in the middle of a round of the flow that is gone keeps nothing of it.
        let next = Change::PutFlow(FlowRecord {
            id: flow_id(2),
            version: 1,
            expires_at: at(300),
            person: Some(person_id(1)),
            body: "{}".into(),
        });
        let round = vec![next, Change::PutSession(session(1))];
        assert_eq!(commit(store, round).await, Err(Conflict::FlowMoved));
        assert!(store.load().await.unwrap().sessions.is_empty());
    })
    .await;
}

#[tokio::test]
async fn who_ends_all_sessions_must_know_all_of_them() {
    against_all(async |store| {
        let mut hers = session(2);
        hers.person = person_id(1);
        let mut ended = session(3);
        ended.person = person_id(1);
        done(
            store,
            vec![
                Change::PutSession(session(1)),
                Change::PutSession(hers),
                Change::PutSession(ended),
                Change::EndSession {
                    session: session_id(3),
                    at: NOW,
                    why: zt_auth::EndReason::SignedOut,
                },
                Change::PutSession(session(4)),
            ],
        )
        .await;
        let only = |known: &[u8]| {
            vec![Change::OnlySessionsOf {
                person: person_id(1),
                sessions: known.iter().map(|n| session_id(*n)).collect(),
            }]
        };
        for unknown in [&[][..], &[1], &[2], &[1, 3, 4]] {
            assert_eq!(
                commit(store, only(unknown)).await,
                Err(Conflict::SessionsMoved),
                "{unknown:?}"
            );
        }
        done(store, only(&[2, 1])).await;
        done(store, only(&[1, 2, 3, 4, 5])).await;
    })
    .await;
}

#[tokio::test]
async fn the_last_factor_beside_the_password_stays() {
    against_all(async |store| {
        let remove = |n| {
            vec![
                Change::RemoveCredential(credential_id(n)),
                Change::KeepsSecondFactor(person_id(1)),
            ]
        };
        done(
            store,
            vec![
                Change::PutCredential(credential(1, totp())),
                Change::PutCredential(credential(3, passkey())),
                Change::PutCredential(credential(5, recovery_codes())),
                // Somebody else's is no help.
                Change::PutCredential(credential(2, totp())),
            ],
        )
        .await;
        done(store, remove(5)).await;
        done(store, remove(3)).await;
        assert_eq!(commit(store, remove(1)).await, Err(Conflict::LastFactor));
        let state = store.load().await.unwrap();
        assert!(state.credentials.contains_key(&credential_id(1)));
    })
    .await;
}

#[tokio::test]
async fn an_acceptance_counts_for_the_text_that_was_accepted() {
    against_all(async |store| {
        let accepted = async || {
            let state = store.load().await.unwrap();
            let of = |n: u8| {
                state
                    .accepted_terms(person_id(n))
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
            };
            (of(1), of(2))
        };
        let none: Vec<String> = Vec::new();
        let (one, two) = (terms(1, "a"), terms(2, "b"));
        // There is nothing to accept yet.
        let early = commit(store, vec![Change::PutTermsAcceptance(acceptance(1, &one))]).await;
        assert_eq!(early, Err(Conflict::Missing("text of these terms")));
        done(
            store,
            vec![
                Change::PutTerms(one.clone()),
                Change::PutTerms(two.clone()),
                Change::PutTermsAcceptance(acceptance(1, &two)),
                Change::PutTermsAcceptance(acceptance(1, &one)),
                Change::PutTermsAcceptance(acceptance(2, &one)),
            ],
        )
        .await;
        let both = vec!["terms-1".to_owned(), "terms-2".to_owned()];
        let first = vec!["terms-1".to_owned()];
        assert_eq!(accepted().await, (both, first));
        // Another text has to be accepted anew, and nobody accepts the old one any more.
        let changed = terms(1, "a, and more");
        done(store, vec![Change::PutTerms(changed.clone())]).await;
        assert_eq!(accepted().await, (vec!["terms-2".to_owned()], none.clone()));
        let late = commit(store, vec![Change::PutTermsAcceptance(acceptance(1, &one))]).await;
        assert_eq!(late, Err(Conflict::Missing("text of these terms")));
        done(
            store,
            vec![Change::PutTermsAcceptance(acceptance(2, &changed))],
        )
        .await;
        assert_eq!(
            accepted().await,
            (vec!["terms-2".to_owned()], vec!["terms-1".to_owned()])
        );
        // Terms that are gone are accepted by nobody; that they were is kept.
        done(store, vec![Change::RemoveTerms(terms_id(1))]).await;
        assert_eq!(accepted().await, (vec!["terms-2".to_owned()], none));
        assert_eq!(store.load().await.unwrap().acceptances.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn one_of_many_callers_takes_what_is_there_once() {
    against_all(async |store| {
        done(store, vec![Change::PutRedeemCode(redeem_code(1))]).await;
        let takers = (0..64).map(|n| {
            let changes = vec![
                Change::UseRedeemCode {
                    hash: hash(1),
                    now: NOW,
                },
                Change::PutTask(task(n)),
            ];
            store.commit(Plan::new(changes, Vec::new()))
        });
        let outcomes = futures_util::future::join_all(takers).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert_eq!(store.load().await.unwrap().tasks.len(), 1);
    })
    .await;
}
