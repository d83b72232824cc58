//! Clients: the list, and one client with how it is connected.

use super::client_form::{OVERLAPS, has_secrets, is_own, is_removable, secret_name};
use super::products::Product;
use super::view::{
    ClientAddress, ClientFetched, ClientRow, ClientSecretRow, ClientTelling, ClientView,
    ClientWays, ClientsView,
};
use crate::words::{Names, Reader, managed, managed_resource};
use std::sync::Arc;
use zt_federation::{
    Authentication, Client, ClientSecret, ConsentDemand, Endpoints, GrantType, ProofKey,
    RedirectUri, Scope, SubjectKind,
};
use zt_live::{FetchedKeys, LastTold};
use zt_pages::{Page, Shell, Tone};
use zt_store::State;
use zt_types::{AppId, ClientId, Timestamp};

pub(crate) fn list(
    page: Page,
    shell: Shell,
    state: &State,
    note: Option<&'static str>,
) -> ClientsView {
    let names = Names {
        page: &page,
        state,
        reader: Reader::Administrator,
    };
    let rows = rows(&names, None);
    ClientsView {
        rows,
        note,
        page,
        shell,
    }
}

/// The programs that people sign in to, of one application or of all.
pub(super) fn rows(names: &Names<'_>, app: Option<&AppId>) -> Vec<ClientRow> {
    let page = names.page;
    let is_meant = |of: &AppId| app.is_none_or(|app| app == of);
    let clients = names.state.clients.values();
    let clients = clients.filter(|client| is_meant(&client.app));
    let clients = clients.map(|client| ClientRow {
        href: format!("/console/clients/{}", client.id),
        id: client.id.to_string(),
        name: page.text(&client.name).to_owned(),
        app: names.application(&client.app),
        speaks: match client.scopes.contains(&Scope::Openid) {
            true => "OpenID Connect",
            false => "OAuth 2.0",
        },
        authentication: authentication(page, client.authentication),
        grants: grants(names, client),
        consent: consent(page, client.consent),
        managed: managed(page, managed_resource(client.managed_by)),
    });
    let providers = names.state.service_providers.values();
    let providers = providers.filter(|provider| is_meant(&provider.app));
    clients
        .chain(providers.map(|provider| super::providers::row(names, provider)))
        .collect()
}

