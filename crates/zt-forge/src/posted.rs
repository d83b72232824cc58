//! Around a message in a form.

use crate::bound::{spoilt, veiled};
use crate::carriage::{Forgery, Query, Sent, escaped, field, form};
use crate::message::Genuine;
use crate::{Draw, Stage};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::compress_to_vec;

fn sent(octets: Vec<u8>) -> Forgery {
    Forgery::Sent(Sent::Form(octets))
}

fn genuine(draw: &mut Draw, stage: &Stage) -> (String, String) {
    let genuine = Genuine::new(draw, stage);
    let value = escaped(STANDARD.encode(&genuine.signed).as_bytes());
    (value, genuine.signed)
}

fn put(draw: &mut Draw, mut pieces: Vec<String>, piece: String) -> Forgery {
    pieces.insert(draw.below(pieces.len() + 1), piece);
    sent(pieces.join("&").into_bytes())
}

pub(crate) fn twice(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (value, _) = genuine(draw, stage);
    let pieces = vec![
        format!("{}={value}", field(stage)),
        "RelayState=room-7".to_owned(),
    ];
    let piece = match draw.below(4) {
        0 => draw.pick(&pieces),
        1 => format!("RelayState={}", draw.word()),
        2 => format!("{}=", field(stage)),
        _ => format!("{}={}", field(stage), genuine(draw, stage).0),
    };
    put(draw, pieces, piece)
}

pub(crate) fn both(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (value, _) = genuine(draw, stage);
    let other = match field(stage) {
        "SAMLRequest" => "SAMLResponse",
        _ => "SAMLRequest",
    };
    let beside = match draw.below(3) {
        0 => value.clone(),
        1 => String::new(),
        _ => genuine(draw, stage).0,
    };
    put(
        draw,
        vec![format!("{}={value}", field(stage))],
        format!("{other}={beside}"),
    )
}

pub(crate) fn disguised(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (value, _) = genuine(draw, stage);
    if draw.coin() {
        let name = veiled(draw, field(stage));
        return sent(format!("{name}={value}&RelayState=room-7").into_bytes());
    }
    let name = draw.pick(&["SAMLRequest", "SAMLResponse", "RelayState"]);
    let piece = format!("{}={}", veiled(draw, name), draw.word());
    put(draw, vec![format!("{}={value}", field(stage))], piece)
}

/// A form is signed inside or not at all: what stands beside it is no signature of it.
pub(crate) fn beside(draw: &mut Draw, stage: &Stage) -> Forgery {
    let plain = stage.any(draw).text();
    let mut query = Query::plain(draw, stage);
    query.message = escaped(STANDARD.encode(plain).as_bytes());
    sent(query.signed(draw).into_bytes())
}

/// A form has no compression: what is compressed is no document, however large it would be.
pub(crate) fn compressed(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (_, signed) = genuine(draw, stage);
    if draw.below(25) == 0 {
        let long = format!("{signed}{}", " ".repeat(128 * 1024));
        return sent(form(stage, long.as_bytes()));
    }
    sent(form(stage, &compress_to_vec(signed.as_bytes(), 1)))
}

pub(crate) fn base64(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (value, _) = genuine(draw, stage);
    let value = match draw.below(4) {
        // A `+` that nobody escaped is a space.
        0 if value.contains("%2B") => value.replace("%2B", "+"),
        _ => spoilt(draw, &value),
    };
    sent(format!("{}={value}&RelayState=room-7", field(stage)).into_bytes())
}
