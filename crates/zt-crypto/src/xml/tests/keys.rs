//! Keys of SAML as they are kept, and keys of others as they are read.

use super::{MASTER, NOW, OWNER, record};
use crate::ca::certificate_pem;
use crate::jose::KeyState;
use crate::xml::{
    EncryptError, EncryptionKey, KeyRefusal, PublicKey, SamlKeyError, SamlKeyring, encrypted,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509_parser::prelude::{FromDer, X509Certificate};
use zt_federation::saml::{ContentCipher, Encryption, KeyText, KeyTransport, XmlAlgorithm};
use zt_types::Seconds;

#[test]
fn a_certificate_names_the_organisation_and_is_good_for_ten_years() {
    for algorithm in XmlAlgorithm::ALL {
        let record = record(algorithm);
        let der = STANDARD.decode(&record.certificate).unwrap();
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        assert_eq!(
            certificate.subject().to_string(),
            "O=関所商事 & <Co>, CN=Sekisho SAML signing"
        );
        assert_eq!(certificate.subject(), certificate.issuer());
        assert!(certificate.verify_signature(None).is_ok());
        assert!(!certificate.is_ca());
        let validity = certificate.validity();
        assert_eq!(
            validity.not_after.timestamp(),
            (NOW + Seconds::days(3650)).as_seconds()
        );
        assert!(validity.not_before.timestamp() < NOW.as_seconds());
        assert!(certificate_pem(&der).starts_with("-----BEGIN CERTIFICATE-----"));
        assert!(PublicKey::of_text(&KeyText::from_der(&der).unwrap()).is_ok());
        let info = certificate.public_key().raw;
        assert_eq!(
            PublicKey::of_text(&KeyText::from_der(info).unwrap()),
            PublicKey::of_certificate(&der)
        );
    }
}

#[test]
fn keys_are_next_then_active_then_retired() {
    let keep = Seconds::days(1);
    let records = SamlKeyring::completed(vec![], &MASTER, "a", NOW).unwrap();
    assert_eq!(records.len(), 4);
    assert_eq!(
        SamlKeyring::completed(records.clone(), &MASTER, "a", NOW).unwrap(),
        records
    );
    let first = SamlKeyring::open(&MASTER, records.clone()).unwrap();
    let next = records
        .iter()
        .find(|key| key.algorithm == XmlAlgorithm::EcdsaSha256 && key.state == KeyState::Next)
        .unwrap();
    let fresh = record(XmlAlgorithm::EcdsaSha256);
    let second = SamlKeyring::rotated(records.clone(), fresh.clone(), keep, NOW);
    let second = SamlKeyring::open(&MASTER, second).unwrap();
    let signing = |keys: &SamlKeyring, algorithm| {
        STANDARD.encode(keys.signer(algorithm).unwrap().certificate())
    };
    assert_eq!(
        signing(&second, XmlAlgorithm::EcdsaSha256),
        next.certificate
    );
    assert_eq!(
        signing(&second, XmlAlgorithm::RsaSha256),
        signing(&first, XmlAlgorithm::RsaSha256)
    );
    let published: Vec<_> = second.published().collect();
    assert_eq!(published.len(), 5);
    assert!(published[..2].contains(&next.certificate.as_str()));
    assert!(published[2..4].contains(&fresh.certificate.as_str()));
    assert_eq!(published[4], signing(&first, XmlAlgorithm::EcdsaSha256));
    // The retired one goes when it has been so for long.
    let later = NOW + Seconds::days(2);
    let fresh = record(XmlAlgorithm::EcdsaSha256);
    let third = SamlKeyring::rotated(second.records().to_vec(), fresh, keep, later);
    assert_eq!(third.len(), 5);
    assert!(!third.iter().any(|key| key.certificate == published[4]));
}

#[test]
fn a_record_that_does_not_belong_together_is_none() {
    let [one, other] = [0, 1].map(|_| {
        let mut record = record(XmlAlgorithm::EcdsaSha256);
        record.state = KeyState::Active;
        record
    });
    let open = |record: &crate::xml::SamlKeyRecord| {
        SamlKeyring::open(&MASTER, vec![record.clone()]).map(|_| ())
    };
    assert!(open(&one).is_ok());
    let mut changed = one.clone();
    changed.certificate = other.certificate.clone();
    assert!(matches!(open(&changed), Err(SamlKeyError::BadKey(_))));
    // Sealed for another record.
    changed.id = other.id.clone();
    assert!(matches!(open(&changed), Err(SamlKeyError::Seal(_))));
    changed = one.clone();
    changed.algorithm = XmlAlgorithm::RsaSha256;
    assert!(matches!(open(&changed), Err(SamlKeyError::BadKey(_))));
    // Sealed right, with a certificate of another key.
    changed = other.clone();
    let pkcs8 = MASTER
        .open(crate::seal::SealedKind::SamlKey, &one.id, &one.sealed)
        .unwrap();
    changed.sealed = MASTER
        .seal(crate::seal::SealedKind::SamlKey, &other.id, &pkcs8)
        .unwrap();
    assert!(matches!(open(&changed), Err(SamlKeyError::BadKey(_))));
    let none = SamlKeyring::open(&MASTER, vec![]).unwrap();
    assert!(matches!(
        none.signer(XmlAlgorithm::RsaSha256),
        Err(SamlKeyError::NoActiveKey("rsa-sha256"))
    ));
    let text = serde_json::to_string(&one).unwrap();
    assert_eq!(
        serde_json::from_str::<crate::xml::SamlKeyRecord>(&text).unwrap(),
        one
    );
}

#[test]
fn what_is_no_key_of_ours_is_refused() {
    let certificate = |key: &rcgen::KeyPair| {
        let params = rcgen::CertificateParams::default();
        params.self_signed(key).unwrap().der().to_vec()
    };
    let ed = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    assert_eq!(
        PublicKey::of_certificate(&certificate(&ed)),
        Err(KeyRefusal::Kind)
    );
    let mut der = certificate(&rcgen::KeyPair::generate().unwrap());
    assert!(PublicKey::of_certificate(&der).is_ok());
    der.push(0);
    assert_eq!(
        PublicKey::of_certificate(&der),
        Err(KeyRefusal::NotACertificate)
    );
    assert_eq!(PublicKey::of_key_info(b""), Err(KeyRefusal::NotAKey));
    // RSA-1024, made by openssl.
    let short = STANDARD.decode(include_str!("rsa1024.b64").trim()).unwrap();
    assert_eq!(
        PublicKey::of_key_info(&short),
        Err(KeyRefusal::Length(1024))
    );
    assert_eq!(
        PublicKey::of_text(&KeyText::from_der(&short).unwrap()),
        Err(KeyRefusal::Length(1024))
    );
}

#[test]
fn encryption_is_to_rsa_keys_and_never_the_same_twice() {
    let to = |algorithm| {
        EncryptionKey::of(&Encryption {
            key: KeyText::from_der(OWNER.key(algorithm).certificate()).unwrap(),
            content: ContentCipher::Aes256Gcm,
            transport: KeyTransport::OaepSha1,
        })
    };
    assert_eq!(to(XmlAlgorithm::EcdsaSha256), Err(EncryptError::NotRsa));
    let to = to(XmlAlgorithm::RsaSha256).unwrap();
    let [one, other] = [0, 1].map(|_| encrypted("<a></a>", &to).unwrap());
    assert_ne!(one, other);
    assert!(!one.contains("<a>"));
}
