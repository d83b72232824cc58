//! Durable transactions a second.

use anyhow::{Context, Result};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use zt_auth::{ProvenFactor, Session};
use zt_crypto::checkpoint::CheckpointSigner;
use zt_crypto::random;
use zt_events::{Actor, Body, Event, FORMAT};
use zt_store::{Change, Plan, SqliteStore, Store};
use zt_types::{
    Assurance, DeviceId, EventId, FactorKind, PersonId, SessionId, Timestamp, TokenHash,
};

const CALLERS: usize = 256;
const ROUND: Duration = Duration::from_secs(2);

/// A directory beside this program: what counts is a disk, and `/tmp` may be memory.
pub(crate) fn directory() -> Result<TempDir> {
    let program = std::env::current_exe()?;
    Ok(tempfile::tempdir_in(
        program.parent().context("a program without a directory")?,
    )?)
}

pub(crate) fn signer() -> Result<CheckpointSigner> {
    let key = CheckpointSigner::generate()?;
    Ok(CheckpointSigner::from_pkcs8(
        "id.sekisho.localhost/audit",
        &key,
    )?)
}

/// 256 callers sign in, each again as soon as the one before is on the disk; gives how many a second.
pub(crate) fn durable_transactions(directory: &Path) -> Result<f64> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()?;
    let store = Arc::new(SqliteStore::open(&directory.join("durable.db"), signer()?)?);
    let (done, stop) = (
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let seconds = runtime.block_on(async {
        let mut callers = Vec::new();
        for _ in 0..CALLERS {
            let (store, done, stop) = (Arc::clone(&store), Arc::clone(&done), Arc::clone(&stop));
            callers.push(tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    store.commit(sign_in()?).await?;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                anyhow::Ok(())
            }));
        }
        let begin = now();
        tokio::time::sleep(ROUND).await;
        let seconds = begin.elapsed().as_secs_f64();
        let count = done.load(Ordering::Relaxed);
        stop.store(true, Ordering::Relaxed);
        for caller in callers {
            caller.await??;
        }
        anyhow::Ok(count as f64 / seconds)
    })?;
    Ok(seconds)
}

fn sign_in() -> Result<Plan> {
    let now = Timestamp::from_millis(1_790_000_000_000);
    let (session, person) = (
        SessionId::from_random(random::bytes()?),
        PersonId::from_random(random::bytes()?),
    );
    let device = Some(DeviceId::from_random(random::bytes()?));
    let (address, user_agent) = (
        "192.0.2.1".to_owned(),
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)".to_owned(),
    );
    let begun = Session {
        id: session,
        person,
        token: TokenHash(random::bytes()?),
        device,
        certificate: None,
        proven: vec![ProvenFactor {
            kind: FactorKind::Passkey,
            at: now,
        }],
        assurance: Assurance::PhishingResistant,
        created_at: now,
        authenticated_at: now,
        expires_at: now,
        address: address.clone(),
        user_agent: user_agent.clone(),
        ended: None,
    };
    let told = Event {
        v: FORMAT,
        id: EventId::from_random(random::bytes()?),
        at: now,
        actor: Actor::Person(person),
        body: Body::SignedIn {
            person,
            session,
            device,
            factors: vec![FactorKind::Passkey],
            assurance: Assurance::PhishingResistant,
            address,
            user_agent,
        },
    };
    Ok(Plan::new(vec![Change::PutSession(begun)], vec![told]))
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn now() -> Instant {
    Instant::now()
}
