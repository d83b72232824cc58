//! What an administrator does with policies, from an empty form to one that binds.

use super::gallery::{check, folder};
use super::location;
use super::world::{SignedIn, World};
use http::{Method, Response, StatusCode};
use zt_device::Presentation;
use zt_events::{Actor, Body};
use zt_live::ConnectionKind;
use zt_policy::{Exclusion, ManagedBy, PolicyDocument, PolicyState, Rule, RuleEffect, Whom};
use zt_store::{Change, EventFilter, Plan};
use zt_types::{Language, PolicyId};

/// What a browser sends of the form of "designers, working hours only, from company devices, view only".
const SENTENCE: &str = "id=&seen=&title-ja=%E8%A8%AD%E8%A8%88%E9%83%A8&title-en=Designers&message-ja=&message-en=&effect=restrict&who=some&groups=engineering&people=&scope=all&sensitivity=&require-0-kind=within&require-0-pick=office-hours&require-1-kind=company-device&require-mode=all&look-only=yes&reauthenticate=&days=30";

async fn press(world: &World, who: &SignedIn, path: &str, fields: &str) -> Response<String> {
    let body = format!("token={}&{fields}", world.token(who).await);
    let request = world.request(
        &Method::POST,
        path,
        Some(who),
        Presentation::NotAsked,
        &body,
    );
    world.send(request).await
}

fn kept(world: &World, id: &str) -> Option<PolicyDocument> {
    let id = PolicyId::new(id).unwrap();
    world.live.read(|state| state.policies.get(&id).cloned())
}

/// A world in which somebody used an application, and the administrator.
async fn used() -> (World, SignedIn) {
    let world = World::new().await;
    let laptop = world.enrol(world.hanako, "花子のノートPC", "nb-0123").await;
    let her = world.sign_in(world.hanako, Some(&laptop)).await;
    let connection = world
        .at(
            "chat",
            her.session,
            Presentation::NotAsked,
            ConnectionKind::Exchange,
        )
        .await;
    assert!(connection.is_some());
    let admin = world.sign_in(world.ken, None).await;
    (world, admin)
}

#[tokio::test]
async fn a_sentence_is_tried_kept_report_only_and_turned_on() {
    let (world, admin) = used().await;
    let empty = world.get("/console/policies/new", &admin).await;
    assert_eq!(empty.status(), StatusCode::OK);
    assert!(!empty.body().contains("id=\"problems\""));

    let looked = press(
        &world,
        &admin,
        "/console/policies",
        &format!("{SENTENCE}&do=look"),
    )
    .await;
    check("policy-looked", looked.body());
    for shown in [
        "佐藤 花子",
        "社内チャット",
        "id=\"found-limited\"",
        "会社の端末である",
    ] {
        assert!(looked.body().contains(shown), "{shown}: {}", looked.body());
    }
    assert!(kept(&world, "designers").is_none(), "looking keeps nothing");

    let saved = press(
        &world,
        &admin,
        "/console/policies",
        &format!("{SENTENCE}&do=save"),
    )
    .await;
    assert_eq!(
        location(&saved),
        "/console/policies/designers?note=policy-saved"
    );
    let document = kept(&world, "designers").unwrap();
    assert_eq!(document.state, PolicyState::ReportOnly);
    assert_eq!(document.managed_by, ManagedBy::Console);
    assert!(document.source.rule().is_some());
    let events = world
        .live
        .events(EventFilter {
            limit: 5,
            ..EventFilter::default()
        })
        .await
        .unwrap();
    let told = events.iter().find_map(|logged| match &logged.event.body {
        Body::PoliciesChanged {
            version, policies, ..
        } => Some((logged, version, policies)),
        _ => None,
    });
    let (logged, version, policies) = told.unwrap();
    assert_eq!(logged.event.actor, Actor::Person(world.ken));
    assert_eq!(*version, world.live.policies().version().to_string());
    assert_eq!(policies.as_slice(), [PolicyId::new("designers").unwrap()]);

    // Report-only binds nobody: she is still let in.
    assert_eq!(world.live.presences().len(), 1);
    let page = world.get("/console/policies/designers", &admin).await;
    check("policy", page.body());
    let turned = press(
        &world,
        &admin,
        "/console/policies/designers/state",
        "state=on",
    )
    .await;
    assert_eq!(
        location(&turned),
        "/console/policies/designers?note=policy-turned"
    );
    assert_eq!(kept(&world, "designers").unwrap().state, PolicyState::On);
    let list = world.get("/console/policies", &admin).await;
    assert!(list.body().contains("高橋 健"), "who wrote it is said");

    let removed = press(&world, &admin, "/console/policies/designers/remove", "").await;
    assert_eq!(location(&removed), "/console/policies?note=policy-removed");
    assert!(kept(&world, "designers").is_none());
}

