//! What an administrator does with clients in the console: registers, changes and removes them, and replaces their secrets.
//!
//! Only clients that the console manages: those of the organisation's files are the files'.

use super::client_draft::{Draft, Faults, Kind};
use super::handlers::{client_page, unavailable};
use super::products::{PRODUCTS, Product};
use super::view::{ClientFormView, ClientShown, ProductChoice};
use crate::PagesState;
use crate::guard::{Administrator, PostedByAdministrator, Signed, error, see_other, sent};
use crate::view::Choice;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use zt_crypto::hash::{mint_token, received_hash, token_hash};
use zt_events::{Actor, Body};
use zt_federation::{Authentication, Client, ClientSecret, Scope};
use zt_live::LiveError;
use zt_pages::error::ErrorKind;
use zt_pages::headers::Exception;
use zt_pages::{Page, respond};
use zt_store::{Change, Plan};
use zt_types::{ClientId, ManagedBy, Seconds, Secret, Timestamp};

const HERE: &str = "/console/clients";

/// So many secrets a client has at most.
const MOST_SECRETS: usize = 5;

/// For how many days an old secret may go on counting beside a new one.
pub(crate) const OVERLAPS: [u64; 4] = [0, 1, 7, 30];

/// A product that is known by name, and where it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    product: String,
    at: String,
}

pub(crate) async fn new(
    State(state): State<PagesState>,
    Query(wanted): Query<Wanted>,
    Administrator(signed): Administrator,
) -> Response {
    let product = Product::find(&wanted.product);
    let draft = match product {
        Some(product) if product.can_be_at(&wanted.at) => product.draft(&wanted.at),
        _ => Draft::new(),
    };
    let unknown = product.filter(|product| !product.can_be_at(&wanted.at));
    let choice = ProductChoice {
        products: PRODUCTS
            .iter()
            .map(|known| Choice {
                value: known.slug.to_owned(),
                text: known.name.to_owned(),
                is_current: product.is_some_and(|product| product.slug == known.slug),
            })
            .collect(),
        at: wanted.at,
        error: unknown.map(|_| signed.page.t("client-product-fault")),
        filled_in: product.filter(|_| unknown.is_none()).map(|product| {
            signed
                .page
                .t1("client-product-filled", "name", product.name)
        }),
    };
    form(
        &state,
        &signed,
        &draft,
        Some(choice),
        None,
        &Faults::default(),
    )
}

pub(crate) async fn change(
    State(state): State<PagesState>,
    Path(client): Path<String>,
    Administrator(signed): Administrator,
) -> Response {
    match own(&state, &signed, &client) {
        Ok(known) => form(
            &state,
            &signed,
            &Draft::of(&known),
            None,
            Some(&known),
            &Faults::default(),
        ),
        Err(answer) => *answer,
    }
}

/// Registers a client. A secret of it is shown on the page that answers, and never again.
pub(crate) async fn register(
    State(state): State<PagesState>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let _turn = state.registering().await;
    let draft = Draft::read(&signed.form);
    let live = state.live();
    let made = live.read(|records| draft.made(&signed.page, records, None));
    let client = match made {
        Ok(client) => client,
        Err(faults) => return form(&state, &signed, &draft, None, None, &faults),
    };
    let secret = draft
        .kind
        .keeps_secret()
        .then(|| mint_token(live.entropy().bytes()));
    let client = Client {
        secrets: secret.iter().map(lasting).collect(),
        ..client
    };
    if !client.contradictions().is_empty() {
        return error(&signed.page, ErrorKind::BadRequest);
    }
    let line = format!("+ client {}", client.id);
    match commit(&state, &signed, Change::PutClient(client.clone()), line).await {
        Ok(()) => made_page(&state, &signed, &client.id, secret),
        Err(failure) => unavailable(&signed.page, &failure),
    }
}

/// Writes what was changed.
pub(crate) async fn write(
    State(state): State<PagesState>,
    Path(client): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let _turn = state.registering().await;
    let known = match own(&state, &signed, &client) {
        Ok(known) => known,
        Err(answer) => return *answer,
    };
    let draft = Draft::read(&signed.form);
    let made = state
        .live()
        .read(|records| draft.made(&signed.page, records, Some(&known)));
    match made {
        Ok(client) if !client.contradictions().is_empty() => {
            error(&signed.page, ErrorKind::BadRequest)
        }
        Ok(client) => {
            let line = format!("~ client {}", client.id);
            let done = commit(&state, &signed, Change::PutClient(client), line).await;
            back(&signed, &known.id, "client-saved", done)
        }
        Err(faults) => {
            let draft = Draft {
                kind: Draft::of(&known).kind,
                id: known.id.to_string(),
                ..draft
            };
            form(&state, &signed, &draft, None, Some(&known), &faults)
        }
    }
}

