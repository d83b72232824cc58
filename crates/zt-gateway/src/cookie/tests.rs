use super::*;
use proptest::prelude::*;

const TOKEN: &str = "0123456789012345678901234567890123456789012";
const OTHER: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn with(values: &[&str]) -> HeaderMap {
    values.iter().fold(HeaderMap::new(), |mut headers, value| {
        headers.append(header::COOKIE, value.parse().unwrap());
        headers
    })
}

fn sent_on(values: &[&str]) -> Vec<String> {
    let mut headers = with(values);
    withhold(&mut headers);
    headers
        .get_all(header::COOKIE)
        .iter()
        .map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn exactly_one_session_cookie_counts() {
    let session = Some(zt_crypto::hash::received_hash(TOKEN));
    let one = format!("__Host-sekisho={TOKEN}");
    let other = format!("__Host-sekisho={OTHER}");
    for (values, expected) in [
        (vec![one.clone()], session),
        (vec![format!("a=b; {one}; c=d")], session),
        (vec!["a=b".to_owned(), one.clone()], session),
        (
            vec![format!("__Host-sekisho-start={OTHER}; {one}")],
            session,
        ),
        (vec![], None),
        (vec![format!("{one}; {one}")], None),
        (vec![one.clone(), other], None),
        (vec![format!("__host-sekisho={TOKEN}")], None),
        (vec![format!("__Host-sekisho={}", &TOKEN[1..])], None),
        (vec![format!("__Host-sekisho={}!", &TOKEN[1..])], None),
        (vec![format!("__Host-sekisho=\"{TOKEN}\"")], None),
        (vec!["__Host-sekisho=".to_owned()], None),
        (vec![format!("x__Host-sekisho={TOKEN}")], None),
    ] {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        assert_eq!(read(&with(&values)).session, expected, "{values:?}");
    }
}

#[test]
fn an_application_sees_everything_but_ours() {
    let ours = format!("__Host-sekisho={TOKEN}");
    for (values, expected) in [
        (vec!["a=b; c=d"], vec!["a=b; c=d"]),
        (vec![ours.as_str()], vec![]),
        (vec!["a=b", ours.as_str(), "c=d"], vec!["a=b; c=d"]),
        (vec!["a=b; __Host-sekisho=x; c=d"], vec!["a=b; c=d"]),
        (
            vec![
                "__HOST-SEKISHO=x; __Host-sekisho-start=y; __Host-sekisho; __Host-sekisho-later=z",
            ],
            vec![],
        ),
        (vec!["a=__Host-sekisho"], vec!["a=__Host-sekisho"]),
        (vec!["lonely; a=b"], vec!["lonely; a=b"]),
        (vec![";;  ; a=b;"], vec!["a=b"]),
    ] {
        assert_eq!(sent_on(&values), expected, "{values:?}");
    }
}

#[test]
fn an_application_cannot_set_ours() {
    let mut headers = HeaderMap::new();
    for value in [
        "a=b; Path=/",
        "__Host-sekisho=evil; Path=/; Secure",
        " __host-SEKISHO-start=evil",
        "=__Host-sekisho=evil; Path=/; Secure",
        " = __Host-sekisho=evil",
        "__Host-sekisho",
        "c=d",
    ] {
        headers.append(header::SET_COOKIE, value.parse().unwrap());
    }
    keep_ours(&mut headers);
    let kept: Vec<&str> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    assert_eq!(kept, ["a=b; Path=/", "c=d"]);
}

proptest! {
    #[test]
    fn ours_never_get_through(parts in proptest::collection::vec(prop_oneof![
        Just("__Host-sekisho"), Just("__host-sekisho-x"), Just("="), Just(";"), Just(" "), Just("a"), Just("\""), Just(","), Just("\t"),
    ], 0..20)) {
        for sent in sent_on(&[parts.concat().as_str()]) {
            for pair in sent.split(';') {
                let name = pair.split('=').next().unwrap().trim().to_ascii_lowercase();
                prop_assert!(!name.starts_with("__host-sekisho"), "{sent}");
            }
        }
    }
}
