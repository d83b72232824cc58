//! What an administrator does about a password, and what a person says to terms.

use super::location;
use super::world::{SignedIn, World};
use http::{Method, Response, StatusCode, header};
use zt_auth::PassScope;
use zt_crypto::code::canonical;
use zt_crypto::hash::token_hash;
use zt_device::Presentation;
use zt_events::Body;
use zt_identity::{ManagedBy, Terms};
use zt_store::{Change, EventFilter};
use zt_types::{TermsId, Text};

async fn post(world: &World, path: &str, who: &SignedIn, fields: &str) -> Response<String> {
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

async fn told(world: &World) -> Vec<Body> {
    let filter = EventFilter {
        limit: 100,
        ..EventFilter::default()
    };
    let events = world.live.events(filter).await.unwrap();
    events.into_iter().map(|logged| logged.event.body).collect()
}

#[tokio::test]
async fn a_pass_is_shown_once_kept_as_a_hash_and_taken_back() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    let person = format!("/console/people/{}", world.hanako);
    let page = post(
        &world,
        &format!("{person}/reset-pass"),
        &admin,
        "reason=%E9%9B%BB%E8%A9%B1%E3%81%A7%E7%A2%BA%E8%AA%8D&hours=4&lost=yes",
    )
    .await;
    assert_eq!(page.status(), StatusCode::OK);
    let (_, rest) = page
        .body()
        .split_once(r#"<code id="pass" class="large">"#)
        .unwrap();
    let code = rest.split_once('<').unwrap().0.to_owned();
    assert_eq!(code.len(), 29, "{code}: six groups of four");
    let kept = world
        .live
        .read(|state| state.reset_passes[&world.hanako].clone());
    assert_eq!(kept.hash, token_hash(&canonical(&code).unwrap()));
    assert_eq!(
        (kept.scope, kept.reason.as_str()),
        (PassScope::AllFactors, "電話で確認")
    );
    assert_eq!(kept.expires_at, world.now() + zt_types::Seconds::hours(4));
    let again = world.get(&person, &admin).await;
    assert!(again.body().contains("電話で確認") && !again.body().contains(&code));
    let events = serde_json::to_string(&told(&world).await).unwrap();
    assert!(events.contains("reset-pass-issued") && !events.contains(&code));

    let revoke = format!("{person}/reset-pass/revoke");
    let answer = post(&world, &revoke, &admin, "").await;
    assert!(location(&answer).ends_with("?note=pass-revoked"));
    let answer = post(&world, &revoke, &admin, "").await;
    assert!(location(&answer).ends_with("?note=failed"));
    assert!(world.live.read(|state| state.reset_passes.is_empty()));
}

#[tokio::test]
async fn what_does_not_do_changes_nothing() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    let ichiro = world.live.read(|state| state.logins["ichiro"]);
    let path = |person: &str, what: &str| format!("/console/people/{person}/{what}");
    let her = world.hanako.to_string();
    let long = format!("reason={}", "a".repeat(201));
    for (what, fields, note) in [
        ("reset-pass", "", "pass-reason"),
        ("reset-pass", "reason=%20%20", "pass-reason"),
        ("reset-pass", "reason=a%0Ab", "pass-reason"),
        ("reset-pass", long.as_str(), "pass-reason"),
        ("reset-pass", "reason=a&hours=25", "pass-lifetime"),
        ("reset-pass", "reason=a&hours=0", "pass-lifetime"),
        ("reset-pass", "reason=a&hours=-1", "pass-lifetime"),
        (
            "reset-pass",
            "reason=a&hours=99999999999999999999",
            "pass-lifetime",
        ),
        ("reset-due", "", "pass-reason"),
        ("reset-due", long.as_str(), "pass-reason"),
    ] {
        let answer = post(&world, &path(&her, what), &admin, fields).await;
        assert!(
            location(&answer).ends_with(&format!("?note={note}")),
            "{what} {fields:.40}: {}",
            location(&answer)
        );
        let page = world.get(location(&answer), &admin).await;
        assert!(page.body().contains("何も変更していません"), "{note}");
    }
    for person in [
        ichiro.to_string(),
        "x".to_owned(),
        "6f9619ff-8b86-4011-b42d-00c04fc964ff".to_owned(),
    ] {
        for what in ["reset-pass", "reset-due"] {
            let answer = post(&world, &path(&person, what), &admin, "reason=a").await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{what} {person}");
        }
    }
    let nothing = world
        .live
        .read(|state| state.reset_passes.is_empty() && state.resets_due.is_empty());
    assert!(nothing);
}

