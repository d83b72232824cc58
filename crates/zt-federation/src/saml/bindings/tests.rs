use super::super::tests::parsed;
use super::super::*;
use super::{BindingError as No, Carried};
use crate::RedirectUri;
use crate::xml::{Content, Namespace, XmlError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
use proptest::prelude::*;

const RSA: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

fn escaped(octets: &[u8]) -> String {
    let base64 = STANDARD.encode(octets);
    form_urlencoded::byte_serialize(base64.as_bytes()).collect()
}

fn packed(text: &str) -> String {
    escaped(&compress_to_vec(text.as_bytes(), 6))
}

fn refused(query: &str) -> BindingError {
    RedirectMessage::read(query).unwrap_err()
}

#[test]
fn a_message_comes_in_an_address() {
    let read = RedirectMessage::read(&format!("SAMLRequest={}", packed("<a/>"))).unwrap();
    assert_eq!((read.carried, &*read.text), (Carried::Request, "<a/>"));
    assert_eq!((read.relay_state, read.signature), (None, None));
    let query = format!(
        "other=1&RelayState=%E6%84%9B+%2B&SAMLEncoding=urn%3Aoasis%3Anames%3Atc%3ASAML%3A2.0%3Abindings%3AURL-Encoding%3ADEFLATE&SAMLResponse={}&",
        packed("<b/>")
    );
    let read = RedirectMessage::read(&query).unwrap();
    assert_eq!((read.carried, &*read.text), (Carried::Response, "<b/>"));
    assert_eq!(read.relay_state.as_deref(), Some("愛 +"));
}

#[test]
fn what_was_signed_is_what_stands_in_the_address() {
    let message = packed("<a/>");
    // As Microsoft's programs escape, in lower case; the state as one escapes that nobody would escape so.
    for (state, algorithm) in [
        (
            "",
            "http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256",
        ),
        (
            "",
            "http%3a%2f%2fwww.w3.org%2f2001%2f04%2fxmldsig-more%23rsa-sha256",
        ),
        (
            "&RelayState=%61b%2fc+d",
            "http://www.w3.org/2001/04/xmldsig-more%23rsa-sha256",
        ),
        (
            "&RelayState=",
            "http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256",
        ),
    ] {
        let octets = format!("SAMLRequest={message}{state}&SigAlg={algorithm}");
        let elsewhere =
            format!("Signature=AQID&x=y&SigAlg={algorithm}{state}&SAMLRequest={message}");
        for query in [format!("{octets}&Signature=AQID"), elsewhere] {
            let read = RedirectMessage::read(&query).unwrap();
            let signature = read.signature.unwrap();
            assert_eq!(signature.octets, octets, "{query}");
            assert_eq!(signature.algorithm, RSA);
            assert_eq!(signature.signature, [1, 2, 3]);
        }
    }
}

#[test]
fn what_is_wrong_in_an_address_is_said() {
    let message = packed("<a/>");
    let with = |more: &str| format!("SAMLRequest={message}{more}");
    let zlib = escaped(&compress_to_vec_zlib(b"<a/>", 6));
    let mut longer = compress_to_vec(b"<a/>", 6);
    longer.push(0);
    let cut = &compress_to_vec(&[b'a'; 500], 0)[..200];
    let limit = Content::Message.limit();
    let bomb = escaped(&compress_to_vec(&vec![b'a'; limit + 1], 9));
    let most = compress_to_vec(&vec![b'a'; limit], 9);
    for (query, wanted) in [
        (String::new(), No::Nothing),
        ("RelayState=a".into(), No::Nothing),
        ("samlrequest=a".into(), No::Nothing),
        (
            with(&format!("&SAMLRequest={message}")),
            No::Twice("SAMLRequest"),
        ),
        (with("&SAMLResponse=a"), No::Twice("SAMLResponse")),
        (with("&RelayState=a&RelayState=b"), No::Twice("RelayState")),
        (with("&SigAlg=a&SigAlg=b"), No::Twice("SigAlg")),
        (with("&Signature=a&Signature=b"), No::Twice("Signature")),
        (with("&%53AMLRequest=a"), No::Disguised),
        (with("&Relay%53tate=a"), No::Disguised),
        (with("&SigAl%67=a"), No::Disguised),
        (with("&RelayState=%"), No::Escape("RelayState")),
        (with("&RelayState=%4"), No::Escape("RelayState")),
        (with("&RelayState=%zz"), No::Escape("RelayState")),
        (with("&RelayState=%ff"), No::Escape("RelayState")),
        (
            with(&format!("&RelayState={}", "a".repeat(2049))),
            No::RelayState,
        ),
        (
            with(&format!("&RelayState={}", "%E6%84%9B".repeat(683))),
            No::RelayState,
        ),
        (with("&SAMLEncoding=gzip"), No::Encoding),
        (with("&SigAlg=a"), No::HalfSigned),
        (with("&Signature=AQID"), No::HalfSigned),
        (with("&SigAlg=a&Signature=%21"), No::Base64("Signature")),
        ("SAMLRequest=a".into(), No::Base64("SAMLRequest")),
        ("SAMLRequest=%2Bw%20".into(), No::Base64("SAMLRequest")),
        ("SAMLRequest=".into(), No::Deflate),
        (format!("SAMLRequest={zlib}"), No::Deflate),
        (format!("SAMLRequest={}", escaped(b"<a/>")), No::Deflate),
        (format!("SAMLRequest={}", escaped(&longer)), No::Deflate),
        (format!("SAMLRequest={}", escaped(cut)), No::Deflate),
        (format!("SAMLRequest={bomb}"), No::TooLong(limit)),
        (
            format!(
                "SAMLRequest={}",
                escaped(&compress_to_vec(&[0xff, 0xfe], 6))
            ),
            No::Xml(XmlError::NotUtf8),
        ),
        (
            format!("SAMLRequest={}", "A".repeat(70_000)),
            No::TooLong(64 * 1024),
        ),
    ] {
        let shown: String = query.chars().take(100).collect();
        assert_eq!(refused(&query), wanted, "{shown}");
        assert!(!wanted.to_string().ends_with('.'));
    }
    let read = RedirectMessage::read(&format!("SAMLRequest={}", escaped(&most)));
    assert_eq!(read.unwrap().text.len(), limit);
    let state = "a".repeat(2048);
    let read = RedirectMessage::read(&with(&format!("&RelayState={state}")));
    assert_eq!(read.unwrap().relay_state, Some(state));
}

#[test]
fn a_message_comes_in_a_form() {
    let broken = "PGE%2B\r\nPC9h%0D%0APg%3D%3D";
    let form = format!("RelayState=https%3A%2F%2Fwiki.example%2F%3Fa&SAMLRequest={broken}");
    let read = PostMessage::read(form.as_bytes()).unwrap();
    assert_eq!((read.carried, &*read.text), (Carried::Request, "<a></a>"));
    assert_eq!(read.relay_state.as_deref(), Some("https://wiki.example/?a"));
    let long = escaped(&vec![b'a'; Content::Message.limit() + 1]);
    let state = "a".repeat(2049);
    for (form, wanted) in [
        ("", No::Nothing),
        (
            "SAMLRequest=YQ%3D%3D&SAMLRequest=YQ%3D%3D",
            No::Twice("SAMLRequest"),
        ),
        (
            "SAMLRequest=YQ%3D%3D&SAMLResponse=YQ%3D%3D",
            No::Twice("SAMLResponse"),
        ),
        ("SAMLRequest=YQ%3D%3D&%53AMLRequest=YQ%3D%3D", No::Disguised),
        ("SAMLRequest=YQ", No::Base64("SAMLRequest")),
        ("SAMLRequest=PGE+PC9hPg==", No::Base64("SAMLRequest")),
        ("SAMLRequest=%3Ca%2F%3E", No::Base64("SAMLRequest")),
        ("SAMLRequest=%2F%2F8%3D", No::Xml(XmlError::NotUtf8)),
        (
            &format!("SAMLRequest=YQ%3D%3D&RelayState={state}"),
            No::RelayState,
        ),
        (
            &format!("SAMLRequest={long}"),
            No::TooLong(Content::Message.limit()),
        ),
        (&"a".repeat(600_000), No::TooLong(512 * 1024)),
    ] {
        let shown: String = form.chars().take(100).collect();
        assert_eq!(PostMessage::read(form.as_bytes()), Err(wanted), "{shown}");
    }
    assert_eq!(
        PostMessage::read(b"SAMLRequest=\xff"),
        Err(No::Xml(XmlError::NotUtf8))
    );
}

const ENVELOPE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Header/><S:Body>
<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1"> <a>愛</a>
</samlp:LogoutRequest></S:Body></S:Envelope>"#;

#[test]
fn a_message_comes_in_an_envelope() {
    let inside = "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_1\"> <a>愛</a>\n</samlp:LogoutRequest>";
    assert_eq!(soap_message(ENVELOPE.as_bytes()).unwrap(), inside);
    // Line ends are what XML has them read as, wherever they are.
    let windows = ENVELOPE.replace('\n', "\r\n");
    assert_eq!(soap_message(windows.as_bytes()).unwrap(), inside);
    let edited = |from: &str, to: &str| super::super::tests::edited(ENVELOPE, &[(from, to)]);
    let other = "</samlp:LogoutRequest>";
    for (envelope, wanted) in [
        (inside.to_owned(), No::Body),
        (
            ENVELOPE.replace(
                "schemas.xmlsoap.org/soap/envelope/",
                "www.w3.org/2003/05/soap-envelope",
            ),
            No::Body,
        ),
        (edited(other, "</samlp:LogoutRequest><b/>"), No::Body),
        (
            edited(
                other,
                "</samlp:LogoutRequest><samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>",
            ),
            No::Body,
        ),
        (
            edited("urn:oasis:names:tc:SAML:2.0:protocol", "urn:x"),
            No::Body,
        ),
        (
            edited(
                "<S:Header/>",
                "<S:Header><a S:mustUnderstand=\"1\"/></S:Header>",
            ),
            No::Header,
        ),
        (
            edited("<S:Header/>", "<S:Body/>"),
            No::Xml(XmlError::Repeated {
                parent: "Envelope".into(),
                child: "Body",
            }),
        ),
        (
            edited("<S:Header/>", "text"),
            No::Xml(XmlError::StrayText("Envelope".into())),
        ),
        (
            edited("<S:Header/>", "<!-- -->"),
            No::Xml(XmlError::Comment),
        ),
        (
            edited("<S:Body>", "<S:Body>text"),
            No::Xml(XmlError::StrayText("Body".into())),
        ),
    ] {
        assert_eq!(soap_message(envelope.as_bytes()), Err(wanted), "{envelope}");
    }
    let headed = edited(
        "<S:Header/>",
        "<S:Header><a S:mustUnderstand=\"0\"/></S:Header>",
    );
    assert!(soap_message(headed.as_bytes()).is_ok());
    assert_eq!(soap_message(b"\xff"), Err(No::Xml(XmlError::NotUtf8)));
}

#[test]
fn a_message_that_leans_on_its_envelope_means_the_same_alone() {
    let declared = " xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"";
    let bare = ENVELOPE.replace(declared, "");
    for at in ["<S:Envelope", "<S:Body"] {
        let leaning = bare.replacen(at, &format!("{at}{declared} xmlns=\"urn:a&amp;b\""), 1);
        let alone = soap_message(leaning.as_bytes()).unwrap();
        let document = crate::xml::Document::parse(&alone, Content::Message).unwrap();
        let inside = document.root().children().next().unwrap();
        assert!(document.root().is(Namespace::SAMLP, "LogoutRequest"));
        assert_eq!(inside.namespace(), "urn:a&b");
    }
    // What it says itself counts.
    let both = ENVELOPE.replacen("<S:Body", "<S:Body xmlns:samlp=\"urn:x\"", 1);
    let plain = soap_message(ENVELOPE.as_bytes());
    assert_eq!(soap_message(both.as_bytes()), plain);
}

#[test]
fn an_envelope_says_what_went_wrong() {
    let fault = soap_fault("a < b & c\u{1}\u{ffff}");
    insta::assert_snapshot!(fault);
    let document = parsed(&fault);
    assert!(document.root().is(Namespace::SOAP, "Envelope"));
    assert_eq!(soap_message(fault.as_bytes()), Err(No::Body));
}

#[test]
fn what_goes_in_an_address_comes_after_what_is_there() {
    let query = RedirectQuery::new(Carried::Request, "<a/>", Some("a b&c"), RSA);
    let octets = String::from_utf8(query.octets().to_vec()).unwrap();
    assert!(
        octets.contains("&RelayState=a%20b%26c&SigAlg=http%3A%2F%2F"),
        "{octets}"
    );
    for (to, begins) in [
        (
            "https://wiki.example/slo",
            "https://wiki.example/slo?SAMLRequest=",
        ),
        (
            "https://wiki.example/slo?",
            "https://wiki.example/slo?SAMLRequest=",
        ),
        (
            "https://wiki.example/slo?sls",
            "https://wiki.example/slo?sls&SAMLRequest=",
        ),
        (
            "https://wiki.example/slo?a=b&",
            "https://wiki.example/slo?a=b&SAMLRequest=",
        ),
    ] {
        let address = query.address(&RedirectUri::parse(to).unwrap(), &[1, 2, 3]);
        assert!(address.starts_with(begins), "{address}");
        assert!(
            address.ends_with(&format!("{octets}&Signature=AQID")),
            "{address}"
        );
    }
}

proptest! {
    #[test]
    fn what_goes_in_an_address_is_read(
        text in "\\PC{0,300}",
        state in proptest::option::of("\\PC{1,80}"),
        signature in proptest::collection::vec(any::<u8>(), 0..80),
        is_request in any::<bool>(),
    ) {
        let carried = if is_request { Carried::Request } else { Carried::Response };
        let query = RedirectQuery::new(carried, &text, state.as_deref(), RSA);
        let to = RedirectUri::parse("https://wiki.example/slo?sls=1").unwrap();
        let address = query.address(&to, &signature);
        let read = RedirectMessage::read(address.split_once('?').unwrap().1).unwrap();
        let signed = read.signature.unwrap();
        prop_assert_eq!(signed.octets.as_bytes(), query.octets());
        prop_assert_eq!(signed.algorithm, RSA);
        prop_assert_eq!(signed.signature, signature);
        prop_assert_eq!((read.carried, read.text, read.relay_state), (carried, text, state));
    }

    #[test]
    fn what_goes_in_a_form_is_read(text in "\\PC{0,300}", state in proptest::option::of("\\PC{1,80}")) {
        let to = RedirectUri::parse("https://wiki.example/acs").unwrap();
        let form = PostForm::new(Carried::Response, &text, &to, state.as_deref());
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair(form.field, &form.value);
        if let Some(state) = &form.relay_state {
            body.append_pair("RelayState", state);
        }
        let read = PostMessage::read(body.finish().as_bytes()).unwrap();
        prop_assert_eq!((read.carried, read.text, read.relay_state), (Carried::Response, text, state));
    }

    #[test]
    fn what_goes_in_an_envelope_is_read(name in "[^\\p{Cc}\u{fffe}\u{ffff}]{0,60}") {
        let mut writer = crate::xml::Writer::new();
        writer.start(Namespace::SAMLP, "LogoutResponse").attribute("ID", "_1");
        writer.element(Namespace::SAML, "Issuer", &name).end();
        let message = writer.finish().unwrap();
        let envelope = soap_wrapped(&message).unwrap();
        prop_assert_eq!(soap_message(envelope.as_bytes()), Ok(message));
    }

    #[test]
    fn whatever_comes_is_read_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..200), text in "(SAMLRe[a-z]{4,6}|RelayState|Sig[A-Za-z]+|[=&%+]|[A-Za-z0-9]{0,8}){0,12}") {
        let _ = RedirectMessage::read(&text);
        let _ = RedirectMessage::read(&format!("SAMLRequest={}", escaped(&octets)));
        let _ = PostMessage::read(text.as_bytes());
        let _ = PostMessage::read(&octets);
        let _ = soap_message(&octets);
    }
}
