//! The server authority.

use super::{
    Authority, AuthorityError, AuthorityRecord, BACKDATE, calendar, certificate_pem, every_address,
    random_serial, subject,
};
use crate::seal::MasterKey;
use rcgen::string::Ia5String;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use zt_types::{Seconds, Timestamp};

/// Issues the certificates of hosts in one domain.
pub struct ServerAuthority {
    pub(super) authority: Authority,
    domain: String,
}

/// A host's certificate with its key.
pub struct IssuedServer {
    /// The chain, the leaf first. The authority itself is not in it: who trusts it has it.
    pub chain: Vec<CertificateDer<'static>>,
    /// The leaf's key.
    pub key: PrivateKeyDer<'static>,
    /// Until when it is valid.
    pub not_after: Timestamp,
}

impl ServerAuthority {
    /// How long a host's certificate is valid.
    pub const LEAF_LIFETIME: Seconds = Seconds::days(90);

    /// Makes a new authority of `organisation` for the hosts in `domain`.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn create(
        master: &MasterKey,
        organisation: &str,
        domain: &str,
        now: Timestamp,
    ) -> Result<AuthorityRecord, AuthorityError> {
        let [v4, v6] = every_address();
        let domain = domain.to_ascii_lowercase();
        let constraints = NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName(domain.clone())],
            excluded_subtrees: vec![v4, v6],
        };
        let name = subject(
            organisation,
            &format!("Sekisho server authority ({domain})"),
        );
        Authority::create(master, "server", &domain, name, constraints, now)
    }

    /// Opens a kept authority.
    ///
    /// # Errors
    /// [`AuthorityError::Record`], [`AuthorityError::Seal`].
    pub fn open(master: &MasterKey, record: &AuthorityRecord) -> Result<Self, AuthorityError> {
        if record.domain.is_empty() {
            return Err(AuthorityError::Record(record.name.clone()));
        }
        Ok(Self {
            authority: Authority::open(master, record)?,
            domain: record.domain.clone(),
        })
    }

    /// Its own certificate: what a browser has to trust.
    #[must_use]
    pub const fn certificate(&self) -> &CertificateDer<'static> {
        &self.authority.der
    }

    /// The same in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        certificate_pem(&self.authority.der)
    }

    /// The domain it is limited to.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Makes a key and a certificate for `host`.
    ///
    /// # Errors
    /// [`AuthorityError::OutsideDomain`] unless the host is in the domain; [`AuthorityError::Time`],
    /// [`AuthorityError::Randomness`], [`AuthorityError::Certificate`].
    pub fn issue(&self, host: &str, now: Timestamp) -> Result<IssuedServer, AuthorityError> {
        let host = host.to_ascii_lowercase();
        let below = host
            .strip_suffix(&self.domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        if !below || host.starts_with('.') || host.contains('*') {
            return Err(AuthorityError::OutsideDomain(host));
        }
        let not_after = Timestamp::from_seconds((now + Self::LEAF_LIFETIME).as_seconds());
        let mut params = CertificateParams::default();
        // RFC 9525 §2: the name is in the SAN alone; the subject only tells a person.
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(
            DnType::CommonName,
            host.chars().take(64).collect::<String>(),
        );
        params.serial_number = Some(random_serial()?);
        params.not_before = calendar(now - BACKDATE)?;
        params.not_after = calendar(not_after)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.subject_alt_names = vec![SanType::DnsName(Ia5String::try_from(host)?)];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = params.signed_by(&key, &self.authority.issuer)?;
        Ok(IssuedServer {
            chain: vec![certificate.der().clone()],
            key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            not_after,
        })
    }
}

impl std::fmt::Debug for ServerAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ServerAuthority({})", self.domain)
    }
}

impl std::fmt::Debug for IssuedServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedServer")
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}
