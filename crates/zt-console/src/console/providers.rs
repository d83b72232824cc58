//! Service providers of SAML 2.0: one with how it is connected, and their rows beside the clients.

pub(crate) mod view;

use super::clients::telling;
use super::outlives::outlives;
use super::provider_templates::Template;
use super::view::{ClientAddress, ClientRow};
use crate::PagesState;
use crate::guard::{Administrator, Signed, error, sent};
use crate::words::{Names, Reader, managed, managed_resource};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use view::{
    AttributeLine, CertificateLine, OurCertificate, ProviderShown, ProviderView, ProviderWays,
};
use zt_crypto::jose::KeyState;
use zt_crypto::x509::facts::CertificateFacts;
use zt_crypto::xml::{SamlKeyRecord, SamlKeyring};
use zt_federation::saml::{
    AttributeRule, AttributeSource, EntityId, KeyText, LogoutBinding, LogoutService,
    MetadataSource, OURS, RequestSigning, ServiceProvider, Transform, Unsolicited,
};
use zt_pages::error::ErrorKind;
use zt_pages::headers::{self, Exception};
use zt_pages::{Page, Tone, respond};
use zt_types::{ClientId, ManagedBy, PersonId, Seconds, Timestamp};

/// Where their pages are.
pub(crate) const HERE: &str = "/console/service-providers";

/// Said of a certificate that ends within so long.
const SOON: Seconds = Seconds::days(30);

/// Its row in the list of programs.
pub(super) fn row(names: &Names<'_>, provider: &ServiceProvider) -> ClientRow {
    let page = names.page;
    ClientRow {
        href: format!("{HERE}/{}", provider.id),
        id: provider.id.to_string(),
        name: page.text(&provider.name).to_owned(),
        app: names.application(&provider.app),
        speaks: "SAML 2.0",
        grants: unsolicited(page, provider).to_owned(),
        authentication: requests(page, provider),
        // Whoever registers it decides: nobody is asked.
        consent: page.member("client-consent", "implied"),
        managed: managed(page, managed_resource(provider.managed_by)),
    }
}

/// What the address of a page says beside its path.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    note: String,
    template: String,
}

/// `GET /console/service-providers/{provider}`.
pub(crate) async fn page(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    Administrator(signed): Administrator,
) -> Response {
    let shown = ProviderShown {
        note: super::note(&signed.page, &asked.note),
        template: asked.template,
        ..ProviderShown::default()
    };
    match known(&state, &id) {
        Some(provider) => draw(&state, &signed, &provider, shown),
        None => error(&signed.page, ErrorKind::NotFound),
    }
}

/// `GET /console/service-providers/{provider}/certificate/{key}`: a certificate of ours, as a file.
pub(crate) async fn certificate(
    State(state): State<PagesState>,
    Path((id, key)): Path<(String, String)>,
    Administrator(signed): Administrator,
) -> Response {
    let keys = state.saml();
    let record = known(&state, &id).and_then(|provider| {
        let mut records = given(&keys, &provider).into_iter();
        records.find(|record| slug(record.state) == key)
    });
    let Some(record) = record else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let name = "attachment; filename=\"sekisho-saml.pem\"";
    file(pem(&record.certificate), "application/x-pem-file", name)
}

/// `GET /console/service-providers/{provider}/names`: what everybody is called there for good, as a file.
pub(crate) async fn names(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Administrator(signed): Administrator,
) -> Response {
    let Some(provider) = known(&state, &id) else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let live = state.live();
    // What is shown is about people: not without a trace.
    if !live.can_record() {
        return error(&signed.page, ErrorKind::Unavailable);
    }
    let people: Vec<(PersonId, String, String)> = live.read(|records| {
        let people = records.people.values();
        let people = people.map(|person| {
            let email = person.email.clone().unwrap_or_default();
            (person.id, person.login.clone(), email)
        });
        people.collect()
    });
    let mut text = String::from("login,email,name_id\r\n");
    for (person, login, email) in people {
        let name = live.persistent_name(&provider, person);
        // The name is ours, and has to stay as it is.
        let cells = [quoted(&login), quoted(&email), format!("\"{name}\"")];
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
        super::rehearsal::record(&state, &signed, person, (&provider.app, &provider.id));
    }
    file(
        text,
        "text/csv; charset=utf-8",
        "attachment; filename=\"names.csv\"",
    )
}

