use super::super::{Content, Document, Namespace, XmlError};

fn refused(text: &str) -> XmlError {
    Document::parse(text, Content::Message)
        .map(|_| ())
        .unwrap_err()
}

fn malformed(text: &str) -> String {
    match refused(text) {
        XmlError::Malformed { why, .. } => why,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn what_is_no_document_of_ours_is_refused_by_name() {
    let deep = |depth| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let wide = |count: usize| {
        let said: String = (0..count).map(|n| format!(" a{n}='{n}'")).collect();
        format!("<a{said}/>")
    };
    for (text, wanted) in [
        ("<!DOCTYPE a><a/>", XmlError::DocumentType),
        (
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            XmlError::DocumentType,
        ),
        (
            "<!DOCTYPE a SYSTEM 'http://evil.example/a.dtd'><a/>",
            XmlError::DocumentType,
        ),
        ("\n<!doctype a><a/>", XmlError::DocumentType),
        ("<a><!ENTITY x 'y'></a>", XmlError::DocumentType),
        ("<a>&x;</a>", XmlError::Entity),
        ("<a b='&x;'/>", XmlError::Entity),
        ("<a>&nbsp;</a>", XmlError::Entity),
        ("<a>&LT;</a>", XmlError::Entity),
        ("<a>& </a>", XmlError::Entity),
        ("<a>&lt</a>", XmlError::Entity),
        ("<a><?php echo?></a>", XmlError::ProcessingInstruction),
        (
            "<?xml-stylesheet href='a'?><a/>",
            XmlError::ProcessingInstruction,
        ),
        (
            "<?xml version='1.0'?><?a?><a/>",
            XmlError::ProcessingInstruction,
        ),
        (
            " <?xml version='1.0'?><a/>",
            XmlError::ProcessingInstruction,
        ),
        ("<a/><?a?>", XmlError::ProcessingInstruction),
        ("<a>b<!-- c -->d</a>", XmlError::Comment),
        ("<!-- c --><a/>", XmlError::Comment),
        ("<a/><!-- c -->", XmlError::Comment),
        ("<a><![CDATA[b]]></a>", XmlError::Cdata),
        ("\u{feff}<a/>", XmlError::ByteOrderMark),
        (
            "<?xml version='1.1'?><a/>",
            XmlError::Version("1.1".to_owned()),
        ),
        (
            "<?xml version='1.0' encoding='UTF-16'?><a/>",
            XmlError::Encoding("UTF-16".to_owned()),
        ),
        (
            "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
            XmlError::Encoding("ISO-8859-1".to_owned()),
        ),
        ("<a:b:c xmlns:a='u'/>", XmlError::Name("a:b:c".to_owned())),
        ("<:a/>", XmlError::Name(":a".to_owned())),
        ("<a:/>", XmlError::Name("a:".to_owned())),
        ("<a :b='c'/>", XmlError::Name(":b".to_owned())),
        ("<a:1 xmlns:a='u'/>", XmlError::Name("a:1".to_owned())),
        ("<xmlns:a/>", XmlError::Name("xmlns:a".to_owned())),
        ("<a xmlns:p=''/>", XmlError::Prefix("p".to_owned())),
        (
            "<a ID='x'><b ID='x'/></a>",
            XmlError::DuplicateId("x".to_owned()),
        ),
        (
            "<a ID='x'><b Id='x'/></a>",
            XmlError::DuplicateId("x".to_owned()),
        ),
        ("<a ID='x' id='x'/>", XmlError::DuplicateId("x".to_owned())),
        (
            "<a ID='x'><b xml:id='x'/></a>",
            XmlError::DuplicateId("x".to_owned()),
        ),
        (
            "<a ID='x'><b ID='&#x78;'/></a>",
            XmlError::DuplicateId("x".to_owned()),
        ),
        (&deep(65), XmlError::TooDeep(64)),
        (&deep(30_000), XmlError::TooLong(128 * 1024)),
        (&deep(18_000), XmlError::TooDeep(64)),
        (&wide(65), XmlError::TooManyAttributes(64)),
        (&wide(9_000), XmlError::TooManyAttributes(64)),
    ] {
        let short: String = text.chars().take(60).collect();
        assert_eq!(refused(text), wanted, "{short}");
    }
    assert!(Document::parse(&deep(64), Content::Message).is_ok());
    assert!(Document::parse(&wide(64), Content::Message).is_ok());
}

#[test]
fn what_is_not_well_formed_is_refused_with_its_place() {
    for text in [
        "",
        "   ",
        "a",
        "<a",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>b",
        "b<a/>",
        "<a b='1' b='2'/>",
        "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
        "<a b=1/>",
        "<a b/>",
        "<a b='<'/>",
        "<a b='1'c='2'/>",
        "<p:a/>",
        "<a p:b='c'/>",
        "<a xmlns:xml='u'/>",
        "<a xmlns:xmlns='u'/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&#xFFFE;</a>",
        "<a>&#x110000;</a>",
        "<a>&#99999999999999999999;</a>",
        "<a>&#;</a>",
        "<a>&#x;</a>",
        "<a>]]></a>",
        "<a\u{a0}b='c'/>",
    ] {
        assert!(!malformed(text).is_empty(), "{text}");
    }
    assert_eq!(
        refused("<a>\n  <b></c>\n</a>").to_string(),
        "the document is not well-formed, line 2, column 10: mismatched end tag: expected </b>, found </c>"
    );
}

#[test]
fn only_utf_8_is_read() {
    let text = "<?xml version='1.0' encoding='UTF-16'?><a/>";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = |mark: [u8; 2], rest: &[u8]| [&mark, rest].concat();
    for octets in [
        marked([0xff, 0xfe], &little),
        marked([0xfe, 0xff], &big),
        b"<a>\xff</a>".to_vec(),
        // Overlong `<`, a surrogate, a sequence that breaks off.
        b"<a>\xc0\xbcb/></a>".to_vec(),
        b"<a>\xed\xa0\x80</a>".to_vec(),
        b"<a>\xe2\x82</a>".to_vec(),
    ] {
        let read = Document::from_octets(&octets, Content::Message).map(|_| ());
        assert_eq!(read, Err(XmlError::NotUtf8), "{octets:?}");
    }
    // Without its mark it is valid UTF-8, and no XML.
    for octets in [little, big] {
        assert!(Document::from_octets(&octets, Content::Metadata).is_err());
    }
}

#[test]
fn metadata_may_have_what_people_put_there() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\" standalone='no'?>\n<!-- ours -->\n<a b='c\n\td\r\ne'><!-- f --><b><![CDATA[<g>]]> h</b></a>\n";
    let document = Document::parse(text, Content::Metadata).unwrap();
    let root = document.root();
    assert_eq!(root.attribute("b"), Some("c  d e"));
    assert_eq!(root.children().next().unwrap().text().unwrap(), "<g> h");
    assert_eq!(root.text(), Err(XmlError::NotText("a".to_owned())));
    for text in [
        "<!DOCTYPE a><a/>",
        "<a><?b?></a>",
        "<a>&b;</a>",
        "<a ID='x'><b ID='x'/></a>",
        "<a><!-- b -- c --></a>",
        "<a><!-- b",
        "<a><!--></a>",
        "<a><![CDATA[b",
    ] {
        assert!(Document::parse(text, Content::Metadata).is_err(), "{text}");
    }
    let long = format!("<a>{}</a>", "b".repeat(1024 * 1024));
    assert_eq!(
        Document::parse(&long, Content::Metadata).map(|_| ()),
        Err(XmlError::TooLong(1024 * 1024))
    );
}

#[test]
fn white_space_in_values_is_what_xml_says() {
    // XML 1.0 §2.11, §3.3.3: as written a space; as a reference itself.
    let text = "<a b='1\r\n2\t3\n4&#xA;5&#9;6&#13;7' c=\"'>'\"><d>\r\n1\r2</d></a>";
    let document = Document::parse(text, Content::Message).unwrap();
    let root = document.root();
    assert_eq!(root.attribute("b"), Some("1 2 3 4\n5\t6\r7"));
    assert_eq!(root.attribute("c"), Some("'>'"));
    assert_eq!(root.children().next().unwrap().text().unwrap(), "\n1\n2");
}

#[test]
fn the_cursor_says_what_is_wrong() {
    let text = format!(
        "<samlp:A xmlns:samlp='{}' xmlns='{}' ID='x' samlp:ID='y'>\n <B> v&amp;w </B><C/><C/><B xmlns='u'>other</B><D>a<E/></D></samlp:A>",
        Namespace::SAMLP.uri(),
        Namespace::SAML.uri()
    );
    let document = Document::parse(&text, Content::Message).unwrap();
    let root = document.root();
    let saml = Namespace::SAML;
    assert!(root.is(Namespace::SAMLP, "A"));
    assert!(!root.is(saml, "A"));
    assert_eq!(root.attribute("ID"), Some("x"));
    assert_eq!(root.attribute_of(Namespace::SAMLP, "ID"), Some("y"));
    assert_eq!(
        root.demanded("Version"),
        Err(XmlError::NoAttribute {
            element: "A".to_owned(),
            attribute: "Version"
        })
    );
    let child = root.one(saml, "B").unwrap();
    assert_eq!(child.text().unwrap(), " v&w ");
    assert_eq!(child.trimmed().unwrap(), "v&w");
    assert_eq!(child.line(), 2);
    assert_eq!(
        root.only(saml, "C").map(|_| ()),
        Err(XmlError::Repeated {
            parent: "A".to_owned(),
            child: "C"
        })
    );
    assert_eq!(
        root.one(saml, "F").map(|_| ()),
        Err(XmlError::Missing {
            parent: "A".to_owned(),
            child: "F"
        })
    );
    assert!(root.only(saml, "F").unwrap().is_none());
    assert_eq!(root.children().count(), 5);
    assert_eq!(root.descendants().count(), 7);
    assert!(root.elements_only().is_ok());
    let mixed = root.one(saml, "D").unwrap();
    assert_eq!(mixed.text(), Err(XmlError::NotText("D".to_owned())));
    assert_eq!(
        mixed.elements_only().map(|_| ()),
        Err(XmlError::StrayText("D".to_owned()))
    );
    assert_eq!(
        mixed.expect(saml, "B").map(|_| ()),
        Err(XmlError::Unexpected {
            found: "D".to_owned(),
            wanted: "B"
        })
    );
}

/// Found by the fuzzer: the parser looks at those in values, and not at those in declarations with a reference.
#[test]
fn characters_that_xml_has_not_are_refused_wherever_they_stand() {
    for character in [
        '\0', '\u{1}', '\u{8}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}',
    ] {
        for text in [
            format!("<a xmlns:b=\"urn:{character}&#10999;\"/>"),
            format!("<a xmlns=\"urn:{character}\"/>"),
            format!("<a b=\"{character}\"/>"),
            format!("<a>{character}</a>"),
            format!("<a {character}/>"),
            format!("<a/>{character}"),
        ] {
            for content in [Content::Message, Content::Metadata] {
                let read = Document::parse(&text, content);
                assert_eq!(read.err(), Some(XmlError::Character), "{text:?}");
            }
        }
    }
    for reference in ["&#0;", "&#1;", "&#xffff;", "&#xd800;"] {
        for text in [
            format!("<a xmlns:b=\"urn:{reference}\"/>"),
            format!("<a b=\"{reference}\">{reference}</a>"),
        ] {
            assert!(Document::parse(&text, Content::Metadata).is_err(), "{text}");
        }
    }
    assert!(Document::parse("<a b=\"\t\n\r\u{7f}\u{85}\">\u{fffd}</a>", Content::Message).is_ok());
}
