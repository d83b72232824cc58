//! What we say of ourselves (OpenID Connect Discovery 1.0 §3, RFC 8414 §2): what is there, and nothing else.

use crate::{Authentication, Claim, GrantType, Prompt, ResponseMode, Scope, SigningAlgorithm};
use serde::Serialize;
use zt_types::{Assurance, Language};

/// Where endpoints are: paths under the issuer, each beginning with `/`.
#[derive(Debug, Clone, Copy)]
pub struct Endpoints {
    /// Where browsers are sent (RFC 6749 §3.1).
    pub authorization: &'static str,
    /// Where codes are redeemed (RFC 6749 §3.2).
    pub token: &'static str,
    /// Where an access token shows whose it is (OpenID Connect Core 1.0 §5.3).
    pub userinfo: &'static str,
    /// The public keys (RFC 7517 §5).
    pub keys: &'static str,
    /// RFC 7662.
    pub introspection: &'static str,
    /// RFC 7009.
    pub revocation: &'static str,
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub end_session: &'static str,
    /// Where clients push their requests (RFC 9126).
    pub pushed_requests: &'static str,
    /// RFC 8628 §3.1.
    pub device_authorization: &'static str,
    /// Where people type what a device shows them (RFC 8628 §3.3).
    pub device_page: &'static str,
    /// Where programs register themselves, and below it where each changes what it said (RFC 7591 §3, RFC 7592 §2).
    pub registration: &'static str,
}

impl Endpoints {
    /// Where they are at `id.<domain>`.
    pub const OURS: Self = Self {
        authorization: "/oauth2/authorize",
        token: "/oauth2/token",
        userinfo: "/oauth2/userinfo",
        keys: "/.well-known/jwks.json",
        introspection: "/oauth2/introspect",
        revocation: "/oauth2/revoke",
        end_session: "/oauth2/logout",
        pushed_requests: "/oauth2/par",
        device_authorization: "/oauth2/device_authorization",
        device_page: "/device",
        registration: "/oauth2/register",
    };
}

/// The document.
#[derive(Debug, Clone, Serialize)]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    end_session_endpoint: String,
    // RFC 9126 §5.
    pushed_authorization_request_endpoint: String,
    require_pushed_authorization_requests: bool,
    device_authorization_endpoint: String,
    // While somebody may.
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_endpoint: Option<String>,
    scopes_supported: Vec<Scope>,
    response_types_supported: [&'static str; 1],
    response_modes_supported: Vec<ResponseMode>,
    grant_types_supported: Vec<GrantType>,
    acr_values_supported: Vec<&'static str>,
    subject_types_supported: [&'static str; 2],
    id_token_signing_alg_values_supported: Vec<SigningAlgorithm>,
    userinfo_signing_alg_values_supported: Vec<SigningAlgorithm>,
    token_endpoint_auth_methods_supported: Vec<Authentication>,
    token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    introspection_endpoint_auth_methods_supported: Vec<Authentication>,
    introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    revocation_endpoint_auth_methods_supported: Vec<Authentication>,
    revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    claim_types_supported: [&'static str; 1],
    claims_supported: Vec<&'static str>,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_object_signing_alg_values_supported: Vec<&'static str>,
    // RFC 9101 §10.5.
    require_signed_request_object: bool,
    // Without it, a client has to take it that requests are fetched (Discovery §3).
    request_uri_parameter_supported: bool,
    code_challenge_methods_supported: [&'static str; 1],
    prompt_values_supported: Vec<&'static str>,
    ui_locales_supported: [&'static str; 2],
    // RFC 8705 §3.3.
    tls_client_certificate_bound_access_tokens: bool,
    // RFC 9449 §5.1.
    dpop_signing_alg_values_supported: Vec<&'static str>,
    // RFC 9207 §3.
    authorization_response_iss_parameter_supported: bool,
    // Back-Channel Logout 1.0 §2.1.
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    // Front-Channel Logout 1.0 §3.
    frontchannel_logout_supported: bool,
    frontchannel_logout_session_supported: bool,
}

impl Metadata {
    /// The document of `issuer`, an origin without a `/` at its end. `signing` is what its keys sign ID tokens with; `clients`, what
    /// clients may: assertions, requests and proofs of possession.
    #[must_use]
    pub fn new(
        issuer: &str,
        endpoints: &Endpoints,
        signing: &[SigningAlgorithm],
        clients: &[&'static str],
    ) -> Self {
        let at = |path: &str| format!("{issuer}{path}");
        let methods = Authentication::ALL.to_vec();
        // Whoever shows nothing learns nothing about tokens (RFC 7662 §2.1).
        let proving = Authentication::ALL.iter().copied();
        let proving = proving.filter(|method| *method != Authentication::None);
        // What nothing reaches is not promised.
        let reached = Assurance::ALL
            .iter()
            .filter(|reached| **reached < Assurance::Hardware);
        let told = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce"].into_iter();
        let told = told.chain(["acr", "amr", "at_hash", "sid"]);
        Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: at(endpoints.authorization),
            token_endpoint: at(endpoints.token),
            userinfo_endpoint: at(endpoints.userinfo),
            jwks_uri: at(endpoints.keys),
            introspection_endpoint: at(endpoints.introspection),
            revocation_endpoint: at(endpoints.revocation),
            end_session_endpoint: at(endpoints.end_session),
            pushed_authorization_request_endpoint: at(endpoints.pushed_requests),
            require_pushed_authorization_requests: false,
            device_authorization_endpoint: at(endpoints.device_authorization),
            registration_endpoint: None,
            scopes_supported: Scope::ALL.to_vec(),
            response_types_supported: ["code"],
            response_modes_supported: ResponseMode::ALL.to_vec(),
            grant_types_supported: GrantType::ALL.to_vec(),
            acr_values_supported: reached.map(|reached| reached.acr()).collect(),
            subject_types_supported: ["public", "pairwise"],
            id_token_signing_alg_values_supported: signing.to_vec(),
            userinfo_signing_alg_values_supported: signing.to_vec(),
            token_endpoint_auth_methods_supported: methods.clone(),
            token_endpoint_auth_signing_alg_values_supported: clients.to_vec(),
            introspection_endpoint_auth_methods_supported: proving.collect(),
            introspection_endpoint_auth_signing_alg_values_supported: clients.to_vec(),
            revocation_endpoint_auth_methods_supported: methods,
            revocation_endpoint_auth_signing_alg_values_supported: clients.to_vec(),
            claim_types_supported: ["normal"],
            claims_supported: told.chain(Claim::ALL.map(Claim::as_str)).collect(),
            claims_parameter_supported: true,
            request_parameter_supported: true,
            request_object_signing_alg_values_supported: clients.to_vec(),
            require_signed_request_object: false,
            request_uri_parameter_supported: false,
            code_challenge_methods_supported: ["S256"],
            prompt_values_supported: ["none"]
                .into_iter()
                .chain(Prompt::ALL.map(Prompt::as_str))
                .collect(),
            ui_locales_supported: Language::ALL.map(Language::tag),
            tls_client_certificate_bound_access_tokens: true,
            dpop_signing_alg_values_supported: clients.to_vec(),
            authorization_response_iss_parameter_supported: true,
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
            frontchannel_logout_supported: true,
            frontchannel_logout_session_supported: true,
        }
    }

    /// The same while programs can register themselves.
    #[must_use]
    pub fn with_registration(self, endpoints: &Endpoints) -> Self {
        Self {
            registration_endpoint: Some(format!("{}{}", self.issuer, endpoints.registration)),
            ..self
        }
    }
}

#[cfg(test)]
mod tests;
