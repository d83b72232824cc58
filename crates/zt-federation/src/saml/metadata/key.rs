//! Keys in metadata (Metadata §2.4.1.1).

use super::theirs::{MetadataError, MetadataNote};
use crate::saml::{ContentCipher, Encryption, KeyText, KeyTransport};
use crate::xml::{Element, Namespace};

/// What a role says of its keys.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) signing: Vec<KeyText>,
    pub(super) encryption: Option<Encryption>,
    pub(super) notes: Vec<MetadataNote>,
}

impl Keys {
    pub(super) fn of(role: Element<'_>) -> Result<Self, MetadataError> {
        let mut keys = Self::default();
        for descriptor in role.all(Namespace::MD, "KeyDescriptor") {
            let (signs, encrypts) = match descriptor.attribute("use") {
                None => (true, true),
                Some("signing") => (true, false),
                Some("encryption") => (false, true),
                Some(_) => {
                    return Err(MetadataError::Value {
                        name: "use",
                        line: descriptor.line(),
                    });
                }
            };
            let found = certificates(descriptor)?;
            if found.is_empty() {
                keys.note(MetadataNote::NoCertificate(descriptor.line()));
            }
            if signs {
                for key in &found {
                    if !keys.signing.contains(key) {
                        keys.signing.push(key.clone());
                    }
                }
            }
            if let Some(key) = found.into_iter().next()
                && encrypts
                && keys.encryption.is_none()
            {
                keys.encryption(descriptor, key);
            }
        }
        Ok(keys)
    }

    fn note(&mut self, note: MetadataNote) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// What to encrypt with: the best that it lists of what we have. Of what it does not list, what every program has.
    fn encryption(&mut self, descriptor: Element<'_>, key: KeyText) {
        let mut contents = Vec::new();
        let mut transports = Vec::new();
        for method in descriptor.all(Namespace::MD, "EncryptionMethod") {
            match method.attribute("Algorithm").unwrap_or_default() {
                "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
                | "http://www.w3.org/2009/xmlenc11#rsa-oaep"
                | "http://www.w3.org/2001/04/xmlenc#rsa-1_5" => {
                    transports.push(transport(method));
                }
                cipher => contents.push(
                    ContentCipher::ALL
                        .into_iter()
                        .find(|known| known.uri() == cipher),
                ),
            }
        }
        let content = match contents.as_slice() {
            [] => Some(ContentCipher::default()),
            listed => ContentCipher::ALL
                .into_iter()
                .find(|known| listed.contains(&Some(*known))),
        };
        let transport = match transports.as_slice() {
            [] => Some(KeyTransport::default()),
            listed => [KeyTransport::OaepSha256, KeyTransport::OaepSha1]
                .into_iter()
                .find(|known| listed.contains(&Some(*known))),
        };
        match (content, transport) {
            (Some(content), Some(transport)) => {
                self.encryption = Some(Encryption {
                    key,
                    content,
                    transport,
                });
            }
            _ => self.note(MetadataNote::WeakEncryption),
        }
    }
}

/// What encrypts keys, of those that we have.
fn transport(method: Element<'_>) -> Option<KeyTransport> {
    let of = |namespace, name| {
        let element = method.first(namespace, name);
        element.and_then(|element| element.attribute("Algorithm"))
    };
    let digest = match of(Namespace::DS, "DigestMethod") {
        None | Some("http://www.w3.org/2000/09/xmldsig#sha1") => 1,
        Some("http://www.w3.org/2001/04/xmlenc#sha256") => 256,
        Some(_) => return None,
    };
    let mask = match of(Namespace::XENC11, "MGF") {
        None | Some("http://www.w3.org/2009/xmlenc11#mgf1sha1") => 1,
        Some("http://www.w3.org/2009/xmlenc11#mgf1sha256") => 256,
        Some(_) => return None,
    };
    let is_11 = match method.attribute("Algorithm") {
        Some("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p") => false,
        Some("http://www.w3.org/2009/xmlenc11#rsa-oaep") => true,
        _ => return None,
    };
    match (is_11, digest, mask) {
        (true, 256, 256) => Some(KeyTransport::OaepSha256),
        (false, 1, 1) => Some(KeyTransport::OaepSha1),
        _ => None,
    }
}

/// The certificates of a key: the first of each `X509Data`, which is the key's own (XML Signature §4.4.4).
fn certificates(descriptor: Element<'_>) -> Result<Vec<KeyText>, MetadataError> {
    let mut found = Vec::new();
    let info = descriptor.one(Namespace::DS, "KeyInfo")?;
    for data in info.all(Namespace::DS, "X509Data") {
        let Some(certificate) = data.first(Namespace::DS, "X509Certificate") else {
            continue;
        };
        let key = KeyText::parse(&certificate.text()?).map_err(|why| MetadataError::Key {
            line: certificate.line(),
            why,
        })?;
        found.push(key);
    }
    Ok(found)
}
