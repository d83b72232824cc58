//! Verifies signatures of one shape.
//!
//! The order is: the shape of everything; the signature over `SignedInfo`; the digest of the document. What comes out is the
//! text that was digested, so that whoever reads on cannot read anything else.

use super::algorithm::{DigestAlgorithm, ENVELOPED, EXCLUSIVE, SignatureAlgorithm};
use super::canonical::{self, NotCanonical};
use super::public::PublicKey;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::signature::UnparsedPublicKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zt_federation::xml::{Document, Element, Namespace, XmlError};

/// Prefixes in an `InclusiveNamespaces` list: each is looked up at each element.
const MOST_PREFIXES: usize = 16;
/// Keys that are tried.
const MOST_KEYS: usize = 8;

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is none.
    #[error("the document is not signed")]
    NotSigned,
    /// There is more than one, or it is not a child of the root.
    #[error("the document has a signature that is not the root's only one")]
    Misplaced,
    /// The signature has another shape than the one that is read.
    #[error("the signature has something in its `{0}` that does not belong there")]
    Shape(&'static str),
    /// An algorithm that does not count.
    #[error("the signature uses `{0}`, which is not accepted")]
    Algorithm(String),
    /// It is not of the root.
    #[error("the signature is not of the whole document")]
    Reference,
    /// No registered key belongs to the algorithm.
    #[error("no registered key is one for this signature")]
    NoKey,
    /// No registered key made it.
    #[error("the signature fits none of the registered keys")]
    BadSignature,
    /// The document is another than was signed.
    #[error("the document was changed after it was signed")]
    BadDigest,
    /// An element is missing, or is there twice, or holds something else than it should.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// There is no canonical form to verify.
    #[error(transparent)]
    Canonical(#[from] NotCanonical),
}

/// A document whose signature counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    text: String,
    algorithm: SignatureAlgorithm,
    key: usize,
}

impl Verified {
    /// The text that was digested: the document in canonical form, without its signature. Read this, nothing else.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it was signed with.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Which of the keys made it, from 0.
    #[must_use]
    pub const fn key(&self) -> usize {
        self.key
    }
}

/// Verifies that the whole document is signed by one of the keys, of which the first eight are tried.
///
/// The signature is the only `ds:Signature` in the document and a child of its root; it refers to the root by its `ID`.
///
/// # Errors
/// [`SignatureError`]; [`SignatureError::NotSigned`] only if there is no signature anywhere.
pub fn verified(document: &Document<'_>, keys: &[PublicKey]) -> Result<Verified, SignatureError> {
    let root = document.root();
    let signature = sole_signature(root)?;
    let [info, value] = parts(signature)?;
    let signed = SignedInfo::read(info, root)?;
    let value = octets(value)?;

    let text = canonical::only(document, info, &signed.prefixes)?;
    let key = signer(text.as_bytes(), &value, signed.algorithm, keys)?;

    let text = canonical::without(document, signature, &signed.reference.prefixes)?;
    let digest = signed.reference.method.of(text.as_bytes());
    verify_slices_are_equal(digest.as_ref(), &signed.reference.digest)
        .map_err(|_| SignatureError::BadDigest)?;
    Ok(Verified {
        text,
        algorithm: signed.algorithm,
        key,
    })
}

/// Verifies a signature over octets as they came (SAML bindings §3.4.4.1).
///
/// # Errors
/// [`SignatureError::NoKey`], [`SignatureError::BadSignature`].
pub fn verified_octets(
    octets: &[u8],
    signature: &[u8],
    algorithm: SignatureAlgorithm,
    keys: &[PublicKey],
) -> Result<(), SignatureError> {
    signer(octets, signature, algorithm, keys).map(|_| ())
}

/// Which key made the signature.
fn signer(
    octets: &[u8],
    signature: &[u8],
    algorithm: SignatureAlgorithm,
    keys: &[PublicKey],
) -> Result<usize, SignatureError> {
    let mut refusal = SignatureError::NoKey;
    for (at, key) in keys.iter().take(MOST_KEYS).enumerate() {
        let Some(verifier) = algorithm.verifier(key) else {
            continue;
        };
        let fits = UnparsedPublicKey::new(verifier, key.raw()).verify(octets, signature);
        if fits.is_ok() {
            return Ok(at);
        }
        refusal = SignatureError::BadSignature;
    }
    Err(refusal)
}

/// The signature of the root, and no other anywhere.
fn sole_signature(root: Element<'_>) -> Result<Element<'_>, SignatureError> {
    let mut all = root
        .descendants()
        .filter(|element| element.is(Namespace::DS, "Signature"));
    let first = all.next().ok_or(SignatureError::NotSigned)?;
    let is_child = root.children().any(|child| child.node() == first.node());
    if all.next().is_some() || !is_child {
        return Err(SignatureError::Misplaced);
    }
    Ok(first)
}

/// `SignedInfo` and `SignatureValue`. What is in `KeyInfo` is nobody's business.
fn parts(signature: Element<'_>) -> Result<[Element<'_>; 2], SignatureError> {
    let shape = SignatureError::Shape("Signature");
    shaped(signature, &["Id"], "Signature")?;
    let mut children = signature.elements_only()?.children();
    let (Some(info), Some(value)) = (children.next(), children.next()) else {
        return Err(shape);
    };
    let info = info.expect(Namespace::DS, "SignedInfo")?;
    let value = value.expect(Namespace::DS, "SignatureValue")?;
    shaped(value, &["Id"], "SignatureValue")?;
    if let Some(key) = children.next() {
        key.expect(Namespace::DS, "KeyInfo")?;
    }
    // `Object` has no place: a manifest in it would be signed, and read by nobody.
    match children.next() {
        Some(_) => Err(shape),
        None => Ok([info, value]),
    }
}

struct SignedInfo<'d> {
    algorithm: SignatureAlgorithm,
    prefixes: Vec<&'d str>,
    reference: Reference<'d>,
}

