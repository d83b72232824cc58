//! The sample company, running.

use super::DOMAIN;
use super::apps::{Apps, Callers, Registered};
use super::state::DemoState;
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use zt_auth::{Credential, CredentialSecret};
use zt_crypto::file::{IfThere, write_private};
use zt_crypto::password::{PasswordPool, PoolSize};
use zt_endpoints::organisation;
use zt_events::{Actor, Body};
use zt_identity::difference::Adopt;
use zt_live::Live;
use zt_net::{Client, ClientSettings};
use zt_server::Running;
use zt_server::config::Config;
use zt_store::{Change, Plan};
use zt_types::{CredentialId, FactorKind, Secret};

/// The expenses' `client_id`, and its secret's file.
const EXPENSES: &str = "expenses";
const EXPENSES_SECRET: &str = "expenses.secret";
const APPLICATIONS_FILE: &str = "applications.toml";
const PEOPLE: &str = include_str!("organisation/people.toml");
const APPLICATIONS: &str = include_str!("organisation/applications.toml");
const POLICIES: &str = include_str!("organisation/policies.toml");
const PLACES_AND_HOURS: &str = include_str!("organisation/places-and-hours.toml");
const TERMS: &str = include_str!("organisation/terms.toml");
const POLICY_TESTS: &str = include_str!("organisation/policy-tests.toml");

/// The demo, running.
pub(crate) struct Demo {
    pub(crate) running: Running,
    pub(crate) directory: PathBuf,
    pub(crate) state: DemoState,
}

/// Starts everything: the server, the applications, the company.
pub(crate) async fn start(directory: &Path, port: u16) -> anyhow::Result<Demo> {
    zt_crypto::file::make_private_directory(directory)
        .with_context(|| format!("cannot make the demo's directory `{}`", directory.display()))?;
    let mut state = DemoState::read(directory)?.unwrap_or_default();
    if state.is_running() {
        bail!(
            "a demo is running in `{}` already, at https://id.{DOMAIN}:{}/: stop it, or give this one a directory and a port of its own (`--state DIR --port 0`)",
            directory.display(),
            state.port
        );
    }
    let apps = Apps::bind().await?;
    // Before anything else is written, so that `reset` knows the directory whatever happens next.
    state.write(directory)?;
    let running = zt_server::start(config(directory, port)?)
        .await
        .with_context(|| {
            format!("the demo cannot start on port {port} (`--port N` takes another, `--port 0` a free one)")
        })?;
    state.port = running.https().port();
    state.admin_socket = running.admin_socket().to_owned();

    let client = Client::new(ClientSettings {
        roots: vec![running.server_authority().clone()],
        ..ClientSettings::default()
    })?;
    let issuer = format!("https://id.{DOMAIN}:{}", state.port);
    write_organisation(directory, &apps)?;
    state.expenses = format!("http://{}/", apps.expenses);
    let registered = Registered {
        client: client.clone(),
        issuer: issuer.clone(),
        id: EXPENSES,
        secret: secret_of(directory)?,
        here: format!("http://{}", apps.expenses),
    };
    let callers = Callers::new(client, issuer, DOMAIN.to_owned(), state.port);
    apps.serve(&callers, registered);
    apply(running.live(), &directory.join("organisation")).await?;
    super::history::make(running.live()).await?;
    set_first_passwords(running.live(), &mut state.passwords).await?;
    state.write(directory)?;
    Ok(Demo {
        running,
        directory: directory.to_owned(),
        state,
    })
}

impl Demo {
    /// The address of a host of the demo.
    pub(crate) fn address(&self, host: &str) -> String {
        format!("https://{host}.{DOMAIN}:{}/", self.state.port)
    }

    /// Stops serving.
    pub(crate) async fn stop(self) {
        self.running.stop().await;
    }

    /// Serves until somebody says stop.
    pub(crate) async fn until_stopped(self) -> anyhow::Result<()> {
        self.running.until_stopped().await?;
        Ok(())
    }
}

/// Its clients are on this machine, so it calls them there.
fn config(directory: &Path, port: u16) -> anyhow::Result<Config> {
    let text = format!(
        "domain = \"{DOMAIN}\"\nstate_dir = \"server\"\n[listen]\nhttps = \"127.0.0.1:{port}\"\nadmin_port = 0\n\
         [outbound]\nallow = [\"127.0.0.1\", \"::1\"]\n"
    );
    Ok(Config::parse("demo", &text, std::iter::empty(), directory)?)
}