/// A cell (RFC 4180 §2), which no table program takes for a formula.
fn quoted(cell: &str) -> String {
    let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

/// Something to be kept as a file.
fn file(text: String, kind: &'static str, name: &'static str) -> Response {
    let mut response = Response::new(text.into());
    *response.headers_mut() = headers::browser(&Exception::None);
    let (kind, name) = (
        HeaderValue::from_static(kind),
        HeaderValue::from_static(name),
    );
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
        .headers_mut()
        .insert(header::CONTENT_DISPOSITION, name);
    response
}

/// The one of this id.
pub(super) fn known(state: &PagesState, id: &str) -> Option<ServiceProvider> {
    let id = ClientId::new(id).ok()?;
    let live = state.live();
    live.read(|records| records.service_providers.get(&id).cloned())
}

/// Its page, with what is shown this once.
pub(super) fn draw(
    state: &PagesState,
    signed: &Signed,
    provider: &ServiceProvider,
    shown: ProviderShown,
) -> Response {
    let (page, live) = (&signed.page, state.live());
    let (now, last) = (live.clock().now(), live.last_told(&provider.id));
    let fetching = live.metadata_fetching(provider);
    let origin = state.site().id_origin();
    let is_own = provider.managed_by == ManagedBy::Console;
    let keys = state.saml();
    let at = format!("{HERE}/{}", provider.id);
    let template = Template::meant(&shown.template, provider);
    let view = live.read(|records| {
        let names = Names {
            page,
            state: records,
            reader: Reader::Administrator,
        };
        let app = records.applications.get(&provider.app);
        let waiting = records.untold_to(&provider.id).len();
        let soap = provider.logout_by(LogoutBinding::Soap);
        ProviderView {
            shell: signed.console("/console/clients"),
            note: shown.note,
            template: template.view(page, records, (&origin, &keys), (&at, provider)),
            at: at.clone(),
            name: page.text(&provider.name).to_owned(),
            app: names.application(&provider.app),
            events_href: format!("/console/events?app={}", provider.app),
            warned: super::provider_metadata::warned(page, provider, now),
            fetched: super::provider_metadata::fetched(page, provider, fetching.as_ref()),
            outlives: outlives(page, state.site(), app, provider),
            ours: ours(page, &origin),
            certificates_of_ours: our_certificates(page, &keys, provider),
            facts: facts(&names, provider),
            attributes: provider
                .attributes
                .iter()
                .map(|rule| attribute(page, rule))
                .collect(),
            certificates: certificates(page, provider, now),
            addresses: addresses(page, provider),
            telling: soap.map(|_| telling(page, last.as_ref(), waiting)),
            ways: is_own.then(|| ProviderWays {
                remove_question: page.t1(
                    "provider-remove-question",
                    "name",
                    page.text(&provider.name).to_owned(),
                ),
            }),
            start: matches!(provider.unsolicited, Unsolicited::Allowed { .. })
                .then(|| format!("/saml/start/{}", provider.id)),
            home: provider.home.as_ref().map(|home| home.as_str().to_owned()),
            rehearsal: shown.rehearsal.unwrap_or_default(),
            logins: super::rehearsal::logins(records),
            page: page.clone(),
        }
    });
    sent(respond(StatusCode::OK, page, &view, &Exception::None))
}

/// What the form of a service provider asks for about an identity provider.
pub(super) fn ours(page: &Page, origin: &str) -> Vec<(&'static str, String)> {
    let at = |path: &str| format!("{origin}{path}");
    let name = EntityId::ours(origin).map_or_else(|| at(OURS.metadata), |name| name.to_string());
    vec![
        (page.t("provider-our-metadata"), at(OURS.metadata)),
        (page.t("provider-our-name"), name),
        (page.t("provider-our-sign-on"), at(OURS.sign_on)),
        (page.t("provider-our-logout"), at(OURS.logout)),
        (page.t("provider-our-soap"), at(OURS.soap)),
    ]
}

/// The keys whose certificates a service provider is given: what signs for it, and what will.
pub(super) fn given<'k>(
    keys: &'k SamlKeyring,
    provider: &ServiceProvider,
) -> Vec<&'k SamlKeyRecord> {
    let of = |state: KeyState| {
        let mut records = keys.records().iter();
        records.find(move |key| key.state == state && key.algorithm == provider.algorithm)
    };
    let both = [of(KeyState::Active), of(KeyState::Next)];
    both.into_iter().flatten().collect()
}

