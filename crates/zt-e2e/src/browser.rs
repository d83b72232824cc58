//! Starts a browser script, with the policy by which Chromium chooses the client certificate.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::peers::{self, PeerError};

/// Where Debian's Chromium looks for an administrator's policies.
const POLICY: &str = "/etc/chromium/policies/managed/sekisho-e2e.json";

/// Whatever certificate the browser's store holds is shown to our hosts without asking: each test has a store of its own.
const POLICY_CONTENT: &str = r#"{"AutoSelectCertificateForUrls":["{\"pattern\":\"https://[*.]sekisho.localhost\",\"filter\":{}}"]}"#;

/// After so many seconds a script is stopped.
const LIMIT: &str = "600";

/// Runs `script` of this crate's `browser/` to its end, with `environment` added to its own, and gives what it wrote.
/// Pictures it takes are under `target/pictures`. One script runs at a time on a machine.
///
/// # Errors
/// When the peers are not installed, or the script finds something wrong.
pub fn run_browser(script: &str, environment: &[(&str, &str)]) -> Result<String, PeerError> {
    let node = peers::installed("node")?;
    let lock = std::env::temp_dir().join("sekisho-e2e.lock");
    let failed = |source| PeerError::Run {
        program: script.to_owned(),
        source,
    };
    let turn = File::create(&lock).map_err(failed)?;
    turn.lock().map_err(failed)?;
    let _policy = Policy::begin()?;
    let mut command = Command::new("timeout");
    command
        .args(["--kill-after=10", LIMIT])
        .arg(node)
        .arg(folder().join(script));
    command
        .env("ZT_PEERS", peers::home())
        .env("ZT_PICTURES", peers::workspace().join("target/pictures"));
    let done = command
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .map_err(failed)?;
    let mut output = String::from_utf8_lossy(&done.stdout).into_owned();
    output.push_str(&String::from_utf8_lossy(&done.stderr));
    if done.status.success() {
        Ok(output)
    } else {
        Err(PeerError::Failed {
            program: script.to_owned(),
            output,
        })
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("browser")
}

/// The policy file, there while this lives. One that somebody put there by hand stays.
struct Policy {
    ours: Option<PathBuf>,
}

impl Policy {
    fn begin() -> Result<Self, PeerError> {
        let path = PathBuf::from(POLICY);
        let written = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, POLICY_CONTENT));
        match written {
            Ok(()) => Ok(Self { ours: Some(path) }),
            Err(_)
                if fs::read_to_string(&path).is_ok_and(|there| there.trim() == POLICY_CONTENT) =>
            {
                Ok(Self { ours: None })
            }
            Err(source) => Err(PeerError::Policy {
                path,
                content: POLICY_CONTENT.to_owned(),
                source,
            }),
        }
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        if let Some(path) = &self.ours {
            // If it cannot be removed it names only hosts that exist on this machine alone.
            fs::remove_file(path).ok();
        }
    }
}
