//! Sign-ins to clients that are tried without anybody signing in.

use super::clients::{client, expenses};
use super::world::{SignedIn, World};
use http::{Method, Response, StatusCode};
use zt_device::Presentation;
use zt_events::{Actor, Body};
use zt_federation::{Client, ConsentDemand, GrantType, Scope, SubjectKind};
use zt_store::{Change, EventFilter};
use zt_types::ClientId;

async fn tried(world: &World, admin: &SignedIn, client: &str, login: &str) -> Response<String> {
    let body = format!("token={}&login={login}", world.token(admin).await);
    let path = format!("/console/clients/{client}/test");
    let request = world.request(
        &Method::POST,
        &path,
        Some(admin),
        Presentation::NotAsked,
        &body,
    );
    world.send(request).await
}

/// What the page shows as claims, read back.
fn shown(page: &str) -> Vec<serde_json::Value> {
    let parts = page.split("<pre tabindex=\"0\"><code>").skip(1);
    let texts = parts.map(|part| part.split_once("</code>").unwrap().0);
    texts
        .map(|text| serde_json::from_str(&text.replace("&#34;", "\"")).unwrap())
        .collect()
}

#[tokio::test]
async fn what_a_client_would_be_told_is_shown_recorded_and_not_issued() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    world.commit(expenses(&world)).await;
    let page = tried(&world, &admin, "expenses-web", "hanako").await;
    assert_eq!(page.status(), StatusCode::OK);
    let [id_token, access, info] = shown(page.body()).try_into().unwrap();
    for told in [&id_token, &access, &info] {
        assert_eq!(told["sub"], world.hanako.to_string());
    }
    assert_eq!(id_token["aud"], "expenses-web");
    assert_eq!(access["scope"], "openid profile email");
    assert_eq!(info["preferred_username"], "hanako");
    // Without a session of hers it is an example, which is said.
    assert!(page.body().contains("セッションがないため"));

    let events = async || {
        world.live.store().flush().await.unwrap();
        let filter = EventFilter {
            limit: 100,
            ..Default::default()
        };
        let logged = world.live.events(filter).await.unwrap().into_iter();
        let shown = logged.filter(|logged| {
            matches!(&logged.event.body, Body::ClaimsShown { person, client, .. }
                if *person == world.hanako && client.as_str() == "expenses-web")
                && logged.event.actor == Actor::Person(world.ken)
        });
        shown.count()
    };
    assert_eq!(events().await, 1);
    assert!(world.live.read(|state| state.grants.is_empty()));

    let her = world.sign_in(world.hanako, None).await;
    let page = tried(&world, &admin, "expenses-web", "hanako").await;
    assert!(!page.body().contains("セッションがないため"));
    super::gallery::keep("console-client-tried", page.body());
    let claims = shown(page.body());
    let session = world
        .live
        .read(|state| state.sessions[&her.session].clone());
    assert_eq!(claims[0]["acr"], session.assurance.acr());
    assert_eq!(
        claims[0]["auth_time"],
        session.authenticated_at.as_seconds()
    );

    // Nobody is named: nothing is shown, nothing recorded, and what was typed stays.
    let before = events().await;
    let page = tried(&world, &admin, "expenses-web", "hanaka").await;
    assert!(page.body().contains("value=\"hanaka\""));
    assert!(page.body().contains("いません"));
    assert!(shown(page.body()).is_empty());
    assert_eq!(events().await, before);
    assert_eq!(
        tried(&world, &her, "expenses-web", "ken").await.status(),
        StatusCode::FORBIDDEN
    );
}

/// The claims are those of the client's record: its scopes, its names for people.
#[tokio::test]
async fn another_client_would_be_told_something_else() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    let mut changes = expenses(&world);
    changes.push(Change::PutClient(Client {
        scopes: [Scope::Openid, Scope::Groups].into(),
        subject: SubjectKind::Pairwise("books.example".to_owned()),
        ..client("expenses", ConsentDemand::Asked)
    }));
    let alone = ClientId::new("alone").unwrap();
    changes.push(Change::PutClient(Client {
        id: alone,
        grants: [GrantType::ClientCredentials].into(),
        ..client("expenses", ConsentDemand::Implied)
    }));
    world.commit(changes).await;
    let page = tried(&world, &admin, "books", "hanako").await;
    let [id_token, access, info] = shown(page.body()).try_into().unwrap();
    assert_ne!(id_token["sub"], world.hanako.to_string());
    assert_eq!(id_token["sub"], access["sub"]);
    assert_eq!(id_token["sub"], info["sub"]);
    assert!(info.get("name").is_none());
    assert!(info["groups"].is_array());
    assert!(page.body().contains("先に本人へ確認します"));
    // Nobody signs in to a program that acts for itself.
    let none = tried(&world, &admin, "alone", "hanako").await;
    assert_eq!(none.status(), StatusCode::NOT_FOUND);
}
