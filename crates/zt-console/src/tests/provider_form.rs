//! Service providers that the console registers and changes: from their metadata, by hand, and by templates.

use super::location;
use super::providers::{conference, kept};
use super::saml::rooms;
use super::world::{SignedIn, World};
use http::{Response, StatusCode, header};
use std::sync::LazyLock;
use zt_federation::saml::{
    AttributeFormat, AttributeSource, KeyText, LogoutBinding, MetadataSource, NameIdKind,
    RequestSigning, Transform, Unsolicited,
};
use zt_store::Change;
use zt_types::{Assurance, ManagedBy, Seconds};

const AT: &str = "/console/service-providers";

/// The key it signs with: another one is drawn each time.
static KEY: LazyLock<KeyText> = LazyLock::new(|| rooms().signing.remove(0));

/// Metadata as service providers give it out; `inside` comes after its role.
fn metadata(entity_id: &str, consumer: &str, inside: &str) -> String {
    let certificate = KEY.as_str();
    format!(
        r#"<?xml version="1.0"?><!-- exported --><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{entity_id}">
<md:SPSSODescriptor AuthnRequestsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="https://desk.example/slo"/>
<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>
<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact" Location="https://desk.example/artifact" index="0"/>
<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{consumer}" index="1"/>
{inside}</md:SPSSODescriptor></md:EntityDescriptor>"#
    )
}

fn desk() -> String {
    let wishes = r#"<md:AttributeConsumingService index="0"><md:ServiceName xml:lang="en">Desk</md:ServiceName>
<md:RequestedAttribute Name="urn:oid:0.9.2342.19200300.100.1.3" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri" FriendlyName="mail"/>
<md:RequestedAttribute Name="costCentre"/></md:AttributeConsumingService>"#;
    metadata(
        "https://desk.example/sp",
        "https://desk.example/acs",
        wishes,
    )
}

/// What is typed for a usual one; what is named here comes in place of it.
fn typed<'a>(with: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("id", "desk"),
        ("name-ja", "問い合わせ窓口"),
        ("name-en", "Desk"),
        ("app", "chat"),
        ("encryption", "if-offered"),
        ("signs", "both"),
        ("algorithm", "rsa-sha256"),
        ("name-id", "persistent"),
    ];
    let kept = usual
        .iter()
        .filter(|(name, _)| with.iter().all(|(other, _)| other != name));
    kept.chain(with).copied().collect()
}

async fn posted(world: &World, who: &SignedIn, with: &[(&str, &str)]) -> Response<String> {
    world.post_form(AT, who, &typed(with)).await
}

async fn begun() -> (World, SignedIn) {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    (world, admin)
}

#[tokio::test]
async fn metadata_is_read_looked_over_and_registered() {
    let (world, admin) = begun().await;
    let text = desk();
    // Read first: nothing is registered, and the form is filled in further.
    let with = [("metadata", text.as_str()), ("do", "read"), ("name-en", "")];
    let page = posted(&world, &admin, &with).await;
    for shown in [
        "まだ登録していません",
        "https://desk.example/sp",
        "サーバー間（SOAP）: https://desk.example/slo",
        "value=\"Desk\"",
        "value=\"urn:oid:0.9.2342.19200300.100.1.3\"",
        "costCentre",
        "対応していない方式の送り先",
        "<option value=\"email\" selected>",
        "&#60;md:EntityDescriptor",
    ] {
        assert!(page.body().contains(shown), "{shown}");
    }
    super::gallery::keep("console-provider-read", page.body());
    assert!(kept(&world, "desk").is_none());
    let with = [
        ("metadata", text.as_str()),
        ("template", "saas"),
        ("name-id", "email"),
        ("attribute-0-name", "urn:oid:0.9.2342.19200300.100.1.3"),
        ("attribute-0-source", "email"),
        ("attribute-0-letters", "lowercase"),
        ("attribute-1-name", ""),
        ("attribute-2-name", "roles"),
        ("attribute-2-source", "groups"),
        ("attribute-2-map", "it = Admin\n engineering=Agent"),
        ("attribute-2-prefix", "desk:"),
        ("acr", "mfa"),
        ("max-age", "30"),
        ("session", "45"),
        ("home", "https://desk.example/"),
    ];
    let done = posted(&world, &admin, &with).await;
    let there = "/console/service-providers/desk?note=provider-saved&template=saas";
    assert_eq!(location(&done), there);
    let made = kept(&world, "desk").unwrap();
    assert_eq!(made.managed_by, ManagedBy::Console);
    assert_eq!(made.requests, RequestSigning::Demanded);
    assert_eq!(made.signing, std::slice::from_ref(&*KEY));
    assert_eq!(made.name_id, NameIdKind::Email);
    assert_eq!(made.logout_by(LogoutBinding::Soap), made.logout.first());
    assert_eq!(made.consumers[0].index, 1);
    assert_eq!(made.unsolicited, Unsolicited::Refused);
    assert_eq!(made.session, Some(Seconds::minutes(45)));
    assert_eq!(made.step_up.acr, Some(Assurance::Mfa));
    assert_eq!(made.step_up.max_age, Some(Seconds::minutes(30)));
    let uploaded = MetadataSource::Uploaded { valid_until: None };
    assert_eq!(made.source, uploaded);
    let [mail, roles] = made.attributes.as_slice() else {
        panic!("{:?}", made.attributes);
    };
    assert_eq!(mail.format, AttributeFormat::Uri);
    assert_eq!(mail.transforms, [Transform::Lowercase]);
    assert_eq!(roles.source, AttributeSource::Groups);
    let table = [("it", "Admin"), ("engineering", "Agent")];
    let table = table.map(|(from, to)| (from.to_owned(), to.to_owned()));
    let prefix = Transform::Prefix("desk:".to_owned());
    assert_eq!(roles.transforms, [Transform::Mapped(table.into()), prefix]);
    // What it says is what the form shows again, and saving that changes nothing.
    let page = world.get(location(&done), &admin).await;
    assert!(page.body().contains("保存しました"));
    let page = world.get(&format!("{AT}/desk/change"), &admin).await;
    for shown in ["it = Admin", "value=\"desk:\"", "value=\"45\""] {
        assert!(page.body().contains(shown), "{shown}");
    }
    assert!(!page.body().contains("name=\"entity-id\""));
    let fields = fields(page.body());
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let at = format!("{AT}/desk/change");
    let done = world.post_form(&at, &admin, &fields).await;
    assert!(location(&done).contains("note=provider-saved"), "{done:?}");
    assert_eq!(kept(&world, "desk").unwrap(), made);
}

