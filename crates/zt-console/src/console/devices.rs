//! Devices: the list, and one device with its timeline.

use super::people::device_row;
use super::view::{DeviceView, DevicesView};
use crate::rows::{certificates_of, device_trust};
use crate::view::{EventLine, Link};
use crate::words::{Names, Reader, ownership};
use zt_device::{Device, DeviceState};
use zt_events::Topic;
use zt_pages::{Moment, Page, Shell, Zone};
use zt_store::{LoggedEvent, State};
use zt_types::{DeviceId, Timestamp};

/// Whether a device matches what was typed: part of its name, host name, serial number, or its person's name.
fn matches(state: &State, device: &Device, query: &str) -> bool {
    let query = query.to_lowercase();
    let owner = state.people.get(&device.owner);
    let mut texts = vec![
        device.name.as_str(),
        device.hostname.as_str(),
        device.serial.as_deref().unwrap_or(""),
    ];
    if let Some(owner) = owner {
        texts.extend([
            owner.name.ja.as_str(),
            owner.name.en.as_str(),
            owner.login.as_str(),
        ]);
    }
    texts
        .iter()
        .any(|text| text.to_lowercase().contains(&query))
}

pub(crate) fn list(
    page: Page,
    shell: Shell,
    state: &State,
    query: &str,
    now: Timestamp,
) -> DevicesView {
    let names = Names {
        page: &page,
        state,
        reader: Reader::Administrator,
    };
    let mut devices: Vec<&Device> = state
        .devices
        .values()
        .filter(|device| matches(state, device, query))
        .collect();
    devices.sort_by_key(|device| {
        (
            device.state == DeviceState::Retired,
            device_trust(state, device.id, now).level,
            std::cmp::Reverse(device.enrolled_at),
        )
    });
    let devices = devices
        .into_iter()
        .map(|device| device_row(&names, device, now))
        .collect();
    DevicesView {
        devices,
        query: query.to_owned(),
        page,
        shell,
    }
}

/// One device; `events` are those about it, newest first.
pub(crate) fn one(
    page: Page,
    shell: Shell,
    state: &State,
    id: DeviceId,
    events: &[LoggedEvent],
    note: Option<&'static str>,
    now: Timestamp,
) -> Option<DeviceView> {
    let device = state.devices.get(&id)?;
    let names = Names {
        page: &page,
        state,
        reader: Reader::Administrator,
    };
    let mut facts = vec![
        (page.t("device-os"), device.os.clone()),
        (page.t("device-hostname"), device.hostname.clone()),
        (
            page.t("device-serial"),
            device.serial.clone().unwrap_or_else(|| "—".to_owned()),
        ),
        (
            page.t("device-ownership"),
            ownership(&page, device.ownership).to_owned(),
        ),
        (
            page.t("device-enrolled"),
            Moment::minute(device.enrolled_at, Zone::TOKYO).text(),
        ),
        (page.t("device-id"), id.to_string()),
    ];
    if !device.source_ids.is_empty() {
        let known: Vec<String> = device
            .source_ids
            .iter()
            .map(|(source, name)| format!("{}: {name}", names.source(source)))
            .collect();
        facts.push((page.t("device-known-as"), known.join(names.separator())));
    }
    Some(DeviceView {
        name: device.name.clone(),
        owner: names.person(device.owner),
        is_retired: device.state == DeviceState::Retired,
        trust: names.trust(&device_trust(state, id, now)),
        certificates: certificates_of(state, id)
            .into_iter()
            .map(|certificate| {
                names.certificate(certificate, now, |certificate| {
                    format!(
                        "/console/devices/{id}/certificates/{}/revoke",
                        certificate.serial
                    )
                })
            })
            .collect(),
        events: story(&names, events),
        events_href: format!("/console/events?device={id}"),
        retire: format!("/console/devices/{id}/retire"),
        retire_question: page.t1("device-retire-question", "device", device.name.clone()),
        facts,
        note,
        page,
        shell,
    })
}

/// The events as lines. A page that keeps trying is refused again and again: between two other events, what says the same
/// is one line that counts.
fn story(names: &Names<'_>, events: &[LoggedEvent]) -> Vec<EventLine> {
    let mut lines: Vec<(EventLine, usize)> = Vec::new();
    let mut since_other = 0;
    for logged in events {
        let line = names.line(&logged.event);
        if logged.event.topic() != Topic::Access {
            lines.push((line, 1));
            since_other = lines.len();
            continue;
        }
        let same = lines.iter_mut().skip(since_other).find(|(there, _)| {
            let text = |link: &Option<Link>| link.as_ref().map(|link| link.text.clone());
            (there.title, &there.detail) == (line.title, &line.detail)
                && (text(&there.app), text(&there.who)) == (text(&line.app), text(&line.who))
        });
        match same {
            Some((_, count)) => *count += 1,
            None => lines.push((line, 1)),
        }
    }
    lines
        .into_iter()
        .map(|(mut line, count)| {
            if count > 1 {
                line.detail = format!("{} (×{count})", line.detail);
            }
            line
        })
        .collect()
}
