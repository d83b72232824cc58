//! Signed by the owner, who may be made to sign things, in another shape than the one that is read; and signed by others.

use crate::carriage::{Forgery, Paper};
use crate::message::{Genuine, algorithm};
use crate::party::{ATTACKER, OWNER};
use crate::recipe::{DS, ENVELOPED, Recipe};
use crate::{Draw, Stage};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zt_federation::saml::XmlAlgorithm;

const WEAK: [&str; 5] = [
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

/// The owner's, by a recipe that was changed.
fn made(
    draw: &mut Draw,
    stage: &Stage,
    change: impl FnOnce(&mut Draw, &mut Recipe, &str),
) -> Forgery {
    cooked(draw, stage, change, |octets| {
        OWNER
            .key(XmlAlgorithm::EcdsaSha256)
            .sign_octets(octets)
            .unwrap()
    })
}

fn cooked(
    draw: &mut Draw,
    stage: &Stage,
    change: impl FnOnce(&mut Draw, &mut Recipe, &str),
    sign: impl Fn(&[u8]) -> Vec<u8>,
) -> Forgery {
    let said = stage.any(draw);
    let id = said.attribute("ID");
    let mut recipe = Recipe::plain(draw, &id, XmlAlgorithm::EcdsaSha256);
    change(draw, &mut recipe, &id);
    let signature = recipe.over(&said.text(), sign);
    Paper::of(said.with(&signature)).into()
}

pub(crate) fn weak_signature(draw: &mut Draw, stage: &Stage) -> Forgery {
    made(draw, stage, |draw, recipe, _| {
        recipe.method.0 = draw.pick(&WEAK).to_owned();
    })
}

pub(crate) fn weak_digest(draw: &mut Draw, stage: &Stage) -> Forgery {
    made(draw, stage, |draw, recipe, _| {
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

/// What is published of a key, in the ways in which somebody could take it for a secret.
pub(crate) fn published(algorithm: XmlAlgorithm) -> Vec<Vec<u8>> {
    let der = OWNER.key(algorithm).certificate().to_vec();
    // RFC 5280 §4.1.2.7, and the bit string in it.
    let (begin, length, raw): (&[u8], usize, usize) = match algorithm {
        XmlAlgorithm::EcdsaSha256 => (&[0x30, 0x59, 0x30, 0x13], 0x5b, 65),
        XmlAlgorithm::RsaSha256 => (&[0x30, 0x82, 0x01, 0x22, 0x30, 0x0d], 0x126, 270),
    };
    let at = der.windows(begin.len()).position(|window| window == begin);
    let info = der[at.unwrap()..at.unwrap() + length].to_vec();
    let text = STANDARD.encode(&der).into_bytes();
    vec![info[length - raw..].to_vec(), info, der, text]
}

/// Codes with a secret, as XML signature calls them.
pub(crate) fn macs() -> [(&'static str, hmac::Algorithm); 3] {
    [
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
    ]
}

/// A published key is taken for a secret.
pub(crate) fn mac(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (uri, code) = draw.pick(&macs());
    let of = algorithm(draw);
    let secret = hmac::Key::new(code, &draw.pick(&published(of)));
    let change = |draw: &mut Draw, recipe: &mut Recipe, _: &str| {
        recipe.method.0 = uri.to_owned();
        if draw.coin() {
            let bits = draw.pick(&[0, 1, 8, 64, 160]);
            let p = recipe.prefix;
            recipe.method.1 = format!("<{p}HMACOutputLength>{bits}</{p}HMACOutputLength>");
        }
    };
    cooked(draw, stage, change, |octets| {
        hmac::sign(&secret, octets).as_ref().to_vec()
    })
}

pub(crate) fn other_canonicalization(draw: &mut Draw, stage: &Stage) -> Forgery {
    made(draw, stage, |draw, recipe, _| {
        let other = draw.pick(&OTHER_FORMS).to_owned();
        match draw.coin() {
            true => recipe.c14n.0 = other,
            false => recipe.transforms[1].0 = other,
        }
    })
}

/// Canonicalization that ends in nothing: the digest is that of no octets, and so is the signature.
pub(crate) fn empty_canonicalization(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    // What some take no canonical form of, and go on.
    let name = draw.word();
    said.extensions = format!(
        "<x:{name} xmlns:x=\"{}\"/>",
        draw.pick(&["1", "../a", "#", "a b", "x:"])
    );
    let recipe = Recipe::plain(draw, &said.attribute("ID"), XmlAlgorithm::EcdsaSha256);
    let key = OWNER.key(XmlAlgorithm::EcdsaSha256);
    let signature = recipe.over(&said.text(), |_| key.sign_octets(b"").unwrap());
    let nothing = STANDARD.encode(digest(&SHA256, b""));
    let signature = between(&signature, "DigestValue>", "</", &nothing);
    Paper::of(said.with(&signature)).into()
}

/// The text with what stands between two marks replaced, the first time.
pub(crate) fn between(text: &str, from: &str, to: &str, instead: &str) -> String {
    let at = text.find(from).unwrap() + from.len();
    let end = at + text[at..].find(to).unwrap();
    [&text[..at], instead, &text[end..]].concat()
}

pub(crate) fn transforms(draw: &mut Draw, stage: &Stage) -> Forgery {
    made(draw, stage, |draw, recipe, _| {
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

pub(crate) fn references(draw: &mut Draw, stage: &Stage) -> Forgery {
    made(draw, stage, |draw, recipe, id| {
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

/// The digest of what the forger would have us read.
fn digest_of_evil(genuine: &Genuine, evil: &str) -> String {
    let text = genuine.renamed(&genuine.plain, evil);
    STANDARD.encode(digest(&SHA256, text.as_bytes()))
}

/// Two `SignedInfo`: one that is signed, one that is read.
pub(crate) fn signed_infos(draw: &mut Draw, stage: &Stage) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    let evil = stage.evil(draw);
    let digest = digest_of_evil(&genuine, &evil);
    let forged = genuine.resigned(|signature| {
        let from = signature.find("<ds:SignedInfo>").unwrap();
        let to = signature.find("</ds:SignedInfo>").unwrap() + "</ds:SignedInfo>".len();
        let info = &signature[from..to];
        let mine = between(info, "<ds:DigestValue>", "</", &digest);
        let both = match draw.below(5) {
            0 => format!("{mine}{info}"),
            1 => format!("{info}{mine}"),
            2 => format!("{mine}<ds:Object>{info}</ds:Object>"),
            3 => mine.replace("</ds:SignedInfo>", &format!("{info}</ds:SignedInfo>")),
            _ => info.replace("</ds:SignedInfo>", &format!("{mine}</ds:SignedInfo>")),
        };
        [&signature[..from], &both, &signature[to..]].concat()
    });
    Paper::of(genuine.renamed(&forged, &evil)).into()
}

/// Comments and elements in what is compared.
pub(crate) fn in_digests(draw: &mut Draw, stage: &Stage) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    let evil = stage.evil(draw);
    let mine = digest_of_evil(&genuine, &evil);
    let separator = match draw.below(6) {
        0 => format!("<!--{}-->", draw.word()),
        1 => format!("<{0}/>", draw.word()),
        2 => format!("<{0}></{0}>", draw.word()),
        3 => format!("<![CDATA[{}]]>", draw.word()),
        4 => "</ds:DigestValue><ds:DigestValue>".to_owned(),
        _ => format!("<?{}?>", draw.word()),
    };
    let forged = genuine.resigned(|signature| {
        let from = signature.find("<ds:DigestValue>").unwrap() + "<ds:DigestValue>".len();
        let to = signature.find("</ds:DigestValue>").unwrap();
        let (before, theirs, after) = (&signature[..from], &signature[from..to], &signature[to..]);
        match draw.below(3) {
            0 => [before, theirs, &separator, &mine, after].concat(),
            1 => [before, &mine, &separator, theirs, after].concat(),
            // In a comment what is signed, beside it what is compared.
            _ => format!("{before}<!--{theirs}-->{mine}{after}"),
        }
    });
    Paper::of(genuine.renamed(&forged, &evil)).into()
}

/// A second of something that there is once.
pub(crate) fn doubled(draw: &mut Draw, stage: &Stage) -> Forgery {
    made(draw, stage, |draw, recipe, _| {
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
                );
            }
            _ => {
                recipe.more = format!(
                    "<d:Signature xmlns:d=\"{DS}\"><d:KeyInfo>{value}</d:KeyInfo></d:Signature>"
                );
            }
        }
    })
}

/// What a signature may have and ours has not.
pub(crate) fn stowed(draw: &mut Draw, stage: &Stage) -> Forgery {
    made(draw, stage, |draw, recipe, _| {
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
pub(crate) fn prefixes(draw: &mut Draw, stage: &Stage) -> Forgery {
    made(draw, stage, |draw, recipe, _| {
        let many: Vec<String> = (0..17 + draw.below(60)).map(|_| draw.word()).collect();
        let list = format!(
            "<e:InclusiveNamespaces xmlns:e=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{}\"/>",
            many.join(" ")
        );
        match draw.coin() {
            true => recipe.c14n.1 = list,
            false => recipe.transforms[1].1 = list,
        }
    })
}

/// By the book, with another key, which comes along.
pub(crate) fn own_key(draw: &mut Draw, stage: &Stage) -> Forgery {
    let algorithm = algorithm(draw);
    let (mine, theirs) = (ATTACKER.key(algorithm), OWNER.key(algorithm));
    let change = |draw: &mut Draw, recipe: &mut Recipe, _: &str| {
        let p = recipe.prefix;
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
    };
    cooked(draw, stage, change, |octets| {
        mine.sign_octets(octets).unwrap()
    })
}

/// A value that no key made.
pub(crate) fn nobodys(draw: &mut Draw, stage: &Stage) -> Forgery {
    let algorithm = algorithm(draw);
    let octet = u8::try_from(draw.below(256)).unwrap();
    let length = draw.pick(&[0, 1, 63, 64, 65, 128, 256, 512]);
    let change = |_: &mut Draw, recipe: &mut Recipe, _: &str| {
        recipe.method.0 = algorithm.uri().to_owned();
    };
    cooked(draw, stage, change, |_| vec![octet; length])
}

/// None where there has to be one, or something that is no signature.
pub(crate) fn unsigned(draw: &mut Draw, stage: &Stage) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    let text = match draw.below(6) {
        0 | 1 => genuine.plain,
        2 => genuine.resigned(|_| format!("<ds:Signature xmlns:ds=\"{DS}\"></ds:Signature>")),
        3 => genuine.resigned(|signature| signature.replace(DS, "urn:none")),
        4 => genuine.resigned(|signature| between(signature, "SignatureValue>", "</", "")),
        _ => genuine.resigned(|signature| between(signature, "DigestValue>", "</", "")),
    };
    Paper::of(text).into()
}
