//! The hash over everything that decides.

use crate::decision::PolicyVersion;
use crate::vocabulary::LADDERS;
use crate::vocabulary::SCHEMA;
use crate::{Application, Calendar, PolicyDocument, PolicyState, Register};
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use zt_types::{AppId, Capability, ClearingStep, FactKind, PolicyId, PostureItem, Text};

/// The changes of clocks that are told apart: from 2000-01-01 to 2060-01-01, in seconds.
const FIRST_CHANGE: i64 = 946_684_800;
const LAST_CHANGE: i64 = 2_840_140_800;

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
    hash.put("sekisho policy 3");
    hash.put(SCHEMA);
    put_tables(&mut hash);
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

/// What this version of Sekisho knows by itself: the order of the ladders, which step ends which fact, what steps cost.
fn put_tables(hash: &mut Hash) {
    for (name, rungs) in LADDERS {
        hash.put(name);
        hash.put_all(rungs.iter().copied());
    }
    hash.put_all(Capability::ALL.iter().map(|capability| capability.as_str()));
    hash.put_all(PostureItem::ALL.iter().map(|item| item.as_str()));
    for kind in FactKind::ALL {
        hash.put(kind.as_str());
        for step in ClearingStep::ALL {
            hash.put(if kind.is_cleared_by(step) {
                "ends"
            } else {
                "stays"
            });
        }
    }
    for step in crate::remedy::every_kind() {
        hash.put(step.slug());
        hash.put(&step.cost().to_string());
    }
}

/// When the clocks of a calendar's zone change, and to what: the data behind a zone's name is brought up to date now and then.
fn put_zone(hash: &mut Hash, name: &str) {
    let (Ok(zone), Ok(from), Ok(until)) = (
        TimeZone::get(name),
        Timestamp::from_second(FIRST_CHANGE),
        Timestamp::from_second(LAST_CHANGE),
    ) else {
        return;
    };
    hash.put(&zone.to_offset(from).seconds().to_string());
    let changes = zone.following(from);
    for change in changes.take_while(|change| change.timestamp() < until) {
        hash.put(&change.timestamp().as_second().to_string());
        hash.put(&change.offset().seconds().to_string());
    }
}

fn put_calendar(hash: &mut Hash, calendar: &Calendar) {
    hash.put(calendar.id.as_str());
    hash.put(&calendar.time_zone);
    put_zone(hash, &calendar.time_zone);
    hash.put(&calendar.hours.len().to_string());
    for hours in &calendar.hours {
        hash.put_all(hours.days.iter().map(|day| day.as_str()));
        hash.put(&hours.from.to_string());
        hash.put(&hours.to.to_string());
    }
    hash.put_all(calendar.days_off.keys().map(String::as_str));
}
