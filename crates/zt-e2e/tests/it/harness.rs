//! The harness itself: a watch that sees nothing, or a peer that believes everything, would let everything pass.

use zt_e2e::{python, run_browser};

fn check(said: &str, expected: usize) {
    assert_eq!(
        said.lines().filter(|line| line.starts_with("ok  ")).count(),
        expected,
        "{said}"
    );
}

#[test]
fn the_browser_harness_sees_every_fault() {
    let said = run_browser("harness.test.mjs", &[]).unwrap_or_else(|error| panic!("{error}"));
    check(&said, 12);
}

#[test]
fn the_python_peers_disbelieve_what_they_must() {
    let out = python("harness_test.py")
        .unwrap_or_else(|error| panic!("{error}"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&out.stderr)
    );
    check(&said, 13);
}
