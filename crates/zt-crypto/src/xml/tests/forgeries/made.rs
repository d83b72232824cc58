//! Forgeries below the signature: what parsers read in two ways, or work on without end.

use super::super::forge::{Draw, Genuine};
use super::{Class, none_counts};
use crate::xml::algorithm::DigestAlgorithm;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What splits a text and leaves its canonical form as it was signed.
fn split(draw: &mut Draw) -> String {
    let word = draw.word();
    match draw.below(4) {
        0 => format!("<!--{word}-->"),
        1 => "<!---->".to_owned(),
        2 => format!("<![CDATA[{}]]>", draw.pick(&["", "", " "])),
        _ => format!("<?{word}?>"),
    }
}

/// A comment in a name: the digest is right, and half of the name is read.
fn in_values(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let split = split(draw);
    let at = draw.below(genuine.name.len() + 1);
    let (before, after) = genuine.name.split_at(at);
    let name = format!("{before}{split}{after}");
    genuine
        .signed
        .replace(&format!(">{}<", genuine.name), &format!(">{name}<"))
        .into_bytes()
}

/// The same in what is compared.
fn in_digests(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let evil = format!("admin-{}", draw.word());
    let digest = DigestAlgorithm::Sha256.of(genuine.plain.replace(&genuine.name, &evil).as_bytes());
    let mine = STANDARD.encode(digest.as_ref());
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
    forged
        .replace(&format!(">{}<", genuine.name), &format!(">{evil}<"))
        .into_bytes()
}

/// Two `SignedInfo`: one that is signed, one that is read.
fn signed_infos(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let evil = format!("admin-{}", draw.word());
    let digest = DigestAlgorithm::Sha256.of(genuine.plain.replace(&genuine.name, &evil).as_bytes());
    let forged = genuine.resigned(|signature| {
        let from = signature.find("<ds:SignedInfo>").unwrap();
        let to = signature.find("</ds:SignedInfo>").unwrap() + "</ds:SignedInfo>".len();
        let info = &signature[from..to];
        let start = info.find("<ds:DigestValue>").unwrap() + "<ds:DigestValue>".len();
        let end = info.find("</ds:DigestValue>").unwrap();
        let mine = [
            &info[..start],
            &STANDARD.encode(digest.as_ref()),
            &info[end..],
        ]
        .concat();
        let both = match draw.below(5) {
            0 => format!("{mine}{info}"),
            1 => format!("{info}{mine}"),
            2 => format!("{mine}<ds:Object>{info}</ds:Object>"),
            3 => mine.replace("</ds:SignedInfo>", &format!("{info}</ds:SignedInfo>")),
            _ => info.replace("</ds:SignedInfo>", &format!("{mine}</ds:SignedInfo>")),
        };
        [&signature[..from], &both, &signature[to..]].concat()
    });
    forged
        .replace(&format!(">{}<", genuine.name), &format!(">{evil}<"))
        .into_bytes()
}

/// Document types and entities, with the genuine message under them.
fn document_types(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let (name, evil) = (draw.word(), draw.word());
    let declared = match draw.below(7) {
        0 => format!("<!ENTITY {name} \"{evil}\">"),
        1 => format!("<!ENTITY {name} SYSTEM \"file:///etc/{evil}\">"),
        2 => format!("<!ENTITY % {name} SYSTEM \"http://{evil}.example/a.dtd\"> %{name};"),
        3 => format!("<!ATTLIST samlp:LogoutRequest {name} CDATA \"{evil}\">"),
        4 => format!("<!ATTLIST saml:NameID ID ID \"{evil}\">"),
        5 => {
            let rows =
                (0..9).map(|n| format!("<!ENTITY {name}{} \"&{name}{n};&{name}{n};\">", n + 1));
            format!("<!ENTITY {name}0 \"{evil}\">{}", rows.collect::<String>())
        }
        _ => format!("<!NOTATION {name} SYSTEM \"{evil}\">"),
    };
    let head = match draw.below(3) {
        0 => format!("<!DOCTYPE samlp:LogoutRequest [{declared}]>"),
        1 => format!("<?xml version=\"1.0\"?>\n<!DOCTYPE {name} [{declared}]>\n"),
        _ => format!("<!DOCTYPE {name} SYSTEM \"http://{evil}.example/\" [{declared}]>"),
    };
    let text = match draw.below(2) {
        0 => genuine.signed,
        _ => genuine.signed.replace(&genuine.name, &format!("&{name};")),
    };
    format!("{head}{text}").into_bytes()
}

