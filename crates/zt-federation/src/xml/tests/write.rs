use super::super::{Content, Document, Namespace, WriteError, Writer};

#[test]
fn namespaces_are_declared_where_they_are_used_first() {
    let mut writer = Writer::new();
    writer
        .start(Namespace::SAMLP, "Response")
        .attribute("Version", "2.0")
        .attribute("ID", "_1")
        .attribute("Destination", "https://a.example/?b=\"c\"&d=<e>\n")
        .element(Namespace::SAML, "Issuer", "a > b & \"c\" < d\r\n")
        .signature_here()
        .start(Namespace::SAMLP, "Status")
        .attribute_of(Namespace::XML, "lang", "ja")
        .attribute_of(Namespace::SAML, "x", "y")
        .attribute("z", "")
        .end()
        .end();
    let unsigned = writer.unsigned().unwrap();
    assert_eq!(
        unsigned.text(),
        concat!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ",
            "Destination=\"https://a.example/?b=&quot;c&quot;&amp;d=&lt;e>&#xA;\" ID=\"_1\" Version=\"2.0\">",
            "<saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">a &gt; b &amp; \"c\" &lt; d&#xD;\n</saml:Issuer>",
            "<samlp:Status xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" z=\"\" xml:lang=\"ja\" saml:x=\"y\"></samlp:Status>",
            "</samlp:Response>"
        )
    );
    assert_eq!(unsigned.id(), "_1");
    assert!(unsigned.with("!").contains("</saml:Issuer>!<samlp:Status"));
    let read = Document::parse(unsigned.text(), Content::Message).unwrap();
    assert_eq!(
        read.root().attribute("Destination"),
        Some("https://a.example/?b=\"c\"&d=<e>\n")
    );
    let issuer = read.root().one(Namespace::SAML, "Issuer").unwrap();
    assert_eq!(issuer.text().unwrap(), "a > b & \"c\" < d\r\n");
}

#[test]
fn a_document_is_embedded_where_it_keeps_its_form() {
    let mut inner = Writer::new();
    inner
        .start(Namespace::SAML, "Assertion")
        .attribute("ID", "_2")
        .end();
    let inner = inner.finish().unwrap();
    let mut outer = Writer::new();
    outer
        .start(Namespace::SAMLP, "Response")
        .embed(&inner)
        .end();
    assert!(outer.finish().unwrap().contains(&inner));

    for embedded in [inner.as_str(), "<a>", "", "<!-- --><a/>"] {
        let mut outer = Writer::new();
        outer.start(Namespace::SAML, "Advice").embed(embedded).end();
        assert_eq!(outer.finish(), Err(WriteError::Embedded), "{embedded}");
    }
}

fn mistake(write: impl FnOnce(&mut Writer)) -> WriteError {
    let mut writer = Writer::new();
    write(&mut writer);
    writer.unsigned().unwrap_err()
}

#[test]
fn mistakes_are_told_at_the_end() {
    fn a(writer: &mut Writer) -> &mut Writer {
        writer.start(Namespace::SAML, "A")
    }
    assert_eq!(mistake(|_| {}), WriteError::Unbalanced);
    assert_eq!(mistake(|w| _ = a(w)), WriteError::Unbalanced);
    assert_eq!(mistake(|w| _ = a(w).end().end()), WriteError::Unbalanced);
    assert_eq!(mistake(|w| _ = a(a(w).end()).end()), WriteError::Unbalanced);
    assert_eq!(mistake(|w| _ = w.text("b")), WriteError::Unbalanced);
    assert_eq!(
        mistake(|w| _ = a(w).text("\u{b}").end()),
        WriteError::Character(0xb)
    );
    assert_eq!(
        mistake(|w| _ = a(w).attribute("b", "\u{ffff}").end()),
        WriteError::Character(0xffff)
    );
    assert_eq!(
        mistake(|w| _ = a(w).attribute("b", "c").attribute("b", "d").end()),
        WriteError::Attribute("b")
    );
    assert_eq!(
        mistake(|w| _ = a(w).text("b").attribute("b", "c").end()),
        WriteError::Attribute("b")
    );
    assert_eq!(mistake(|w| _ = a(w).end()), WriteError::NoPlace);
    assert_eq!(
        mistake(|w| _ = a(a(w)).signature_here().end().end()),
        WriteError::NoPlace
    );
}