/// The company's files as they come; in that of the applications stands `//WIKI` and the like in place of addresses.
pub(crate) const fn texts() -> [(&'static str, &'static str); 6] {
    [
        (APPLICATIONS_FILE, APPLICATIONS),
        ("people.toml", PEOPLE),
        ("policies.toml", POLICIES),
        ("places-and-hours.toml", PLACES_AND_HOURS),
        ("terms.toml", TERMS),
        ("policy-tests.toml", POLICY_TESTS),
    ]
}

/// Writes the company's files, where a newcomer may change them and `sekisho apply` them.
fn write_organisation(directory: &Path, apps: &Apps) -> anyhow::Result<()> {
    let files = directory.join("organisation");
    let cannot = || format!("cannot write the company's files to `{}`", files.display());
    fs::create_dir_all(files.join("secrets")).with_context(cannot)?;
    // The applications take free ports at each start, so this one file is written anew; the others are hers to change.
    let applications = APPLICATIONS
        .replace("//WIKI", &format!("//{}", apps.wiki))
        .replace("//CHAT", &format!("//{}", apps.chat))
        .replace("//STATUS", &format!("//{}", apps.status))
        .replace("//EXPENSES", &format!("//{}", apps.expenses));
    fs::write(files.join(APPLICATIONS_FILE), applications).with_context(cannot)?;
    for (name, content) in texts() {
        if !files.join(name).exists() {
            fs::write(files.join(name), content).with_context(cannot)?;
        }
    }
    for file in ["edr.token", "vpn.token", EXPENSES_SECRET] {
        let file = files.join("secrets").join(file);
        if !file.exists() {
            let secret = zt_crypto::hash::mint_token(zt_crypto::random::bytes()?);
            write_private(&file, secret.expose().as_bytes(), IfThere::Keep).with_context(cannot)?;
        }
    }
    Ok(())
}

/// What the expenses prove themselves with.
fn secret_of(directory: &Path) -> anyhow::Result<Secret> {
    let file = directory.join("organisation/secrets").join(EXPENSES_SECRET);
    let secret =
        fs::read_to_string(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
    Ok(Secret::new(secret.trim().to_owned()))
}

/// What `sekisho apply` does, from inside.
async fn apply(live: &Live, files: &Path) -> anyhow::Result<()> {
    let read = organisation::read_directory(files)?;
    let now = live.clock().now();
    let wanted = match organisation::parse(&read, now) {
        Ok(wanted) => wanted,
        Err(problems) => {
            let lines: Vec<String> = problems.sorted().iter().map(ToString::to_string).collect();
            bail!(
                "the company's files in `{}` are wrong:\n{}",
                files.display(),
                lines.join("\n")
            )
        }
    };
    let entropy = live.entropy().clone();
    let plan = live.read(|state| {
        organisation::plan(state, &wanted, Adopt::Nothing, now, &mut || entropy.bytes())
    });
    if !plan.is_empty() {
        live.commit(plan.into_plan(&Actor::System, |actor, body| live.event(actor, body)))
            .await?;
    }
    Ok(())
}

/// Gives a first password to whoever has none. A real company invites its people instead.
async fn set_first_passwords(
    live: &Live,
    passwords: &mut BTreeMap<String, String>,
) -> anyhow::Result<()> {
    let without: Vec<_> = live.read(|state| {
        let has_factor =
            |person: &zt_identity::Person| state.credentials_of(person.id).next().is_some();
        let files = zt_identity::ManagedBy::Files;
        state
            .people
            .values()
            .filter(|p| p.managed_by == files && !has_factor(p))
            .cloned()
            .collect()
    });
    let pool = PasswordPool::new(PoolSize::for_cores(NonZeroUsize::MIN))?;
    for person in without {
        let password = zt_crypto::code::readable(&zt_crypto::random::bytes::<10>()?)
            .expose()
            .to_lowercase();
        let phc = pool.hash(Secret::new(password.clone())).await?;
        let now = live.clock().now();
        let credential = Credential {
            id: CredentialId::from_random(live.entropy().bytes()),
            person: person.id,
            name: String::new(),
            secret: CredentialSecret::Password { phc },
            created_at: now,
            last_used_at: None,
            vouched: zt_auth::Vouched::Firmly,
        };
        let enrolled = Body::CredentialEnrolled {
            person: person.id,
            credential: credential.id,
            factor: FactorKind::Password,
        };
        let event = live.event(Actor::System, enrolled);
        live.commit(Plan::new(
            vec![Change::PutCredential(credential)],
            vec![event],
        ))
        .await?;
        passwords.insert(person.login, password);
    }
    Ok(())
}
