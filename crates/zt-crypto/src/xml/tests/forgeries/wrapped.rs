//! The signed message is still there, and something else is where it should be.

use super::super::forge::{Draw, Genuine};
use super::super::request;
use super::{Class, none_counts};

/// What the forger would have us read, with a place for what is put into it.
struct Evil {
    head: String,
    issuer: String,
    tail: String,
    end: &'static str,
}

impl Evil {
    /// A root of the forger's.
    fn new(draw: &mut Draw, genuine: &Genuine) -> Self {
        let id = match draw.below(4) {
            // The same identifier, its own, one that looks like it, none.
            0 => genuine.id.clone(),
            1 => format!("_{}", draw.word()),
            2 => format!("{} ", genuine.id),
            _ => String::new(),
        };
        let text = request(&id, &format!("admin-{}", draw.word()));
        let text = text.text();
        let id_attribute = draw.pick(&["ID", "ID", "Id", "id", "xml:id", "AssertionID"]);
        let text = text.replacen(" ID=", &format!(" {id_attribute}="), 1);
        let (head, rest) = text.split_at(text.find('>').unwrap() + 1);
        let (issuer, tail) = rest.split_at(rest.find("<samlp:Extensions>").unwrap());
        Self {
            head: head.to_owned(),
            issuer: issuer.to_owned(),
            tail: tail
                .strip_suffix("</samlp:LogoutRequest>")
                .unwrap()
                .to_owned(),
            end: "</samlp:LogoutRequest>",
        }
    }

    /// Put together; each part where its class wants it.
    fn with(&self, first: &str, after_issuer: &str, last: &str) -> Vec<u8> {
        [
            &*self.head,
            first,
            &self.issuer,
            after_issuer,
            &self.tail,
            last,
            self.end,
        ]
        .concat()
        .into_bytes()
    }
}

fn object(draw: &mut Draw, inside: &str) -> String {
    match draw.below(3) {
        0 => format!("<ds:Object>{inside}</ds:Object>"),
        1 => format!("<ds:Object Id=\"{}\">{inside}</ds:Object>", draw.word()),
        _ => format!("<ds:Object><ds:Manifest>{inside}</ds:Manifest></ds:Object>"),
    }
}

fn in_signature(genuine: &Genuine, inside: &str) -> String {
    genuine
        .signature
        .replace("</ds:Signature>", &format!("{inside}</ds:Signature>"))
}

/// The signature with its reference turned to the forger's root; as it is half of the time.
fn turned(draw: &mut Draw, genuine: &Genuine, evil: &Evil) -> String {
    if draw.below(2) == 0 {
        return genuine.signature.clone();
    }
    let id = evil
        .head
        .split("D=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let uri = format!("URI=\"#{}\"", id.unwrap_or_default());
    genuine
        .signature
        .replace(&format!("URI=\"#{}\"", genuine.id), &uri)
}

/// The genuine message inside its own signature.
fn xsw1(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let evil = Evil::new(draw, &genuine);
    let signature = in_signature(&genuine, &genuine.plain);
    evil.with("", &signature, "")
}

/// The signature detached: beside the message.
fn xsw2(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let evil = Evil::new(draw, &genuine);
    let signature = turned(draw, &genuine, &evil);
    if draw.below(2) == 0 {
        evil.with("", &format!("{}{signature}", genuine.plain), "")
    } else {
        evil.with("", &format!("{signature}{}", genuine.plain), "")
    }
}

/// The genuine message first in the forger's.
fn xsw3(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let evil = Evil::new(draw, &genuine);
    evil.with(&genuine.signed, "", "")
}

/// The genuine message last in the forger's.
fn xsw4(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let evil = Evil::new(draw, &genuine);
    evil.with("", "", &genuine.signed)
}

/// The signature in the forger's, the message it is of at the end.
fn xsw5(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let evil = Evil::new(draw, &genuine);
    let signature = turned(draw, &genuine, &evil);
    evil.with("", &signature, &genuine.plain)
}

