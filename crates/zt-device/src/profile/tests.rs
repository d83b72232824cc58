use super::*;
use crate::Ownership;
use std::collections::BTreeMap;
use zt_types::PersonId;

fn device(state: DeviceState) -> Device {
    Device {
        id: DeviceId::from_random([1; 16]),
        name: "花子のノート".to_owned(),
        owner: PersonId::from_random([2; 16]),
        ownership: Ownership::Company,
        os: "Debian GNU/Linux 12".to_owned(),
        hostname: "note-07".to_owned(),
        serial: None,
        source_ids: BTreeMap::new(),
        state,
        enrolled_at: Timestamp::from_seconds(0),
    }
}

#[test]
fn an_order_says_what_the_profile_says() {
    let now = Timestamp::from_millis(1_700_000_000_999);
    let serial = CertificateSerial::from_random([9; 16]);
    for kind in CertificateKind::ALL {
        let order =
            CertificateOrder::new(&device(DeviceState::Enrolled), kind, serial, now).unwrap();
        assert_eq!(
            order.not_before,
            Timestamp::from_seconds(1_700_000_000 - 300)
        );
        assert_eq!(
            order.not_after,
            Timestamp::from_seconds(1_700_000_000) + kind.profile().lifetime
        );
        let record = order.record(TokenHash([7; 32]));
        assert_eq!(
            (record.serial, record.kind, record.revoked_at),
            (serial, kind, None)
        );
        assert!(kind.profile().renewal_window < kind.profile().lifetime);
    }
    let retired = CertificateOrder::new(
        &device(DeviceState::Retired),
        CertificateKind::Agent,
        serial,
        now,
    );
    assert_eq!(retired, Err(NotInUse));
}

#[test]
fn renewal_has_a_window() {
    let end = Timestamp::from_seconds(100 * 86_400);
    let day = |days: u64| Timestamp::from_seconds(0) + Seconds::days(days);
    for (kind, now, expected) in [
        (CertificateKind::Agent, day(70), Renewal::From(day(90))),
        (CertificateKind::Agent, day(90), Renewal::Due),
        (CertificateKind::Agent, day(100), Renewal::Due),
        (
            CertificateKind::Agent,
            Timestamp::from_millis(end.as_millis() + 1),
            Renewal::TooLate,
        ),
        (CertificateKind::Browser, day(85), Renewal::From(day(86))),
        (CertificateKind::Browser, day(86), Renewal::Due),
    ] {
        assert_eq!(renewal(kind, end, now), expected, "{kind:?} {now}");
    }
}
