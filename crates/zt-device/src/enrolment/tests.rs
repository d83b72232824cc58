use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn person(byte: u8) -> PersonId {
    PersonId::from_random([byte; 16])
}

fn code(person: PersonId) -> EnrolmentCode {
    EnrolmentCode::new(TokenHash([1; 32]), person, Ownership::Company, NOW)
}

fn facts(serial: Option<&str>) -> Facts {
    Facts {
        hostname: "note-07".into(),
        os: "Debian GNU/Linux 12".into(),
        serial: serial.map(str::to_owned),
    }
}

fn known(id: u8, owner: u8, name: &str, serial: Option<&str>, state: DeviceState) -> Device {
    Device {
        id: DeviceId::from_random([id; 16]),
        name: name.into(),
        owner: person(owner),
        ownership: Ownership::Personal,
        os: "old".into(),
        hostname: "old".into(),
        serial: serial.map(str::to_owned),
        source_ids: BTreeMap::new(),
        state,
        enrolled_at: Timestamp::from_seconds(1),
    }
}

#[test]
fn a_code_lasts_a_quarter_of_an_hour() {
    let code = code(person(1));
    for (found, seconds, expected) in [
        (Some(&code), 0, Ok(&code)),
        (Some(&code), 15 * 60 - 1, Ok(&code)),
        (Some(&code), 15 * 60, Err(EnrolmentRefusal::ExpiredCode)),
        (Some(&code), -3600, Ok(&code)),
        (None, 0, Err(EnrolmentRefusal::UnknownCode)),
    ] {
        let now = Timestamp::from_seconds(NOW.as_seconds() + seconds);
        assert_eq!(judge_code(found, now), expected, "{seconds} s later");
    }
}

#[test]
fn a_device_comes_in_new_or_again() {
    use DeviceState::{Enrolled, Retired};
    let devices = [
        known(1, 1, "ノート", Some("SN1"), Enrolled),
        known(2, 1, "古い", Some("SN2"), Retired),
        known(3, 2, "他人", Some("SN3"), Enrolled),
        known(4, 1, "番号なし", None, Enrolled),
    ];
    // name, serial → (id, name, again)
    for (name, serial, id, given, again) in [
        ("ノート", Some("SN1"), 1, "ノート", true),
        (" ノート ", Some("SN1"), 1, "ノート", true),
        ("ノート", Some("SN9"), 9, "ノート (2)", false),
        ("ノート", None, 9, "ノート (2)", false),
        ("二台目", Some("SN1"), 9, "二台目", false),
        ("古い", Some("SN2"), 9, "古い", false),
        ("他人", Some("SN3"), 9, "他人", false),
        ("番号なし", None, 9, "番号なし (2)", false),
        ("番号なし", Some(" "), 9, "番号なし (2)", false),
    ] {
        let fresh = DeviceId::from_random([9; 16]);
        let enrolment = enrol(
            &code(person(1)),
            name,
            &facts(serial),
            devices.iter(),
            fresh,
            NOW,
        )
        .unwrap();
        let device = enrolment.device();
        assert_eq!(
            device.id,
            DeviceId::from_random([id; 16]),
            "{name} {serial:?}"
        );
        assert_eq!(device.name, given);
        assert_eq!(
            matches!(enrolment, Enrolment::Again(_)),
            again,
            "{name} {serial:?}"
        );
        assert_eq!(
            (device.owner, device.ownership, device.state),
            (person(1), Ownership::Company, Enrolled)
        );
        assert_eq!(
            (device.hostname.as_str(), device.enrolled_at),
            ("note-07", NOW)
        );
    }
}

#[test]
fn refusals_have_slugs_and_words() {
    let refused = enrol(
        &code(person(1)),
        " ",
        &facts(None),
        [].iter(),
        DeviceId::from_random([9; 16]),
        NOW,
    );
    assert_eq!(refused, Err(EnrolmentRefusal::Name(NameRefusal::Empty)));
    let all = [
        EnrolmentRefusal::UnknownCode,
        EnrolmentRefusal::ExpiredCode,
        EnrolmentRefusal::Name(NameRefusal::Empty),
        EnrolmentRefusal::Name(NameRefusal::TooLong),
        EnrolmentRefusal::Name(NameRefusal::NotShowable),
    ];
    let lines: Vec<String> = all
        .iter()
        .map(|refusal| format!("{}: {refusal}", refusal.slug()))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    unknown-code: the enrolment code is not known or was used already
    expired-code: the enrolment code has expired
    name-empty: the device needs a name
    name-too-long: the device's name is longer than 48 characters
    name-not-showable: the device's name has characters that cannot be shown
    ");
}
