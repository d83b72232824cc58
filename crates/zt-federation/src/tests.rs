//! Clients that the tests of this crate register.

use crate::{
    Authentication, Client, ConsentDemand, Form, GrantType, ProofKey, RedirectUri, Scope,
    SigningAlgorithm, SubjectKind,
};
use zt_types::{AppId, ClientId, ManagedBy, Seconds, Text};

/// A confidential client with every scope but `groups`.
pub(crate) fn client() -> Client {
    Client {
        id: ClientId::new("wiki-web").unwrap(),
        name: Text {
            ja: "社内 wiki".to_owned(),
            en: "Wiki".to_owned(),
        },
        app: AppId::new("wiki").unwrap(),
        authentication: Authentication::SecretBasic,
        secrets: Vec::new(),
        keys: None,
        jwks_uri: None,
        redirect_uris: uris(&["https://wiki.example/cb", "http://127.0.0.1/cb"]),
        post_logout_redirect_uris: uris(&["https://wiki.example/bye", "http://127.0.0.1/bye"]),
        backchannel_logout: None,
        frontchannel_logout: None,
        grants: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
        scopes: [Scope::Openid, Scope::Profile, Scope::Email].into(),
        exchange_to: [].into(),
        proof_key: ProofKey::Required,
        subject: SubjectKind::Public,
        consent: ConsentDemand::Implied,
        id_token: SigningAlgorithm::Es256,
        access_token_lifetime: Seconds::minutes(5),
        home: None,
        safeguards: crate::Safeguards::default(),
        managed_by: ManagedBy::Console,
    }
}

pub(crate) fn uris<C: FromIterator<RedirectUri>>(texts: &[&str]) -> C {
    texts
        .iter()
        .map(|text| RedirectUri::parse(text).unwrap())
        .collect()
}

/// A form of `pairs`; of two with one name the last counts, and one with the value `-` is left out.
pub(crate) fn form(pairs: &[(&str, &str)], more: &[(&str, &str)]) -> Form {
    let kept = pairs
        .iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let all = kept.chain(more).filter(|(_, value)| *value != "-");
    let text = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(all)
        .finish();
    Form::parse(text.as_bytes()).unwrap()
}
