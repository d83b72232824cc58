//! What a forger works with: a genuine message, a key of his own, and signatures of the owner over things that do not count.

use super::{OWNER, request};
use crate::xml::algorithm::{ENVELOPED, EXCLUSIVE};
use crate::xml::{SamlKey, canonical, verified};
use aws_lc_rs::digest::{self, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zt_federation::saml::XmlAlgorithm;
use zt_federation::xml::{Content, Document, Namespace};

pub(super) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

/// A source of choices (xorshift64*).
pub(super) struct Draw(pub(super) u64);

impl Draw {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound.max(1)
    }

    pub(super) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// A name that is hardly drawn twice.
    pub(super) fn word(&mut self) -> String {
        let length = 6 + self.below(6);
        (0..length)
            .map(|_| char::from(b'a' + u8::try_from(self.below(26)).unwrap()))
            .collect()
    }

    pub(super) fn algorithm(&mut self) -> XmlAlgorithm {
        // RSA takes ten times as long.
        if self.below(8) == 0 {
            XmlAlgorithm::RsaSha256
        } else {
            XmlAlgorithm::EcdsaSha256
        }
    }
}

/// A message of the owner, accepted as it is.
pub(super) struct Genuine {
    pub(super) id: String,
    pub(super) name: String,
    /// Without its signature.
    pub(super) plain: String,
    pub(super) signed: String,
    /// The signature alone.
    pub(super) signature: String,
}

impl Genuine {
    pub(super) fn new(draw: &mut Draw) -> Self {
        let (id, name) = (format!("_{}", draw.word()), draw.word());
        let unsigned = request(&id, &name);
        let signed = OWNER.key(draw.algorithm()).sign(&unsigned).unwrap();
        let document = Document::parse(&signed, Content::Message).unwrap();
        let read = verified(&document, &OWNER.public).unwrap();
        assert_eq!(read.text(), unsigned.text());
        let from = signed.find("<ds:Signature ").unwrap();
        let to = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
        Self {
            signature: signed[from..to].to_owned(),
            id,
            name,
            plain: unsigned.text().to_owned(),
            signed,
        }
    }

    /// With the signature changed.
    pub(super) fn resigned(&self, change: impl FnOnce(&str) -> String) -> String {
        self.signed
            .replace(&self.signature, &change(&self.signature))
    }
}

/// Signatures by the book but for what is changed in the recipe.
pub(super) struct Recipe {
    pub(super) id: String,
    pub(super) prefix: &'static str,
    /// The whole attribute.
    pub(super) uri: String,
    /// What is in `CanonicalizationMethod`, and its algorithm.
    pub(super) c14n: (String, String),
    /// What is in `SignatureMethod`, and its algorithm.
    pub(super) method: (String, String),
    /// Algorithms with content.
    pub(super) transforms: Vec<(String, String)>,
    pub(super) digest: String,
    /// After the first reference.
    pub(super) more_references: String,
    /// At the end of the signature.
    pub(super) more: String,
    /// In `Extensions`.
    pub(super) extensions: String,
}

impl Recipe {
    pub(super) fn new(draw: &mut Draw) -> Self {
        let id = format!("_{}", draw.word());
        let bare = |algorithm: &str| (algorithm.to_owned(), String::new());
        Self {
            prefix: draw.pick(&["ds:", "", "dsig:", "s:"]),
            uri: format!("URI=\"#{id}\""),
            id,
            c14n: bare(EXCLUSIVE),
            method: bare(XmlAlgorithm::EcdsaSha256.uri()),
            transforms: vec![bare(ENVELOPED), bare(EXCLUSIVE)],
            digest: "http://www.w3.org/2001/04/xmlenc#sha256".to_owned(),
            more_references: String::new(),
            more: String::new(),
            extensions: String::new(),
        }
    }

    fn template(&self, name: &str, draw: &mut Draw) -> String {
        let p = self.prefix;
        let declared = match p.strip_suffix(':') {
            Some(prefix) => format!("xmlns:{prefix}=\"{DS}\""),
            None => format!("xmlns=\"{DS}\""),
        };
        let space = draw.pick(&["", "\n", "\n  ", " "]);
        let method = |element: &str, (algorithm, inside): &(String, String)| {
            format!("<{p}{element} Algorithm=\"{algorithm}\">{inside}</{p}{element}>{space}")
        };
        let transforms: String = self
            .transforms
            .iter()
            .map(|one| method("Transform", one))
            .collect();
        let digest = (self.digest.clone(), String::new());
        let signature = [
            format!("<{p}Signature {declared}>{space}<{p}SignedInfo>{space}"),
            method("CanonicalizationMethod", &self.c14n),
            method("SignatureMethod", &self.method),
            format!("<{p}Reference {}>{space}<{p}Transforms>{space}{transforms}</{p}Transforms>{space}", self.uri),
            method("DigestMethod", &digest),
            format!("<{p}DigestValue>@digest@</{p}DigestValue></{p}Reference>{}", self.more_references),
            format!("</{p}SignedInfo>{space}<{p}SignatureValue>@value@</{p}SignatureValue>{}</{p}Signature>", self.more),
        ]
        .concat();
        let plain = request(&self.id, name);
        plain.with(&signature).replace(
            "<samlp:Extensions></samlp:Extensions>",
            &format!("<samlp:Extensions>{}</samlp:Extensions>", self.extensions),
        )
    }

    /// A message of that recipe, and a signature of what `sign` makes of the octets of its `SignedInfo`.
    pub(super) fn cook(&self, draw: &mut Draw, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let name = draw.word();
        let text = self.template(&name, draw);
        let hash = if self.digest.ends_with("sha1") {
            &digest::SHA1_FOR_LEGACY_USE_ONLY
        } else {
            &digest::SHA256
        };
        let digested = read(&text, |document| {
            let root = document.root();
            let signature = root.first(Namespace::DS, "Signature").unwrap();
            canonical::without(document, signature, &[]).unwrap()
        });
        let text = text.replace(
            "@digest@",
            &STANDARD.encode(digest(hash, digested.as_bytes())),
        );
        let info = read(&text, |document| {
            let root = document.root();
            let signature = root.first(Namespace::DS, "Signature").unwrap();
            let info = signature.first(Namespace::DS, "SignedInfo").unwrap();
            canonical::only(document, info, &[]).unwrap()
        });
        text.replace("@value@", &STANDARD.encode(sign(info.as_bytes())))
    }

    pub(super) fn cooked_by(&self, draw: &mut Draw, key: &SamlKey) -> String {
        self.cook(draw, |octets| key.sign_octets(octets).unwrap())
    }

    /// Signed by the owner.
    pub(super) fn owned(&self, draw: &mut Draw) -> String {
        self.cooked_by(draw, OWNER.key(XmlAlgorithm::EcdsaSha256))
    }
}

fn read(text: &str, take: impl FnOnce(&Document<'_>) -> String) -> String {
    take(&Document::parse(text, Content::Metadata).unwrap())
}
