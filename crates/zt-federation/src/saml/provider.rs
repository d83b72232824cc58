//! Service providers as they are kept.

use super::{AttributeRule, EntityId, KeyText};
use crate::{RedirectUri, StepUp};
use serde::{Deserialize, Serialize};
use zt_types::{AppId, ClientId, ManagedBy, Seconds, Text, Timestamp};

/// A registered service provider (Profiles §4.1): a program of an application, to which people sign in through Sekisho. Whoever
/// may not use the application gets nothing for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceProvider {
    /// Our short name of it. No client of OAuth has the same: what a sign-in gave names either.
    pub id: ClientId,
    /// What it calls itself.
    pub entity_id: EntityId,
    /// Its name, as people read it.
    pub name: Text,
    /// The application whose policies decide.
    pub app: AppId,
    /// Where assertions go, by HTTP POST (Metadata §2.4.4 `AssertionConsumerService`). At least one.
    pub consumers: Vec<Consumer>,
    /// Where it hears of a sign-out, and answers ours (§2.4.2 `SingleLogoutService`); one for each binding at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logout: Vec<LogoutService>,
    /// The keys it signs with; two while one is being replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signing: Vec<KeyText>,
    /// How assertions are encrypted for it; `None`: they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
    /// Whether its requests count without a signature.
    pub requests: RequestSigning,
    /// What we sign for it.
    pub signs: SignedParts,
    /// With what.
    pub algorithm: XmlAlgorithm,
    /// How people are named to it.
    pub name_id: NameIdKind,
    /// What it is told about them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<AttributeRule>,
    /// What must have been proven of a person, and when, before it is told anything.
    #[serde(default)]
    pub step_up: StepUp,
    /// Whether people come to it without its request.
    #[serde(default)]
    pub unsolicited: Unsolicited,
    /// How long a sign-in counts there (Core §2.7.2 `SessionNotOnOrAfter`); `None`: as long as her session here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Seconds>,
    /// Where its application begins, for the portal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<RedirectUri>,
    /// Where addresses and keys come from.
    #[serde(default)]
    pub source: MetadataSource,
    /// Who writes this record.
    pub managed_by: ManagedBy,
}

impl ServiceProvider {
    /// Why what is known of it does not count at `now`: what its metadata said counts no longer than the metadata says (Metadata
    /// §2.3.2 `validUntil`), and not before it was read. `None`: it counts.
    #[must_use]
    pub fn lack(&self, now: Timestamp) -> Option<MetadataLack> {
        if self.source.is_awaited() {
            return Some(MetadataLack::NotFetched);
        }
        let over = self.source.valid_until().filter(|until| *until <= now);
        over.map(MetadataLack::Over)
    }

    /// Whether what is known of it counts at `now`.
    #[must_use]
    pub fn is_current(&self, now: Timestamp) -> bool {
        self.lack(now).is_none()
    }

    /// The same with what was fetched for the record of before, if that is of the same address and still counts as this one has
    /// it: who writes a record does not know what is fetched meanwhile.
    #[must_use]
    pub fn keeping_fetched(self, before: &Self) -> Self {
        let (MetadataSource::Fetched(new), MetadataSource::Fetched(old)) =
            (&self.source, &before.source)
        else {
            return self;
        };
        // What nobody had to sign then does not count where somebody must have now.
        let is_signed = !old.signed_by.is_empty();
        let is_trusted = new.signed_by.is_empty()
            || (is_signed && old.signed_by.iter().all(|key| new.signed_by.contains(key)));
        let read = old.read.as_ref().filter(|read| read.at.is_some());
        let is_same = new.url == old.url && self.entity_id == before.entity_id;
        let Some(read) = read.filter(|_| is_same && is_trusted) else {
            return self;
        };
        let Some(encryption) = new.encryption.decide(read.encryption.as_ref()) else {
            return self;
        };
        let fetched = FetchedMetadata {
            read: Some(read.clone()),
            ..new.clone()
        };
        Self {
            consumers: before.consumers.clone(),
            logout: before.logout.clone(),
            signing: before.signing.clone(),
            encryption,
            requests: fetched.requests.unwrap_or(read.requests),
            source: MetadataSource::Fetched(fetched),
            ..self
        }
    }

    /// The service by which it is told of a sign-out, by `binding`.
    #[must_use]
    pub fn logout_by(&self, binding: LogoutBinding) -> Option<&LogoutService> {
        self.logout
            .iter()
            .find(|service| service.binding == binding)
    }
}

