//! Random plans against the oracle and the file.

use crate::fixtures::*;
use proptest::prelude::*;
use zt_auth::{
    CredentialSecret, EndReason, Grant, GrantEnd, GrantState, GuessScope, Telling, Untold,
};
use zt_events::{Event, Outcome};
use zt_store::{Change, ClientNote, EventFilter, FlowRecord, MemoryStore, Plan, Store, StoreError};
use zt_types::CertificateSerial;

#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<Change>, Vec<Event>),
    Guess(Vec<GuessScope>, i64),
    Record(Box<Event>),
    Forget(i64),
    Reopen,
}

fn small() -> impl Strategy<Value = u8> {
    0u8..4
}

fn untold() -> impl Strategy<Value = Untold> {
    prop_oneof![
        small().prop_map(|since| Untold::Lapse(at(since.into()))),
        small().prop_map(|since| Untold::End(at(since.into()))),
        Just(Untold::End(NOW)),
    ]
}

fn secret() -> impl Strategy<Value = CredentialSecret> {
    prop_oneof![Just(totp()), Just(recovery_codes()), Just(passkey())]
}

fn organisation() -> impl Strategy<Value = Change> {
    prop_oneof![
        (small(), small()).prop_map(|(n, l)| Change::PutPerson(person(n, &format!("login-{l}")))),
        small().prop_map(|n| Change::PutGroup(group(n))),
        small().prop_map(|n| Change::RemoveGroup(group(n).id)),
        small().prop_map(|n| Change::PutApplication(application(n))),
        small().prop_map(|n| Change::RemoveApplication(app_id(n))),
        small().prop_map(|n| Change::PutPolicy(policy(n))),
        small().prop_map(|n| Change::RemovePolicy(policy(n).id)),
        small().prop_map(|n| Change::PutSource(source(n))),
        small().prop_map(|n| Change::RemoveSource(source(n).id)),
        small().prop_map(|n| Change::PutEnforcementPoint(enforcement_point(n))),
        small().prop_map(|n| Change::RemoveEnforcementPoint(enforcement_point(n).id)),
        small().prop_map(|n| Change::PutNetwork(network(n))),
        small().prop_map(|n| Change::RemoveNetwork(network(n).id)),
        small().prop_map(|n| Change::PutCalendar(calendar(n))),
        small().prop_map(|n| Change::RemoveCalendar(calendar(n).id)),
        small().prop_map(|n| Change::PutRevision(revision(n))),
        small().prop_map(|n| Change::RemoveRevision(u64::from(n))),
        small().prop_map(|n| Change::PoliciesAt(u64::from(n))),
        small().prop_map(|n| Change::PutDevice(device(n))),
        small().prop_map(|n| Change::PutCertificate(certificate(n))),
        small().prop_map(|n| Change::PutFact(fact(n))),
        small().prop_map(|n| Change::PutPosture(posture(n))),
        small().prop_map(|n| Change::PutTask(task(n))),
        (small(), any::<Vec<u8>>()).prop_map(|(n, value)| Change::PutSetting {
            name: format!("setting {n}"),
            value
        }),
    ]
}

fn sign_in() -> impl Strategy<Value = Change> {
    prop_oneof![
        (small(), secret()).prop_map(|(n, secret)| Change::PutCredential(credential(n, secret))),
        small().prop_map(|n| Change::RemoveCredential(credential_id(n))),
        (small(), 9u64..14).prop_map(|(n, step)| Change::AdvanceTotp {
            credential: credential_id(n),
            step,
            now: NOW
        }),
        (small(), small()).prop_map(|(n, code)| Change::UseRecoveryCode {
            credential: credential_id(n),
            hash: hash(code),
            now: NOW
        }),
        (small(), 0u64..3, 0i64..90).prop_map(|(n, version, end)| Change::PutFlow(FlowRecord {
            id: flow_id(n),
            person: Some(person_id(n % 2)),
            version,
            expires_at: at(end),
            body: format!("{{\"version\":{version}}}"),
        })),
        small().prop_map(|n| Change::RemoveFlow(flow_id(n))),
        (small(), small()).prop_map(|(n, keep)| Change::RemoveFlowsOf {
            person: person_id(n % 2),
            keep: flow_id(keep),
        }),
        prop::collection::vec(small().prop_map(by_person), 0..3).prop_map(Change::ResetGuesses),
        prop::collection::vec(small().prop_map(by_person), 0..3).prop_map(Change::ForgiveGuess),
    ]
}

