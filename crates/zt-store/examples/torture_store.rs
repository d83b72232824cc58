//! Kills a process that writes into a store, at a random moment, again and again, and looks whether what was promised
//! still holds: no acknowledged write is lost, plans are whole, the log verifies, also against the checkpoint of the
//! round before. Exit code 0 if so, 1 if not. `--rounds N` sets how often; `--child DIRECTORY` is the process killed.

#[path = "load/durable.rs"]
mod durable;
#[path = "load/victim.rs"]
mod victim;

use anyhow::{Context, Result, bail, ensure};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use tempfile::TempDir;
use zt_crypto::checkpoint::CheckpointSigner;
use zt_crypto::merkle::{Frontier, MerkleHash};
use zt_crypto::random;
use zt_events::Body;
use zt_store::audit::{AuditLog, Problem};
use zt_store::{EventFilter, SqliteStore, Store};

/// A new store after so many rounds, so that a round stays short.
const ROUNDS_PER_STORE: u32 = 25;
/// The latest moment after the first acknowledged write.
const LATEST: Duration = Duration::from_millis(20);
/// A child that says nothing for so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let mut rounds: u32 = 100;
    while let Some(argument) = arguments.next() {
        let value = arguments
            .next()
            .with_context(|| format!("`{argument}` what?"))?;
        match argument.as_str() {
            "--child" => return victim::run(Path::new(&value)).map(|()| ExitCode::SUCCESS),
            "--rounds" => rounds = value.parse()?,
            _ => bail!("unknown argument `{argument}`"),
        }
    }
    if let Err(broken) = torture(rounds) {
        eprintln!("broken: {broken:#}");
        return Ok(ExitCode::FAILURE);
    }
    let directory = durable::directory()?;
    let rate = durable::durable_transactions(directory.path())?;
    println!("durable transactions a second with 256 callers: {rate:.0}");
    Ok(ExitCode::SUCCESS)
}

fn torture(rounds: u32) -> Result<()> {
    let mut site = Site::new()?;
    let (mut acknowledged, mut counted, mut silent) = (0, 0, 0);
    while counted < rounds {
        let number = site
            .round()
            .with_context(|| format!("round {}", counted + 1))?;
        if number == 0 {
            // Killed before anything was promised: proves nothing, and must not happen often.
            silent += 1;
            ensure!(
                silent <= rounds + 10,
                "the child never acknowledges anything"
            );
            continue;
        }
        acknowledged += number;
        counted += 1;
        if counted.is_multiple_of(ROUNDS_PER_STORE) || counted == rounds {
            site.check_all()?;
            site.check_cut()?;
            if counted < rounds {
                site = Site::new()?;
            }
        }
        if counted.is_multiple_of(100) {
            eprintln!("{counted} rounds, {acknowledged} acknowledged writes, none lost");
        }
    }
    println!("{counted} rounds of kill -9, {acknowledged} acknowledged writes, none lost");
    println!(
        "audit verify: sound after each round, and red for a cut-off tail against an earlier checkpoint"
    );
    Ok(())
}

/// One store and what is known of it.
struct Site {
    directory: TempDir,
    key: Vec<u8>,
    // The highest number each caller was told to be kept.
    promised: BTreeMap<String, u64>,
    checkpoint: Option<String>,
    rounds: u32,
}

impl Site {
    fn new() -> Result<Self> {
        let directory = durable::directory()?;
        let key = CheckpointSigner::generate()?.to_vec();
        std::fs::write(directory.path().join("key"), &key)?;
        Ok(Self {
            directory,
            key,
            promised: BTreeMap::new(),
            checkpoint: None,
            rounds: 0,
        })
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("sekisho.db")
    }

    fn signer(&self) -> Result<CheckpointSigner> {
        Ok(CheckpointSigner::from_pkcs8(victim::LOG, &self.key)?)
    }

    /// Starts the child, kills it, looks at what is left; gives how many writes it had acknowledged.
    fn round(&mut self) -> Result<u64> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--child")
            .arg(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = lines_of(&mut child)?;
        let told = wait_and_kill(&mut child, &lines);
        child.kill()?;
        child.wait()?;
        let mut number = 0;
        for line in told?.into_iter().chain(lines.iter()) {
            // A line without its end was not said.
            let Some((caller, count)) = line
                .strip_suffix('\n')
                .and_then(|line| line.split_once(' '))
            else {
                continue;
            };
            let kept = self.promised.entry(caller.to_owned()).or_default();
            *kept = count.parse::<u64>()?.max(*kept);
            number += 1;
        }
        self.rounds += 1;
        if number > 0 {
            self.verify()?;
            // Every other time the files stay as the kill left them, for the next child to recover.
            if self.rounds.is_multiple_of(2) {
                self.check_all()?;
            }
        }
        Ok(number)
    }

