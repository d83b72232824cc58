//! A service provider as it stands in the console's form: what was typed, and the record that comes of it.
//!
//! Its addresses and keys come from its metadata or are typed, never both. Those that came from metadata are replaced by other
//! metadata only, so that nothing is mixed of what somebody signed off together.

mod attributes;
mod metadata;

use super::client_draft::{Faults, addresses_in_order, application, named, program_id};
use crate::guard::Fields;
pub(crate) use attributes::Row;
pub(crate) use metadata::{Filled, MOST as MOST_METADATA};
use zt_crypto::xml::{EncryptionKey, PublicKey};
use zt_federation::saml::{
    Consumer, ContentCipher, Encryption, EntityId, KeyText, KeyTransport, LogoutBinding,
    LogoutService, MetadataSource, NameIdKind, RequestSigning, SamlContradiction, ServiceProvider,
    Sides, SignedParts, Unsolicited, XmlAlgorithm,
};
use zt_federation::{RedirectUri, StepUp};
use zt_pages::Page;
use zt_store::State;
use zt_types::{AppId, Assurance, ClientId, ManagedBy, Seconds, Text, Timestamp};

/// As many minutes as a session here has, at most.
const MOST_MINUTES: u64 = zt_auth::SESSION_LIFETIME.0 / 60;

/// Whether assertions are encrypted.
pub(crate) const ENCRYPTIONS: [&str; 3] = ["if-offered", "never", "required"];

/// What must have been proven first.
pub(crate) const ACRS: [Assurance; 2] = [Assurance::Mfa, Assurance::PhishingResistant];

/// What was typed.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) id: String,
    pub(crate) ja: String,
    pub(crate) en: String,
    pub(crate) app: String,
    pub(crate) metadata: String,
    pub(crate) entity_id: String,
    pub(crate) consumers: String,
    /// Where it is told by each binding: where requests go, and where answers go.
    pub(crate) logout: [(LogoutBinding, String, String); 3],
    pub(crate) signing: String,
    pub(crate) encryption_key: String,
    pub(crate) encryption: String,
    /// Empty: as its metadata says.
    pub(crate) requests: String,
    pub(crate) signs: String,
    pub(crate) algorithm: String,
    pub(crate) name_id: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) acr: String,
    pub(crate) max_age: String,
    pub(crate) session: String,
    pub(crate) begins_here: bool,
    pub(crate) relay_state: String,
    pub(crate) home: String,
}

impl Draft {
    /// An empty form, as most service providers want it.
    pub(crate) fn new() -> Self {
        Self {
            id: String::new(),
            ja: String::new(),
            en: String::new(),
            app: String::new(),
            metadata: String::new(),
            entity_id: String::new(),
            consumers: String::new(),
            logout: LogoutBinding::ALL.map(|binding| (binding, String::new(), String::new())),
            signing: String::new(),
            encryption_key: String::new(),
            encryption: "if-offered".to_owned(),
            requests: String::new(),
            signs: SignedParts::Both.as_str().to_owned(),
            algorithm: XmlAlgorithm::RsaSha256.as_str().to_owned(),
            name_id: NameIdKind::Persistent.as_str().to_owned(),
            rows: Vec::new(),
            acr: String::new(),
            max_age: String::new(),
            session: String::new(),
            begins_here: false,
            relay_state: String::new(),
            home: String::new(),
        }
    }

    pub(crate) fn read(form: &Fields) -> Self {
        let text = |name: &str| form.text(name).trim().to_owned();
        Self {
            id: text("id"),
            ja: text("name-ja"),
            en: text("name-en"),
            app: text("app"),
            metadata: form.text("metadata").to_owned(),
            entity_id: text("entity-id"),
            consumers: text("consumers"),
            logout: LogoutBinding::ALL.map(|binding| {
                let field = format!("logout-{}", binding.as_str());
                (binding, text(&field), text(&format!("{field}-answers")))
            }),
            signing: text("signing"),
            encryption_key: text("encryption-key"),
            encryption: text("encryption"),
            requests: text("requests"),
            signs: text("signs"),
            algorithm: text("algorithm"),
            name_id: text("name-id"),
            rows: Row::read_all(form),
            acr: text("acr"),
            max_age: text("max-age"),
            session: text("session"),
            begins_here: form.has("begins-here"),
            relay_state: text("relay-state"),
            home: text("home"),
        }
    }

