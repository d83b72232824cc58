//! Whose signatures count, and whose do not.

use std::sync::LazyLock;
use zeroize::Zeroizing;
use zt_crypto::jose::KeyState;
use zt_crypto::seal::MasterKey;
use zt_crypto::xml::{SamlKey, SamlKeyRecord, SamlKeyring};
use zt_federation::saml::{KeyText, XmlAlgorithm};
use zt_types::Timestamp;

/// A service provider's keys.
#[derive(Debug)]
pub struct Party {
    keyring: SamlKeyring,
}

/// The service provider that others would like to be.
pub static OWNER: LazyLock<Party> = LazyLock::new(|| Party::new(7));
/// Another one, which is registered too.
pub static ATTACKER: LazyLock<Party> = LazyLock::new(|| Party::new(8));

impl Party {
    fn new(n: u8) -> Self {
        let master = MasterKey::from_bytes(Zeroizing::new([n; 32])).unwrap();
        let at = Timestamp::from_seconds(1_775_000_000);
        let made = XmlAlgorithm::ALL.map(|algorithm| {
            let made = SamlKeyRecord::generate(&master, algorithm, "関所商事", at);
            SamlKeyRecord {
                state: KeyState::Active,
                ..made.unwrap()
            }
        });
        Self {
            keyring: SamlKeyring::open(&master, made.to_vec()).unwrap(),
        }
    }

    /// Its key of that algorithm.
    #[must_use]
    pub fn key(&self, algorithm: XmlAlgorithm) -> &SamlKey {
        self.keyring.signer(algorithm).unwrap()
    }

    /// Its certificates, as its registration has them.
    #[must_use]
    pub fn certificates(&self) -> Vec<KeyText> {
        let published = self.keyring.published();
        published
            .map(|text| KeyText::parse(text).unwrap())
            .collect()
    }
}
