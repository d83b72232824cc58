//! Relying parties: programs with other people's libraries, to which people sign in through the server.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::peers::{self, PeerError};
use crate::{Answer, Curl, Demo};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// Whose library a relying party is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// npm `openid-client`.
    OpenidClient,
    /// The same, with a key of its own, in these ways: `par`, `jar`, `dpop`.
    OpenidClientBound {
        /// Which, with spaces between them.
        ways: &'static str,
    },
    /// npm `openid-client`, without a browser: on a device, and for another application.
    OpenidClientWays,
    /// npm `openid-client`, which registers itself: its secret is an initial access token.
    OpenidClientRegistration,
    /// PyPI `Authlib`.
    Authlib,
    /// PyPI `idpyoidc`.
    Idpyoidc,
    /// npm `oidc-client-ts`, in a page.
    OidcClientTs,
    /// PyPI `mozilla-django-oidc`, in a Django project.
    MozillaDjangoOidc,
    /// Debian's `liblemonldap-ng-portal-perl`: the portal of LemonLDAP::NG.
    LemonLdap,
    /// Debian's `libapache2-mod-auth-openidc`, in Apache.
    ModAuthOpenidc,
    /// The crate `openidconnect`: a program of this crate, which cargo builds for its tests and names to them.
    Openidconnect {
        /// Where it is.
        program: &'static str,
    },
}

/// A client that it signs in as.
#[derive(Debug, Clone, Copy)]
pub struct Registration<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its secret, if it has one.
    pub secret: &'a str,
    /// How it authenticates.
    pub method: &'a str,
}

impl Registration<'_> {
    /// Where it writes its public keys, if it has keys: beside the organisation's files, which can name it there.
    fn keys(&self, demo: &Demo) -> PathBuf {
        let name = format!("organisation/{}.jwks.json", self.id);
        demo.state().join(name)
    }
}

/// A relying party that runs, on a port of its own on this machine. It ends with this value.
pub struct RelyingParty {
    process: Child,
    here: String,
}

impl RelyingParty {
    /// Starts one.
    ///
    /// # Errors
    /// When its packages are not installed, or it ends before it says where it is.
    pub fn start(
        library: Library,
        demo: &Demo,
        client: Registration<'_>,
    ) -> Result<Self, PeerError> {
        let (name, mut command) = match library {
            Library::OpenidClient => ("openid_client.mjs", node("openid_client.mjs", demo)?),
            Library::OpenidClientWays => (
                "openid_client_ways.mjs",
                node("openid_client_ways.mjs", demo)?,
            ),
            Library::OpenidClientRegistration => (
                "openid_client_registration.mjs",
                node("openid_client_registration.mjs", demo)?,
            ),
            Library::OidcClientTs => ("oidc_client_ts.mjs", node("oidc_client_ts.mjs", demo)?),
            Library::MozillaDjangoOidc => ("django_party.py", peers::python("django_party.py")?),
            Library::OpenidClientBound { ways } => {
                let mut party = node("openid_client_bound.mjs", demo)?;
                party.env("WAYS", ways);
                ("openid_client_bound.mjs", party)
            }
            Library::Authlib => ("authlib_client.py", peers::python("authlib_client.py")?),
            Library::Idpyoidc => ("idpyoidc_client.py", peers::python("idpyoidc_client.py")?),
            Library::LemonLdap => ("lemonldap_party.py", peers::python("lemonldap_party.py")?),
            Library::ModAuthOpenidc => ("apache_party.py", peers::python("apache_party.py")?),
            Library::Openidconnect { program } => (program, Command::new(program)),
        };
        command
            .env("ISSUER", demo.at("id", ""))
            .env("REQUESTS_CA_BUNDLE", demo.authority())
            .env("CLIENT_ID", client.id)
            .env("CLIENT_SECRET", client.secret)
            .env("METHOD", client.method)
            .env("KEYS", client.keys(demo));
        let (process, here) = started(name, command)?;
        Ok(Self { process, here })
    }

    /// One that runs already, there.
    pub(crate) fn running(process: Child, here: String) -> Self {
        Self { process, here }
    }

    /// Starts one that is a script of `node/`, which is told no more than this: it signs people in at any server.
    ///
    /// # Errors
    /// As [`RelyingParty::start`].
    pub fn of_node(script: &str, environment: &[(&str, &str)]) -> Result<Self, PeerError> {
        let mut command = script_of_node(script)?;
        command.envs(environment.iter().copied());
        let (process, here) = started(script, command)?;
        Ok(Self { process, here })
    }

    /// Where one of its pages is.
    #[must_use]
    pub fn at(&self, page: &str) -> String {
        format!("{}/{page}", self.here)
    }

    /// Opens one of its pages, goes where the browser is sent, with the messages it carries, and reads what the party says in the
    /// end.
    ///
    /// # Errors
    /// When curl gets no answer, or one that is no JSON: then somebody else's page is in between.
    pub fn asked(&self, curl: &Curl, page: &str) -> Result<Value, PeerError> {
        said(&curl.carried(curl.open(&self.at(page))?)?)
    }
}

/// Starts the npm package `oidc-provider`, and says where it is. Whoever starts it ends it.
///
/// # Errors
/// When its packages are not installed, or it ends before it says where it is.
pub fn oidc_provider(environment: &[(&str, &str)]) -> Result<(Child, String), PeerError> {
    let mut node = script_of_node("oidc_provider.mjs")?;
    node.envs(environment.iter().copied());
    started("oidc_provider.mjs", node)
}

/// Starts a program that says in its first line where it is.
pub(crate) fn started(name: &str, mut command: Command) -> Result<(Child, String), PeerError> {
    let failed = |source| PeerError::Run {
        program: name.to_owned(),
        source,
    };
    let mut process = command
        .env("PEERS", peers::home())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut here = String::new();
    if let Some(out) = process.stdout.take() {
        BufReader::new(out).read_line(&mut here).map_err(failed)?;
    }
    let here = here.trim().to_owned();
    if here.is_empty() {
        process.kill().ok();
        process.wait().ok();
        return Err(PeerError::Failed {
            program: name.to_owned(),
            output: "it ended before it said where it is".to_owned(),
        });
    }
    Ok((process, here))
}

/// Node.js with `script` of this crate's `node/`.
fn script_of_node(script: &str) -> Result<Command, PeerError> {
    let mut command = Command::new(peers::installed("node")?);
    let folder = peers::workspace().join("crates/zt-e2e/node");
    command.arg(folder.join(script));
    Ok(command)
}

/// The same, and it believes the demo.
fn node(script: &str, demo: &Demo) -> Result<Command, PeerError> {
    let mut command = script_of_node(script)?;
    command.env("NODE_EXTRA_CA_CERTS", demo.authority());
    Ok(command)
}

/// What a relying party says on this page.
///
/// # Errors
/// When it is no page of one.
pub fn said(answer: &Answer) -> Result<Value, PeerError> {
    serde_json::from_str(&answer.body).map_err(|_| PeerError::Failed {
        program: "a relying party".to_owned(),
        output: format!("{} {}\n{}", answer.status, answer.address, answer.body),
    })
}

impl Drop for RelyingParty {
    fn drop(&mut self) {
        // Asked, not killed: some have a server of their own to end.
        let asked = i32::try_from(self.process.id())
            .is_ok_and(|id| kill(Pid::from_raw(id), Signal::SIGTERM).is_ok());
        if !asked {
            self.process.kill().ok();
        }
        self.process.wait().ok();
    }
}
