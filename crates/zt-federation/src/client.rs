//! Clients as they are kept.

use crate::digest::Digest;
use crate::{ErrorCode, Fault, FrontChannel, RedirectUri, Safeguards};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use zt_types::{AppId, ClientId, ManagedBy, Seconds, Secret, Text, Timestamp, TokenHash};

/// A registered client (RFC 6749 §2): a program of an application, to which people sign in through Sekisho. Whoever may not
/// use the application gets nothing for any of its clients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its `client_id`.
    pub id: ClientId,
    /// Its name, as the consent page shows it.
    pub name: Text,
    /// The application whose policies decide.
    pub app: AppId,
    /// How it proves that it is this client.
    pub authentication: Authentication,
    /// Its secrets; two while one is being replaced. Empty unless it authenticates with one.
    pub secrets: Vec<ClientSecret>,
    /// Its public keys, a JSON Web Key Set (RFC 7517 §5) as text; for `private_key_jwt` and for request objects.
    pub keys: Option<String>,
    /// Where it publishes them instead (RFC 7591 §2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<RedirectUri>,
    /// Where a browser may be sent with a code.
    pub redirect_uris: BTreeSet<RedirectUri>,
    /// Where a browser may be sent after it signed out (OpenID Connect RP-Initiated Logout 1.0 §3.1).
    pub post_logout_redirect_uris: BTreeSet<RedirectUri>,
    /// Where it is told that a session ended (OpenID Connect Back-Channel Logout 1.0 §2.2).
    pub backchannel_logout: Option<RedirectUri>,
    /// Where the browser of whoever signs out tells it, in a frame (OpenID Connect Front-Channel Logout 1.0 §2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout: Option<FrontChannel>,
    /// What it may come with at the token endpoint.
    pub grants: BTreeSet<GrantType>,
    /// What it may ask for.
    pub scopes: BTreeSet<Scope>,
    /// The clients that take what it may exchange tokens for (RFC 8693).
    #[serde(default)]
    pub exchange_to: BTreeSet<ClientId>,
    /// What binds a code to whoever asked for it.
    pub proof_key: ProofKey,
    /// How people are named to it.
    pub subject: SubjectKind,
    /// Whether people are asked before it learns about them.
    pub consent: ConsentDemand,
    /// What signs its ID tokens.
    pub id_token: SigningAlgorithm,
    /// How long an access token lasts that nobody asks us about: what cannot be called back is short.
    pub access_token_lifetime: Seconds,
    /// Where its application begins, for the portal.
    pub home: Option<RedirectUri>,
    /// What it binds itself to beyond what every client has to do. Clients that were kept before there was a choice did to nothing.
    #[serde(default)]
    pub safeguards: Safeguards,
    /// Who writes this record.
    pub managed_by: ManagedBy,
}

impl Client {
    /// Whether `secret` is one of its secrets that count at `now`. The time it takes tells nothing of which, or how near it was.
    #[must_use]
    pub fn has_secret(&self, secret: &Secret, now: Timestamp) -> bool {
        let received = Digest::of(&[secret.expose().as_bytes()]);
        let fits = self.secrets.iter().map(|kept| {
            let is_same = Digest::new(kept.hash.0).equals(&received);
            is_same & (now < kept.expires_at)
        });
        fits.fold(false, |found, fits| found | fits)
    }

    /// Whether it may come with this at the token endpoint.
    ///
    /// # Errors
    /// `unauthorized_client` (RFC 6749 §5.2).
    pub fn check_grant(&self, grant: GrantType) -> Result<(), Fault> {
        // RFC 6749 §4.4: its own name is worth something only if it is proven, and so is what it does for others.
        let is_proven = self.authentication != Authentication::None;
        let for_anybody = !matches!(
            grant,
            GrantType::ClientCredentials | GrantType::TokenExchange
        );
        if self.grants.contains(&grant) && (is_proven || for_anybody) {
            return Ok(());
        }
        Err(Fault::new(
            ErrorCode::UnauthorizedClient,
            "the client is not registered for this grant",
        ))
    }
}

/// How a client authenticates at the token endpoint (OpenID Connect Core 1.0 §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Authentication {
    /// Not at all: a program that people have on their devices, which can keep no secret.
    #[serde(rename = "none")]
    None,
    /// A secret in the header `Authorization`.
    #[serde(rename = "client_secret_basic")]
    SecretBasic,
    /// A secret in the form.
    #[serde(rename = "client_secret_post")]
    SecretPost,
    /// A JWT signed with its key.
    #[serde(rename = "private_key_jwt")]
    PrivateKeyJwt,
    /// A certificate in TLS that authorities vouch for which its registration names (RFC 8705 §2.1).
    #[serde(rename = "tls_client_auth")]
    TlsVouched,
    /// A certificate in TLS that stands in its key set (RFC 8705 §2.2).
    #[serde(rename = "self_signed_tls_client_auth")]
    TlsRegistered,
}

impl Authentication {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::SecretBasic,
        Self::SecretPost,
        Self::PrivateKeyJwt,
        Self::TlsVouched,
        Self::TlsRegistered,
    ];

    /// Whether it is by a certificate, which the connection shows and no request.
    #[must_use]
    pub const fn is_by_certificate(self) -> bool {
        matches!(self, Self::TlsVouched | Self::TlsRegistered)
    }
}

/// A secret of a client. Only its hash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    /// SHA-256 of the secret, which has 128 random bits at least.
    pub hash: TokenHash,
    /// Until when it counts; [`Timestamp::FAR_FUTURE`] if time does not end it.
    pub expires_at: Timestamp,
}

/// What a client may come with at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// A code from the authorization endpoint (RFC 6749 §4.1).
    AuthorizationCode,
    /// A refresh token (RFC 6749 §6).
    RefreshToken,
    /// Its own name (RFC 6749 §4.4).
    ClientCredentials,
    /// The code of a device, for which somebody signed in on another (RFC 8628).
    #[serde(
        rename = "urn:ietf:params:oauth:grant-type:device_code",
        alias = "device_code"
    )]
    DeviceCode,
    /// A token (RFC 8693).
    #[serde(
        rename = "urn:ietf:params:oauth:grant-type:token-exchange",
        alias = "token_exchange"
    )]
    TokenExchange,
}

impl GrantType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::TokenExchange,
    ];
}

/// What a client asks to know or to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Who she is (OpenID Connect Core 1.0 §3.1.2.1).
    Openid,
    /// Her name and language (§5.4).
    Profile,
    /// Her address for e-mail (§5.4).
    Email,
    /// The groups she is in.
    Groups,
}

/// What binds a code to whoever asked for it (RFC 9700 §2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofKey {
    /// A proof key for each request (RFC 7636, S256).
    Required,
    /// A proof key, or a `nonce` that it checks; for confidential clients that cannot do better.
    OrNonce,
}

/// How people are named to a client (OpenID Connect Core 1.0 §8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// As to everybody else.
    Public,
    /// By a name that means nothing outside of this sector: a host name.
    Pairwise(String),
}

/// Whether people are asked before a client learns about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentDemand {
    /// No: the company decided for them when it registered the application.
    Implied,
    /// Yes, once for what it asks for.
    Asked,
}

/// What signs a token (RFC 7518 §3.1, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, which every client knows.
    #[serde(rename = "RS256")]
    Rs256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Es256, Self::Rs256, Self::EdDsa];

    /// Its name, as it stands in headers and in key sets.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        }
    }
}

#[cfg(test)]
mod tests;