#[tokio::test]
async fn a_reset_that_is_due_shows_and_keeps_its_first_date() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    let person = format!("/console/people/{}", world.hanako);
    let due = || {
        world
            .live
            .read(|state| state.resets_due[&world.hanako].clone())
    };
    post(&world, &format!("{person}/reset-due"), &admin, "reason=one").await;
    let first = due();
    world
        .live
        .clock()
        .advance(std::time::Duration::from_secs(60));
    let answer = post(&world, &format!("{person}/reset-due"), &admin, "reason=two").await;
    assert!(location(&answer).ends_with("?note=reset-due"));
    assert_eq!((due().since, due().why.as_str()), (first.since, "two"));
    let page = world.get(&person, &admin).await;
    assert!(page.body().contains("再設定が必要"), "{}", page.body());
}

pub(super) fn terms(body: &str) -> Terms {
    let both = |ja: &str, en: &str| Text {
        ja: ja.to_owned(),
        en: en.to_owned(),
    };
    Terms::new(
        TermsId::new("acceptable-use").unwrap(),
        both("情報機器の利用規約", "Acceptable use"),
        both(body, body),
        ManagedBy::Files,
        super::world::START,
    )
}

const PATH: &str = "/signin/terms/acceptable-use?return=/devices";

fn accepted(world: &World) -> Vec<String> {
    world.live.read(|state| {
        let accepted = state.accepted_terms(world.hanako);
        accepted.map(ToString::to_string).collect()
    })
}

