//! The hash over everything that decides.

use crate::decision::PolicyVersion;
use crate::vocabulary::SCHEMA;
use crate::{Application, Calendar, PolicyDocument, PolicyState, Register};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use zt_types::{AppId, PolicyId, Text};

/// Pieces, each with its length before it, so that no two contents run together.
struct Hash(Sha256);

impl Hash {
    fn put(&mut self, piece: &str) {
        self.0.update((piece.len() as u64).to_be_bytes());
        self.0.update(piece.as_bytes());
    }

    fn put_all<'a>(&mut self, pieces: impl ExactSizeIterator<Item = &'a str>) {
        self.put(&pieces.len().to_string());
        for piece in pieces {
            self.put(piece);
        }
    }

    fn put_text(&mut self, text: Option<&Text>) {
        self.put(text.map_or("", |text| &text.ja));
        self.put(text.map_or("", |text| &text.en));
    }
}

pub(super) fn of(
    documents: &BTreeMap<PolicyId, PolicyDocument>,
    applications: &BTreeMap<AppId, Application>,
    register: &Register,
) -> PolicyVersion {
    let mut hash = Hash(Sha256::new());
    hash.put("sekisho policy 2");
    hash.put(SCHEMA);
    let deciding: Vec<_> = documents
        .values()
        .filter(|document| document.state != PolicyState::Off)
        .collect();
    hash.put(&deciding.len().to_string());
    for document in deciding {
        hash.put(document.id.as_str());
        hash.put(match document.state {
            PolicyState::On => "on",
            PolicyState::ReportOnly => "report-only",
            PolicyState::Off => "off",
        });
        hash.put(&document.cedar);
        hash.put_text(document.message.as_ref());
    }
    for app in applications.values() {
        hash.put(app.id.as_str());
        hash.put(app.sensitivity.as_str());
        hash.put_all(app.groups.iter().map(|group| group.as_str()));
        hash.put_all(app.app_groups.iter().map(|group| group.as_str()));
    }
    // Only nested groups change what is decided: without them, the version is what it was before groups could nest.
    for (group, parents) in register.groups.iter().filter(|(_, of)| !of.is_empty()) {
        hash.put(group.as_str());
        hash.put_all(parents.iter().map(|parent| parent.as_str()));
    }
    for calendar in &register.calendars {
        put_calendar(&mut hash, calendar);
    }
    PolicyVersion(hash.0.finalize().into())
}

fn put_calendar(hash: &mut Hash, calendar: &Calendar) {
    hash.put(calendar.id.as_str());
    hash.put(&calendar.time_zone);
    hash.put(&calendar.hours.len().to_string());
    for hours in &calendar.hours {
        hash.put_all(hours.days.iter().map(|day| day.as_str()));
        hash.put(&hours.from.to_string());
        hash.put(&hours.to.to_string());
    }
    hash.put_all(calendar.days_off.keys().map(String::as_str));
}
