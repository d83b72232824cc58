//! What lets programs register themselves, and what they said, whichever store keeps them.

use crate::conformance::{commit, done};
use crate::fixtures::*;
use zt_federation::{Allowance, GrantType, InitialToken, Registration, Said, Scope};
use zt_store::{Change, Conflict};
use zt_types::InitialTokenId;

fn token(n: u8) -> InitialToken {
    InitialToken {
        id: InitialTokenId::from_random(bytes(n)),
        hash: hash(n),
        note: "partner".into(),
        allowance: Allowance {
            app: app_id(1),
            grants: [GrantType::AuthorizationCode].into(),
            scopes: [Scope::Openid].into(),
        },
        made_by: Some(person_id(1)),
        made_at: NOW,
        expires_at: at(60),
        uses: 2,
        used: 0,
    }
}

fn registration(n: u8) -> Registration {
    Registration {
        client: client_id(1),
        access_token: hash(n),
        issued_at: NOW,
        token: token(1).id,
        note: "partner".into(),
        made_by: None,
        allowance: token(1).allowance,
        said: Said::default(),
    }
}

fn says(to: u8, from: Option<u8>) -> Change {
    Change::PutRegistration {
        to: registration(to),
        from: from.map(hash),
    }
}

#[tokio::test]
async fn a_token_registers_so_many_in_its_time_and_goes_with_its_application() {
    against_all(async |store| {
        let absent = commit(store, vec![Change::PutInitialToken(token(1))]).await;
        assert_eq!(absent, Err(Conflict::Missing("application")));
        let begin = vec![
            Change::PutApplication(application(1)),
            Change::PutInitialToken(token(1)),
            Change::PutInitialToken(token(2)),
        ];
        done(store, begin).await;
        let used = |n: u8, seconds| Change::UseInitialToken {
            token: token(n).id,
            now: at(seconds),
        };
        done(store, vec![used(1, 0)]).await;
        done(store, vec![used(1, 59)]).await;
        for wrong in [used(1, 59), used(2, 60), used(3, 0)] {
            let refused = commit(store, vec![wrong.clone()]).await;
            assert_eq!(refused, Err(Conflict::NotUsable), "{wrong:?}");
        }
        let kept = store.load().await.unwrap().initial_tokens;
        assert_eq!((kept[&token(1).id].used, kept[&token(2).id].used), (2, 0));
        done(store, vec![Change::RemoveInitialToken(token(1).id)]).await;
        let gone = commit(store, vec![Change::RemoveInitialToken(token(1).id)]).await;
        assert_eq!(gone, Err(Conflict::Missing("initial access token")));
        done(store, vec![Change::RemoveApplication(app_id(1))]).await;
        assert!(store.load().await.unwrap().initial_tokens.is_empty());
    })
    .await;
}

#[tokio::test]
async fn of_two_changes_with_one_token_one_gets_through() {
    against_all(async |store| {
        let absent = commit(store, vec![says(1, None)]).await;
        assert_eq!(absent, Err(Conflict::Missing("client")));
        let begin = vec![
            Change::PutApplication(application(1)),
            Change::PutClient(client(1)),
            says(1, None),
        ];
        done(store, begin).await;
        done(store, vec![says(2, Some(1))]).await;
        for wrong in [says(3, Some(1)), says(3, None)] {
            let refused = commit(store, vec![wrong.clone()]).await;
            assert_eq!(refused, Err(Conflict::NotUsable), "{wrong:?}");
        }
        let kept = store.load().await.unwrap();
        assert_eq!(kept.registrations[&client_id(1)], registration(2));
        done(store, vec![Change::RemoveClient(client_id(1))]).await;
        assert!(store.load().await.unwrap().registrations.is_empty());
        let late = commit(store, vec![says(3, Some(2))]).await;
        assert_eq!(late, Err(Conflict::Missing("client")));
    })
    .await;
}
