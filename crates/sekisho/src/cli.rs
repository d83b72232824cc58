//! The verbs, and what their ends mean.

mod agent;
mod audit;
mod manage;
mod organisation;
mod output;
mod policy;
mod registration;
mod serve;
mod socket;

pub(crate) use output::{Failure, Output};

use crate::demo::{self, DemoArgs};
use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// Verify every passage: a self-hosted zero-trust access platform
#[derive(Debug, Parser)]
#[command(
    name = "sekisho",
    version,
    propagate_version = true,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(
    after_help = "New here? `sekisho demo` starts a whole installation with a small company in it.\n\n\
    Exit codes: 0 done · 1 the thing asked about is not so · 2 wrong use · 3 cannot reach something needed"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start a whole installation with a sample company, without configuration
    Demo(DemoArgs),
    /// Serve: sign-in, portal, console, gateway
    Serve(serve::ServeArgs),
    /// Check the organisation's files, without a server
    Check(organisation::CheckArgs),
    /// Apply the organisation's files to a running server
    Apply(organisation::ApplyArgs),
    /// Show how a running server is
    Status(ServerArgs),
    /// See and end live sessions
    #[command(subcommand)]
    Session(manage::SessionCommand),
    /// See the policies in force; test, plan, explain, replay and take back changes of them
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Set a person's password, let her reset it, or demand that she does
    #[command(subcommand)]
    Person(manage::PersonCommand),
    /// Make a one-time code with which a device enrols
    #[command(subcommand)]
    Device(manage::DeviceCommand),
    /// Let programs register themselves as clients, with tokens that are limited
    #[command(subcommand)]
    Registration(registration::RegistrationCommand),
    /// Make a sign-in link for an account of last resort
    #[command(subcommand)]
    BreakGlass(manage::BreakGlassCommand),
    /// Verify, mark and export the sealed event log
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Enrol this device and keep its certificate
    #[command(subcommand)]
    Agent(agent::AgentCommand),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// Which configuration.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigArgs {
    /// Configuration of the server; it names the state directory, which holds all the rest
    #[arg(long, value_name = "FILE", default_value = "/etc/sekisho/sekisho.toml")]
    config: PathBuf,
}

/// Which server a verb acts on.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServerArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Admin socket of the server, instead of the one the configuration leads to
    #[arg(long, value_name = "SOCKET")]
    socket: Option<PathBuf>,
}

/// Does what was asked.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    let output = if cli.json { Output::Json } else { Output::Text };
    match cli.verb {
        Verb::Demo(args) => demo::run(args, output).await.map_err(Failure::of),
        Verb::Serve(args) => serve::serve(args).await,
        Verb::Check(args) => organisation::check(&args, output),
        Verb::Apply(args) => organisation::apply(args, output).await,
        Verb::Status(server) => manage::status(&server, output).await,
        Verb::Session(command) => manage::session(command, output).await,
        Verb::Policy(command) => policy::policy(command, output).await,
        Verb::Person(command) => manage::person(command, output).await,
        Verb::Device(command) => manage::device(command, output).await,
        Verb::Registration(command) => registration::registration(command, output).await,
        Verb::BreakGlass(command) => manage::break_glass(command, output).await,
        Verb::Audit(command) => audit::audit(command, output),
        Verb::Agent(command) => agent::agent(command, output).await,
        Verb::Completions { shell } => {
            // By way of memory: the generator panics when a pipe is closed.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "sekisho", &mut script);
            output::write(&script)
        }
    }
}

#[cfg(test)]
mod tests;