#[tokio::test]
async fn what_does_not_hold_together_is_said_and_kept_in_the_form() {
    let (world, admin) = used().await;
    let wrong = SENTENCE.replace("groups=engineering", "groups=").replace(
        "title-ja=%E8%A8%AD%E8%A8%88%E9%83%A8&title-en=Designers",
        "title-ja=&title-en=",
    );
    let said = press(
        &world,
        &admin,
        "/console/policies",
        &format!("{wrong}&do=save"),
    )
    .await;
    assert_eq!(said.status(), StatusCode::OK);
    for shown in [
        "名前を入力してください。",
        "対象者を選んでください。",
        "id=\"problems\"",
    ] {
        assert!(said.body().contains(shown), "{shown}");
    }
    assert!(said.body().contains("value=\"office-hours\" selected"));

    // Whoever was faster wins.
    press(
        &world,
        &admin,
        "/console/policies",
        &format!("{SENTENCE}&do=save"),
    )
    .await;
    let stale = SENTENCE.replace("id=&seen=", "id=designers&seen=1");
    let said = press(
        &world,
        &admin,
        "/console/policies",
        &format!("{stale}&do=save"),
    )
    .await;
    assert!(said.body().contains("ほかの人が先に変更しました"));

    // An exclusion that has run out keeps a policy from being turned on, not from being turned off.
    let over = PolicyDocument {
        state: PolicyState::Off,
        ..kept(&world, "designers").unwrap()
    };
    let mut parts = over.source.rule().unwrap().parts().clone();
    parts.except.push(zt_policy::Exclusion {
        whom: zt_policy::Whom::Person(world.hanako),
        owner: "ken".to_owned(),
        reason: "試行".to_owned(),
        until: "2026-01-31".parse().unwrap(),
    });
    let over = over.written_by(zt_policy::Rule::new(parts).unwrap());
    world.commit(vec![Change::PutPolicy(over)]).await;
    let turned = press(
        &world,
        &admin,
        "/console/policies/designers/state",
        "state=on",
    )
    .await;
    assert_eq!(
        location(&turned),
        "/console/policies/designers?note=policy-overdue"
    );
    let list = world.get("/console/policies", &admin).await;
    assert!(list.body().contains("2026-01-31まで"), "{}", list.body());
}

