//! `sekisho demo`: a whole installation with a small company in it, in one command and without configuration.
//!
//! It is the real server on real listeners; only its organisation is made up. Everything it keeps stands in one
//! directory, and removing that directory undoes it.

mod apps;
mod browser;
mod chance;
mod company;
mod history;
mod state;
mod story;
mod words;

use crate::cli::Output;
use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use zt_types::Language;

/// The demo's domain: names below `localhost` are this machine without any set-up (RFC 6761 §6.3).
pub(crate) const DOMAIN: &str = "sekisho.localhost";

/// The demo's browser that is meant where none is named.
const USUAL_BROWSER: &str = "laptop";

/// What `sekisho demo` is told.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    #[command(subcommand)]
    pub(crate) what: Option<DemoCommand>,
    /// Port of the HTTPS listener on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8443)]
    pub(crate) port: u16,
    /// Directory that holds everything the demo keeps [default: ~/.local/state/sekisho-demo]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) state: Option<PathBuf>,
    /// Play a story by itself against the running demo (or one started for it), with the time each step took
    #[arg(long, value_name = "STORY")]
    pub(crate) story: Option<Story>,
    /// Language of what is printed [default: by LANG]
    #[arg(long, global = true, env = "LANG", hide_env = true, value_parser = language, default_value = "en", hide_default_value = true)]
    pub(crate) lang: Language,
}

/// What else `sekisho demo` does.
#[derive(Debug, Subcommand)]
pub(crate) enum DemoCommand {
    /// Open a Chromium of its own that trusts the demo, without touching your browser
    Browser {
        /// Which of the demo's browsers: each has a profile and device certificates of its own
        #[arg(long, default_value = USUAL_BROWSER)]
        name: String,
    },
    /// Remove everything the demo keeps
    Reset,
}

/// The stories the demo can play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Story {
    /// A device is infected: it loses every application at once, its owner's other device goes on, and access comes back
    InfectedDevice,
}

/// `ja_JP.UTF-8` and the like; everything but Japanese is English.
pub(crate) fn language(locale: &str) -> Result<Language, std::convert::Infallible> {
    Ok(Language::from_tag(locale.split('.').next().unwrap_or_default()).unwrap_or(Language::En))
}

/// Where the demo keeps everything, if nobody says otherwise.
fn usual_directory() -> anyhow::Result<PathBuf> {
    Ok(std::env::home_dir()
        .context("there is no home directory: name one for the demo with `--state DIR`")?
        .join(".local/state/sekisho-demo"))
}

/// Runs the demo, or one of its parts.
pub(crate) async fn run(args: DemoArgs, output: Output) -> anyhow::Result<()> {
    let directory = match args.state {
        Some(directory) => directory,
        None => usual_directory()?,
    };
    match (args.what, args.story) {
        (Some(DemoCommand::Browser { name }), _) => {
            browser::open(&directory, &name, args.lang).await
        }
        (Some(DemoCommand::Reset), _) => {
            state::reset(&directory)?;
            println!("removed {}", directory.display());
            Ok(())
        }
        (None, Some(Story::InfectedDevice)) => {
            story::infected_device(&directory, args.port, args.lang, output).await
        }
        (None, None) => {
            let demo = company::start(&directory, args.port).await?;
            words::welcome(&demo, args.lang, output);
            demo.until_stopped().await
        }
    }
}

#[cfg(test)]
mod tests;
