//! Certificates of clients, which nobody but they vouch for (RFC 8705 §2.2).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use zt_net::{Client, ClientIdentity, ClientSettings};

/// The clients that have one.
const CLIENTS: [&str; 2] = ["conformance-mtls-one", "conformance-mtls-two"];

/// What shows the certificate of each, by its id, to a server that these authorities vouch for; and their key sets.
pub(crate) fn certified(roots: &[CertificateDer<'static>]) -> (BTreeMap<String, Client>, Value) {
    let (mut shown, mut sets) = (BTreeMap::new(), Map::new());
    for id in CLIENTS {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, id);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        let point = key.public_key_raw();
        let [x, y] = [&point[1..33], &point[33..]].map(|number| URL_SAFE_NO_PAD.encode(number));
        let chain = [STANDARD.encode(&certificate)];
        let key_set =
            json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y, "x5c": chain }] });
        sets.insert(id.to_owned(), key_set);
        let client = Client::new(ClientSettings {
            roots: roots.to_vec(),
            identity: Some(ClientIdentity {
                chain: vec![certificate],
                key: PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
            }),
            ..ClientSettings::default()
        });
        shown.insert(id.to_owned(), client.unwrap());
    }
    (shown, Value::Object(sets))
}
