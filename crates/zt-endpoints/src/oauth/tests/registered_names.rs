//! What programs that register themselves call themselves and show as theirs, and what is kept of that.

use super::world::{World, client};
use serde_json::{Value, json};
use zt_events::{Body as Told, RegisteredAs};
use zt_federation::Client;
use zt_store::{Change, EventFilter};
use zt_types::{AppId, Text};

fn named(ja: &str, en: &str) -> Text {
    Text {
        ja: ja.to_owned(),
        en: en.to_owned(),
    }
}

impl World {
    async fn called(&self, token: &str, name: Value) -> (u16, String) {
        let answer = self.registers(token, name).await;
        let description = answer.body["error_description"].as_str();
        let description = description.unwrap_or_default().to_owned();
        (answer.status.into(), description)
    }
}

#[tokio::test]
async fn nobody_is_called_like_another_program() {
    let world = World::new().await;
    let app = world.endpoints.live().read(|state| {
        let others = |app: &&zt_policy::Application| app.id.as_str() != "chat";
        state.applications.values().find(others).unwrap().clone()
    });
    let app = zt_policy::Application {
        name: named("経費ガイド", "Expenses"),
        ..app
    };
    let web = Client {
        name: named("チャット画面", "Chat for the web"),
        app: AppId::new("chat").unwrap(),
        ..client("chat-web")
    };
    let elsewhere = Client {
        name: named("本棚", "Books"),
        app: app.id.clone(),
        managed_by: zt_types::ManagedBy::Registration,
        ..client("reg-books")
    };
    for change in [
        Change::PutApplication(app),
        Change::PutClient(web),
        Change::PutClient(elsewhere),
    ] {
        world.commit(change).await;
    }
    let (token, _) = world.initial_token(100).await;
    let taken =
        "another application or program has a name that people would take for this client_name";
    for name in [
        json!({ "client_name": "Expenses" }),
        json!({ "client_name": " EXPENSES " }),
        json!({ "client_name": "Ｅｘｐｅｎｓｅｓ" }),
        json!({ "client_name": "Exp enses" }),
        json!({ "client_name#ja": "経費ｶﾞｲﾄﾞ" }),
        json!({ "client_name#en": "経費ガイド" }),
        json!({ "client_name": "chat for the  web" }),
        json!({ "client_name": "books" }),
    ] {
        let (status, why) = world.called(&token, name.clone()).await;
        assert_eq!((status, &*why), (400, taken), "{name}");
    }
    // Copies of one program are called the same.
    for _ in 0..2 {
        let answer = world.registers(&token, json!({})).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let at = answer.text("registration_client_uri");
        let at = at.strip_prefix("https://id.sekisho.example").unwrap();
        let own = answer.text("registration_access_token");
        let mut body = answer.body.clone();
        for member in [
            "registration_access_token",
            "registration_client_uri",
            "client_secret_expires_at",
            "client_id_issued_at",
        ] {
            body.as_object_mut().unwrap().remove(member);
        }
        let same = world.call("PUT", at, &own, &body).await;
        assert_eq!(same.status, 200, "{}", same.body);
        let own = same.text("registration_access_token");
        body["client_name"] = json!("expenses");
        let renamed = world.call("PUT", at, &own, &body).await;
        assert_eq!(renamed.body["error_description"], taken);
    }
}

#[tokio::test]
async fn nothing_of_a_program_is_at_our_hosts() {
    let world = World::new().await;
    let (token, _) = world.initial_token(10).await;
    let pages = "client_uri, logo_uri, policy_uri and tos_uri are not at hosts of this server";
    let front = "the frontchannel_logout_uri is neither at a host of this server nor on the device that opens it";
    let at = |host: &str, member: &str, scheme: &str| {
        json!({
            "redirect_uris": [format!("{scheme}://{host}/cb")], member: format!("{scheme}://{host}/own"),
            "application_type": if scheme == "http" { "native" } else { "web" },
        })
    };
    for (host, member, scheme, why) in [
        ("sekisho.example", "client_uri", "https", pages),
        ("tool.sekisho.example", "policy_uri", "https", pages),
        ("a.tool.sekisho.example", "tos_uri", "https", pages),
        ("id.sekisho.example", "logo_uri", "https", pages),
        ("sekisho.example", "frontchannel_logout_uri", "https", front),
        (
            "tool.sekisho.example:8443",
            "frontchannel_logout_uri",
            "https",
            front,
        ),
        ("127.0.0.1:8080", "frontchannel_logout_uri", "http", front),
        ("127.0.0.2", "frontchannel_logout_uri", "https", front),
        ("localhost", "frontchannel_logout_uri", "https", front),
        ("a.localhost", "frontchannel_logout_uri", "https", front),
    ] {
        let told = world.called(&token, at(host, member, scheme)).await;
        assert_eq!((told.0, &*told.1), (400, why), "{host} {member}");
    }
    for (host, member) in [
        ("tool.sekisho.example", "backchannel_logout_uri"),
        ("notsekisho.example", "frontchannel_logout_uri"),
        ("sekisho.example.tool.example", "client_uri"),
    ] {
        let told = world.called(&token, at(host, member, "https")).await;
        assert_eq!(told, (201, String::new()), "{host} {member}");
    }
}

#[tokio::test]
async fn the_log_says_what_was_registered() {
    let world = World::new().await;
    let (token, _) = world.initial_token(1).await;
    let many: Vec<String> = (10..32)
        .map(|n| format!("https://tool.example/cb{n}"))
        .collect();
    let answer = world
        .registers(&token, json!({ "redirect_uris": many }))
        .await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let at = answer.text("registration_client_uri");
    let at = at.strip_prefix("https://id.sekisho.example").unwrap();
    let own = answer.text("registration_access_token");
    let changed = json!({
        "client_id": answer.text("client_id"), "client_name": "Gadget", "scope": "openid",
        "redirect_uris": ["https://gadget.example/cb"], "grant_types": ["authorization_code"],
    });
    let changed = world.call("PUT", at, &own, &changed).await;
    let own = changed.text("registration_access_token");
    let gone = world.call("DELETE", at, &own, &Value::Null).await;
    assert_eq!(gone.status, 204);
    let live = world.endpoints.live();
    live.store().flush().await.unwrap();
    let events = live.events(EventFilter {
        limit: 100,
        ..EventFilter::default()
    });
    let events = events.await.unwrap().into_iter().rev();
    let said: Vec<RegisteredAs> = events
        .filter_map(|logged| match logged.event.body {
            Told::ClientRegistered { registered_as, .. }
            | Told::ClientReregistered { registered_as, .. }
            | Told::ClientDeregistered { registered_as, .. } => registered_as.map(|said| *said),
            _ => None,
        })
        .collect();
    let gadget = RegisteredAs {
        name: named("Gadget", "Gadget"),
        redirect_uris: vec!["https://gadget.example/cb".to_owned()],
        more: 0,
    };
    let tool = RegisteredAs {
        name: named("ツール", "Tool"),
        redirect_uris: many[..10].to_vec(),
        more: 12,
    };
    assert_eq!(said, [tool, gadget.clone(), gadget]);
}
