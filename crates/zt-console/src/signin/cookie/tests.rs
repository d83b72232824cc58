use super::*;

fn headers(cookies: &[&'static str]) -> HeaderMap {
    cookies
        .iter()
        .map(|line| (header::COOKIE, HeaderValue::from_static(line)))
        .collect()
}

const TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn what_counts_as_a_token() {
    let good = Some(received_hash(TOKEN));
    for (lines, expected) in [
        (
            vec!["__Host-sekisho=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
            good,
        ),
        (
            vec![
                "a=b; __Host-sekisho=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA ;c=d",
                "e=f",
            ],
            good,
        ),
        (
            vec!["__host-sekisho=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
            None,
        ),
        (
            vec!["__Host-sekisho=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
            None,
        ),
        (
            vec!["__Host-sekisho=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="],
            None,
        ),
        (vec!["__Host-sekisho="], None),
        (vec!["__Host-sekisho"], None),
        (
            vec!["__Host-sekisho=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; __Host-sekisho=x"],
            None,
        ),
        (
            vec![
                "__Host-sekisho=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "__Host-sekisho=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            ],
            None,
        ),
        (vec![], None),
    ] {
        assert_eq!(token(&headers(&lines), SESSION), expected, "{lines:?}");
    }
}

#[test]
fn the_last_method_is_one_that_leads_in() {
    for (line, expected) in [
        ("__Host-sekisho-last=totp", Some(FactorKind::Totp)),
        ("__Host-sekisho-last=passkey", Some(FactorKind::Passkey)),
        ("__Host-sekisho-last=recovery-code", None),
        ("__Host-sekisho-last=<script>", None),
    ] {
        assert_eq!(last_method(&headers(&[line])), expected);
    }
}

#[test]
fn cookies_stay_on_this_host() {
    let mut set = HeaderMap::new();
    set_token(&mut set, SESSION, &Secret::new(TOKEN.to_owned()));
    set_last_method(&mut set, FactorKind::Totp);
    for value in set.get_all(header::SET_COOKIE) {
        let text = value.to_str().unwrap();
        for part in [
            "__Host-",
            "; Path=/",
            "; Secure",
            "; HttpOnly",
            "; SameSite=Lax",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.to_ascii_lowercase().contains("domain"));
        assert!(value.is_sensitive());
    }
}
