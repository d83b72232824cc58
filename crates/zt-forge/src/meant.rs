//! Signed by the owner, and meant for somebody else, or for another time.

use crate::altered::assertion;
use crate::carriage::{Binding, Forgery, Paper};
use crate::message::{Demand, SAML, Said};
use crate::{Draw, Stage};
use zt_federation::saml::MessageKind;

/// Signed by the owner: in the document, or beside it where there is such a place.
fn owned(draw: &mut Draw, stage: &Stage, said: &Said) -> Forgery {
    let may_be_bare = stage.binding == Binding::Redirect || stage.demand == Demand::AsItComes;
    let text = match may_be_bare && draw.coin() {
        true => said.text(),
        false => said.signed(draw),
    };
    Paper::owned(text).into()
}

pub(crate) fn destination(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    let (at, word) = (&stage.at, draw.word());
    let (scheme, rest) = at.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let to = match draw.below(16) {
        // By SOAP it need not be said, nor where nothing is signed.
        0 if stage.binding != Binding::Soap && stage.demand == Demand::Signed => String::new(),
        0 | 1 => stage.beside.clone(),
        2 => format!("{at}/"),
        3 => format!("{at}?{word}"),
        4 => format!("{at}#{word}"),
        5 => at.to_uppercase(),
        6 => format!("{scheme}://{word}@{host}/{path}"),
        7 => format!("{scheme}://{host}.{word}.example/{path}"),
        8 => format!("{scheme}://{word}.{host}/{path}"),
        9 => format!("http://{host}/{path}"),
        10 => format!("{scheme}://{host}:443/{path}"),
        11 => format!("{scheme}://{host}//{path}"),
        12 => format!("{scheme}://{host}/{word}/../{path}"),
        13 => at.replacen("saml", "%73aml", 1),
        14 => format!(" {at} "),
        _ => format!("https://{word}.example/{path}"),
    };
    said.set("Destination", &to);
    if to.is_empty() && draw.coin() {
        said.drop("Destination");
    }
    owned(draw, stage, &said)
}

/// Times that are none, or not now.
fn wrong_time(draw: &mut Draw, stage: &Stage, earliest: i64, latest: i64) -> String {
    let far = |draw: &mut Draw| i64::try_from(draw.below(200_000_000)).unwrap();
    let now = stage.time(0);
    match draw.below(4) {
        0 => stage.time(-earliest - 1 - far(draw)),
        1 => stage.time(latest + 1 + far(draw)),
        2 => stage.time(draw.pick(&[-earliest - 1, latest + 1])),
        _ => {
            let bare = now.trim_end_matches('Z').to_owned();
            let day = bare.split('T').next().unwrap().to_owned();
            draw.pick(&[
                String::new(),
                bare.clone(),
                day.clone(),
                format!("{bare}+00:00"),
                format!("{bare}+09:00"),
                format!("{day}T24:00:01Z"),
                format!("{day}T23:61:00Z"),
                now.replace('T', " "),
                now.to_lowercase(),
                "2026-02-30T00:00:00Z".to_owned(),
                "2026-13-01T00:00:00Z".to_owned(),
                "99999999999999-01-01T00:00:00Z".to_owned(),
                "now".to_owned(),
                stage.now.as_seconds().to_string(),
            ])
        }
    }
}

/// Ten minutes is the longest way, three what clocks are off.
pub(crate) fn time(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    match draw.below(12) {
        0 => said.drop("IssueInstant"),
        1..=3 if stage.kind == MessageKind::LogoutRequest => {
            let ago = 180 + i64::try_from(draw.below(100_000)).unwrap();
            let end = match draw.coin() {
                true => stage.time(-ago),
                false => draw.pick(&["", "never", "0", "2026-01-01"]).to_owned(),
            };
            said.set("NotOnOrAfter", &end);
        }
        _ => {
            let at = wrong_time(draw, stage, 600, 180);
            said.set("IssueInstant", &at);
        }
    }
    owned(draw, stage, &said)
}

