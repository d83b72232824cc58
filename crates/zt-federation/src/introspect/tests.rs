use super::*;
use crate::SignInClaims;
use zt_types::{Assurance, ClientId, FactorKind, Timestamp};

#[test]
fn answers() {
    let at = Timestamp::from_seconds;
    let access = AccessTokenClaims {
        iss: "https://id.example".to_owned(),
        sub: "s1".to_owned(),
        aud: "https://id.example".to_owned(),
        client_id: ClientId::new("wiki-web").unwrap(),
        exp: at(1_775_000_300),
        iat: at(1_775_000_000),
        jti: "j1".to_owned(),
        cnf: None,
        scope: "openid email".to_owned(),
        act: None,
        via: vec![],
        sign_in: Some(SignInClaims::new(
            at(1_774_999_000),
            Assurance::PhishingResistant,
            &[FactorKind::Passkey],
            "sid1".to_owned(),
        )),
    };
    let refresh = RefreshTokenClaims {
        iss: access.iss.clone(),
        sub: access.sub.clone(),
        client_id: access.client_id.clone(),
        exp: at(1_775_040_000),
        iat: access.iat,
        scope: access.scope.clone(),
    };
    let inactive = serde_json::to_string(&Introspection::Inactive).unwrap();
    assert_eq!(inactive, r#"{"active":false}"#);
    insta::assert_json_snapshot!([
        Introspection::Access(access),
        Introspection::Refresh(refresh)
    ]);
}
