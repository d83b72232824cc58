use super::heads::{FETCH_DESTINATION, FETCH_MODE};
use super::*;
use http::Request;
use proptest::prelude::*;
use zt_types::Text;

fn limits(withheld: &[Capability], obligations: &[Obligation]) -> Limits {
    let carries = withheld
        .iter()
        .fold(CapabilitySet::ALL, |all, one| all.without(*one));
    Limits::new(carries, obligations)
}

fn warn() -> Obligation {
    Obligation::Warn {
        policy: zt_types::PolicyId::new("careful").unwrap(),
        message: Some(Text {
            ja: "注意".to_owned(),
            en: "careful".to_owned(),
        }),
    }
}

fn head(method: &str, headers: &[(&str, &str)]) -> Head {
    let mut request = Request::builder().method(method).uri("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn answer(headers: &[(&str, &str)]) -> HeaderMap {
    head("GET", headers).headers
}

const NAVIGATE: (&str, &str) = (FETCH_MODE, "navigate");
const FETCH: (&str, &str) = (FETCH_MODE, "cors");
const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");
const JSON: (&str, &str) = ("content-type", "application/json");
const PDF: (&str, &str) = ("content-type", "application/pdf");
const MP4: (&str, &str) = ("content-type", "video/mp4");

#[test]
fn only_questions_need_no_right_to_put_something_in() {
    for (method, body, expected) in [
        ("GET", Body::Empty, LOOKING),
        ("HEAD", Body::Empty, LOOKING),
        ("OPTIONS", Body::Empty, LOOKING),
        ("GET", Body::Expected, LOOKING.with(Capability::Upload)),
        ("POST", Body::Empty, LOOKING.with(Capability::Upload)),
        ("PUT", Body::Expected, LOOKING.with(Capability::Upload)),
        ("PATCH", Body::Expected, LOOKING.with(Capability::Upload)),
        ("DELETE", Body::Empty, LOOKING.with(Capability::Upload)),
        ("PROPFIND", Body::Empty, LOOKING.with(Capability::Upload)),
        ("QUERY", Body::Expected, LOOKING.with(Capability::Upload)),
        ("get", Body::Empty, LOOKING.with(Capability::Upload)),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        assert_eq!(needs(&Kind::Exchange, &method, body), expected, "{method}");
    }
    for kind in [Kind::WebSocketUpgrade, Kind::WebSocketConnect] {
        let needs = needs(&kind, &Method::GET, Body::Empty);
        assert!(needs.contains(Capability::Upload) && needs.contains(Capability::Read));
    }
}

#[test]
fn what_is_missing_has_a_word() {
    let all = CapabilitySet::ALL;
    let upload = LOOKING.with(Capability::Upload);
    for (kind, withheld, expected) in [
        (Kind::Exchange, Capability::Upload, Withheld::Upload),
        (Kind::WebSocketUpgrade, Capability::Upload, Withheld::Socket),
        (Kind::WebSocketConnect, Capability::Upload, Withheld::Socket),
        (Kind::Exchange, Capability::Read, Withheld::Read),
        (Kind::WebSocketUpgrade, Capability::Read, Withheld::Read),
    ] {
        assert_eq!(missing(upload, all.without(withheld), &kind), expected);
    }
    assert_eq!(
        missing(
            LOOKING.union(KEEPING),
            all.without(Capability::Download),
            &Kind::Exchange
        ),
        Withheld::Download
    );
}

#[test]
fn a_permit_that_withholds_nothing_visible_is_no_limit() {
    for unseen in [
        Capability::Print,
        Capability::ClipboardIn,
        Capability::ClipboardOut,
        Capability::Unrecorded,
    ] {
        assert!(limits(&[unseen], &[Obligation::Record]).are_none());
    }
    for seen in [
        Capability::Read,
        Capability::Upload,
        Capability::Download,
        Capability::Persist,
    ] {
        assert!(!limits(&[seen], &[]).are_none(), "{seen:?}");
    }
    assert!(!limits(&[], &[Obligation::Watermark]).are_none());
    assert!(!limits(&[], &[warn()]).are_none());
    let at = Timestamp::from_millis(5);
    let proof = limits(&[], &[Obligation::ReauthenticateAt { at }]);
    assert!(!proof.wants_proof(Timestamp::from_millis(4)) && proof.wants_proof(at));
}

#[test]
fn the_request_is_made_so_that_its_answer_can_be_judged() {
    let full = [
        ("range", "bytes=0-9"),
        ("if-range", "\"x\""),
        ("if-none-match", "\"x\""),
        ("if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT"),
        ("accept-encoding", "gzip"),
        ("x-http-method-override", "DELETE"),
        ("x_http_method", "PUT"),
        ("x-method-override", "PUT"),
    ];
    for (what, limits, more, kept) in [
        (
            "no download",
            limits(&[Capability::Download], &[]),
            NAVIGATE,
            &full[4..],
        ),
        (
            "no upload",
            limits(&[Capability::Upload], &[]),
            NAVIGATE,
            &full[..5],
        ),
        (
            "a watermark on a page",
            limits(&[], &[Obligation::Watermark]),
            NAVIGATE,
            &full[5..],
        ),
        (
            "a watermark, in a page",
            limits(&[], &[Obligation::Watermark]),
            FETCH,
            &full[..],
        ),
        ("a notice", limits(&[], &[warn()]), NAVIGATE, &full[5..]),
        (
            "nothing kept",
            limits(&[Capability::Persist], &[]),
            NAVIGATE,
            &full[..],
        ),
        (
            "a player",
            limits(&[Capability::Download], &[]),
            (FETCH_DESTINATION, "video"),
            &full[4..],
        ),
    ] {
        let mut asked = head("GET", &full);
        asked.headers.insert(more.0, more.1.parse().unwrap());
        limits
            .ask(&mut asked, &Kind::Exchange, Reader::Person)
            .unwrap();
        let left: Vec<&str> = full
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| {
                asked.headers.contains_key(*name)
                    && (*name != "accept-encoding" || asked.headers[*name] != "identity")
            })
            .collect();
        let mut expected: Vec<&str> = kept.iter().map(|(name, _)| *name).collect();
        if what == "a player" {
            expected.insert(0, "range");
        }
        assert_eq!(left, expected, "{what}");
    }
}

