//! Clients of products that are known by name: each can be registered as it stands, and the documents say the same of them.

use super::world::{SignedIn, World};
use crate::console::client_draft::Kind;
use crate::console::products::{Back, PRODUCTS, Product, Value};
use http::{Method, StatusCode};
use std::fmt::Write as _;
use zt_device::Presentation;
use zt_federation::{Client, Endpoints};
use zt_pages::{Base, Page};
use zt_types::{ClientId, Language};

const AT: &str = "https://app.example.co.jp";
const DOCUMENT: &str = include_str!("../../../../docs/connecting-applications.md");

/// The form of a product, filled in, and sent as it stands but for the application.
async fn register(world: &World, admin: &SignedIn, product: &Product) -> (Client, String) {
    let slug = product.slug;
    let form = world
        .get(
            &format!("/console/clients/new?product={slug}&at=https%3A%2F%2Fapp.example.co.jp%2F"),
            admin,
        )
        .await;
    assert!(form.body().contains(product.name), "{slug}");
    super::gallery::keep(&format!("console-product-{slug}"), form.body());
    let (_, form) = form
        .body()
        .split_once("action=\"/console/clients\"")
        .unwrap();
    let mut typed: Vec<(String, String)> = vec![
        ("token".into(), world.token(admin).await),
        ("app".into(), "chat".into()),
    ];
    for input in form.split("<input").skip(1) {
        let tag = input.split('>').next().unwrap();
        let attribute = |name: &str| {
            let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
            Some(rest.split('"').next()?.replace("&#38;", "&"))
        };
        let (Some(name), Some(value)) = (attribute("name"), attribute("value")) else {
            continue;
        };
        let is_tick = matches!(attribute("type").as_deref(), Some("radio" | "checkbox"));
        if name != "token" && (!is_tick || tag.contains(" checked")) {
            typed.push((name, value));
        }
    }
    for area in form.split("<textarea").skip(1) {
        let (tag, rest) = area.split_once('>').unwrap();
        let (_, name) = tag.split_once(" name=\"").unwrap();
        let text = rest.split("</textarea>").next().unwrap();
        typed.push((name.split('"').next().unwrap().into(), text.into()));
    }
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(typed)
        .finish();
    let request = world.request(
        &Method::POST,
        "/console/clients",
        Some(admin),
        Presentation::NotAsked,
        &body,
    );
    let answer = world.send(request).await;
    assert_eq!(answer.status(), StatusCode::OK, "{slug}");
    let id = ClientId::new(slug).unwrap();
    let client = world.live.read(|state| state.clients.get(&id).cloned());
    let client = client.unwrap_or_else(|| panic!("{slug}: {}", answer.body()));
    (client, answer.into_body())
}

#[tokio::test]
async fn each_can_be_registered_as_it_stands_and_says_what_to_write_over_there() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    for product in &PRODUCTS {
        let slug = product.slug;
        let (client, page) = register(&world, &admin, product).await;
        let back = match product.back {
            Back::Below(path) => format!("{AT}{path}"),
            Back::Device(uri) => uri.to_owned(),
        };
        let addresses: Vec<&str> = client
            .redirect_uris
            .iter()
            .map(|uri| uri.as_str())
            .collect();
        assert_eq!(addresses, [back.as_str()], "{slug}");
        assert_eq!(Product::of(&client).map(|seen| seen.slug), Some(slug));
        let secret = page.split_once("<code id=\"secret\">");
        let secret = secret.map(|(_, rest)| rest.split_once('<').unwrap().0);
        assert_eq!(secret.is_some(), product.kind.keeps_secret(), "{slug}");
        super::gallery::keep(&format!("console-product-made-{slug}"), &page);
        let (_, panel) = page.split_once("id=\"product\"").unwrap();
        let panel = panel.split("</section>").next().unwrap();
        for (name, value) in product.settings {
            assert!(panel.contains(name), "{slug}: {name}");
            let value = match value {
                Value::Id => slug,
                Value::Secret => secret.unwrap(),
                Value::Issuer => "https://id.",
                Value::Discovery => "/.well-known/openid-configuration",
                Value::Authorization => Endpoints::OURS.authorization,
                Value::Token => Endpoints::OURS.token,
                Value::Userinfo => Endpoints::OURS.userinfo,
                Value::Redirect => back.as_str(),
                Value::As(text) => text
                    .split(['"', '\'', '>'])
                    .max_by_key(|t| t.len())
                    .unwrap(),
            };
            assert!(panel.contains(value), "{slug}: {name}={value}");
        }
        // Later the same, without the secret.
        let later = world.get(&format!("/console/clients/{slug}"), &admin).await;
        assert!(later.body().contains("id=\"product\""), "{slug}");
        assert!(secret.is_none_or(|secret| !later.body().contains(secret)));
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_said_and_fills_nothing_in() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    for at in [
        "",
        "app.example.co.jp",
        "http%3A%2F%2Fapp.example",
        "https%3A%2F%2F*.example",
        "%22%3E%3Cscript%3E",
    ] {
        let path = format!("/console/clients/new?product=grafana&at={at}");
        let form = world.get(&path, &admin).await;
        assert!(form.body().contains("id=\"at-error\""), "{at}");
        assert!(!form.body().contains("generic_oauth"), "{at}");
        assert!(!form.body().contains("\"><script>"), "{at}");
    }
    // What is no product is no choice.
    let form = world
        .get("/console/clients/new?product=%3Cb%3E", &admin)
        .await;
    assert_eq!(form.status(), StatusCode::OK);
    assert!(!form.body().contains("id=\"at-error\""));
}

/// Regenerate it by hand: this says the whole of it when it differs.
#[test]
fn the_documents_say_the_same() {
    let page = Page::in_language(Language::En, Base::Id, "/");
    let mut table =
        "| product | where | address to register | what is written there |\n|---|---|---|---|\n"
            .to_owned();
    for product in &PRODUCTS {
        let back = match product.back {
            Back::Below(path) => format!("`…{path}`"),
            Back::Device(uri) => format!("`{uri}`"),
        };
        let settings: Vec<String> = product
            .settings
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    Value::Id => "*client id*".to_owned(),
                    Value::Secret => "*secret*".to_owned(),
                    Value::Issuer => "*issuer*".to_owned(),
                    Value::Discovery => "*discovery address*".to_owned(),
                    Value::Authorization => "*authorization endpoint*".to_owned(),
                    Value::Token => "*token endpoint*".to_owned(),
                    Value::Userinfo => "*userinfo endpoint*".to_owned(),
                    Value::Redirect => "*the address to register*".to_owned(),
                    Value::As(text) => format!("`{text}`"),
                };
                format!("`{name}` {value}")
            })
            .collect();
        let name = product.name;
        let place = page.member("product-place", product.slug);
        let note = page.member("product-note", product.slug);
        let link = product.documentation;
        writeln!(
            table,
            "| [{name}]({link}) | {place} | {back} | {}. {note} |",
            settings.join(" · ")
        )
        .unwrap();
        assert_eq!(
            product.kind == Kind::Native,
            matches!(product.back, Back::Device(_))
        );
    }
    let written = DOCUMENT.split_once("<!-- products -->\n").unwrap().1;
    let written = written.split_once("<!-- /products -->").unwrap().0;
    assert_eq!(
        written, table,
        "docs/connecting-applications.md should say:\n{table}"
    );
}
