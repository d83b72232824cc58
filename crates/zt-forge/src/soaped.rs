//! Around a message in an envelope.

use crate::carriage::{Forgery, Sent, enveloped};
use crate::message::{Genuine, Said};
use crate::party::OWNER;
use crate::recipe::Recipe;
use crate::{Draw, Stage};
use zt_federation::saml::XmlAlgorithm;

const SOAP: &str = "xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"";

fn sent(text: String) -> Forgery {
    Forgery::Sent(Sent::Envelope(text.into_bytes()))
}

fn both(draw: &mut Draw, stage: &Stage) -> (Genuine, Said) {
    let genuine = Genuine::new(draw, stage);
    let name = stage.evil(draw);
    let said = stage.said(&format!("_{}", draw.word()), &name);
    (genuine, said)
}

pub(crate) fn envelope(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, _) = both(draw, stage);
    let (signed, word) = (&genuine.signed, draw.word());
    let whole = enveloped(signed);
    let soap = "http://schemas.xmlsoap.org/soap/envelope/";
    sent(match draw.below(10) {
        0 => whole.replace(soap, "http://www.w3.org/2003/05/soap-envelope"),
        1 => whole.replace(soap, &format!("urn:{word}")),
        2 => signed.clone(),
        3 => whole.replace("S:Envelope", &format!("S:{word}")),
        4 => whole.replace("S:Body", &format!("S:{word}")),
        5 => format!("<S:Envelope {SOAP}>{signed}</S:Envelope>"),
        6 => whole.replace("<S:Body>", &format!("{word}<S:Body>")),
        7 => format!("{whole}{word}"),
        8 => enveloped(&whole),
        _ => format!(
            "<S:Envelope {SOAP}><S:Envelope><S:Body>{signed}</S:Body></S:Envelope></S:Envelope>"
        ),
    })
}

pub(crate) fn body(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, evil) = both(draw, stage);
    let (signed, word, evil) = (&genuine.signed, draw.word(), evil.text());
    let fault = format!(
        "<S:Fault><faultcode>S:Client</faultcode><faultstring>{word}</faultstring></S:Fault>"
    );
    sent(match draw.below(10) {
        0 => enveloped(""),
        1 => enveloped(&word),
        2 => enveloped(&format!("{word}{signed}")),
        3 => enveloped(&format!("{signed}{evil}")),
        4 => enveloped(&format!("{evil}{signed}")),
        5 => enveloped(&format!("<x xmlns=\"urn:{word}\">{signed}</x>")),
        6 => enveloped(&format!("{fault}{signed}")),
        7 => enveloped(&fault),
        8 => enveloped(signed).replace("</S:Body>", &format!("</S:Body><S:Body>{evil}</S:Body>")),
        _ => enveloped(signed).replace("<S:Body>", &format!("<S:Body>{evil}</S:Body><S:Body>")),
    })
}

pub(crate) fn headers(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, _) = both(draw, stage);
    let word = draw.word();
    let must = draw.pick(&["1", "true", "", "01", "yes"]);
    let header = format!(
        "<S:Header><x:{word} xmlns:x=\"urn:{word}\" S:mustUnderstand=\"{must}\"></x:{word}></S:Header>"
    );
    let header = match draw.below(4) {
        0 => format!("<S:Header></S:Header>{header}"),
        1 => header.replace(
            "<S:Header>",
            &format!("<S:Header><y xmlns=\"urn:{word}\"></y>"),
        ),
        _ => header,
    };
    sent(enveloped(&genuine.signed).replace("<S:Body>", &format!("{header}<S:Body>")))
}

/// What is signed is in the header, and what is in the body is the forger's.
pub(crate) fn in_header(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, mut evil) = both(draw, stage);
    if draw.coin() {
        evil.set("ID", &genuine.id);
    }
    let inside = match draw.below(3) {
        0 => genuine.signed.clone(),
        1 => genuine.signature.clone(),
        _ => format!("{}{}", genuine.plain, genuine.signature),
    };
    let forged = match draw.coin() {
        true => evil.with(&genuine.signature),
        false => evil.text(),
    };
    let header = format!("<S:Header>{inside}</S:Header><S:Body>");
    sent(enveloped(&forged).replace("<S:Body>", &header))
}

/// What is declared around a message says that its names are others; or nothing does.
pub(crate) fn leaning(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (genuine, _) = both(draw, stage);
    let declared = format!(" xmlns:samlp=\"{}\"", crate::message::SAMLP);
    let bare = genuine.signed.replacen(&declared, "", 1);
    let whole = enveloped(&bare);
    let at = draw.pick(&["<S:Body", "<S:Envelope"]);
    let uri = match draw.below(4) {
        0 => String::new(),
        1 => declared.replace("protocol", &draw.word()),
        2 => declared.replace(":samlp", ":Samlp"),
        _ => format!(" xmlns:samlp=\"urn:{}\"", draw.word()),
    };
    sent(whole.replacen(at, &format!("{at}{uri}"), 1))
}

/// The owner signed the envelope, or its body, and not the message.
pub(crate) fn around(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (_, evil) = both(draw, stage);
    let id = format!("_{}", draw.word());
    let key = OWNER.key(XmlAlgorithm::EcdsaSha256);
    let recipe = Recipe::ours(&id, XmlAlgorithm::EcdsaSha256);
    let sign = |text: &str| recipe.over(text, |octets| key.sign_octets(octets).unwrap());
    let plain = evil.text();
    sent(match draw.coin() {
        true => {
            let whole =
                enveloped(&plain).replacen("<S:Envelope", &format!("<S:Envelope ID=\"{id}\""), 1);
            let signature = sign(&whole);
            whole.replace(
                "<S:Body>",
                &format!("<S:Header>{signature}</S:Header><S:Body>"),
            )
        }
        false => {
            let body = format!("<S:Body {SOAP} ID=\"{id}\">{plain}</S:Body>");
            let signature = sign(&body);
            format!("<S:Envelope {SOAP}><S:Header>{signature}</S:Header>{body}</S:Envelope>")
        }
    })
}
