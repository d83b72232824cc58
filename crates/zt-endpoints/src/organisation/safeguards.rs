//! What clients of the files bind themselves to.

use zt_crypto::x509::client::{ClientAuthorities, is_subject};
use zt_federation::{
    CertificateOwner, ClientSigning, Need, OwnerName, Profile, Safeguards, StepUp, TokenBinding,
};
use zt_identity::ClientDocument;
use zt_identity::problem::{Problems, Wrong};
use zt_types::{Assurance, Seconds};

/// `None` never: the form takes no word that is not known here.
pub(super) fn safeguards(
    document: &ClientDocument,
    certificate: Option<CertificateOwner>,
) -> Option<Safeguards> {
    Some(Safeguards {
        pushed_requests: need(&document.pushed_requests)?,
        bound_tokens: TokenBinding::ALL
            .into_iter()
            .find(|binding| binding.as_str() == document.bound_tokens)?,
        signed_requests: need(&document.signed_requests)?,
        request_signing: ClientSigning::ALL
            .into_iter()
            .find(|signing| signing.as_str() == document.request_signing)?,
        profile: Profile::ALL
            .into_iter()
            .find(|profile| profile.as_str() == document.profile)?,
        certificate,
        step_up: StepUp {
            acr: match &document.userinfo_acr {
                None => None,
                Some(word) => Some(assurance(word)?),
            },
            max_age: document.userinfo_max_age_minutes.map(Seconds::minutes),
        },
        ..Safeguards::default()
    })
}

/// Whom the certificate of a client is of; what is wrong with it is said in `problems`.
pub(super) fn certificate(
    document: &ClientDocument,
    problems: &mut Problems,
) -> Option<CertificateOwner> {
    let certificate = document.certificate.as_ref()?;
    let value = certificate.name.clone();
    let name = match certificate.key {
        "subject_dn" => Some(OwnerName::SubjectDn(value)),
        "san_dns" => Some(OwnerName::SanDns(value)),
        "san_uri" => Some(OwnerName::SanUri(value)),
        "san_ip" => value.parse().ok().map(OwnerName::SanIp),
        _ => Some(OwnerName::SanEmail(value)),
    };
    if name.is_none() {
        let wrong = Wrong::Client {
            why: "`san_ip` is no network address".to_owned(),
            instead: "write one such as `192.0.2.7` or `2001:db8::7`".to_owned(),
        };
        problems.add(certificate.place.clone(), wrong);
    }
    if let Some(OwnerName::SubjectDn(name)) = &name
        && !is_subject(name)
    {
        let wrong = Wrong::Client {
            why: "no certificate is compared with such a `subject_dn`: it is CN, L, ST, O, OU, C, STREET, DC and UID, with values as RFC 4514 writes them, the last first".to_owned(),
            instead: "copy what `openssl x509 -in FILE -noout -subject -nameopt RFC2253,-esc_msb` writes behind `subject=`, or take one of the alternative names".to_owned(),
        };
        problems.add(certificate.place.clone(), wrong);
    }
    if let Err(error) = ClientAuthorities::read(&certificate.authorities) {
        let wrong = Wrong::Client {
            why: format!("the authorities cannot be read: {error}"),
            instead: "put the certificates of the authorities there, in PEM".to_owned(),
        };
        problems.add(certificate.place.clone(), wrong);
    }
    Some(CertificateOwner {
        name: name?,
        authorities: certificate.authorities.clone(),
    })
}

/// As it is shown.
fn owner(certificate: &CertificateOwner) -> String {
    match &certificate.name {
        OwnerName::SubjectDn(name) => format!("subject_dn {name}"),
        OwnerName::SanDns(name) => format!("san_dns {name}"),
        OwnerName::SanUri(name) => format!("san_uri {name}"),
        OwnerName::SanIp(address) => format!("san_ip {address}"),
        OwnerName::SanEmail(name) => format!("san_email {name}"),
    }
}

fn assurance(word: &str) -> Option<Assurance> {
    Assurance::ALL.into_iter().find(|one| one.as_str() == word)
}

fn need(word: &str) -> Option<Need> {
    Need::ALL.into_iter().find(|need| need.as_str() == word)
}

/// As they are written in the files.
pub(super) fn members(safeguards: &Safeguards) -> Vec<(&'static str, String)> {
    vec![
        (
            "pushed_requests",
            safeguards.pushed_requests.as_str().to_owned(),
        ),
        ("bound_tokens", safeguards.bound_tokens.as_str().to_owned()),
        (
            "signed_requests",
            safeguards.signed_requests.as_str().to_owned(),
        ),
        (
            "request_signing",
            safeguards.request_signing.as_str().to_owned(),
        ),
        (
            "certificate",
            safeguards
                .certificate
                .as_ref()
                .map_or_else(String::new, owner),
        ),
        (
            "certificate.authorities",
            safeguards
                .certificate
                .as_ref()
                .map_or_else(String::new, |kept| kept.authorities.clone()),
        ),
        ("profile", safeguards.profile.as_str().to_owned()),
        (
            "userinfo_acr",
            safeguards
                .step_up
                .acr
                .map_or("", Assurance::as_str)
                .to_owned(),
        ),
        (
            "userinfo_max_age_minutes",
            safeguards
                .step_up
                .max_age
                .map_or_else(String::new, |most| (most.0 / 60).to_string()),
        ),
    ]
}