const fn slug(state: KeyState) -> &'static str {
    match state {
        KeyState::Active => "active",
        KeyState::Next => "next",
        KeyState::Retired => "retired",
    }
}

fn our_certificates(
    page: &Page,
    keys: &SamlKeyring,
    provider: &ServiceProvider,
) -> Vec<OurCertificate> {
    let given = given(keys, provider).into_iter();
    given
        .map(|record| {
            let der = STANDARD.decode(&record.certificate).unwrap_or_default();
            OurCertificate {
                label: match record.state {
                    KeyState::Active => page.t("provider-our-certificate"),
                    KeyState::Next | KeyState::Retired => page.t("provider-our-certificate-next"),
                },
                until: CertificateFacts::read(&der).map(|read| read.not_after),
                pem: pem(&record.certificate),
                href: format!("{HERE}/{}/certificate/{}", provider.id, slug(record.state)),
            }
        })
        .collect()
}

/// A certificate as files have it (RFC 7468 §5).
fn pem(certificate: &str) -> String {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for (n, letter) in certificate.chars().enumerate() {
        if n > 0 && n % 64 == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push_str("\n-----END CERTIFICATE-----\n");
    text
}

/// The same of a record's key.
pub(super) fn pem_of(key: &KeyText) -> String {
    pem(key.as_str())
}

fn facts(names: &Names<'_>, provider: &ServiceProvider) -> Vec<(&'static str, String)> {
    let page = names.page;
    let step_up = super::safeguards::step_up(page, provider.step_up);
    let source = match &provider.source {
        MetadataSource::Written => page.t("provider-source-written"),
        MetadataSource::Uploaded { .. } => page.t("provider-source-uploaded"),
        MetadataSource::Fetched(_) => page.t("provider-source-fetched"),
    };
    let fetched = match &provider.source {
        MetadataSource::Fetched(from) => Some(from.url.as_str().to_owned()),
        MetadataSource::Written | MetadataSource::Uploaded { .. } => None,
    };
    let valid_until = provider.source.valid_until().map(crate::words::clock_text);
    let session = provider.session.map_or_else(
        || page.t("provider-session-ours").to_owned(),
        |most| page.t1("client-minutes", "minutes", most.0 / 60),
    );
    let relay_state = match &provider.unsolicited {
        Unsolicited::Allowed { relay_state } => relay_state.clone(),
        Unsolicited::Refused => None,
    };
    let encryption = match provider.encryption {
        Some(_) => page.t("provider-encryption-on"),
        None => page.t("provider-encryption-off"),
    };
    let always = [
        (
            page.t("provider-name-id"),
            page.member("provider-name-id", provider.name_id.as_str())
                .to_owned(),
        ),
        (
            page.t("provider-signs"),
            page.member("provider-signs", provider.signs.as_str())
                .to_owned(),
        ),
        (
            page.t("provider-algorithm"),
            page.member("provider-algorithm", provider.algorithm.as_str())
                .to_owned(),
        ),
        (page.t("provider-encryption"), encryption.to_owned()),
        (
            page.t("provider-requests"),
            requests(page, provider).to_owned(),
        ),
        (
            page.t("provider-unsolicited"),
            unsolicited(page, provider).to_owned(),
        ),
        (page.t("provider-session"), session),
        (page.t("provider-source"), source.to_owned()),
    ];
    let sometimes = [
        relay_state.map(|state| ("RelayState", state)),
        fetched.map(|url| (page.t("provider-metadata-address"), url)),
        valid_until.map(|until| (page.t("provider-valid-until"), until)),
    ];
    let managed = managed(page, managed_resource(provider.managed_by)).to_owned();
    always
        .into_iter()
        .chain(sometimes.into_iter().flatten())
        .chain(step_up)
        .chain([(page.t("managed"), managed)])
        .collect()
}

fn requests(page: &Page, provider: &ServiceProvider) -> &'static str {
    let slug = match (provider.requests, provider.signing.is_empty()) {
        (RequestSigning::Demanded, _) => "demanded",
        (RequestSigning::AsTheyCome, false) => "as-they-come",
        (RequestSigning::AsTheyCome, true) => "unsigned",
    };
    page.member("provider-requests", slug)
}

fn unsolicited(page: &Page, provider: &ServiceProvider) -> &'static str {
    match provider.unsolicited {
        Unsolicited::Refused => page.t("provider-begins-there"),
        Unsolicited::Allowed { .. } => page.t("provider-begins-here-too"),
    }
}

