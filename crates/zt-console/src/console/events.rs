//! The event log: filters that live in the address, success and failure views, and paging.

use super::view::EventsView;
use crate::event_line::outcome_slug;
use crate::view::Choice;
use crate::words::{Names, Reader};
use serde::Deserialize;
use std::collections::BTreeMap;
use zt_events::{Outcome, Topic};
use zt_pages::chart::{Bar, Size, bars};
use zt_pages::language::percent_encoded;
use zt_pages::{Moment, Page, Pager, Shell, Zone};
use zt_store::{EventFilter, LoggedEvent, State};
use zt_types::{AppId, DeviceId};

/// Rows on a page.
pub(crate) const ROWS: usize = 100;

/// The filter as it stands in the address; what is empty or unknown filters nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EventQuery {
    pub(crate) outcome: String,
    pub(crate) topic: String,
    pub(crate) app: String,
    pub(crate) person: String,
    pub(crate) device: String,
    pub(crate) before: Option<u64>,
}

impl EventQuery {
    /// The filter for the store: one row more than is shown, to know whether there are older ones.
    pub(crate) fn filter(&self, state: &State) -> EventFilter {
        EventFilter {
            person: state
                .logins
                .get(self.person.trim().to_lowercase().as_str())
                .copied(),
            device: self.device.parse::<DeviceId>().ok(),
            app: AppId::new(&self.app).ok(),
            topic: Topic::ALL
                .into_iter()
                .find(|topic| topic.as_str() == self.topic),
            outcome: [Outcome::Success, Outcome::Failure]
                .into_iter()
                .find(|o| outcome_slug(*o) == self.outcome),
            before: self.before,
            decisions: zt_store::Decisions::Without,
            limit: ROWS + 1,
            ..EventFilter::default()
        }
    }

    /// The address of this filter with another outcome, from the newest row.
    fn with_outcome(&self, outcome: &str) -> String {
        self.address(&[("outcome", outcome)])
    }

    fn older_than(&self, position: u64) -> String {
        self.address(&[
            ("outcome", &self.outcome),
            ("before", &position.to_string()),
        ])
    }

    fn address(&self, more: &[(&str, &str)]) -> String {
        let own = [
            ("topic", self.topic.as_str()),
            ("app", &self.app),
            ("person", &self.person),
            ("device", &self.device),
        ];
        let pairs: Vec<String> = own
            .iter()
            .chain(more)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
            .collect();
        if pairs.is_empty() {
            "/console/events".to_owned()
        } else {
            format!("/console/events?{}", pairs.join("&"))
        }
    }
}

pub(crate) fn view(
    page: Page,
    shell: Shell,
    state: &State,
    query: &EventQuery,
    mut events: Vec<LoggedEvent>,
) -> EventsView {
    let names = Names {
        page: &page,
        state,
        reader: Reader::Administrator,
    };
    let has_older = events.len() > ROWS;
    events.truncate(ROWS);
    let older = events
        .last()
        .filter(|_| has_older)
        .map(|last| query.older_than(last.position));
    let choice = |value: &str, text: &str, current: &str| Choice {
        is_current: value == current,
        value: value.to_owned(),
        text: text.to_owned(),
    };
    let outcomes = ["", "success", "failure"]
        .into_iter()
        .map(|slug| Choice {
            value: query.with_outcome(slug),
            text: page
                .member("outcome", if slug.is_empty() { "all" } else { slug })
                .to_owned(),
            is_current: query.outcome == slug,
        })
        .collect();
    let mut devices: Vec<_> = state.devices.values().collect();
    devices.sort_by(|a, b| a.name.cmp(&b.name));
    let hours = by_hour(&events);
    let size = Size {
        width: 640,
        height: 56,
    };
    EventsView {
        note: (!query.person.is_empty() && query.filter(state).person.is_none())
            .then(|| page.t("filter-no-person")),
        outcomes,
        outcome: query.outcome.clone(),
        topics: Topic::ALL
            .into_iter()
            .map(|topic| {
                choice(
                    topic.as_str(),
                    page.member("topic", topic.as_str()),
                    &query.topic,
                )
            })
            .collect(),
        apps: state
            .applications
            .values()
            .map(|app| choice(app.id.as_str(), page.text(&app.name), &query.app))
            .collect(),
        devices: devices
            .iter()
            .map(|d| choice(&d.id.to_string(), &d.name, &query.device))
            .collect(),
        people: state.logins.keys().cloned().collect(),
        person: query.person.clone(),
        is_filtered: query.address(&[]) != "/console/events",
        chart: bars(&hours, size, page.t("events-chart-caption")),
        bars: if hours.len() > 1 { hours } else { Vec::new() },
        events: events
            .iter()
            .map(|logged| names.line(&logged.event))
            .collect(),
        pager: Pager {
            newer: query.before.map(|_| query.with_outcome(&query.outcome)),
            older,
        },
        page,
        shell,
    }
}

/// Counts by hour, oldest first; an hour without events between two with some is not drawn.
fn by_hour(events: &[LoggedEvent]) -> Vec<Bar> {
    let mut hours: BTreeMap<String, Bar> = BTreeMap::new();
    for logged in events {
        let text = Moment::minute(logged.event.at, Zone::TOKYO).text();
        let hour: String = text.chars().take(13).collect();
        let label = format!("{hour}:00");
        let bar = hours.entry(hour).or_insert(Bar {
            label,
            success: 0,
            failure: 0,
        });
        match logged.event.outcome() {
            Outcome::Success => bar.success += 1,
            Outcome::Failure => bar.failure += 1,
        }
    }
    hours.into_values().collect()
}
