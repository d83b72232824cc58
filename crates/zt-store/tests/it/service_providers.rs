//! Service providers beside clients: one set of names for both.

use crate::conformance::{commit, done};
use crate::fixtures::*;
use zt_federation::RedirectUri;
use zt_federation::saml::{
    Consumer, EntityId, MetadataSource, NameIdKind, RequestSigning, ServiceProvider, SignedParts,
    Unsolicited, XmlAlgorithm,
};
use zt_store::{Change, Conflict};
use zt_types::ManagedBy;

#[expect(clippy::unwrap_used, reason = "the texts are of their forms")]
fn provider(n: u8) -> ServiceProvider {
    let at = format!("https://sp{n}.example/acs");
    ServiceProvider {
        id: client_id(n),
        entity_id: EntityId::parse(&format!("https://sp{n}.example")).unwrap(),
        name: text(n),
        app: app_id(1),
        consumers: vec![Consumer {
            index: 0,
            location: RedirectUri::parse(&at).unwrap(),
            is_default: true,
        }],
        logout: Vec::new(),
        signing: Vec::new(),
        encryption: None,
        requests: RequestSigning::AsTheyCome,
        signs: SignedParts::Both,
        algorithm: XmlAlgorithm::RsaSha256,
        name_id: NameIdKind::Persistent,
        attributes: Vec::new(),
        step_up: zt_federation::StepUp::default(),
        unsolicited: Unsolicited::Refused,
        session: None,
        home: None,
        source: MetadataSource::Written,
        managed_by: ManagedBy::Console,
    }
}

#[tokio::test]
async fn one_name_is_of_one_program() {
    against_all(async |store| {
        done(
            store,
            vec![
                Change::PutApplication(application(1)),
                Change::PutClient(client(1)),
                Change::PutServiceProvider(provider(2)),
                // Written anew it is the same one.
                Change::PutServiceProvider(provider(2)),
            ],
        )
        .await;
        let same_entity = ServiceProvider {
            entity_id: provider(2).entity_id,
            ..provider(3)
        };
        for (change, taken) in [
            (Change::PutServiceProvider(provider(1)), client_id(1)),
            (Change::PutClient(client(2)), client_id(2)),
            (Change::PutServiceProvider(same_entity), client_id(2)),
        ] {
            let refused = commit(store, vec![change]).await;
            assert_eq!(refused, Err(Conflict::NameTaken(taken)));
        }
        done(store, vec![Change::RemoveClient(client_id(1))]).await;
        let refused = commit(store, vec![Change::RemoveApplication(app_id(1))]).await;
        let of = Conflict::HasClients {
            app: app_id(1),
            client: client_id(2),
        };
        assert_eq!(refused, Err(of));
        let nowhere = ServiceProvider {
            app: app_id(2),
            ..provider(4)
        };
        let refused = commit(store, vec![Change::PutServiceProvider(nowhere)]).await;
        let missing = Conflict::NoApplication {
            client: client_id(4),
            app: app_id(2),
        };
        assert_eq!(refused, Err(missing));
        let state = store.load().await.unwrap();
        assert_eq!(state.service_providers.len(), 1);
        assert_eq!(state.service_providers[&client_id(2)], provider(2));
    })
    .await;
}

#[tokio::test]
async fn it_is_found_by_what_it_calls_itself() {
    against_all(async |store| {
        let renamed = ServiceProvider {
            entity_id: EntityId::parse("https://elsewhere.example.net/saml").unwrap(),
            ..provider(2)
        };
        done(
            store,
            vec![
                Change::PutApplication(application(1)),
                Change::PutServiceProvider(provider(1)),
                Change::PutServiceProvider(provider(2)),
                Change::PutServiceProvider(renamed.clone()),
                // Its name is free for another one.
                Change::PutServiceProvider(ServiceProvider {
                    entity_id: provider(2).entity_id,
                    ..provider(3)
                }),
                Change::RemoveServiceProvider(client_id(1)),
            ],
        )
        .await;
        let state = store.load().await.unwrap();
        let named = |entity: &EntityId| {
            let found = state.service_provider_named(entity);
            found.map(|provider| provider.id.clone())
        };
        assert_eq!(named(&provider(1).entity_id), None);
        assert_eq!(named(&provider(2).entity_id), Some(client_id(3)));
        assert_eq!(named(&renamed.entity_id), Some(client_id(2)));
    })
    .await;
}

#[tokio::test]
async fn what_a_service_provider_was_given_goes_with_it() {
    against_all(async |store| {
        let asserted = zt_auth::Grant {
            state: zt_auth::GrantState::Asserted,
            ..grant(1, 1)
        };
        done(
            store,
            vec![
                Change::PutApplication(application(1)),
                Change::PutSession(session(1)),
                Change::PutServiceProvider(provider(1)),
                Change::PutGrant(asserted.clone()),
            ],
        )
        .await;
        assert_eq!(store.load().await.unwrap().grants.len(), 1);
        done(store, vec![Change::RemoveServiceProvider(client_id(1))]).await;
        assert!(store.load().await.unwrap().grants.is_empty());
        let late = commit(store, vec![Change::PutGrant(asserted)]).await;
        assert_eq!(late, Err(Conflict::Missing("client")));
    })
    .await;
}
