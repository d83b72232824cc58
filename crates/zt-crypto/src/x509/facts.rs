//! What certificates of others say about themselves, for showing. Nothing of it is verified, and nothing follows from it.

use zt_types::Timestamp;

/// The longest name that is shown, in characters.
const LONGEST: usize = 200;

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Whom it names (RFC 4514), cut off where it is long.
    pub subject: String,
    /// When it ends.
    pub not_after: Timestamp,
}

impl CertificateFacts {
    /// Reads a certificate in DER; `None` if it is none, such as a key by itself.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        let certificate = super::parse(der)?;
        let subject = certificate.subject().to_string();
        Some(Self {
            subject: subject.chars().take(LONGEST).collect(),
            not_after: Timestamp::from_seconds(certificate.validity().not_after.timestamp()),
        })
    }
}
