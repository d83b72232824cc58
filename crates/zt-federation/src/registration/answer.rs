//! What a program is told of its registration (RFC 7591 §3.2.1, RFC 7592 §3).

use super::{ApplicationKind, Registration};
use crate::{
    Authentication, Client, ClientSigning, Endpoints, GrantType, Need, RedirectUri, Scope,
    SessionNaming, SigningAlgorithm, SubjectKind, TokenBinding,
};
use serde::Serialize;
use std::collections::BTreeSet;
use zt_types::Secret;

/// The secrets of an answer: each is said once, when it was made, and kept by nobody here.
#[derive(Debug)]
pub struct Secrets {
    /// The client's, if it was just made.
    pub client: Option<Secret>,
    /// The token with which it changes what it said.
    pub access_token: Secret,
}

/// The answer.
#[derive(Serialize)]
pub struct ClientInformation<'a> {
    client_id: &'a str,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    // 0: time does not end it.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    registration_access_token: &'a str,
    registration_client_uri: String,
    redirect_uris: &'a BTreeSet<RedirectUri>,
    token_endpoint_auth_method: Authentication,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_endpoint_auth_signing_alg: Option<ClientSigning>,
    grant_types: &'a BTreeSet<GrantType>,
    response_types: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    client_name: Option<&'a str>,
    #[serde(rename = "client_name#ja", skip_serializing_if = "Option::is_none")]
    client_name_ja: Option<&'a str>,
    #[serde(rename = "client_name#en", skip_serializing_if = "Option::is_none")]
    client_name_en: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_uri: Option<&'a RedirectUri>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logo_uri: Option<&'a RedirectUri>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_uri: Option<&'a RedirectUri>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tos_uri: Option<&'a RedirectUri>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    contacts: &'a [String],
    /// RFC 6749 §3.3 has no empty one.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<&'a RedirectUri>,
    #[serde(skip_serializing_if = "Option::is_none")]
    software_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    software_version: Option<&'a str>,
    application_type: ApplicationKind,
    subject_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sector_identifier_uri: Option<&'a RedirectUri>,
    id_token_signed_response_alg: SigningAlgorithm,
    #[serde(skip_serializing_if = "Option::is_none")]
    userinfo_signed_response_alg: Option<SigningAlgorithm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_object_signing_alg: Option<ClientSigning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_max_age: Option<u64>,
    require_auth_time: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    default_acr_values: Vec<&'static str>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    post_logout_redirect_uris: &'a BTreeSet<RedirectUri>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backchannel_logout_uri: Option<&'a RedirectUri>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backchannel_logout_session_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frontchannel_logout_uri: Option<&'a RedirectUri>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frontchannel_logout_session_required: Option<bool>,
    require_pushed_authorization_requests: bool,
    require_signed_request_object: bool,
    dpop_bound_access_tokens: bool,
    tls_client_certificate_bound_access_tokens: bool,
}

impl<'a> ClientInformation<'a> {
    /// All that is registered, as it is: whatever was replaced or left out is seen here. `issuer` has no `/` at its end.
    #[must_use]
    pub fn of(
        client: &'a Client,
        registration: &'a Registration,
        secrets: &'a Secrets,
        issuer: &str,
    ) -> Self {
        let said = &registration.said;
        let safeguards = &client.safeguards;
        let by_secret = matches!(
            client.authentication,
            Authentication::SecretBasic | Authentication::SecretPost
        );
        let named = |signing: ClientSigning| (signing != ClientSigning::Any).then_some(signing);
        let gets_codes = client.grants.contains(&GrantType::AuthorizationCode);
        let keys = client.keys.as_deref();
        Self {
            client_id: client.id.as_str(),
            client_id_issued_at: registration.issued_at.as_seconds(),
            client_secret: secrets.client.as_ref().map(Secret::expose),
            client_secret_expires_at: by_secret.then_some(0),
            registration_access_token: secrets.access_token.expose(),
            registration_client_uri: Self::address(client, issuer),
            redirect_uris: &client.redirect_uris,
            token_endpoint_auth_method: client.authentication,
            token_endpoint_auth_signing_alg: named(safeguards.assertion_signing),
            grant_types: &client.grants,
            response_types: if gets_codes { &["code"] } else { &[] },
            client_name: said.names.plain.as_deref(),
            client_name_ja: said.names.ja.as_deref(),
            client_name_en: said.names.en.as_deref(),
            client_uri: said.client_uri.as_ref(),
            logo_uri: said.logo_uri.as_ref(),
            policy_uri: said.policy_uri.as_ref(),
            tos_uri: said.tos_uri.as_ref(),
            contacts: &said.contacts,
            scope: (!client.scopes.is_empty()).then(|| Scope::list(&client.scopes)),
            jwks: keys.and_then(|keys| serde_json::from_str(keys).ok()),
            jwks_uri: client.jwks_uri.as_ref(),
            software_id: said.software_id.as_deref(),
            software_version: said.software_version.as_deref(),
            application_type: said.application,
            subject_type: match client.subject {
                SubjectKind::Public => "public",
                SubjectKind::Pairwise(_) => "pairwise",
            },
            sector_identifier_uri: said.sector_identifier.as_ref(),
            id_token_signed_response_alg: client.id_token,
            userinfo_signed_response_alg: safeguards.userinfo_signing,
            request_object_signing_alg: named(safeguards.request_signing),
            default_max_age: safeguards.default_max_age.map(|most| most.0),
            require_auth_time: true,
            default_acr_values: safeguards.default_acr.iter().map(|acr| acr.acr()).collect(),
            post_logout_redirect_uris: &client.post_logout_redirect_uris,
            backchannel_logout_uri: client.backchannel_logout.as_ref(),
            backchannel_logout_session_required: client
                .backchannel_logout
                .is_some()
                .then_some(true),
            frontchannel_logout_uri: client.frontchannel_logout.as_ref().map(|front| &front.uri),
            frontchannel_logout_session_required: client
                .frontchannel_logout
                .as_ref()
                .map(|front| front.session == SessionNaming::Named),
            require_pushed_authorization_requests: safeguards.pushed_requests == Need::Required,
            require_signed_request_object: safeguards.signed_requests == Need::Required,
            dpop_bound_access_tokens: safeguards.bound_tokens == TokenBinding::Key,
            tls_client_certificate_bound_access_tokens: safeguards.bound_tokens
                == TokenBinding::Certificate,
        }
    }

    /// Where a client changes what it said.
    fn address(client: &Client, issuer: &str) -> String {
        format!("{issuer}{}/{}", Endpoints::OURS.registration, client.id)
    }
}
