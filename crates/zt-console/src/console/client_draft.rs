//! A client as it stands in the console's form: what was typed, and the record that comes of it.
//!
//! The form knows a few kinds of programs, and each says how it authenticates and what it comes with: what does not fit together
//! cannot be typed. Whatever else a record holds stays as it is.

use crate::guard::Fields;
use std::collections::BTreeSet;
use zt_federation::{
    Authentication, Client, ConsentDemand, FrontChannel, GrantType, ProofKey, RedirectUri,
    Safeguards, Scope, SessionNaming, SigningAlgorithm, SubjectKind,
};
use zt_pages::Page;
use zt_store::State;
use zt_types::{AppId, ClientId, ManagedBy, Seconds, Text};

/// The longest name, in characters.
const LONGEST_NAME: usize = 120;

/// A kind of program, which is the template of its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Kind {
    /// On a server: keeps a secret.
    #[default]
    Server,
    /// In the browser.
    Page,
    /// On people's devices.
    Native,
    /// On a device without a browser.
    Device,
    /// Acts for itself.
    Service,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Server,
        Self::Page,
        Self::Native,
        Self::Device,
        Self::Service,
    ];

    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Page => "page",
            Self::Native => "native",
            Self::Device => "device",
            Self::Service => "service",
        }
    }

    pub(crate) const fn keeps_secret(self) -> bool {
        matches!(self, Self::Server | Self::Service)
    }

    /// Whether a browser comes back to it.
    pub(crate) const fn has_addresses(self) -> bool {
        matches!(self, Self::Server | Self::Page | Self::Native)
    }

    fn grants(self) -> BTreeSet<GrantType> {
        match self {
            Self::Server | Self::Page | Self::Native => {
                [GrantType::AuthorizationCode, GrantType::RefreshToken].into()
            }
            Self::Device => [GrantType::DeviceCode, GrantType::RefreshToken].into(),
            Self::Service => [GrantType::ClientCredentials].into(),
        }
    }

    /// What a client of the console is; it has no other.
    fn of(client: &Client) -> Self {
        if client.grants.contains(&GrantType::ClientCredentials) {
            Self::Service
        } else if client.grants.contains(&GrantType::DeviceCode) {
            Self::Device
        } else if client.authentication != Authentication::None {
            Self::Server
        } else if client
            .redirect_uris
            .iter()
            .all(|uri| uri.as_str().starts_with("https://"))
        {
            Self::Page
        } else {
            Self::Native
        }
    }
}

/// What was typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    pub(crate) ja: String,
    pub(crate) en: String,
    pub(crate) app: String,
    pub(crate) redirect_uris: String,
    pub(crate) post_logout: String,
    pub(crate) front: String,
    pub(crate) home: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) asks: bool,
    pub(crate) sends_in_form: bool,
    pub(crate) without_proof_key: bool,
}

/// What is wrong, by the field's name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(Vec<(&'static str, String)>);

impl Faults {
    pub(super) fn push(&mut self, field: &'static str, fault: String) {
        self.0.push((field, fault));
    }