#[test]
fn what_would_outlive_the_permit_or_hide_the_mark_is_not_asked_for() {
    let worker = [("service-worker", "script"), FETCH];
    for (limits, kind, headers, expected) in [
        (
            limits(&[Capability::Persist], &[]),
            Kind::Exchange,
            &worker[..],
            Some(Withheld::Persist),
        ),
        (
            limits(&[], &[Obligation::Watermark]),
            Kind::Exchange,
            &worker[..],
            Some(Withheld::Persist),
        ),
        (
            limits(&[Capability::Download], &[]),
            Kind::Exchange,
            &worker[..],
            None,
        ),
        (
            limits(&[], &[Obligation::Watermark]),
            Kind::WebSocketUpgrade,
            &[],
            Some(Withheld::Watermark),
        ),
        (
            limits(&[], &[Obligation::Watermark]),
            Kind::WebSocketUpgrade,
            &[("origin", "https://wiki.example")],
            None,
        ),
        (limits(&[], &[warn()]), Kind::WebSocketUpgrade, &[], None),
    ] {
        let mut head = head("GET", headers);
        let said = limits.ask(&mut head, &kind, Reader::Program).err();
        assert_eq!(said, expected, "{headers:?}");
    }
}

/// What becomes of an answer: to a GET with `asked` headers.
fn judged(
    limits: &Limits,
    (method, asked): (&str, &[(&str, &str)]),
    (status, headers, body): (u16, &[(&str, &str)], Body),
) -> Result<Treatment, Withheld> {
    let mut head = head(method, asked);
    let reader = if asked.contains(&NAVIGATE) {
        Reader::Person
    } else {
        Reader::Program
    };
    let asked = limits.ask(&mut head, &Kind::Exchange, reader)?;
    limits.judge(
        StatusCode::from_u16(status).unwrap(),
        &answer(headers),
        body,
        asked,
    )
}

