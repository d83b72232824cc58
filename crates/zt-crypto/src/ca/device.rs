//! The device authority.

use super::{
    Authority, AuthorityError, AuthorityRecord, DeviceRequest, calendar, certificate_pem,
    every_address, subject,
};
use crate::hash::sha256;
use crate::seal::MasterKey;
use rcgen::string::Ia5String;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    KeyUsagePurpose, NameConstraints, SanType, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use zt_device::{Certificate, CertificateOrder};
use zt_types::{Timestamp, TokenHash};

/// The start of the name of a device in its certificates; its id follows.
pub(crate) const DEVICE_URN: &str = "urn:sekisho:device:";

/// Issues the certificates of devices.
pub struct DeviceAuthority(pub(super) Authority);

/// A certificate that was issued to a device.
#[derive(Debug, Clone)]
pub struct IssuedDevice {
    /// In DER.
    pub der: CertificateDer<'static>,
    /// In PEM.
    pub pem: String,
    /// Its record, to be kept.
    pub record: Certificate,
}

impl DeviceAuthority {
    /// Makes a new device authority of `organisation`.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn create(
        master: &MasterKey,
        organisation: &str,
        now: Timestamp,
    ) -> Result<AuthorityRecord, AuthorityError> {
        // RFC 5280 §4.2.1.10: an empty name excludes all of them. Whoever steals this key cannot pass as a server.
        let [v4, v6] = every_address();
        let nothing = NameConstraints {
            permitted_subtrees: vec![],
            excluded_subtrees: vec![GeneralSubtree::DnsName(String::new()), v4, v6],
        };
        Authority::create(
            master,
            "device",
            "",
            subject(organisation, "Sekisho device authority"),
            nothing,
            now,
        )
    }

    /// Opens a kept authority.
    ///
    /// # Errors
    /// [`AuthorityError::Record`], [`AuthorityError::Seal`].
    pub fn open(master: &MasterKey, record: &AuthorityRecord) -> Result<Self, AuthorityError> {
        Authority::open(master, record).map(Self)
    }

    /// Its own certificate: what TLS names when it asks for one, and what [`crate::x509::DeviceTrust`] is made of.
    #[must_use]
    pub const fn certificate(&self) -> &CertificateDer<'static> {
        &self.0.der
    }

    /// The same in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        certificate_pem(&self.0.der)
    }

    /// Issues what was ordered for the key of `request`. Nothing else of the request is looked at.
    ///
    /// # Errors
    /// [`AuthorityError::Time`], [`AuthorityError::Certificate`].
    pub fn issue(
        &self,
        order: &CertificateOrder,
        request: &DeviceRequest,
    ) -> Result<IssuedDevice, AuthorityError> {
        let certificate = profile(order)?.signed_by(request.public_key(), &self.0.issuer)?;
        let der = certificate.der().clone();
        let record = order.record(TokenHash(sha256(&der)));
        Ok(IssuedDevice {
            pem: certificate_pem(&der),
            der,
            record,
        })
    }
}

impl std::fmt::Debug for DeviceAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceAuthority")
    }
}

/// What a device certificate says; [`crate::x509`] reads exactly this.
pub(super) fn profile(order: &CertificateOrder) -> Result<CertificateParams, AuthorityError> {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationalUnitName, order.kind.as_str());
    name.push(
        DnType::CommonName,
        order.label.chars().take(64).collect::<String>(),
    );
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params.serial_number = Some(SerialNumber::from_slice(order.serial.as_bytes()));
    params.not_before = calendar(order.not_before)?;
    params.not_after = calendar(order.not_after)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.subject_alt_names = vec![SanType::URI(Ia5String::try_from(format!(
        "{DEVICE_URN}{}",
        order.device
    ))?)];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
