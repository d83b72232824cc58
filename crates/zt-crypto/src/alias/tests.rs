use super::*;
use proptest::prelude::*;

#[test]
fn the_block_of_the_standard() {
    // FIPS 197, appendix C.1.
    let key: [u8; 16] = std::array::from_fn(|n| u8::try_from(n).unwrap());
    let id: [u8; 16] = std::array::from_fn(|n| u8::try_from(n * 0x11).unwrap());
    let name = [
        0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30, 0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5,
        0x5a,
    ];
    let alias = AliasKey::new(&key).unwrap();
    let name = URL_SAFE_NO_PAD.encode(name);
    assert_eq!(alias.id(&name), Some(id));
    assert_eq!(alias.name(&id), Ok(name));
}

proptest! {
    #[test]
    fn a_name_leads_back_under_its_own_key_alone(key: [u8; 16], other: [u8; 16], id: [u8; 16]) {
        prop_assume!(key != other);
        let name = AliasKey::new(&key).unwrap().name(&id).unwrap();
        prop_assert_eq!(AliasKey::new(&key).unwrap().id(&name), Some(id));
        prop_assert_ne!(AliasKey::new(&other).unwrap().id(&name), Some(id));
    }
}

#[test]
fn what_no_name_looks_like() {
    let alias = AliasKey::new(&[7; 16]).unwrap();
    let name = alias.name(&[1; 16]).unwrap();
    for text in [
        "",
        "x",
        &name[1..],
        &format!("{name}A"),
        &format!("{name}=="),
        "aaaaaaaaaaaaaaaaaaaa+/",
    ] {
        assert_eq!(alias.id(text), None, "{text}");
    }
}

#[test]
fn the_key_is_not_shown() {
    assert_eq!(
        format!("{:?}", AliasKey::new(&[7; 16]).unwrap()),
        "AliasKey(…)"
    );
}
