//! The configuration: a TOML file, the environment over it, secrets in files of their own.

mod form;

pub use form::{FORM, VARIABLE_PREFIX};

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use zt_identity::form::{Kind, Record, Table, print, read};
use zt_identity::problem::{Place, Problem, Problems, Wrong, nearest};
use zt_live::Proxies;
use zt_net::Limits;
use zt_policy::{AddressRange, RangeError};

/// Everything that can be configured.
#[derive(Debug, Clone)]
pub struct Config {
    /// The parent of all host names: `id.<domain>`, `<application>.<domain>`.
    pub domain: String,
    /// The organisation's name.
    pub organisation: String,
    /// The port that browsers reach the listener at, if it is not the one it is bound to.
    pub public_port: Option<u16>,
    /// Where everything is kept.
    pub state_dir: PathBuf,
    /// Where the HTTPS listener is bound; port 0 takes a free one.
    pub https: SocketAddr,
    /// The proxies in front whose word about the address is taken.
    pub trusted_proxies: Proxies,
    /// The table that says where addresses are.
    pub places_file: Option<PathBuf>,
    /// What may be called for clients although it is not public.
    pub outbound_allow: Vec<AddressRange>,
    /// The authorities that are trusted there beside the system's.
    pub outbound_authorities: Option<PathBuf>,
    /// The port on 127.0.0.1 where health and metrics are; 0 takes a free one.
    pub admin_port: u16,
    /// The file of the key that seals secrets at rest.
    pub master_key_file: PathBuf,
    /// Where the hosts' own certificates are; Sekisho's own authority issues those that are not there.
    pub certificates_dir: Option<PathBuf>,
    /// How many passwords are hashed at once, and how many more may wait.
    pub password_hashing: PasswordHashing,
    /// The listener's limits.
    pub limits: Limits,
    /// What is logged, as a filter of `tracing`.
    pub log_filter: String,
    /// How it is logged.
    pub log_format: LogFormat,
    record: Record,
}

/// Bounds on hashing passwords: each takes 19 MiB and some tens of milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordHashing {
    /// At once.
    pub at_once: u32,
    /// Waiting; more are turned away.
    pub waiting: u32,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// The configuration cannot be used; nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// It is read, and wrong.
    #[error("{}", told(.0))]
    Wrong(Vec<Problem>),
}

fn told(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}

impl Config {
    /// Reads the file, then lays the variables over it. Relative paths are taken from the directory of the file.
    ///
    /// # Errors
    /// [`ConfigError`]: everything that is wrong, at once.
    pub fn load(
        path: &Path,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        let directory = path.parent().unwrap_or_else(|| Path::new(""));
        Self::parse(&path.display().to_string(), &text, environment, directory)
    }

    /// Reads a text, called `file` in what is said about it.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`].
    pub fn parse(
        file: &str,
        text: &str,
        environment: impl Iterator<Item = (String, String)>,
        directory: &Path,
    ) -> Result<Self, ConfigError> {
        let mut problems = Problems::default();
        let mut record = read(&FORM, file, text, &mut problems);
        lay_over(&mut record, environment, &mut problems);
        // The one key that must be there may come from the environment as well.
        if record.text("domain").is_some() {
            problems.retain(|problem| {
                !matches!(&problem.wrong, Wrong::MissingKey { key, .. } if key == "domain")
            });
        }
        record.fill(&FORM);
        let mut ranges = |table, key| ranges(&record, (table, key), (file, text), &mut problems);
        let trusted_proxies = Proxies::new(ranges("listen", "trusted_proxies"));
        let outbound_allow = ranges("outbound", "allow");
        match Self::extract(record, trusted_proxies, outbound_allow, directory) {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(ConfigError::Wrong(problems.sorted())),
        }
    }

    /// The whole configuration as TOML, as it holds now.
    #[must_use]
    pub fn to_toml(&self) -> String {
        print(&FORM, &self.record)
    }

