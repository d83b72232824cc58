//! A key of the harness's own, for tokens that a faulty provider changed and for what clients sign.

use super::signer::Signer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{self, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The name of the forger's RSA key.
const KID: &str = "forged";
/// The name of its other one.
const EC_KID: &str = "forged-es256";

static FORGER: LazyLock<Forger> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    Forger { pair }
});

/// Who signs what was changed.
pub(crate) struct Forger {
    pair: KeyPair,
}

impl Forger {
    /// Its public RSA key, as key sets have it.
    pub(crate) fn key() -> Value {
        // RSAPublicKey (RFC 8017 §A.1.1): a modulus of 256 bytes after nine of framing, then 65537.
        let public = FORGER.pair.public_key().as_ref();
        let n = URL_SAFE_NO_PAD.encode(&public[9..265]);
        let e = "AQAB";
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KID, "n": n, "e": e })
    }

    /// Both of its public keys.
    pub(crate) fn keys() -> [Value; 2] {
        let mut ec = Signer::forger().key();
        ec["kid"] = json!(EC_KID);
        [Self::key(), ec]
    }

    /// Header and claims of a token, whoever signed it.
    pub(crate) fn read(token: &str) -> Option<(Value, Value)> {
        let mut parts = token.split('.').map(part);
        Some((parts.next()??, parts.next()??))
    }

    /// Signs with a key of its own, by ES256 if the header says so, not at all if it says `none`, else by RS256; and says who
    /// signed if it did before.
    pub(crate) fn sign(header: &Value, claims: &Value) -> String {
        let mut header = header.clone();
        let is_ours = header["alg"] == "ES256";
        if header["alg"] != "none" && !is_ours {
            header["alg"] = json!("RS256");
        }
        if header.get("kid").is_some() {
            header["kid"] = json!(if is_ours { EC_KID } else { KID });
        }
        if is_ours {
            return Signer::forger().sign(&header, claims);
        }
        let signed = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = signed.join(".");
        if header["alg"] == "none" {
            return signed + ".";
        }
        let mut by = vec![0; FORGER.pair.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        let scheme = &signature::RSA_PKCS1_SHA256;
        FORGER
            .pair
            .sign(scheme, &random, signed.as_bytes(), &mut by)
            .unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(by))
    }
}

fn part(text: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok()
}
