//! Addresses and keys of a service provider, which its metadata says or somebody writes.

use super::{
    Consumer, Encryption, EntityId, KeyText, LogoutService, MetadataSource, RequestSigning,
    ServiceProvider, SpMetadata,
};

/// What metadata says, or what is written in its place; the rest of a registration is for an administrator to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// What it calls itself.
    pub entity_id: EntityId,
    /// Where assertions go.
    pub consumers: Vec<Consumer>,
    /// Where it hears of a sign-out.
    pub logout: Vec<LogoutService>,
    /// The keys it signs with.
    pub signing: Vec<KeyText>,
    /// How assertions are encrypted for it, if they can be.
    pub encryption: Option<Encryption>,
    /// Whether its requests count without a signature.
    pub requests: RequestSigning,
    /// Where this comes from.
    pub source: MetadataSource,
}

impl From<SpMetadata> for Sides {
    /// Of metadata that somebody uploaded.
    fn from(read: SpMetadata) -> Self {
        Self {
            entity_id: read.entity_id,
            consumers: read.consumers,
            logout: read.logout,
            signing: read.signing,
            encryption: read.encryption,
            requests: read.requests,
            source: MetadataSource::Uploaded {
                valid_until: read.valid_until,
            },
        }
    }
}

impl From<&ServiceProvider> for Sides {
    /// Of a registration, as they are.
    fn from(known: &ServiceProvider) -> Self {
        let known = known.clone();
        Self {
            entity_id: known.entity_id,
            consumers: known.consumers,
            logout: known.logout,
            signing: known.signing,
            encryption: known.encryption,
            requests: known.requests,
            source: known.source,
        }
    }
}
