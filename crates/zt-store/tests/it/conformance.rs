//! What every store does, whichever it is.

use crate::fixtures::*;
use zt_auth::{EndReason, Grant, GrantEnd, GrantState, Session, Untold};
use zt_store::{
    Change, Conflict, EventFilter, FlowRecord, Forgotten, Plan, State, Store, StoreError,
};
use zt_types::CertificateSerial;

pub(crate) async fn commit(store: &dyn Store, changes: Vec<Change>) -> Result<(), Conflict> {
    match store.commit(Plan::new(changes, Vec::new())).await {
        Ok(()) => Ok(()),
        Err(StoreError::Conflict(conflict)) => Err(conflict),
        Err(other) => panic!("{other}"),
    }
}

pub(crate) async fn done(store: &dyn Store, changes: Vec<Change>) {
    assert_eq!(commit(store, changes).await, Ok(()));
}

fn flow(n: u8, version: u64) -> Change {
    Change::PutFlow(FlowRecord {
        person: None,
        id: flow_id(n),
        version,
        expires_at: at(300),
        body: "{}".into(),
    })
}

pub(crate) fn end(n: u8) -> Change {
    Change::EndSession {
        session: session_id(n),
        at: at(10),
        why: EndReason::SignedOut,
    }
}

#[tokio::test]
async fn every_kind_of_record_is_kept() {
    against_all(async |store| {
        let changes = vec![
            Change::PutPerson(person(1, "sato.hanako")),
            Change::PutGroup(group(1)),
            Change::PutApplication(application(1)),
            Change::PutPolicy(policy(1)),
            Change::PutSource(source(1)),
            Change::PutEnforcementPoint(enforcement_point(1)),
            Change::PutNetwork(network(1)),
            Change::PutCalendar(calendar(1)),
            Change::PutDevice(device(1)),
            Change::PutCertificate(certificate(1)),
            Change::PutEnrolmentCode(enrolment_code(1)),
            Change::PutFact(fact(1)),
            Change::PutPosture(posture(1)),
            Change::PutCredential(credential(1, passkey())),
            flow(1, 0),
            Change::PutSession(session(1)),
            Change::PutAppSession(app_session(1, 1)),
            Change::PutRedeemCode(redeem_code(1)),
            Change::PutClient(client(1)),
            Change::PutGrant(grant(1, 1)),
            Change::PutConsent(consent(1, 1)),
            Change::PutSignInLink(sign_in_link(1)),
            Change::PutResetDue(reset_due(1)),
            Change::PutResetPass(reset_pass(1, 1)),
            Change::PutTerms(terms(1, "a")),
            Change::PutTermsAcceptance(acceptance(1, &terms(1, "a"))),
            Change::PutTask(task(1)),
            Change::PutRevision(revision(1)),
            Change::PutSetting {
                name: "key".into(),
                value: vec![0, 255],
            },
        ];
        let expected = changes.len() + 4;
        done(store, changes).await;
        store.count_guess(vec![by_address(1)], NOW).await.unwrap();
        let kept = shown(&store.load().await.unwrap());
        // One line each, and the login, the factor, the cookie and the grant once more under their owners.
        assert_eq!(kept.lines().count(), expected + 1, "{kept}");
    })
    .await;
}

#[tokio::test]
async fn records_are_replaced_and_removed() {
    against_all(async |store| {
        done(
            store,
            vec![
                Change::PutGroup(group(1)),
                Change::PutApplication(application(1)),
            ],
        )
        .await;
        done(
            store,
            vec![
                Change::PutPolicy(policy(1)),
                Change::PutSource(source(1)),
                Change::PutEnforcementPoint(enforcement_point(1)),
                Change::PutNetwork(network(1)),
                Change::PutCalendar(calendar(1)),
            ],
        )
        .await;
        let mut renamed = group(1);
        renamed.name = text(9);
        done(store, vec![Change::PutGroup(renamed)]).await;
        assert_eq!(
            store.load().await.unwrap().groups[&group(1).id].name,
            text(9)
        );
        let removals = vec![
            Change::RemoveGroup(group(1).id),
            Change::RemoveApplication(app_id(1)),
            Change::RemovePolicy(policy(1).id),
            Change::RemoveSource(source(1).id),
            Change::RemoveEnforcementPoint(enforcement_point(1).id),
            Change::RemoveNetwork(network(1).id),
            Change::RemoveCalendar(calendar(1).id),
        ];
        done(store, removals.clone()).await;
        assert_eq!(shown(&store.load().await.unwrap()), "");
        // What is not there is removed without complaint.
        done(store, removals).await;
    })
    .await;
}