/// Entities that nobody declared, which some parsers leave out.
fn entities(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let entity = format!("&{};", draw.word());
    let at = draw.below(genuine.name.len() + 1);
    let (before, after) = genuine.name.split_at(at);
    let name = format!(">{before}{entity}{after}<");
    genuine
        .signed
        .replace(&format!(">{}<", genuine.name), &name)
        .into_bytes()
}

/// Other encodings.
fn encodings(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let said = draw.pick(&[
        "UTF-16",
        "UTF-16LE",
        "UTF-16BE",
        "UTF-7",
        "ISO-8859-1",
        "UTF-32",
        "EBCDIC-CP-US",
    ]);
    let version = draw.pick(&["1.0", "1.0", "1.1"]);
    let text = format!(
        "<?xml version=\"{version}\" encoding=\"{said}\"?>{}",
        genuine.signed
    );
    let units = || text.encode_utf16();
    match draw.below(6) {
        0 => units().flat_map(u16::to_le_bytes).collect(),
        1 => units().flat_map(u16::to_be_bytes).collect(),
        2 => [0xfeff]
            .into_iter()
            .chain(units())
            .flat_map(u16::to_le_bytes)
            .collect(),
        3 => [0xfeff]
            .into_iter()
            .chain(units())
            .flat_map(u16::to_be_bytes)
            .collect(),
        // Says so, and is not.
        4 => text.into_bytes(),
        _ => [b"\xef\xbb\xbf", genuine.signed.as_bytes()].concat(),
    }
}

/// Deeper, wider and longer than any message.
fn large(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let name = draw.word();
    let inside = match draw.below(4) {
        0 => {
            let depth = 64 + draw.below(2_000);
            format!("<{name}>").repeat(depth) + &format!("</{name}>").repeat(depth)
        }
        1 => format!("<{name}>").repeat(70 + draw.below(5_000)),
        2 => {
            let many = (0..65 + draw.below(3_000)).map(|n| format!(" {name}{n}=\"\""));
            format!("<{name}{}/>", many.collect::<String>())
        }
        _ => format!("<{name}>{}</{name}>", "a".repeat(128 * 1024)),
    };
    let place = "<samlp:Extensions>";
    genuine
        .signed
        .replace(place, &format!("{place}{inside}"))
        .into_bytes()
}

/// Names that namespaces give another meaning.
fn names(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let evil = format!("admin-{}", draw.word());
    let text = genuine
        .signed
        .replace(&format!(">{}<", genuine.name), &format!(">{evil}<"));
    let ds = "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";
    let text = match draw.below(6) {
        0 => text.replace(ds, &format!("xmlns:ds=\"urn:{evil}\"")),
        1 => text.replace(
            "<ds:SignedInfo>",
            &format!("<ds:SignedInfo xmlns:ds=\"urn:{evil}\">"),
        ),
        2 => text.replace(
            "<samlp:LogoutRequest ",
            "<samlp:LogoutRequest xmlns:ds=\"\" ",
        ),
        3 => text.replace(" ID=", " samlp:ID="),
        4 => text.replace("ds:Signature", "ds:signature"),
        _ => text.replace("<ds:Signature ", "<ds:Signature Id=\"a\" xml:base=\"b\" "),
    };
    text.into_bytes()
}

#[test]
fn what_is_read_in_two_ways_does_not_count() {
    let classes: [Class; 9] = [
        Class("comments, CDATA and instructions in values", in_values),
        Class("comments and elements in digests", in_digests),
        Class("several SignedInfo", signed_infos),
        Class("document types", document_types),
        Class("undeclared entities", entities),
        Class("other encodings", encodings),
        Class("deep, wide and long", large),
        Class("namespaces", names),
        Class("changed after signing", changed),
    ];
    none_counts(&classes);
}

/// Nothing but another name.
fn changed(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let evil = draw.word();
    genuine
        .signed
        .replace(&format!(">{}<", genuine.name), &format!(">{evil}<"))
        .into_bytes()
}
