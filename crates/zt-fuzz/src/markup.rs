//! Signed XML: what counts was signed, and says the same however often it is read.

use crate::wire::says;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::LazyLock;
use zt_crypto::xml::{PublicKey, canonical, verified};
use zt_federation::xml::{Content, Document, Namespace, XmlError};

/// Who signed what is in the corpus. Nobody has these keys any more.
static KEYS: LazyLock<Vec<PublicKey>> = LazyLock::new(|| {
    [RSA, EC]
        .iter()
        .filter_map(|key| PublicKey::of_key_info(&STANDARD.decode(key).ok()?).ok())
        .collect()
});
const RSA: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtDp2yU4Q3yjlW8RgYfxYTvjmp3PTxiCqEXxzE0KxqmkBLAoxd9mvvc3cQDS56T+AO4Jp0EJUXgYLRVqDKTVirrlW54lwGdHKjx3ZvDMuT4WvUDUJyHYbckXGeN+0zDhXVNvCyUA5v1XIeYKHn7XcWTeRZAD2zupatBZwaxd/FWAhN+GMmkRo3BtPghF5WGOqT7Q/dLaIHkJuwgcqnoIs8MfgQ5YzhcEshjHa10/2bQ08GtaFpl+Qekk8qxfTcrYEsA8TBJxzEIHA9b3/fp6a5RLcncc1VxS8kL3fLNuG2e7U/VtorO/ovZa6dklSym/0YAMOFuOPCdwQQdtTHGc0owIDAQAB";
const EC: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzYFhwJDj61HnE0pJ7Ycns4SbywM/2nAdzQSOWYzjzU4xP7K2NxSIWW6ro3f/cLqUGzEOkR5T+A9nhG5cwULmPw==";

/// A document, as a message and as metadata.
pub(crate) fn signature(bytes: &[u8]) {
    assert_eq!(KEYS.len(), 2, "keys that are none");
    let message = Document::from_octets(bytes, Content::Message);
    let metadata = Document::from_octets(bytes, Content::Metadata);
    match (&message, &metadata) {
        (Ok(message), Ok(metadata)) => {
            let [one, other] = [message, metadata].map(|document| canonical(document).ok());
            assert!(one.is_some() && one == other, "read in two ways");
        }
        (Ok(_), Err(error)) => assert_eq!(None, Some(error), "a message that is no metadata"),
        (Err(error), _) => says(error),
    }
    for document in [message, metadata].into_iter().flatten() {
        read(&document);
        match verified(&document, &KEYS) {
            Ok(verified) => counts(verified.text()),
            Err(error) => says(&error),
        }
    }
}

/// What is promised about a document that is read.
fn read(document: &Document<'_>) {
    let text = canonical(document);
    assert!(text.is_ok(), "no canonical form");
    let text = text.unwrap_or_default();
    assert!(!text.contains("<!") && !text.contains("<?"), "`{text}`");
    // With its references written out and its namespaces where they are used, it may be longer than what came.
    match Document::parse(&text, Content::Metadata) {
        Ok(again) => {
            assert_eq!(canonical(&again).as_ref(), Ok(&text), "read in two ways");
            let count = |document: &Document<'_>| document.root().descendants().count();
            assert_eq!(count(document), count(&again), "`{text}`");
        }
        Err(XmlError::TooLong(_) | XmlError::TooManyAttributes(_)) => {}
        Err(error) => assert_eq!(None, Some(error), "`{text}`"),
    }
}

/// What is promised about a text that counts: it is what the corpus' owner signed.
fn counts(text: &str) {
    let document = Document::parse(text, Content::Message);
    assert!(document.is_ok(), "verified, and not read: `{text}`");
    let Ok(document) = document else { return };
    let root = document.root();
    let is_signature =
        |element: zt_federation::xml::Element<'_>| element.is(Namespace::DS, "Signature");
    assert!(!root.descendants().any(is_signature), "`{text}`");
    let name = root
        .one(Namespace::SAML, "NameID")
        .and_then(|name| name.text());
    assert_eq!(name.as_deref(), Ok("hanako"), "nobody signed this");
    assert_eq!(root.attribute("ID"), Some("_1"), "nobody signed this");
}