    pub(crate) fn of(provider: &ServiceProvider) -> Self {
        let minutes =
            |time: Option<Seconds>| time.map_or_else(String::new, |time| (time.0 / 60).to_string());
        let uri = |uri: &RedirectUri| uri.as_str().to_owned();
        let consumers: Vec<&str> = provider
            .consumers
            .iter()
            .map(|to| to.location.as_str())
            .collect();
        let pem: Vec<String> = provider
            .signing
            .iter()
            .map(super::providers::pem_of)
            .collect();
        let key = provider.encryption.as_ref().map(|how| &how.key);
        Self {
            id: provider.id.to_string(),
            ja: provider.name.ja.clone(),
            en: provider.name.en.clone(),
            app: provider.app.to_string(),
            metadata: String::new(),
            entity_id: provider.entity_id.to_string(),
            consumers: consumers.join("\n"),
            logout: LogoutBinding::ALL.map(|binding| {
                let known = provider.logout_by(binding);
                let answers = known.and_then(|known| known.response_location.as_ref());
                let location = known.map(|known| uri(&known.location));
                (
                    binding,
                    location.unwrap_or_default(),
                    answers.map(uri).unwrap_or_default(),
                )
            }),
            signing: pem.concat(),
            encryption_key: key.map(super::providers::pem_of).unwrap_or_default(),
            // What goes out readable stays so until somebody says otherwise.
            encryption: match provider.encryption {
                Some(_) => "if-offered",
                None => "never",
            }
            .to_owned(),
            requests: provider.requests.as_str().to_owned(),
            signs: provider.signs.as_str().to_owned(),
            algorithm: provider.algorithm.as_str().to_owned(),
            name_id: provider.name_id.as_str().to_owned(),
            rows: provider.attributes.iter().map(Row::of).collect(),
            acr: provider
                .step_up
                .acr
                .map_or_else(String::new, |least| least.as_str().to_owned()),
            max_age: minutes(provider.step_up.max_age),
            session: minutes(provider.session),
            begins_here: provider.unsolicited != Unsolicited::Refused,
            relay_state: match &provider.unsolicited {
                Unsolicited::Allowed {
                    relay_state: Some(state),
                } => state.clone(),
                _ => String::new(),
            },
            home: provider.home.as_ref().map(uri).unwrap_or_default(),
        }
    }