/// What an attribute says, and what is done with it first.
fn attribute(page: &Page, rule: &AttributeRule) -> AttributeLine {
    let source = match &rule.source {
        AttributeSource::Fixed(text) => page.t1("provider-attribute-fixed", "text", text.clone()),
        other => page
            .member("provider-attribute-source", other.as_str())
            .to_owned(),
    };
    let steps = rule.transforms.iter().map(|transform| match transform {
        Transform::Lowercase => page.member("provider-transform", "lowercase").to_owned(),
        Transform::Uppercase => page.member("provider-transform", "uppercase").to_owned(),
        Transform::BeforeAt => page.member("provider-transform", "before-at").to_owned(),
        Transform::AfterAt => page.member("provider-transform", "after-at").to_owned(),
        Transform::Prefix(text) => page.t1("provider-transform-prefix", "text", text.clone()),
        Transform::Suffix(text) => page.t1("provider-transform-suffix", "text", text.clone()),
        Transform::Mapped(table) => {
            let pairs: Vec<String> = table
                .iter()
                .map(|(from, to)| format!("{from} = {to}"))
                .collect();
            page.t1("provider-transform-mapped", "pairs", pairs.join(", "))
        }
    });
    let says: Vec<String> = std::iter::once(source).chain(steps).collect();
    AttributeLine {
        name: match &rule.friendly {
            Some(friendly) if *friendly != rule.name => format!("{} ({friendly})", rule.name),
            _ => rule.name.clone(),
        },
        format: rule.format.as_str(),
        says: says.join(" → "),
    }
}

fn certificates(page: &Page, provider: &ServiceProvider, now: Timestamp) -> Vec<CertificateLine> {
    let line = |what: &'static str, key: &KeyText| {
        let read = CertificateFacts::read(&key.der());
        let until = read.as_ref().map(|read| read.not_after);
        let (tone, icon, word) = match until {
            Some(until) if until <= now => {
                (Tone::Caution, "clock", page.t("provider-certificate-over"))
            }
            Some(until) if until <= now + SOON => (
                Tone::Caution,
                "hourglass",
                page.t("provider-certificate-soon"),
            ),
            Some(_) => (Tone::Good, "check", page.t("provider-certificate-good")),
            None => (
                Tone::Neutral,
                "key-round",
                page.t("provider-certificate-key"),
            ),
        };
        CertificateLine {
            what,
            subject: read.map(|read| read.subject),
            until,
            tone,
            icon,
            word,
        }
    };
    let signing = provider.signing.iter();
    let signing = signing.map(|key| line(page.t("provider-certificate-signing"), key));
    let encryption = provider.encryption.iter();
    let encryption =
        encryption.map(|how| line(page.t("provider-certificate-encryption"), &how.key));
    signing.chain(encryption).collect()
}

/// How and where it is told of a sign-out.
pub(super) fn told(page: &Page, service: &LogoutService) -> String {
    let binding = page.member("provider-binding", service.binding.as_str());
    let location = service.location.as_str();
    match &service.response_location {
        Some(answers) => {
            let to = page.t("provider-answers-go-to");
            format!("{binding}: {location} ({to} {})", answers.as_str())
        }
        None => format!("{binding}: {location}"),
    }
}

fn addresses(page: &Page, provider: &ServiceProvider) -> Vec<ClientAddress> {
    let default = provider.default_consumer().ok();
    let consumers = provider.consumers.iter().map(|consumer| {
        let uri = consumer.location.as_str();
        if provider.consumers.len() > 1 && default == Some(consumer) {
            page.t1("provider-consumer-default", "uri", uri.to_owned())
        } else {
            uri.to_owned()
        }
    });
    let told = |service: &LogoutService| told(page, service);
    let home = provider.home.iter().map(|home| home.as_str().to_owned());
    let all = [
        (
            page.t("provider-entity-id"),
            vec![provider.entity_id.to_string()],
        ),
        (page.t("provider-consumers"), consumers.collect()),
        (
            page.t("provider-logout"),
            provider.logout.iter().map(told).collect(),
        ),
        (page.t("client-home"), home.collect()),
    ];
    let all = all.into_iter().filter(|(_, uris)| !uris.is_empty());
    all.map(|(label, uris)| ClientAddress { label, uris })
        .collect()
}