pub(crate) fn issuer(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    let (us, other, word) = (&stage.issuer, &stage.other, draw.word());
    let of = |attributes: &str, text: &str| {
        format!("<saml:Issuer {SAML}{attributes}>{text}</saml:Issuer>")
    };
    said.issuer = match draw.below(14) {
        0 | 1 => of("", other),
        2 => of("", &format!("{us}/{word}")),
        3 => of("", &us.to_uppercase()),
        4 => of("", ""),
        5 => String::new(),
        6 => of("", us) + &of("", other),
        7 => of("", other) + &of("", us),
        8 => of(
            " Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"",
            us,
        ),
        9 => of(&format!(" NameQualifier=\"{word}\""), us),
        10 => of(&format!(" SPNameQualifier=\"{word}\""), us),
        11 => of("", &format!("<saml:NameID>{us}</saml:NameID>")),
        12 => format!("<Issuer>{us}</Issuer>"),
        _ => of("", &format!("https://{word}.example/")),
    };
    // What nobody signed is of whomever it says.
    Paper::owned(said.signed(draw)).into()
}

pub(crate) fn kind(draw: &mut Draw, stage: &Stage) -> Forgery {
    let kinds = [
        MessageKind::AuthnRequest,
        MessageKind::LogoutRequest,
        MessageKind::LogoutResponse,
    ];
    let others: Vec<MessageKind> = kinds
        .into_iter()
        .filter(|kind| *kind != stage.kind)
        .collect();
    let mut said = stage.any(draw);
    match draw.below(4) {
        0 => {
            // Of the same provider, and for another address of it.
            let other = Stage {
                kind: draw.pick(&others),
                ..stage.clone()
            };
            let mut said = other.any(draw);
            if other.kind == MessageKind::LogoutRequest && stage.kind == MessageKind::AuthnRequest {
                said.body
                    .push_str("<samlp:NameIDPolicy></samlp:NameIDPolicy>");
            }
            return not_that(draw, stage, said);
        }
        1 => said.element = stage.kind.as_str().to_lowercase(),
        _ => {
            said.element = draw
                .pick(&[
                    "Response",
                    "ArtifactResolve",
                    "ArtifactResponse",
                    "ManageNameIDRequest",
                    "ManageNameIDResponse",
                    "NameIDMappingRequest",
                    "AuthnQuery",
                    "AttributeQuery",
                    "AssertionIDRequest",
                    "Request",
                ])
                .to_owned();
        }
    }
    owned(draw, stage, &said)
}

/// A message of another kind: where both are taken, it comes as what it is not, if the binding can say so.
fn not_that(draw: &mut Draw, stage: &Stage, said: Said) -> Forgery {
    let is_taken_too = |element: &str| {
        stage.kind != MessageKind::AuthnRequest
            && (element == "LogoutRequest" || element == "LogoutResponse")
    };
    if is_taken_too(&said.element) {
        // As one that answers and asks: it is neither.
        let mut said = said;
        said.element = "AuthnRequest".to_owned();
        return owned(draw, stage, &said);
    }
    owned(draw, stage, &said)
}

/// What identity providers send, to one.
pub(crate) fn response(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    said.element = draw
        .pick(&["Response", "Response", "ArtifactResponse"])
        .to_owned();
    said.set("InResponseTo", &stage.asked);
    let inside = match draw.below(3) {
        0 => assertion(draw, stage),
        1 => format!(
            "<saml:EncryptedAssertion {SAML}><xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"><xenc:CipherData><xenc:CipherValue>{}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>",
            draw.word()
        ),
        _ => format!(
            "<saml:Assertion {SAML} ID=\"_{}\"><saml:Issuer>{}</saml:Issuer><saml:Advice>{}</saml:Advice></saml:Assertion>",
            draw.word(),
            stage.issuer,
            assertion(draw, stage)
        ),
    };
    said.body = format!(
        "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode></samlp:Status>{inside}"
    );
    owned(draw, stage, &said)
}

