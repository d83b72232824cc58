//! Around a message in an address: what is signed is the text of the parameters, and what is read has to be that.

use crate::carriage::{Forgery, Query, Sent, escaped, lower};
use crate::shaped::{macs, published};
use crate::{Draw, Stage};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
use std::sync::LazyLock;
use zt_federation::saml::XmlAlgorithm;

fn sent(pieces: &[String]) -> Forgery {
    Forgery::Sent(Sent::Query(pieces.join("&")))
}

/// What is not the name of the message.
const OTHERS: [&str; 4] = ["RelayState", "SigAlg", "Signature", "SAMLEncoding"];

/// One of the parameters once more, as it is or otherwise.
pub(crate) fn twice(draw: &mut Draw, stage: &Stage) -> Forgery {
    let query = Query::plain(draw, stage);
    let mut pieces = query.pieces();
    let piece = match draw.below(4) {
        0 => Query::plain(draw, stage).octets_without_algorithm(),
        1 => {
            // One that was not there, twice.
            let (name, word) = (draw.pick(&OTHERS), draw.word());
            pieces.retain(|piece| !piece.starts_with(name));
            pieces.insert(0, format!("{name}={word}"));
            format!("{name}={}", draw.word())
        }
        2 => {
            let name = draw.pick(&pieces).split('=').next().unwrap().to_owned();
            format!("{name}={}", draw.word())
        }
        _ => draw.pick(&pieces),
    };
    pieces.insert(draw.below(pieces.len() + 1), piece);
    sent(&pieces)
}

/// A request and a response: one of them is signed.
pub(crate) fn both(draw: &mut Draw, stage: &Stage) -> Forgery {
    let query = Query::plain(draw, stage);
    let mut other = Query::plain(draw, stage);
    other.field = match query.field {
        "SAMLRequest" => "SAMLResponse",
        _ => "SAMLRequest",
    };
    let message = match draw.below(3) {
        0 => other.message.clone(),
        1 => query.message.clone(),
        _ => String::new(),
    };
    let mut pieces = query.pieces();
    let at = draw.below(pieces.len() + 1);
    pieces.insert(at, format!("{}={message}", other.field));
    sent(&pieces)
}

/// A letter of a name as `%` and two digits.
pub(crate) fn veiled(draw: &mut Draw, name: &str) -> String {
    let at = draw.below(name.len());
    let octet = name.as_bytes()[at];
    let veil = match draw.coin() {
        true => format!("%{octet:02X}"),
        false => format!("%{octet:02x}"),
    };
    format!("{}{veil}{}", &name[..at], &name[at + 1..])
}

pub(crate) fn disguised(draw: &mut Draw, stage: &Stage) -> Forgery {
    let query = Query::plain(draw, stage);
    let mut pieces = query.pieces();
    match draw.coin() {
        // Instead of the plain one.
        true => {
            let at = draw.below(pieces.len());
            let (name, value) = pieces[at].split_once('=').unwrap();
            pieces[at] = format!("{}={value}", veiled(draw, name));
        }
        // Beside it.
        false => {
            let names = [
                query.field,
                "RelayState",
                "SigAlg",
                "Signature",
                "SAMLEncoding",
            ];
            let name = draw.pick(&names);
            let other = Query::plain(draw, stage).message;
            pieces.insert(
                draw.below(pieces.len() + 1),
                format!("{}={other}", veiled(draw, name)),
            );
        }
    }
    sent(&pieces)
}

pub(crate) fn encoding(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut pieces = Query::plain(draw, stage).pieces();
    let word = draw.word();
    let other = draw.pick(&[
        "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:GZIP".to_owned(),
        "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:deflate".to_owned(),
        "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE ".to_owned(),
        format!("urn:{word}"),
        String::new(),
    ]);
    pieces.push(format!("SAMLEncoding={}", escaped(other.as_bytes())));
    sent(&pieces)
}

