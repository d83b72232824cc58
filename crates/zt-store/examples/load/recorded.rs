//! What a recorded event costs.

use crate::durable::signer;
use anyhow::{Context, Result};
use std::path::Path;
use std::time::Duration;
use zt_crypto::random;
use zt_events::{Actor, Body, Event, FORMAT, Outcome};
use zt_store::{SqliteStore, Store};
use zt_types::{AppId, DeviceId, EventId, PersonId, SessionId, Timestamp};

/// Processor time, in microseconds, of recording one access event: handing in, serialising, hashing, sealing, writing.
pub(crate) fn recorded_event(directory: &Path) -> Result<f64> {
    const BATCHES: u32 = 400;
    let store = SqliteStore::open(&directory.join("recorded.db"), signer()?)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (app, random) = (AppId::new("wiki")?, random::bytes::<16>()?);
    let mut used = Duration::ZERO;
    // As the gateway hands them in: a steady stream, of which a thousand at a time become due.
    for batch in 0..BATCHES {
        let events: Vec<Event> = (0..1_000)
            .map(|n| access(&app, random, batch * 1_000 + n))
            .collect();
        let begin = processor_time()?;
        for event in events {
            store.record(event);
        }
        runtime.block_on(store.flush())?;
        used += processor_time()? - begin;
    }
    Ok(used.as_secs_f64() * 1e6 / f64::from(BATCHES * 1_000))
}

/// The n-th request of a company of 2,000 people, each from her own device, who come in no order.
fn access(app: &AppId, mut random: [u8; 16], n: u32) -> Event {
    let [a, b, ..] = &mut random;
    [*a, *b] = ((n.wrapping_mul(2_654_435_761) >> 16) as u16 % 2_000).to_be_bytes();
    let person = PersonId::from_random(random);
    Event {
        v: FORMAT,
        id: EventId::from_random(random),
        at: Timestamp::from_millis(1_790_000_000_000),
        actor: Actor::Person(person),
        body: Body::Access {
            person: Some(person),
            session: Some(SessionId::from_random(random)),
            device: Some(DeviceId::from_random(random)),
            app: Some(app.clone()),
            decision: None,
            method: "GET".into(),
            host: "wiki.sekisho.localhost".into(),
            path: "/w/index.php/購買/発注の手引き".into(),
            status: 200,
            address: "192.0.2.17".into(),
            outcome: Outcome::Success,
            reasons: Vec::new(),
        },
    }
}

/// User and system time of this process, all threads, in nanoseconds' resolution.
fn processor_time() -> Result<Duration> {
    let mut total = Duration::ZERO;
    for task in std::fs::read_dir("/proc/self/task")? {
        // proc(5) schedstat: time on the processor in nanoseconds comes first.
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let nanos = text.split(' ').next().context("an empty schedstat")?;
        total += Duration::from_nanos(nanos.parse()?);
    }
    Ok(total)
}
