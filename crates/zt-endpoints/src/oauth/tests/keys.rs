//! A key of a client, with which it signs what the tests want.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use zt_crypto::hash::sha256;

pub(super) struct SigningKey(EcdsaKeyPair);

impl SigningKey {
    pub(super) fn es256() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    /// Its public half.
    pub(super) fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..]].map(|half| URL_SAFE_NO_PAD.encode(half));
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
    }

    /// RFC 7638.
    pub(super) fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let written = format!(
            r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#,
            jwk["x"], jwk["y"]
        );
        URL_SAFE_NO_PAD.encode(sha256(written.as_bytes()))
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        super::assertions::forged(header, claims, |signed| {
            let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes());
            signature.unwrap().as_ref().to_vec()
        })
    }
}
