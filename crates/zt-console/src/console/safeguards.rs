//! What a client binds itself to, as its page shows it: what it does not is not there.

use zt_federation::{Client, ClientSigning, Need, OwnerName, Profile, StepUp, TokenBinding};
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
    ]
    .into_iter()
    .flatten()
    .chain(demanded(
        page,
        kept.step_up,
        [
            page.t("client-userinfo-acr"),
            page.t("client-userinfo-max-age"),
        ],
    ))
    .collect()
}

/// What a service provider wants proven first.
pub(super) fn step_up(page: &Page, demand: StepUp) -> Vec<(&'static str, String)> {
    let labels = [page.t("provider-acr"), page.t("provider-max-age")];
    demanded(page, demand, labels).collect()
}

/// What must have been proven, and how long ago at most, under these labels.
fn demanded(
    page: &Page,
    demand: StepUp,
    [acr, max_age]: [&'static str; 2],
) -> impl Iterator<Item = (&'static str, String)> {
    let least = demand.acr.map(|least| {
        let word = page.member("assurance", least.as_str()).to_owned();
        (acr, word)
    });
    let most = demand.max_age.map(|most| {
        let word = page.t1("client-minutes", "minutes", most.0 / 60);
        (max_age, word)
    });
    least.into_iter().chain(most)
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
