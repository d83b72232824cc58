use std::process::Command;
use std::time::Duration;

use super::{captured, must, shown};

const LONG: Duration = Duration::from_secs(600);

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn keeps_both_streams_and_the_verdict() {
    let finished = captured(&mut shell("echo out; echo err >&2; exit 3"), LONG).unwrap();
    assert!(!finished.success);
    assert_eq!(finished.out, ["out"]);
    let mut all = finished.all;
    all.sort();
    assert_eq!(all, ["err", "out"]);
}

#[test]
fn stops_what_takes_too_long_and_what_it_started() {
    // The inner shell waits for a pipe that nobody writes to; it holds our pipe open as a browser would.
    let finished = captured(
        &mut shell("sh -c 'echo $$; tail -f /dev/null' & wait"),
        Duration::from_secs(3),
    )
    .unwrap();
    assert!(!finished.success);
    assert!(
        finished.text().contains("was stopped after"),
        "{}",
        finished.text()
    );
    let inner: u32 = finished.out.first().unwrap().parse().unwrap();
    let is_gone = || {
        crate::processes::family(inner).is_empty()
            || std::fs::read_to_string(format!("/proc/{inner}/stat"))
                .is_ok_and(|stat| stat.contains(") Z "))
    };
    // A killed process is gone when the kernel comes round to it, on a busy machine not at once.
    let mut looks = 0..100_000;
    while !is_gone() && looks.next().is_some() {
        std::thread::yield_now();
    }
    assert!(is_gone(), "process {inner} is still there");
}

#[test]
fn a_failure_shows_what_was_run_and_what_it_said() {
    let error = must(&mut shell("echo no disk; exit 1"), LONG)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "`sh -c echo no disk; exit 1` failed:\nno disk");
    assert_eq!(shown(Command::new("true").arg("x")), "true x");
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let error = captured(&mut Command::new("no-such-program"), LONG).unwrap_err();
    assert_eq!(error.to_string(), "cannot start `no-such-program`");
}
