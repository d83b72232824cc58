//! The real server, in this process, with a company in it.

use crate::{Account, Upstream, VisitError, Visitor};
use bytes::Bytes;
use http::{Request, Response, header};
use rustls::pki_types::CertificateDer;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;
use zt_agent::{AgentError, EnrolmentOrder, ServerTrust, StateDir, enrol, parse_server};
use zt_crypto::file::{IfThere, make_private_directory, write_private};
use zt_crypto::jose::{Keyring, TokenKeyRecord};
use zt_crypto::seal::MasterKey;
use zt_crypto::xml::{SamlKeyRecord, SamlKeyring};
use zt_device::{Facts, Ownership};
use zt_endpoints::management::wire::{
    EnrolmentCodeAnswer, EnrolmentCodeRequest, OrganisationAnswer, OrganisationRequest,
    PasswordRequest,
};
use zt_endpoints::management::{ENROLMENT_CODES, ORGANISATION_APPLY, PASSWORD};
use zt_endpoints::organisation::read_directory;
use zt_identity::difference::Adopt;
use zt_live::Live;
use zt_net::{Client, ClientError, ClientIdentity, ClientSettings, Clock, Entropy};
use zt_server::config::Config;
use zt_server::{Running, StartError, Surroundings};
use zt_types::{Language, Secret, Timestamp};

/// The domain of the server under test: names below `localhost` are this machine (RFC 6761 §6.3).
pub const DOMAIN: &str = "test.localhost";

/// The company's files, with `UPSTREAM` where its applications are.
const FILES: [(&str, &str); 3] = [
    ("people.toml", include_str!("../organisation/people.toml")),
    (
        "applications.toml",
        include_str!("../organisation/applications.toml"),
    ),
    (
        "policies.toml",
        include_str!("../organisation/policies.toml"),
    ),
];

/// Where addresses are that [`Visitor::comes_from`] can come from.
const PLACES: &str = include_str!("../organisation/places.csv");

/// The authorities by which clients' servers are believed, beside those of the system.
const AUTHORITIES: &str = "clients.pem";

