//! The signed message is still there, and something else is where it should be.

use crate::carriage::{Forgery, Paper};
use crate::message::{Genuine, SAML, Said};
use crate::{Draw, Stage};

/// What the forger would have us read, with a place for what is put into it.
struct Evil {
    head: String,
    said: Said,
}

impl Evil {
    /// A root of the forger's.
    fn new(draw: &mut Draw, stage: &Stage, genuine: &Genuine) -> Self {
        let id = match draw.below(4) {
            // The same identifier, its own, one that looks like it, none.
            0 => genuine.id.clone(),
            1 => format!("_{}", draw.word()),
            2 => format!("{} ", genuine.id),
            _ => String::new(),
        };
        let name = stage.evil(draw);
        let said = stage.said(&id, &name);
        let attribute = draw.pick(&["ID", "ID", "Id", "id", "xml:id", "AssertionID"]);
        let head = said.head().replacen(" ID=", &format!(" {attribute}="), 1);
        Self { head, said }
    }

    /// Put together; each part where its class wants it.
    fn with(&self, first: &str, after_issuer: &str, last: &str) -> Forgery {
        let text = [
            &*self.head,
            first,
            &self.said.issuer,
            after_issuer,
            &self.said.tail(),
            last,
            &self.said.end(),
        ]
        .concat();
        Paper::of(text).into()
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
    if draw.coin() {
        return genuine.signature.clone();
    }
    let uri = format!("URI=\"#{}\"", evil.said.attribute("ID"));
    genuine
        .signature
        .replace(&format!("URI=\"#{}\"", genuine.id), &uri)
}

fn both(draw: &mut Draw, stage: &Stage) -> (Genuine, Evil) {
    let genuine = Genuine::new(draw, stage);
    let evil = Evil::new(draw, stage, &genuine);
    (genuine, evil)
}

/// The genuine message inside its own signature.
pub(crate) fn xsw1(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, evil) = both(draw, stage);
    evil.with("", &in_signature(&genuine, &genuine.plain), "")
}

/// The signature detached: beside the message.
pub(crate) fn xsw2(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, evil) = both(draw, stage);
    let signature = turned(draw, &genuine, &evil);
    if draw.coin() {
        evil.with("", &format!("{}{signature}", genuine.plain), "")
    } else {
        evil.with("", &format!("{signature}{}", genuine.plain), "")
    }
}

/// The genuine message first in the forger's.
pub(crate) fn xsw3(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, evil) = both(draw, stage);
    evil.with(&genuine.signed, "", "")
}

/// The genuine message last in the forger's.
pub(crate) fn xsw4(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, evil) = both(draw, stage);
    evil.with("", "", &genuine.signed)
}

/// The signature in the forger's, the message it is of at the end.
pub(crate) fn xsw5(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, evil) = both(draw, stage);
    let signature = turned(draw, &genuine, &evil);
    evil.with("", &signature, &genuine.plain)
}

/// The same, with the message in the signature, and the signature anywhere.
pub(crate) fn xsw6(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, evil) = both(draw, stage);
    let signature = in_signature(&genuine, &genuine.plain);
    match draw.coin() {
        true => evil.with(&signature, "", ""),
        false => evil.with("", "", &signature),
    }
}

/// The genuine message in another `Extensions`.
pub(crate) fn xsw7(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, evil) = both(draw, stage);
    let inside = format!("<samlp:Extensions>{}</samlp:Extensions>", genuine.signed);
    match draw.below(3) {
        0 => evil.with("", &inside, ""),
        1 => evil.with("", "", &inside),
        _ => evil.with(&inside, "", ""),
    }
}

/// The genuine message in an `Object` of its signature.
pub(crate) fn xsw8(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, evil) = both(draw, stage);
    let object = object(draw, &genuine.plain);
    evil.with("", &in_signature(&genuine, &object), "")
}

