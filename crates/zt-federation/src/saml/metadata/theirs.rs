//! Metadata of service providers, as it is uploaded or fetched.

use super::PROTOCOL;
use super::key::Keys;
use crate::saml::instant::{read_duration, read_instant};
use crate::saml::message::{is_true, shortened};
use crate::saml::{
    AttributeFormat, Consumer, Encryption, EntityId, FetchedMetadata, KeyText, KeyTextError,
    LogoutBinding, LogoutService, MessageError, MetadataSource, NameIdKind, ReadMetadata,
    RequestSigning, ServiceProvider,
};
use crate::xml::{Document, Element, Namespace, XmlError};
use crate::{RedirectUri, RedirectUriError};
use std::collections::BTreeSet;
use zt_types::{Language, Seconds, Timestamp};

/// More of anything in a role is not looked at.
const MOST: usize = 64;

/// What a service provider says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpMetadata {
    /// Its name.
    pub entity_id: EntityId,
    /// Until when it counts.
    pub valid_until: Option<Timestamp>,
    /// After how long to read it again.
    pub cache: Option<Seconds>,
    /// Where it takes assertions, by HTTP POST.
    pub consumers: Vec<Consumer>,
    /// Where it hears of sign-outs.
    pub logout: Vec<LogoutService>,
    /// The keys it signs with.
    pub signing: Vec<KeyText>,
    /// How assertions are encrypted for it, if it has a key for that.
    pub encryption: Option<Encryption>,
    /// Whether it signs its requests (`AuthnRequestsSigned`).
    pub requests: RequestSigning,
    /// Whether it wants assertions signed, and not the response alone (`WantAssertionsSigned`).
    pub wants_signed_assertions: bool,
    /// How it takes people named, as far as we name them so.
    pub name_ids: Vec<NameIdKind>,
    /// What it would like to be told of them.
    pub wishes: Vec<AttributeWish>,
    /// What it is called in a language.
    pub names: Vec<(Language, String)>,
    /// What of it is passed over.
    pub notes: Vec<MetadataNote>,
}

/// An attribute that a service provider would like (§2.4.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeWish {
    /// Its name.
    pub name: String,
    /// How to understand the name.
    pub format: AttributeFormat,
    /// A name for people.
    pub friendly: Option<String>,
    /// Whether it works without.
    pub is_required: bool,
}

/// What is passed over: metadata counts without it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataNote {
    /// A consumer by another binding.
    #[error("an assertion consumer by `{0}` is passed over: assertions go by HTTP-POST")]
    Binding(String),
    /// An address that nobody is sent to.
    #[error("the address `{location}` is passed over: {why}")]
    Address {
        /// The address.
        location: String,
        /// Why.
        why: RedirectUriError,
    },
    /// A scheme that is no browser's.
    #[error(
        "the address `{0}` is passed over: it begins with neither `https://` nor `http://127.0.0.1`"
    )]
    Scheme(String),
    /// A key without a certificate.
    #[error("the key on line {0} has no `X509Certificate` and is passed over")]
    NoCertificate(usize),
    /// Its key can be used in ways only that are broken, or that we do not have.
    #[error(
        "assertions are not encrypted: its key takes neither AES-GCM with RSA-OAEP of SHA-1 (`rsa-oaep-mgf1p`) nor with that of SHA-256 throughout"
    )]
    WeakEncryption,
    /// More of anything than is read.
    #[error("of `{0}` no more than 64 are read")]
    TooMany(&'static str),
}