#[test]
fn without_downloads_only_parts_of_pages_come() {
    use Body::{Empty, Expected};
    let limits = limits(&[Capability::Download], &[]);
    let attachment = ("content-disposition", "attachment");
    let (gzip, odd) = (
        ("content-encoding", "GZIP, br"),
        ("content-encoding", "aes128gcm"),
    );
    let length = ("content-length", "70000");
    let (page, script, player) = (
        &[NAVIGATE][..],
        &[FETCH][..],
        &[
            (FETCH_MODE, "no-cors"),
            (FETCH_DESTINATION, "video"),
            ("range", "bytes=0-"),
        ][..],
    );
    for (method, asked, status, headers, body) in [
        ("GET", page, 200, &[HTML][..], Expected),
        ("GET", page, 200, &[HTML, gzip], Expected),
        ("GET", script, 200, &[JSON], Expected),
        ("GET", page, 302, &[], Empty),
        ("GET", script, 204, &[], Empty),
        ("HEAD", page, 200, &[HTML, length], Empty),
        ("GET", page, 404, &[HTML], Expected),
        ("GET", script, 200, &[MP4], Expected),
        ("GET", player, 206, &[MP4], Expected),
        ("GET", player, 200, &[MP4], Expected),
    ] {
        assert_eq!(
            judged(&limits, (method, asked), (status, headers, body)),
            Ok(Treatment::AsItIs),
            "{method} {asked:?} {status} {headers:?}"
        );
    }
    for (method, asked, status, headers, body) in [
        ("GET", page, 200, &[PDF][..], Expected),
        ("GET", page, 200, &[HTML, attachment], Expected),
        ("GET", script, 200, &[JSON, attachment], Expected),
        ("GET", page, 200, &[], Expected),
        ("GET", page, 500, &[PDF], Expected),
        ("GET", page, 302, &[PDF], Expected),
        ("GET", page, 200, &[MP4], Expected),
        ("GET", page, 200, &[HTML, odd], Expected),
        // Heads that tell of a file.
        ("HEAD", page, 200, &[PDF], Empty),
        ("HEAD", page, 200, &[HTML, attachment], Empty),
        ("HEAD", page, 200, &[length], Empty),
        ("GET", page, 204, &[attachment], Empty),
        // Nobody asked for less than the whole: what it is a part of is not known.
        (
            "GET",
            &[NAVIGATE, ("range", "bytes=5-")],
            206,
            &[HTML],
            Expected,
        ),
        (
            "GET",
            script,
            206,
            &[("content-type", "multipart/byteranges; boundary=x")],
            Expected,
        ),
        ("GET", player, 206, &[HTML], Expected),
        (
            "GET",
            player,
            206,
            &[("content-type", "multipart/byteranges; boundary=x")],
            Expected,
        ),
        ("GET", page, 226, &[HTML], Expected),
        // A copy on the device is not confirmed.
        (
            "GET",
            &[NAVIGATE, ("if-none-match", "\"x\"")],
            304,
            &[],
            Empty,
        ),
        ("GET", &[("if-modified-since", "x")], 304, &[HTML], Empty),
    ] {
        assert_eq!(
            judged(&limits, (method, asked), (status, headers, body)),
            Err(Withheld::Download),
            "{method} {asked:?} {status} {headers:?}"
        );
    }
}

