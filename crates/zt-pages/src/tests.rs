use super::*;
use crate::error::{ErrorKind, ErrorView};
use crate::headers::{Exception, Origin};
use crate::refusal::{About, Reason, RefusalView, RemedyKind, RemedyView};
use http::header::{self, HeaderMap, HeaderValue};
use proptest::prelude::*;
use zt_types::{Assurance, Language, NoDevice, Text, Timestamp};

mod keys;

fn page(language: Language) -> Page {
    Page::in_language(language, Base::Application, "/wiki?x=1&y=2")
}

fn infected(language: Language) -> RefusalView {
    RefusalView {
        page: page(language),
        application: "ウィキ & co".into(),
        person: Some("佐藤 花子".into()),
        reasons: vec![Reason::Fact {
            about: About::Device,
            kind: "malware".into(),
            source: "EDR".into(),
            title: "<script>alert(1)</script>".into(),
            since: Timestamp::from_seconds(1_775_003_100),
        }],
        remedies: vec![
            RemedyView::new(RemedyKind::WaitForDevice),
            RemedyView::at(
                RemedyKind::UseAnotherDevice,
                "https://id.sekisho.localhost/devices".into(),
            ),
        ],
        alternative: Vec::new(),
        reference: "0b6cd7a2-6c1e-4a0f-9f6b-2f1f6f1f9c11".into(),
        at: Timestamp::from_seconds(1_775_003_400),
        retry: Some("/wiki?x=1&y=2".into()),
        portal: None,
        leave: None,
    }
}

#[test]
fn another_way_out_is_shown_beside_the_first() {
    for (language, title) in [
        (Language::En, "Or else, this"),
        (Language::Ja, "または、次の方法でも利用できます"),
    ] {
        let mut view = infected(language);
        let first = view.response().into_body();
        assert!(!first.contains(title));
        view.alternative = vec![RemedyView::new(RemedyKind::UseCompanyDevice)];
        let both = view.response().into_body();
        let steps = both.find("id=\"steps\"").unwrap();
        let others = both.find("id=\"other-steps\"").unwrap();
        assert!(steps < others && both.contains(title));
    }
}

#[test]
fn an_infected_device_is_told_why_and_what_next() {
    for language in Language::ALL {
        let response = infected(language).response();
        assert_eq!(response.status(), 403);
        assert_eq!(response.headers()[header::CONTENT_LANGUAGE], language.tag());
        let body = File::ALL.iter().fold(response.into_body(), |body, file| {
            body.replace(&file.href(Base::Application), &format!("ASSET-{file:?}"))
        });
        insta::assert_snapshot!(format!("refusal_infected_{}", language.tag()), body);
    }
}

#[test]
fn what_a_source_wrote_is_never_markup() {
    let body = infected(Language::En).response().into_body();
    assert!(!body.contains("<script"));
    assert!(body.contains("&#60;script&#62;"));
}

#[test]
fn every_reason_has_its_own_words_in_both_languages() {
    let reasons = NoDevice::ALL.map(Reason::NoDevice).into_iter().chain([
        Reason::Assurance(Assurance::Mfa),
        Reason::Assurance(Assurance::PhishingResistant),
        Reason::Assurance(Assurance::Hardware),
        Reason::MissingEvidence("scan".into()),
        Reason::NotEntitled,
        Reason::Unregistered,
        Reason::SessionEnded,
        Reason::Policy(Text {
            ja: "規則".into(),
            en: "rule".into(),
        }),
        Reason::PersonDisabled,
        Reason::PersonLocked,
    ]);
    for reason in reasons {
        let (ja, en) = (page(Language::Ja), page(Language::En));
        assert_ne!(reason.heading(&ja), reason.heading(&en), "{reason:?}");
        assert_ne!(reason.sentence(&ja), reason.sentence(&en), "{reason:?}");
        assert_ne!(
            reason.heading(&ja),
            ja.member("refusal-title", "other"),
            "{reason:?}"
        );
    }
}