/// Where a service provider takes assertions, by HTTP POST (Metadata §2.2.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    /// Its number, by which requests may name it.
    pub index: u16,
    /// Its address, with `https` (or `http` on this machine): compared as text.
    pub location: RedirectUri,
    /// Whether it is meant where a request names none; the first is if none says so.
    #[serde(default)]
    pub is_default: bool,
}

/// Where a service provider hears of sign-outs (Metadata §2.2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutService {
    /// How it is told.
    pub binding: LogoutBinding,
    /// Where requests go.
    pub location: RedirectUri,
    /// Where responses go, if it is elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_location: Option<RedirectUri>,
}

impl LogoutService {
    /// Where our answer to its request goes (Metadata §2.2.2).
    #[must_use]
    pub fn answers(&self) -> &RedirectUri {
        self.response_location.as_ref().unwrap_or(&self.location)
    }
}

/// How messages of the Single Logout profile go (Profiles §4.4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogoutBinding {
    /// In an address to which the browser goes (Bindings §3.4).
    Redirect,
    /// In a form that the browser sends (§3.5).
    Post,
    /// From us to it, without a browser (§3.2).
    Soap,
}

impl LogoutBinding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Redirect, Self::Post, Self::Soap];

    /// The slug used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Post => "post",
            Self::Soap => "soap",
        }
    }

    /// Its name in metadata.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Redirect => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
            Self::Post => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
            Self::Soap => "urn:oasis:names:tc:SAML:2.0:bindings:SOAP",
        }
    }

    /// The binding of that name.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|binding| binding.uri() == uri)
    }
}

/// How assertions are encrypted for a service provider (XML Encryption 1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    /// Its key, which is RSA.
    pub key: KeyText,
    /// What encrypts the assertion.
    #[serde(default)]
    pub content: ContentCipher,
    /// What encrypts the key of the assertion.
    #[serde(default)]
    pub transport: KeyTransport,
}

/// What encrypts content: nothing that leaves a change unnoticed (XML Encryption 1.1 §5.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum ContentCipher {
    /// AES-256 in Galois/Counter Mode.
    #[default]
    Aes256Gcm,
    /// AES-128 in Galois/Counter Mode.
    Aes128Gcm,
}

impl ContentCipher {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Aes256Gcm, Self::Aes128Gcm];

    /// The slug used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aes256Gcm => "aes256-gcm",
            Self::Aes128Gcm => "aes128-gcm",
        }
    }

    /// Its name in XML.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
        }
    }
}

/// What encrypts keys: RSA-OAEP only (XML Encryption 1.1 §5.5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum KeyTransport {
    /// `rsa-oaep-mgf1p` with SHA-1, the one that every program has. Nothing rests on collisions of SHA-1 in it.
    #[default]
    OaepSha1,
    /// `rsa-oaep` of XML Encryption 1.1 with SHA-256, in its mask too.
    OaepSha256,
}

impl KeyTransport {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::OaepSha1, Self::OaepSha256];

    /// The slug used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OaepSha1 => "oaep-sha1",
            Self::OaepSha256 => "oaep-sha256",
        }
    }
}

/// Whether requests of a service provider count without a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestSigning {
    /// They do not (Metadata §2.4.4 `AuthnRequestsSigned`).
    Demanded,
    /// They do: the answer goes to a registered address all the same. A signature that is there must be right.
    AsTheyCome,
}

impl RequestSigning {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Demanded, Self::AsTheyCome];

    /// The slug used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Demanded => "demanded",
            Self::AsTheyCome => "as-they-come",
        }
    }
}

/// What we sign of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignedParts {
    /// The assertion (Metadata §2.4.4 `WantAssertionsSigned`).
    Assertion,
    /// The whole response, and the assertion as part of it.
    Response,
    /// Each.
    Both,
}

impl SignedParts {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Assertion, Self::Response, Self::Both];

    /// The slug used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Response => "response",
            Self::Both => "both",
        }
    }

    /// Whether the assertion has a signature of its own.
    #[must_use]
    pub const fn signs_assertion(self) -> bool {
        matches!(self, Self::Assertion | Self::Both)
    }

    /// Whether the response has.
    #[must_use]
    pub const fn signs_response(self) -> bool {
        matches!(self, Self::Response | Self::Both)
    }
}

/// What we sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum XmlAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 4051 §2.3.2), which every program knows.
    RsaSha256,
    /// ECDSA on P-256 with SHA-256 (RFC 4051 §2.3.6).
    EcdsaSha256,
}

impl XmlAlgorithm {
    /// Both.
    pub const ALL: [Self; 2] = [Self::RsaSha256, Self::EcdsaSha256];

    /// The slug used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RsaSha256 => "rsa-sha256",
            Self::EcdsaSha256 => "ecdsa-sha256",
        }
    }

    /// Its name in XML, and in `SigAlg`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::EcdsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        }
    }
}

