use super::*;

const WORDS: [&str; 4] = ["sato.hanako", "佐藤花子", "Hanako Sato", "Musashi Seiki"];

#[test]
fn what_does_and_what_does_not() {
    use PasswordFault::{AboutOwner, Common, ControlCharacters, Pattern, TooLong, TooShort};
    let long = "x7".repeat(200);
    let full = "春はあけぼの、やうやう白くなりゆく".repeat(12);
    for (password, expected) in [
        ("", Err(TooShort)),
        ("xK9#q2v", Err(TooShort)),
        ("東京都千代田", Err(TooShort)),
        (long.as_str(), Err(TooLong)),
        ("tab\tinside-it", Err(ControlCharacters)),
        ("password", Err(Common)),
        ("P@ssw0rd", Err(Common)),
        ("drowssap", Err(Common)),
        ("ｐａｓｓｗｏｒｄ", Err(Common)),
        ("iloveyou1", Err(Common)),
        ("qwertyuiop", Err(Common)),
        ("aaaaaaaaaaaa", Err(Pattern)),
        ("abcdefghijkl", Err(Pattern)),
        ("sato.hanako", Err(AboutOwner)),
        ("Hanako2026", Err(AboutOwner)),
        ("musashi1", Err(AboutOwner)),
        ("correct horse battery staple", Ok(())),
        ("kQ7!pw2Zx", Ok(())),
        ("春はあけぼの、やうやう白くなりゆく", Ok(())),
        (&full[..full.char_indices().nth(200).unwrap().0], Ok(())),
    ] {
        assert_eq!(
            judge(&Secret::new(password.to_owned()), &WORDS),
            expected,
            "{password}"
        );
    }
}

#[test]
fn the_same_keys_are_the_same_password() {
    let form = |text: &str| {
        normalise(&Secret::new(text.to_owned()))
            .unwrap()
            .expose()
            .to_owned()
    };
    // が as one character and as two; letters in full width and half.
    assert_eq!(form("\u{304c}"), form("\u{304b}\u{3099}"));
    assert_eq!(form("Ａｂ１"), form("Ab1"));
    assert_ne!(form("Ab1"), form("ab1"));
}

#[test]
fn a_flood_is_refused_before_it_is_normalised() {
    // U+FDFA becomes eighteen characters.
    let flood = Secret::new("\u{fdfa}".repeat(400));
    assert_eq!(normalise(&flood).err(), Some(PasswordFault::TooLong));
    let flood = Secret::new("\u{fdfa}".repeat(300));
    assert_eq!(normalise(&flood).err(), Some(PasswordFault::TooLong));
}

#[test]
fn slugs_are_distinct() {
    let slugs: std::collections::BTreeSet<_> = PasswordFault::ALL
        .iter()
        .map(|fault| fault.slug())
        .collect();
    assert_eq!(slugs.len(), PasswordFault::ALL.len());
}
