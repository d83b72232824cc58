use super::authenticator::{Authenticator, BACKED_UP, BACKUP_ELIGIBLE, PRESENT, VERIFIED};
use super::*;
use proptest::prelude::*;

fn relying() -> Relying {
    Relying::new(
        "id.sekisho.localhost",
        "https://id.sekisho.localhost:8443",
        "関所",
    )
    .unwrap()
}

fn hanako() -> PersonId {
    PersonId::from_random([7; 16])
}

fn enrolling<'a>(existing: &'a [&'a str]) -> Enrolling<'a> {
    Enrolling {
        person: hanako(),
        login: "hanako",
        display_name: "山田 花子",
        existing,
    }
}

fn enrol(authenticator: &mut Authenticator) -> Result<EnrolledPasskey, PasskeyError> {
    let relying = relying();
    let ceremony = relying.start_enrolment(&enrolling(&[])).unwrap();
    relying.finish_enrolment(
        &ceremony.state,
        &authenticator.create(&ceremony.options).to_string(),
    )
}

fn prove(authenticator: &Authenticator, records: &[&str]) -> Result<ProvenPasskey, PasskeyError> {
    let relying = relying();
    let ceremony = relying.start_proof(Candidates::Discoverable).unwrap();
    relying.finish_proof(
        &ceremony.state,
        &authenticator.prove(&ceremony.options).to_string(),
        hanako(),
        records,
    )
}

#[test]
fn the_options_ask_for_what_we_need() {
    let existing = [URL_SAFE_NO_PAD.encode([1; 32])];
    let existing: Vec<&str> = existing.iter().map(String::as_str).collect();
    let ceremony = relying().start_enrolment(&enrolling(&existing)).unwrap();
    let options: Value = serde_json::from_str(&ceremony.options).unwrap();
    assert_eq!(
        options["rp"],
        json!({ "id": "id.sekisho.localhost", "name": "関所" })
    );
    assert_eq!(options["user"]["displayName"], "山田 花子");
    assert_eq!(
        options["user"]["id"],
        URL_SAFE_NO_PAD.encode(hanako().as_bytes())
    );
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["excludeCredentials"][0]["id"], existing[0]);
    assert_eq!(
        options["authenticatorSelection"],
        json!({ "residentKey": "preferred", "requireResidentKey": false, "userVerification": "required" })
    );
    let algorithms: Vec<i64> = options["pubKeyCredParams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["alg"].as_i64().unwrap())
        .collect();
    assert!(algorithms.contains(&-7), "{algorithms:?}");

    for (candidates, allowed) in [
        (Candidates::Discoverable, json!([])),
        (
            Candidates::Of(&existing),
            json!([{ "type": "public-key", "id": existing[0] }]),
        ),
    ] {
        let ceremony = relying().start_proof(candidates).unwrap();
        let options: Value = serde_json::from_str(&ceremony.options).unwrap();
        assert_eq!(options["userVerification"], "required");
        assert_eq!(options["rpId"], "id.sekisho.localhost");
        assert_eq!(options["allowCredentials"], allowed);
        assert!(
            URL_SAFE_NO_PAD
                .decode(options["challenge"].as_str().unwrap())
                .unwrap()
                .len()
                >= 16
        );
    }
}

#[test]
fn a_passkey_is_enrolled_and_proven() {
    let mut authenticator = Authenticator::new(1);
    let enrolled = enrol(&mut authenticator).unwrap();
    assert_eq!(enrolled.credential_id, URL_SAFE_NO_PAD.encode([1; 32]));
    assert_eq!(enrolled.backup_eligible, BackupEligible::No);
    let proven = prove(&authenticator, &[&enrolled.record]).unwrap();
    assert_eq!(proven.credential_id, enrolled.credential_id);

    // A security key that is not discoverable names nobody; it is hers because the record is.
    authenticator.handle = None;
    assert!(prove(&authenticator, &[&enrolled.record]).is_ok());
    let ceremony = relying()
        .start_proof(Candidates::Of(&[&enrolled.credential_id]))
        .unwrap();
    let answer = authenticator.prove(&ceremony.options).to_string();
    assert_eq!(
        Relying::claimed(&answer),
        Ok(Claimed {
            person: None,
            credential_id: enrolled.credential_id.clone()
        })
    );
    assert!(
        relying()
            .finish_proof(&ceremony.state, &answer, hanako(), &[&enrolled.record])
            .is_ok()
    );
}

#[test]
fn an_answer_says_whose_it_is() {
    let mut authenticator = Authenticator::new(2);
    enrol(&mut authenticator).unwrap();
    let ceremony = relying().start_proof(Candidates::Discoverable).unwrap();
    let answer = authenticator.prove(&ceremony.options).to_string();
    assert_eq!(Relying::claimed(&answer).unwrap().person, Some(hanako()));
    for handle in [vec![], vec![0; 16], vec![7; 16], vec![1; 15], vec![1; 64]] {
        authenticator.handle = Some(handle);
        let answer = authenticator.prove(&ceremony.options).to_string();
        assert_eq!(
            Relying::claimed(&answer),
            Err(PasskeyError::Malformed),
            "not a handle we gave"
        );
    }
}

#[test]
fn what_is_wrong_with_a_proof_is_named() {
    type Change = fn(&mut Authenticator);
    let cases: [(&str, Change, PasskeyError); 12] = [
        (
            "another site",
            |a| a.origin = "https://id.sekish0.localhost:8443".into(),
            PasskeyError::WrongOrigin,
        ),
        (
            "another port",
            |a| a.origin = "https://id.sekisho.localhost".into(),
            PasskeyError::WrongOrigin,
        ),
        (
            "without TLS",
            |a| a.origin = "http://id.sekisho.localhost:8443".into(),
            PasskeyError::WrongOrigin,
        ),
        (
            "a host below",
            |a| a.origin = "https://wiki.id.sekisho.localhost:8443".into(),
            PasskeyError::WrongOrigin,
        ),
        (
            "the host above",
            |a| a.origin = "https://sekisho.localhost:8443".into(),
            PasskeyError::WrongOrigin,
        ),
        (
            "another relying party",
            |a| a.rp_id = "sekisho.localhost".into(),
            PasskeyError::WrongRelyingParty,
        ),
        (
            "user not verified",
            |a| a.flags = PRESENT,
            PasskeyError::NotUserVerified,
        ),
        (
            "user not present",
            |a| a.flags = VERIFIED,
            PasskeyError::NotUserPresent,
        ),
        (
            "another credential",
            |a| a.id = vec![9; 32],
            PasskeyError::UnknownCredential,
        ),
        (
            "another key",
            |a| a.key = Authenticator::new(9).key,
            PasskeyError::BadSignature,
        ),
        (
            "another person's handle",
            |a| a.handle = Some(vec![8; 16]),
            PasskeyError::UnknownCredential,
        ),
        (
            "now it syncs",
            |a| a.flags |= BACKUP_ELIGIBLE,
            PasskeyError::BackupChanged,
        ),
    ];
    for (what, change, expected) in cases {
        let mut authenticator = Authenticator::new(3);
        authenticator.counter = 5;
        let enrolled = enrol(&mut authenticator).unwrap();
        authenticator.counter = 6;
        assert!(
            prove(&authenticator, &[&enrolled.record]).is_ok(),
            "{what}: before the change"
        );
        change(&mut authenticator);
        assert_eq!(
            prove(&authenticator, &[&enrolled.record]),
            Err(expected),
            "{what}"
        );
    }
}

#[test]
fn what_is_wrong_with_an_enrolment_is_named() {
    type Change = fn(&mut Authenticator);
    let cases: [(&str, Change, PasskeyError); 6] = [
        (
            "another site",
            |a| a.origin = "https://evil.example".into(),
            PasskeyError::WrongOrigin,
        ),
        (
            "in a frame of another site",
            |a| a.cross_origin = json!(true),
            PasskeyError::WrongOrigin,
        ),
        (
            "another relying party",
            |a| a.rp_id = "evil.example".into(),
            PasskeyError::WrongRelyingParty,
        ),
        (
            "user not verified",
            |a| a.flags = PRESENT,
            PasskeyError::NotUserVerified,
        ),
        (
            "user not present",
            |a| a.flags = VERIFIED,
            PasskeyError::NotUserPresent,
        ),
        (
            "backed up but not eligible",
            |a| a.flags |= BACKED_UP,
            PasskeyError::BackupChanged,
        ),
    ];
    for (what, change, expected) in cases {
        let mut authenticator = Authenticator::new(4);
        change(&mut authenticator);
        assert_eq!(enrol(&mut authenticator), Err(expected), "{what}");
    }
}

#[test]
fn a_copy_is_noticed() {
    let mut authenticator = Authenticator::new(5);
    authenticator.counter = 10;
    let mut record = enrol(&mut authenticator).unwrap().record;
    for (counter, expected) in [
        (11, true),
        (12, true),
        (12, false),
        (11, false),
        (0, false),
        (13, true),
    ] {
        authenticator.counter = counter;
        match prove(&authenticator, &[&record]) {
            Ok(proven) => {
                assert!(expected, "counter {counter}");
                record = proven.record;
            }
            Err(error) => {
                assert_eq!(error, PasskeyError::CounterWentBack, "counter {counter}");
                assert!(!expected, "counter {counter}");
            }
        }
    }
}

#[test]
fn the_counter_of_now_counts_not_the_one_of_the_start() {
    let relying = relying();
    let mut authenticator = Authenticator::new(6);
    authenticator.counter = 1;
    let enrolled = enrol(&mut authenticator).unwrap();
    let ceremony = relying
        .start_proof(Candidates::Of(&[&enrolled.credential_id]))
        .unwrap();
    authenticator.counter = 2;
    let answer = authenticator.prove(&ceremony.options).to_string();
    // In between, another tab proved with a higher counter.
    authenticator.counter = 3;
    let other = prove(&authenticator, &[&enrolled.record]).unwrap();
    let late = relying.finish_proof(&ceremony.state, &answer, hanako(), &[&other.record]);
    assert_eq!(late, Err(PasskeyError::CounterWentBack));
}

#[test]
fn a_synced_passkey_is_marked() {
    let mut authenticator = Authenticator::new(7);
    authenticator.flags |= BACKUP_ELIGIBLE | BACKED_UP;
    let enrolled = enrol(&mut authenticator).unwrap();
    assert_eq!(enrolled.backup_eligible, BackupEligible::Yes);
    // Synced ones do not count, and whether one is backed up just now may change.
    authenticator.flags &= !BACKED_UP;
    let proven = prove(&authenticator, &[&enrolled.record]).unwrap();
    assert!(prove(&authenticator, &[&proven.record]).is_ok());
}

#[test]
fn an_answer_fits_one_challenge_and_one_ceremony() {
    let relying = relying();
    let mut authenticator = Authenticator::new(8);
    let start = relying.start_enrolment(&enrolling(&[])).unwrap();
    let answer = authenticator.create(&start.options).to_string();
    let enrolled = relying.finish_enrolment(&start.state, &answer).unwrap();
    let other = relying.start_enrolment(&enrolling(&[])).unwrap();
    assert_eq!(
        relying.finish_enrolment(&other.state, &answer),
        Err(PasskeyError::WrongChallenge)
    );
    let again = relying
        .start_enrolment(&enrolling(&[&enrolled.credential_id]))
        .unwrap();
    let answer = authenticator.create(&again.options).to_string();
    assert!(
        relying.finish_enrolment(&again.state, &answer).is_err(),
        "an excluded one is refused"
    );

    let (first, second) = (
        relying.start_proof(Candidates::Discoverable).unwrap(),
        relying.start_proof(Candidates::Discoverable).unwrap(),
    );
    let proof = authenticator.prove(&first.options).to_string();
    let records = [enrolled.record.as_str()];
    assert_eq!(
        relying.finish_proof(&second.state, &proof, hanako(), &records),
        Err(PasskeyError::WrongChallenge)
    );
    assert_eq!(
        relying.finish_proof(&start.state, &proof, hanako(), &records),
        Err(PasskeyError::State)
    );
    assert_eq!(
        relying.finish_proof("", &proof, hanako(), &records),
        Err(PasskeyError::State)
    );
    assert_eq!(
        relying.finish_proof(&first.state, &proof, hanako(), &[]),
        Err(PasskeyError::UnknownCredential)
    );
    assert_eq!(
        relying.finish_proof(&first.state, &proof, hanako(), &["{}"]),
        Err(PasskeyError::Record)
    );
    assert_eq!(
        relying.finish_proof(&first.state, &answer, hanako(), &records),
        Err(PasskeyError::Malformed)
    );
}

#[test]
fn the_origin_must_be_of_the_host() {
    for (host, origin) in [
        ("id.sekisho.localhost", "https://sekisho.localhost"),
        ("id.sekisho.localhost", "http://id.sekisho.localhost"),
        ("id.sekisho.localhost", "https://x.id.sekisho.localhost"),
        ("127.0.0.1", "https://127.0.0.1"),
        ("id.sekisho.localhost", "nonsense"),
    ] {
        assert_eq!(
            Relying::new(host, origin, "x").unwrap_err(),
            PasskeyError::Configuration,
            "{origin}"
        );
    }
    let bad = relying()
        .start_proof(Candidates::Of(&["not base64!"]))
        .unwrap_err();
    assert_eq!(bad, PasskeyError::Malformed);
}

#[test]
fn garbage_is_malformed() {
    let relying = relying();
    let start = relying.start_enrolment(&enrolling(&[])).unwrap();
    let proof = relying.start_proof(Candidates::Discoverable).unwrap();
    for garbage in [
        "",
        "{}",
        "[]",
        "null",
        "{\"id\":1}",
        &"x".repeat(LONGEST_ANSWER + 1),
    ] {
        assert_eq!(
            relying.finish_enrolment(&start.state, garbage),
            Err(PasskeyError::Malformed)
        );
        assert_eq!(
            relying.finish_proof(&proof.state, garbage, hanako(), &[]),
            Err(PasskeyError::Malformed)
        );
        assert_eq!(Relying::claimed(garbage), Err(PasskeyError::Malformed));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any field replaced by any bytes: an error, never a panic and never a proof.
    #[test]
    fn a_changed_field_is_an_error(field in 0usize..3, bytes: Vec<u8>, cut in 0usize..200) {
        let mut authenticator = Authenticator::new(9);
        let relying = relying();
        let start = relying.start_enrolment(&enrolling(&[])).unwrap();
        let created = authenticator.create(&start.options);
        let enrolled = relying.finish_enrolment(&start.state, &created.to_string()).unwrap();

        let name = ["authenticatorData", "clientDataJSON", "signature"][field];
        let ceremony = relying.start_proof(Candidates::Discoverable).unwrap();
        let good = authenticator.prove(&ceremony.options);
        let whole = URL_SAFE_NO_PAD.decode(good["response"][name].as_str().unwrap()).unwrap();
        for replacement in [bytes.clone(), whole[..cut.min(whole.len() - 1)].to_vec()] {
            let mut answer = good.clone();
            answer["response"][name] = json!(URL_SAFE_NO_PAD.encode(&replacement));
            prop_assert!(relying.finish_proof(&ceremony.state, &answer.to_string(), hanako(), &[&enrolled.record]).is_err());
        }
        let object = URL_SAFE_NO_PAD.decode(created["response"]["attestationObject"].as_str().unwrap()).unwrap();
        for replacement in [bytes, object[..cut.min(object.len() - 1)].to_vec()] {
            let mut answer = created.clone();
            answer["response"]["attestationObject"] = json!(URL_SAFE_NO_PAD.encode(&replacement));
            prop_assert!(relying.finish_enrolment(&start.state, &answer.to_string()).is_err());
        }
    }
}
