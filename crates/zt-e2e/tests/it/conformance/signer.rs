//! Keys of clients: what signs their assertions and their proofs.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A P-256 key pair.
pub(crate) struct Signer {
    pair: EcdsaKeyPair,
}

/// Of the first client, of the second, two to bind tokens to, the forger's, and two of clients that register themselves.
static SIGNERS: LazyLock<[Signer; 7]> = LazyLock::new(|| std::array::from_fn(|_| Signer::new()));

impl Signer {
    fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { pair }
    }

    /// The key of that client.
    pub(crate) fn of(client: &str) -> &'static Self {
        &SIGNERS[usize::from(client.ends_with("two"))]
    }

    /// The key that tokens are bound to.
    pub(crate) fn holder() -> &'static Self {
        &SIGNERS[2]
    }

    /// A key that they are not bound to.
    pub(crate) fn stranger() -> &'static Self {
        &SIGNERS[3]
    }

    /// The key of who signs what was changed.
    pub(crate) fn forger() -> &'static Self {
        &SIGNERS[4]
    }

    /// The key of clients that register themselves.
    pub(crate) fn own(own: Own) -> &'static Self {
        match own {
            Own::First => &SIGNERS[5],
            Own::Second => &SIGNERS[6],
        }
    }

    /// The public key (RFC 7518 §6.2).
    pub(crate) fn key(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..]].map(|number| URL_SAFE_NO_PAD.encode(number));
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
    }

    /// Its thumbprint (RFC 7638).
    pub(crate) fn thumbprint(&self) -> String {
        let key = self.key();
        let [x, y] = ["x", "y"].map(|name| key[name].as_str().unwrap_or_default());
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        URL_SAFE_NO_PAD.encode(super::party::sha256(&text))
    }

    /// Signs by ES256, whatever the header says.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = signed.join(".");
        let random = SystemRandom::new();
        let by = self.pair.sign(&random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(by))
    }
}

/// Which of its keys a client that registered itself signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    First,
    /// What it replaced that by.
    Second,
}

impl Own {
    /// The key set that has it alone.
    pub(crate) fn published(self) -> Value {
        let mut key = Signer::own(self).key();
        key["kid"] = json!(Signer::own(self).thumbprint());
        key["use"] = json!("sig");
        key["alg"] = json!("ES256");
        json!({ "keys": [key] })
    }
}

/// The key sets of the clients that sign, by the client. The first has an RSA key too: FAPI allows PS256 by it,
/// and forbids RS256.
pub(crate) fn client_keys() -> Value {
    let [one, two] = ["conformance-fapi-one", "conformance-fapi-two"].map(Signer::of);
    let mut rsa = super::forger::Forger::key();
    drop(rsa.as_object_mut().unwrap().remove("alg"));
    json!({
        "conformance-fapi-one": { "keys": [one.key(), rsa] },
        "conformance-fapi-two": { "keys": [two.key()] },
    })
}
