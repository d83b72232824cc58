use super::*;
use proptest::prelude::*;

#[test]
fn parameters_are_read_once() {
    let form =
        Form::parse(b"&a=1&b=&c&d=1&d=1&e=&e=2&a%62=x+y%2Bz&&f=g=h&%E6%97%A5=%e6%9c%ac").unwrap();
    let twice = Err(Fault::request("a parameter is there more than once"));
    let cases = [
        ("a", Ok(Some("1"))),
        ("b", Ok(None)),
        ("c", Ok(None)),
        ("d", twice),
        ("e", twice),
        ("ab", Ok(Some("x y+z"))),
        ("f", Ok(Some("g=h"))),
        ("日", Ok(Some("本"))),
        ("g", Ok(None)),
    ];
    for (name, expected) in cases {
        assert_eq!(form.one(name), expected, "`{name}`");
    }
}

#[test]
fn what_is_no_form_is_refused() {
    let long = vec![b'a'; LONGEST + 1];
    let many = "a&".repeat(MOST + 1);
    let cases: [&[u8]; 8] = [
        b"a=%",
        b"a=%4",
        b"a=%4g",
        b"%=a",
        b"a=%+1",
        b"a=%ff",
        &long,
        many.as_bytes(),
    ];
    for bytes in cases {
        assert_eq!(
            Form::parse(bytes).err().map(|fault| fault.code.as_str()),
            Some("invalid_request")
        );
    }
    assert!(Form::parse("a&".repeat(MOST).as_bytes()).is_ok());
}

#[test]
fn values_are_not_printed() {
    let form = Form::parse(b"client_secret=hunter2").unwrap();
    assert_eq!(format!("{form:?}"), r#"{"client_secret"}"#);
}

proptest! {
    #[test]
    fn what_others_write_is_read(pairs in proptest::collection::btree_map(".*", ".+", 0..8)) {
        let written = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let form = Form::parse(written.as_bytes()).unwrap();
        for (name, value) in &pairs {
            prop_assert_eq!(form.one(name), Ok(Some(value.as_str())));
        }
    }

    #[test]
    fn what_is_read_others_read_alike(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(form) = Form::parse(&bytes) {
            for (name, value) in form_urlencoded::parse(&bytes) {
                match form.one(&name) {
                    Ok(read) => prop_assert_eq!(read.unwrap_or_default(), &value),
                    Err(_) => prop_assert!(form_urlencoded::parse(&bytes).filter(|(other, _)| *other == name).count() > 1),
                }
            }
        }
    }
}
