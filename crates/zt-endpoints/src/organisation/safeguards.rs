//! What clients of the files bind themselves to.

use zt_federation::{Need, Safeguards, TokenBinding};
use zt_identity::ClientDocument;

/// `None` never: the form takes no word that is not known here.
pub(super) fn safeguards(document: &ClientDocument) -> Option<Safeguards> {
    Some(Safeguards {
        pushed_requests: need(&document.pushed_requests)?,
        bound_tokens: TokenBinding::ALL
            .into_iter()
            .find(|binding| binding.as_str() == document.bound_tokens)?,
    })
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
    ]
}
