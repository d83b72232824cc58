//! Records as rows.

use super::error;
use crate::state::Row;
use crate::{State, StoreError};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ToSql, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use zt_federation::saml::ServiceProvider;

/// The version of the records' JSON forms that is written. Adding an optional member is compatible and needs no new one.
const FORMAT: i64 = 1;

/// One table of records and its statements.
struct Table {
    name: &'static str,
    select: &'static str,
    upsert: &'static str,
    delete: &'static str,
}

macro_rules! table {
    ($name:literal, $key:literal) => {
        Table {
            name: $name,
            select: concat!("SELECT ", $key, ", v, body FROM ", $name),
            upsert: concat!(
                "INSERT INTO ",
                $name,
                " (",
                $key,
                ", v, body) VALUES (?1, ?2, ?3) ON CONFLICT (",
                $key,
                ") DO UPDATE SET v = excluded.v, body = excluded.body"
            ),
            delete: concat!("DELETE FROM ", $name, " WHERE ", $key, " = ?1"),
        }
    };
}

const PEOPLE: Table = table!("people", "id");
const GROUPS: Table = table!("groups", "id");
const APPLICATIONS: Table = table!("applications", "id");
const POLICIES: Table = table!("policies", "id");
const NETWORKS: Table = table!("networks", "id");
const CALENDARS: Table = table!("calendars", "id");
const SOURCES: Table = table!("sources", "id");
const ENFORCEMENT_POINTS: Table = table!("enforcement_points", "id");
const DEVICES: Table = table!("devices", "id");
const CERTIFICATES: Table = table!("certificates", "serial");
const ENROLMENT_CODES: Table = table!("enrolment_codes", "hash");
const FACTS: Table = table!("facts", "key");
const POSTURES: Table = table!("postures", "key");
const CREDENTIALS: Table = table!("credentials", "id");
const FLOWS: Table = table!("flows", "id");
const SESSIONS: Table = table!("sessions", "id");
const APP_SESSIONS: Table = table!("app_sessions", "token");
const REDEEM_CODES: Table = table!("redeem_codes", "hash");
const CLIENTS: Table = table!("clients", "id");
const SERVICE_PROVIDERS: Table = table!("service_providers", "id");
const REGISTRATIONS: Table = table!("registrations", "client");
const INITIAL_TOKENS: Table = table!("initial_tokens", "id");
const GRANTS: Table = table!("grants", "id");
const CONSENTS: Table = table!("consents", "key");
const SIGN_IN_LINKS: Table = table!("sign_in_links", "hash");
const RESETS_DUE: Table = table!("resets_due", "person");
const RESET_PASSES: Table = table!("reset_passes", "person");
const TERMS: Table = table!("terms", "id");
const ACCEPTANCES: Table = table!("acceptances", "key");
const GUESSES: Table = table!("guesses", "scope");
const TASKS: Table = table!("tasks", "id");
const REVISIONS: Table = table!("revisions", "number");

