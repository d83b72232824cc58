//! Other people's programs read what we sign and encrypt, and we what they sign.

use crate::tool::{run, succeed};
use std::fs;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;
use zt_crypto::ca::certificate_pem;
use zt_crypto::seal::{MasterKey, SealedKind};
use zt_crypto::xml::{
    EncryptionKey, PublicKey, SamlKeyring, SignatureAlgorithm, SignatureError, encrypted, verified,
};
use zt_federation::saml::{ContentCipher, Encryption, KeyText, KeyTransport, XmlAlgorithm};
use zt_federation::xml::{Content, Document, Namespace, Unsigned, Writer};
use zt_types::Timestamp;

/// 2026-09-21.
const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// A directory with a key of ours, and what a test writes.
struct Fixture {
    directory: tempfile::TempDir,
    keyring: SamlKeyring,
}

impl Fixture {
    fn new() -> Self {
        let master = MasterKey::from_bytes(Zeroizing::new([1; 32])).unwrap();
        let records = SamlKeyring::completed(vec![], &master, "関所商事", NOW).unwrap();
        let fixture = Self {
            keyring: SamlKeyring::open(&master, records.clone()).unwrap(),
            directory: tempfile::tempdir().unwrap(),
        };
        for algorithm in XmlAlgorithm::ALL {
            let key = fixture.keyring.signer(algorithm).unwrap();
            let name = algorithm.as_str();
            fixture.write(&format!("{name}.pem"), &certificate_pem(key.certificate()));
            let record = records
                .iter()
                .find(|one| one.algorithm == algorithm)
                .unwrap();
            let pkcs8 = master
                .open(SealedKind::SamlKey, &record.id, &record.sealed)
                .unwrap();
            let der = fixture.path(&format!("{name}.der"));
            fs::write(&der, &*pkcs8).unwrap();
            let pem = fixture.path(&format!("{name}.key"));
            let arguments = [
                "pkey",
                "-inform",
                "DER",
                "-in",
                text(&der),
                "-out",
                text(&pem),
            ];
            succeed("openssl", "openssl", &arguments);
        }
        fixture
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        text(&path).to_owned()
    }

    fn named(&self, name: &str) -> String {
        text(&self.path(name)).to_owned()
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

const ID: &str = "--id-attr:ID";

fn xmlsec1(arguments: &[&str]) -> std::process::Output {
    run("xmlsec1", "xmlsec1", arguments)
}

/// The peers' Python with signxml in it.
fn python(arguments: &[&str]) -> std::process::Output {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no configuration; xtask tells them where the peers are"
    )]
    let told = std::env::var_os("ZT_PEERS");
    let peers = told.map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peers"),
        PathBuf::from,
    );
    let python = peers.join("venv/bin/python");
    assert!(
        python.exists(),
        "no `{}`: run `cargo xtask peers`",
        python.display()
    );
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/signxml_peer.py");
    run(
        text(&python),
        "python3-venv",
        &[&[script], arguments].concat(),
    )
}

