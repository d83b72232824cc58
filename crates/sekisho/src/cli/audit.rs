//! `sekisho audit`: the sealed event log, read from its file. Whether a server runs makes no difference.

use super::{ConfigArgs, Failure, Output, socket};
use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use std::fs;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use zt_crypto::checkpoint::CheckpointVerifier;
use zt_server::Paths;
use zt_store::audit::{AuditError, AuditLog};

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Recompute the whole log: is every event there, whole and in its place?
    Verify {
        #[command(flatten)]
        log: LogArgs,
        /// A checkpoint taken along earlier: shows also whether the log's end was cut off
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
    },
    /// Print the latest checkpoint; keep it elsewhere
    Checkpoint {
        #[command(flatten)]
        log: LogArgs,
    },
    /// Write events as OCSF JSON, one a line, oldest first
    Export {
        #[command(flatten)]
        log: LogArgs,
        /// First position to write
        #[arg(long, default_value_t = 0)]
        from: u64,
    },
}

/// Which log.
#[derive(Debug, Args)]
pub(super) struct LogArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// State directory of the server, instead of the one the configuration names
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

impl LogArgs {
    fn directory(&self) -> Result<PathBuf, Failure> {
        match &self.state {
            Some(directory) => Ok(directory.clone()),
            None => Ok(
                socket::load(&self.config, "or its state directory with `--state DIR`")?.state_dir,
            ),
        }
    }

    fn open(&self) -> Result<(AuditLog, PathBuf), Failure> {
        let directory = self.directory()?;
        let log = AuditLog::open(&Paths::new(&directory).store())
            .with_context(|| format!("there is no log to read in `{}`", directory.display()))
            .map_err(Failure::unreachable)?;
        Ok((log, directory))
    }
}

pub(super) fn audit(command: AuditCommand, output: Output) -> Result<(), Failure> {
    match command {
        AuditCommand::Verify { log, checkpoint } => verify(&log, checkpoint, output),
        AuditCommand::Checkpoint { log } => {
            let (log, _) = log.open()?;
            let note = log
                .checkpoint()
                .map_err(|error| Failure::of(error.into()))?;
            let note = note.ok_or_else(|| Failure::of(anyhow!("there are no events yet")))?;
            output.print(&serde_json::json!({ "checkpoint": note }), |_| note.clone())
        }
        AuditCommand::Export { log, from } => {
            let (log, _) = log.open()?;
            let mut out = BufWriter::new(std::io::stdout().lock());
            match log.export(from, &mut out).map(|_| out.flush()) {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) | Err(AuditError::Write(error))
                    if error.kind() == std::io::ErrorKind::BrokenPipe =>
                {
                    Ok(())
                }
                Ok(Err(error)) => Err(Failure::of(error.into())),
                Err(error) => Err(Failure::of(error.into())),
            }
        }
    }
}

fn verify(log: &LogArgs, checkpoint: Option<PathBuf>, output: Output) -> Result<(), Failure> {
    let (log, directory) = log.open()?;
    let key = Paths::new(&directory).audit_key();
    let key = fs::read_to_string(&key)
        .with_context(|| format!("cannot read the log's public key `{}`", key.display()))
        .map_err(Failure::unreachable)?;
    let verifier = key
        .trim()
        .parse::<CheckpointVerifier>()
        .map_err(|error| Failure::of(error.into()))?;
    let earlier = checkpoint
        .map(|path| {
            fs::read_to_string(&path)
                .with_context(|| format!("cannot read `{}`", path.display()))
                .map_err(Failure::unreachable)
        })
        .transpose()?;
    let report = log
        .verify(&verifier, earlier.as_deref())
        .map_err(|error| Failure::of(error.into()))?;
    let finding = report.finding.as_ref().map(ToString::to_string);
    let root: String = report
        .root
        .0
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let value = serde_json::json!({
        "sound": report.is_sound(), "events": report.size, "segments": report.segments, "root": root, "finding": finding,
    });
    if report.is_sound() || output == Output::Json {
        output.print(&value, |_| {
            format!(
                "sound: {} events in {} segments, root {root}",
                report.size, report.segments
            )
        })?;
    }
    match finding {
        None => Ok(()),
        Some(finding) => Err(Failure::of(anyhow!(
            "the log is not as it was sealed: {finding} (the first {} events are sound)",
            report.size
        ))),
    }
}
