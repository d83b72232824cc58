//! Signed by the owner, who may be made to sign things, in another shape than the one that is read.

use super::super::forge::{DS, Draw, Genuine, Recipe};
use super::super::{ATTACKER, OWNER};
use super::{Class, none_counts};
use crate::xml::algorithm::ENVELOPED;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zt_federation::saml::XmlAlgorithm;

const SHA1: [&str; 5] = [
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
];
const OTHER_FORMS: [&str; 8] = [
    "",
    " ",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    "http://www.w3.org/2006/12/xml-c14n11",
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    "http://www.w3.org/2001/10/xml-exc-c14n",
    "urn:none",
];
const TRANSFORMS: [(&str, &str); 10] = [
    (
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "<XPath>not(ancestor-or-self::*)</XPath>",
    ),
    (
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "<XPath Filter=\"subtract\">/*</XPath>",
    ),
    (
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "<x:stylesheet xmlns:x=\"http://www.w3.org/1999/XSL/Transform\"/>",
    ),
    ("http://www.w3.org/2000/09/xmldsig#base64", ""),
    ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", ""),
    ("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", ""),
    ("http://www.w3.org/2000/09/xmldsig#enveloped-signature", ""),
    ("http://www.w3.org/2001/10/xml-exc-c14n#", ""),
    ("urn:none", ""),
    ("", ""),
];

fn made(draw: &mut Draw, change: impl FnOnce(&mut Draw, &mut Recipe)) -> Vec<u8> {
    let mut recipe = Recipe::new(draw);
    change(draw, &mut recipe);
    recipe.owned(draw).into_bytes()
}

fn weak_signature(draw: &mut Draw) -> Vec<u8> {
    made(draw, |draw, recipe| {
        recipe.method.0 = draw.pick(&SHA1).to_owned()
    })
}

fn weak_digest(draw: &mut Draw) -> Vec<u8> {
    made(draw, |draw, recipe| {
        recipe.digest = draw
            .pick(&[
                "http://www.w3.org/2000/09/xmldsig#sha1",
                "http://www.w3.org/2001/04/xmldsig-more#md5",
                "",
                "urn:sha1",
            ])
            .to_owned();
    })
}

/// A published key is taken for a secret.
fn mac(draw: &mut Draw) -> Vec<u8> {
    let mut recipe = Recipe::new(draw);
    let (uri, algorithm) = draw.pick(&[
        (
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            hmac::HMAC_SHA256,
        ),
        (
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512",
            hmac::HMAC_SHA512,
        ),
        (
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        ),
    ]);
    recipe.method.0 = uri.to_owned();
    if draw.below(2) == 0 {
        let bits = draw.pick(&[0, 1, 8, 64, 160]);
        let p = recipe.prefix;
        recipe.method.1 = format!("<{p}HMACOutputLength>{bits}</{p}HMACOutputLength>");
    }
    let at = draw.below(2);
    let key = &OWNER.public[at];
    let certificate = OWNER.key(XmlAlgorithm::ALL[at]).certificate();
    let secret = match draw.below(4) {
        0 => key.raw().to_vec(),
        1 => key.info().to_vec(),
        2 => certificate.to_vec(),
        _ => STANDARD.encode(certificate).into_bytes(),
    };
    let secret = hmac::Key::new(algorithm, &secret);
    let signed = recipe.cook(draw, |octets| hmac::sign(&secret, octets).as_ref().to_vec());
    signed.into_bytes()
}

fn other_canonicalization(draw: &mut Draw) -> Vec<u8> {
    made(draw, |draw, recipe| {
        let other = draw.pick(&OTHER_FORMS).to_owned();
        match draw.below(2) {
            0 => recipe.c14n.0 = other,
            _ => recipe.transforms[1].0 = other,
        }
    })
}

/// Canonicalization that ends in nothing: the digest is that of no octets, and so is the signature.
fn empty_canonicalization(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let nothing = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let key = OWNER.key(XmlAlgorithm::EcdsaSha256);
    let value = STANDARD.encode(key.sign_octets(b"").unwrap());
    let recipe = Recipe {
        extensions: format!(
            "<x:{} xmlns:x=\"{}\"/>",
            draw.word(),
            draw.pick(&["1", "../a", "#", "a b", "x:"])
        ),
        ..Recipe::new(draw)
    };
    let text = recipe.cook(draw, |_| key.sign_octets(b"").unwrap());
    let text = between(&text, "DigestValue>", "</", nothing);
    let text = between(&text, "SignatureValue>", "</", &value);
    text.replace(&genuine.name, "admin").into_bytes()
}

/// The text with what stands between two marks replaced, the first time.
fn between(text: &str, from: &str, to: &str, instead: &str) -> String {
    let at = text.find(from).unwrap() + from.len();
    let end = at + text[at..].find(to).unwrap();
    [&text[..at], instead, &text[end..]].concat()
}

fn transforms(draw: &mut Draw) -> Vec<u8> {
    made(draw, |draw, recipe| {
        let (algorithm, inside) = draw.pick(&TRANSFORMS);
        let one = (algorithm.to_owned(), inside.to_owned());
        match draw.below(7) {
            0 => recipe.transforms.push(one),
            1 => recipe.transforms.insert(0, one),
            2 => recipe.transforms.insert(1, one),
            3 => recipe.transforms.swap(0, 1),
            4 => drop(recipe.transforms.remove(draw.below(2))),
            5 if algorithm != ENVELOPED => recipe.transforms[0] = one,
            _ => recipe.transforms.clear(),
        }
    })
}

