use super::*;
use proptest::prelude::*;

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn met(verifier: &str) -> bool {
    let challenge = ProofKeyChallenge::parse(CHALLENGE).unwrap();
    challenge.is_met_by(&Secret::new(verifier.to_owned()))
}

#[test]
fn the_example_of_the_specification() {
    assert!(met(VERIFIER));
    let others = [
        "",
        CHALLENGE,
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk=",
    ];
    for verifier in others {
        assert!(!met(verifier), "`{verifier}`");
    }
}

#[test]
fn a_code_is_redeemed_as_it_was_asked_for() {
    let kept = ProofKeyChallenge::parse(CHALLENGE);
    let verifier = Some(Secret::new(VERIFIER.to_owned()));
    let other = Some(Secret::new(CHALLENGE.to_owned()));
    let cases = [
        (&kept, &verifier, true),
        (&kept, &other, false),
        (&kept, &None, false),
        (&None, &verifier, false),
        (&None, &None, true),
    ];
    for (kept, verifier, expected) in cases {
        match ProofKeyChallenge::check(kept.as_ref(), verifier.as_ref()) {
            Ok(()) => assert!(expected),
            Err(fault) => assert!(!expected && fault.code == ErrorCode::InvalidGrant),
        }
    }
}

#[test]
fn verifiers_have_their_length_and_characters() {
    let cases = [
        ("a".repeat(42), false),
        ("a".repeat(43), true),
        ("~".repeat(128), true),
        ("a".repeat(129), false),
        (format!("{}é", "a".repeat(43)), false),
        (format!("{} ", "a".repeat(43)), false),
        (format!("{}+", "a".repeat(43)), false),
    ];
    for (verifier, expected) in cases {
        let challenge = ProofKeyChallenge(Digest::of(&[verifier.as_bytes()]));
        assert_eq!(
            challenge.is_met_by(&Secret::new(verifier.clone())),
            expected,
            "`{verifier}`"
        );
    }
}

#[test]
fn challenges_are_written_in_one_way() {
    let wrong = [
        "",
        VERIFIER.get(..42).unwrap(),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMA",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c\n",
    ];
    for text in wrong {
        assert_eq!(ProofKeyChallenge::parse(text), None, "`{text}`");
    }
}

proptest! {
    #[test]
    fn a_challenge_is_met_by_its_verifier_alone(left in "[A-Za-z0-9._~-]{43,128}", right in "[A-Za-z0-9._~-]{43,128}") {
        let challenge = ProofKeyChallenge(Digest::of(&[left.as_bytes()]));
        prop_assert!(challenge.is_met_by(&Secret::new(left.clone())));
        prop_assert_eq!(challenge.is_met_by(&Secret::new(right.clone())), left == right);
        let kept = serde_json::to_string(&challenge).unwrap();
        prop_assert_eq!(serde_json::from_str::<ProofKeyChallenge>(&kept).unwrap(), challenge);
    }
}
