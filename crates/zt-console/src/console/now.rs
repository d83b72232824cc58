//! Who is where now.

use super::view::{NowPart, NowRow, NowView};
use crate::view::TrustView;
use crate::words::{Names, Reader};
use zt_events::Outcome;
use zt_live::{ConnectionKind, Presence, Standing};
use zt_pages::{Page, Shell, Tone};
use zt_store::State;
use zt_types::{CapabilitySet, Timestamp, TrustReason};

pub(crate) fn view(
    page: Page,
    shell: Shell,
    state: &State,
    presences: &[Presence],
    note: Option<&'static str>,
    now: Timestamp,
) -> NowView {
    let names = Names {
        page: &page,
        state,
        reader: Reader::Administrator,
    };
    let rows: Vec<NowRow> = presences
        .iter()
        .map(|presence| row(&names, presence, now))
        .collect();
    let mut people: Vec<_> = presences.iter().map(|presence| presence.person).collect();
    people.sort_unstable();
    people.dedup();
    NowView {
        people: people.len(),
        connections: presences
            .iter()
            .map(|presence| presence.connections.len())
            .sum(),
        refused: presences
            .iter()
            .filter(|p| outcome(&p.standing, now) == Outcome::Failure)
            .count(),
        facts: state
            .facts
            .values()
            .filter(|fact| fact.cleared_at.is_none())
            .count(),
        tasks: state
            .tasks
            .values()
            .filter(|task| task.closed_at.is_none())
            .count(),
        rows,
        note,
        page,
        shell,
    }
}

impl From<NowView> for NowPart {
    fn from(view: NowView) -> Self {
        let NowView {
            page,
            shell,
            note: _,
            people,
            connections,
            refused,
            facts,
            tasks,
            rows,
        } = view;
        Self {
            page,
            shell,
            people,
            connections,
            refused,
            facts,
            tasks,
            rows,
        }
    }
}

fn outcome(standing: &Standing, now: Timestamp) -> Outcome {
    if standing.grant(now).is_some() {
        Outcome::Success
    } else {
        Outcome::Failure
    }
}

fn row(names: &Names<'_>, presence: &Presence, now: Timestamp) -> NowRow {
    let page = names.page;
    let (tone, icon, slug, why) = match &*presence.standing {
        standing @ Standing::Permitted(_) => match standing.grant(now) {
            Some(grant) if grant.permit.capabilities() == CapabilitySet::ALL => {
                (Tone::Good, "circle-check", "permitted", String::new())
            }
            Some(grant) => {
                let withheld = names.withheld(grant.permit.capabilities());
                (Tone::Caution, "circle-alert", "limited", withheld)
            }
            // Its time ran out, and the next request will be decided anew.
            None => (Tone::Neutral, "clock", "over", String::new()),
        },
        Standing::Refused { refusal, .. } => {
            let words: Vec<&str> = refusal
                .reasons()
                .iter()
                .map(|reason| names.reason(reason.slug()))
                .collect();
            (Tone::Bad, "ban", "refused", words.join(names.separator()))
        }
        Standing::Over(why) => (
            Tone::Neutral,
            "log-out",
            "over",
            page.member("why", why.as_str()).to_owned(),
        ),
    };
    let person = names.person(presence.person);
    NowRow {
        question: page.t1("now-sign-out-question", "person", person.text.clone()),
        person,
        person_trust: names.trust(&presence.person_trust),
        app: names.app(&presence.app),
        tone,
        icon,
        standing: page.member("standing", slug),
        why,
        device: names.evidence(presence.evidence),
        device_trust: device_trust(names, presence),
        live: live(names, presence),
        requests: presence.requests,
        last_used: presence.last_used,
        end: format!("/console/sessions/{}/end", presence.session),
    }
}

/// How far the device is trusted; that there is none is said by its name already.
fn device_trust(names: &Names<'_>, presence: &Presence) -> TrustView {
    let mut trust = presence.device_trust.clone();
    trust
        .reasons
        .retain(|reason| !matches!(reason, TrustReason::NoDeviceIdentity { .. }));
    names.trust(&trust)
}

/// The live connections by kind, such as `WebSocket 1, HTTP 2`.
fn live(names: &Names<'_>, presence: &Presence) -> String {
    let page = names.page;
    let count = |kind: ConnectionKind| {
        presence
            .connections
            .iter()
            .filter(|c| c.kind == kind)
            .count()
    };
    let mut parts = Vec::new();
    for kind in [
        ConnectionKind::WebSocket,
        ConnectionKind::Stream,
        ConnectionKind::Exchange,
    ] {
        let text = match (count(kind), kind) {
            (0, _) => continue,
            (count, ConnectionKind::WebSocket) => page.t1("connection-websocket", "count", count),
            (count, ConnectionKind::Stream) => page.t1("connection-stream", "count", count),
            (count, ConnectionKind::Exchange) => page.t1("connection-exchange", "count", count),
        };
        parts.push(text);
    }
    if parts.is_empty() {
        page.t("connection-none").to_owned()
    } else {
        parts.join(names.separator())
    }
}
