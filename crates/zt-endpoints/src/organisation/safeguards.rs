//! What clients of the files bind themselves to.

use zt_federation::{ClientSigning, Need, Profile, Safeguards, StepUp, TokenBinding};
use zt_identity::ClientDocument;
use zt_types::{Assurance, Seconds};

/// `None` never: the form takes no word that is not known here.
pub(super) fn safeguards(document: &ClientDocument) -> Option<Safeguards> {
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
        step_up: StepUp {
            acr: match &document.userinfo_acr {
                None => None,
                Some(word) => Some(assurance(word)?),
            },
            max_age: document.userinfo_max_age_minutes.map(Seconds::minutes),
        },
    })
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