#[test]
fn a_watermark_is_on_every_page_and_what_cannot_bear_it_stays() {
    use Body::{Empty, Expected};
    let (watermark, notice) = (
        limits(&[], &[Obligation::Watermark, warn()]),
        limits(&[], &[warn()]),
    );
    let sandbox = (
        "content-security-policy",
        "default-src 'self'; Sandbox allow-scripts",
    );
    for (asked, status, headers, body, expected) in [
        (
            &[NAVIGATE][..],
            200,
            &[HTML][..],
            Expected,
            Ok(Treatment::Marked),
        ),
        (&[NAVIGATE], 500, &[HTML], Expected, Ok(Treatment::Marked)),
        // No Fetch Metadata: nobody says that it is a part of a page.
        (&[], 200, &[HTML], Expected, Ok(Treatment::Marked)),
        (&[], 200, &[JSON], Expected, Err(Withheld::Watermark)),
        (&[FETCH], 200, &[HTML], Expected, Ok(Treatment::AsItIs)),
        (&[FETCH], 200, &[JSON], Expected, Ok(Treatment::AsItIs)),
        (
            &[FETCH, ("if-none-match", "\"x\"")],
            304,
            &[],
            Empty,
            Ok(Treatment::AsItIs),
        ),
        (
            &[FETCH, NAVIGATE],
            200,
            &[JSON],
            Expected,
            Err(Withheld::Watermark),
        ),
        (&[NAVIGATE], 302, &[], Empty, Ok(Treatment::AsItIs)),
        (&[NAVIGATE], 302, &[HTML], Empty, Ok(Treatment::AsItIs)),
        (
            &[NAVIGATE, ("if-none-match", "\"x\"")],
            304,
            &[],
            Empty,
            Err(Withheld::Watermark),
        ),
        (
            &[NAVIGATE],
            206,
            &[HTML],
            Expected,
            Err(Withheld::Watermark),
        ),
        (&[NAVIGATE], 200, &[PDF], Expected, Err(Withheld::Watermark)),
        (
            &[NAVIGATE],
            200,
            &[JSON],
            Expected,
            Err(Withheld::Watermark),
        ),
        (
            &[NAVIGATE],
            200,
            &[("content-type", "application/xhtml+xml")],
            Expected,
            Err(Withheld::Watermark),
        ),
        (&[FETCH], 200, &[PDF], Expected, Err(Withheld::Watermark)),
        (
            &[FETCH],
            200,
            &[JSON, ("content-disposition", "attachment")],
            Expected,
            Err(Withheld::Watermark),
        ),
        (
            &[NAVIGATE],
            200,
            &[HTML, ("content-encoding", "gzip")],
            Expected,
            Err(Withheld::Watermark),
        ),
        (
            &[NAVIGATE],
            200,
            &[HTML, ("content-encoding", "identity")],
            Expected,
            Ok(Treatment::Marked),
        ),
        (
            &[NAVIGATE],
            200,
            &[("content-type", "text/html;charset=UTF-16le")],
            Expected,
            Err(Withheld::Watermark),
        ),
        (
            &[NAVIGATE],
            200,
            &[HTML, sandbox],
            Expected,
            Err(Withheld::Watermark),
        ),
        (
            &[NAVIGATE],
            200,
            &[
                HTML,
                ("integrity-policy", "blocked-destinations=(script style)"),
            ],
            Expected,
            Err(Withheld::Watermark),
        ),
    ] {
        let said = judged(&watermark, ("GET", asked), (status, headers, body));
        assert_eq!(said, expected, "{asked:?} {status} {headers:?}");
        // A notice is put where it can be, and nothing stays for it.
        let said = judged(&notice, ("GET", asked), (status, headers, body));
        let expected = Ok(expected.unwrap_or(Treatment::AsItIs));
        assert_eq!(said, expected, "a notice: {asked:?} {status} {headers:?}");
    }
    assert_eq!(
        judged(&watermark, ("HEAD", &[NAVIGATE]), (200, &[PDF], Empty)),
        Err(Withheld::Watermark)
    );
}