/// Makes a row what the state says of its record.
pub(super) fn write(connection: &Connection, state: &State, row: &Row) -> Result<(), StoreError> {
    match row {
        Row::Person(id) => sync(connection, &PEOPLE, id.as_bytes(), state.people.get(id)),
        Row::Group(id) => sync(connection, &GROUPS, &id.as_str(), state.groups.get(id)),
        Row::Application(id) => {
            let record = state.applications.get(id);
            sync(connection, &APPLICATIONS, &id.as_str(), record)
        }
        Row::Policy(id) => sync(connection, &POLICIES, &id.as_str(), state.policies.get(id)),
        Row::Network(id) => sync(connection, &NETWORKS, &id.as_str(), state.networks.get(id)),
        Row::Calendar(id) => {
            let record = state.calendars.get(id);
            sync(connection, &CALENDARS, &id.as_str(), record)
        }
        Row::Source(id) => sync(connection, &SOURCES, &id.as_str(), state.sources.get(id)),
        Row::EnforcementPoint(id) => {
            let record = state.enforcement_points.get(id);
            sync(connection, &ENFORCEMENT_POINTS, &id.as_str(), record)
        }
        Row::Device(id) => sync(connection, &DEVICES, id.as_bytes(), state.devices.get(id)),
        Row::Certificate(serial) => {
            let record = state.certificates.get(serial);
            sync(connection, &CERTIFICATES, serial.as_bytes(), record)
        }
        Row::EnrolmentCode(hash) => {
            let record = state.enrolment_codes.get(hash);
            sync(connection, &ENROLMENT_CODES, &hash.0, record)
        }
        Row::Fact(key) => sync(connection, &FACTS, &json(key)?, state.facts.get(key)),
        Row::Posture(key) => sync(connection, &POSTURES, &json(key)?, state.postures.get(key)),
        Row::Credential(id) => {
            let record = state.credentials.get(id);
            sync(connection, &CREDENTIALS, id.as_bytes(), record)
        }
        Row::Flow(id) => sync(connection, &FLOWS, id.as_bytes(), state.flows.get(id)),
        Row::Session(id) => sync(connection, &SESSIONS, id.as_bytes(), state.sessions.get(id)),
        Row::AppSession(token) => {
            let record = state.app_sessions.get(token);
            sync(connection, &APP_SESSIONS, &token.0, record)
        }
        Row::RedeemCode(hash) => {
            let record = state.redeem_codes.get(hash);
            sync(connection, &REDEEM_CODES, &hash.0, record)
        }
        Row::Client(id) => sync(connection, &CLIENTS, &id.as_str(), state.clients.get(id)),
        Row::ServiceProvider(id) => {
            let kept = state.service_providers.get(id);
            sync(connection, &SERVICE_PROVIDERS, &id.as_str(), kept)
        }
        Row::Registration(id) => {
            let record = state.registrations.get(id);
            sync(connection, &REGISTRATIONS, &id.as_str(), record)
        }
        Row::InitialToken(id) => {
            let record = state.initial_tokens.get(id);
            sync(connection, &INITIAL_TOKENS, id.as_bytes(), record)
        }
        Row::Grant(id) => sync(connection, &GRANTS, id.as_bytes(), state.grants.get(id)),
        Row::Consent(key) => sync(connection, &CONSENTS, &json(key)?, state.consents.get(key)),
        Row::SignInLink(hash) => {
            let record = state.sign_in_links.get(hash);
            sync(connection, &SIGN_IN_LINKS, &hash.0, record)
        }
        Row::ResetDue(person) => {
            let record = state.resets_due.get(person);
            sync(connection, &RESETS_DUE, person.as_bytes(), record)
        }
        Row::ResetPass(person) => {
            let record = state.reset_passes.get(person);
            sync(connection, &RESET_PASSES, person.as_bytes(), record)
        }
        Row::Terms(id) => sync(connection, &TERMS, &id.as_str(), state.terms.get(id)),
        Row::Acceptance(key) => {
            let record = state.acceptances.get(key);
            sync(connection, &ACCEPTANCES, &json(key)?, record)
        }
        Row::Guess(scope) => sync(
            connection,
            &GUESSES,
            &json(scope)?,
            state.guesses.get(scope),
        ),
        Row::Task(id) => sync(connection, &TASKS, id.as_bytes(), state.tasks.get(id)),
        Row::Revision(number) => {
            let record = state.revisions.get(number);
            sync(connection, &REVISIONS, &numbered(*number), record)
        }
        Row::Setting(name) => match state.settings.get(name) {
            Some(value) => run(
                connection,
                "INSERT INTO settings VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                &[name, value],
            ),
            None => run(connection, "DELETE FROM settings WHERE name = ?1", &[name]),
        },
    }
}