    /// What is wrong with a field.
    pub(crate) fn of(&self, field: &str) -> Vec<&str> {
        let all = self.0.iter().filter(|(name, _)| *name == field);
        all.map(|(_, fault)| fault.as_str()).collect()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Draft {
    pub(crate) fn new() -> Self {
        Self {
            scopes: vec!["openid".into(), "profile".into(), "email".into()],
            ..Self::default()
        }
    }

    pub(crate) fn read(form: &Fields) -> Self {
        let text = |name: &str| form.text(name).trim().to_owned();
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.slug() == form.text("kind"));
        Self {
            kind: kind.unwrap_or_default(),
            id: text("id"),
            ja: text("name-ja"),
            en: text("name-en"),
            app: text("app"),
            redirect_uris: text("redirect-uris"),
            post_logout: text("post-logout"),
            front: text("front"),
            home: text("home"),
            scopes: form.all("scopes"),
            asks: form.has("asks"),
            sends_in_form: form.has("sends-in-form"),
            without_proof_key: form.has("without-proof-key"),
        }
    }

    pub(crate) fn of(client: &Client) -> Self {
        let lines = |uris: &BTreeSet<RedirectUri>| {
            let uris: Vec<&str> = uris.iter().map(RedirectUri::as_str).collect();
            uris.join("\n")
        };
        Self {
            kind: Kind::of(client),
            id: client.id.to_string(),
            ja: client.name.ja.clone(),
            en: client.name.en.clone(),
            app: client.app.to_string(),
            redirect_uris: lines(&client.redirect_uris),
            post_logout: lines(&client.post_logout_redirect_uris),
            front: client
                .frontchannel_logout
                .as_ref()
                .map_or_else(String::new, |front| front.uri.as_str().to_owned()),
            home: client
                .home
                .as_ref()
                .map_or_else(String::new, |uri| uri.as_str().to_owned()),
            scopes: client
                .scopes
                .iter()
                .map(|scope| scope.as_str().to_owned())
                .collect(),
            asks: client.consent == ConsentDemand::Asked,
            sends_in_form: client.authentication == Authentication::SecretPost,
            without_proof_key: client.proof_key == ProofKey::OrNonce,
        }
    }

    /// The record, in place of `known` if that is being changed; or what is wrong, all of it.
    pub(crate) fn made(
        &self,
        page: &Page,
        state: &State,
        known: Option<&Client>,
    ) -> Result<Client, Faults> {
        let mut faults = Faults::default();
        let kind = known.map_or(self.kind, Kind::of);
        let known_id = known.map(|known| &known.id);
        let id = program_id(page, state, (known_id, &self.id), &mut faults);
        let name = named(page, &self.ja, &self.en, &mut faults);
        let app = application(page, state, &self.app, &mut faults);
        let (redirect_uris, post_logout) = if kind.has_addresses() {
            let redirect = addresses(page, "redirect-uris", &self.redirect_uris, &mut faults);
            if self.redirect_uris.is_empty() {
                let fault = page.t("client-fault-no-redirect").to_owned();
                faults.push("redirect-uris", fault);
            }
            let after = addresses(page, "post-logout", &self.post_logout, &mut faults);
            (redirect, after)
        } else {
            (BTreeSet::new(), BTreeSet::new())
        };
        let front = if kind.has_addresses() {
            self.front(page, known, &redirect_uris, &mut faults)
        } else {
            None
        };
        let home = addresses(page, "home", &self.home, &mut faults).pop_first();
        let scopes: BTreeSet<Scope> = Scope::ALL
            .into_iter()
            .filter(|scope| self.scopes.iter().any(|named| named == scope.as_str()))
            .filter(|_| kind != Kind::Service)
            .collect();
        match (id, app) {
            (Some(id), Some(app)) if faults.is_empty() => {
                let usual = known.cloned().unwrap_or_else(|| usual(&id, &app, kind));
                Ok(Client {
                    name,
                    authentication: match (kind.keeps_secret(), self.sends_in_form) {
                        (false, _) => Authentication::None,
                        (true, true) => Authentication::SecretPost,
                        (true, false) => Authentication::SecretBasic,
                    },
                    redirect_uris,
                    post_logout_redirect_uris: post_logout,
                    frontchannel_logout: front,
                    scopes,
                    // RFC 9700 §2.1.1: without a secret only a proof key shows that a code is its own.
                    proof_key: if self.without_proof_key && kind == Kind::Server {
                        ProofKey::OrNonce
                    } else {
                        ProofKey::Required
                    },
                    consent: if self.asks {
                        ConsentDemand::Asked
                    } else {
                        ConsentDemand::Implied
                    },
                    home,
                    id,
                    app,
                    ..usual
                })
            }
            _ => Err(faults),
        }
    }

    /// Where a browser tells it; how much it says there stays as it is.
    fn front(
        &self,
        page: &Page,
        known: Option<&Client>,
        redirect_uris: &BTreeSet<RedirectUri>,
        faults: &mut Faults,
    ) -> Option<FrontChannel> {
        let uri = addresses(page, "front", &self.front, faults).pop_first()?;
        let before = known.and_then(|known| known.frontchannel_logout.as_ref());
        let session = before.map_or(SessionNaming::Named, |front| front.session);
        let front = FrontChannel::new(uri, session, redirect_uris);
        if front.is_err() {
            faults.push("front", page.t("client-fault-front").to_owned());
        }
        front.ok()
    }
}

/// The id of a program: the one that it has, or the one that was typed.
pub(super) fn program_id(
    page: &Page,
    state: &State,
    (known, typed): (Option<&ClientId>, &str),
    faults: &mut Faults,
) -> Option<ClientId> {
    if known.is_some() {
        return known.cloned();
    }
    let id = ClientId::new(typed).ok();
    let id = id.filter(Client::may_be_called);
    let fault = match &id {
        None => page.t("client-fault-id"),
        Some(id) if state.app_of(id).is_some() => page.t("client-fault-taken"),
        Some(_) => return id,
    };
    faults.push("id", fault.to_owned());
    None
}

/// Its name, in both languages.
pub(super) fn named(page: &Page, ja: &str, en: &str, faults: &mut Faults) -> Text {
    for (field, name) in [("name-ja", ja), ("name-en", en)] {
        let is_name = !name.is_empty() && name.chars().count() <= LONGEST_NAME;
        if !is_name || name.contains(char::is_control) {
            faults.push(field, page.t("client-fault-name").to_owned());
        }
    }
    Text {
        ja: ja.to_owned(),
        en: en.to_owned(),
    }
}

/// The application that was chosen.
pub(super) fn application(
    page: &Page,
    state: &State,
    chosen: &str,
    faults: &mut Faults,
) -> Option<AppId> {
    let app = AppId::new(chosen).ok();
    let app = app.filter(|app| state.applications.contains_key(app));
    if app.is_none() {
        faults.push("app", page.t("client-fault-app").to_owned());
    }
    app
}

/// What nobody is asked about.
fn usual(id: &ClientId, app: &AppId, kind: Kind) -> Client {
    Client {
        id: id.clone(),
        name: Text {
            ja: String::new(),
            en: String::new(),
        },
        app: app.clone(),
        authentication: Authentication::None,
        secrets: Vec::new(),
        keys: None,
        jwks_uri: None,
        redirect_uris: BTreeSet::new(),
        post_logout_redirect_uris: BTreeSet::new(),
        backchannel_logout: None,
        frontchannel_logout: None,
        grants: kind.grants(),
        scopes: BTreeSet::new(),
        exchange_to: BTreeSet::new(),
        proof_key: ProofKey::Required,
        subject: SubjectKind::Public,
        consent: ConsentDemand::Implied,
        id_token: SigningAlgorithm::Rs256,
        access_token_lifetime: Seconds::minutes(5),
        home: None,
        safeguards: Safeguards::default(),
        managed_by: ManagedBy::Console,
    }
}

/// The addresses of a field, one in each line.
fn addresses(
    page: &Page,
    field: &'static str,
    text: &str,
    faults: &mut Faults,
) -> BTreeSet<RedirectUri> {
    let read = addresses_in_order(page, field, text, faults);
    read.into_iter().collect()
}

/// The same, as they stand.
pub(super) fn addresses_in_order(
    page: &Page,
    field: &'static str,
    text: &str,
    faults: &mut Faults,
) -> Vec<RedirectUri> {
    let mut read = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match RedirectUri::parse(line) {
            Ok(uri) => read.push(uri),
            Err(_) => faults.push(field, page.t1("client-fault-uri", "uri", line.to_owned())),
        }
    }
    read
}