/// What a browser would send of the form of a page.
fn fields(page: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let pairs = [
            ("&#34;", "\""),
            ("&#38;", "&"),
            ("&#60;", "<"),
            ("&#62;", ">"),
            ("&#39;", "'"),
        ];
        pairs
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(decoded(rest.split_once('"')?.0))
    };
    let (_, form) = page.split_once("<form class=\"rule\"").unwrap();
    let form = form.split_once("</form>").unwrap().0;
    let mut all = Vec::new();
    let mut select = None;
    for piece in form.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        let name = attribute(tag, "name").filter(|name| name != "token" && name != "do");
        if tag.starts_with("select") {
            select = name;
        } else if tag.starts_with("option") {
            let chosen = tag.contains(" selected").then(|| select.take()).flatten();
            all.extend(chosen.map(|name| (name, attribute(tag, "value").unwrap())));
        } else if tag.starts_with("textarea") {
            all.extend(name.map(|name| (name, decoded(text))));
        } else if tag.starts_with("input")
            && (!tag.contains("checkbox") || tag.contains(" checked"))
        {
            let value = attribute(tag, "value").unwrap_or_default();
            all.extend(name.map(|name| (name, value)));
        }
    }
    all
}

#[tokio::test]
async fn what_was_typed_by_hand_is_registered_and_changed() {
    let (world, admin) = begun().await;
    let pem = pem();
    let with = [
        ("entity-id", "desk"),
        (
            "consumers",
            "https://desk.example/acs\nhttps://desk.example/acs2",
        ),
        ("logout-redirect", "https://desk.example/slo"),
        ("logout-redirect-answers", "https://desk.example/slo-done"),
        ("logout-soap", "https://desk.example/soap"),
        ("signing", pem.as_str()),
        ("requests", "demanded"),
        ("begins-here", "yes"),
        ("relay-state", "/rooms"),
        ("attribute-0-name", "site"),
        ("attribute-0-source", "fixed"),
        ("attribute-0-fixed", "tokyo"),
    ];
    let done = posted(&world, &admin, &with).await;
    assert!(
        location(&done).ends_with("/desk?note=provider-saved"),
        "{done:?}"
    );
    let made = kept(&world, "desk").unwrap();
    assert_eq!(made.source, MetadataSource::Written);
    assert_eq!(made.consumers.len(), 2);
    assert!(made.consumers[0].is_default && !made.consumers[1].is_default);
    let redirect = made.logout_by(LogoutBinding::Redirect).unwrap();
    assert_eq!(redirect.answers().as_str(), "https://desk.example/slo-done");
    assert_eq!(made.signing, std::slice::from_ref(&*KEY));
    assert_eq!(
        made.attributes[0].source,
        AttributeSource::Fixed("tokyo".to_owned())
    );
    let relay_state = Some("/rooms".to_owned());
    assert_eq!(made.unsolicited, Unsolicited::Allowed { relay_state });
    // The form shows all of it, and saving that changes nothing.
    let at = format!("{AT}/desk/change");
    let page = world.get(&at, &admin).await;
    let fields = fields(page.body());
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    world.post_form(&at, &admin, &fields).await;
    assert_eq!(kept(&world, "desk").unwrap(), made);
    // Its metadata takes the place of what was typed, if it is its own.
    let other = desk();
    let mut with = typed(&[("metadata", &other)]);
    let page = world.post_form(&at, &admin, &with).await;
    assert!(
        page.body()
            .contains("別のサービスプロバイダーのメタデータです")
    );
    assert_eq!(kept(&world, "desk").unwrap(), made);
    let own = metadata("desk", "https://new.example/acs", "");
    with.retain(|(name, _)| *name != "metadata");
    with.push(("metadata", &own));
    let done = world.post_form(&at, &admin, &with).await;
    assert!(location(&done).contains("provider-saved"), "{done:?}");
    let changed = kept(&world, "desk").unwrap();
    assert_eq!(
        changed.consumers[0].location.as_str(),
        "https://new.example/acs"
    );
    assert_eq!(
        changed.source,
        MetadataSource::Uploaded { valid_until: None }
    );
}

