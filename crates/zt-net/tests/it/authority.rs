//! A certificate authority for the tests.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use zt_net::{ClientIdentity, HostCertificate};

pub(crate) struct Authority {
    pub(crate) certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self {
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    fn issue(
        &self,
        mut params: CertificateParams,
    ) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        params.distinguished_name.push(DnType::CommonName, "leaf");
        let leaf = params.signed_by(&key, &self.issuer).unwrap();
        (
            vec![leaf.der().clone()],
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
    }

    pub(crate) fn host(&self, name: &str) -> HostCertificate {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params
            .extended_key_usages
            .push(ExtendedKeyUsagePurpose::ServerAuth);
        let (chain, key) = self.issue(params);
        HostCertificate { chain, key }
    }

    /// A client certificate that has run out long ago: the handshake must leave that to others.
    pub(crate) fn expired_client(&self) -> ClientIdentity {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        let (chain, key) = self.issue(params);
        ClientIdentity { chain, key }
    }
}
