//! Signatures in XML, and encryption: as SAML needs them, and in one shape.
//!
//! * [`verified`]: what somebody else signed. It gives the text whose digest was signed; that text is what is read.
//! * [`verified_octets`]: the same for a query (SAML bindings §3.4.4.1).
//! * [`SamlKeyring`], [`SamlKey`]: what we sign with, and the certificates that we publish for it.
//! * [`encrypted`]: an element that only a service provider reads.
//!
//! XML signature is general: what is signed can be chosen by a program in the document, and keys come along in it. Wrapping
//! attacks live on that generality, so none of it is here. Keys come from a record, never from a message; a signature is of the
//! whole document that it stands in; and nothing that was not digested is given on.

mod algorithm;
mod canonical;
mod encrypt;
mod key;
mod keyring;
mod public;
mod sign;
mod verify;

pub use algorithm::SignatureAlgorithm;
pub use canonical::{NotCanonical, canonical};
pub use encrypt::{EncryptError, EncryptionKey, encrypted};
pub use key::{SamlKey, SamlKeyError};
pub use keyring::{SamlKeyRecord, SamlKeyring};
pub use public::{KeyRefusal, PublicKey};
pub use verify::{SignatureError, Verified, verified, verified_octets};

#[cfg(test)]
mod tests;
