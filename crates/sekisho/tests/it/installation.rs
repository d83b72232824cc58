//! A server in a process and a directory of its own.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

pub(crate) struct Installation {
    directory: TempDir,
    server: Option<Child>,
    /// Where people find the sign-in host.
    pub(crate) origin: String,
    /// What the server printed before it was ready.
    pub(crate) printed: Vec<String>,
}

/// The program, with nothing of the test's own environment that it would read.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
    command.env_clear();
    command
}

impl Installation {
    /// A directory with a configuration, the example organisation and its secrets.
    pub(crate) fn new() -> Self {
        let directory = TempDir::with_prefix("sekisho-program-").unwrap();
        let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/organisation");
        copy(&files, &directory.path().join("organisation"));
        fs::create_dir(directory.path().join("organisation/secrets")).unwrap();
        let secrets = directory.path().join("organisation/secrets");
        for (file, secret) in [
            ("edr.token", "edr-token-0123456789-0123456789-0123456789\n"),
            ("travel.secret", "travel-0123456789-0123456789-0123456789\n"),
        ] {
            fs::write(secrets.join(file), secret).unwrap();
        }
        fs::write(
            directory.path().join("sekisho.toml"),
            "domain = \"sekisho.localhost\"\nstate_dir = \"state\"\n[listen]\nhttps = \"127.0.0.1:0\"\nadmin_port = 0\n",
        )
        .unwrap();
        Self {
            directory,
            server: None,
            origin: String::new(),
            printed: Vec::new(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Starts the server and waits until it says that it is ready.
    pub(crate) fn start(&mut self) {
        let mut server = program()
            .args(["serve", "--config"])
            .arg(self.path("sekisho.toml"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(server.stdout.take().unwrap()).lines();
        self.server = Some(server);
        self.printed.clear();
        for line in lines {
            let line = line.unwrap();
            if let Some(origin) = line.strip_prefix("ready: ") {
                self.origin = origin.to_owned();
                return;
            }
            self.printed.push(line);
        }
        panic!("the server ended before it was ready: {:?}", self.printed);
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(&mut self) {
        let mut server = self.server.take().unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
    }

    /// Runs a verb against this server.
    pub(crate) fn run(&self, arguments: &[&str]) -> Told {
        self.run_with(arguments, "")
    }

    /// The same with something on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Told {
        let mut child = program()
            .args(arguments)
            .current_dir(self.directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        Told::of(child.wait_with_output().unwrap())
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        if self.server.is_some() {
            self.kill();
        }
    }
}

/// What a verb said.
pub(crate) struct Told {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Told {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It was done.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    /// It was not, for this reason.
    #[track_caller]
    pub(crate) fn refused(self, code: i32, because: &str) {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert!(self.err.contains(because), "{}", self.err);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
