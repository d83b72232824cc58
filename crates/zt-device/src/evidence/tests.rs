use super::*;
use crate::Ownership;
use proptest::prelude::*;
use std::collections::BTreeMap;

const START: Timestamp = Timestamp::from_seconds(1_000);
const NOW: Timestamp = Timestamp::from_seconds(2_000);
const END: Timestamp = Timestamp::from_seconds(3_000);
const AFTER: Timestamp = Timestamp::from_millis(3_000_001);

fn id(byte: u8) -> DeviceId {
    DeviceId::from_random([byte; 16])
}

fn person(byte: u8) -> PersonId {
    PersonId::from_random([byte; 16])
}

fn certificate(device: u8) -> Certificate {
    Certificate {
        serial: CertificateSerial::from_random([device; 16]),
        device: id(device),
        kind: CertificateKind::Agent,
        not_before: START,
        not_after: END,
        fingerprint: TokenHash([device; 32]),
        revoked_at: None,
    }
}

fn device(byte: u8) -> Device {
    Device {
        id: id(byte),
        name: "ノート".into(),
        owner: person(1),
        ownership: Ownership::Company,
        os: String::new(),
        hostname: String::new(),
        serial: None,
        source_ids: BTreeMap::new(),
        state: DeviceState::Enrolled,
        enrolled_at: START,
    }
}

fn presented(device: u8) -> PresentedCertificate {
    let Certificate {
        serial,
        device,
        kind,
        not_before,
        not_after,
        fingerprint,
        ..
    } = certificate(device);
    PresentedCertificate {
        serial,
        device,
        kind,
        not_before,
        not_after,
        fingerprint,
    }
}

/// One situation: device 1 of person 1 presents its certificate, everything in order.
#[derive(Clone)]
struct Case {
    presented: Presentation,
    certificate: Option<Certificate>,
    device: Option<Device>,
    person: Option<PersonId>,
    bound: Option<(u8, Option<Certificate>, Option<Device>)>,
    now: Timestamp,
}

impl Case {
    fn new() -> Self {
        Self {
            presented: Presentation::Certificate(presented(1)),
            certificate: Some(certificate(1)),
            device: Some(device(1)),
            person: Some(person(1)),
            bound: None,
            now: NOW,
        }
    }
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
    fn judge(&self) -> Judged {
        let bound = self.bound.as_ref();
        let claim = Claim {
            presented: self.presented,
            certificate: self.certificate.as_ref(),
            device: self.device.as_ref(),
            person: self.person,
            bound: bound.map(|(device, certificate, record)| Bound {
                device: id(*device),
                certificate: certificate.as_ref(),
                record: record.as_ref(),
            }),
        };
        evidence(&claim, self.now)
    }
}

fn bound(to: u8) -> Option<(u8, Option<Certificate>, Option<Device>)> {
    Some((to, Some(certificate(to)), Some(device(to))))
}

