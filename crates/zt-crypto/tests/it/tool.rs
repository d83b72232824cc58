//! Runs other people's programs.

use std::process::{Command, Output};

/// Runs `program`; if it is not there, says how to get it.
pub(crate) fn run(program: &str, package: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| {
            panic!("`{program}` cannot be run ({error}); on Debian: apt-get install {package}")
        })
}

/// Runs `program` and expects it to succeed; gives what it printed.
pub(crate) fn succeed(program: &str, package: &str, arguments: &[&str]) -> String {
    let output = run(program, package, arguments);
    let (printed, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {printed}{complained}"
    );
    format!("{printed}{complained}")
}