fn said(output: std::process::Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn request(name: &str) -> Unsigned {
    let mut writer = Writer::new();
    writer
        .start(Namespace::SAMLP, "LogoutRequest")
        .attribute("ID", "_1")
        .attribute("Destination", "https://id.example/saml/slo?a=b&\"c\"<d>\t")
        .element(Namespace::SAML, "Issuer", "https://sp.example/")
        .signature_here()
        .element(Namespace::SAML, "NameID", name)
        .end();
    writer.unsigned().unwrap()
}

#[test]
fn what_we_sign_is_verified_by_xmlsec1_and_signxml() {
    let fixture = Fixture::new();
    for algorithm in XmlAlgorithm::ALL {
        let key = fixture.keyring.signer(algorithm).unwrap();
        let unsigned = request("花子 & <taro>\r\n");
        let signed = key.sign(&unsigned).unwrap();
        let certificate = fixture.named(&format!("{}.pem", algorithm.as_str()));
        let right = fixture.write("right.xml", &signed);
        let wrong = fixture.write("wrong.xml", &signed.replace("花子", "jiro"));
        let root = "urn:oasis:names:tc:SAML:2.0:protocol:LogoutRequest";
        let verify = |path: &str| {
            xmlsec1(&[
                "--verify",
                "--pubkey-cert-pem",
                &certificate,
                ID,
                root,
                path,
            ])
        };
        let verdict = verify(&right);
        let complaint = String::from_utf8_lossy(&verdict.stderr).into_owned();
        assert!(verdict.status.success(), "{algorithm:?}: {complaint}");
        assert!(!verify(&wrong).status.success());

        let read = said(python(&["verify", &right, &certificate]));
        assert_eq!(read, unsigned.text());
        assert!(!python(&["verify", &wrong, &certificate]).status.success());
    }
}

#[test]
fn what_others_sign_is_verified() {
    let fixture = Fixture::new();
    let keys: Vec<PublicKey> = XmlAlgorithm::ALL
        .map(|one| fixture.keyring.signer(one).unwrap().certificate().to_vec())
        .map(|der| PublicKey::of_certificate(&der).unwrap())
        .to_vec();
    let check = |signed: &str, algorithm: SignatureAlgorithm, unsigned: &Unsigned| {
        let document = Document::parse(signed, Content::Message).unwrap();
        let read = verified(&document, &keys).unwrap();
        assert_eq!(read.algorithm(), algorithm);
        assert_eq!(read.text(), unsigned.text());
        // They write 花子 as references.
        let changed = signed.replace("https://sp.example/<", "https://other.example/<");
        let changed = Document::parse(&changed, Content::Message).unwrap();
        assert_eq!(verified(&changed, &keys), Err(SignatureError::BadDigest));
    };
    let unsigned = request("花子");
    let plain = fixture.write("plain.xml", unsigned.text());
    for (algorithm, short, key, digest) in [
        (
            SignatureAlgorithm::RsaSha256,
            "rsa-sha256",
            "rsa-sha256",
            "sha256",
        ),
        (
            SignatureAlgorithm::RsaSha384,
            "rsa-sha384",
            "rsa-sha256",
            "sha384",
        ),
        (
            SignatureAlgorithm::RsaSha512,
            "rsa-sha512",
            "rsa-sha256",
            "sha512",
        ),
        (
            SignatureAlgorithm::EcdsaSha256,
            "ecdsa-sha256",
            "ecdsa-sha256",
            "sha256",
        ),
    ] {
        let certificate = fixture.named(&format!("{key}.pem"));
        let key = fixture.named(&format!("{key}.key"));
        let signed = said(python(&["sign", &plain, &key, &certificate, short, digest]));
        check(&signed, algorithm, &unsigned);

        let digest = match digest {
            "sha384" => "http://www.w3.org/2001/04/xmldsig-more#sha384".to_owned(),
            other => format!("http://www.w3.org/2001/04/xmlenc#{other}"),
        };
        let template = fixture.write("template.xml", &template(&unsigned, algorithm, &digest));
        let both = format!("{key},{certificate}");
        let root = "urn:oasis:names:tc:SAML:2.0:protocol:LogoutRequest";
        let signed = said(xmlsec1(&[
            "--sign",
            "--privkey-pem",
            &both,
            ID,
            root,
            &template,
        ]));
        check(&signed, algorithm, &unsigned);
    }
}

/// What xmlsec1 fills in, with a list of prefixes and line ends as people write them.
fn template(unsigned: &Unsigned, algorithm: SignatureAlgorithm, digest: &str) -> String {
    let exclusive = "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"";
    unsigned.with(&format!(
        "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\">\r\n  <SignedInfo>
    <CanonicalizationMethod {exclusive}/>
    <SignatureMethod Algorithm=\"{}\"/>
    <Reference URI=\"#_1\">
      <Transforms>
        <Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>
        <Transform {exclusive}><ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"saml xs #default\"/></Transform>
      </Transforms>
      <DigestMethod Algorithm=\"{digest}\"/><DigestValue/>
    </Reference>
  </SignedInfo>
  <SignatureValue/><KeyInfo><X509Data/></KeyInfo>
</Signature>",
        algorithm.uri()
    ))
}

#[test]
fn what_we_encrypt_is_read_by_its_owner() {
    let fixture = Fixture::new();
    let key = fixture.named("rsa-sha256.key");
    let other = fixture.path("other.key");
    succeed(
        "openssl",
        "openssl",
        &["genrsa", "-out", text(&other), "2048"],
    );
    let element = "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">hanako &amp; taro</saml:Assertion>";
    let certificate = fixture
        .keyring
        .signer(XmlAlgorithm::RsaSha256)
        .unwrap()
        .certificate();
    for content in ContentCipher::ALL {
        for transport in KeyTransport::ALL {
            let to = EncryptionKey::of(&Encryption {
                key: KeyText::from_der(certificate).unwrap(),
                content,
                transport,
            });
            let sealed = encrypted(element, &to.unwrap()).unwrap();
            let file = fixture.write("sealed.xml", &sealed);
            assert_eq!(said(python(&["decrypt", &file, &key])), element);
            assert!(!python(&["decrypt", &file, text(&other)]).status.success());
            // Its version 1.2 knows nothing of XML encryption 1.1's key transport.
            if transport == KeyTransport::OaepSha1 {
                let opened = said(xmlsec1(&["--decrypt", "--privkey-pem", &key, &file]));
                assert!(opened.trim_end().ends_with(element), "{opened}");
            }
        }
    }
}