#[test]
fn what_is_proven_and_what_is_not() {
    use DeviceEvidence::{Absent, Proven};
    let far = Timestamp::FAR_FUTURE;
    let base = Case::new();
    let on_session = Case::new().with(|c| {
        c.presented = Presentation::NotAsked;
        c.certificate = None;
        c.device = None;
        c.bound = bound(1);
    });
    let in_bound = |change: fn(&mut Certificate, &mut Device)| {
        on_session.clone().with(|c| {
            let (mut certificate, mut record) = (certificate(1), device(1));
            change(&mut certificate, &mut record);
            c.bound = Some((1, Some(certificate), Some(record)));
        })
    };
    let cases = [
        ("all in order", base.clone(), Proven(id(1)), AFTER),
        (
            "before sign-in",
            base.clone().with(|c| c.person = None),
            Proven(id(1)),
            AFTER,
        ),
        (
            "bound to the same",
            base.clone().with(|c| c.bound = bound(1)),
            Proven(id(1)),
            AFTER,
        ),
        (
            "at its first instant",
            base.clone().with(|c| c.now = START),
            Proven(id(1)),
            AFTER,
        ),
        (
            "at its last instant",
            base.clone().with(|c| c.now = END),
            Proven(id(1)),
            AFTER,
        ),
        (
            "too early",
            base.clone()
                .with(|c| c.now = Timestamp::from_millis(999_999)),
            Absent(NoDevice::Expired),
            START,
        ),
        (
            "too late",
            base.clone()
                .with(|c| c.now = Timestamp::from_millis(3_000_001)),
            Absent(NoDevice::Expired),
            far,
        ),
        (
            "revoked",
            base.clone()
                .with(|c| c.certificate.as_mut().unwrap().revoked_at = Some(NOW)),
            Absent(NoDevice::Revoked),
            far,
        ),
        (
            "revoked in the future",
            base.clone()
                .with(|c| c.certificate.as_mut().unwrap().revoked_at = Some(END)),
            Absent(NoDevice::Revoked),
            far,
        ),
        (
            "revoked and too late",
            base.clone().with(|c| {
                c.certificate.as_mut().unwrap().revoked_at = Some(NOW);
                c.now = far;
            }),
            Absent(NoDevice::Revoked),
            far,
        ),
        (
            "certificate not in the inventory",
            base.clone().with(|c| c.certificate = None),
            Absent(NoDevice::Unknown),
            far,
        ),
        (
            "another certificate's record",
            base.clone().with(|c| c.certificate = Some(certificate(2))),
            Absent(NoDevice::Unknown),
            far,
        ),
        (
            "another fingerprint",
            base.clone()
                .with(|c| c.certificate.as_mut().unwrap().fingerprint = TokenHash([0; 32])),
            Absent(NoDevice::Unknown),
            far,
        ),
        (
            "another kind",
            base.clone()
                .with(|c| c.certificate.as_mut().unwrap().kind = CertificateKind::Browser),
            Absent(NoDevice::Unknown),
            far,
        ),
        (
            "device not in the inventory",
            base.clone().with(|c| c.device = None),
            Absent(NoDevice::Unknown),
            far,
        ),
        (
            "another device's record",
            base.clone().with(|c| c.device = Some(device(2))),
            Absent(NoDevice::Unknown),
            far,
        ),
        (
            "device given up",
            base.clone()
                .with(|c| c.device.as_mut().unwrap().state = DeviceState::Retired),
            Absent(NoDevice::Unknown),
            far,
        ),
        (
            "another person's",
            base.clone().with(|c| c.person = Some(person(2))),
            Absent(NoDevice::OfAnotherPerson),
            AFTER,
        ),
        (
            "bound to another",
            base.clone().with(|c| c.bound = bound(2)),
            Absent(NoDevice::Mismatch),
            AFTER,
        ),
        (
            "nothing came",
            base.clone().with(|c| c.presented = Presentation::Nothing),
            Absent(NoDevice::NoCertificate),
            far,
        ),
        (
            "nothing came, session bound",
            base.clone().with(|c| {
                c.presented = Presentation::Nothing;
                c.bound = bound(1);
            }),
            Absent(NoDevice::NoCertificate),
            far,
        ),
        (
            "foreign",
            base.clone()
                .with(|c| c.presented = Presentation::Refused(NoDevice::Foreign)),
            Absent(NoDevice::Foreign),
            far,
        ),
        (
            "wrong usage",
            base.clone()
                .with(|c| c.presented = Presentation::Refused(NoDevice::WrongUsage)),
            Absent(NoDevice::WrongUsage),
            far,
        ),
        (
            "not asked",
            base.clone().with(|c| c.presented = Presentation::NotAsked),
            Absent(NoDevice::NotAsked),
            far,
        ),
        ("not asked, bound", on_session.clone(), Proven(id(1)), AFTER),
        (
            "not asked, bound, since revoked",
            in_bound(|certificate, _| certificate.revoked_at = Some(NOW)),
            Absent(NoDevice::Revoked),
            far,
        ),
        (
            "not asked, bound, since expired",
            in_bound(|certificate, _| certificate.not_after = START),
            Absent(NoDevice::Expired),
            far,
        ),
        (
            "not asked, bound, since given up",
            in_bound(|_, device| device.state = DeviceState::Retired),
            Absent(NoDevice::Unknown),
            far,
        ),
        (
            "not asked, bound, device of another now",
            in_bound(|_, device| device.owner = person(2)),
            Absent(NoDevice::OfAnotherPerson),
            AFTER,
        ),
        (
            "not asked, bound, another device's certificate",
            in_bound(|certificate, _| certificate.device = id(2)),
            Absent(NoDevice::Unknown),
            far,
        ),
        (
            "not asked, bound, no records",
            on_session.clone().with(|c| c.bound = Some((1, None, None))),
            Absent(NoDevice::Unknown),
            far,
        ),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for (what, case, expected, until) in cases {
        let judged = case.judge();
        assert_eq!(
            judged,
            Judged {
                evidence: expected,
                valid_until: until
            },
            "{what}"
        );
        if let Absent(why) = judged.evidence {
            seen.insert(why);
        }
    }
    assert_eq!(seen.len(), NoDevice::ALL.len(), "every reason has a case");
}

proptest! {
    /// Until `valid_until`, time alone changes nothing.
    #[test]
    fn evidence_holds_until_it_says(now in 0i64..5_000, later in 0i64..5_000, revoked: bool, owner in 1u8..3) {
        let case = Case::new().with(|c| {
            c.now = Timestamp::from_seconds(now);
            c.person = Some(person(owner));
            c.certificate.as_mut().unwrap().revoked_at = revoked.then_some(NOW);
        });
        let judged = case.judge();
        let later = Timestamp::from_seconds(now + later);
        prop_assert!(judged.valid_until > case.now, "it changes later, never now");
        if later < judged.valid_until {
            prop_assert_eq!(case.with(|c| c.now = later).judge().evidence, judged.evidence);
        }
    }
}