/// How people are named to a service provider (Core §8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameIdKind {
    /// By a name that means nothing elsewhere and stays the same (§8.3.7).
    Persistent,
    /// By her address for e-mail (§8.3.2).
    Email,
    /// By a name for this session only (§8.3.8).
    Transient,
    /// By what she types at sign-in (§8.3.1).
    Login,
}

impl NameIdKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Persistent, Self::Email, Self::Transient, Self::Login];

    /// The slug used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Persistent => "persistent",
            Self::Email => "email",
            Self::Transient => "transient",
            Self::Login => "login",
        }
    }

    /// Its `Format`.
    #[must_use]
    pub const fn format(self) -> &'static str {
        match self {
            Self::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            Self::Email => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            Self::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
            Self::Login => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        }
    }
}

/// Whether people come to a service provider without its request (Profiles §4.1.5). What nobody asked for fits no request, so
/// whoever steals an answer, or signs somebody in as himself, has an easier time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Unsolicited {
    /// They do not: from the portal they go to where its application begins.
    #[default]
    Refused,
    /// They do.
    Allowed {
        /// The `RelayState` that goes with it, by which some choose a page: at most 80 octets (Bindings §3.5.3).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        relay_state: Option<String>,
    },
}

/// Where the addresses and keys of a service provider come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum MetadataSource {
    /// Somebody wrote them.
    #[default]
    Written,
    /// Its metadata, which somebody uploaded.
    Uploaded {
        /// Until when that counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid_until: Option<Timestamp>,
    },
    /// Its metadata, which we fetch again and again.
    Fetched(FetchedMetadata),
}

impl MetadataSource {
    /// Whether nothing was read of it yet.
    #[must_use]
    pub const fn is_awaited(&self) -> bool {
        matches!(self, Self::Fetched(fetched) if fetched.read.is_none())
    }

    /// Until when it counts; `None`: until somebody changes it.
    #[must_use]
    pub const fn valid_until(&self) -> Option<Timestamp> {
        match self {
            Self::Written => None,
            Self::Uploaded { valid_until } => *valid_until,
            Self::Fetched(fetched) => match &fetched.read {
                Some(read) => read.valid_until,
                None => None,
            },
        }
    }
}

/// Metadata that we fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchedMetadata {
    /// From where, with `https`.
    pub url: RedirectUri,
    /// The keys one of which must have signed it; none: whoever holds the address says who the service provider is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed_by: Vec<KeyText>,
    /// Whether its requests count without a signature; `None`: as it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<RequestSigning>,
    /// Whether assertions are encrypted for it.
    #[serde(default)]
    pub encryption: EncryptionWish,
    /// What was read of it; `None`: nothing yet, and until then it is not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<ReadMetadata>,
}

/// What metadata said that we fetched, as far as what is made of it was decided here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMetadata {
    /// Since when this is known; `None`: somebody put it down beside the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Until when it counts (Metadata §2.3.2 `validUntil`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// After how long to read again (§2.3.2 `cacheDuration`); `None`: it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<Seconds>,
    /// Whether it signs its requests.
    pub requests: RequestSigning,
    /// How assertions can be encrypted for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
}

/// Whether assertions are encrypted for a service provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum EncryptionWish {
    /// If it has a key for that.
    #[default]
    IfOffered,
    /// They are not.
    Never,
    /// It gets nothing that is not.
    Required,
}

impl EncryptionWish {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::IfOffered, Self::Never, Self::Required];

    /// The slug used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IfOffered => "if-offered",
            Self::Never => "never",
            Self::Required => "required",
        }
    }

    /// What comes of it where this is offered; `None`: it cannot be done.
    #[must_use]
    pub fn decide(self, offered: Option<&Encryption>) -> Option<Option<Encryption>> {
        match (self, offered) {
            (Self::Never, _) => Some(None),
            (Self::Required, None) => None,
            (_, offered) => Some(offered.cloned()),
        }
    }
}

/// Why nothing that is known of a service provider counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetadataLack {
    /// Its metadata was not fetched yet.
    NotFetched,
    /// Its metadata counts no longer, and there is no newer.
    Over(Timestamp),
}

impl MetadataLack {
    /// The slug used in events and message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFetched => "metadata-not-fetched",
            Self::Over(_) => "metadata-over",
        }
    }
}

impl std::fmt::Display for MetadataLack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFetched => f.write_str("its metadata was not fetched yet"),
            Self::Over(since) => write!(f, "its metadata counts no longer since {since}"),
        }
    }
}
