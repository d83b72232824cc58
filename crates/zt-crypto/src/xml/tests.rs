//! Signatures made, verified and forged; keys kept.

mod captured;
mod forge;
mod forgeries;
mod keys;
mod round;

use super::{PublicKey, SamlKey, SamlKeyRecord, SamlKeyring};
use crate::ca::tests::{MASTER, NOW};
use std::sync::LazyLock;
use zt_federation::saml::XmlAlgorithm;
use zt_federation::xml::{Content, Document, Namespace, Unsigned, Writer};

/// Keys of one party.
pub(super) struct Party {
    keyring: SamlKeyring,
    pub(super) public: Vec<PublicKey>,
}

impl Party {
    fn new(organisation: &str) -> Self {
        let records = SamlKeyring::completed(Vec::new(), &MASTER, organisation, NOW).unwrap();
        let keyring = SamlKeyring::open(&MASTER, records).unwrap();
        let public = XmlAlgorithm::ALL
            .map(|algorithm| keyring.signer(algorithm).unwrap().certificate().to_vec())
            .map(|der| PublicKey::of_certificate(&der).unwrap())
            .to_vec();
        Self { keyring, public }
    }

    pub(super) fn key(&self, algorithm: XmlAlgorithm) -> &SamlKey {
        self.keyring.signer(algorithm).unwrap()
    }
}

/// Whose signatures count.
pub(super) static OWNER: LazyLock<Party> = LazyLock::new(|| Party::new("関所商事"));
/// Whose do not.
pub(super) static ATTACKER: LazyLock<Party> = LazyLock::new(|| Party::new("関所商事"));

pub(super) fn record(algorithm: XmlAlgorithm) -> SamlKeyRecord {
    SamlKeyRecord::generate(&MASTER, algorithm, "関所商事 & <Co>", NOW).unwrap()
}

/// A logout request for `name`, which is what an attacker would change.
pub(super) fn request(id: &str, name: &str) -> Unsigned {
    let mut writer = Writer::new();
    writer
        .start(Namespace::SAMLP, "LogoutRequest")
        .attribute("ID", id)
        .attribute("Version", "2.0")
        .attribute("IssueInstant", "2026-11-23T20:00:00Z")
        .element(Namespace::SAML, "Issuer", "https://sp.example/?a=b&c")
        .signature_here()
        .start(Namespace::SAMLP, "Extensions")
        .end()
        .element(Namespace::SAML, "NameID", name)
        .element(Namespace::SAMLP, "SessionIndex", "s1")
        .end();
    writer.unsigned().unwrap()
}

pub(super) fn message(text: &str) -> Document<'_> {
    Document::parse(text, Content::Message).unwrap()
}
