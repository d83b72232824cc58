//! The process that is killed: many callers that commit, record, and say so once it is kept.

use anyhow::{Context, Result};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use zt_crypto::checkpoint::CheckpointSigner;
use zt_crypto::random;
use zt_events::{Actor, Body, Event, FORMAT};
use zt_store::{Change, Plan, SqliteStore, Store, StoreFile};
use zt_types::{EventId, Timestamp};

pub(crate) const LOG: &str = "id.sekisho.localhost/audit";

const CALLERS: u32 = 32;

/// Writes until it is killed.
pub(crate) fn run(directory: &Path) -> Result<()> {
    let key = std::fs::read(directory.join("key"))?;
    let file = StoreFile::open(&directory.join("sekisho.db"))?;
    let state = file.state().clone();
    let store = Arc::new(file.serve(CheckpointSigner::from_pkcs8(LOG, &key)?)?);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let mut callers = tokio::task::JoinSet::new();
        for number in 0..CALLERS {
            let name = format!("plan-{number}");
            let kept = state
                .settings
                .get(&name)
                .map_or("0", |value| std::str::from_utf8(value).unwrap_or_default());
            let last: u64 = kept.parse().context("a kept number")?;
            callers.spawn(commits(Arc::clone(&store), name, last));
        }
        // What is recorded numbers itself anew in each life: nothing in the store says how far it came.
        callers.spawn(records(
            Arc::clone(&store),
            format!("record-{:x}", u64::from_be_bytes(random::bytes()?)),
        ));
        while let Some(ended) = callers.join_next().await {
            ended??;
        }
        Ok(())
    })
}

async fn commits(store: Arc<SqliteStore>, name: String, last: u64) -> Result<()> {
    for count in last + 1.. {
        let value = count.to_string().into_bytes();
        let change = Change::PutSetting {
            name: name.clone(),
            value,
        };
        store
            .commit(Plan::new(vec![change], vec![event(&name, count)?]))
            .await?;
        say(&name, count)?;
    }
    Ok(())
}

async fn records(store: Arc<SqliteStore>, name: String) -> Result<()> {
    for count in 1.. {
        store.record(event(&name, count)?);
        if count.is_multiple_of(7) {
            store.flush().await?;
            say(&name, count)?;
        } else {
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

fn event(name: &str, count: u64) -> Result<Event> {
    Ok(Event {
        v: FORMAT,
        id: EventId::from_random(random::bytes()?),
        at: Timestamp::from_millis(1_790_000_000_000),
        actor: Actor::System,
        body: Body::Started {
            version: format!("{name} {count}"),
        },
    })
}

/// One write call a line: a pipe takes it whole or not at all.
fn say(name: &str, count: u64) -> Result<()> {
    let line = format!("{name} {count}\n");
    std::io::stdout()
        .lock()
        .write_all(line.as_bytes())
        .context("nobody listens")
}
