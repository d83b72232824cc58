use super::*;
use crate::tests::client;
use zt_types::Secret;

#[test]
fn secrets_overlap_while_one_is_replaced() {
    let at = Timestamp::from_seconds;
    let kept = |text: &str, expires_at| ClientSecret {
        hash: TokenHash(Digest::of(&[text.as_bytes()]).into_bytes()),
        expires_at,
    };
    let client = Client {
        secrets: vec![kept("old", at(100)), kept("new", Timestamp::FAR_FUTURE)],
        ..client()
    };
    let cases = [
        ("old", 99, true),
        ("old", 100, false),
        ("new", 99, true),
        ("new", 100, true),
        ("", 99, false),
        ("New", 99, false),
        ("newold", 99, false),
    ];
    for (secret, now, expected) in cases {
        let secret = Secret::new(secret.to_owned());
        assert_eq!(
            client.has_secret(&secret, at(now)),
            expected,
            "{} {now}",
            secret.expose()
        );
    }
    let without = Client {
        secrets: Vec::new(),
        ..client
    };
    assert!(!without.has_secret(&Secret::new(String::new()), at(0)));
}

#[test]
fn only_a_proven_name_is_a_grant() {
    for authentication in Authentication::ALL {
        let client = Client {
            authentication,
            grants: GrantType::ALL.into(),
            ..client()
        };
        for grant in GrantType::ALL {
            let is_anybodys = !matches!(
                grant,
                GrantType::ClientCredentials | GrantType::TokenExchange
            );
            let expected = is_anybodys || authentication != Authentication::None;
            assert_eq!(
                client.check_grant(grant).is_ok(),
                expected,
                "{authentication:?} {grant:?}"
            );
            let without = Client {
                grants: BTreeSet::new(),
                ..client.clone()
            };
            let refused = without.check_grant(grant).unwrap_err();
            assert_eq!(refused.code, ErrorCode::UnauthorizedClient);
        }
    }
}