fn steps() -> impl Strategy<Value = Change> {
    prop_oneof![
        small().prop_map(|n| Change::PutResetDue(reset_due(n))),
        small().prop_map(|n| Change::RemoveResetDue(person_id(n))),
        (small(), small()).prop_map(|(whose, n)| Change::PutResetPass(reset_pass(whose, n))),
        small().prop_map(|n| Change::RemoveResetPass(person_id(n))),
        (small(), small(), 58i64..62).prop_map(|(whose, n, now)| Change::UseResetPass {
            person: person_id(whose),
            hash: hash(n),
            now: at(now)
        }),
        (small(), "[ab]").prop_map(|(n, text)| Change::PutTerms(terms(n, &text))),
        small().prop_map(|n| Change::RemoveTerms(terms_id(n))),
        (small(), small(), "[ab]").prop_map(|(who, n, text)| {
            Change::PutTermsAcceptance(acceptance(who, &terms(n, &text)))
        }),
        small().prop_map(|n| Change::KeepsSecondFactor(person_id(n))),
        (small(), prop::collection::vec(small(), 0..3)).prop_map(|(whose, known)| {
            Change::OnlySessionsOf {
                person: person_id(whose),
                sessions: known.into_iter().map(session_id).collect(),
            }
        }),
    ]
}

fn sessions() -> impl Strategy<Value = Change> {
    prop_oneof![
        small().prop_map(|n| Change::PutSession(session(n))),
        (small(), small()).prop_map(|(n, device)| Change::BindSession {
            session: session_id(n),
            device: device_id(device),
            certificate: CertificateSerial::from_random([device; 16]),
        }),
        small().prop_map(|n| Change::EndSession {
            session: session_id(n),
            at: at(n.into()),
            why: EndReason::Expired
        }),
        (small(), small()).prop_map(|(token, of)| Change::PutAppSession(app_session(token, of))),
        small().prop_map(|n| Change::PutRedeemCode(redeem_code(n))),
        (small(), 58i64..62).prop_map(|(n, now)| Change::UseRedeemCode {
            hash: hash(n),
            now: at(now)
        }),
        small().prop_map(|n| Change::PutSignInLink(sign_in_link(n))),
        (small(), 58i64..62).prop_map(|(n, now)| Change::UseSignInLink {
            hash: hash(n),
            now: at(now)
        }),
        small().prop_map(|n| Change::PutEnrolmentCode(enrolment_code(n))),
        (small(), 598i64..602).prop_map(|(n, now)| Change::UseEnrolmentCode {
            hash: hash(n),
            now: at(now)
        }),
    ]
}

fn tokens(refresh: u8) -> GrantState {
    GrantState::Tokens {
        refresh: Some(hash(refresh)),
        turns: 0,
    }
}