/// A signature without its algorithm, an algorithm without a signature, neither, or nothing in them.
pub(crate) fn half_signed(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut pieces = Query::plain(draw, stage).pieces();
    let which = draw.below(5);
    pieces.retain(|piece| {
        let is_signature = piece.starts_with("Signature=");
        let is_algorithm = piece.starts_with("SigAlg=");
        match which {
            0 => !is_signature,
            1 => !is_algorithm,
            2 => !is_signature && !is_algorithm,
            _ => true,
        }
    });
    for piece in &mut pieces {
        let is_emptied = match which {
            3 => piece.starts_with("Signature="),
            4 => piece.starts_with("SigAlg="),
            _ => false,
        };
        if is_emptied {
            piece.truncate(piece.find('=').unwrap() + 1);
        }
    }
    sent(&pieces)
}

const OTHER_ALGORITHMS: [&str; 9] = [
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
    "none",
    "",
];

/// The owner's signature is right, under the name of another algorithm, which is signed along or was put in later.
pub(crate) fn algorithm(draw: &mut Draw, stage: &Stage) -> Forgery {
    let query = Query::plain(draw, stage);
    let word = draw.word();
    let other = match draw.below(10) {
        0 => word,
        _ => draw.pick(&OTHER_ALGORITHMS).to_owned(),
    };
    let other = escaped(other.as_bytes());
    let octets = format!("{}&SigAlg={other}", query.octets_without_algorithm());
    let signature = match draw.coin() {
        true => query.signature_of(&octets),
        false => query.signature(),
    };
    sent(&[octets, format!("Signature={signature}")])
}

/// What was signed is no longer what is there.
pub(crate) fn changed(draw: &mut Draw, stage: &Stage) -> Forgery {
    let query = Query::plain(draw, stage);
    let signature = query.signature();
    let mut other = query.clone();
    match draw.below(6) {
        0 => other.relay_state = Some(draw.word()),
        1 => {
            other.relay_state = match other.relay_state {
                Some(_) if draw.coin() => None,
                Some(state) => Some(format!("{state}%20")),
                None => Some(String::new()),
            };
        }
        // The same octets in another coat.
        2 => {
            let coat = lower(&other.message);
            other.message = match coat == other.message {
                true => format!("{}%3D", other.message.trim_end_matches("%3D")),
                false => coat,
            };
            if other.message == query.message {
                other.relay_state = Some(draw.word());
            }
        }
        3 => {
            other.message = other
                .message
                .replacen(|c: char| c.is_ascii_uppercase(), "%41", 1)
        }
        // Another message of the same kind.
        4 => other.message = Query::plain(draw, stage).message,
        _ => {
            let at = draw.below(other.message.len());
            let octet = other.message.as_bytes()[at];
            if octet.is_ascii_alphanumeric() {
                other.message.insert(at, 'A');
            } else {
                other.message.push_str("AAAA");
            }
        }
    }
    let mut pieces = vec![other.octets(), format!("Signature={signature}")];
    if other.octets() == query.octets() {
        pieces[0] = pieces[0].replacen('=', "=A", 1);
    }
    sent(&pieces)
}

/// Signed as the parameters stood, and not in the order in which they are signed (§3.4.4.1).
pub(crate) fn order(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut query = Query::plain(draw, stage);
    query.relay_state = Some(draw.word());
    let message = format!("{}={}", query.field, query.message);
    let state = format!(
        "RelayState={}",
        query.relay_state.clone().unwrap_or_default()
    );
    let algorithm = format!("SigAlg={}", query.algorithm());
    let orders = [
        [&state, &message, &algorithm],
        [&algorithm, &message, &state],
        [&message, &algorithm, &state],
        [&state, &algorithm, &message],
        [&algorithm, &state, &message],
    ];
    let parts = draw.pick(&orders).map(String::as_str);
    let octets = match draw.below(3) {
        0 => parts.concat(),
        1 => parts[..2].join("&"),
        _ => parts.join("&"),
    };
    let signature = query.signature_of(&octets);
    sent(&[parts.join("&"), format!("Signature={signature}")])
}

