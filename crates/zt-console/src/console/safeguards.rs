//! What a client binds itself to, as its page shows it: what it does not is not there.

use zt_federation::{Client, Need, TokenBinding};
use zt_pages::Page;

pub(super) fn facts(page: &Page, client: &Client) -> Vec<(&'static str, String)> {
    let required = |label: &'static str, need: Need| {
        let word = page.t("client-required").to_owned();
        (need == Need::Required).then_some((label, word))
    };
    let kept = &client.safeguards;
    let bound = match client.token_binding() {
        TokenBinding::IfShown => None,
        TokenBinding::Key => Some(page.t("client-bound-dpop").to_owned()),
    };
    [
        required(page.t("client-pushed-requests"), kept.pushed_requests),
        bound.map(|word| (page.t("client-bound-tokens"), word)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
