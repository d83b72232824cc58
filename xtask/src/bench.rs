//! Benches: one JSON object a line, or text; ours and the peer in the same run.
//!
//! A bench is `bench/NAME.rs` with `run(workspace, report, rounds)`. It measures with [`interleaved`] rounds, takes the
//! [`median`], and hands each figure to the [`Report`]. Names of figures stay stable: somebody compares them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::run::shown;
use crate::workspace::{Profile, Workspace};

pub mod cpu;
mod cut;
mod decide;
mod gateway;
mod saml;
mod store;
mod tokens;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Bench {
    /// Processor time of an authenticated, authorized request, against nginx.
    Gateway,
    /// How fast live connections end when the device they come from is no longer trusted.
    Cut,
    /// How long decisions take, against Cedar, regorus and casbin; refusals, live accesses and replays.
    Decide,
    /// What a SAML assertion costs, against SimpleSAMLphp and pysaml2.
    Saml,
    /// Durable transactions a second.
    Store,
    /// What tokens cost, against npm `oidc-provider`; refreshes while passwords flood.
    Tokens,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Stable name.
    pub name: String,
    /// The median over the rounds, in `unit`.
    pub value: f64,
    /// `ratio`, `ms`, `us`, `ns`, `1/s`, `count`.
    pub unit: String,
    /// What it was measured against in the same run, and where that peer promises less, in what.
    pub peer: Option<String>,
    /// How many rounds the median is over.
    pub rounds: u32,
}

/// Where a bench puts its figures.
#[derive(Debug)]
pub struct Report {
    form: Form,
    /// How what is measured is built.
    profile: Profile,
}

/// A figure, and of what.
#[derive(Serialize)]
struct Taken<'a> {
    #[serde(flatten)]
    figure: &'a Figure,
    profile: &'static str,
}

/// How figures are printed.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// One JSON object a line.
    Json,
    /// For a person.
    Text,
}

impl Report {
    /// Prints one figure at once.
    ///
    /// # Errors
    /// When standard output is gone.
    pub fn figure(&mut self, figure: &Figure) -> Result<()> {
        let line = match self.form {
            Form::Json => serde_json::to_string(&Taken {
                figure,
                profile: self.profile.name(),
            })?,
            Form::Text => {
                let peer = figure
                    .peer
                    .as_deref()
                    .map(|peer| format!(", against {peer}"))
                    .unwrap_or_default();
                let Figure {
                    name,
                    value,
                    unit,
                    rounds,
                    ..
                } = figure;
                format!("{name:<28} {value:>14.3} {unit:<6} median of {rounds} rounds{peer}")
            }
        };
        writeln!(std::io::stdout(), "{line}")?;
        Ok(())
    }

    /// Runs a program that prints one [`Figure`] as JSON a line, and takes its figures over. What it says on
    /// standard error goes through.
    ///
    /// # Errors
    /// When it fails, says something else, or has no figure at all.
    pub fn follow(&mut self, command: &mut Command) -> Result<()> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| shown(command))?;
        let mut figures = 0_u32;
        for line in BufReader::new(child.stdout.take().context("no output")?).lines() {
            let line = line?;
            let figure =
                serde_json::from_str(&line).with_context(|| format!("not a figure: `{line}`"))?;
            self.figure(&figure)?;
            figures += 1;
        }
        ensure!(child.wait()?.success(), "`{}` failed", shown(command));
        ensure!(figures > 0, "`{}` measured nothing", shown(command));
        Ok(())
    }
}

/// Runs one bench.
///
/// # Errors
/// When it cannot be built or run to its end.
pub fn run(
    workspace: &Workspace,
    bench: Bench,
    form: Form,
    profile: Profile,
    rounds: Option<u32>,
) -> Result<ExitCode> {
    let mut report = Report { form, profile };
    // Link-time optimisation takes its time: whoever waits should know what for.
    eprintln!("building with the profile `{}`", profile.name());
    match bench {
        Bench::Gateway => gateway::run(workspace, &mut report, rounds)?,
        Bench::Cut => cut::run(workspace, &mut report, rounds)?,
        Bench::Decide => decide::run(workspace, &mut report, rounds)?,
        Bench::Saml => saml::run(workspace, &mut report, rounds)?,
        Bench::Store => store::run(workspace, &mut report, rounds)?,
        Bench::Tokens => tokens::run(workspace, &mut report, rounds)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The middle value; of an even number, the mean of the middle two. `None` of nothing.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(middle.checked_sub(1)?)?;
    Some(f64::midpoint(lower, upper))
}

/// Measures every side once a round: a side does the work of one round and gives its value. Each round begins with
/// another side, so that a drift of the machine falls on all alike. Gives the values per side, in the order of `sides`.
///
/// # Errors
/// The first error of a side.
pub fn interleaved(
    rounds: u32,
    sides: &mut [&mut dyn FnMut() -> Result<f64>],
) -> Result<Vec<Vec<f64>>> {
    let mut values = vec![Vec::new(); sides.len()];
    for round in 0..rounds as usize {
        for step in 0..sides.len() {
            let nth = (round + step) % sides.len();
            if let (Some(side), Some(column)) = (sides.get_mut(nth), values.get_mut(nth)) {
                column.push(side()?);
            }
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests;
