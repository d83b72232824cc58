//! The harness itself: a watch that sees nothing would let everything pass.

use zt_e2e::run_browser;

#[test]
fn the_browser_harness_sees_every_fault() {
    let said = run_browser("harness.test.mjs", &[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        said.lines().filter(|line| line.starts_with("ok  ")).count(),
        12,
        "{said}"
    );
}