/// `issuer` is this installation's, `https://id.<domain>`; `secret` was just made. `None` if there is no such client.
pub(crate) fn one(
    page: Page,
    shell: Shell,
    state: &State,
    id: &ClientId,
    (issuer, secret): (&str, Option<&str>),
    (last, fetched, now): (Option<LastTold>, Option<Arc<FetchedKeys>>, Timestamp),
) -> Option<ClientView> {
    let client = state.clients.get(id)?;
    let telling = client
        .backchannel_logout
        .is_some()
        .then(|| telling(&page, last.as_ref(), state.untold_to(id).len()));
    let names = Names {
        page: &page,
        state,
        reader: Reader::Administrator,
    };
    let minutes = client.access_token_lifetime.0 / 60;
    let scopes: Vec<&str> = client.scopes.iter().copied().map(Scope::as_str).collect();
    let mut facts = vec![
        (
            page.t("client-authentication"),
            authentication(&page, client.authentication).to_owned(),
        ),
        (page.t("client-grants"), grants(&names, client)),
        (page.t("client-scopes"), scopes.join(" ")),
        (
            page.t("client-proof-key"),
            match client.proof_key {
                ProofKey::Required => page.t("client-proof-key-required"),
                ProofKey::OrNonce => page.t("client-proof-key-or-nonce"),
            }
            .to_owned(),
        ),
        (
            page.t("client-subject"),
            match &client.subject {
                SubjectKind::Public => page.t("client-subject-public").to_owned(),
                SubjectKind::Pairwise(sector) => {
                    page.t1("client-subject-pairwise", "sector", sector.clone())
                }
            },
        ),
        (
            page.t("client-consent"),
            consent(&page, client.consent).to_owned(),
        ),
        (
            page.t("client-id-token"),
            client.id_token.as_str().to_owned(),
        ),
        (
            page.t("client-access-token"),
            page.t1("client-minutes", "minutes", minutes),
        ),
        (
            page.t("managed"),
            managed(&page, managed_resource(client.managed_by)).to_owned(),
        ),
    ];
    facts.extend(super::registration::facts(&names, id));
    facts.extend(super::safeguards::facts(&page, client));
    if !client.exchange_to.is_empty() {
        let to: Vec<&str> = client.exchange_to.iter().map(ClientId::as_str).collect();
        facts.push((page.t("client-exchange-to"), to.join(" ")));
    }
    let at = |path: &str| format!("{issuer}{path}");
    let browsers = client.grants.contains(&GrantType::AuthorizationCode);
    let mut endpoints = vec![(page.t("client-token-endpoint"), at(Endpoints::OURS.token))];
    if browsers {
        endpoints.insert(
            0,
            (
                page.t("client-authorization-endpoint"),
                at(Endpoints::OURS.authorization),
            ),
        );
        endpoints.push((
            page.t("client-push-endpoint"),
            at(Endpoints::OURS.pushed_requests),
        ));
        endpoints.push((
            page.t("client-userinfo-endpoint"),
            at(Endpoints::OURS.userinfo),
        ));
        endpoints.push((
            page.t("client-end-session-endpoint"),
            at(Endpoints::OURS.end_session),
        ));
    }
    if client.grants.contains(&GrantType::DeviceCode) {
        endpoints.push((
            page.t("client-device-endpoint"),
            at(Endpoints::OURS.device_authorization),
        ));
    }
    endpoints.push((page.t("client-keys-endpoint"), at(Endpoints::OURS.keys)));
    Some(ClientView {
        id: client.id.to_string(),
        name: page.text(&client.name).to_owned(),
        app: names.application(&client.app),
        events_href: format!("/console/events?app={}", client.app),
        facts,
        issuer: issuer.to_owned(),
        discovery: at("/.well-known/openid-configuration"),
        endpoints,
        addresses: addresses(&page, client),
        secrets: secrets(&page, client, now),
        has_keys: client.keys.is_some() || client.jwks_uri.is_some(),
        telling,
        fetched: client
            .jwks_uri
            .is_some()
            .then(|| fetching(&page, fetched.as_deref())),
        rehearsal: super::rehearsal::panel(client),
        product: Product::of(client).map(|product| product.view(&page, client, issuer, secret)),
        note: None,
        secret: None,
        ways: is_removable(client).then(|| ClientWays {
            is_own: is_own(client),
            at: format!("/console/clients/{}", client.id),
            remove_question: page.t1(
                "client-remove-question",
                "name",
                page.text(&client.name).to_owned(),
            ),
            overlaps: if is_own(client) && has_secrets(client) {
                OVERLAPS.to_vec()
            } else {
                Vec::new()
            },
        }),
        logins: super::rehearsal::logins(state),
        page,
        shell,
    })
}

/// How fetching its keys goes, by what came of it the last time.
fn fetching(page: &Page, known: Option<&FetchedKeys>) -> ClientFetched {
    let failed = known.and_then(|known| known.failed.as_deref());
    let (tone, icon, word) = match (known, failed) {
        (None, _) => (
            Tone::Neutral,
            "circle-minus",
            page.t("client-fetched-never"),
        ),
        (Some(_), None) => (Tone::Good, "check", page.t("client-fetched-good")),
        (Some(_), Some(_)) => (
            Tone::Caution,
            "triangle-alert",
            page.t("client-fetched-failed"),
        ),
    };
    ClientFetched {
        tone,
        icon,
        word,
        failed: failed.map(|why| page.member("telling-failure", why)),
        at: known.and_then(|known| known.last.as_ref().map(|(_, at)| *at)),
        tried_at: known.map(|known| known.tried_at),
    }
}