struct Reference<'d> {
    method: DigestAlgorithm,
    prefixes: Vec<&'d str>,
    digest: Vec<u8>,
}

impl<'d> SignedInfo<'d> {
    fn read(info: Element<'d>, root: Element<'d>) -> Result<Self, SignatureError> {
        shaped(info, &["Id"], "SignedInfo")?;
        let [canonicalization, method, reference] = exactly(info, "SignedInfo")?;
        canonicalization.expect(Namespace::DS, "CanonicalizationMethod")?;
        method.expect(Namespace::DS, "SignatureMethod")?;
        reference.expect(Namespace::DS, "Reference")?;

        let prefixes = exclusive(canonicalization, "CanonicalizationMethod")?;
        let algorithm = uri(method, "SignatureMethod")?;
        let [] = exactly(method, "SignatureMethod")?;
        Ok(Self {
            algorithm: SignatureAlgorithm::named(algorithm)
                .ok_or_else(|| SignatureError::Algorithm(algorithm.to_owned()))?,
            prefixes,
            reference: Reference::read(reference, root)?,
        })
    }
}

impl<'d> Reference<'d> {
    fn read(reference: Element<'d>, root: Element<'d>) -> Result<Self, SignatureError> {
        shaped(reference, &["Id", "URI"], "Reference")?;
        let id = root.attribute("ID").filter(|id| !id.is_empty());
        let named = reference.demanded("URI")?.strip_prefix('#');
        if id.is_none() || named != id {
            return Err(SignatureError::Reference);
        }
        let [transforms, method, value] = exactly(reference, "Reference")?;
        transforms.expect(Namespace::DS, "Transforms")?;
        method.expect(Namespace::DS, "DigestMethod")?;
        value.expect(Namespace::DS, "DigestValue")?;

        shaped(transforms, &[], "Transforms")?;
        let [enveloped, canonicalization] = exactly(transforms, "Transforms")?;
        enveloped.expect(Namespace::DS, "Transform")?;
        canonicalization.expect(Namespace::DS, "Transform")?;
        let first = uri(enveloped, "Transform")?;
        if first != ENVELOPED {
            return Err(SignatureError::Algorithm(first.to_owned()));
        }
        let [] = exactly(enveloped, "Transform")?;
        let prefixes = exclusive(canonicalization, "Transform")?;

        let digest = uri(method, "DigestMethod")?;
        let [] = exactly(method, "DigestMethod")?;
        shaped(value, &[], "DigestValue")?;
        Ok(Self {
            method: DigestAlgorithm::named(digest)
                .ok_or_else(|| SignatureError::Algorithm(digest.to_owned()))?,
            prefixes,
            digest: octets(value)?,
        })
    }
}

/// Exclusive canonicalization, with its list of prefixes if there is one (Exclusive XML canonicalization §4).
fn exclusive<'d>(method: Element<'d>, name: &'static str) -> Result<Vec<&'d str>, SignatureError> {
    let algorithm = uri(method, name)?;
    if algorithm != EXCLUSIVE {
        return Err(SignatureError::Algorithm(algorithm.to_owned()));
    }
    let mut children = method.children();
    let Some(list) = children.next() else {
        return Ok(Vec::new());
    };
    list.expect(Namespace::EXC_C14N, "InclusiveNamespaces")?;
    shaped(list, &["PrefixList"], "InclusiveNamespaces")?;
    let [] = exactly(list, "InclusiveNamespaces")?;
    let prefixes: Vec<&str> = list
        .demanded("PrefixList")?
        .split_ascii_whitespace()
        .collect();
    if children.next().is_some() || prefixes.len() > MOST_PREFIXES {
        return Err(SignatureError::Shape(name));
    }
    Ok(prefixes)
}

/// The `Algorithm`, which is the only thing said of it.
fn uri<'d>(element: Element<'d>, name: &'static str) -> Result<&'d str, SignatureError> {
    shaped(element, &["Algorithm"], name)?;
    Ok(element.demanded("Algorithm")?)
}

/// No attributes but these.
fn shaped(
    element: Element<'_>,
    attributes: &[&str],
    name: &'static str,
) -> Result<(), SignatureError> {
    let is_known = |(namespace, attribute, _): (&str, &str, &str)| {
        namespace.is_empty() && attributes.contains(&attribute)
    };
    if element.attributes().all(is_known) {
        Ok(())
    } else {
        Err(SignatureError::Shape(name))
    }
}

/// As many elements, and nothing else.
fn exactly<'d, const N: usize>(
    element: Element<'d>,
    name: &'static str,
) -> Result<[Element<'d>; N], SignatureError> {
    let children: Vec<_> = element.elements_only()?.children().collect();
    children.try_into().map_err(|_| SignatureError::Shape(name))
}

/// Base64 with white space, as XML has it (XML schema part 2 §3.2.16), and nothing else.
fn octets(element: Element<'_>) -> Result<Vec<u8>, SignatureError> {
    let text = element.text()?;
    let text: String = text
        .chars()
        .filter(|character| !matches!(character, ' ' | '\t' | '\n' | '\r'))
        .collect();
    let name = if element.is(Namespace::DS, "DigestValue") {
        "DigestValue"
    } else {
        "SignatureValue"
    };
    STANDARD
        .decode(text)
        .map_err(|_| SignatureError::Shape(name))
}