#[test]
fn the_answers_head_says_what_became_of_it() {
    let full = answer(&[
        HTML,
        ("content-length", "5"),
        ("etag", "\"x\""),
        ("last-modified", "x"),
        ("accept-ranges", "bytes"),
        ("repr-digest", "x"),
        ("cache-control", "public, max-age=99"),
    ]);
    let mut marked = full.clone();
    limits(&[], &[Obligation::Watermark]).dress(&mut marked, Treatment::Marked);
    assert_eq!(marked.len(), 2, "{marked:?}");
    assert_eq!(marked["cache-control"], "no-store");
    let mut shown = full.clone();
    limits(&[Capability::Download], &[]).dress(&mut shown, Treatment::AsItIs);
    assert_eq!(shown["x-content-type-options"], "nosniff");
    assert_eq!(shown["cache-control"], "public, max-age=99");
    let mut forgotten = full.clone();
    limits(&[Capability::Persist], &[]).dress(&mut forgotten, Treatment::AsItIs);
    assert_eq!(forgotten["cache-control"], "no-store");
}

fn any_headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let types = prop_oneof![
        Just("text/html".to_owned()),
        Just("application/json".to_owned()),
        Just("application/pdf".to_owned()),
        Just("multipart/byteranges; boundary=x".to_owned()),
        Just("video/mp4".to_owned()),
        "[ -~]{0,30}",
    ];
    let dispositions = prop_oneof![
        Just("inline".to_owned()),
        Just("attachment".to_owned()),
        "[ -~]{0,30}",
    ];
    let one = prop_oneof![
        types.prop_map(|value| ("content-type".to_owned(), value)),
        dispositions.prop_map(|value| ("content-disposition".to_owned(), value)),
        prop_oneof![Just("gzip"), Just("br"), Just("x-secret")]
            .prop_map(|value| ("content-encoding".to_owned(), value.to_owned())),
    ];
    proptest::collection::vec(one, 0..4)
}

proptest! {
    /// The law: without the capability, whatever method, status and header there are, nothing passes but what is plainly a
    /// part of a page, whole; and with a watermark, no document passes without it.
    #[test]
    fn what_is_withheld_never_passes(
        method in prop_oneof![Just("GET"), Just("HEAD"), Just("OPTIONS")],
        status in prop_oneof![Just(200u16), Just(206), Just(226), Just(304), Just(404), 200u16..600],
        headers in any_headers(),
        asked in prop_oneof![Just(vec![]), Just(vec![NAVIGATE]), Just(vec![FETCH]), Just(vec![(FETCH_DESTINATION, "video"), ("range", "bytes=1-")])],
        body in prop_oneof![Just(Body::Empty), Just(Body::Expected)],
        watermark in any::<bool>(),
        download in any::<bool>(),
    ) {
        let withheld: &[Capability] = if download { &[] } else { &[Capability::Download] };
        let obligations: &[Obligation] = if watermark { &[Obligation::Watermark] } else { &[] };
        let limits = limits(withheld, obligations);
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.trim())).collect();
        let said = judged(&limits, (method, &asked), (status, &headers, body));
        let content = Content::of(&answer(&headers));
        let shows = !matches!(content, Content::File);
        let whole = !matches!(status, 206 | 226 | 304);
        let one_of_each = headers.iter().filter(|(name, _)| *name == "content-type").count() == 1;
        match said {
            Ok(Treatment::Marked) => {
                prop_assert!(content == Content::Page && whole);
            }
            Ok(Treatment::AsItIs) if body == Body::Expected => {
                if !download {
                    prop_assert!(shows && one_of_each);
                    prop_assert!(whole || content == Content::Media);
                    prop_assert!(!headers.contains(&("content-encoding", "x-secret")));
                }
                if watermark && method != "HEAD" {
                    prop_assert!(asked.contains(&FETCH) && shows, "only into a page");
                }
            }
            _ => {}
        }
    }
}
