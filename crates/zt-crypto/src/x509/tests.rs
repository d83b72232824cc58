use super::*;
use crate::ca::tests::{DEVICES, MASTER, NOW, SERVERS, device_params, order, rogue};
use crate::ca::{DeviceAuthority, DeviceKey, DeviceRequest};
use proptest::prelude::*;
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use std::sync::LazyLock;

static GOOD: LazyLock<CertificateDer<'static>> = LazyLock::new(|| {
    let request = DeviceRequest::parse(&DeviceKey::generate().unwrap().request).unwrap();
    DEVICES
        .issue(&order(CertificateKind::Agent), &request)
        .unwrap()
        .der
});

fn trust() -> DeviceTrust {
    DeviceTrust::new(vec![DEVICES.certificate().clone()])
}

fn uri(text: &str) -> SanType {
    SanType::URI(Ia5String::try_from(text).unwrap())
}

#[test]
fn our_own_authority_signs_only_what_is_a_device() {
    type Change = fn(&mut CertificateParams);
    let urn = |device: &str| format!("{DEVICE_URN}{device}");
    assert_eq!(urn(""), "urn:sekisho:device:");
    let cases: [(&str, Change); 17] = [
        ("for servers", |p| {
            p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]
        }),
        ("for servers too", |p| {
            p.extended_key_usages
                .push(ExtendedKeyUsagePurpose::ServerAuth)
        }),
        ("for anything", |p| {
            p.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any]
        }),
        ("for nothing said", |p| p.extended_key_usages = vec![]),
        ("for something else too", |p| {
            p.extended_key_usages
                .push(ExtendedKeyUsagePurpose::Other(vec![1, 2, 3]))
        }),
        ("an authority", |p| {
            p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)
        }),
        ("not said to be none", |p| p.is_ca = IsCa::NoCa),
        ("signs certificates", |p| {
            p.key_usages.push(KeyUsagePurpose::KeyCertSign)
        }),
        ("signs nothing", |p| {
            p.key_usages = vec![KeyUsagePurpose::KeyAgreement]
        }),
        ("two names", |p| {
            p.subject_alt_names.push(uri(
                "urn:sekisho:device:00000000-0000-4000-8000-000000000000",
            ))
        }),
        ("a host's name", |p| {
            p.subject_alt_names = vec![SanType::DnsName(Ia5String::try_from("a.example").unwrap())]
        }),
        ("no name", |p| p.subject_alt_names = vec![]),
        ("not a device's name", |p| {
            p.subject_alt_names = vec![uri(
                "urn:sekisho:person:00000000-0000-4000-8000-000000000000",
            )]
        }),
        ("not an id", |p| {
            p.subject_alt_names = vec![uri("urn:sekisho:device:1")]
        }),
        ("no kind", |p| {
            p.distinguished_name = DistinguishedName::new()
        }),
        ("another kind", |p| {
            p.distinguished_name = DistinguishedName::new();
            p.distinguished_name
                .push(DnType::OrganizationalUnitName, "server");
        }),
        ("an extension we do not write", |p| {
            p.custom_extensions =
                vec![CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0])];
        }),
    ];
    assert!(
        trust()
            .read(&[rogue(&device_params(&order(CertificateKind::Agent)))])
            .is_ok()
    );
    for (what, change) in cases {
        let mut params = device_params(&order(CertificateKind::Agent));
        change(&mut params);
        assert_eq!(
            trust().read(&[rogue(&params)]),
            Err(ChainRefusal::NotADevice),
            "{what}"
        );
    }
    for serial in [vec![1], vec![0x7f; 20], vec![0x40; 15]] {
        let mut params = device_params(&order(CertificateKind::Agent));
        params.serial_number = Some(SerialNumber::from(serial));
        assert_eq!(
            trust().read(&[rogue(&params)]),
            Err(ChainRefusal::NotADevice),
            "a serial number of another length"
        );
    }
}

#[test]
fn what_others_signed_is_foreign() {
    let key = KeyPair::generate().unwrap();
    let self_signed = device_params(&order(CertificateKind::Agent))
        .self_signed(&key)
        .unwrap()
        .der()
        .clone();
    // An authority of the same name with another key.
    let record = DeviceAuthority::create(&MASTER, "関所商事株式会社", NOW).unwrap();
    let namesake = DeviceAuthority::open(&MASTER, &record).unwrap();
    let request = DeviceRequest::parse(&DeviceKey::generate().unwrap().request).unwrap();
    let forged = namesake
        .issue(&order(CertificateKind::Agent), &request)
        .unwrap()
        .der;
    let server = SERVERS
        .issue("id.sekisho.localhost", NOW)
        .unwrap()
        .chain
        .remove(0);
    let cases = [
        ("self-signed", self_signed, ChainRefusal::Foreign),
        (
            "an authority of the same name",
            forged.clone(),
            ChainRefusal::Foreign,
        ),
        ("a server's", server, ChainRefusal::Foreign),
        (
            "the server authority",
            SERVERS.certificate().clone(),
            ChainRefusal::Foreign,
        ),
        (
            "the device authority itself",
            DEVICES.certificate().clone(),
            ChainRefusal::NotADevice,
        ),
        (
            "nothing",
            CertificateDer::from(vec![]),
            ChainRefusal::Malformed,
        ),
        (
            "garbage",
            CertificateDer::from(b"garbage".to_vec()),
            ChainRefusal::Malformed,
        ),
        (
            "cut off",
            CertificateDer::from(GOOD[..GOOD.len() - 1].to_vec()),
            ChainRefusal::Malformed,
        ),
        (
            "something after it",
            CertificateDer::from([&GOOD[..], b"x"].concat()),
            ChainRefusal::Malformed,
        ),
        (
            "huge",
            CertificateDer::from(vec![0x30; 1 << 20]),
            ChainRefusal::TooLarge,
        ),
    ];
    for (what, der, expected) in cases {
        assert_eq!(trust().read(&[der]), Err(expected), "{what}");
    }
    assert_eq!(trust().read(&[]), Err(ChainRefusal::Empty));
    assert_eq!(
        DeviceTrust::new(vec![]).read(std::slice::from_ref(&*GOOD)),
        Err(ChainRefusal::Foreign)
    );
    // Both are trusted while one takes over from the other.
    let both = DeviceTrust::new(vec![
        namesake.certificate().clone(),
        DEVICES.certificate().clone(),
    ]);
    assert!(both.read(&[forged]).is_ok() && both.read(std::slice::from_ref(&*GOOD)).is_ok());
}