#[tokio::test]
async fn clients_are_of_applications_that_are_there() {
    against_all(async |store| {
        let without = Conflict::NoApplication {
            client: client_id(1),
            app: app_id(1),
        };
        let put = vec![Change::PutClient(client(1))];
        assert_eq!(commit(store, put).await, Err(without));
        let both = vec![
            Change::PutApplication(application(1)),
            Change::PutClient(client(1)),
        ];
        done(store, both).await;
        let held = Conflict::HasClients {
            app: app_id(1),
            client: client_id(1),
        };
        let remove = Change::RemoveApplication(app_id(1));
        assert_eq!(commit(store, vec![remove.clone()]).await, Err(held));
        done(store, vec![Change::RemoveClient(client_id(1)), remove]).await;
    })
    .await;
}

#[tokio::test]
async fn logins_belong_to_one_person() {
    against_all(async |store| {
        done(
            store,
            vec![
                Change::PutPerson(person(1, "a")),
                Change::PutPerson(person(2, "b")),
            ],
        )
        .await;
        let taken = commit(store, vec![Change::PutPerson(person(2, "a"))]).await;
        assert_eq!(taken, Err(Conflict::LoginTaken("a".into())));
        // In one plan they may even change places.
        let exchange = vec![
            Change::PutPerson(person(1, "c")),
            Change::PutPerson(person(2, "a")),
            Change::PutPerson(person(1, "b")),
        ];
        done(store, exchange).await;
        let logins = store.load().await.unwrap().logins;
        assert_eq!(
            (logins["a"], logins["b"], logins.len()),
            (person_id(2), person_id(1), 2)
        );
    })
    .await;
}

#[tokio::test]
async fn a_plan_that_conflicts_changes_nothing() {
    against_all(async |store| {
        done(
            store,
            vec![
                Change::PutPerson(person(1, "a")),
                Change::PutSession(session(1)),
            ],
        )
        .await;
        done(
            store,
            vec![Change::PutAppSession(app_session(1, 1)), flow(1, 0)],
        )
        .await;
        let before = shown(&store.load().await.unwrap());
        let plan = Plan::new(
            vec![
                Change::PutPerson(person(1, "b")),
                Change::PutPerson(person(2, "a")),
                Change::PutGroup(group(1)),
                flow(1, 1),
                end(1),
                Change::UseRedeemCode {
                    hash: hash(7),
                    now: NOW,
                },
            ],
            vec![started(1)],
        );
        let outcome = store.commit(plan).await;
        assert!(matches!(
            outcome,
            Err(StoreError::Conflict(Conflict::NotUsable))
        ));
        assert_eq!(shown(&store.load().await.unwrap()), before);
        store.flush().await.unwrap();
        let told = store
            .events(EventFilter {
                limit: 9,
                ..EventFilter::default()
            })
            .await
            .unwrap();
        assert_eq!(told, [], "no event tells of what did not happen");
    })
    .await;
}

