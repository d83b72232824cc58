//! Keys, hashing, tokens, certificates and authenticators: the crates that bring their own randomness live here.
//!
//! Entry points:
//! * [`hash`], [`code`], [`random`]: bearer tokens, codes that people type, what is kept of them.
//! * [`password::PasswordPool`], [`totp::TotpSeed`], [`webauthn::Relying`]: factors.
//! * [`seal::MasterKey`], [`keychain::Keychain`]: secrets at rest, and all keys of an installation at once.
//! * [`jose::Keyring`]: signed tokens and the published key set.
//! * [`xml`]: signatures and encryption as SAML has them, and the keys for them.
//! * [`ca::DeviceAuthority`], [`ca::ServerAuthority`], [`x509::DeviceTrust`]: certificates issued and presented.
//! * [`alias::AliasKey`]: ids under another name, for those who must not know them.
//! * [`p12`]: a key with its certificate for a browser.
//! * [`merkle`], [`checkpoint`]: RFC 6962 hashing, proofs and signed checkpoints for the audit log.
//!
//! Invariants: no secret reaches `Debug`, an error or a log; every comparison of secrets takes constant time; the one
//! cryptographic provider is aws-lc. What is NOT here: who may do what, where things are kept, and the clock (every
//! function that needs the time takes it).

pub mod alias;
pub mod ca;
pub mod checkpoint;
pub mod code;
pub mod file;
pub mod hash;
pub mod jose;
pub mod keychain;
pub mod merkle;
pub mod p12;
pub mod password;
pub mod random;
pub mod seal;
pub mod totp;
pub mod webauthn;
pub mod x509;
pub mod xml;