/// Reads all records, in one transaction.
pub(super) fn load(connection: &Connection) -> Result<State, StoreError> {
    let snapshot = connection.unchecked_transaction().map_err(error::sqlite)?;
    let mut state = State::default();
    let s = &mut state;
    each(&snapshot, &PEOPLE, |record: zt_identity::Person| {
        if s.logins.contains_key(&record.login) {
            return Err(damage(&PEOPLE, "two people have one login"));
        }
        let (id, key) = (record.id, record.id.as_bytes().to_vec());
        s.set_person(id, Some(record));
        Ok(key)
    })?;
    each(&snapshot, &CREDENTIALS, |record: zt_auth::Credential| {
        let (id, key) = (record.id, record.id.as_bytes().to_vec());
        s.set_credential(id, Some(record));
        Ok(key)
    })?;
    each(&snapshot, &APP_SESSIONS, |record: zt_auth::AppSession| {
        let (token, key) = (record.token, record.token.0.to_vec());
        s.set_app_session(token, Some(record));
        Ok(key)
    })?;
    each(&snapshot, &GRANTS, |record: zt_auth::Grant| {
        let (id, key) = (record.id, record.id.as_bytes().to_vec());
        s.set_grant(id, Some(record));
        Ok(key)
    })?;
    let c = &snapshot;
    kept(
        c,
        &CLIENTS,
        &mut s.clients,
        |r| r.id.clone(),
        |k| text(k.as_str()),
    )?;
    each(c, &SERVICE_PROVIDERS, |record: ServiceProvider| {
        if s.service_provider_named(&record.entity_id).is_some() {
            return Err(damage(
                &SERVICE_PROVIDERS,
                "two service providers call themselves the same",
            ));
        }
        let (id, key) = (record.id.clone(), record.id.as_str().as_bytes().to_vec());
        s.set_service_provider(id, Some(record));
        Ok(key)
    })?;
    kept(
        c,
        &REGISTRATIONS,
        &mut s.registrations,
        |r| r.client.clone(),
        |k| text(k.as_str()),
    )?;
    kept(
        c,
        &INITIAL_TOKENS,
        &mut s.initial_tokens,
        |r| r.id,
        |k| bytes(k.as_bytes()),
    )?;
    kept(
        c,
        &CONSENTS,
        &mut s.consents,
        |r| (r.person, r.client.clone()),
        |k| text(&json(k)?),
    )?;
    kept(
        c,
        &GROUPS,
        &mut s.groups,
        |r| r.id.clone(),
        |k| text(k.as_str()),
    )?;
    kept(
        c,
        &APPLICATIONS,
        &mut s.applications,
        |r| r.id.clone(),
        |k| text(k.as_str()),
    )?;
    kept(
        c,
        &POLICIES,
        &mut s.policies,
        |r| r.id.clone(),
        |k| text(k.as_str()),
    )?;
    kept(
        c,
        &NETWORKS,
        &mut s.networks,
        |r| r.id.clone(),
        |k| text(k.as_str()),
    )?;
    kept(
        c,
        &CALENDARS,
        &mut s.calendars,
        |r| r.id.clone(),
        |k| text(k.as_str()),
    )?;
    kept(
        c,
        &SOURCES,
        &mut s.sources,
        |r| r.id.clone(),
        |k| text(k.as_str()),
    )?;
    kept(
        c,
        &ENFORCEMENT_POINTS,
        &mut s.enforcement_points,
        |r| r.id.clone(),
        |k| text(k.as_str()),
    )?;
    kept(
        c,
        &DEVICES,
        &mut s.devices,
        |r| r.id,
        |k| bytes(k.as_bytes()),
    )?;
    kept(
        c,
        &CERTIFICATES,
        &mut s.certificates,
        |r| r.serial,
        |k| bytes(k.as_bytes()),
    )?;
    kept(
        c,
        &ENROLMENT_CODES,
        &mut s.enrolment_codes,
        |r| r.hash,
        |k| bytes(&k.0),
    )?;
    kept(
        c,
        &FACTS,
        &mut s.facts,
        |r| r.key.clone(),
        |k| text(&json(k)?),
    )?;
    kept(
        c,
        &POSTURES,
        &mut s.postures,
        |r| (r.device, r.source.clone()),
        |k| text(&json(k)?),
    )?;
    kept(c, &FLOWS, &mut s.flows, |r| r.id, |k| bytes(k.as_bytes()))?;
    kept(
        c,
        &SESSIONS,
        &mut s.sessions,
        |r| r.id,
        |k| bytes(k.as_bytes()),
    )?;
    kept(
        c,
        &REDEEM_CODES,
        &mut s.redeem_codes,
        |r| r.hash,
        |k| bytes(&k.0),
    )?;
    kept(
        c,
        &SIGN_IN_LINKS,
        &mut s.sign_in_links,
        |r| r.hash,
        |k| bytes(&k.0),
    )?;
    kept(
        c,
        &RESETS_DUE,
        &mut s.resets_due,
        |r| r.person,
        |k| bytes(k.as_bytes()),
    )?;
    kept(
        c,
        &RESET_PASSES,
        &mut s.reset_passes,
        |r| r.person,
        |k| bytes(k.as_bytes()),
    )?;
    kept(
        c,
        &REVISIONS,
        &mut s.revisions,
        |r| r.number,
        |k| text(&numbered(*k)),
    )?;
    kept(
        c,
        &TERMS,
        &mut s.terms,
        |r| r.id.clone(),
        |k| text(k.as_str()),
    )?;
    kept(
        c,
        &ACCEPTANCES,
        &mut s.acceptances,
        |r| (r.person, r.terms.clone()),
        |k| text(&json(k)?),
    )?;
    kept(
        c,
        &GUESSES,
        &mut s.guesses,
        |r| r.scope.clone(),
        |k| text(&json(k)?),
    )?;
    kept(c, &TASKS, &mut s.tasks, |r| r.id, |k| bytes(k.as_bytes()))?;
    let mut statement = snapshot
        .prepare("SELECT name, value FROM settings")
        .map_err(error::sqlite)?;
    let settings = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(error::sqlite)?;
    for setting in settings {
        let (name, value) = setting.map_err(error::sqlite)?;
        state.settings.insert(name, value);
    }
    Ok(state)
}