#[test]
fn errors_answer_with_their_status() {
    for kind in ErrorKind::ALL {
        for language in Language::ALL {
            let view = ErrorView {
                page: page(language),
                kind,
                reference: None,
                onward: None,
            };
            let response = view.response();
            assert_eq!(response.status().as_str(), kind.slug());
            assert!(
                response
                    .body()
                    .contains(Messages::of(language).text(&format!("error-title-{}", kind.slug())))
            );
        }
    }
}

#[test]
fn the_content_policy_of_pages() {
    let policy = |exception: &Exception| {
        headers::browser(exception)[header::CONTENT_SECURITY_POLICY].clone()
    };
    insta::assert_snapshot!(policy(&Exception::None).to_str().unwrap(), @"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; form-action 'self'");
    let origin = Origin::https("https://wiki.sekisho.localhost:8443").unwrap();
    let with_origin = policy(&Exception::EndOfSignIn(origin));
    assert!(
        with_origin
            .to_str()
            .unwrap()
            .ends_with("; form-action 'self' https://wiki.sekisho.localhost:8443")
    );
    let origins = ["https://a.example", "http://127.0.0.1:9000"];
    let origins = origins.map(|origin| Origin::of_client(origin).unwrap());
    let with_frames = policy(&Exception::Frames(origins.to_vec()));
    assert!(
        with_frames
            .to_str()
            .unwrap()
            .ends_with("; form-action 'self'; frame-src https://a.example http://127.0.0.1:9000")
    );
}

#[test]
fn only_origins_get_into_the_content_policy() {
    for good in [
        "https://a.b",
        "https://wiki.sekisho.localhost:8443",
        "https://xn--wgv71a.example",
    ] {
        assert!(Origin::https(good).is_ok(), "{good}");
    }
    for bad in [
        "http://a.b",
        "https://",
        "https://a.b/",
        "https://a b",
        "https://a.b; script-src *",
        "https://a.b,c",
        "https://*.b",
        "https://a@b",
        "https://A.b",
        "https://a.b:",
        "https://a.b:99999",
        "https://a..b",
        "https://日本",
    ] {
        assert!(Origin::https(bad).is_err(), "{bad}");
    }
}

#[test]
fn nothing_in_a_page_is_inline() {
    let bodies = Language::ALL.map(|language| infected(language).response().into_body());
    for body in bodies {
        assert!(
            !body.contains(" style=") && !body.contains("<style") && !body.contains(" onclick"),
            "{body}"
        );
        assert!(
            !body.contains("hx-on") && !body.contains("javascript:"),
            "{body}"
        );
    }
}

#[test]
fn assets_are_found_under_both_prefixes_and_kept_for_ever() {
    for file in File::ALL {
        for base in [Base::Id, Base::Application] {
            let response = assets::respond(&file.href(base), None).unwrap();
            assert_eq!(response.status(), 200);
            assert!(
                response.headers()[header::CACHE_CONTROL]
                    .to_str()
                    .unwrap()
                    .contains("immutable")
            );
            let tag = response.headers()[header::ETAG].clone();
            let again = assets::respond(&file.href(base), Some(&tag)).unwrap();
            assert_eq!(again.status(), 304);
            assert!(again.body().is_empty());
        }
    }
    for path in [
        "/assets/",
        "/assets/sekisho.css",
        "/assets/../src/lib.rs",
        "/sekisho.css",
        "/.sekisho/assets/x.js",
    ] {
        assert!(assets::find(path).is_none(), "{path}");
    }
}

#[test]
fn the_style_sheet_names_the_font_as_it_is_served() {
    let style = assets::find(&File::Style.href(Base::Id)).unwrap();
    let text = std::str::from_utf8(style.bytes()).unwrap();
    let name = File::Font
        .href(Base::Id)
        .trim_start_matches("/assets/")
        .to_owned();
    assert!(text.contains(&format!("url(\"{name}\")")) && !text.contains("asset:"));
}

fn with_headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
        .collect()
}