    fn verify(&mut self) -> Result<()> {
        let log = AuditLog::open(&self.path())?;
        let report = log.verify(&self.signer()?.verifier(), self.checkpoint.as_deref())?;
        if let Some(finding) = report.finding {
            bail!("audit verify: {finding}");
        }
        self.checkpoint = report.checkpoint;
        Ok(())
    }

    /// Opens the store as a server would, and compares everything with what was promised.
    fn check_all(&self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let store = SqliteStore::open(&self.path(), self.signer()?)?;
        let state = runtime.block_on(store.load())?;
        let filter = EventFilter {
            limit: usize::MAX,
            ..EventFilter::default()
        };
        let mut events: BTreeMap<String, u64> = BTreeMap::new();
        for logged in runtime.block_on(store.events(filter))?.into_iter().rev() {
            let Body::Started { version } = &logged.event.body else {
                bail!("a foreign event at {}", logged.position);
            };
            let (caller, count) = version
                .split_once(' ')
                .context("an event without a number")?;
            let last = events.entry(caller.to_owned()).or_default();
            *last += 1;
            ensure!(
                count == last.to_string(),
                "`{caller}` has event {count} where {last} was expected"
            );
        }
        for (caller, promised) in &self.promised {
            let kept = events.get(caller).copied().unwrap_or_default();
            ensure!(
                kept >= *promised,
                "`{caller}` was promised {promised}, {kept} are kept"
            );
        }
        for (caller, count) in &events {
            // Events that were only recorded have no record of their own.
            if caller.starts_with("plan") {
                let value = state
                    .settings
                    .get(caller)
                    .context("an event without its change")?;
                ensure!(
                    *value == count.to_string().into_bytes(),
                    "`{caller}`: the change and its event differ"
                );
            }
        }
        Ok(())
    }

    /// Cuts the tail off as somebody would who knows the format, and looks whether the kept checkpoint shows it.
    fn check_cut(&self) -> Result<()> {
        let db = Connection::open(self.path())?;
        let last: i64 = db.query_row("SELECT max(first) FROM segments", [], |row| row.get(0))?;
        let mut tree = Frontier::default();
        let mut statement =
            db.prepare("SELECT leaves FROM segments WHERE first < ?1 ORDER BY first")?;
        for leaves in statement.query_map([last], |row| row.get::<_, Vec<u8>>(0))? {
            leaves?
                .as_chunks()
                .0
                .iter()
                .for_each(|leaf| tree.push(MerkleHash(*leaf)));
        }
        drop(statement);
        db.execute("DELETE FROM segments WHERE first >= ?1", [last])?;
        db.execute("DELETE FROM blocks WHERE until > ?1", [last])?;
        db.execute(
            "UPDATE log_head SET frontier = ?1",
            params![serde_json::to_string(&tree)?],
        )?;
        drop(db);
        let (log, verifier) = (AuditLog::open(&self.path())?, self.signer()?.verifier());
        ensure!(
            log.verify(&verifier, None)?.is_sound(),
            "the cut was not made well"
        );
        let found = log.verify(&verifier, self.checkpoint.as_deref())?.finding;
        let problem = found.map(|finding| finding.problem);
        ensure!(
            problem == Some(Problem::CutOff),
            "a cut-off tail was not found: {problem:?}"
        );
        Ok(())
    }
}

fn lines_of(child: &mut Child) -> Result<Receiver<String>> {
    let mut out = BufReader::new(child.stdout.take().context("no output")?);
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        while out.read_line(&mut line).is_ok_and(|read| read > 0) {
            if sender.send(std::mem::take(&mut line)).is_err() {
                return;
            }
        }
    });
    Ok(lines)
}

/// Waits for the first line and then a random while; gives the lines so far.
fn wait_and_kill(child: &mut Child, lines: &Receiver<String>) -> Result<Vec<String>> {
    let mut told = Vec::new();
    match lines.recv_timeout(PATIENCE) {
        Ok(line) => told.push(line),
        Err(RecvTimeoutError::Timeout) => bail!("the child says nothing"),
        Err(RecvTimeoutError::Disconnected) => {
            bail!("the child ended by itself: {}", child.wait()?)
        }
    }
    let drawn = u32::from_be_bytes(random::bytes()?);
    let moment = LATEST.mul_f64(f64::from(drawn) / f64::from(u32::MAX));
    // Nothing is sent here: the timeout is the moment.
    let (_keep, never) = channel::<()>();
    let _ = never.recv_timeout(moment);
    child.kill()?;
    Ok(told)
}
