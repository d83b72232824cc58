//! What becomes of what clients were given when they go or move.

use crate::conformance::{commit, done};
use crate::fixtures::*;
use zt_auth::{Grant, GrantEnd, GrantState};
use zt_store::{Change, ClientNote, Conflict, State};

#[tokio::test]
async fn a_client_that_comes_back_begins_with_nothing() {
    against_all(async |store| {
        let moved = zt_federation::Client {
            app: app_id(2),
            ..client(1)
        };
        let given = vec![
            Change::PutGrant(grant(1, 1)),
            Change::PutConsent(consent(1, 1)),
        ];
        let with = |state: &State| (state.grants.len(), state.consents.len());
        let begin = vec![
            Change::PutApplication(application(1)),
            Change::PutApplication(application(2)),
            Change::PutSession(session(1)),
            Change::PutClient(client(2)),
            Change::PutConsent(consent(1, 2)),
        ];
        done(store, begin).await;
        for (goes, comes) in [
            (Change::RemoveClient(client_id(1)), client(1)),
            (Change::PutClient(moved), client(1)),
        ] {
            done(store, vec![Change::PutClient(client(1))]).await;
            done(store, given.clone()).await;
            // It stays as it is while it is written anew.
            done(store, vec![Change::PutClient(client(1))]).await;
            assert_eq!(with(&store.load().await.unwrap()), (1, 2));
            done(store, vec![goes.clone()]).await;
            // What was decided before does not come after.
            let late = commit(store, vec![Change::PutGrant(grant(1, 1))]).await;
            assert_eq!(late, Err(Conflict::Missing("client")));
            done(store, vec![Change::PutClient(comes)]).await;
            assert_eq!(
                with(&store.load().await.unwrap()),
                (0, 1),
                "after {goes:?}, the consent for the other client"
            );
        }
        done(store, vec![Change::RemoveClient(client_id(1))]).await;
        let late = commit(store, vec![Change::PutConsent(consent(1, 1))]).await;
        assert_eq!(late, Err(Conflict::Missing("client")));
        // What has ended is to be told still to one that moved.
        let ended = Change::EndGrant {
            grant: grant_id(1),
            at: at(1),
            why: GrantEnd::ClientMoved,
        };
        let tokens = GrantState::Tokens {
            refresh: None,
            turns: 0,
        };
        let redeemed = Change::MoveGrant {
            to: Grant {
                state: tokens,
                ..grant(1, 1)
            },
            from: grant(1, 1).state,
        };
        done(store, vec![Change::PutClient(client(1))]).await;
        done(store, given).await;
        let moved = zt_federation::Client {
            app: app_id(2),
            ..client(1)
        };
        done(store, vec![redeemed, ended, Change::PutClient(moved)]).await;
        let state = store.load().await.unwrap();
        assert_eq!(state.untold_grants().count(), 1);
        assert_eq!(state.consents.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_noted_of_a_client_goes_with_it() {
    let at = |address: &str| zt_federation::Client {
        jwks_uri: Some(zt_federation::RedirectUri::parse(address).unwrap()),
        ..client(1)
    };
    let noted = |n: u8, note| Change::NoteOfClient {
        client: client_id(n),
        note,
        value: vec![n],
    };
    let kept = |state: &State, n: u8| {
        [ClientNote::Keys, ClientNote::Told]
            .map(|note| state.client_note(&client_id(n), note).is_some())
    };
    against_all(async |store| {
        let (here, there) = (
            at("https://one.example/jwks"),
            at("https://two.example/jwks"),
        );
        let begin = vec![
            Change::PutApplication(application(1)),
            Change::PutApplication(application(2)),
            Change::PutClient(here.clone()),
            Change::PutClient(client(2)),
        ];
        done(store, begin).await;
        for n in [1, 2, 3] {
            done(
                store,
                vec![noted(n, ClientNote::Keys), noted(n, ClientNote::Told)],
            )
            .await;
        }
        done(store, vec![Change::PutClient(here.clone())]).await;
        let state = store.load().await.unwrap();
        assert_eq!(
            [1, 2, 3].map(|n| kept(&state, n)),
            [[true; 2], [true; 2], [false; 2]],
            "the third is no client"
        );
        done(store, vec![Change::PutClient(there)]).await;
        assert_eq!(kept(&store.load().await.unwrap(), 1), [false, true]);
        done(store, vec![noted(1, ClientNote::Keys)]).await;
        done(store, vec![Change::RemoveClient(client_id(1))]).await;
        done(store, vec![noted(1, ClientNote::Keys)]).await;
        done(store, vec![Change::PutClient(here)]).await;
        let state = store.load().await.unwrap();
        assert_eq!([1, 2].map(|n| kept(&state, n)), [[false; 2], [true; 2]]);
        assert_eq!(state.settings.len(), 2);
    })
    .await;
}