#[tokio::test]
async fn codes_are_used_once_and_in_time() {
    against_all(async |store| {
        let put = vec![
            Change::PutRedeemCode(redeem_code(1)),
            Change::PutRedeemCode(redeem_code(2)),
            Change::PutEnrolmentCode(enrolment_code(1)),
            Change::PutEnrolmentCode(enrolment_code(2)),
        ];
        done(store, put).await;
        let redeem = |n, now| vec![Change::UseRedeemCode { hash: hash(n), now }];
        let enrol = |n, now| vec![Change::UseEnrolmentCode { hash: hash(n), now }];
        for (changes, expected) in [
            (redeem(1, at(59)), Ok(())),
            (redeem(1, at(59)), Err(Conflict::NotUsable)),
            (redeem(2, at(60)), Err(Conflict::NotUsable)),
            (redeem(3, NOW), Err(Conflict::NotUsable)),
            (enrol(1, at(599)), Ok(())),
            (enrol(1, at(599)), Err(Conflict::NotUsable)),
            (enrol(2, at(600)), Err(Conflict::NotUsable)),
        ] {
            let label = format!("{changes:?}");
            assert_eq!(commit(store, changes).await, expected, "{label}");
        }
    })
    .await;
}

#[tokio::test]
async fn grants_move_on_once_and_end_with_their_session() {
    against_all(async |store| {
        let put = vec![
            Change::PutApplication(application(1)),
            Change::PutClient(client(1)),
            Change::PutSession(session(1)),
            Change::PutSession(session(2)),
            Change::PutGrant(grant(1, 1)),
            Change::PutGrant(grant(2, 1)),
            Change::PutGrant(grant(3, 2)),
            Change::PutConsent(consent(2, 1)),
        ];
        done(store, put).await;
        let tokens = |refresh| GrantState::Tokens {
            refresh: Some(hash(refresh)),
            turns: 0,
        };
        let to = |n, of, refresh, from| {
            vec![Change::MoveGrant {
                to: Grant {
                    state: tokens(refresh),
                    ..grant(n, of)
                },
                from,
            }]
        };
        // When its session ended.
        let told = |n| {
            vec![Change::GrantTold {
                grant: grant_id(n),
                what: Untold::End(at(10)),
            }]
        };
        let code = |n| grant(n, 1).state;
        let other_session = to(1, 2, 7, code(1));
        for (changes, expected) in [
            (
                vec![Change::PutGrant(grant(1, 1))],
                Err(Conflict::GrantMoved),
            ),
            (
                vec![Change::PutGrant(grant(9, 9))],
                Err(Conflict::SessionEnded),
            ),
            (other_session, Err(Conflict::GrantMoved)),
            (to(1, 1, 7, code(2)), Err(Conflict::GrantMoved)),
            (told(1), Err(Conflict::Missing("grant to tell of"))),
            (to(1, 1, 7, code(1)), Ok(())),
            (to(1, 1, 8, code(1)), Err(Conflict::GrantMoved)),
            (to(1, 1, 8, tokens(7)), Ok(())),
            (to(1, 1, 9, tokens(7)), Err(Conflict::GrantMoved)),
            (to(3, 2, 6, grant(3, 2).state), Ok(())),
            (vec![end(1)], Ok(())),
            (to(2, 1, 7, code(2)), Err(Conflict::SessionEnded)),
        ] {
            let label = format!("{changes:?}");
            assert_eq!(commit(store, changes).await, expected, "{label}");
        }
        let state = store.load().await.unwrap();
        let why = |n| match state.grants[&grant_id(n)].state {
            GrantState::Ended { why, .. } => Some(why),
            _ => None,
        };
        assert_eq!(why(1), Some(GrantEnd::SessionEnded));
        assert_eq!(why(2), Some(GrantEnd::SessionEnded));
        assert_eq!(why(3), None);
        // Whoever never redeemed its code has nobody to sign out.
        let untold = |state: &State| state.untold_grants().map(|g| g.id).collect::<Vec<_>>();
        assert_eq!(untold(&state), [grant_id(1)]);
        let withdraw = Change::RemoveConsent {
            person: person_id(2),
            client: client_id(1),
            at: at(1),
        };
        done(store, [told(1), vec![withdraw.clone()]].concat()).await;
        assert_eq!(
            commit(store, vec![withdraw]).await,
            Err(Conflict::Missing("consent"))
        );
        // Whoever agreed by now, and whether anybody did.
        let everybodys = Change::RemoveConsentsWith {
            client: client_id(1),
            at: at(1),
        };
        let agrees = [1, 2].map(|who| Change::PutConsent(consent(who, 1)));
        let all = [agrees.as_slice(), &[everybodys.clone(), everybodys]].concat();
        done(store, all).await;
        let kept = store.load().await.unwrap().consents;
        assert!(kept.values().all(|kept| kept.client != client_id(1)));
        let state = store.load().await.unwrap();
        assert_eq!(untold(&state), [grant_id(3)]);
        assert_eq!(store.forget_before(NOW).await.unwrap().grants, 0);
        let forgotten = store.forget_before(at(10_000)).await.unwrap();
        assert_eq!(forgotten.grants, 3);
        let state = store.load().await.unwrap();
        assert_eq!((state.grants.len(), untold(&state).len()), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn factors_are_used_once() {
    against_all(async |store| {
        let put = vec![
            Change::PutCredential(credential(1, totp())),
            Change::PutCredential(credential(3, recovery_codes())),
        ];
        done(store, put).await;
        let advance = |n, step| {
            let credential = credential_id(n);
            vec![Change::AdvanceTotp {
                credential,
                step,
                now: at(1),
            }]
        };
        let recover = |n, code| {
            let credential = credential_id(n);
            vec![Change::UseRecoveryCode {
                credential,
                hash: hash(code),
                now: at(1),
            }]
        };
        for (changes, expected) in [
            (advance(1, 10), Err(Conflict::Replayed)),
            (advance(1, 11), Ok(())),
            (advance(1, 11), Err(Conflict::Replayed)),
            (advance(3, 11), Err(Conflict::Missing("authenticator app"))),
            (advance(9, 11), Err(Conflict::Missing("factor"))),
            (recover(3, 1), Ok(())),
            (recover(3, 1), Err(Conflict::NotUsable)),
            (recover(1, 1), Err(Conflict::Missing("recovery codes"))),
            (recover(9, 1), Err(Conflict::Missing("factor"))),
            (vec![Change::RemoveCredential(credential_id(1))], Ok(())),
            (
                vec![Change::RemoveCredential(credential_id(1))],
                Err(Conflict::Missing("factor")),
            ),
        ] {
            let label = format!("{changes:?}");
            assert_eq!(commit(store, changes).await, expected, "{label}");
        }
        let state = store.load().await.unwrap();
        let factors: Vec<_> = state
            .credentials_of(person_id(1))
            .map(|c| (c.id, c.last_used_at))
            .collect();
        assert_eq!(factors, [(credential_id(3), Some(at(1)))]);
    })
    .await;
}

#[tokio::test]
async fn a_flow_takes_each_step_once() {
    against_all(async |store| {
        for (change, expected) in [
            (flow(1, 1), Err(Conflict::FlowMoved)),
            (flow(1, 0), Ok(())),
            (flow(1, 0), Err(Conflict::FlowMoved)),
            (flow(1, 1), Ok(())),
            (flow(1, 1), Err(Conflict::FlowMoved)),
            (flow(1, 3), Err(Conflict::FlowMoved)),
            (Change::RemoveFlow(flow_id(1)), Ok(())),
            (flow(1, 2), Err(Conflict::FlowMoved)),
        ] {
            let label = format!("{change:?}");
            assert_eq!(commit(store, vec![change]).await, expected, "{label}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_ended_session_takes_its_cookies_along_and_stays_ended() {
    against_all(async |store| {
        done(
            store,
            vec![
                Change::PutSession(session(1)),
                Change::PutSession(session(2)),
            ],
        )
        .await;
        for (token, of) in [(1, 1), (2, 1), (3, 2)] {
            done(store, vec![Change::PutAppSession(app_session(token, of))]).await;
        }
        done(store, vec![end(1)]).await;
        let state = store.load().await.unwrap();
        assert_eq!(state.app_sessions.keys().collect::<Vec<_>>(), [&hash(3)]);
        assert_eq!(
            state.sessions[&session_id(1)].ended,
            Some((at(10), EndReason::SignedOut))
        );
        for change in [
            end(1),
            end(9),
            Change::PutSession(session(1)),
            Change::PutAppSession(app_session(4, 1)),
            Change::PutAppSession(app_session(4, 9)),
        ] {
            let label = format!("{change:?}");
            assert_eq!(
                commit(store, vec![change]).await,
                Err(Conflict::SessionEnded),
                "{label}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_is_bound_once_and_never_leaves_its_device() {
    against_all(async |store| {
        let unbound = Session {
            device: None,
            ..session(1)
        };
        let bind = |n: u8, device: u8| Change::BindSession {
            session: session_id(n),
            device: device_id(device),
            certificate: CertificateSerial::from_random([device; 16]),
        };
        done(store, vec![Change::PutSession(unbound.clone())]).await;
        done(store, vec![bind(1, 4)]).await;
        done(store, vec![bind(1, 5)]).await;
        // Whoever steps the session up may have read it before it was bound.
        let stepped_up = Session {
            token: hash(9),
            ..unbound
        };
        done(store, vec![Change::PutSession(stepped_up)]).await;
        let kept = store.load().await.unwrap().sessions[&session_id(1)].clone();
        assert_eq!(
            (kept.token, kept.device, kept.certificate),
            (
                hash(9),
                Some(device_id(4)),
                Some(CertificateSerial::from_random([4; 16]))
            )
        );
        done(store, vec![end(1)]).await;
        for change in [bind(1, 4), bind(9, 4)] {
            assert_eq!(
                commit(store, vec![change]).await,
                Err(Conflict::SessionEnded)
            );
        }
    })
    .await;
}

#[tokio::test]
async fn guesses_count_up_until_they_are_set_back() {
    against_all(async |store| {
        let scopes = vec![by_person(1), by_address(1)];
        for expected in 1..=3 {
            let counters = store
                .count_guess(scopes.clone(), at(expected.into()))
                .await
                .unwrap();
            for (counter, scope) in counters.iter().zip(&scopes) {
                assert_eq!((&counter.scope, counter.failures), (scope, expected));
                assert_eq!(counter.last_at, at(expected.into()));
            }
            assert_eq!(counters.len(), 2);
        }
        done(
            store,
            vec![Change::ResetGuesses(vec![by_person(1), by_person(2)])],
        )
        .await;
        let counters = store.count_guess(scopes, NOW).await.unwrap();
        assert_eq!([counters[0].failures, counters[1].failures], [1, 4]);
        let twice = store
            .count_guess(vec![by_person(3), by_person(3)], NOW)
            .await
            .unwrap();
        assert_eq!([twice[0].failures, twice[1].failures], [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn what_is_over_is_forgotten_and_nothing_else() {
    against_all(async |store| {
        let mut over = session(1);
        over.expires_at = at(5);
        let put = vec![
            flow(1, 0),
            Change::PutRedeemCode(redeem_code(1)),
            Change::PutEnrolmentCode(enrolment_code(1)),
            Change::PutSession(over),
            Change::PutSession(session(2)),
            Change::PutSession(session(3)),
            Change::PutAppSession(app_session(1, 1)),
            Change::PutAppSession(app_session(2, 2)),
            end(3),
        ];
        done(store, put).await;
        store
            .count_guess(vec![by_person(1), by_address(1)], NOW)
            .await
            .unwrap();
        store
            .count_guess(vec![by_address(2)], at(400))
            .await
            .unwrap();
        assert_eq!(
            store.forget_before(NOW).await.unwrap(),
            Forgotten::default()
        );
        let forgotten = store.forget_before(at(301)).await.unwrap();
        let expected = Forgotten {
            flows: 1,
            codes: 1,
            sessions: 2,
            grants: 0,
            counters: 1,
        };
        assert_eq!(forgotten, expected);
        let state = store.load().await.unwrap();
        assert_eq!(state.sessions.keys().collect::<Vec<_>>(), [&session_id(2)]);
        assert_eq!(state.app_sessions.keys().collect::<Vec<_>>(), [&hash(2)]);
        assert_eq!(state.enrolment_codes.len(), 1);
        assert_eq!(
            state.guesses.keys().collect::<Vec<_>>(),
            [&by_person(1), &by_address(2)]
        );
    })
    .await;
}
