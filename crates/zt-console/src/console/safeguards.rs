//! What a client binds itself to, as its page shows it: what it does not is not there.

use zt_federation::{Client, ClientSigning, Need, OwnerName, Profile, TokenBinding};
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
        TokenBinding::Certificate => Some(page.t("client-bound-certificate").to_owned()),
    };
    let profile = match kept.profile {
        Profile::Usual => None,
        Profile::Fapi2 => Some("FAPI 2.0 Security Profile".to_owned()),
    };
    [
        profile.map(|name| (page.t("client-profile"), name)),
        required(page.t("client-pushed-requests"), kept.pushed_requests),
        kept.certificate
            .as_ref()
            .map(|owner| (page.t("client-certificate"), written(&owner.name))),
        bound.map(|word| (page.t("client-bound-tokens"), word)),
        required(page.t("client-signed-requests"), kept.signed_requests),
        (kept.request_signing != ClientSigning::Any).then(|| {
            let name = kept.request_signing.as_str().to_owned();
            (page.t("client-request-signing"), name)
        }),
        kept.step_up.acr.map(|least| {
            let word = page.member("assurance", least.as_str()).to_owned();
            (page.t("client-userinfo-acr"), word)
        }),
        kept.step_up.max_age.map(|most| {
            let minutes = most.0 / 60;
            let word = page.t1("client-minutes", "minutes", minutes);
            (page.t("client-userinfo-max-age"), word)
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn written(name: &OwnerName) -> String {
    match name {
        OwnerName::SubjectDn(name)
        | OwnerName::SanDns(name)
        | OwnerName::SanUri(name)
        | OwnerName::SanEmail(name) => name.clone(),
        OwnerName::SanIp(address) => address.to_string(),
    }
}
