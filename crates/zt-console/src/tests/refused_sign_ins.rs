//! Sign-ins to programs that policies refuse, or that nobody is there for: what the log says of them, and how often.

use super::saml::{begun, goes, request};
use super::world::World;
use super::{clients, saml};
use http::StatusCode;
use zt_events::Body;
use zt_federation::ConsentDemand;
use zt_store::{Change, EventFilter};
use zt_types::{AppId, ClientId, DecisionId};

/// As many as are written down of one person in a minute.
const OF_A_PERSON: usize = 120;
/// As many as are signed for one address in a minute.
const OF_AN_ADDRESS: usize = 1_200;

/// What the log has of refused sign-ins: to what, by which decision, why.
async fn refused(world: &World) -> Vec<(ClientId, DecisionId, Vec<String>)> {
    world.live.store().flush().await.unwrap();
    let filter = EventFilter {
        limit: 10_000,
        ..EventFilter::default()
    };
    let logged = world.live.events(filter).await.unwrap();
    let of = |body| match body {
        Body::ClientSignInRefused {
            client,
            decision,
            reasons,
            person,
            address,
            ..
        } => {
            assert_eq!(person, world.hanako);
            assert_eq!(address, "192.0.2.24");
            Some((client, decision, reasons))
        }
        _ => None,
    };
    let bodies = logged.into_iter().map(|logged| logged.event.body);
    bodies.filter_map(of).collect()
}

#[tokio::test]
async fn what_policies_refuse_to_whoever_signs_in_by_saml_is_in_the_log_with_its_reasons() {
    let (world, mut party, her) = begun().await;
    party.record.app = AppId::new("wiki").unwrap();
    let changes = vec![Change::PutServiceProvider(party.record.clone())];
    world.commit(changes).await;
    let asks = format!("/saml/sso{}", party.query(&request(&world, &[], None)));
    let page = goes(&world, Some(&her), &asks).await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN, "{}", page.body());
    let [(client, decision, reasons)] = refused(&world).await.try_into().unwrap();
    assert_eq!(client.as_str(), "rooms");
    assert!(page.body().contains(&decision.to_string()));
    assert!(!reasons.is_empty());
}

#[tokio::test]
async fn what_policies_refuse_to_whoever_signs_in_by_openid_connect_is_in_the_log_and_paced() {
    let world = World::new().await;
    let client = clients::client("wiki", ConsentDemand::Implied);
    world.commit(vec![Change::PutClient(client)]).await;
    let her = world.sign_in(world.hanako, None).await;
    let asks = clients::asks(&[]);
    for _ in 0..OF_A_PERSON {
        let page = goes(&world, Some(&her), &asks).await;
        assert_eq!(page.status(), StatusCode::FORBIDDEN, "{}", page.body());
    }
    let written = refused(&world).await;
    assert_eq!(written.len(), OF_A_PERSON);
    for (client, _, reasons) in &written {
        assert_eq!(client.as_str(), "books");
        assert!(!reasons.is_empty());
    }
    for _ in 0..3 {
        let page = goes(&world, Some(&her), &asks).await;
        assert_eq!(page.status(), StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused(&world).await.len(), OF_A_PERSON);
    let clock = world.live.clock();
    clock.advance(std::time::Duration::from_secs(60));
    let page = goes(&world, Some(&her), &asks).await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN, "a minute later");
}

/// A signature costs more than a request. Whoever asks quietly is answered while nobody is signed in, but not without end.
#[tokio::test]
async fn no_more_refusals_are_signed_for_nobody_than_an_address_may_have() {
    let (world, party, _) = begun().await;
    let quietly = saml::unsigned(&request(&world, &[("IsPassive", "true")], None));
    let unsigned = zt_federation::saml::ServiceProvider {
        signing: Vec::new(),
        ..party.record
    };
    world
        .commit(vec![Change::PutServiceProvider(unsigned)])
        .await;
    for _ in 0..OF_AN_ADDRESS {
        let page = goes(&world, None, &quietly).await;
        assert_eq!(page.status(), StatusCode::OK, "{}", page.body());
    }
    let page = goes(&world, None, &quietly).await;
    assert_eq!(page.status(), StatusCode::TOO_MANY_REQUESTS);
}