/// The bearer tokens of sources and enforcement points, by id.
const TOKENS: [(&str, &str); 4] = [
    ("mdm", "mdm-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"),
    ("edr", "edr-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"),
    ("leaks", "leaks-0123456789abcdefghijklmnopqrstuvwxyzABCDE"),
    (
        "elsewhere",
        "elsewhere-0123456789abcdefghijklmnopqrstuvwxyzA",
    ),
];

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum TestkitError {
    /// It does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A file cannot be written or a port not be taken.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It does not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A visit came to nothing.
    #[error(transparent)]
    Visit(#[from] VisitError),
    /// A device could not enrol.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// The admin socket or an endpoint says no.
    #[error("`{path}` answered {status}: {body}")]
    Refused {
        /// What was asked.
        path: String,
        /// The status.
        status: u16,
        /// The answer.
        body: String,
    },
    /// The configuration or a message of this kit is wrong.
    #[error("the test kit is broken: {0}")]
    Kit(String),
}

/// The server, running. It stops with this value, and its directory goes with it.
pub struct Server {
    running: Running,
    directory: TempDir,
    upstream: Upstream,
    surroundings: Surroundings,
}

impl Server {
    /// Starts one with the machine's clock, applies the company's files and gives everybody a password.
    ///
    /// # Errors
    /// [`TestkitError`].
    pub async fn start() -> Result<Self, TestkitError> {
        Self::start_at(Clock::system()).await
    }

    /// The same with a clock of the test's own.
    ///
    /// # Errors
    /// [`TestkitError`].
    pub async fn start_at(clock: Clock) -> Result<Self, TestkitError> {
        Self::start_calling(clock, None).await
    }

    /// The same, and clients' servers are believed by these authorities too (PEM).
    ///
    /// # Errors
    /// [`TestkitError`].
    pub async fn start_calling(
        clock: Clock,
        authorities: Option<&str>,
    ) -> Result<Self, TestkitError> {
        let directory = TempDir::with_prefix("sekisho-test-")?;
        if let Some(authorities) = authorities {
            fs::write(directory.path().join(AUTHORITIES), authorities)?;
        }
        let upstream = Upstream::start().await?;
        let entropy = Entropy::system();
        let surroundings = Surroundings { clock, entropy };
        keys(&directory.path().join("state"), surroundings.clock.now())?;
        let running = serve(directory.path(), &surroundings).await?;
        let server = Self {
            running,
            directory,
            upstream,
            surroundings,
        };
        server.write_company()?;
        server.apply().await?;
        for login in ["aiko", "ben", "root"] {
            server.password(login).await?;
        }
        Ok(server)
    }

    /// Gives somebody of the company the password of her [`Account`].
    ///
    /// # Errors
    /// [`TestkitError`].
    pub async fn password(&self, login: &str) -> Result<(), TestkitError> {
        let request = PasswordRequest {
            login: login.to_owned(),
            password: password(login),
        };
        self.tell(PASSWORD, &request).await.map(drop)
    }

    /// Stops it and starts it again over the same directory, as a machine does that was restarted.
    ///
    /// # Errors
    /// [`TestkitError`].
    pub async fn restart(self) -> Result<Self, TestkitError> {
        self.running.stop().await;
        let running = serve(self.directory.path(), &self.surroundings).await?;
        Ok(Self { running, ..self })
    }

    /// The decision point.
    #[must_use]
    pub const fn live(&self) -> &Live {
        self.running.live()
    }

    /// The server itself.
    #[must_use]
    pub const fn running(&self) -> &Running {
        &self.running
    }

    /// What is behind all of its applications.
    #[must_use]
    pub const fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Its clock.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.surroundings.clock
    }

    /// The state directory.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// The company's files.
    #[must_use]
    pub fn organisation(&self) -> PathBuf {
        self.directory.path().join("organisation")
    }

    /// The authority by which its hosts are believed.
    #[must_use]
    pub fn roots(&self) -> Vec<CertificateDer<'static>> {
        vec![self.running.server_authority().clone()]
    }

    /// An address at one of its hosts.
    #[must_use]
    pub fn at(&self, host: &str, path: &str) -> String {
        format!(
            "https://{host}.{DOMAIN}:{}{path}",
            self.running.https().port()
        )
    }

    /// A browser that trusts it.
    ///
    /// # Errors
    /// [`VisitError`].
    pub fn visitor(&self, language: Language) -> Result<Visitor, VisitError> {
        Visitor::new(self.roots(), language)
    }

    /// What a person of the company knows.
    #[must_use]
    pub fn account(&self, login: &str) -> Account {
        Account::new(login, &password(login))
    }

    /// Reads the company's files again, as `sekisho apply` does.
    ///
    /// # Errors
    /// [`TestkitError`].
    pub async fn apply(&self) -> Result<OrganisationAnswer, TestkitError> {
        let read = read_directory(&self.organisation());
        let files = read.map_err(|error| TestkitError::Kit(error.to_string()))?;
        let adopt = Adopt::default();
        self.ask(
            ORGANISATION_APPLY,
            &OrganisationRequest {
                files,
                adopt,
                why: None,
            },
        )
        .await
    }

    /// Enrols a device of `login` with that host name, and gives what it shows in TLS. The agent's files stay in the
    /// directory.
    ///
    /// # Errors
    /// [`TestkitError`].
    pub async fn device(
        &self,
        login: &str,
        hostname: &str,
    ) -> Result<ClientIdentity, TestkitError> {
        let request = EnrolmentCodeRequest {
            login: login.to_owned(),
            ownership: Ownership::Company,
        };
        let answer: EnrolmentCodeAnswer = self.ask(ENROLMENT_CODES, &request).await?;
        let agent = self.agent(login, hostname);
        let order = EnrolmentOrder {
            server: parse_server(&self.at("id", ""))?,
            trust: ServerTrust::from_file(&self.running.server_authority_file())?,
            code: Secret::new(answer.code),
            name: hostname.to_owned(),
            facts: Facts {
                hostname: hostname.to_owned(),
                os: "Debian GNU/Linux 12 (bookworm)".to_owned(),
                serial: None,
            },
        };
        enrol(&agent, &order).await?;
        Ok(agent.read()?.identity())
    }

    /// Where the agent of a device keeps its files.
    #[must_use]
    pub fn agent(&self, login: &str, hostname: &str) -> StateDir {
        let name = format!("{login}-{hostname}");
        StateDir::new(self.directory.path().join("agents").join(name))
    }

    /// Sends a signal of a source: bytes as they are.
    ///
    /// # Errors
    /// [`TestkitError`]; an error status is an answer.
    pub async fn signal(&self, source: &str, body: Bytes) -> Result<Response<Bytes>, TestkitError> {
        let token = TOKENS.iter().find(|(id, _)| *id == source);
        let token = token.map_or("", |(_, token)| *token);
        let request = Request::post(self.at("id", zt_endpoints::SIGNALS_PATH))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body);
        let request = request.map_err(|error| TestkitError::Kit(error.to_string()))?;
        let client = Client::new(ClientSettings {
            roots: self.roots(),
            ..ClientSettings::default()
        })?;
        Ok(client.send(request).await?)
    }

    /// A detection finding of malware on a device: `Finding::New` or `Finding::Resolved`.
    #[must_use]
    pub fn finding(&self, uid: &str, hostname: &str, finding: Finding) -> Bytes {
        let (activity, status) = match finding {
            Finding::New => (1, 1),
            Finding::Resolved => (3, 4),
        };
        let event = serde_json::json!({
            "class_uid": 2004, "category_uid": 2, "activity_id": activity, "type_uid": 200_400 + activity,
            "status_id": status, "severity_id": 5,
            "time": self.clock().now().as_millis(),
            "metadata": { "version": "1.8.0", "product": { "name": "Test EDR", "vendor_name": "Sekisho" } },
            "finding_info": { "uid": uid, "title": "Emotet", "types": ["malware"] },
            "device": { "hostname": hostname, "type_id": 2 },
        });
        Bytes::from(event.to_string())
    }

    /// Asks over the admin socket and reads the answer.
    ///
    /// # Errors
    /// [`TestkitError`].
    pub async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        request: &impl Serialize,
    ) -> Result<T, TestkitError> {
        let body = self.tell(path, request).await?;
        serde_json::from_slice(&body).map_err(|error| TestkitError::Kit(error.to_string()))
    }

    async fn tell(&self, path: &str, request: &impl Serialize) -> Result<Bytes, TestkitError> {
        let kit = |error: &dyn std::fmt::Display| TestkitError::Kit(error.to_string());
        let body = serde_json::to_vec(request).map_err(|error| kit(&error))?;
        let request = Request::post(format!("http://localhost{path}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))
            .map_err(|error| kit(&error))?;
        let answer = self.admin()?.send(request).await?;
        if answer.status().is_success() {
            return Ok(answer.into_body());
        }
        Err(TestkitError::Refused {
            path: path.to_owned(),
            status: answer.status().as_u16(),
            body: String::from_utf8_lossy(answer.body()).into_owned(),
        })
    }

    /// A client of the admin socket.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn admin(&self) -> Result<Client, ClientError> {
        Client::new(ClientSettings {
            unix_socket: Some(self.running.admin_socket().to_owned()),
            ..ClientSettings::default()
        })
    }

    fn write_company(&self) -> io::Result<()> {
        let files = self.organisation();
        fs::create_dir_all(files.join("secrets"))?;
        let upstream = self.upstream.address().to_string();
        for (name, text) in FILES {
            fs::write(files.join(name), text.replace("UPSTREAM", &upstream))?;
        }
        for (source, token) in TOKENS {
            fs::write(files.join(format!("secrets/{source}.token")), token)?;
        }
        Ok(())
    }
}

