//! The command line of `cargo xtask`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::bench::{self, Bench, Form};
use crate::suite::{self, Step};
use crate::torture::{self, Torture};
use crate::workspace::{Profile, Workspace};
use crate::{faults, fresh, fuzz, peers};

/// Automation of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Everything that must hold before a change goes in; installs what it needs.
    Test {
        /// Only these steps, in the usual order; all of them when none is named.
        #[arg(value_enum)]
        only: Vec<Step>,
    },
    /// Install the programs and packages the tests talk to.
    Peers,
    /// Measure, against a peer where there is one.
    Bench {
        /// What to measure.
        #[arg(value_enum)]
        name: Bench,
        /// One JSON object a line instead of text.
        #[arg(long)]
        json: bool,
        /// Interleaved rounds; each bench has its own default.
        #[arg(long)]
        rounds: Option<u32>,
        /// How what is measured is built: as it is shipped, or as a newcomer builds it.
        #[arg(long, value_enum, default_value_t = Profile::Dist)]
        profile: Profile,
    },
    /// Break something on purpose, or ask it at random, many times.
    Torture {
        /// What to break or ask.
        #[arg(value_enum)]
        name: Torture,
        /// How many times; each torture has its own default.
        #[arg(long, visible_alias = "cases")]
        rounds: Option<u64>,
        /// Where the random cases begin; drawn and printed if there is none.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Break the policy engine and the authorization server in one place after the other: their tests must see each fault.
    Faults {
        /// Only those whose file or description holds one of these words.
        only: Vec<String>,
    },
    /// Hand made-up bytes to something that reads, guided by the code they reach.
    Fuzz {
        /// A folder of `crates/zt-fuzz/corpus`.
        target: String,
        /// For how long.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Run the README's commands on a Debian that has nothing but Rust and gcc (needs root).
    Fresh(fresh::Fresh),
}

/// Reads the command line and does what it says.
///
/// # Errors
/// When the work could not be done at all; a check that failed is an exit code.
pub fn run() -> Result<ExitCode> {
    let workspace = Workspace::here();
    match Cli::parse().verb {
        Verb::Test { only } => suite::run(&workspace, &only),
        Verb::Peers => peers::install(&workspace).map(|()| ExitCode::SUCCESS),
        Verb::Bench {
            name,
            json,
            rounds,
            profile,
        } => {
            let form = if json { Form::Json } else { Form::Text };
            bench::run(&workspace, name, form, profile, rounds)
        }
        Verb::Torture { name, rounds, seed } => torture::run(&workspace, name, rounds, seed),
        Verb::Faults { only } => faults::run(&workspace, &only),
        Verb::Fuzz { target, seconds } => fuzz::run(&workspace, &target, seconds),
        Verb::Fresh(options) => fresh::run(&workspace, &options),
    }
}
