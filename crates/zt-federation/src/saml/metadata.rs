//! What parties say of themselves (Metadata §2).

mod key;
mod ours;
mod theirs;

pub use ours::IdpMetadata;
pub use theirs::{AttributeWish, MetadataError, MetadataNote, SpMetadata};

/// The protocol, as roles name it.
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

#[cfg(test)]
mod tests;