pub(crate) fn version(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    let version = draw.pick(&[
        "1.0", "1.1", "2.1", "3.0", "2", "2.0 ", " 2.0", "02.0", "2.00", "", "２.0",
    ]);
    said.set("Version", version);
    if version.is_empty() && draw.coin() {
        said.drop("Version");
    }
    owned(draw, stage, &said)
}

pub(crate) fn id(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    let word = draw.word();
    let id = draw.pick(&[
        String::new(),
        format!("1{word}"),
        format!("-{word}"),
        format!(" {word}"),
        format!("{word} "),
        format!("{word} b"),
        format!("関{word}"),
        format!("{word}&#10;"),
        format!("{word}/../a"),
        format!("{word}&quot;&gt;"),
        format!("_{}", word.repeat(60)),
    ]);
    said.set("ID", &id);
    if id.is_empty() && draw.coin() {
        said.drop("ID");
    }
    owned(draw, stage, &said)
}

/// Addresses that the owner is not registered with, however they look.
pub(crate) fn consumer(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    let (there, word) = (&stage.consumer, draw.word());
    let (scheme, rest) = there.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let url = match draw.below(28) {
        0 => format!("javascript:{word}()"),
        1 => format!("JavaScript:alert('{word}')//"),
        2 => format!("java&#10;script:{word}()"),
        3 => format!("javascript://{host}/%0a{word}()"),
        4 => format!("data:text/html,&lt;script&gt;{word}()&lt;/script&gt;"),
        5 => format!("vbscript:{word}"),
        6 => format!("file:///etc/{word}"),
        7 => format!("about:{word}"),
        8 => format!("blob:{there}#{word}"),
        9 => format!("{there}/"),
        10 => format!("{there}?{word}"),
        11 => format!("{there}#{word}"),
        12 => format!("{there}%00{word}"),
        13 => format!("{scheme}://{word}@{host}/{path}"),
        14 => format!("{scheme}://{host}@{word}.example/{path}"),
        15 => format!("{scheme}://{host}.{word}.example/{path}"),
        16 => format!("{scheme}://{word}.{host}/{path}"),
        17 => format!("http://{host}/{path}"),
        18 => format!("//{host}/{path}"),
        19 => format!("/{path}"),
        20 => format!("{scheme}:\\\\{host}\\{path}"),
        21 => format!("{scheme}://{host}:443/{path}"),
        22 => format!("{scheme}://{host}/{word}/../{path}"),
        23 => format!("{scheme}://{host}/{path}&quot;&gt;&lt;script&gt;{word}()"),
        24 => format!(" {there}"),
        25 => there.to_uppercase(),
        26 => String::new(),
        _ => format!("https://{word}.example/{path}"),
    };
    match draw.below(8) {
        0 => {
            let index = draw.pick(&[
                "1",
                "65536",
                "-1",
                "+0",
                "0x0",
                "",
                " 0",
                "４",
                "99999999999",
            ]);
            said.set("AssertionConsumerServiceIndex", index);
        }
        1 => {
            // Both, though the address be right.
            said.set("AssertionConsumerServiceURL", there);
            said.set("AssertionConsumerServiceIndex", "0");
        }
        2 => {
            let binding = draw.pick(&[
                "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
                "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact",
                "urn:oasis:names:tc:SAML:2.0:bindings:PAOS",
                "urn:oasis:names:tc:SAML:2.0:bindings:http-post",
                "",
            ]);
            said.set("ProtocolBinding", binding);
        }
        _ => said.set("AssertionConsumerServiceURL", &url),
    }
    owned(draw, stage, &said)
}

/// An assertion for somebody else.
pub(crate) fn audience(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    let word = draw.word();
    let audience = |text: &str| format!("<saml:Audience>{text}</saml:Audience>");
    let of =
        |inside: &str| format!("<saml:AudienceRestriction>{inside}</saml:AudienceRestriction>");
    let us = &stage.issuer;
    let inside = match draw.below(7) {
        0 => of(&audience(&stage.other)),
        1 => of(&audience(&format!("{us}/{word}"))),
        2 => of(""),
        3 => of(&audience(us)) + &of(&audience(&stage.other)),
        4 => of(&audience(&us.to_uppercase())),
        5 => of(&(audience(&stage.other) + &audience(&format!("https://{word}.example/")))),
        _ => of(&audience(&format!("https://{word}.example/"))),
    };
    said.body.push_str(&format!(
        "<saml:Conditions {SAML}>{inside}</saml:Conditions>"
    ));
    owned(draw, stage, &said)
}