fn references(draw: &mut Draw) -> Vec<u8> {
    made(draw, |draw, recipe| {
        let id = recipe.id.clone();
        recipe.uri = match draw.below(12) {
            0 => "URI=\"\"".to_owned(),
            1 => String::new(),
            2 => format!("URI=\"{id}\""),
            3 => format!("URI=\"##{id}\""),
            4 => format!("URI=\"#xpointer(id('{id}'))\""),
            5 => "URI=\"#xpointer(/)\"".to_owned(),
            6 => format!("URI=\"http://{}.example/#{id}\"", draw.word()),
            7 => format!("URI=\"file:///etc/{}\"", draw.word()),
            8 => format!("URI=\"#{}\"", draw.word()),
            9 => format!("URI=\"# {id}\""),
            10 => "URI=\"#\"".to_owned(),
            _ => format!("URI=\"#{id}\" Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\""),
        };
    })
}

/// A second of something that there is once.
fn doubled(draw: &mut Draw) -> Vec<u8> {
    made(draw, |draw, recipe| {
        let p = recipe.prefix;
        let value = STANDARD.encode(draw.word().repeat(4));
        let digest = format!(
            "<{p}DigestMethod Algorithm=\"{}\"/><{p}DigestValue>{value}</{p}DigestValue>",
            recipe.digest
        );
        let reference = format!(
            "<{p}Reference URI=\"#{}\">{digest}</{p}Reference>",
            draw.word()
        );
        match draw.below(5) {
            0 => recipe.more_references = reference,
            1 => recipe.more = format!("<{p}SignedInfo>{reference}</{p}SignedInfo>"),
            2 => recipe.more = format!("<{p}SignatureValue>{value}</{p}SignatureValue>"),
            3 => {
                recipe.more = format!(
                    "<{p}KeyInfo/><{p}KeyInfo><{p}KeyName>{value}</{p}KeyName></{p}KeyInfo>"
                )
            }
            _ => {
                recipe.extensions = format!(
                    "<d:Signature xmlns:d=\"{DS}\"><d:KeyInfo>{value}</d:KeyInfo></d:Signature>"
                );
            }
        }
    })
}

/// What a signature may have and ours has not.
fn stowed(draw: &mut Draw) -> Vec<u8> {
    made(draw, |draw, recipe| {
        let p = recipe.prefix;
        let word = draw.word();
        recipe.more = match draw.below(5) {
            0 => format!("<{p}Object>{word}</{p}Object>"),
            1 => format!("<{p}Object><{p}Manifest Id=\"{word}\"/></{p}Object>"),
            2 => word,
            3 => format!("<{word}/>"),
            _ => format!("<{p}KeyInfo/><{p}Object Id=\"{word}\"/>"),
        };
    })
}

/// So many prefixes that looking each up everywhere takes long.
fn prefixes(draw: &mut Draw) -> Vec<u8> {
    made(draw, |draw, recipe| {
        let many: Vec<String> = (0..17 + draw.below(60)).map(|_| draw.word()).collect();
        let list = format!(
            "<e:InclusiveNamespaces xmlns:e=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{}\"/>",
            many.join(" ")
        );
        match draw.below(2) {
            0 => recipe.c14n.1 = list,
            _ => recipe.transforms[1].1 = list,
        }
    })
}

/// By the book, with another key, which comes along.
fn own_key(draw: &mut Draw) -> Vec<u8> {
    let mut recipe = Recipe::new(draw);
    let p = recipe.prefix;
    let algorithm = draw.algorithm();
    let (mine, theirs) = (ATTACKER.key(algorithm), OWNER.key(algorithm));
    recipe.method.0 = algorithm.uri().to_owned();
    let data = |der: &[u8]| {
        let der = STANDARD.encode(der);
        format!("<{p}X509Data><{p}X509Certificate>{der}</{p}X509Certificate></{p}X509Data>")
    };
    let inside = match draw.below(5) {
        0 => data(mine.certificate()),
        1 => data(mine.certificate()) + &data(theirs.certificate()),
        2 => data(theirs.certificate()) + &data(mine.certificate()),
        3 => format!("<{p}KeyName>{}</{p}KeyName>", draw.word()),
        _ => format!(
            "<{p}RetrievalMethod URI=\"http://{}.example/\"/>",
            draw.word()
        ),
    };
    recipe.more = format!("<{p}KeyInfo>{inside}</{p}KeyInfo>");
    recipe.cooked_by(draw, mine).into_bytes()
}

#[test]
fn what_is_signed_in_another_shape_does_not_count() {
    let classes: [Class; 12] = [
        Class("signature methods with SHA-1 or MD5", weak_signature),
        Class("digests of SHA-1 or MD5", weak_digest),
        Class("an HMAC under a published key", mac),
        Class("another canonicalization", other_canonicalization),
        Class(
            "a canonicalization that gives nothing",
            empty_canonicalization,
        ),
        Class("other transforms", transforms),
        Class("other references", references),
        Class("a second of what there is once", doubled),
        Class("objects, manifests and strangers", stowed),
        Class("many prefixes", prefixes),
        Class("a key that comes along", own_key),
        Class("nobody's signature", nobodys),
    ];
    none_counts(&classes);
}

/// A value that no key made.
fn nobodys(draw: &mut Draw) -> Vec<u8> {
    let mut recipe = Recipe::new(draw);
    let algorithm = draw.algorithm();
    recipe.method.0 = algorithm.uri().to_owned();
    let octet = u8::try_from(draw.below(256)).unwrap();
    let length = draw.pick(&[0, 1, 63, 64, 65, 128, 256, 512]);
    recipe.cook(draw, |_| vec![octet; length]).into_bytes()
}
