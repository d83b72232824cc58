//! A device's request for a certificate, and the keys that devices make.

use rcgen::{
    CertificateParams, DistinguishedName, KeyPair, PKCS_ECDSA_P256_SHA256, SubjectPublicKeyInfo,
};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ECDSA_WITH_SHA256,
};
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::FromDer;
use zeroize::Zeroizing;

/// A request longer than this is not looked at, in bytes.
const LONGEST_REQUEST: usize = 8 * 1024;

/// Why a request is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestRefusal {
    /// Not one PKCS#10 request in PEM.
    #[error("this is not a certificate request in PEM")]
    Malformed,
    /// Another kind of key than P-256.
    #[error("the certificate request is for a key that is not P-256")]
    KeyNotSupported,
    /// Its own signature does not fit: the sender may not have the key.
    #[error("the certificate request is not signed with its own key")]
    NotSelfSigned,
}

impl RequestRefusal {
    /// The slug used in answers.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Malformed => "csr-malformed",
            Self::KeyNotSupported => "csr-key-not-supported",
            Self::NotSelfSigned => "csr-not-self-signed",
        }
    }
}

/// A request whose sender has proven to have the private key. Its subject and extensions were not even read.
#[derive(Debug, Clone)]
pub struct DeviceRequest(SubjectPublicKeyInfo);

impl DeviceRequest {
    /// Reads a PKCS#10 request (RFC 2986) in PEM (RFC 7468 §7).
    ///
    /// # Errors
    /// [`RequestRefusal`].
    pub fn parse(pem: &str) -> Result<Self, RequestRefusal> {
        let malformed = RequestRefusal::Malformed;
        if pem.len() > LONGEST_REQUEST {
            return Err(malformed);
        }
        let (rest, block) = parse_x509_pem(pem.as_bytes()).map_err(|_| malformed)?;
        if block.label != "CERTIFICATE REQUEST" || !rest.iter().all(u8::is_ascii_whitespace) {
            return Err(malformed);
        }
        let (after, request) =
            X509CertificationRequest::from_der(&block.contents).map_err(|_| malformed)?;
        if !after.is_empty() {
            return Err(malformed);
        }
        let key = &request.certification_request_info.subject_pki;
        let curve = key
            .algorithm
            .parameters
            .as_ref()
            .and_then(|parameters| parameters.as_oid().ok());
        let is_p256 =
            key.algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY && curve == Some(OID_EC_P256);
        // RFC 5480 §2.2: the uncompressed point, the only form that everybody reads.
        let is_uncompressed = key.subject_public_key.data.len() == 65;
        if !is_p256
            || !is_uncompressed
            || request.signature_algorithm.algorithm != OID_SIG_ECDSA_WITH_SHA256
        {
            return Err(RequestRefusal::KeyNotSupported);
        }
        request
            .verify_signature()
            .map_err(|_| RequestRefusal::NotSelfSigned)?;
        SubjectPublicKeyInfo::from_der(key.raw)
            .map(Self)
            .map_err(|_| RequestRefusal::KeyNotSupported)
    }

    pub(super) const fn public_key(&self) -> &SubjectPublicKeyInfo {
        &self.0
    }
}

/// A key made on a device, with the request for its certificate.
pub struct DeviceKey {
    /// PKCS#8 in DER. It never leaves the device.
    pub pkcs8: Zeroizing<Vec<u8>>,
    /// The request in PEM: nothing in it but the public key and the proof that we have the private one.
    pub request: String,
    public: Vec<u8>,
}

/// No key could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no device key could be made")]
pub struct NoDeviceKey;

impl DeviceKey {
    /// Makes a P-256 key.
    ///
    /// # Errors
    /// [`NoDeviceKey`].
    pub fn generate() -> Result<Self, NoDeviceKey> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| NoDeviceKey)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let request = params
            .serialize_request(&key)
            .and_then(|request| request.pem())
            .map_err(|_| NoDeviceKey)?;
        Ok(Self {
            pkcs8: Zeroizing::new(key.serialize_der()),
            request,
            public: key.public_key_raw().to_vec(),
        })
    }
}

impl DeviceKey {
    /// The key in PEM (RFC 7468 §10), for a file of mode 0600.
    #[must_use]
    pub fn pem(&self) -> Zeroizing<String> {
        Zeroizing::new(super::pem("PRIVATE KEY", &self.pkcs8))
    }

    /// Whether `certificate` (DER) is for this key.
    #[must_use]
    pub fn is_of(&self, certificate: &[u8]) -> bool {
        crate::x509::public_point(certificate).is_some_and(|point| point == self.public)
    }
}

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceKey(…)")
    }
}
