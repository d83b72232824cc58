//! People: the list, and one person.

use super::view::{DeviceRow, OpenPass, PassPanel, PeopleView, PersonRow, PersonView, ResetView};
use crate::consents::consents_of;
use crate::rows::{
    certificates_of, device_trust, devices_of, method, person_trust, sessions_of, terms_of,
};
use crate::view::CertificateRow;
use crate::words::{CertificateState, Names, Reader, managed, managed_person, role};
use zt_device::{Device, DeviceState};
use zt_identity::Person;
use zt_pages::{Moment, Page, Shell, Zone};
use zt_store::State;
use zt_types::{Language, PersonId, PersonState, Role, Timestamp};

/// Whether a person matches what was typed into the search field: part of a name in either script, or of the login.
fn matches(person: &Person, query: &str) -> bool {
    let query = query.to_lowercase();
    [&person.name.ja, &person.name.en, &person.login]
        .iter()
        .any(|text| text.to_lowercase().contains(&query))
}

pub(crate) fn list(
    page: Page,
    shell: Shell,
    state: &State,
    query: &str,
    now: Timestamp,
) -> PeopleView {
    let names = Names {
        page: &page,
        state,
        reader: Reader::Administrator,
    };
    let mut people: Vec<&Person> = state
        .people
        .values()
        .filter(|person| matches(person, query))
        .collect();
    people.sort_by(|a, b| a.login.cmp(&b.login));
    let rows = people
        .into_iter()
        .map(|person| PersonRow {
            href: format!("/console/people/{}", person.id),
            name: page.text(&person.name).to_owned(),
            is_disabled: person.state == PersonState::Disabled,
            login: person.login.clone(),
            groups: names.groups(&person.groups),
            role: role(&page, person.role),
            trust: names.trust(&person_trust(state, person.id, now)),
            devices: devices_of(state, person.id)
                .iter()
                .filter(|d| d.state == DeviceState::Enrolled)
                .count(),
            sessions: sessions_of(state, person.id, now).len(),
            managed: managed(&page, managed_person(person.managed_by)),
        })
        .collect();
    PeopleView {
        rows,
        query: query.to_owned(),
        page,
        shell,
    }
}

pub(crate) fn one(
    page: Page,
    shell: Shell,
    state: &State,
    id: PersonId,
    note: Option<&'static str>,
    pass: Option<PassPanel>,
    now: Timestamp,
) -> Option<PersonView> {
    let person = state.people.get(&id)?;
    let names = Names {
        page: &page,
        state,
        reader: Reader::Administrator,
    };
    let name = page.text(&person.name).to_owned();
    let mut credentials: Vec<_> = state.credentials_of(id).collect();
    credentials.sort_by_key(|credential| credential.created_at);
    let language = match person.language {
        Language::Ja => "日本語",
        Language::En => "English",
    };
    let facts = vec![
        (page.t("person-role"), role(&page, person.role).to_owned()),
        (page.t("person-groups"), names.groups(&person.groups)),
        (
            page.t("person-email"),
            person.email.clone().unwrap_or_else(|| "—".to_owned()),
        ),
        (page.t("person-language"), language.to_owned()),
        (
            page.t("managed"),
            managed(&page, managed_person(person.managed_by)).to_owned(),
        ),
        (
            page.t("person-created"),
            Moment::minute(person.created_at, Zone::TOKYO).text(),
        ),
        (page.t("person-id"), id.to_string()),
    ];
    Some(PersonView {
        login: person.login.clone(),
        reset: reset(&names, person, now),
        pass,
        consents: consents_of(&names, id, now, |client| {
            format!("/console/people/{id}/consents/{client}/withdraw")
        }),
        terms: terms_of(&page, state, id),
        trust: names.trust(&person_trust(state, id, now)),
        methods: credentials
            .into_iter()
            .map(|credential| method(&page, credential, |_| None))
            .collect(),
        devices: devices_of(state, id)
            .into_iter()
            .map(|device| device_row(&names, device, now))
            .collect(),
        sessions: sessions_of(state, id, now)
            .into_iter()
            .map(|session| {
                names.session(session, None, |session| {
                    format!("/console/sessions/{session}/end")
                })
            })
            .collect(),
        events_href: format!(
            "/console/events?person={}",
            zt_pages::language::percent_encoded(&person.login)
        ),
        end_all: format!("/console/people/{id}/end-sessions"),
        end_question: page.t1("person-sign-out-question", "person", name.clone()),
        facts,
        note,
        name,
        page,
        shell,
    })
}

/// How her password stands.
fn reset(names: &Names<'_>, person: &Person, now: Timestamp) -> ResetView {
    let (id, state) = (person.id, names.state);
    let open = state.reset_passes.get(&id).filter(|pass| pass.holds(now));
    ResetView {
        due: state
            .resets_due
            .get(&id)
            .map(|due| (due.since, due.why.clone(), names.actor(&due.by))),
        pass: open.map(|pass| OpenPass {
            scope: names.page.member("pass-scope", pass.scope.as_str()),
            expires: pass.expires_at,
            reason: pass.reason.clone(),
            by: names.actor(&pass.by),
        }),
        can_reset: person.role != Role::BreakGlass && person.state == PersonState::Active,
        issue: format!("/console/people/{id}/reset-pass"),
        revoke: format!("/console/people/{id}/reset-pass/revoke"),
        require: format!("/console/people/{id}/reset-due"),
    }
}

/// A device in a list, with the state of its newest certificate.
pub(crate) fn device_row(names: &Names<'_>, device: &Device, now: Timestamp) -> DeviceRow {
    let newest = certificates_of(names.state, device.id)
        .into_iter()
        .find(|certificate| CertificateState::of(certificate, now) == CertificateState::Valid);
    let newest = newest.or_else(|| certificates_of(names.state, device.id).into_iter().next());
    let certificate = newest.map_or_else(
        || {
            let (tone, icon) = CertificateState::None.look();
            CertificateRow {
                kind: "",
                serial: String::new(),
                tone,
                icon,
                state: CertificateState::None.word(names.page),
                until: Timestamp::FAR_FUTURE,
                revoke: None,
                question: String::new(),
            }
        },
        |certificate| names.certificate(certificate, now, |_| String::new()),
    );
    DeviceRow {
        href: format!("/console/devices/{}", device.id),
        name: device.name.clone(),
        is_retired: device.state == DeviceState::Retired,
        owner: names.person(device.owner),
        trust: names.trust(&device_trust(names.state, device.id, now)),
        os: device.os.clone(),
        certificate,
        enrolled: device.enrolled_at,
    }
}