    fn extract(
        record: Record,
        trusted_proxies: Proxies,
        outbound_allow: Vec<AddressRange>,
        directory: &Path,
    ) -> Option<Self> {
        let path = |text: &str| directory.join(text);
        let listen = record.table("listen")?;
        let keys = record.table("keys")?;
        let tls = record.table("tls")?;
        let passwords = record.table("passwords")?;
        let log = record.table("log")?;
        let number = |table: &Record, key| u32::try_from(table.number(key)?).ok();
        let state_dir = path(record.text("state_dir")?);
        Some(Self {
            domain: record.text("domain")?.to_owned(),
            organisation: record.text("organisation")?.to_owned(),
            public_port: listen
                .number("public_port")
                .and_then(|port| u16::try_from(port).ok()),
            https: listen.text("https")?.parse().ok()?,
            trusted_proxies,
            places_file: record.table("places")?.text("file").map(path),
            outbound_allow,
            outbound_authorities: record.table("outbound")?.text("authorities_file").map(path),
            admin_port: u16::try_from(listen.number("admin_port")?).ok()?,
            master_key_file: keys
                .text("master_key_file")
                .map_or_else(|| state_dir.join("master.key"), path),
            certificates_dir: tls.text("certificates_dir").map(path),
            password_hashing: PasswordHashing {
                at_once: number(passwords, "at_once")?,
                waiting: number(passwords, "waiting")?,
            },
            limits: limits(record.table("limits")?)?,
            log_filter: log.text("filter")?.to_owned(),
            log_format: match log.text("format")? {
                "json" => LogFormat::Json,
                _ => LogFormat::Text,
            },
            state_dir,
            record,
        })
    }
}

/// The ranges of addresses that a list names; each that cannot be read is noted.
fn ranges(
    record: &Record,
    (table, key): (&str, &str),
    (file, text): (&str, &str),
    problems: &mut Problems,
) -> Vec<AddressRange> {
    let mut ranges = Vec::new();
    let named = record.table(table).into_iter();
    for (written, span) in named.flat_map(|table| table.list(key)) {
        match written.parse() {
            Ok(range) => ranges.push(range),
            Err(error) => {
                let wrong = Wrong::Unreadable {
                    key: key.to_owned(),
                    why: RangeError::to_string(&error),
                };
                problems.add(Place::new(file, text, span), wrong);
            }
        }
    }
    ranges
}

fn limits(table: &Record) -> Option<Limits> {
    let wide = |key| u64::try_from(table.number(key)?).ok();
    let narrow = |key| u32::try_from(table.number(key)?).ok();
    Some(Limits {
        max_connections: narrow("max_connections")?,
        handshake_timeout_ms: wide("handshake_timeout_ms")?,
        header_timeout_ms: wide("header_timeout_ms")?,
        write_stall_timeout_ms: wide("write_stall_timeout_ms")?,
        body_stall_timeout_ms: wide("body_stall_timeout_ms")?,
        max_head_bytes: narrow("max_head_bytes")?,
        max_headers: narrow("max_headers")?,
        max_streams: narrow("max_streams")?,
        ping_interval_ms: wide("ping_interval_ms")?,
        shutdown_grace_ms: wide("shutdown_grace_ms")?,
    })
}

fn lay_over(
    record: &mut Record,
    environment: impl Iterator<Item = (String, String)>,
    problems: &mut Problems,
) {
    let settings = variables(&FORM, &[]);
    for (name, value) in environment {
        if !name.starts_with(VARIABLE_PREFIX) {
            continue;
        }
        let wrong = match settings.iter().find(|path| variable(path) == name) {
            Some(path) => record.overlay(&FORM, path, &value).err().flatten(),
            None => {
                let known: Vec<String> = settings.iter().map(|path| variable(path)).collect();
                Some(Wrong::UnknownKey {
                    nearest: nearest(&name, known.iter().map(String::as_str)),
                    key: name.clone(),
                    within: "the environment".to_owned(),
                    known: FORM.keys.iter().map(|key| key.name).collect(),
                })
            }
        };
        if let Some(wrong) = wrong {
            problems.add(Place::whole(&name), wrong);
        }
    }
}

/// The variable that lies over the setting at `path`, such as `SEKISHO_LISTEN_HTTPS`.
#[must_use]
pub fn variable(path: &[&str]) -> String {
    format!("{VARIABLE_PREFIX}{}", path.join("_").to_ascii_uppercase())
}

/// The paths of all settings.
fn variables(table: &'static Table, path: &[&'static str]) -> Vec<Vec<&'static str>> {
    let mut paths = Vec::new();
    for key in table.keys {
        let path: Vec<&str> = path.iter().copied().chain([key.name]).collect();
        match key.kind {
            Kind::Table(inner) => paths.extend(variables(inner, &path)),
            _ => paths.push(path),
        }
    }
    paths
}

#[cfg(test)]
mod tests;