/// A published key is taken for a secret.
pub(crate) fn mac(draw: &mut Draw, stage: &Stage) -> Forgery {
    let query = Query::plain(draw, stage);
    let (uri, code) = draw.pick(&macs());
    // By its own name, or by that of the key.
    let uri = match draw.below(3) {
        0 => XmlAlgorithm::RsaSha256.uri(),
        1 => XmlAlgorithm::EcdsaSha256.uri(),
        _ => uri,
    };
    let of = draw.pick(&XmlAlgorithm::ALL);
    let secret = hmac::Key::new(code, &draw.pick(&published(of)));
    let octets = format!(
        "{}&SigAlg={}",
        query.octets_without_algorithm(),
        escaped(uri.as_bytes())
    );
    let signature = hmac::sign(&secret, octets.as_bytes());
    let signature = escaped(STANDARD.encode(signature).as_bytes());
    sent(&[octets, format!("Signature={signature}")])
}

/// A signature that the owner made of something else.
pub(crate) fn kept(draw: &mut Draw, stage: &Stage) -> Forgery {
    let (query, other) = (Query::plain(draw, stage), Query::plain(draw, stage));
    let signature = match draw.below(3) {
        0 => other.signature(),
        1 => query.signature_of(&query.octets_without_algorithm()),
        _ => query.signature_of(&stage.any(draw).text()),
    };
    sent(&[query.octets(), format!("Signature={signature}")])
}

fn signed(draw: &mut Draw, stage: &Stage, packed: &[u8]) -> Forgery {
    let query = Query::packed(stage, packed, Some("room-7"));
    Forgery::Sent(Sent::Query(query.signed(draw)))
}

/// Streams that are more, or less, or another kind of a stream; the owner signed what came.
pub(crate) fn members(draw: &mut Draw, stage: &Stage) -> Forgery {
    let text = stage.any(draw).text();
    let packed = compress_to_vec(text.as_bytes(), 1);
    let evil = stage.any(draw).text();
    let octets = match draw.below(9) {
        0 => [packed, draw.word().into_bytes()].concat(),
        1 => [packed, compress_to_vec(evil.as_bytes(), 1)].concat(),
        2 => [packed, vec![0; 1 + draw.below(9)]].concat(),
        3 => compress_to_vec_zlib(text.as_bytes(), 1),
        // RFC 1952.
        4 => [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], &*packed, &[0; 8]].concat(),
        5 => packed[..packed.len() - 1 - draw.below(packed.len() / 2)].to_vec(),
        6 => text.into_bytes(),
        // Two documents in one stream.
        7 => compress_to_vec(format!("{text}{evil}").as_bytes(), 1),
        _ => {
            // A block of a kind that there is not (RFC 1951 §3.2.3).
            let mut octets = packed;
            octets[0] |= 0b110;
            octets
        }
    };
    signed(draw, stage, &octets)
}

/// So much of one letter, compressed.
static GROWING: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    [129 * 1024, 200 * 1024, 1 << 20, 4 << 20]
        .map(|length| compress_to_vec(&vec![b' '; length], 1))
        .to_vec()
});

/// Small, and large once it is read.
pub(crate) fn bombs(draw: &mut Draw, stage: &Stage) -> Forgery {
    let text = stage.any(draw).text();
    let length = u16::try_from(text.len()).unwrap();
    // A stored block that is not the last (RFC 1951 §3.2.4), and then what grows.
    let [low, high] = length.to_le_bytes();
    let head = [0, low, high, !low, !high];
    let packed = [&head[..], text.as_bytes(), &draw.pick(&GROWING)].concat();
    signed(draw, stage, &packed)
}

/// Not base64, or not as it is written in an address; the owner signed what came.
pub(crate) fn base64(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut query = Query::plain(draw, stage);
    query.message = spoilt(draw, &query.message);
    Forgery::Sent(Sent::Query(query.signed(draw)))
}

/// Escaped base64 that is none any more.
pub(crate) fn spoilt(draw: &mut Draw, message: &str) -> String {
    let at = draw.below(message.len());
    // Never inside of an escape.
    let at = message[..at]
        .rfind('%')
        .filter(|from| at < from + 3)
        .unwrap_or(at);
    let put = |piece: &str| format!("{}{piece}{}", &message[..at], &message[at..]);
    match draw.below(10) {
        0 => put("%00"),
        1 => put("%2"),
        2 => put("%zz"),
        3 => put("%C0%AB"),
        4 => put("-"),
        5 => put("_"),
        6 => put("%20"),
        7 => put("!"),
        8 => put("%3D"),
        _ => format!("{message}%3D%3D%3D"),
    }
}
