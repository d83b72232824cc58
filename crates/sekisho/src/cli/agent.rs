//! `sekisho agent`: this device's identity.

use super::{Failure, Output};
use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use std::io::Read;
use std::path::PathBuf;
use zt_agent::nss::Store;
use zt_agent::{
    AgentError, EnrolmentOrder, Renewed, ServerTrust, StateDir, When, browser_certificate, enrol,
    import_instructions, leave, machine_facts, parse_server, renew, status,
};
use zt_net::{ClientError, Clock};
use zt_types::{Language, Secret};

#[derive(Debug, Subcommand)]
pub(super) enum AgentCommand {
    /// Enrol this device with a one-time code from the portal; the key is made here and never leaves
    Enroll(EnrollArgs),
    /// Get a certificate for the browser of a device that is enrolled
    Browser(BrowserArgs),
    /// Show who this device is and until when
    Status {
        #[command(flatten)]
        state: StateArgs,
    },
    /// Renew the certificate, if it is time
    Renew {
        #[command(flatten)]
        state: StateArgs,
        /// Renew even if it is not time yet
        #[arg(long)]
        now: bool,
    },
    /// Give this device up: its certificates are revoked, its key is removed
    Leave {
        #[command(flatten)]
        state: StateArgs,
    },
}

/// Where the agent keeps its identity.
#[derive(Debug, Args)]
pub(super) struct StateArgs {
    /// Directory that holds this device's identity [default: ~/.local/state/sekisho-agent]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct EnrollArgs {
    /// Address of the sign-in site, such as https://id.example.jp
    #[arg(long, value_name = "URL")]
    server: String,
    /// One-time code from the portal; `-` reads it from standard input
    #[arg(long)]
    code: String,
    /// What this device is called [default: its host name]
    #[arg(long)]
    name: Option<String>,
    /// Authorities that vouch for the server, in PEM [default: those this machine trusts]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Also get a certificate for the browser, with a key of its own
    #[arg(long)]
    browser: bool,
    #[command(flatten)]
    into: BrowserStore,
    #[command(flatten)]
    state: StateArgs,
}

#[derive(Debug, Args)]
pub(super) struct BrowserArgs {
    #[command(flatten)]
    into: BrowserStore,
    #[command(flatten)]
    state: StateArgs,
}

/// Where a browser's certificate goes.
#[derive(Debug, Args)]
pub(super) struct BrowserStore {
    /// Put the browser's certificate straight into this certificate store (Chromium on Linux: ~/.pki/nssdb)
    #[arg(long, value_name = "DIR")]
    nss: Option<PathBuf>,
    /// Language of the instructions [default: by LANG]
    #[arg(long, env = "LANG", hide_env = true, value_parser = crate::demo::language, default_value = "en", hide_default_value = true)]
    lang: Language,
}

impl StateArgs {
    fn directory(&self) -> Result<StateDir, Failure> {
        let path = match &self.state {
            Some(path) => path.clone(),
            None => std::env::home_dir()
                .context("there is no home directory: name one for the agent with `--state DIR`")
                .map_err(Failure::usage)?
                .join(".local/state/sekisho-agent"),
        };
        Ok(StateDir::new(path))
    }
}

fn failure(error: AgentError) -> Failure {
    if error.is_unreachable() {
        Failure::unreachable(error.into())
    } else {
        Failure::of(error.into())
    }
}

