//! What lets programs register themselves as clients: an administrator makes tokens, which are shown once, sees which there are, and
//! takes them back.

use super::client_form::{applications, choice};
use super::handlers::unavailable;
use super::view::{InitialTokenRow, RegistrationView};
use crate::PagesState;
use crate::guard::{Administrator, PostedByAdministrator, Signed, see_other, sent};
use crate::words::{Names, Reader};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use std::collections::BTreeSet;
use zt_events::Actor;
use zt_federation::{Allowance, Endpoints, GrantType, InitialToken, NotAllowed, Scope};
use zt_live::{InitialTokenError, InitialTokenWish, LiveError};
use zt_pages::headers::Exception;
use zt_pages::{Page, Tone, respond};
use zt_store::{Conflict, StoreError};
use zt_types::{AppId, InitialTokenId, PersonId, Seconds, Timestamp};

const HERE: &str = "/console/registration";

/// For how many days a token may count.
const DAYS: [u64; 4] = [1, 7, 30, 90];

/// What was typed, and what is wrong with it.
#[derive(Debug, Clone)]
pub(crate) struct TokenDraft {
    pub(crate) app: String,
    pub(crate) note: String,
    pub(crate) uses: String,
    pub(crate) days: String,
    grants: Vec<String>,
    scopes: Vec<String>,
    pub(crate) fault: Option<&'static str>,
}

impl TokenDraft {
    fn new() -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            app: String::new(),
            note: String::new(),
            uses: "1".to_owned(),
            days: "1".to_owned(),
            grants: words(&["authorization-code", "refresh-token"]),
            scopes: words(&["openid", "profile", "email"]),
            fault: None,
        }
    }

    /// What the form has nothing of is left out of it; `None` if it names no application that there could be.
    fn wish(&self, days: u64) -> Option<InitialTokenWish> {
        let grants = Allowance::GRANTS.into_iter();
        let grants = grants.filter(|grant| self.grants.iter().any(|one| one == slug(*grant)));
        let scopes = Scope::ALL.into_iter();
        let scopes = scopes.filter(|scope| self.scopes.iter().any(|one| one == scope.as_str()));
        Some(InitialTokenWish {
            note: self.note.clone(),
            allowance: Allowance {
                app: AppId::new(&self.app).ok()?,
                grants: grants.collect(),
                scopes: scopes.collect::<BTreeSet<_>>(),
            },
            // What is no number is too many.
            uses: self.uses.parse().unwrap_or(u32::MAX),
            lifetime: Seconds::days(days),
        })
    }
}

const fn slug(grant: GrantType) -> &'static str {
    match grant {
        GrantType::AuthorizationCode => "authorization-code",
        GrantType::RefreshToken => "refresh-token",
        GrantType::ClientCredentials => "client-credentials",
        GrantType::DeviceCode => "device-code",
        GrantType::TokenExchange => "token-exchange",
    }
}

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    note: String,
}

pub(crate) async fn list(
    State(state): State<PagesState>,
    Query(asked): Query<Asked>,
    Administrator(signed): Administrator,
) -> Response {
    let said = match asked.note.as_str() {
        "revoked" => Some(signed.page.t("registration-note-revoked")),
        _ => None,
    };
    draw(&state, &signed, TokenDraft::new(), (said, None))
}

/// Makes a token. It is shown on the page that answers, and never again.
pub(crate) async fn make(
    State(state): State<PagesState>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let text = |name: &str| signed.form.text(name).trim().to_owned();
    let draft = TokenDraft {
        app: text("app"),
        note: text("note"),
        uses: text("uses"),
        days: text("days"),
        grants: signed.form.all("grants"),
        scopes: signed.form.all("scopes"),
        fault: None,
    };
    let page = &signed.page;
    let days = draft.days.parse().ok();
    let Some(days) = days.filter(|days| DAYS.contains(days)) else {
        let fault = Some(page.t("registration-fault-days"));
        return draw(&state, &signed, TokenDraft { fault, ..draft }, (None, None));
    };
    let Some(wish) = draft.wish(days) else {
        let fault = Some(page.t("registration-fault-app"));
        return draw(&state, &signed, TokenDraft { fault, ..draft }, (None, None));
    };
    let actor = Actor::Person(signed.person.id);
    let fault = match state.live().make_initial_token(wish, actor).await {
        Ok((_, secret)) => {
            let shown = Some(secret.expose().to_owned());
            return draw(&state, &signed, TokenDraft::new(), (None, shown));
        }
        Err(InitialTokenError::Live(failure)) => return unavailable(page, &failure),
        Err(InitialTokenError::NoApplication(_)) => page.t("registration-fault-app"),
        Err(InitialTokenError::NotAllowed(why)) => match why {
            NotAllowed::Note => page.t("registration-fault-note"),
            NotAllowed::Uses => page.t("registration-fault-uses"),
            NotAllowed::Grants => page.t("registration-fault-grants"),
            NotAllowed::Lifetime => page.t("registration-fault-days"),
        },
    };
    let fault = Some(fault);
    draw(&state, &signed, TokenDraft { fault, ..draft }, (None, None))
}