/// Why metadata counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// It is no document, or not built as SAML has it.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// Many parties.
    #[error(
        "this is metadata of a federation (`EntitiesDescriptor`): take out the `EntityDescriptor` of the one service provider, with what is declared around it"
    )]
    Federation,
    /// Something else.
    #[error(
        "this is `{0}`, not metadata: metadata of a service provider begins with `EntityDescriptor`"
    )]
    Other(String),
    /// Of an identity provider.
    #[error("this is metadata of an identity provider: export that of the application")]
    IdentityProvider,
    /// Of nothing that speaks SAML 2.0.
    #[error(
        "there is no `SPSSODescriptor` for SAML 2.0 in it: export metadata for SAML 2.0 from the application"
    )]
    NoRole,
    /// More than one.
    #[error("there is more than one `SPSSODescriptor` for SAML 2.0 in it: leave one")]
    Roles,
    /// A name that is none.
    #[error("the `entityID` is none: {0}")]
    EntityId(crate::saml::EntityIdError),
    /// Another name than before.
    #[error("the metadata is of `{0}`, not of the service provider that it is for")]
    OtherEntity(EntityId),
    /// Nothing to encrypt assertions with.
    #[error("assertions are to be encrypted, and it has no key for that")]
    NoEncryption,
    /// It is over.
    #[error("the metadata is over since {0} (`validUntil`): export it again from the application")]
    Expired(Timestamp),
    /// An attribute with a value nobody knows.
    #[error("`{name}` on line {line} has a value that it cannot have")]
    Value {
        /// The attribute.
        name: &'static str,
        /// Where.
        line: usize,
    },
    /// A certificate that is none.
    #[error("the certificate on line {line} is none: {why}")]
    Key {
        /// Where.
        line: usize,
        /// Why.
        why: KeyTextError,
    },
    /// Nowhere to send an assertion to.
    #[error(
        "there is no `AssertionConsumerService` in it that takes assertions by HTTP-POST at an address with `https`: {0}"
    )]
    NoConsumer(String),
}

impl SpMetadata {
    /// Reads metadata. Whether somebody signed it is asked and answered elsewhere.
    ///
    /// # Errors
    /// [`MetadataError`]: the first thing that cannot be passed over.
    pub fn read(document: &Document<'_>, now: Timestamp) -> Result<Self, MetadataError> {
        let root = document.root();
        if root.is(Namespace::MD, "EntitiesDescriptor") {
            return Err(MetadataError::Federation);
        }
        if !root.is(Namespace::MD, "EntityDescriptor") {
            return Err(MetadataError::Other(shortened(root.name())));
        }
        let entity_id =
            EntityId::parse(root.demanded("entityID")?).map_err(MetadataError::EntityId)?;
        let role = role(root)?;
        // §2.3.2, §2.4.1: whatever ends first.
        let ends = [time(root)?, time(role)?];
        let valid_until = ends.into_iter().flatten().min();
        if let Some(end) = valid_until.filter(|end| *end <= now) {
            return Err(MetadataError::Expired(end));
        }
        let caches = [duration(root)?, duration(role)?];
        let keys = Keys::of(role)?;
        let mut read = Self {
            entity_id,
            valid_until,
            cache: caches.into_iter().flatten().min(),
            consumers: Vec::new(),
            logout: Vec::new(),
            signing: keys.signing,
            encryption: keys.encryption,
            requests: if flag(role, "AuthnRequestsSigned")? {
                RequestSigning::Demanded
            } else {
                RequestSigning::AsTheyCome
            },
            wants_signed_assertions: flag(role, "WantAssertionsSigned")?,
            name_ids: Vec::new(),
            wishes: Vec::new(),
            names: names(root, role)?,
            notes: keys.notes,
        };
        read.signing.truncate(MOST);
        read.consumers(role)?;
        read.logout(role)?;
        read.name_ids(role)?;
        read.wishes(role)?;
        Ok(read)
    }

    /// The record of a service provider with what its metadata says at `now`. What an administrator decides (what is told, how
    /// people are named, what is signed) stays as it is.
    ///
    /// # Errors
    /// [`MetadataError::OtherEntity`], [`MetadataError::NoEncryption`].
    pub fn renewed(
        &self,
        kept: &ServiceProvider,
        now: Timestamp,
    ) -> Result<ServiceProvider, MetadataError> {
        if self.entity_id != kept.entity_id {
            return Err(MetadataError::OtherEntity(self.entity_id.clone()));
        }
        // Whether to encrypt was decided; the key may be another. If it has none any more, what is encrypted stays so.
        let same = || {
            let known = kept.encryption.as_ref();
            known.map(|known| self.encryption.as_ref().unwrap_or(known).clone())
        };
        let (source, requests, encryption) = match &kept.source {
            MetadataSource::Written => (MetadataSource::Written, kept.requests, same()),
            MetadataSource::Uploaded { .. } => {
                let valid_until = self.valid_until;
                let uploaded = MetadataSource::Uploaded { valid_until };
                (uploaded, kept.requests, same())
            }
            MetadataSource::Fetched(fetched) => {
                let encryption = fetched.encryption.decide(self.encryption.as_ref());
                let encryption = encryption.ok_or(MetadataError::NoEncryption)?;
                let requests = fetched.requests.unwrap_or(self.requests);
                let fetched = FetchedMetadata {
                    read: Some(self.as_read(now)),
                    ..fetched.clone()
                };
                (MetadataSource::Fetched(fetched), requests, encryption)
            }
        };
        Ok(ServiceProvider {
            consumers: self.consumers.clone(),
            logout: self.logout.clone(),
            signing: self.signing.clone(),
            encryption,
            requests,
            source,
            ..kept.clone()
        })
    }