/// What a source says of its finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// It is there.
    New,
    /// It has been dealt with.
    Resolved,
}

/// A master key, as its file has it, and token keys sealed with it.
struct Keys {
    master: Vec<u8>,
    tokens: Vec<TokenKeyRecord>,
    saml: Vec<SamlKeyRecord>,
}

/// Puts the keys of tokens and of SAML into a state directory before the first start: the same for all servers of a test's process, since RSA
/// keys take time. What else a server keeps it makes itself.
fn keys(state: &Path, now: Timestamp) -> Result<(), TestkitError> {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    let kit = |error: &dyn std::fmt::Display| TestkitError::Kit(error.to_string());
    let make = || {
        let directory = TempDir::with_prefix("sekisho-keys-")?;
        let file = directory.path().join("master.key");
        let master = MasterKey::load_or_create(&file).map_err(|error| kit(&error))?;
        let tokens = Keyring::completed(Vec::new(), &master, now).map_err(|error| kit(&error))?;
        let saml = SamlKeyring::completed(Vec::new(), &master, "関所商事", now)
            .map_err(|error| kit(&error))?;
        let master = fs::read(file)?;
        Ok::<_, TestkitError>(Keys {
            master,
            tokens,
            saml,
        })
    };
    let made = match KEYS.get() {
        Some(made) => made,
        None => {
            let made = make()?;
            KEYS.get_or_init(|| made)
        }
    };
    let mut tokens = made.tokens.clone();
    for key in &mut tokens {
        key.since = now;
    }
    let mut saml = made.saml.clone();
    for key in &mut saml {
        key.since = now;
    }
    let tokens = serde_json::to_vec(&tokens).map_err(|error| kit(&error))?;
    let saml = serde_json::to_vec(&saml).map_err(|error| kit(&error))?;
    make_private_directory(state)?;
    make_private_directory(&state.join("keys"))?;
    write_private(&state.join("master.key"), &made.master, IfThere::Keep)?;
    write_private(&state.join("keys/token-keys.json"), &tokens, IfThere::Keep)?;
    write_private(&state.join("keys/saml-keys.json"), &saml, IfThere::Keep)?;
    Ok(())
}

async fn serve(directory: &Path, surroundings: &Surroundings) -> Result<Running, TestkitError> {
    fs::write(directory.join("places.csv"), PLACES)?;
    let trusted = match directory.join(AUTHORITIES).exists() {
        true => format!("authorities_file = \"{AUTHORITIES}\"\n"),
        false => String::new(),
    };
    let text = format!(
        "domain = \"{DOMAIN}\"\nstate_dir = \"state\"\n[listen]\nhttps = \"127.0.0.1:0\"\nadmin_port = 0\n\
         trusted_proxies = [\"127.0.0.1\"]\n[outbound]\nallow = [\"127.0.0.1\"]\n{trusted}\
         [places]\nfile = \"places.csv\"\n"
    );
    let config = Config::parse("the test kit", &text, std::iter::empty(), directory);
    let config = config.map_err(|error| TestkitError::Kit(error.to_string()))?;
    Ok(zt_server::start_in(config, surroundings.clone()).await?)
}

fn password(login: &str) -> String {
    format!("Kaki no ki no {login} 1961")
}