#[tokio::test]
async fn terms_are_read_declined_accepted_and_asked_for_again_when_they_change() {
    let world = World::new().await;
    let her = world.sign_in(world.hanako, None).await;
    let text = terms("業務のために使います。\n\n<b>持ち出しません。</b>");
    world.commit(vec![Change::PutTerms(text.clone())]).await;
    let page = world.get(PATH, &her).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.body().contains("<p>業務のために使います。</p>"));
    assert!(!page.body().contains("<b>持ち出し"), "it is text");
    assert!(!page.body().contains("checked"), "no box is ticked before");

    let version = text.version();
    let declined = post(
        &world,
        PATH,
        &her,
        &format!("version={version}&answer=decline"),
    )
    .await;
    assert_eq!(location(&declined), "/devices");
    assert_eq!(accepted(&world), Vec::<String>::new());
    let unticked = post(
        &world,
        PATH,
        &her,
        &format!("version={version}&answer=accept"),
    )
    .await;
    assert_eq!(unticked.status(), StatusCode::OK);
    assert!(unticked.body().contains("チェックを入れてください"));
    for odd in [
        "version=&answer=accept&accepted=yes".to_owned(),
        format!(
            "version={}&answer=accept&accepted=yes",
            terms("other").version()
        ),
        format!("version={version}0&answer=accept&accepted=yes"),
        format!("version={version}&answer=accept&accepted=true"),
        format!("version={version}&accepted=yes"),
        format!("version={version}&answer=agree&accepted=yes"),
    ] {
        let answer = post(&world, PATH, &her, &odd).await;
        assert_eq!(answer.status(), StatusCode::OK, "{odd}");
        assert_eq!(accepted(&world), Vec::<String>::new(), "{odd}");
    }
    let yes = format!("version={version}&answer=accept&accepted=yes");
    let answer = post(&world, PATH, &her, &yes).await;
    assert_eq!(location(&answer), "/devices");
    assert_eq!(accepted(&world), ["acceptable-use"]);
    let kept = world.live.read(|state| {
        let kept = state.acceptances_of(world.hanako).next().cloned();
        kept.unwrap()
    });
    assert_eq!((kept.session, kept.at), (her.session, world.now()));
    let portal = world.get("/security", &her).await;
    assert!(portal.body().contains("情報機器の利用規約"));
    let done = world.get(PATH, &her).await;
    assert!(done.body().contains("同意済み") && !done.body().contains(r#"type="checkbox""#));

    // Another text: what was accepted counts no more, and the old form accepts nothing.
    world
        .commit(vec![Change::PutTerms(terms("新しい本文"))])
        .await;
    assert_eq!(accepted(&world), Vec::<String>::new());
    let late = post(&world, PATH, &her, &yes).await;
    assert!(late.body().contains("改定されました") && late.body().contains("新しい本文"));
    assert_eq!(accepted(&world), Vec::<String>::new());
    let portal = world.get("/security", &her).await;
    assert!(portal.body().contains("改定あり"));

    let events: Vec<String> = told(&world)
        .await
        .into_iter()
        .rev()
        .filter_map(|body| match body {
            Body::TermsAccepted { session, .. } => Some(format!("accepted {session}")),
            Body::TermsDeclined { session, .. } => Some(format!("declined {session}")),
            _ => None,
        })
        .collect();
    let session = her.session;
    assert_eq!(
        events,
        [format!("declined {session}"), format!("accepted {session}")]
    );
}

#[tokio::test]
async fn terms_lead_back_to_this_house_and_to_the_application_alone() {
    let world = World::new().await;
    let her = world.sign_in(world.hanako, None).await;
    world.commit(vec![Change::PutTerms(terms("本文"))]).await;
    let version = terms("本文").version();
    let binding = "0".repeat(64);
    let passage = format!("/passage?app=chat&return=/x&binding={binding}");
    for (back, expected, policy) in [
        ("//evil.example", "/", "form-action 'self'"),
        ("https%3A%2F%2Fevil.example%2F", "/", "form-action 'self'"),
        ("%2F%5Cevil.example", "/", "form-action 'self'"),
        ("", "/", "form-action 'self'"),
        (
            &zt_pages::language::percent_encoded(&passage),
            passage.as_str(),
            "form-action 'self' https://chat.sekisho.localhost:8443",
        ),
    ] {
        let path = format!("/signin/terms/acceptable-use?return={back}");
        let page = world.get(&path, &her).await;
        let sent = page.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(
            sent.split("; ").any(|part| part == policy),
            "{back}: {sent}"
        );
        let answer = post(
            &world,
            &path,
            &her,
            &format!("version={version}&answer=decline"),
        )
        .await;
        assert_eq!(location(&answer), expected, "{back}");
    }
    let named = format!(
        "/signin/terms?return={}&terms=acceptable-use",
        zt_pages::language::percent_encoded("/devices?note=x&y=z")
    );
    let answer = world.get(&named, &her).await;
    assert_eq!(
        location(&answer),
        "/signin/terms/acceptable-use?return=/devices%3Fnote%3Dx%26y%3Dz"
    );
    for nowhere in ["no-such-terms", "%00", "Acceptable-Use", &"a".repeat(3000)] {
        let path = format!("/signin/terms/{nowhere}?return=/");
        assert_eq!(
            world.get(&path, &her).await.status(),
            StatusCode::NOT_FOUND,
            "{nowhere:.20}"
        );
        let answer = post(&world, &path, &her, "answer=accept&accepted=yes").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{nowhere:.20}");
    }
    let wrong = world.request(&Method::PUT, PATH, Some(&her), Presentation::NotAsked, "");
    assert_eq!(
        world.send(wrong).await.status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
}
