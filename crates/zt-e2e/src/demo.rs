//! `sekisho demo`, running as a process of its own, as a newcomer starts it.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};
use serde_json::Value;
use tempfile::TempDir;

use crate::peers::{self, PeerError};

/// The domain of the demo.
const DOMAIN: &str = "sekisho.localhost";

/// Its state directory, in the folder.
const STATE: &str = "state";

/// What the demo prints when it can be used.
const READY: &str = "ready";

/// A running demo. It ends with this value, and its folder with it.
#[derive(Debug)]
pub struct Demo {
    process: Child,
    binary: PathBuf,
    folder: TempDir,
    state: PathBuf,
    told: Value,
}

impl Demo {
    /// Starts one on a free port, in a fresh folder, and waits until it says that it is ready.
    ///
    /// # Errors
    /// When the program cannot be built or started, or ends before it is ready.
    pub fn start() -> Result<Self, PeerError> {
        let failed = |source| PeerError::Run {
            program: "sekisho demo".to_owned(),
            source,
        };
        let binary = peers::sekisho()?;
        let folder = TempDir::with_prefix("sekisho-e2e-").map_err(failed)?;
        let state = folder.path().join(STATE);
        let (process, told) = begin(&binary, folder.path(), 0)?;
        Ok(Self {
            process,
            binary,
            state,
            folder,
            told,
        })
    }

    /// Ends it in the middle of whatever it does, as a power cut would (SIGKILL).
    pub fn kill(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }

    /// Starts it again after [`Demo::kill`]: the same folder, the same port.
    ///
    /// # Errors
    /// As [`Demo::start`].
    pub fn again(&mut self) -> Result<(), PeerError> {
        let (process, told) = begin(&self.binary, self.folder.path(), self.port())?;
        (self.process, self.told) = (process, told);
        Ok(())
    }

    /// The program.
    #[must_use]
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// Everything it keeps.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// What it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The authority its hosts are believed by (PEM).
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.state.join("server/server-ca.pem")
    }

    /// The port of its HTTPS listener.
    #[must_use]
    pub fn port(&self) -> u64 {
        let port = self.told.get("port").and_then(Value::as_u64);
        port.unwrap_or_default()
    }

    /// An address at one of its hosts.
    #[must_use]
    pub fn at(&self, host: &str, path: &str) -> String {
        format!("https://{host}.{DOMAIN}:{}{path}", self.port())
    }

    /// The first password of a person.
    #[must_use]
    pub fn password(&self, login: &str) -> &str {
        let all = self.told.get("passwords").and_then(|all| all.get(login));
        all.and_then(Value::as_str).unwrap_or_default()
    }

    /// Runs the program with `words`, as on a machine of that host name: in a UTS namespace of its own (unshare(1)).
    ///
    /// # Errors
    /// When it fails.
    pub fn run_on(&self, hostname: &str, words: &[&str]) -> Result<String, PeerError> {
        let naming = "echo \"$1\" > /proc/sys/kernel/hostname && shift && exec \"$@\"";
        let mut command = Command::new("unshare");
        // Root needs no user namespace of its own, and in a chroot it gets none.
        if !Uid::effective().is_root() {
            command.arg("--map-root-user");
        }
        command.args(["--uts", "sh", "-c", naming, "sh"]);
        command.arg(hostname).arg(&self.binary).args(words);
        peers::outcome("sekisho", &mut command)
    }

    /// Puts the organisation's files in force, as its administrator does.
    ///
    /// # Errors
    /// When they are wrong.
    pub fn apply(&self) -> Result<String, PeerError> {
        let mut command = Command::new(&self.binary);
        command.args(["apply", "-f"]);
        command.arg(self.state.join("organisation"));
        command
            .arg("--socket")
            .arg(self.state.join("server/admin.sock"));
        peers::outcome("sekisho apply", &mut command)
    }

    /// Ends all sessions of a person, as an administrator does.
    ///
    /// # Errors
    /// When it fails.
    pub fn end_sessions(&self, login: &str) -> Result<String, PeerError> {
        let mut command = Command::new(&self.binary);
        command.args(["session", "end", login, "--socket"]);
        command.arg(self.state.join("server/admin.sock"));
        peers::outcome("sekisho session end", &mut command)
    }

    /// The bearer token of its endpoint protection.
    ///
    /// # Errors
    /// When the file is not there.
    pub fn token(&self) -> Result<String, PeerError> {
        let path = self.state.join("organisation/secrets/edr.token");
        let token = fs::read_to_string(&path).map_err(|_| PeerError::Missing(path))?;
        Ok(token.trim().to_owned())
    }

    /// What a browser script is told, beside what `more` says.
    #[must_use]
    pub fn environment<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut all = vec![
            ("ZT_DEMO", self.state.to_str().unwrap_or_default()),
            ("ZT_BIN", self.binary.to_str().unwrap_or_default()),
        ];
        all.extend_from_slice(more);
        all
    }
}

/// Starts the program and waits until it can be used.
fn begin(binary: &Path, folder: &Path, port: u64) -> Result<(Child, Value), PeerError> {
    let failed = |source| PeerError::Run {
        program: "sekisho demo".to_owned(),
        source,
    };
    let (log, state) = (folder.join("log"), folder.join(STATE));
    let mut process = Command::new(binary)
        .args(["demo", "--lang", "en", "--port", &port.to_string()])
        .arg("--state")
        .arg(&state)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(&log).map_err(failed)?)
        .spawn()
        .map_err(failed)?;
    let mut said = Vec::new();
    let out = process.stdout.take();
    for line in out.into_iter().flat_map(|out| BufReader::new(out).lines()) {
        let line = line.map_err(failed)?;
        if line.trim_start().starts_with(READY) {
            let told = fs::read(state.join("demo.json")).map_err(failed)?;
            return Ok((process, serde_json::from_slice(&told).unwrap_or_default()));
        }
        said.push(line);
    }
    process.wait().ok();
    said.push(fs::read_to_string(&log).unwrap_or_default());
    Err(PeerError::Failed {
        program: "sekisho demo".to_owned(),
        output: said.join("\n"),
    })
}

impl Drop for Demo {
    fn drop(&mut self) {
        let asked = i32::try_from(self.process.id())
            .is_ok_and(|id| kill(Pid::from_raw(id), Signal::SIGTERM).is_ok());
        if !asked {
            self.process.kill().ok();
        }
        self.process.wait().ok();
    }
}
