use super::*;

const PPT: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
const MFA: &str = "https://refeds.org/profile/mfa";
const MICROSOFT: &str = "http://schemas.microsoft.com/claims/multipleauthn";
const KERBEROS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos";

#[test]
fn what_is_asked_for_is_proven_and_told() {
    use Assurance::{Hardware, Mfa, Password, PhishingResistant};
    use Comparison::{Better, Exact, Maximum, Minimum};
    let none = Err(NoSuchContext);
    let at_least = |assurance| Ok(Least::Assurance(assurance));
    let nobody = Err(NoSuchContext);
    let anything = Ok(Least::Anything);
    // Comparison, classes, what has to be proven, what is proven, what is told.
    let table: &[(Comparison, &[&str], _, Assurance, Result<&str, _>)] = &[
        (Exact, &[PPT], at_least(Password), Password, Ok(PPT)),
        // Whoever proved more is told by the name that was asked for: it is compared as a name.
        (
            Exact,
            &[PPT],
            at_least(Password),
            PhishingResistant,
            Ok(PPT),
        ),
        (Exact, &[PASSWORD], at_least(Password), Mfa, Ok(PASSWORD)),
        (Exact, &[MFA], at_least(Mfa), Password, none),
        (Exact, &[MFA], at_least(Mfa), Mfa, Ok(MFA)),
        (Exact, &[MICROSOFT], at_least(Mfa), Mfa, Ok(MICROSOFT)),
        (Exact, &[MFA, PPT], at_least(Password), Password, Ok(PPT)),
        (Exact, &[PPT, MFA], at_least(Password), Mfa, Ok(MFA)),
        (
            Exact,
            &[PPT, KERBEROS],
            at_least(Password),
            Password,
            Ok(PPT),
        ),
        (Exact, &[KERBEROS], nobody, Hardware, none),
        (Exact, &[], nobody, Hardware, none),
        (Exact, &[UNSPECIFIED], anything, Password, Ok(UNSPECIFIED)),
        (Exact, &[UNSPECIFIED, PPT], anything, Password, Ok(PPT)),
        (
            Exact,
            &["phrh"],
            at_least(Hardware),
            PhishingResistant,
            none,
        ),
        (Minimum, &[PPT], at_least(Password), Password, Ok(PPT)),
        (
            Minimum,
            &[PASSWORD],
            at_least(Password),
            Password,
            Ok(PASSWORD),
        ),
        (Minimum, &[PPT], at_least(Password), Mfa, Ok(MFA)),
        (
            Minimum,
            &[MFA, "phr"],
            at_least(Mfa),
            PhishingResistant,
            Ok("phr"),
        ),
        (Minimum, &[MFA], at_least(Mfa), Password, none),
        (Minimum, &[UNSPECIFIED], anything, Password, Ok(PPT)),
        (Better, &[PPT], at_least(Mfa), Password, none),
        (Better, &[PPT], at_least(Mfa), Mfa, Ok(MFA)),
        (Better, &[PPT, MFA], at_least(PhishingResistant), Mfa, none),
        (
            Better,
            &[PPT, MFA],
            at_least(PhishingResistant),
            PhishingResistant,
            Ok("phr"),
        ),
        (Better, &["phrh"], nobody, Hardware, none),
        (
            Better,
            &[UNSPECIFIED],
            at_least(Password),
            Password,
            Ok(PPT),
        ),
        (Maximum, &[MFA], anything, Password, Ok(PPT)),
        (Maximum, &[MFA], anything, Mfa, Ok(MFA)),
        (Maximum, &[PPT], anything, PhishingResistant, Ok(PPT)),
        (Maximum, &[KERBEROS], nobody, Password, none),
    ];
    for (comparison, classes, least, proven, told) in table {
        let request = RequestedContext {
            comparison: *comparison,
            classes: classes.iter().map(|class| (*class).to_owned()).collect(),
        };
        assert_eq!(request.least(), *least, "{request:?}");
        assert_eq!(request.told(*proven), *told, "{request:?} {proven:?}");
    }
}

#[test]
fn each_assurance_has_a_class_that_means_it() {
    for assurance in Assurance::ALL {
        assert_eq!(assurance_of_class(class_of(assurance)), Some(assurance));
    }
    assert_eq!(assurance_of_class(UNSPECIFIED), None);
}