fn pem() -> String {
    let certificate = KEY.as_str();
    format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n")
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_typed_is_lost() {
    let (world, admin) = begun().await;
    world.commit(conference(&world)).await;
    world
        .commit(vec![Change::PutServiceProvider(rooms())])
        .await;
    let good = desk();
    let federation = good.replace("md:EntityDescriptor", "md:EntitiesDescriptor");
    let over = good.replace("entityID=", "validUntil=\"2020-01-01T00:00:00Z\" entityID=");
    let cut = &good[..good.len() / 2];
    let entities = good.replace("<!-- exported -->", "<!DOCTYPE x [<!ENTITY a \"b\">]>");
    let idp = good.replace("SPSSODescriptor", "IDPSSODescriptor");
    let nowhere = good.replace("https://desk.example/acs", "javascript:alert(1)");
    let key = good.replace(KEY.as_str(), "AAAA");
    let taken = metadata("https://rooms.example/saml", "https://desk.example/acs", "");
    let long = format!("{good}{}", " ".repeat(300 * 1024));
    let hand: [(&str, &str); 2] = [
        ("entity-id", "desk"),
        ("consumers", "https://desk.example/acs"),
    ];
    let by_hand = |field: &'static str, value: &'static str| {
        let mut with = hand.to_vec();
        with.retain(|(name, _)| *name != field);
        with.push((field, value));
        with
    };
    let cases: Vec<(Vec<(&str, &str)>, &str)> = vec![
        (vec![], "メタデータを貼り付けるか"),
        (vec![("metadata", cut)], "XML として読み取れません"),
        (
            vec![("metadata", "<html></html>")],
            "サービスプロバイダーのメタデータではありません",
        ),
        (
            vec![("metadata", &federation)],
            "複数のシステムのメタデータ",
        ),
        (
            vec![("metadata", &over)],
            "有効期限（validUntil）が切れています",
        ),
        (vec![("metadata", &entities)], "DOCTYPE"),
        (vec![("metadata", &idp)], "ID プロバイダーのメタデータです"),
        (
            vec![("metadata", &nowhere)],
            "AssertionConsumerService）がありません",
        ),
        (
            vec![("metadata", &key)],
            "証明書として読み取れない X509Certificate",
        ),
        (vec![("metadata", &taken)], "として登録済みです"),
        (vec![("metadata", &long)], "256 KB を超えています"),
        (
            vec![("metadata", &good), ("consumers", "https://desk.example/x")],
            "どちらか一方にしてください",
        ),
        (
            vec![("metadata", &good), ("encryption", "required")],
            "暗号化に使える証明書がありません",
        ),
        (by_hand("id", "rooms"), "すでに使われています"),
        (by_hand("id", "new"), "英小文字・数字・ハイフンで"),
        (by_hand("app", "nothing"), "登録済みのアプリを"),
        (
            by_hand("entity-id", "a b"),
            "空白、引用符、山かっこを含まない",
        ),
        (by_hand("consumers", ""), "アサーションの送り先を 1 つ以上"),
        (
            by_hand("consumers", "com.example.app:/acs"),
            "https:// で始め",
        ),
        (
            by_hand("logout-soap", "not an address"),
            "このアドレスは使えません",
        ),
        (
            by_hand("signing", "-----BEGIN"),
            "証明書として読み取れません",
        ),
        (by_hand("requests", "demanded"), "検証用の証明書が必要です"),
        (by_hand("session", "721"), "1 から 720 までの数"),
        (by_hand("max-age", "soon"), "1 から 720 までの数"),
        (
            [
                by_hand("attribute-0-name", ""),
                vec![("attribute-0-fixed", "x")],
            ]
            .concat(),
            "属性名のない行",
        ),
    ];
    for (with, said) in cases {
        let page = posted(&world, &admin, &with).await;
        assert_eq!(page.status(), StatusCode::OK, "{said}");
        assert!(page.body().contains(said), "{said}");
        assert!(kept(&world, "desk").is_none(), "{said}");
        let sent = fields(page.body());
        for (name, value) in typed(&with) {
            let is_there = sent
                .iter()
                .any(|(n, v)| n == name && v.trim() == value.trim());
            let is_no_choice = name == "app" && value == "nothing";
            assert!(is_there || is_no_choice, "{said}: {name}");
        }
    }
    // Of the files: not here.
    for at in ["rooms/change", "rooms/remove"] {
        let done = world.post_form(&format!("{AT}/{at}"), &admin, &[]).await;
        assert!(
            location(&done).ends_with("rooms?note=provider-files"),
            "{at}"
        );
    }
    // More rows lose nothing either.
    let with = [("do", "more"), ("attribute-7-name", "mail")];
    let page = posted(&world, &admin, &with).await;
    assert!(page.body().contains("value=\"mail\""));
}

/// Each kind registers as its template has it, and says what to do on the other side.
#[tokio::test]
async fn each_template_can_be_registered_as_it_stands() {
    for (template, steps) in [
        ("conference", 5),
        ("vpn", 5),
        ("saas", 5),
        ("microsoft-365", 5),
    ] {
        let (world, admin) = begun().await;
        let form = world
            .get(&format!("{AT}/new?template={template}"), &admin)
            .await;
        let own = metadata("https://desk.example/sp", "https://desk.example/acs", "");
        let mut with = fields(form.body());
        with.push(("app".to_owned(), "chat".to_owned()));
        let mut fill = |field: &str, value: &str| {
            let (_, typed) = with.iter_mut().find(|(name, _)| name == field).unwrap();
            if typed.is_empty() {
                value.clone_into(typed);
            }
        };
        fill("name-ja", "窓口");
        fill("name-en", "Desk");
        if template != "microsoft-365" {
            fill("metadata", &own);
        }
        let with: Vec<(&str, &str)> = with.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let done = world.post_form(AT, &admin, &with).await;
        let there = location(&done);
        assert!(
            there.ends_with(&format!("&template={template}")),
            "{template}: {done:?}"
        );
        let page = world.get(there, &admin).await;
        super::gallery::keep(&format!("console-provider-made-{template}"), page.body());
        let (_, list) = page.body().split_once("<ol class=\"numbered\">").unwrap();
        let list = list.split_once("</ol>").unwrap().0;
        assert_eq!(list.matches("<li>").count(), steps, "{template}");
        let made = kept(&world, template).unwrap();
        match template {
            "conference" => {
                assert_eq!(made.name_id, NameIdKind::Email);
                assert!(page.body().contains(">yamato-seiko.example<"));
            }
            "vpn" => {
                assert_eq!(made.session, Some(Seconds::minutes(240)));
                assert_eq!(made.step_up.acr, Some(Assurance::Mfa));
                assert!(
                    made.attributes
                        .iter()
                        .any(|rule| rule.source == AttributeSource::Groups)
                );
            }
            "microsoft-365" => {
                assert_eq!(made.entity_id.as_str(), "urn:federation:MicrosoftOnline");
                assert_eq!(made.name_id, NameIdKind::Persistent);
                assert_eq!(made.encryption, None);
                assert_eq!(made.attributes[0].name, "IDPEmail");
                assert!(page.body().contains("New-MgDomainFederationConfiguration"));
                assert!(
                    page.body()
                        .contains("信頼を失っても、アプリ側のセッションが残ります")
                );
                // Its page knows what it is without being told.
                let page = world.get(&format!("{AT}/{template}"), &admin).await;
                assert!(page.body().contains("New-MgDomainFederationConfiguration"));
                let names = world.get(&format!("{AT}/{template}/names"), &admin).await;
                assert_eq!(
                    names.headers()[header::CONTENT_TYPE],
                    "text/csv; charset=utf-8"
                );
                let name = world.live.persistent_name(&made, world.hanako);
                let line = format!("\"hanako\",\"hanako@yamato-seiko.example\",\"{name}\"\r\n");
                assert!(names.body().contains(&line), "{}", names.body());
                assert!(name.len() <= 64);
            }
            _ => assert_eq!(made.name_id, NameIdKind::Persistent),
        }
    }
}
