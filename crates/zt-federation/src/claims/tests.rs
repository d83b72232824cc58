use super::*;
use crate::{Scope, SubjectKind};
use proptest::prelude::*;
use std::collections::BTreeSet;
use zt_types::{Assurance, ClientId, FactorKind, GroupId, Language, PersonId, Timestamp};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn wiki() -> ClientId {
    ClientId::new("wiki-web").unwrap()
}

fn sign_in(factors: &[FactorKind]) -> SignInClaims {
    SignInClaims::new(
        at(1_774_999_000),
        Assurance::Mfa,
        factors,
        "sid1".to_owned(),
    )
}

#[test]
fn tokens() {
    let groups = [GroupId::new("staff").unwrap()].into();
    let facts = PersonFacts {
        name: "佐藤 愛子",
        login: "aiko",
        language: Language::Ja,
        email: Some("aiko@example.com"),
        groups: &groups,
    };
    let id = IdTokenClaims {
        iss: "https://id.example".to_owned(),
        sub: "s1".to_owned(),
        aud: wiki(),
        exp: at(1_775_000_300),
        iat: at(1_775_000_000),
        nonce: Some("n1".to_owned()),
        at_hash: Some("77QmUPtjPfzWtF2AnpK9RQ".to_owned()),
        sign_in: sign_in(&[FactorKind::Password, FactorKind::Totp]),
        person: PersonClaims::of(&facts, &BTreeSet::new(), &[Claim::Email].into()),
    };
    let logout = LogoutTokenClaims {
        iss: id.iss.clone(),
        sub: id.sub.clone(),
        aud: wiki(),
        iat: id.iat,
        exp: at(1_775_000_120),
        jti: "j1".to_owned(),
        sid: "sid1".to_owned(),
        events: SessionEnded,
    };
    let info = UserInfo {
        sub: id.sub.clone(),
        person: PersonClaims::of(&facts, &Scope::ALL.into(), &BTreeSet::new()),
    };
    insta::assert_json_snapshot!("id_token", id);
    insta::assert_json_snapshot!("logout_token", logout);
    insta::assert_json_snapshot!("userinfo", info);

    // What comes back as a hint.
    let hint: IdTokenHint = serde_json::from_value(serde_json::to_value(&id).unwrap()).unwrap();
    assert_eq!(
        (hint.sub, hint.aud, hint.sid),
        ("s1".to_owned(), wiki(), "sid1".to_owned())
    );
}

#[test]
fn what_is_told_of_a_person() {
    let no_groups = BTreeSet::new();
    let facts = PersonFacts {
        name: "Aiko",
        login: "aiko",
        language: Language::En,
        email: Some("a@example.com"),
        groups: &no_groups,
    };
    let without = PersonFacts {
        email: None,
        ..facts
    };
    let cases = [
        (&facts, &[][..], &[][..], "{}"),
        (&facts, &[Scope::Openid], &[], "{}"),
        (
            &facts,
            &[Scope::Profile],
            &[],
            r#"{"name":"Aiko","preferred_username":"aiko","locale":"en"}"#,
        ),
        (&facts, &[Scope::Email], &[], r#"{"email":"a@example.com"}"#),
        (&without, &[Scope::Email], &[], "{}"),
        (&facts, &[], &[Claim::Email], r#"{"email":"a@example.com"}"#),
        (
            &facts,
            &[Scope::Groups],
            &[Claim::Locale],
            r#"{"locale":"en","groups":[]}"#,
        ),
    ];
    for (facts, scopes, claims, expected) in cases {
        let scopes = scopes.iter().copied().collect();
        let claims = claims.iter().copied().collect();
        let told = PersonClaims::of(facts, &scopes, &claims);
        assert_eq!(
            serde_json::to_string(&told).unwrap(),
            expected,
            "{scopes:?} {claims:?}"
        );
    }
}

#[test]
fn methods_are_named_once() {
    use FactorKind::{Passkey, Password, RecoveryCode, Totp};
    let cases = [
        (&[Password][..], &["pwd"][..]),
        (&[Passkey], &["pop"]),
        (&[Password, Totp], &["pwd", "otp", "mfa"]),
        (&[Totp, RecoveryCode], &["otp"]),
        (&[Password, Passkey, Password], &["pwd", "pop", "mfa"]),
        (&[], &[]),
    ];
    for (factors, expected) in cases {
        let claims = serde_json::to_value(sign_in(factors)).unwrap();
        assert_eq!(claims["amr"], serde_json::json!(expected), "{factors:?}");
    }
}

#[test]
fn access_tokens_are_read_back() {
    let own = AccessTokenClaims {
        iss: "https://id.example".to_owned(),
        sub: "wiki-web".to_owned(),
        aud: "https://id.example".to_owned(),
        client_id: wiki(),
        exp: at(1_775_000_300),
        iat: at(1_775_000_000),
        jti: "j1".to_owned(),
        cnf: None,
        scope: String::new(),
        act: None,
        via: vec![],
        sign_in: None,
    };
    let hers = AccessTokenClaims {
        sub: "s1".to_owned(),
        scope: "openid".to_owned(),
        act: None,
        sign_in: Some(sign_in(&[FactorKind::Passkey])),
        ..own.clone()
    };
    insta::assert_json_snapshot!("access_tokens", [&own, &hers]);
    for claims in [own, hers] {
        let text = serde_json::to_string(&claims).unwrap();
        let read: AccessTokenClaims = serde_json::from_str(&text).unwrap();
        assert_eq!(read, claims);
        assert_eq!(
            read.sign_in.as_ref().map(SignInClaims::sid),
            claims.sign_in.as_ref().map(SignInClaims::sid)
        );
    }
}

proptest! {
    /// A pairwise name depends on each of the three, and tells none of them.
    #[test]
    fn pairwise_names(
        left in any::<([u8; 16], String, [u8; 32])>(),
        right in any::<([u8; 16], String, [u8; 32])>(),
        mix in any::<[bool; 3]>(),
    ) {
        let of = |(person, sector, salt): &([u8; 16], String, [u8; 32])| {
            SubjectKind::Pairwise(sector.clone()).name(PersonId::from_random(*person), salt)
        };
        let other = (
            if mix[0] { right.0 } else { left.0 },
            if mix[1] { right.1 } else { left.1.clone() },
            if mix[2] { right.2 } else { left.2 },
        );
        let person = PersonId::from_random(left.0);
        let is_same = person == PersonId::from_random(other.0) && (&left.1, &left.2) == (&other.1, &other.2);
        prop_assert_eq!(of(&left) == of(&other), is_same);
        prop_assert_eq!(of(&left).len(), 43);
        prop_assert_eq!(SubjectKind::Public.name(person, &left.2), person.to_string());
    }
}