fn grants() -> impl Strategy<Value = Change> {
    prop_oneof![
        small().prop_map(|n| Change::PutClient(client(n))),
        small().prop_map(|n| Change::RemoveClient(client_id(n))),
        (small(), any::<bool>()).prop_map(|(n, keys)| Change::NoteOfClient {
            client: client_id(n),
            note: if keys {
                ClientNote::Keys
            } else {
                ClientNote::Told
            },
            value: vec![n],
        }),
        (small(), small()).prop_map(|(n, of)| Change::PutGrant(grant(n, of))),
        (small(), small(), small()).prop_map(|(n, of, to)| Change::MoveGrant {
            from: grant(n, of).state,
            to: Grant {
                state: tokens(to),
                ..grant(n, of)
            },
        }),
        (small(), small(), small()).prop_map(|(n, from, to)| Change::MoveGrant {
            from: tokens(from),
            to: Grant {
                state: tokens(to),
                ..grant(n, n)
            },
        }),
        small().prop_map(|n| Change::EndGrant {
            grant: grant_id(n),
            at: at(n.into()),
            why: GrantEnd::Replayed
        }),
        (small(), untold()).prop_map(|(n, what)| Change::GrantTold {
            grant: grant_id(n),
            what,
        }),
        small().prop_map(|n| Change::GrantGiven(grant_id(n))),
        (small(), untold(), small()).prop_map(|(n, what, tries)| Change::GrantNotTold {
            grant: grant_id(n),
            what,
            telling: Telling {
                tries: tries.into(),
                next_at: at(tries.into()),
                why: "unreachable".to_owned(),
            },
        }),
        (small(), small()).prop_map(|(n, since)| Change::GrantLapse {
            grant: grant_id(n),
            since: (since > 1).then(|| at(since.into())),
        }),
        (small(), small()).prop_map(|(who, n)| Change::PutConsent(consent(who, n))),
        (small(), small()).prop_map(|(who, n)| Change::RemoveConsent {
            person: person_id(who),
            client: client_id(n),
            at: NOW,
        }),
        small().prop_map(|n| Change::RemoveConsentsWith {
            client: client_id(n),
            at: NOW,
        }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (any::<u8>(), small(), small()).prop_map(|(n, who, app)| access(
            n,
            who,
            app,
            Outcome::Success
        )),
        (any::<u8>(), small(), small()).prop_map(|(n, who, app)| access(
            n,
            who,
            app,
            Outcome::Failure
        )),
        (any::<u8>(), small(), small()).prop_map(|(n, who, app)| decided(n, who, app)),
        (any::<u8>(), small()).prop_map(|(n, who)| enrolled(n, who)),
        any::<u8>().prop_map(started),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let change = prop_oneof![organisation(), sign_in(), sessions(), steps(), grants()];
    let plan = (
        prop::collection::vec(change, 0..5),
        prop::collection::vec(event(), 0..3),
    );
    let scope = prop_oneof![small().prop_map(by_person), small().prop_map(by_address)];
    prop_oneof![
        12 => plan.prop_map(|(changes, events)| Step::Commit(changes, events)),
        3 => (prop::collection::vec(scope, 0..3), 0i64..90).prop_map(|(scopes, now)| Step::Guess(scopes, now)),
        3 => event().prop_map(|event| Step::Record(Box::new(event))),
        1 => (0i64..700).prop_map(Step::Forget),
        1 => Just(Step::Reopen),
    ]
}

fn outcome<T>(result: Result<T, StoreError>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

async fn check(steps: Vec<Step>) {
    let (memory, mut file) = (MemoryStore::new(), InFile::new());
    for step in steps {
        let label = format!("{step:?}");
        match step {
            Step::Commit(changes, events) => {
                let plan = Plan::new(changes, events);
                let (left, right) = (
                    memory.commit(plan.clone()).await,
                    file.store().commit(plan).await,
                );
                assert_eq!(outcome(left), outcome(right), "{label}");
            }
            Step::Guess(scopes, now) => {
                let left = memory.count_guess(scopes.clone(), at(now)).await;
                let right = file.store().count_guess(scopes, at(now)).await;
                assert_eq!(outcome(left), outcome(right), "{label}");
            }
            Step::Record(event) => {
                memory.record(*event.clone());
                file.store().record(*event);
            }
            Step::Forget(before) => {
                let left = memory.forget_before(at(before)).await;
                let right = file.store().forget_before(at(before)).await;
                assert_eq!(outcome(left), outcome(right), "{label}");
            }
            Step::Reopen => file.reopen(),
        }
    }
    file.store().flush().await.unwrap();
    let (left, right) = (
        memory.load().await.unwrap(),
        file.store().load().await.unwrap(),
    );
    assert_eq!(shown(&left), shown(&right));
    for filter in [
        EventFilter {
            limit: 1000,
            ..EventFilter::default()
        },
        EventFilter {
            limit: 5,
            person: Some(person_id(1)),
            ..EventFilter::default()
        },
        EventFilter {
            limit: 1000,
            app: Some(app_id(2)),
            outcome: Some(Outcome::Failure),
            ..EventFilter::default()
        },
    ] {
        let left = memory.events(filter.clone()).await.unwrap();
        assert_eq!(left, file.store().events(filter).await.unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_file_agrees_with_the_oracle(steps in prop::collection::vec(step(), 0..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(check(steps));
    }
}
