//! An authenticator in software, for tests: one P-256 credential, every flag and field adjustable.

use crate::hash::sha256;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub(super) const PRESENT: u8 = 0x01;
pub(super) const VERIFIED: u8 = 0x04;
pub(super) const BACKUP_ELIGIBLE: u8 = 0x08;
pub(super) const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;

pub(super) struct Authenticator {
    pub(super) key: EcdsaKeyPair,
    pub(super) id: Vec<u8>,
    pub(super) handle: Option<Vec<u8>>,
    pub(super) rp_id: String,
    pub(super) origin: String,
    pub(super) flags: u8,
    pub(super) counter: u32,
    pub(super) cross_origin: Value,
}

impl Authenticator {
    pub(super) fn new(id: u8) -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: vec![id; 32],
            handle: None,
            rp_id: "id.sekisho.localhost".to_owned(),
            origin: "https://id.sekisho.localhost:8443".to_owned(),
            flags: PRESENT | VERIFIED,
            counter: 0,
            cross_origin: json!(false),
        }
    }

    /// `navigator.credentials.create()`.
    pub(super) fn create(&mut self, options: &str) -> Value {
        let options: Value = serde_json::from_str(options).unwrap();
        self.handle = Some(
            URL_SAFE_NO_PAD
                .decode(options["user"]["id"].as_str().unwrap())
                .unwrap(),
        );
        let client_data = self.client_data("webauthn.create", &options);
        let mut data = self.authenticator_data(ATTESTED);
        // §6.5.1: AAGUID, length of the id, id, COSE key.
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        let point = self.key.public_key().as_ref();
        // RFC 9052 §7: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        // §6.5.4: {"fmt": "none", "attStmt": {}, "authData": data}.
        let mut object = vec![0xa3];
        object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x59");
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(data);
        // The shape of PublicKeyCredential.toJSON() in Chromium.
        json!({
            "id": URL_SAFE_NO_PAD.encode(&self.id),
            "rawId": URL_SAFE_NO_PAD.encode(&self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "attestationObject": URL_SAFE_NO_PAD.encode(object),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "authenticatorData": "",
                "publicKeyAlgorithm": -7,
                "transports": ["internal", "hybrid", "smart-card"],
            },
        })
    }

    /// `navigator.credentials.get()`.
    pub(super) fn prove(&self, options: &str) -> Value {
        let options: Value = serde_json::from_str(options).unwrap();
        let client_data = self.client_data("webauthn.get", &options);
        let data = self.authenticator_data(0);
        let message = [data.as_slice(), &sha256(client_data.as_bytes())].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).unwrap();
        let mut response = json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(&data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "signature": URL_SAFE_NO_PAD.encode(signature.as_ref()),
        });
        if let Some(handle) = &self.handle {
            response["userHandle"] = json!(URL_SAFE_NO_PAD.encode(handle));
        }
        json!({
            "id": URL_SAFE_NO_PAD.encode(&self.id),
            "rawId": URL_SAFE_NO_PAD.encode(&self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        })
    }

    fn client_data(&self, type_: &str, options: &Value) -> String {
        json!({
            "type": type_,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        })
        .to_string()
    }

    /// §6.1: RP ID hash, flags, counter.
    fn authenticator_data(&self, more_flags: u8) -> Vec<u8> {
        let mut data = sha256(self.rp_id.as_bytes()).to_vec();
        data.push(self.flags | more_flags);
        data.extend(self.counter.to_be_bytes());
        data
    }
}