/// A subject that is confirmed for another recipient: a request has none (Profiles §4.1.4.1).
pub(crate) fn recipient(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    let word = draw.word();
    let to = draw.pick(&[
        format!("https://{word}.example/"),
        stage.consumer.clone(),
        stage.at.clone(),
        String::new(),
    ]);
    let method = draw.pick(&["bearer", "holder-of-key", "sender-vouches"]);
    let confirmation = format!(
        "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:{method}\"><saml:SubjectConfirmationData InResponseTo=\"{}\" Recipient=\"{to}\"/></saml:SubjectConfirmation></saml:Subject>",
        stage.asked
    );
    said.body = said.body.replace("</saml:Subject>", &confirmation);
    owned(draw, stage, &said)
}

pub(crate) fn conditions(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    let far = i64::try_from(draw.below(10_000_000)).unwrap();
    let attribute = match draw.below(4) {
        0 => format!("NotOnOrAfter=\"{}\"", stage.time(-180 - far)),
        1 => format!("NotBefore=\"{}\"", stage.time(181 + far)),
        2 => "NotOnOrAfter=\"tomorrow\"".to_owned(),
        _ => "NotBefore=\"\"".to_owned(),
    };
    said.body.push_str(&format!(
        "<saml:Conditions {SAML} {attribute}></saml:Conditions>"
    ));
    owned(draw, stage, &said)
}

/// A name that only we could read, if we could.
pub(crate) fn encrypted_name(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    let word = draw.word();
    let other = match draw.below(3) {
        0 => format!("<saml:BaseID {SAML}>{word}</saml:BaseID>"),
        1 => format!("<saml:EncryptedID {SAML}></saml:EncryptedID>"),
        _ => format!(
            "<saml:EncryptedID {SAML}><xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"><xenc:CipherData><xenc:CipherValue>{word}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedID>"
        ),
    };
    let from = said.body.find("<saml:NameID").unwrap();
    let to = said.body.find("</saml:NameID>").unwrap() + "</saml:NameID>".len();
    let at = match draw.below(3) {
        0 => from..to,
        1 => from..from,
        _ => to..to,
    };
    said.body.replace_range(at, &other);
    owned(draw, stage, &said)
}

/// Nobody, or more than one.
pub(crate) fn nobody(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    let evil = stage.evil(draw);
    let name = |text: &str| format!("<saml:NameID {SAML}>{text}</saml:NameID>");
    let index = "<samlp:SessionIndex>s1</samlp:SessionIndex>";
    said.body = match draw.below(7) {
        0 => index.to_owned(),
        1 => name("") + index,
        2 => name(" ") + index,
        3 => name(&draw.word()) + &name(&evil),
        4 => name(&evil) + &index.repeat(33 + draw.below(40)),
        5 => name(&evil.repeat(200)),
        _ => name(&format!("{evil}<saml:a/>")),
    };
    owned(draw, stage, &said)
}

/// An answer to something else, signed, and in time.
pub(crate) fn in_response_to(draw: &mut Draw, stage: &Stage) -> Forgery {
    let mut said = stage.any(draw);
    let (asked, word) = (&stage.asked, draw.word());
    let other = draw.pick(&[
        String::new(),
        format!("_{word}"),
        format!("{asked} "),
        format!("{asked}{word}"),
        asked.to_uppercase(),
        format!("{asked} _{word}"),
        format!("#{asked}"),
    ]);
    said.set("InResponseTo", &other);
    if other.is_empty() && draw.coin() {
        said.drop("InResponseTo");
    }
    owned(draw, stage, &said)
}