/// Takes a client away; what it holds ends with it.
pub(crate) async fn remove(
    State(state): State<PagesState>,
    Path(client): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let _turn = state.registering().await;
    let known = match kept(&state, &signed, &client, is_removable) {
        Ok(known) => known,
        Err(answer) => return *answer,
    };
    let line = format!("- client {}", known.id);
    match commit(&state, &signed, Change::RemoveClient(known.id), line).await {
        Ok(()) => see_other(&format!("{HERE}?note=client-removed")),
        Err(failure) => unavailable(&signed.page, &failure),
    }
}

/// Makes a new secret, which is shown once, and says until when the ones before it count.
pub(crate) async fn add_secret(
    State(state): State<PagesState>,
    Path(client): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let _turn = state.registering().await;
    let known = match own(&state, &signed, &client) {
        Ok(known) if has_secrets(&known) => known,
        Ok(_) => return error(&signed.page, ErrorKind::NotFound),
        Err(answer) => return *answer,
    };
    let days = signed.form.text("days").parse().ok();
    let Some(days) = days.filter(|days| OVERLAPS.contains(days)) else {
        return error(&signed.page, ErrorKind::BadRequest);
    };
    let now = state.live().clock().now();
    let last = now + Seconds::days(days);
    let secret = mint_token(state.live().entropy().bytes());
    let before = known.secrets.iter().filter(|kept| kept.expires_at > now);
    let mut secrets: Vec<ClientSecret> = before
        .map(|kept| ClientSecret {
            expires_at: kept.expires_at.min(last),
            ..kept.clone()
        })
        .filter(|kept| kept.expires_at > now)
        .collect();
    if secrets.len() >= MOST_SECRETS {
        return see_other(&format!("{HERE}/{}?note=client-secrets-many", known.id));
    }
    secrets.push(lasting(&secret));
    let id = known.id.clone();
    let line = format!("~ client {id}: secret added");
    let change = Change::PutClient(Client { secrets, ..known });
    match commit(&state, &signed, change, line).await {
        Ok(()) => made_page(&state, &signed, &id, Some(secret)),
        Err(failure) => unavailable(&signed.page, &failure),
    }
}

/// Takes a secret away before its time; the last one that counts stays.
pub(crate) async fn remove_secret(
    State(state): State<PagesState>,
    Path(client): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let _turn = state.registering().await;
    let known = match own(&state, &signed, &client) {
        Ok(known) if has_secrets(&known) => known,
        Ok(_) => return error(&signed.page, ErrorKind::NotFound),
        Err(answer) => return *answer,
    };
    let now = state.live().clock().now();
    let name = signed.form.text("secret");
    let kept = known
        .secrets
        .iter()
        .filter(|kept| secret_name(kept) != name);
    let secrets: Vec<ClientSecret> = kept.cloned().collect();
    let id = known.id.clone();
    if !secrets.iter().any(|kept| kept.expires_at > now) {
        return see_other(&format!("{HERE}/{id}?note=client-secret-last"));
    }
    let line = format!("~ client {id}: secret removed");
    let done = commit(
        &state,
        &signed,
        Change::PutClient(Client { secrets, ..known }),
        line,
    );
    back(&signed, &id, "client-secret-removed", done.await)
}

/// Fetches the keys of a client from its address, whoever wrote the client down: one that took a key out need not wait.
pub(crate) async fn fetch(
    State(state): State<PagesState>,
    Path(client): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let known = match kept(&state, &signed, &client, |_| true) {
        Ok(known) => known,
        Err(answer) => return *answer,
    };
    if known.jwks_uri.is_some() {
        state.live().fetch_keys(&known).await;
    }
    see_other(&format!("{HERE}/{}#keys", known.id))
}

/// What a form calls a secret: nothing of its hash.
pub(crate) fn secret_name(secret: &ClientSecret) -> String {
    let name = received_hash(&secret.hash.to_string()).to_string();
    name.chars().take(16).collect()
}

/// Whether the console may change it.
pub(crate) fn is_own(client: &Client) -> bool {
    client.managed_by == ManagedBy::Console
}

