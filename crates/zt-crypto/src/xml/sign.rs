//! Makes signatures: of the one shape that is verified here.

use super::algorithm::{DigestAlgorithm, ENVELOPED, EXCLUSIVE, SignatureAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zt_federation::xml::{Namespace, Unsigned, WriteError, Writer};

const DS: Namespace = Namespace::DS;
const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha256;

/// What is signed, in canonical form.
pub(super) struct SignedInfo<'u> {
    algorithm: SignatureAlgorithm,
    uri: String,
    digest: String,
    document: &'u Unsigned,
}

impl<'u> SignedInfo<'u> {
    pub(super) fn of(document: &'u Unsigned, algorithm: SignatureAlgorithm) -> Self {
        Self {
            algorithm,
            uri: format!("#{}", document.id()),
            // A writer's text is its own canonical form, and the signature is not in it yet.
            digest: STANDARD.encode(DIGEST.of(document.text().as_bytes())),
            document,
        }
    }

    /// The octets that are signed.
    pub(super) fn octets(&self) -> Result<String, WriteError> {
        let mut writer = Writer::new();
        self.write(&mut writer);
        writer.finish()
    }

    /// The document with its signature.
    pub(super) fn signed(
        &self,
        signature: &[u8],
        certificate: &[u8],
    ) -> Result<String, WriteError> {
        let mut writer = Writer::new();
        writer.start(DS, "Signature");
        self.write(&mut writer);
        writer
            .element(DS, "SignatureValue", &STANDARD.encode(signature))
            .start(DS, "KeyInfo")
            .start(DS, "X509Data")
            .element(DS, "X509Certificate", &STANDARD.encode(certificate))
            .end()
            .end()
            .end();
        Ok(self.document.with(&writer.finish()?))
    }

    fn write(&self, writer: &mut Writer) {
        let method = |writer: &mut Writer, name, algorithm| {
            writer
                .start(DS, name)
                .attribute("Algorithm", algorithm)
                .end();
        };
        writer.start(DS, "SignedInfo");
        method(writer, "CanonicalizationMethod", EXCLUSIVE);
        method(writer, "SignatureMethod", self.algorithm.uri());
        writer
            .start(DS, "Reference")
            .attribute("URI", &self.uri)
            .start(DS, "Transforms");
        method(writer, "Transform", ENVELOPED);
        method(writer, "Transform", EXCLUSIVE);
        writer.end();
        method(writer, "DigestMethod", DIGEST.uri());
        writer.element(DS, "DigestValue", &self.digest).end().end();
    }
}
