use super::*;
use Assurance::{Hardware, Mfa, Password, PhishingResistant};

#[test]
fn names_of_assurance() {
    for assurance in Assurance::ALL {
        assert_eq!(assurance_of(assurance.acr()), Some(assurance));
        assert_eq!(assurance_of(assurance.as_str()), Some(assurance));
    }
    for unknown in ["", "0", "MFA", "urn:mace:incommon:iap:silver", "phr "] {
        assert_eq!(assurance_of(unknown), None, "`{unknown}`");
    }
}

#[test]
fn what_is_told_was_proven_and_if_possible_asked_for() {
    let cases = [
        (&[][..], Mfa, Mfa),
        (&[Mfa], Mfa, Mfa),
        (&[Mfa], Hardware, Mfa),
        (&[Mfa, PhishingResistant], Hardware, PhishingResistant),
        (&[Mfa, Hardware], PhishingResistant, Mfa),
        (&[Hardware], Password, Password),
    ];
    for (asked, proven, told) in cases {
        let asked: BTreeSet<Assurance> = asked.iter().copied().collect();
        for demand in [
            AcrDemand::Preferred(asked.clone()),
            AcrDemand::Essential(asked.clone()),
        ] {
            assert_eq!(demand.told(proven), told, "{demand:?} {proven:?}");
            assert!(demand.told(proven) <= proven);
            assert_eq!(demand.least(), asked.first().copied());
        }
        assert!(AcrDemand::Preferred(asked.clone()).is_met_by(proven));
        let met = asked.iter().any(|asked| *asked <= proven);
        assert_eq!(AcrDemand::Essential(asked).is_met_by(proven), met);
    }
    assert!(AcrDemand::Any.is_met_by(Password));
    assert_eq!(AcrDemand::Any.told(Mfa), Mfa);
}
