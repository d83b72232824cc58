//! Signatures by the book, but for what is changed in the recipe.

use crate::draw::Draw;
use aws_lc_rs::digest::{self, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zt_crypto::xml::canonical;
use zt_federation::saml::XmlAlgorithm;
use zt_federation::xml::{Content, Document};

pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// What a signature says.
pub(crate) struct Recipe {
    pub(crate) prefix: &'static str,
    space: &'static str,
    /// The whole attribute.
    pub(crate) uri: String,
    /// What is in `CanonicalizationMethod`: its algorithm, and its content.
    pub(crate) c14n: (String, String),
    /// What is in `SignatureMethod`: its algorithm, and its content.
    pub(crate) method: (String, String),
    /// Algorithms with content.
    pub(crate) transforms: Vec<(String, String)>,
    pub(crate) digest: String,
    /// After the first reference.
    pub(crate) more_references: String,
    /// At the end of the signature.
    pub(crate) more: String,
}

impl Recipe {
    /// As we write them.
    pub(crate) fn ours(id: &str, algorithm: XmlAlgorithm) -> Self {
        let bare = |algorithm: &str| (algorithm.to_owned(), String::new());
        Self {
            prefix: "ds:",
            space: "",
            uri: format!("URI=\"#{id}\""),
            c14n: bare(EXCLUSIVE),
            method: bare(algorithm.uri()),
            transforms: vec![bare(ENVELOPED), bare(EXCLUSIVE)],
            digest: SHA256.to_owned(),
            more_references: String::new(),
            more: String::new(),
        }
    }

    /// As one or the other writes them.
    pub(crate) fn plain(draw: &mut Draw, id: &str, algorithm: XmlAlgorithm) -> Self {
        Self {
            prefix: draw.pick(&["ds:", "", "dsig:", "s:"]),
            space: draw.pick(&["", "\n", "\n  ", " "]),
            ..Self::ours(id, algorithm)
        }
    }

    /// The signature of a document that has none.
    pub(crate) fn over(&self, text: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let (p, space) = (self.prefix, self.space);
        let declared = match p.strip_suffix(':') {
            Some(prefix) => format!("xmlns:{prefix}=\"{DS}\""),
            None => format!("xmlns=\"{DS}\""),
        };
        let hash = if self.digest.ends_with("sha1") {
            &digest::SHA1_FOR_LEGACY_USE_ONLY
        } else {
            &digest::SHA256
        };
        let digest = STANDARD.encode(digest(hash, canonical_or_as_it_is(text).as_bytes()));
        let method = |element: &str, (algorithm, inside): &(String, String)| {
            format!("<{p}{element} Algorithm=\"{algorithm}\">{inside}</{p}{element}>{space}")
        };
        let transforms: String = self
            .transforms
            .iter()
            .map(|one| method("Transform", one))
            .collect();
        let inside = [
            space.to_owned(),
            method("CanonicalizationMethod", &self.c14n),
            method("SignatureMethod", &self.method),
            format!(
                "<{p}Reference {}>{space}<{p}Transforms>{space}{transforms}</{p}Transforms>{space}",
                self.uri
            ),
            method("DigestMethod", &(self.digest.clone(), String::new())),
            format!(
                "<{p}DigestValue>{digest}</{p}DigestValue></{p}Reference>{}",
                self.more_references
            ),
        ]
        .concat();
        // Exclusive form declares in it what it uses: by itself it is as it is in its document.
        let alone = format!("<{p}SignedInfo {declared}>{inside}</{p}SignedInfo>");
        let value = STANDARD.encode(sign(canonical_or_as_it_is(&alone).as_bytes()));
        format!(
            "<{p}Signature {declared}>{space}<{p}SignedInfo>{inside}</{p}SignedInfo>{space}<{p}SignatureValue>{value}</{p}SignatureValue>{}</{p}Signature>",
            self.more
        )
    }
}

/// What is no document has no canonical form: then it is signed letter for letter.
fn canonical_or_as_it_is(text: &str) -> String {
    let document = Document::parse(text, Content::Metadata).ok();
    let form = document.and_then(|document| canonical(&document).ok());
    form.unwrap_or_else(|| text.to_owned())
}