/// How telling a program that sign-ins are over goes, by what came of it the last time and how much waits.
pub(super) fn telling(page: &Page, last: Option<&LastTold>, waiting: usize) -> ClientTelling {
    let failed = last.and_then(|last| last.failed.as_deref());
    let (tone, icon, word) = match (last, failed) {
        (None, _) => (
            Tone::Neutral,
            "circle-minus",
            page.t("client-telling-never"),
        ),
        (Some(_), None) => (Tone::Good, "check", page.t("client-telling-told")),
        (Some(_), Some(_)) => (
            Tone::Caution,
            "triangle-alert",
            page.t("client-telling-failed"),
        ),
    };
    ClientTelling {
        tone,
        icon,
        word,
        failed: failed.map(|why| page.member("telling-failure", why)),
        at: last.map(|last| last.at),
        waiting: (waiting > 0).then(|| page.t1("client-telling-waiting", "count", waiting)),
    }
}

fn authentication(page: &Page, how: Authentication) -> &'static str {
    let slug = match how {
        Authentication::None => "none",
        Authentication::SecretBasic => "client-secret-basic",
        Authentication::SecretPost => "client-secret-post",
        Authentication::PrivateKeyJwt => "private-key-jwt",
        Authentication::TlsVouched => "tls-client-auth",
        Authentication::TlsRegistered => "self-signed-tls-client-auth",
    };
    page.member("client-authentication", slug)
}

fn consent(page: &Page, demand: ConsentDemand) -> &'static str {
    let slug = match demand {
        ConsentDemand::Implied => "implied",
        ConsentDemand::Asked => "asked",
    };
    page.member("client-consent", slug)
}

fn grants(names: &Names<'_>, client: &Client) -> String {
    let word = |grant: &GrantType| {
        let slug = match grant {
            GrantType::AuthorizationCode => "authorization-code",
            GrantType::RefreshToken => "refresh-token",
            GrantType::ClientCredentials => "client-credentials",
            GrantType::DeviceCode => "device-code",
            GrantType::TokenExchange => "token-exchange",
        };
        names.page.member("client-grant", slug)
    };
    let words: Vec<&str> = client.grants.iter().map(word).collect();
    words.join(names.separator())
}

fn addresses(page: &Page, client: &Client) -> Vec<ClientAddress> {
    let several = |label: &'static str, uris: &mut dyn Iterator<Item = &RedirectUri>| {
        let uris: Vec<String> = uris.map(|uri| uri.as_str().to_owned()).collect();
        (!uris.is_empty()).then_some(ClientAddress { label, uris })
    };
    [
        several(
            page.t("client-redirect-uris"),
            &mut client.redirect_uris.iter(),
        ),
        several(
            page.t("client-post-logout"),
            &mut client.post_logout_redirect_uris.iter(),
        ),
        several(
            page.t("client-backchannel"),
            &mut client.backchannel_logout.iter(),
        ),
        several(
            page.t("client-frontchannel"),
            &mut client.frontchannel_logout.iter().map(|front| &front.uri),
        ),
        several(page.t("client-jwks-uri"), &mut client.jwks_uri.iter()),
        several(page.t("client-home"), &mut client.home.iter()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Its secrets by their ends: nothing of a secret itself is shown, not even its hash.
fn secrets(page: &Page, client: &Client, now: Timestamp) -> Vec<ClientSecretRow> {
    let mut kept: Vec<&ClientSecret> = client.secrets.iter().collect();
    kept.sort_by_key(|kept| kept.expires_at);
    kept.into_iter()
        .map(|kept| {
            let until = kept.expires_at;
            let (tone, icon, word) = if until <= now {
                (Tone::Neutral, "ban", page.t("client-secret-over"))
            } else {
                (Tone::Good, "check", page.t("client-secret-counts"))
            };
            ClientSecretRow {
                id: secret_name(kept),
                tone,
                icon,
                word,
                until: (until != Timestamp::FAR_FUTURE).then_some(until),
            }
        })
        .collect()
}