    /// The record, in place of `known` if that is being changed; or what is wrong, all of it.
    pub(crate) fn made(
        &self,
        page: &Page,
        state: &State,
        now: Timestamp,
        known: Option<&ServiceProvider>,
    ) -> Result<ServiceProvider, Faults> {
        let mut faults = Faults::default();
        let known_id = known.map(|known| &known.id);
        let id = program_id(page, state, (known_id, &self.id), &mut faults);
        let name = named(page, &self.ja, &self.en, &mut faults);
        let app = application(page, state, &self.app, &mut faults);
        let sides = self.sides(page, now, known, &mut faults);
        if let Some(sides) = &sides {
            self.is_free(page, state, sides, known_id, &mut faults);
        }
        let home = addresses_in_order(page, "home", &self.home, &mut faults)
            .into_iter()
            .next();
        let mut minutes = |field: &'static str, text: &str| {
            let number = text.parse().ok();
            let number = number.filter(|minutes| (1..=MOST_MINUTES).contains(minutes));
            if number.is_none() && !text.is_empty() {
                let fault = page.t1("provider-fault-minutes", "most", MOST_MINUTES);
                faults.push(field, fault);
            }
            number.map(Seconds::minutes)
        };
        let max_age = minutes("max-age", &self.max_age);
        let session = minutes("session", &self.session);
        let mut attributes = Vec::new();
        for row in self.rows.iter().filter(|row| !row.is_empty()) {
            match row.rule() {
                Some(rule) => attributes.push(rule),
                None => faults.push("attributes", page.t("provider-fault-row").to_owned()),
            }
        }
        let step_up = StepUp {
            acr: ACRS.into_iter().find(|least| least.as_str() == self.acr),
            max_age,
        };
        match (id, app, sides) {
            (Some(id), Some(app), Some(sides)) if faults.is_empty() => {
                let decided = (id, name, app);
                let made = self.put_together(decided, sides, attributes);
                let made = ServiceProvider {
                    home,
                    step_up,
                    session,
                    ..made
                };
                let contradictions = made.contradictions();
                for contradiction in &contradictions {
                    let (field, slug) = place(*contradiction);
                    faults.push(field, page.member("provider-fault", slug).to_owned());
                }
                contradictions.is_empty().then_some(made).ok_or(faults)
            }
            _ => Err(faults),
        }
    }

    fn put_together(
        &self,
        (id, name, app): (ClientId, Text, AppId),
        sides: Sides,
        attributes: Vec<zt_federation::saml::AttributeRule>,
    ) -> ServiceProvider {
        let requests = RequestSigning::ALL
            .into_iter()
            .find(|one| one.as_str() == self.requests);
        let signs = SignedParts::ALL
            .into_iter()
            .find(|one| one.as_str() == self.signs);
        let algorithm = XmlAlgorithm::ALL
            .into_iter()
            .find(|one| one.as_str() == self.algorithm);
        let name_id = NameIdKind::ALL
            .into_iter()
            .find(|one| one.as_str() == self.name_id);
        let relay_state = Some(&self.relay_state).filter(|state| !state.is_empty());
        ServiceProvider {
            id,
            entity_id: sides.entity_id,
            name,
            app,
            consumers: sides.consumers,
            logout: sides.logout,
            signing: sides.signing,
            encryption: sides.encryption,
            requests: requests.unwrap_or(sides.requests),
            signs: signs.unwrap_or(SignedParts::Both),
            algorithm: algorithm.unwrap_or(XmlAlgorithm::RsaSha256),
            name_id: name_id.unwrap_or(NameIdKind::Persistent),
            attributes,
            step_up: StepUp::default(),
            unsolicited: match self.begins_here {
                true => Unsolicited::Allowed {
                    relay_state: relay_state.cloned(),
                },
                false => Unsolicited::Refused,
            },
            session: None,
            home: None,
            source: sides.source,
            managed_by: ManagedBy::Console,
        }
    }

    /// Addresses and keys: of metadata that came along, those that are known, or those that were typed.
    fn sides(
        &self,
        page: &Page,
        now: Timestamp,
        known: Option<&ServiceProvider>,
        faults: &mut Faults,
    ) -> Option<Sides> {
        let mut sides = if !self.metadata.trim().is_empty() {
            self.uploaded(page, now, known, faults)?
        } else if let Some(known) = known.filter(|known| is_of_metadata(known)) {
            Sides::from(known)
        } else {
            self.typed(page, faults)?
        };
        match (self.encryption.as_str(), &sides.encryption) {
            ("never", _) => sides.encryption = None,
            ("required", None) => {
                let fault = page.t("provider-fault-encryption-required").to_owned();
                faults.push("encryption", fault);
            }
            _ => {}
        }
        // Said now, and not when somebody's sign-in fails.
        if sides
            .signing
            .iter()
            .any(|key| PublicKey::of_text(key).is_err())
        {
            let fault = page.t("provider-fault-signing-key").to_owned();
            faults.push("signing", fault);
        }
        let encryption = sides.encryption.as_ref();
        if encryption.is_some_and(|how| EncryptionKey::of(how).is_err()) {
            let fault = page.t("provider-fault-encryption-key").to_owned();
            faults.push("encryption-key", fault);
        }
        Some(sides)
    }

    /// What was typed.
    fn typed(&self, page: &Page, faults: &mut Faults) -> Option<Sides> {
        let entity_id = EntityId::parse(&self.entity_id).ok();
        if entity_id.is_none() {
            let fault = match self.entity_id.is_empty() {
                true => page.t("provider-fault-nothing"),
                false => page.t("provider-fault-entity-id"),
            };
            faults.push("entity-id", fault.to_owned());
        }
        let consumers = addresses_in_order(page, "consumers", &self.consumers, faults);
        let consumers = (0_u16..).zip(consumers);
        let consumers = consumers.map(|(index, location)| Consumer {
            index,
            location,
            is_default: index == 0,
        });
        let consumers: Vec<Consumer> = consumers.collect();
        if self.consumers.is_empty() && entity_id.is_some() {
            let fault = page.member("provider-fault", "no-consumer").to_owned();
            faults.push("consumers", fault);
        }
        let mut logout = Vec::new();
        for (binding, location, answers) in &self.logout {
            let mut one = |text: &str| {
                let read = addresses_in_order(page, "logout", text, faults);
                read.into_iter().next()
            };
            let (location, response_location) = (one(location), one(answers));
            logout.extend(location.map(|location| LogoutService {
                binding: *binding,
                location,
                response_location,
            }));
        }
        let mut keys = |field: &'static str, text: &str| {
            KeyText::parse_all(text).unwrap_or_else(|_| {
                faults.push(field, page.t("provider-fault-certificate").to_owned());
                Vec::new()
            })
        };
        let signing = keys("signing", &self.signing);
        let encryption = keys("encryption-key", &self.encryption_key);
        Some(Sides {
            entity_id: entity_id?,
            consumers,
            logout,
            signing,
            encryption: encryption.into_iter().next().map(|key| Encryption {
                key,
                content: ContentCipher::default(),
                transport: KeyTransport::default(),
            }),
            requests: RequestSigning::AsTheyCome,
            source: MetadataSource::Written,
        })
    }

    /// Whether nobody else calls itself so.
    fn is_free(
        &self,
        page: &Page,
        state: &State,
        sides: &Sides,
        known: Option<&ClientId>,
        faults: &mut Faults,
    ) {
        let mut others = state.service_providers.values();
        let other =
            others.find(|other| other.entity_id == sides.entity_id && Some(&other.id) != known);
        if let Some(other) = other {
            let fault = page.t2(
                "provider-fault-entity-taken",
                ("entity", sides.entity_id.to_string()),
                ("name", page.text(&other.name).to_owned()),
            );
            let field = match self.metadata.trim().is_empty() {
                true => "entity-id",
                false => "metadata",
            };
            faults.push(field, fault);
        }
    }
}

/// Whether its addresses and keys came from its metadata.
pub(crate) const fn is_of_metadata(provider: &ServiceProvider) -> bool {
    !matches!(provider.source, MetadataSource::Written)
}

/// At which field a contradiction is said, and by which word.
const fn place(contradiction: SamlContradiction) -> (&'static str, &'static str) {
    use SamlContradiction as No;
    match contradiction {
        No::Id => ("id", "id"),
        No::NoConsumer => ("consumers", "no-consumer"),
        No::ConsumerIndex | No::ConsumerDefault | No::ConsumerAddress => {
            ("consumers", "consumer-address")
        }
        No::Logout => ("logout", "logout"),
        No::NoKeys => ("requests", "no-keys"),
        No::AttributeTwice => ("attributes", "attribute-twice"),
        No::Attribute => ("attributes", "attribute"),
        No::Session => ("session", "session"),
        No::RelayState => ("relay-state", "relay-state"),
        No::MetadataAddress => ("metadata", "metadata-address"),
        No::TooMany => ("consumers", "too-many"),
    }
}
