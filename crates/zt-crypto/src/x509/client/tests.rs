use super::*;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    SanType,
};
use serde_json::json;

const NOW: Timestamp = Timestamp::from_seconds(1_775_000_000);

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "JP");
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Yamato, Seiko");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2025, 1, 1);
    params.not_after = rcgen::date_time_ymd(2027, 1, 1);
    params
}

struct Authority {
    params: CertificateParams,
    key: KeyPair,
    der: CertificateDer<'static>,
    pem: String,
}

fn authority(name: &str) -> Authority {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let made = params.self_signed(&key).unwrap();
    let (der, pem) = (made.der().clone(), made.pem());
    Authority {
        params,
        key,
        der,
        pem,
    }
}

fn leaf(of: &Authority, change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
    let mut params = params("books");
    params.subject_alt_names = vec![
        SanType::DnsName("books.example".try_into().unwrap()),
        SanType::URI("spiffe://books.example/a".try_into().unwrap()),
        SanType::Rfc822Name("books@books.example".try_into().unwrap()),
        SanType::IpAddress("192.0.2.9".parse().unwrap()),
    ];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::from_params(&of.params, &of.key);
    params.signed_by(&key, &issuer).unwrap().der().clone()
}

#[test]
fn an_authority_vouches_for_what_it_issued_to_clients_now() {
    let (ours, other) = (authority("ours"), authority("ours"));
    let trusted = ClientAuthorities::read(&ours.pem).unwrap();
    let vouches = |chain: &[CertificateDer<'_>], now| trusted.vouch_for(chain, now);
    let right = leaf(&ours, |_| {});
    assert!(vouches(std::slice::from_ref(&right), NOW));
    let both = ClientAuthorities::read(&format!("{}{}", other.pem, ours.pem)).unwrap();
    assert!(both.vouch_for(std::slice::from_ref(&right), NOW));
    assert!(!vouches(&[], NOW));
    assert!(
        !vouches(&[leaf(&other, |_| {})], NOW),
        "another of the same name"
    );
    assert!(
        !vouches(&[leaf(&other, |_| {}), ours.der.clone()], NOW),
        "beside ours"
    );
    assert!(
        !vouches(
            std::slice::from_ref(&right),
            Timestamp::from_seconds(1_900_000_000)
        ),
        "over"
    );
    assert!(
        !vouches(&[right], Timestamp::from_seconds(1_700_000_000)),
        "not yet"
    );
    let server = leaf(&ours, |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    assert!(!vouches(&[server], NOW), "a server's");
    // A client's own certificate issues nothing.
    let mut own = params("own");
    own.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().unwrap();
    let made = own
        .signed_by(&key, &Issuer::from_params(&ours.params, &ours.key))
        .unwrap();
    let forged = Authority {
        der: made.der().clone(),
        pem: made.pem(),
        params: own,
        key,
    };
    assert!(
        !vouches(&[leaf(&forged, |_| {}), forged.der.clone()], NOW),
        "by a client"
    );
    let said = |pem: &str| ClientAuthorities::read(pem).unwrap_err();
    assert_eq!(said(&forged.pem), NoAuthorities::NotAnAuthority);
    assert_eq!(said(""), NoAuthorities::Malformed);
    assert_eq!(
        said(&KeyPair::generate().unwrap().serialize_pem()),
        NoAuthorities::Malformed
    );
    assert_eq!(said(&ours.pem.repeat(17)), NoAuthorities::TooMany);
}

#[test]
fn a_subject_is_written_in_one_way() {
    for text in [
        r"CN=books,O=Yamato\, Seiko,C=JP",
        "CN=経費精算+UID=7,O=Example",
        r"CN=\#1\\,DC=example,DC=co",
        r"CN=a=b\+c",
    ] {
        assert!(is_subject(text), "{text}");
    }
    for text in [
        "",
        "books",
        "cn=books",
        "CN=books, O=Yamato",
        "/C=JP/CN=books",
        "CN=books,emailAddress=a@b.example",
        "CN=books,2.5.4.5=7",
        r"CN=\E7\B5\8C",
        "CN=\"books\"",
        "CN=books,",
        "CN=books\\",
        "CN=#0c0161",
        r"CN=b\ooks",
    ] {
        assert!(!is_subject(text), "{text}");
    }
}

#[test]
fn a_certificate_is_of_the_name_in_it() {
    let ours = authority("ours");
    let leaf = leaf(&ours, |_| {});
    for name in [
        CertificateName::Subject(r"CN=books,O=Yamato\, Seiko,C=JP"),
        CertificateName::Dns("books.example"),
        CertificateName::Dns("Books.Example"),
        CertificateName::Uri("spiffe://books.example/a"),
        CertificateName::Email("books@books.example"),
        CertificateName::Ip("192.0.2.9".parse().unwrap()),
    ] {
        assert!(is_of(&leaf, &name), "{name:?}");
    }
    for name in [
        CertificateName::Subject("CN=books"),
        CertificateName::Subject("cn=books,O=Yamato\\, Seiko,C=JP"),
        CertificateName::Subject("C=JP,O=Yamato\\, Seiko,CN=books"),
        CertificateName::Subject(""),
        CertificateName::Dns("example"),
        CertificateName::Dns("*.example"),
        CertificateName::Dns("books.example.evil.example"),
        CertificateName::Dns("spiffe://books.example/a"),
        CertificateName::Uri("books.example"),
        CertificateName::Email("books.example"),
        CertificateName::Ip("192.0.2.10".parse().unwrap()),
        CertificateName::Ip("::ffff:192.0.2.9".parse().unwrap()),
    ] {
        assert!(!is_of(&leaf, &name), "{name:?}");
    }
}

#[test]
fn a_certificate_is_known_to_the_byte() {
    let ours = authority("ours");
    let (mine, other) = (leaf(&ours, |_| {}), leaf(&ours, |_| {}));
    let x5c = STANDARD.encode(&mine);
    let keys = json!({ "keys": [{ "kty": "EC", "x5c": [x5c] }] }).to_string();
    assert!(is_in(&mine, &keys));
    assert!(!is_in(&other, &keys));
    for keys in ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[{"x5c":"a"}]}"#] {
        assert!(!is_in(&mine, keys));
    }
    let issued = json!({ "keys": [{ "x5c": [STANDARD.encode(&other), STANDARD.encode(&mine)] }] });
    assert!(!is_in(&mine, &issued.to_string()), "the first one counts");
    assert_eq!(thumbprint(&mine).len(), 43);
}
