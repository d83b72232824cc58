//! Reading the client certificates that connections present: untrusted bytes in, a typed value or a reason out.
//!
//! TLS has proven that the peer holds the key. Here it is read whether our device authority signed the certificate and
//! whether it is exactly a device certificate. Whether it counts *now* (time, revocation, owner) is
//! [`zt_device::evidence`]'s, on every decision anew.

pub mod client;
pub mod facts;

use crate::ca::DEVICE_URN;
use crate::hash::sha256;
use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::OID_SIG_ECDSA_WITH_SHA256;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Version;
use zt_device::{CertificateKind, Presentation, PresentedCertificate};
use zt_types::{CertificateSerial, DeviceId, NoDevice, Timestamp, TokenHash};

/// A leaf longer than this is not looked at, in bytes; ours have about 600.
const LONGEST_LEAF: usize = 8 * 1024;

/// Why a presented chain is not a device's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainRefusal {
    /// No certificate in it.
    #[error("the certificate chain is empty")]
    Empty,
    /// The leaf is longer than any of ours.
    #[error("the certificate is too large")]
    TooLarge,
    /// The leaf is not an X.509 certificate, or not in the one form ours are written in.
    #[error("the certificate is malformed")]
    Malformed,
    /// Another authority issued it, or says it is ours and did not.
    #[error("the certificate is from another authority")]
    Foreign,
    /// Our authority issued it, but it is not a device's.
    #[error("the certificate is not one of a device")]
    NotADevice,
}

impl ChainRefusal {
    /// The reason as decisions and pages know it.
    #[must_use]
    pub const fn no_device(self) -> NoDevice {
        match self {
            Self::Empty => NoDevice::NoCertificate,
            Self::TooLarge | Self::Malformed | Self::Foreign => NoDevice::Foreign,
            Self::NotADevice => NoDevice::WrongUsage,
        }
    }
}

/// The device authorities whose certificates count: the present one, and earlier ones until their last certificate is over.
#[derive(Debug, Clone)]
pub struct DeviceTrust {
    authorities: Vec<CertificateDer<'static>>,
}

impl DeviceTrust {
    /// Trusts these authorities (certificates in DER).
    #[must_use]
    pub fn new(authorities: Vec<CertificateDer<'static>>) -> Self {
        Self { authorities }
    }

    /// Reads a presented chain, the leaf first. Only the leaf is looked at: our authority issues directly.
    ///
    /// # Errors
    /// [`ChainRefusal`].
    pub fn read(&self, chain: &[CertificateDer<'_>]) -> Result<PresentedCertificate, ChainRefusal> {
        let leaf = chain.first().ok_or(ChainRefusal::Empty)?;
        if leaf.len() > LONGEST_LEAF {
            return Err(ChainRefusal::TooLarge);
        }
        let certificate = parse(leaf).ok_or(ChainRefusal::Malformed)?;
        if !self
            .authorities
            .iter()
            .any(|authority| is_issued_by(&certificate, authority))
        {
            return Err(ChainRefusal::Foreign);
        }
        if !is_wrapped_as_ours(&certificate, leaf) {
            return Err(ChainRefusal::Malformed);
        }
        read_profile(&certificate, TokenHash(sha256(leaf))).ok_or(ChainRefusal::NotADevice)
    }

    /// The same as a [`Presentation`], for a host that asks.
    #[must_use]
    pub fn presentation(&self, chain: &[CertificateDer<'_>]) -> Presentation {
        match self.read(chain) {
            Ok(presented) => Presentation::Certificate(presented),
            Err(ChainRefusal::Empty) => Presentation::Nothing,
            Err(refusal) => Presentation::Refused(refusal.no_device()),
        }
    }
}

/// What a certificate of our own says about itself, for its holder (the agent) and for showing; proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unverified(pub PresentedCertificate);

/// Reads a device certificate without asking who issued it.
///
/// # Errors
/// [`ChainRefusal::Malformed`], [`ChainRefusal::NotADevice`].
pub fn read_own(der: &[u8]) -> Result<Unverified, ChainRefusal> {
    let certificate = parse(der).ok_or(ChainRefusal::Malformed)?;
    let read =
        read_profile(&certificate, TokenHash(sha256(der))).ok_or(ChainRefusal::NotADevice)?;
    Ok(Unverified(read))
}

/// The first certificate of a PEM text, in DER.
#[must_use]
pub fn from_pem(pem: &str) -> Option<CertificateDer<'static>> {
    let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    (block.label == "CERTIFICATE" && parse(&block.contents).is_some())
        .then(|| CertificateDer::from(block.contents))
}

/// The public key's bit string of a certificate.
pub(crate) fn public_point(der: &[u8]) -> Option<Vec<u8>> {
    parse(der).map(|certificate| certificate.public_key().subject_public_key.data.to_vec())
}

fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    // RFC 5280 §4.1.1.2: the algorithm inside and outside are the same.
    (rest.is_empty() && certificate.signature == certificate.signature_algorithm)
        .then_some(certificate)
}