pub(super) async fn agent(command: AgentCommand, output: Output) -> Result<(), Failure> {
    let now = Clock::system().now();
    match command {
        AgentCommand::Enroll(args) => enroll(args, output).await,
        AgentCommand::Browser(args) => browser(&args.state.directory()?, args.into, output).await,
        AgentCommand::Status { state } => {
            let found = status(&state.directory()?, now).map_err(failure)?;
            let value = serde_json::json!({
                "server": found.server, "device": found.device, "name": found.name,
                "not_after": found.certificate.not_after.to_rfc3339(),
            });
            output.print(&value, |_| {
                format!(
                    "{} ({}) at {}\ncertificate valid until {}",
                    found.name, found.device, found.server, found.certificate.not_after
                )
            })
        }
        AgentCommand::Renew {
            state,
            now: at_once,
        } => {
            let when = if at_once { When::Now } else { When::IfDue };
            let renewed = renew(&state.directory()?, when, now)
                .await
                .map_err(failure)?;
            let (done, text) = match renewed {
                Renewed::Until(until) => (true, format!("renewed; valid until {until}")),
                Renewed::NotBefore(from) => {
                    (false, format!("not yet: it can be renewed from {from} on"))
                }
            };
            output.print(&serde_json::json!({ "renewed": done }), |_| text)
        }
        AgentCommand::Leave { state } => {
            leave(&state.directory()?).await.map_err(failure)?;
            output.print(&serde_json::json!({ "left": true }), |_| {
                "this device is given up: its certificates no longer count, its key is gone"
                    .to_owned()
            })
        }
    }
}

async fn enroll(args: EnrollArgs, output: Output) -> Result<(), Failure> {
    let state = args.state.directory()?;
    let trust = match &args.ca {
        Some(file) => ServerTrust::from_file(file),
        None => ServerTrust::of_the_system(),
    };
    let facts = machine_facts();
    let order = EnrolmentOrder {
        server: parse_server(&args.server).map_err(|error| Failure::usage(error.into()))?,
        trust: trust.map_err(failure)?,
        code: Secret::new(code(&args.code)?),
        name: args.name.unwrap_or_else(|| facts.hostname.clone()),
        facts,
    };
    let enrolled = enrol(&state, &order).await.map_err(|error| {
        let is_strange = matches!(
            &error,
            AgentError::Unreachable {
                source: ClientError::Tls { .. },
                ..
            }
        );
        let told = failure(error);
        if is_strange && args.ca.is_none() {
            told.within("is the server's authority one this machine trusts? If it is Sekisho's own, name its certificate with `--ca FILE` (`server-ca.pem` in the server's state directory)")
        } else {
            told
        }
    })?;
    let value = serde_json::json!({
        "device": enrolled.device, "name": enrolled.name, "not_after": enrolled.not_after.to_rfc3339(),
        "identity": state.identity_file(),
    });
    output.print(&value, |_| {
        format!(
            "enrolled as `{}` ({})\ncertificate valid until {}, in {}",
            enrolled.name,
            enrolled.device,
            enrolled.not_after,
            state.identity_file().display()
        )
    })?;
    if args.browser || args.into.nss.is_some() {
        browser(&state, args.into, output).await
    } else {
        Ok(())
    }
}

/// A certificate for the browser: a file to import, or straight into a store.
async fn browser(state: &StateDir, into: BrowserStore, output: Output) -> Result<(), Failure> {
    let file = state.path().join("browser.p12");
    let certificate = browser_certificate(state, &file).await.map_err(failure)?;
    let Some(directory) = into.nss else {
        return output.print(&serde_json::json!({ "file": certificate.file, "password": certificate.password.expose() }), |_| {
            format!("\n{}", import_instructions(&certificate, into.lang))
        });
    };
    let store = Store::open_or_create(&directory).await.map_err(failure)?;
    store.import(&certificate).await.map_err(failure)?;
    // The key is in the store now; a second copy would only wait to be stolen.
    std::fs::remove_file(&certificate.file)
        .with_context(|| format!("cannot remove `{}`", certificate.file.display()))
        .map_err(Failure::of)?;
    output.print(
        &serde_json::json!({ "nss": directory, "name": certificate.store_name }),
        |_| {
            format!(
                "browser certificate valid until {} put into {} as `{}`; restart the browser",
                certificate.not_after,
                directory.display(),
                certificate.store_name
            )
        },
    )
}

fn code(given: &str) -> Result<String, Failure> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let mut code = String::new();
    std::io::stdin()
        .take(256)
        .read_to_string(&mut code)
        .context("the code is read from standard input")
        .map_err(Failure::usage)?;
    let code = code.trim().to_owned();
    if code.is_empty() {
        Err(Failure::usage(anyhow!(
            "there is no code on standard input"
        )))
    } else {
        Ok(code)
    }
}