/// Whether the console may take it away: its own, and what registered itself.
pub(crate) fn is_removable(client: &Client) -> bool {
    is_own(client) || client.managed_by == ManagedBy::Registration
}

/// Whether it authenticates with a secret.
pub(crate) const fn has_secrets(client: &Client) -> bool {
    matches!(
        client.authentication,
        Authentication::SecretBasic | Authentication::SecretPost
    )
}

/// A client that the console may change; or what is answered about another.
fn own(state: &PagesState, signed: &Signed, id: &str) -> Result<Client, Box<Response>> {
    kept(state, signed, id, is_own)
}

/// The same for what else it may be.
fn kept(
    state: &PagesState,
    signed: &Signed,
    id: &str,
    may: fn(&Client) -> bool,
) -> Result<Client, Box<Response>> {
    let known = ClientId::new(id).ok().and_then(|id| {
        state
            .live()
            .read(|records| records.clients.get(&id).cloned())
    });
    match known {
        Some(known) if may(&known) => Ok(known),
        Some(known) => {
            let page = format!("{HERE}/{}?note=client-files", known.id);
            Err(Box::new(see_other(&page)))
        }
        None => Err(Box::new(error(&signed.page, ErrorKind::NotFound))),
    }
}

fn lasting(secret: &Secret) -> ClientSecret {
    ClientSecret {
        hash: token_hash(secret),
        expires_at: Timestamp::FAR_FUTURE,
    }
}

fn made_page(
    state: &PagesState,
    signed: &Signed,
    id: &ClientId,
    secret: Option<Secret>,
) -> Response {
    let shown = ClientShown {
        note: Some(signed.page.t("console-note-client-saved")),
        secret: secret.map(|secret| secret.expose().to_owned()),
        rehearsal: None,
    };
    client_page(state, signed, id, shown)
}

/// Writes a change that an administrator made, with the line that says so in the log.
pub(super) async fn commit(
    state: &PagesState,
    signed: &Signed,
    change: Change,
    line: String,
) -> Result<(), LiveError> {
    let live = state.live();
    let event = live.event(
        Actor::Person(signed.person.id),
        Body::OrganisationChanged { lines: vec![line] },
    );
    live.commit(Plan::new(vec![change], vec![event]))
        .await
        .map(drop)
}

fn back(signed: &Signed, id: &ClientId, note: &str, done: Result<(), LiveError>) -> Response {
    match done {
        Ok(()) => see_other(&format!("{HERE}/{id}?note={note}")),
        Err(failure) => unavailable(&signed.page, &failure),
    }
}

/// Something to choose.
pub(super) fn choice(value: &str, text: &str, is_current: bool) -> Choice {
    Choice {
        value: value.to_owned(),
        text: text.to_owned(),
        is_current,
    }
}

/// The applications to choose from.
pub(super) fn applications(page: &Page, records: &zt_store::State, chosen: &str) -> Vec<Choice> {
    let apps = records.applications.values();
    apps.map(|app| {
        let id = app.id.as_str();
        choice(id, page.text(&app.name), id == chosen)
    })
    .collect()
}

fn form(
    state: &PagesState,
    signed: &Signed,
    draft: &Draft,
    choice_of_product: Option<ProductChoice>,
    known: Option<&Client>,
    faults: &Faults,
) -> Response {
    let page = &signed.page;
    let apps = state
        .live()
        .read(|records| applications(page, records, &draft.app));
    let view = ClientFormView {
        action: known.map_or_else(
            || HERE.to_owned(),
            |known| format!("{HERE}/{}/change", known.id),
        ),
        back: known.map_or_else(|| HERE.to_owned(), |known| format!("{HERE}/{}", known.id)),
        is_new: known.is_none(),
        product: choice_of_product,
        kinds: Kind::ALL
            .into_iter()
            .map(|kind| {
                let text = page.member("client-kind", kind.slug());
                choice(kind.slug(), text, kind == draft.kind)
            })
            .collect(),
        scopes: Scope::ALL
            .into_iter()
            .map(|scope| {
                let name = scope.as_str();
                choice(name, name, draft.scopes.iter().any(|named| named == name))
            })
            .collect(),
        apps,
        draft: draft.clone(),
        faults: faults.clone(),
        page: page.clone(),
        shell: signed.console(HERE),
    };
    sent(respond(StatusCode::OK, page, &view, &Exception::None))
}