fn sync<T: Serialize>(
    connection: &Connection,
    table: &Table,
    key: &dyn ToSql,
    record: Option<&T>,
) -> Result<(), StoreError> {
    match record {
        Some(record) => run(
            connection,
            table.upsert,
            params![key, FORMAT, json(record)?],
        ),
        None => run(connection, table.delete, params![key]),
    }
}

fn run(connection: &Connection, sql: &str, params: &[&dyn ToSql]) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(error::sqlite)?;
    statement.execute(params).map(drop).map_err(error::sqlite)
}

/// Reads every record of a table into the state's.
fn kept<K: Ord, T: DeserializeOwned>(
    connection: &Connection,
    table: &Table,
    into: &mut BTreeMap<K, T>,
    key: impl Fn(&T) -> K,
    stored: impl Fn(&K) -> Result<Vec<u8>, StoreError>,
) -> Result<(), StoreError> {
    each(connection, table, |record| {
        let key = key(&record);
        let stored = stored(&key)?;
        into.insert(key, record);
        Ok(stored)
    })
}

/// Reads every record of a table; `take` keeps it and gives the key it says it has.
fn each<T: DeserializeOwned>(
    connection: &Connection,
    table: &Table,
    mut take: impl FnMut(T) -> Result<Vec<u8>, StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare(table.select).map_err(error::sqlite)?;
    let mut rows = statement.query([]).map_err(error::sqlite)?;
    while let Some(row) = rows.next().map_err(error::sqlite)? {
        let format: i64 = row.get(1).map_err(error::sqlite)?;
        if format != FORMAT {
            return Err(damage(
                table,
                &format!("a record has form {format}, this program knows {FORMAT}"),
            ));
        }
        let body = row.get_ref(2).map_err(error::sqlite)?;
        let record =
            serde_json::from_slice(raw(body)).map_err(|e| damage(table, &e.to_string()))?;
        let key = take(record)?;
        if raw(row.get_ref(0).map_err(error::sqlite)?) != key.as_slice() {
            return Err(damage(table, "a record stands under another record's key"));
        }
    }
    Ok(())
}

/// The bytes of a text or blob; of anything else, none, which is no record's key or body.
const fn raw(value: ValueRef<'_>) -> &[u8] {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        _ => &[],
    }
}

fn text(key: &str) -> Result<Vec<u8>, StoreError> {
    bytes(key.as_bytes())
}

fn bytes(key: &[u8]) -> Result<Vec<u8>, StoreError> {
    Ok(key.to_vec())
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|e| StoreError::Failed(format!("a record has no JSON form: {e}")))
}

fn damage(table: &Table, why: &str) -> StoreError {
    StoreError::Damaged(format!("table `{}`: {why}", table.name))
}

/// A number as a key: in the order of numbers.
fn numbered(number: u64) -> String {
    format!("{number:020}")
}
