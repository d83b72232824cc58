//! The organisation's two certificate authorities: one for its devices, one for its servers (the demo's, and any
//! installation's that brings no certificates of its own).
//!
//! Both are P-256 and name-constrained: the device authority cannot vouch for any server, the server authority for none
//! outside the domain. Their keys are kept sealed. What a certificate says is decided here alone; of a device's request
//! only the public key is taken.

mod device;
mod request;
mod server;

pub(crate) use device::DEVICE_URN;
pub use device::{DeviceAuthority, IssuedDevice};
pub use request::{DeviceKey, DeviceRequest, NoDeviceKey, RequestRefusal};
pub use server::{IssuedServer, ServerAuthority};

use crate::random::NoRandomness;
use crate::seal::{MasterKey, SealError, SealedKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, GeneralSubtree,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, SerialNumber,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;
use zt_types::{CertificateSerial, Seconds, Timestamp};

/// How long an authority's own certificate is valid.
const AUTHORITY_LIFETIME: Seconds = Seconds::days(3650);
/// Certificates begin this long before they are made: clocks elsewhere run behind.
const BACKDATE: Seconds = Seconds::hours(1);

/// Why an authority cannot be made or cannot issue.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The kept certificate or key is not one, or they do not belong together.
    #[error("the record of the `{0}` authority cannot be used")]
    Record(String),
    /// A time that no certificate can say.
    #[error("a certificate cannot be valid at such a time")]
    Time,
    /// A host outside the authority's domain.
    #[error("`{0}` is not in this authority's domain")]
    OutsideDomain(String),
    /// The library refused.
    #[error("the certificate could not be made")]
    Certificate(#[from] rcgen::Error),
    /// The key did not seal or open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No key or serial number could be drawn.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// An authority as it is kept: the private key is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorityRecord {
    /// Which authority: `device` or `server`.
    pub name: String,
    /// What it is limited to: the domain of a server authority, empty for a device authority.
    pub domain: String,
    /// Its certificate, DER in base64.
    pub certificate: String,
    /// Its key, PKCS#8, sealed.
    pub sealed: String,
}

/// An authority, opened.
struct Authority {
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn create(
        master: &MasterKey,
        name: &str,
        domain: &str,
        subject: DistinguishedName,
        constraints: NameConstraints,
        now: Timestamp,
    ) -> Result<AuthorityRecord, AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = subject;
        params.serial_number = Some(random_serial()?);
        params.not_before = calendar(now - BACKDATE)?;
        params.not_after = calendar(now + AUTHORITY_LIFETIME)?;
        // RFC 5280 §4.2.1.9: no authority below this one.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.name_constraints = Some(constraints);
        let certificate = params.self_signed(&key)?;
        Ok(AuthorityRecord {
            name: name.to_owned(),
            domain: domain.to_owned(),
            certificate: STANDARD.encode(certificate.der()),
            sealed: master.seal(SealedKind::AuthorityKey, name, key.serialized_der())?,
        })
    }

    fn open(master: &MasterKey, record: &AuthorityRecord) -> Result<Self, AuthorityError> {
        let bad = || AuthorityError::Record(record.name.clone());
        let der = CertificateDer::from(STANDARD.decode(&record.certificate).map_err(|_| bad())?);
        let pkcs8 = master.open(SealedKind::AuthorityKey, &record.name, &record.sealed)?;
        let key = PrivatePkcs8KeyDer::from(pkcs8.as_slice());
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256)
            .map_err(|_| bad())?;
        let certified = crate::x509::public_point(&der).ok_or_else(bad)?;
        if certified != key.public_key_raw() {
            return Err(bad());
        }
        let issuer = Issuer::from_ca_cert_der(&der, key).map_err(|_| bad())?;
        Ok(Self { der, issuer })
    }
}

/// A certificate in PEM (RFC 7468 §5).
#[must_use]
pub fn certificate_pem(der: &[u8]) -> String {
    pem("CERTIFICATE", der)
}

fn pem(label: &str, der: &[u8]) -> String {
    let encoded = Zeroizing::new(STANDARD.encode(der));
    // All at once: growing would leave pieces of a key behind in memory.
    let mut pem = String::with_capacity(encoded.len() + encoded.len() / 64 + 2 * label.len() + 40);
    pem.push_str(&format!("-----BEGIN {label}-----\n"));
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

pub(crate) fn subject(organisation: &str, common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    // RFC 5280 Appendix A.1: at most 64 characters each.
    name.push(
        DnType::OrganizationName,
        organisation.chars().take(64).collect::<String>(),
    );
    name.push(
        DnType::CommonName,
        common_name.chars().take(64).collect::<String>(),
    );
    name
}

/// All addresses: no certificate of ours is for an address.
fn every_address() -> [GeneralSubtree; 2] {
    [
        GeneralSubtree::IpAddress(CidrSubnet::V4([0; 4], [0; 4])),
        GeneralSubtree::IpAddress(CidrSubnet::V6([0; 16], [0; 16])),
    ]
}

pub(crate) fn random_serial() -> Result<SerialNumber, NoRandomness> {
    Ok(SerialNumber::from_slice(
        CertificateSerial::from_random(crate::random::bytes()?).as_bytes(),
    ))
}

pub(crate) fn calendar(at: Timestamp) -> Result<OffsetDateTime, AuthorityError> {
    at.calendar()
        .filter(|at| (1950..=9999).contains(&at.year()))
        .ok_or(AuthorityError::Time)
}

#[cfg(test)]
pub(crate) mod tests;