/// The same, with the message in the signature, and the signature anywhere.
fn xsw6(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let evil = Evil::new(draw, &genuine);
    let signature = in_signature(&genuine, &genuine.plain);
    match draw.below(2) {
        0 => evil.with(&signature, "", ""),
        _ => evil.with("", "", &signature),
    }
}

/// The genuine message in `Extensions`, where anything may stand.
fn xsw7(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let evil = Evil::new(draw, &genuine);
    let inside = format!("<samlp:Extensions>{}</samlp:Extensions>", genuine.signed);
    match draw.below(3) {
        0 => evil.with("", &inside, ""),
        1 => evil.with("", "", &inside),
        _ => evil.with(&inside, "", ""),
    }
}

/// The genuine message in an `Object` of its signature.
fn xsw8(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let evil = Evil::new(draw, &genuine);
    let object = object(draw, &genuine.plain);
    let signature = in_signature(&genuine, &object);
    evil.with("", &signature, "")
}

/// Anywhere else that a schema lets strangers in.
fn elsewhere(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let evil = Evil::new(draw, &genuine);
    let name = draw.pick(&[
        "samlp:StatusDetail",
        "samlp:Status",
        "samlp:Extensions",
        "samlp:Response",
        "samlp:Any",
    ]);
    let mut inside = match draw.below(3) {
        0 => genuine.signed.clone(),
        1 => genuine.plain.clone(),
        _ => format!("{}{}", genuine.plain, genuine.signature),
    };
    for _ in 0..=draw.below(4) {
        inside = format!("<{name}>{inside}</{name}>");
    }
    let advice = "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    inside = format!("<saml:Advice {advice}>{inside}</saml:Advice>");
    let signature = match draw.below(3) {
        0 => turned(draw, &genuine, &evil),
        1 => genuine.signature.clone(),
        _ => String::new(),
    };
    match draw.below(3) {
        0 => evil.with("", &format!("{signature}{inside}"), ""),
        1 => evil.with("", &inside, &signature),
        _ => evil.with("", &signature, &inside),
    }
}

/// One identifier on two elements, whichever attribute says it.
fn twice(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let attribute = draw.pick(&["ID", "Id", "id", "xml:id", "samlp:ID", "samlp:id"]);
    let element = format!(
        "<samlp:{} {attribute}=\"{}\">admin</samlp:{}>",
        "X", genuine.id, "X"
    );
    let marks = [
        "<samlp:SessionIndex>",
        "<saml:NameID ",
        "</samlp:LogoutRequest>",
        "<saml:Issuer ",
    ];
    let mark = draw.pick(&marks);
    let text = match draw.below(2) {
        0 => genuine
            .signed
            .replacen(mark, &format!("{element}{mark}"), 1),
        // Not signed at all, and the signature on the forger's copy.
        _ => {
            let evil = genuine
                .signed
                .replace(&genuine.name, &format!("admin-{}", draw.word()));
            evil.replacen(mark, &format!("{}{mark}", genuine.plain), 1)
        }
    };
    text.into_bytes()
}

/// The signature is of a part, and the whole is read.
fn part(draw: &mut Draw) -> Vec<u8> {
    let genuine = Genuine::new(draw);
    let levels = 1 + draw.below(5);
    let name = draw.word();
    let open: String = (0..levels).map(|n| format!("<{name}{n}>")).collect();
    let close: String = (0..levels).rev().map(|n| format!("</{name}{n}>")).collect();
    format!("{open}{}{close}", genuine.signed).into_bytes()
}

#[test]
fn what_wraps_a_signed_message_does_not_count() {
    let classes: [Class; 11] = [
        Class("XSW1", xsw1),
        Class("XSW2", xsw2),
        Class("XSW3", xsw3),
        Class("XSW4", xsw4),
        Class("XSW5", xsw5),
        Class("XSW6", xsw6),
        Class("XSW7", xsw7),
        Class("XSW8", xsw8),
        Class("Advice and other places", elsewhere),
        Class("one identifier twice", twice),
        Class("a part is signed", part),
    ];
    none_counts(&classes);
}