/// The genuine message beside the forger's, under a root that is nobody's.
pub(crate) fn sibling(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, evil) = both(draw, stage);
    let forged = [
        &*evil.head,
        &evil.said.issuer,
        &evil.said.tail(),
        &evil.said.end(),
    ]
    .concat();
    let name = match draw.below(3) {
        0 => genuine.said.element.clone(),
        1 => "Response".to_owned(),
        _ => draw.word(),
    };
    let signed = &genuine.signed;
    let inside = match draw.below(4) {
        0 => format!("{forged}{signed}"),
        1 => format!("{signed}{forged}"),
        2 => format!("{}{forged}{signed}", genuine.said.issuer),
        _ => format!("{}{signed}{forged}", genuine.said.issuer),
    };
    // It says what it is, so that nothing is wrong with it but that.
    let mut root = evil.said.clone();
    root.element = name;
    let (head, end) = (root.head(), root.end());
    Paper::of(format!("{head}{inside}{end}")).into()
}

/// The genuine message in the `Extensions` that are there, with or without a signature of the root.
pub(crate) fn in_extensions(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, mut evil) = both(draw, stage);
    let inside = match draw.below(3) {
        0 => genuine.signed.clone(),
        1 => format!("{}{}", genuine.plain, genuine.signature),
        _ => format!("{}{}", genuine.signature, genuine.plain),
    };
    evil.said.extensions = match draw.coin() {
        true => inside,
        false => format!("<x:a xmlns:x=\"urn:{}\">{inside}</x:a>", draw.word()),
    };
    let signature = match draw.coin() {
        true => turned(draw, &genuine, &evil),
        false => String::new(),
    };
    evil.with("", &signature, "")
}

/// Anywhere else that a schema lets strangers in.
pub(crate) fn elsewhere(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, evil) = both(draw, stage);
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
    let is_bare = !inside.contains(&genuine.signature);
    for _ in 0..=draw.below(4) {
        inside = format!("<{name}>{inside}</{name}>");
    }
    inside = format!("<saml:Advice {SAML}>{inside}</saml:Advice>");
    let signature = match draw.below(3) {
        0 => turned(draw, &genuine, &evil),
        _ if is_bare => genuine.signature.clone(),
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
pub(crate) fn twice(draw: &mut Draw, stage: &Stage) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    let attribute = draw.pick(&["ID", "Id", "id", "xml:id", "samlp:ID", "samlp:id"]);
    let evil = stage.evil(draw);
    let element = format!("<samlp:X {attribute}=\"{}\">{evil}</samlp:X>", genuine.id);
    let end = genuine.said.end();
    let marks = ["<samlp:Extensions>", "<saml:Issuer ", &end];
    let mark = draw.pick(&marks);
    let text = match draw.coin() {
        true => genuine
            .signed
            .replacen(mark, &format!("{element}{mark}"), 1),
        // Not signed at all, and the signature on the forger's copy.
        false => {
            let evil = genuine.renamed(&genuine.signed, &evil);
            evil.replacen(mark, &format!("{}{mark}", genuine.plain), 1)
        }
    };
    Paper::of(text).into()
}

/// The signature is of a part, and the whole is read.
pub(crate) fn part(draw: &mut Draw, stage: &Stage) -> Forgery {
    let genuine = Genuine::new(draw, stage);
    let levels = 1 + draw.below(5);
    let name = draw.word();
    let open: String = (0..levels).map(|n| format!("<{name}{n}>")).collect();
    let close: String = (0..levels).rev().map(|n| format!("</{name}{n}>")).collect();
    let mut root = genuine.said.clone();
    root.set("ID", &format!("_{}", draw.word()));
    let text = match draw.coin() {
        true => format!("{open}{}{close}", genuine.signed),
        false => format!(
            "{}{}{}{}",
            root.head(),
            root.issuer,
            genuine.signed,
            root.end()
        ),
    };
    Paper::of(text).into()
}