fn is_issued_by(certificate: &X509Certificate<'_>, authority: &[u8]) -> bool {
    let Some(authority) = parse(authority) else {
        return false;
    };
    certificate.issuer().as_raw() == authority.subject().as_raw()
        && certificate.signature_algorithm.algorithm == OID_SIG_ECDSA_WITH_SHA256
        && certificate
            .verify_signature(Some(authority.public_key()))
            .is_ok()
}

/// Whether what no signature covers is as our authority writes it, in DER (X.690 §10–11): the outer sequence, the
/// algorithm and the bit string of the signature. The parser is lenient about tags, and other bytes would be the same
/// certificate under another fingerprint. The signature inside the bit string is the verifier's, which demands DER.
fn is_wrapped_as_ours(certificate: &X509Certificate<'_>, der: &[u8]) -> bool {
    /// `AlgorithmIdentifier` of ecdsa-with-SHA256, without parameters (RFC 5758 §3.2).
    const ALGORITHM: [u8; 12] = [
        0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
    ];
    let signed: &[u8] = certificate.tbs_certificate.as_ref();
    let signature = &*certificate.signature_value.data;
    // Of a P-256 signature: two integers of at most 33 bytes, so that its length is one byte.
    let Some(bits) = u8::try_from(signature.len() + 1).ok().filter(|n| *n < 0x80) else {
        return false;
    };
    let after = [&ALGORITHM[..], &[0x03, bits, 0x00], signature];
    let content = signed.len() + after.iter().map(|part| part.len()).sum::<usize>();
    // Ours are longer than 255 bytes and a leaf is shorter than 8 KiB: two bytes of length.
    let Some([high, low]) = u16::try_from(content)
        .ok()
        .filter(|n| *n > 0xff)
        .map(u16::to_be_bytes)
    else {
        return false;
    };
    let outer = [0x30, 0x82, high, low];
    der == [&outer[..], signed, &after.concat()].concat()
}

/// Reads exactly what the device authority writes; anything more, less or twice is not a device certificate.
fn read_profile(
    certificate: &X509Certificate<'_>,
    fingerprint: TokenHash,
) -> Option<PresentedCertificate> {
    if certificate.version() != X509Version::V3 {
        return None;
    }
    let mut device = None;
    let (mut is_leaf, mut signs, mut authenticates) = (false, false, false);
    // RFC 5280 §4.2: no extension twice.
    for extension in certificate.extensions_map().ok()?.values() {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(constraints) => is_leaf = !constraints.ca,
            ParsedExtension::KeyUsage(usage) => {
                signs = usage.digital_signature() && !usage.key_cert_sign() && !usage.crl_sign();
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                authenticates = usage.client_auth
                    && usage.other.is_empty()
                    && !(usage.any
                        || usage.server_auth
                        || usage.code_signing
                        || usage.email_protection
                        || usage.time_stamping
                        || usage.ocsp_signing);
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                match names.general_names.as_slice() {
                    [GeneralName::URI(uri)] => {
                        device = uri.strip_prefix(DEVICE_URN)?.parse::<DeviceId>().ok()
                    }
                    _ => return None,
                }
            }
            ParsedExtension::SubjectKeyIdentifier(_)
            | ParsedExtension::AuthorityKeyIdentifier(_) => {}
            _ => return None,
        }
    }
    if !(is_leaf && signs && authenticates) {
        return None;
    }
    let mut units = certificate.subject().iter_organizational_unit();
    let kind = match (units.next().map(|unit| unit.as_str()), units.next()) {
        (Some(Ok(unit)), None) => CertificateKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == unit)?,
        _ => return None,
    };
    let validity = certificate.validity();
    Some(PresentedCertificate {
        serial: CertificateSerial::from_der_integer(certificate.raw_serial())?,
        device: device?,
        kind,
        not_before: Timestamp::from_seconds(validity.not_before.timestamp()),
        not_after: Timestamp::from_seconds(validity.not_after.timestamp()),
        fingerprint,
    })
}

#[cfg(test)]
mod tests;