#[test]
fn only_the_leaf_is_looked_at() {
    let mut chain = vec![GOOD.clone()];
    chain.extend((0..1000).map(|_| CertificateDer::from(vec![0xff; 1000])));
    assert_eq!(
        trust().read(&chain),
        trust().read(std::slice::from_ref(&*GOOD))
    );
    chain.remove(0);
    chain.push(GOOD.clone());
    assert_eq!(
        trust().read(&chain),
        Err(ChainRefusal::Malformed),
        "our certificate behind another is not presented"
    );
}

#[test]
fn presentations() {
    for (chain, expected) in [
        (vec![], Presentation::Nothing),
        (
            vec![GOOD.clone()],
            Presentation::Certificate(trust().read(std::slice::from_ref(&*GOOD)).unwrap()),
        ),
        (
            vec![SERVERS.certificate().clone()],
            Presentation::Refused(NoDevice::Foreign),
        ),
        (
            vec![DEVICES.certificate().clone()],
            Presentation::Refused(NoDevice::WrongUsage),
        ),
        (
            vec![CertificateDer::from(vec![1])],
            Presentation::Refused(NoDevice::Foreign),
        ),
    ] {
        assert_eq!(trust().presentation(&chain), expected);
    }
    assert_eq!(
        read_own(&GOOD).unwrap().0.device,
        order(CertificateKind::Agent).device
    );
    assert_eq!(read_own(b""), Err(ChainRefusal::Malformed));
    assert_eq!(
        read_own(SERVERS.certificate()),
        Err(ChainRefusal::NotADevice)
    );
}

/// The positions of what the signature covers.
fn signed_part(der: &[u8]) -> std::ops::Range<usize> {
    let signed = parse(der).unwrap().tbs_certificate.as_ref().len();
    4..4 + signed
}

#[test]
fn one_changed_byte_is_never_accepted() {
    let signed = signed_part(&GOOD);
    for at in 0..GOOD.len() {
        // What is signed is one hash: a bit of it is as good as any other. What is not is read by hand.
        let changes: Vec<u8> = if signed.contains(&at) {
            (0..8).map(|bit| 1 << bit).collect()
        } else {
            (1..=255).collect()
        };
        for by in changes {
            let mut der = GOOD.to_vec();
            der[at] ^= by;
            let _ = read_own(&der);
            let read = trust().read(&[CertificateDer::from(der)]);
            assert!(read.is_err(), "byte {at} xor {by:#04x} is accepted");
        }
    }
}

#[test]
fn the_same_certificate_in_other_bytes_is_malformed() {
    let der = &GOOD[..];
    let signed = signed_part(der);
    let (tbs, after) = (&der[signed.clone()], &der[signed.end..]);
    let (algorithm, signature) = after.split_at(12);
    let outer = |head: &[u8], parts: &[&[u8]]| {
        let content = parts.concat();
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        [head, &[high, low], &content[..]].concat()
    };
    assert_eq!(outer(&[0x30, 0x82], &[tbs, algorithm, signature]), der);
    let bits = &signature[2..];
    let length = signature[1];
    let cases = [
        (
            "an outer sequence of the application class",
            outer(&[0x70, 0x82], &[tbs, algorithm, signature]),
        ),
        (
            "an outer sequence of the private class",
            outer(&[0xf0, 0x82], &[tbs, algorithm, signature]),
        ),
        (
            "a longer length",
            outer(&[0x30, 0x83, 0x00], &[tbs, algorithm, signature]),
        ),
        (
            "a longer length of the signature",
            outer(
                &[0x30, 0x82],
                &[tbs, algorithm, &[0x03, 0x81, length], bits],
            ),
        ),
        (
            "a signature of another class",
            outer(&[0x30, 0x82], &[tbs, algorithm, &[0x43, length], bits]),
        ),
        (
            "an algorithm with parameters",
            outer(
                &[0x30, 0x82],
                &[tbs, &[0x30, 0x0c], &algorithm[2..], &[5, 0], signature],
            ),
        ),
        (
            "something after the signature",
            outer(&[0x30, 0x82], &[tbs, algorithm, signature, &[5, 0]]),
        ),
    ];
    for (what, der) in cases {
        let read = trust().read(&[CertificateDer::from(der)]);
        assert_eq!(read, Err(ChainRefusal::Malformed), "{what}");
    }
}

proptest! {
    #[test]
    fn reading_never_panics(bytes: Vec<u8>, cut: prop::sample::Index, text in ".*") {
        let _ = trust().read(&[CertificateDer::from(bytes.clone())]);
        let _ = read_own(&GOOD[..cut.index(GOOD.len())]);
        let _ = from_pem(&text);
        let mut spliced = GOOD[..cut.index(GOOD.len())].to_vec();
        spliced.extend(bytes);
        let _ = read_own(&spliced);
    }
}