    fn as_read(&self, now: Timestamp) -> ReadMetadata {
        ReadMetadata {
            at: Some(now),
            valid_until: self.valid_until,
            cache: self.cache,
            requests: self.requests,
            encryption: self.encryption.clone(),
        }
    }

    fn note(&mut self, note: MetadataNote) {
        if self.notes.len() < MOST && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// An address that a browser, or we, can go to.
    fn address(&mut self, location: &str) -> Option<RedirectUri> {
        let location = location.trim();
        match RedirectUri::parse(location) {
            Ok(address) if location.starts_with("http") => Some(address),
            Ok(_) => {
                self.note(MetadataNote::Scheme(shortened(location)));
                None
            }
            Err(why) => {
                self.note(MetadataNote::Address {
                    location: shortened(location),
                    why,
                });
                None
            }
        }
    }

    fn consumers(&mut self, role: Element<'_>) -> Result<(), MetadataError> {
        let mut indexes = BTreeSet::new();
        let mut has_default = false;
        for service in role.all(Namespace::MD, "AssertionConsumerService") {
            if self.consumers.len() >= MOST {
                self.note(MetadataNote::TooMany("AssertionConsumerService"));
                break;
            }
            let binding = service.demanded("Binding")?;
            if binding != LogoutBinding::Post.uri() {
                self.note(MetadataNote::Binding(shortened(binding)));
                continue;
            }
            let Some(location) = self.address(service.demanded("Location")?) else {
                continue;
            };
            let index = index(service)?;
            if !indexes.insert(index) {
                return Err(MetadataError::Value {
                    name: "index",
                    line: service.line(),
                });
            }
            // §2.2.3: the first that says so.
            let is_default = flag(service, "isDefault")? && !has_default;
            has_default |= is_default;
            self.consumers.push(Consumer {
                index,
                location,
                is_default,
            });
        }
        if !self.consumers.is_empty() {
            return Ok(());
        }
        let said = self.notes.iter().find(|note| {
            matches!(
                note,
                MetadataNote::Binding(_) | MetadataNote::Address { .. } | MetadataNote::Scheme(_)
            )
        });
        let said = said.map_or_else(
            || "it names none at all".to_owned(),
            MetadataNote::to_string,
        );
        Err(MetadataError::NoConsumer(said))
    }

    fn logout(&mut self, role: Element<'_>) -> Result<(), MetadataError> {
        for service in role.all(Namespace::MD, "SingleLogoutService").take(MOST) {
            let Some(binding) = LogoutBinding::from_uri(service.demanded("Binding")?) else {
                continue;
            };
            let Some(location) = self.address(service.demanded("Location")?) else {
                continue;
            };
            let elsewhere = service.attribute("ResponseLocation");
            let response_location = match elsewhere {
                None => None,
                Some(elsewhere) => match self.address(elsewhere) {
                    None => continue,
                    some => some,
                },
            };
            // The first of a binding is the one it prefers.
            if self.logout.iter().all(|known| known.binding != binding) {
                self.logout.push(LogoutService {
                    binding,
                    location,
                    response_location,
                });
            }
        }
        Ok(())
    }

    fn name_ids(&mut self, role: Element<'_>) -> Result<(), MetadataError> {
        for format in role.all(Namespace::MD, "NameIDFormat") {
            let format = format.trimmed()?;
            let kind = NameIdKind::ALL
                .into_iter()
                .find(|kind| kind.format() == format);
            if let Some(kind) = kind
                && !self.name_ids.contains(&kind)
            {
                self.name_ids.push(kind);
            }
        }
        Ok(())
    }

    fn wishes(&mut self, role: Element<'_>) -> Result<(), MetadataError> {
        let Some(service) = role.first(Namespace::MD, "AttributeConsumingService") else {
            return Ok(());
        };
        for wish in service.all(Namespace::MD, "RequestedAttribute") {
            if self.wishes.len() >= MOST {
                self.note(MetadataNote::TooMany("RequestedAttribute"));
                break;
            }
            let format = wish.attribute("NameFormat");
            let format = format.and_then(AttributeFormat::from_uri);
            let wish = AttributeWish {
                name: shortened(wish.demanded("Name")?),
                format: format.unwrap_or(AttributeFormat::Unspecified),
                friendly: wish.attribute("FriendlyName").map(shortened),
                is_required: flag(wish, "isRequired")?,
            };
            let is_known =
                |known: &AttributeWish| (&known.name, known.format) == (&wish.name, wish.format);
            if !self.wishes.iter().any(is_known) {
                self.wishes.push(wish);
            }
        }
        Ok(())
    }
}

/// Its role as a service provider of SAML 2.0 (§2.4.1 `protocolSupportEnumeration`).
fn role(root: Element<'_>) -> Result<Element<'_>, MetadataError> {
    let mut roles = root.all(Namespace::MD, "SPSSODescriptor").filter(|role| {
        let protocols = role.attribute("protocolSupportEnumeration");
        let mut protocols = protocols.unwrap_or_default().split_ascii_whitespace();
        protocols.any(|protocol| protocol == PROTOCOL)
    });
    match (roles.next(), roles.next()) {
        (Some(role), None) => Ok(role),
        (Some(_), Some(_)) => Err(MetadataError::Roles),
        (None, _) if root.first(Namespace::MD, "IDPSSODescriptor").is_some() => {
            Err(MetadataError::IdentityProvider)
        }
        (None, _) => Err(MetadataError::NoRole),
    }
}

fn time(element: Element<'_>) -> Result<Option<Timestamp>, MetadataError> {
    let written = element.attribute("validUntil");
    let read = written.map(|text| {
        read_instant(text).ok_or(MetadataError::Value {
            name: "validUntil",
            line: element.line(),
        })
    });
    read.transpose()
}

fn duration(element: Element<'_>) -> Result<Option<Seconds>, MetadataError> {
    let written = element.attribute("cacheDuration");
    let read = written.map(|text| {
        read_duration(text).ok_or(MetadataError::Value {
            name: "cacheDuration",
            line: element.line(),
        })
    });
    read.transpose()
}

fn flag(element: Element<'_>, name: &'static str) -> Result<bool, MetadataError> {
    is_true(element, name).map_err(|error| match error {
        MessageError::Xml(error) => MetadataError::Xml(error),
        _ => MetadataError::Value {
            name,
            line: element.line(),
        },
    })
}

fn index(service: Element<'_>) -> Result<u16, MetadataError> {
    let written = service.demanded("index")?.trim();
    let is_number = written.bytes().all(|byte| byte.is_ascii_digit());
    let read = written.parse().ok().filter(|_| is_number);
    read.ok_or(MetadataError::Value {
        name: "index",
        line: service.line(),
    })
}

/// What it is called: as it says to people, by its first service, or by its organisation.
fn names(root: Element<'_>, role: Element<'_>) -> Result<Vec<(Language, String)>, MetadataError> {
    let shown = role
        .first(Namespace::MD, "Extensions")
        .and_then(|extensions| extensions.first(Namespace::MDUI, "UIInfo"));
    let service = role.first(Namespace::MD, "AttributeConsumingService");
    let organisation = root.first(Namespace::MD, "Organization");
    let places = [
        (shown, Namespace::MDUI, "DisplayName"),
        (service, Namespace::MD, "ServiceName"),
        (organisation, Namespace::MD, "OrganizationDisplayName"),
    ];
    let mut names: Vec<(Language, String)> = Vec::new();
    for (place, namespace, name) in places {
        let all = place
            .into_iter()
            .flat_map(|place| place.all(namespace, name));
        for element in all.take(MOST) {
            let tag = element.attribute_of(Namespace::XML, "lang");
            let Some(language) = tag.and_then(Language::from_tag) else {
                continue;
            };
            let text = shortened(&element.trimmed()?);
            let is_named = names.iter().any(|(known, _)| *known == language);
            if !text.is_empty() && !is_named {
                names.push((language, text));
            }
        }
    }
    Ok(names)
}