#[tokio::test]
async fn what_files_manage_is_taken_away_as_a_file() {
    let (world, admin) = used().await;
    press(
        &world,
        &admin,
        "/console/policies",
        &format!("{SENTENCE}&do=save"),
    )
    .await;
    let in_files = PolicyDocument {
        managed_by: ManagedBy::Files,
        ..kept(&world, "designers").unwrap()
    };
    let seen = in_files.changed_at.as_millis();
    world
        .commit(vec![Change::PutPolicy(in_files.clone())])
        .await;
    let fields = SENTENCE.replace("id=&seen=", &format!("id=designers&seen={seen}"));
    let said = press(
        &world,
        &admin,
        "/console/policies",
        &format!("{fields}&do=save"),
    )
    .await;
    assert!(
        said.body()
            .contains("構成ファイルで管理しているため、ここでは保存できません。")
    );
    for path in ["state", "remove"] {
        let path = format!("/console/policies/designers/{path}");
        let answer = press(&world, &admin, &path, "state=off").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(kept(&world, "designers"), Some(in_files));
    let file = press(
        &world,
        &admin,
        "/console/policies",
        &format!("{fields}&do=file"),
    )
    .await;
    assert_eq!(
        file.headers()["content-disposition"],
        "attachment; filename=\"designers.toml\""
    );
    insta::assert_snapshot!(file.body(), @r#"
    [[policy]]
    id = "designers"
    title = { ja = "設計部", en = "Designers" }
    state = "report-only"

    [policy.rule]
    effect = "restrict"
    who = [{ group = "engineering" }]
    require = { all = [{ within = "office-hours" }, "company-device"] }
    limits = [{ withhold = ["download", "upload", "print", "clipboard_in", "clipboard_out", "persist"] }]
    "#);
}

#[tokio::test]
async fn what_was_changed_is_taken_back_for_a_reason() {
    let (world, admin) = used().await;
    press(
        &world,
        &admin,
        "/console/policies",
        &format!("{SENTENCE}&do=save"),
    )
    .await;
    let number = world
        .live
        .read(|state| *state.revisions.keys().next_back().unwrap());
    press(
        &world,
        &admin,
        "/console/policies/designers/state",
        "state=on",
    )
    .await;
    let path = format!("/console/revisions/{number}/back");
    let without = press(&world, &admin, &path, "why=+").await;
    assert_eq!(location(&without), "/console/policies?note=revision-why");
    assert_eq!(kept(&world, "designers").unwrap().state, PolicyState::On);
    let back = press(&world, &admin, &path, "why=too+strict").await;
    assert_eq!(
        location(&back),
        "/console/policies?note=revision-back&left=&without="
    );
    let document = kept(&world, "designers").unwrap();
    assert_eq!(document.state, PolicyState::ReportOnly);
    let list = world.get("/console/policies", &admin).await;
    assert!(list.body().contains("too strict"), "why is said");
    let same = press(&world, &admin, &path, "why=again").await;
    assert_eq!(location(&same), "/console/policies?note=revision-same");
    let gone = press(&world, &admin, "/console/revisions/999/back", "why=x").await;
    assert_eq!(location(&gone), "/console/policies?note=revision-gone");
}

#[tokio::test]
async fn going_back_says_what_it_left_and_what_did_not_come_back() {
    let (world, admin) = used().await;
    press(
        &world,
        &admin,
        "/console/policies",
        &format!("{SENTENCE}&do=save"),
    )
    .await;
    let mut ours = kept(&world, "designers").unwrap();
    let mut parts = ours.source.rule().unwrap().parts().clone();
    parts.except = vec![Exclusion {
        whom: Whom::Person(world.hanako),
        owner: "ken".to_owned(),
        reason: "moves the drawings".to_owned(),
        until: serde_json::from_str("\"2020-10-02\"").unwrap(),
    }];
    ours = ours.written_by(Rule::new(parts.clone()).unwrap());
    let brought = PolicyDocument {
        id: PolicyId::new("brought").unwrap(),
        managed_by: ManagedBy::Files,
        ..ours.clone()
    };
    let commit = |changes: Vec<Change>| world.live.commit(Plan::new(changes, Vec::new()));
    let newest = || {
        world
            .live
            .read(|state| *state.revisions.keys().next_back().unwrap())
    };
    commit(vec![Change::PutPolicy(ours.clone())]).await.unwrap();
    let with = newest();
    commit(vec![Change::PutPolicy(brought)]).await.unwrap();
    let path = format!("/console/revisions/{with}/back");
    let nothing = press(&world, &admin, &path, "why=x").await;
    assert_eq!(
        location(&nothing),
        "/console/policies?note=revision-files&left=brought&without="
    );
    commit(vec![Change::RemovePolicy(ours.id.clone())])
        .await
        .unwrap();
    let back = press(&world, &admin, &path, "why=x").await;
    let told = world.get(location(&back), &admin).await;
    for said in [
        "ポリシーを選んだ時点の内容に戻しました。",
        "構成ファイルで管理しているため、次のポリシーは変更していません：設計部 (brought)。",
        "次のポリシーは、期限が過ぎた除外を取り除いて戻しました：設計部 (designers)。",
    ] {
        assert!(told.body().contains(said), "{said}");
    }
    let settled = kept(&world, "designers").unwrap();
    assert!(settled.source.rule().unwrap().parts().except.is_empty());

    parts.effect = RuleEffect::Allow;
    parts.require = None;
    parts.limits = Vec::new();
    let allows = ours.written_by(Rule::new(parts).unwrap());
    commit(vec![Change::PutPolicy(allows)]).await.unwrap();
    let path = format!("/console/revisions/{}/back", newest());
    commit(vec![Change::RemovePolicy(settled.id)])
        .await
        .unwrap();
    let refused = press(&world, &admin, &path, "why=x").await;
    let told = world.get(location(&refused), &admin).await;
    for said in [
        "期限が過ぎた除外を取り除くと、",
        "該当するポリシー：設計部 (designers)。",
    ] {
        assert!(told.body().contains(said), "{said}");
    }
    assert!(kept(&world, "designers").is_none());
    // An address names no policy that there is not.
    let made_up = world
        .get(
            "/console/policies?note=revision-back&left=call-this-number",
            &admin,
        )
        .await;
    assert!(!made_up.body().contains("変更していません："));
}

#[tokio::test]
async fn a_pack_is_added_once_and_says_what_it_needs() {
    let (world, admin) = used().await;
    let list = world.get("/console/policies", &admin).await;
    assert!(list.body().contains("アプリグループ「saas」に属するアプリ"));
    let added = press(&world, &admin, "/console/packs/contractors/add", "").await;
    assert_eq!(location(&added), "/console/policies?note=pack-added");
    assert_eq!(
        kept(&world, "contractors-within").unwrap().state,
        PolicyState::ReportOnly
    );
    let again = press(&world, &admin, "/console/packs/contractors/add", "").await;
    assert_eq!(location(&again), "/console/policies?note=pack-there");
    let needy = press(&world, &admin, "/console/packs/saas/add", "").await;
    assert_eq!(location(&needy), "/console/policies?note=pack-refused");
    assert!(kept(&world, "saas-mfa").is_none());
}

#[tokio::test]
async fn the_pages_of_policies_draw_in_both_languages() {
    let (world, admin) = used().await;
    press(&world, &admin, "/console/packs/contractors/add", "").await;
    press(
        &world,
        &admin,
        "/console/policies",
        &format!("{SENTENCE}&do=save"),
    )
    .await;
    let folder = folder();
    let rows = "&when-0-kind=os-version-below&when-0-pick=windows&when-0-text=10.0.22631&when-1-kind=not-from-networks&when-2-kind=person-facts&when-2-pick=unusual-time&except-0-kind=person&except-0-id=emily&except-0-owner=ken&except-0-reason=x&except-0-until=2027-01-31";
    let forms = [
        ("policy-looked", format!("{SENTENCE}&do=look")),
        (
            "policy-wrong",
            format!(
                "{}{rows}&do=save",
                SENTENCE.replace("title-en=Designers", "title-en=")
            ),
        ),
    ];
    for language in Language::ALL {
        let mut drawn = Vec::new();
        for (name, path) in [
            ("policies", "/console/policies"),
            ("policy-new", "/console/policies/new"),
            ("policy", "/console/policies/designers?note=policy-saved"),
        ] {
            let request =
                world.request(&Method::GET, path, Some(&admin), Presentation::NotAsked, "");
            drawn.push((name, request));
        }
        for (name, fields) in &forms {
            let body = format!("token={}&{fields}", world.token(&admin).await);
            let path = "/console/policies";
            let request = world.request(
                &Method::POST,
                path,
                Some(&admin),
                Presentation::NotAsked,
                &body,
            );
            drawn.push((name, request));
        }
        for (name, mut request) in drawn {
            let tag = language.tag();
            request
                .headers_mut()
                .insert("accept-language", tag.parse().unwrap());
            let response = world.send(request).await;
            assert_eq!(response.status(), StatusCode::OK, "{name}");
            check(name, response.body());
            let file = folder.join(format!("console-{name}.{tag}.html"));
            std::fs::write(file, response.body()).unwrap();
        }
    }
}
