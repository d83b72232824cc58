//! What a client binds itself to, beyond what every client has to do.

use crate::{Client, SigningAlgorithm};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;
use zt_types::{Assurance, Seconds, Timestamp};

/// The settings of one client. Without any, each of these is the client's choice, request by request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Safeguards {
    /// Whether its requests are pushed (RFC 9126 §6, `require_pushed_authorization_requests`).
    pub pushed_requests: Need,
    /// What its tokens are bound to (RFC 9449 §5.2, `dpop_bound_access_tokens`).
    pub bound_tokens: TokenBinding,
    /// Whether its requests are signed (RFC 9101 §10.5, `require_signed_request_object`).
    pub signed_requests: Need,
    /// What they are signed with (OpenID Connect Dynamic Registration 1.0 §2 `request_object_signing_alg`).
    pub request_signing: ClientSigning,
    /// Which profile it keeps to, whatever else it says.
    pub profile: Profile,
    /// What must have been proven before UserInfo tells it anything (RFC 9470).
    pub step_up: StepUp,
    /// Whose certificate it shows, for `tls_client_auth`.
    pub certificate: Option<CertificateOwner>,
    /// What its assertions are signed with (OpenID Connect Dynamic Registration 1.0 §2 `token_endpoint_auth_signing_alg`).
    pub assertion_signing: ClientSigning,
    /// What signs what UserInfo tells it (§2 `userinfo_signed_response_alg`); `None`: nothing does.
    pub userinfo_signing: Option<SigningAlgorithm>,
    /// How long ago people may have been authenticated where a request does not say (§2 `default_max_age`).
    pub default_max_age: Option<Seconds>,
    /// How strongly people are authenticated if they can be, where a request does not say (§2 `default_acr_values`).
    pub default_acr: BTreeSet<Assurance>,
}

/// Whom the certificate of a client is of, and who says so (RFC 8705 §2.1.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateOwner {
    /// Its name in the certificate.
    pub name: OwnerName,
    /// The authorities that vouch for it, in PEM.
    pub authorities: String,
}

/// A name in a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerName {
    /// The subject, as RFC 4514 writes it (`tls_client_auth_subject_dn`).
    SubjectDn(String),
    /// A DNS name (`tls_client_auth_san_dns`).
    SanDns(String),
    /// An address of the web (`tls_client_auth_san_uri`).
    SanUri(String),
    /// A network address (`tls_client_auth_san_ip`).
    SanIp(IpAddr),
    /// An address for e-mail (`tls_client_auth_san_email`).
    SanEmail(String),
}

/// What a client signs with (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub enum ClientSigning {
    /// Whatever fits one of its keys.
    #[default]
    #[serde(rename = "any")]
    Any,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
}

impl ClientSigning {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Any,
        Self::Es256,
        Self::Ps256,
        Self::EdDsa,
        Self::Rs256,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Es256 => "ES256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }
}

/// A set of demands that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// None.
    #[default]
    Usual,
    /// FAPI 2.0 Security Profile: requests are pushed, tokens are bound, codes have a proof key, and RSASSA-PKCS1-v1_5 signs nothing.
    Fapi2,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Usual, Self::Fapi2];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Fapi2 => "fapi2",
        }
    }
}

/// What must have been proven of a person, and when, before a token of hers is worth anything (RFC 9470 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct StepUp {
    /// How strongly.
    pub acr: Option<Assurance>,
    /// How long ago at most.
    pub max_age: Option<Seconds>,
}

impl StepUp {
    /// Whether a sign-in like this is enough.
    #[must_use]
    pub fn is_met_by(&self, proven: Assurance, at: Timestamp, now: Timestamp) -> bool {
        self.acr.is_none_or(|least| least <= proven)
            && self.max_age.is_none_or(|most| now <= at + most)
    }
}

/// What a client's tokens are good with only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum TokenBinding {
    /// A key if it shows a proof that it has one; nothing otherwise.
    #[default]
    IfShown,
    /// A key, always (RFC 9449).
    #[serde(rename = "dpop")]
    Key,
    /// The certificate of its connection, always (RFC 8705 §3).
    Certificate,
}

impl TokenBinding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::IfShown, Self::Key, Self::Certificate];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IfShown => "if-shown",
            Self::Key => "dpop",
            Self::Certificate => "certificate",
        }
    }
}

/// Whether something must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// It may.
    #[default]
    Allowed,
    /// It must.
    Required,
}

impl Need {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Allowed, Self::Required];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Required => "required",
        }
    }
}

impl Client {
    /// Whether a browser may bring its requests only as a reference to one that it pushed (RFC 9126 §6).
    #[must_use]
    pub fn pushes_always(&self) -> bool {
        self.safeguards.pushed_requests == Need::Required || self.is_fapi2()
    }

    /// Whether it keeps to the FAPI 2.0 Security Profile.
    const fn is_fapi2(&self) -> bool {
        matches!(self.safeguards.profile, Profile::Fapi2)
    }

    /// Whether its requests count only if it signed them (RFC 9101 §10.5).
    #[must_use]
    pub fn signs_always(&self) -> bool {
        self.safeguards.signed_requests == Need::Required
    }

    /// Whether it may sign assertions and proofs with the algorithm of that name (FAPI 2.0 Security Profile §5.4.1).
    #[must_use]
    pub fn signs_with(&self, algorithm: &str) -> bool {
        algorithm != ClientSigning::Rs256.as_str() || !self.is_fapi2()
    }

    /// The same for its assertions.
    #[must_use]
    pub fn signs_assertions_with(&self, algorithm: &str) -> bool {
        let named = self.safeguards.assertion_signing;
        self.signs_with(algorithm) && (named == ClientSigning::Any || named.as_str() == algorithm)
    }

    /// The same for its requests.
    #[must_use]
    pub fn signs_requests_with(&self, algorithm: &str) -> bool {
        let named = self.safeguards.request_signing;
        self.signs_with(algorithm) && (named == ClientSigning::Any || named.as_str() == algorithm)
    }

    /// Whether a refresh token stays the same: it is good with what the client holds only, and an answer that is lost on its way
    /// costs nothing (FAPI 2.0 Security Profile §5.3.2.1).
    #[must_use]
    pub const fn keeps_refresh_tokens(&self) -> bool {
        self.is_fapi2()
    }

    /// What its tokens are bound to.
    #[must_use]
    pub const fn token_binding(&self) -> TokenBinding {
        match self.safeguards.bound_tokens {
            TokenBinding::IfShown if self.is_fapi2() => {
                if self.authentication.is_by_certificate() {
                    TokenBinding::Certificate
                } else {
                    TokenBinding::Key
                }
            }
            binding => binding,
        }
    }
}