#[test]
fn the_persons_own_choice_of_language_wins() {
    for (pairs, expected) in [
        (vec![], Language::En),
        (vec![("accept-language", "ja,en;q=0.5")], Language::Ja),
        (
            vec![
                ("accept-language", "ja"),
                ("cookie", "a=b; __Host-sekisho-language=en"),
            ],
            Language::En,
        ),
        (
            vec![
                ("accept-language", "en"),
                ("cookie", "__Host-sekisho-language=ja;x"),
            ],
            Language::Ja,
        ),
        (
            vec![
                ("accept-language", "ja"),
                ("cookie", "__Host-sekisho-language=fr"),
            ],
            Language::Ja,
        ),
    ] {
        assert_eq!(language::of(&with_headers(&pairs)), expected, "{pairs:?}");
    }
}

#[test]
fn the_switch_goes_back_to_where_it_was_pressed_and_nowhere_else() {
    for (path, query, target) in [
        ("/language/en", Some("return=/a%3Fx%3D1"), Some("/a?x=1")),
        (
            "/.sekisho/language/ja",
            Some("return=/%E6%97%A5"),
            Some("/"),
        ),
        ("/language/ja", Some("return=//evil.example"), Some("/")),
        ("/language/ja", Some("return=/%5Cevil.example"), Some("/")),
        ("/language/ja", Some("return=/%09/evil.example"), Some("/")),
        (
            "/language/ja",
            Some("return=https://evil.example"),
            Some("/"),
        ),
        ("/language/ja", Some("return=%zz"), Some("/")),
        ("/language/ja", None, Some("/")),
        ("/language/fr", None, None),
        ("/elsewhere", None, None),
    ] {
        let answer = language::switch(path, query);
        let location = answer
            .as_ref()
            .map(|response| response.headers()[header::LOCATION].to_str().unwrap());
        assert_eq!(location, target, "{path} {query:?}");
    }
}

#[test]
fn times_are_shown_in_their_zone() {
    let at = Timestamp::from_seconds(1_775_003_459);
    assert_eq!(
        Moment::minute(at, Zone::TOKYO).text(),
        "2026-04-01 09:30 JST"
    );
    assert_eq!(
        Moment::second(at, Zone::UTC).text(),
        "2026-04-01 00:30:59 UTC"
    );
    assert_eq!(
        Moment::minute(at, Zone::TOKYO).to_string(),
        r#"<time datetime="2026-04-01T00:30:59Z">2026-04-01 09:30 JST</time>"#
    );
    assert_eq!(
        Moment::minute(Timestamp::FAR_FUTURE, Zone::TOKYO).text(),
        "—"
    );
}

#[test]
fn charts_say_what_they_show() {
    let bar = |label: &str, success, failure| chart::Bar {
        label: label.into(),
        success,
        failure,
    };
    let size = chart::Size {
        width: 120,
        height: 24,
    };
    insta::assert_snapshot!(chart::bars(
        &[bar("09:00", 3, 1), bar("<10>", 0, 0)],
        size,
        "a & b"
    ));
    insta::assert_snapshot!(chart::sparkline(&[0, 2, 1], size, "requests"));
    assert!(
        !chart::sparkline(&[], size, "")
            .to_string()
            .contains("polyline")
    );
}

proptest! {
    #[test]
    fn a_local_address_survives_the_switch(path in "/[a-z0-9/?&=%+.~_-]{0,60}") {
        prop_assume!(language::is_local(&path));
        let href = language::switch_href(Base::Id, Language::Ja, &path);
        let (route, query) = href.split_once('?').unwrap();
        let answer = language::switch(route, Some(query)).unwrap();
        prop_assert_eq!(answer.headers()[header::LOCATION].to_str().unwrap(), path);
    }

    #[test]
    fn charts_hold_any_numbers(values in proptest::collection::vec(any::<u32>(), 0..50)) {
        let size = chart::Size { width: 100, height: 20 };
        let text = chart::sparkline(&values, size, "x").to_string();
        prop_assert!(!text.contains("NaN") && !text.contains("inf"));
    }

    #[test]
    fn garbage_addresses_are_no_assets(path in ".*") {
        prop_assert!(assets::find(&path).is_none());
        let _ = language::switch(&path, Some(&path));
    }
}