/// Takes a token back. The clients that registered with it stay.
pub(crate) async fn revoke(
    State(state): State<PagesState>,
    Path(token): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    // What is not there is revoked.
    let revoked = || see_other(&format!("{HERE}?note=revoked"));
    let Ok(id) = token.parse::<InitialTokenId>() else {
        return revoked();
    };
    let actor = Actor::Person(signed.person.id);
    match state.live().revoke_initial_token(id, actor).await {
        Ok(()) | Err(LiveError::Store(StoreError::Conflict(Conflict::Missing(_)))) => revoked(),
        Err(failure) => unavailable(&signed.page, &failure),
    }
}

fn draw(
    state: &PagesState,
    signed: &Signed,
    draft: TokenDraft,
    (note, secret): (Option<&'static str>, Option<String>),
) -> Response {
    let page = &signed.page;
    let now = state.live().clock().now();
    let (apps, rows) = state.live().read(|records| {
        let apps = applications(page, records, &draft.app);
        let names = Names {
            page,
            state: records,
            reader: Reader::Administrator,
        };
        let mut tokens: Vec<&InitialToken> = records.initial_tokens.values().collect();
        tokens.sort_by_key(|token| token.expires_at);
        let rows = tokens.into_iter().map(|token| row(&names, token, now));
        (apps, rows.collect())
    });
    let chosen = |list: &[String], slug: &str| list.iter().any(|one| one == slug);
    let view = RegistrationView {
        page: page.clone(),
        shell: signed.console("/console/clients"),
        note,
        secret,
        endpoint: format!(
            "{}{}",
            state.site().id_origin(),
            Endpoints::OURS.registration
        ),
        rows,
        apps,
        grants: Allowance::GRANTS
            .into_iter()
            .map(|grant| {
                let slug = slug(grant);
                let text = page.member("client-grant", slug);
                choice(slug, text, chosen(&draft.grants, slug))
            })
            .collect(),
        scopes: Scope::ALL
            .into_iter()
            .map(|scope| {
                let name = scope.as_str();
                choice(name, name, chosen(&draft.scopes, name))
            })
            .collect(),
        days: DAYS
            .into_iter()
            .map(|days| {
                let text = page.t1("registration-days", "days", days);
                choice(&days.to_string(), &text, days.to_string() == draft.days)
            })
            .collect(),
        draft,
    };
    sent(respond(StatusCode::OK, page, &view, &Exception::None))
}

fn row(names: &Names<'_>, token: &InitialToken, now: Timestamp) -> InitialTokenRow {
    let page = names.page;
    let (tone, icon, word) = if token.counts(now) {
        (Tone::Good, "check", page.t("registration-counts"))
    } else if token.used >= token.uses {
        (
            Tone::Neutral,
            "circle-minus",
            page.t("registration-used-up"),
        )
    } else {
        (Tone::Neutral, "clock", page.t("registration-over"))
    };
    let grants = token.allowance.grants.iter();
    let grants: Vec<&str> = grants
        .map(|grant| page.member("client-grant", slug(*grant)))
        .collect();
    let scopes = token.allowance.scopes.iter();
    let scopes: Vec<&str> = scopes.map(|scope| scope.as_str()).collect();
    InitialTokenRow {
        note: token.note.clone(),
        app: names.app(&token.allowance.app),
        tone,
        icon,
        word,
        used: format!("{} / {}", token.used, token.uses),
        until: token.expires_at,
        may: format!("{}: {}", grants.join(names.separator()), scopes.join(" ")),
        maker: maker(names, token.made_by),
        revoke: format!("{HERE}/{}/revoke", token.id),
        question: page.t1("registration-revoke-question", "note", token.note.clone()),
    }
}

/// Who let a program register itself.
pub(super) fn maker(names: &Names<'_>, made_by: Option<PersonId>) -> String {
    let Some(id) = made_by else {
        return names.page.t("registration-by-operator").to_owned();
    };
    let person = names.state.people.get(&id);
    person.map_or_else(
        || id.to_string(),
        |person| names.page.text(&person.name).to_owned(),
    )
}

/// What stands on the page of a client that registered itself.
pub(super) fn facts(names: &Names<'_>, id: &zt_types::ClientId) -> Vec<(&'static str, String)> {
    let page: &Page = names.page;
    let Some(kept) = names.state.registrations.get(id) else {
        return Vec::new();
    };
    let said = &kept.said;
    let pages = [
        &said.client_uri,
        &said.policy_uri,
        &said.tos_uri,
        &said.logo_uri,
    ];
    let pages: Vec<&str> = pages
        .into_iter()
        .flatten()
        .map(|uri| uri.as_str())
        .collect();
    let mut facts = vec![
        (page.t("registration-let-by"), maker(names, kept.made_by)),
        (page.t("registration-note"), kept.note.clone()),
    ];
    if !said.contacts.is_empty() {
        facts.push((page.t("registration-contacts"), said.contacts.join(", ")));
    }
    if !pages.is_empty() {
        facts.push((page.t("registration-pages"), pages.join(" ")));
    }
    facts
}
