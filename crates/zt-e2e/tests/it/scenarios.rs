//! What people do, in a real browser, against the program as a newcomer starts it. The scripts are in `browser/`.

use zt_e2e::{Demo, run_browser};

/// Plays a script against a demo of its own; every step of it must have passed.
fn play(script: &str, more: &[(&str, &str)], steps: usize) {
    let demo = Demo::start().unwrap_or_else(|error| panic!("{error}"));
    let said = run_browser(script, &demo.environment(more))
        .unwrap_or_else(|error| panic!("{error}\nthe demo logged:\n{}", demo.log()));
    let passed = said.lines().filter(|line| line.starts_with("ok  "));
    assert_eq!(passed.count(), steps, "{said}");
}

#[test]
fn the_passage_in_japanese() {
    let told = [
        ("ZT_LANGUAGE", "ja"),
        ("ZT_PERSON", "hanako"),
        ("ZT_THOROUGH", "yes"),
    ];
    play("passage.mjs", &told, 15);
}

#[test]
fn the_passage_in_english() {
    let told = [("ZT_LANGUAGE", "en"), ("ZT_PERSON", "emily")];
    play("passage.mjs", &told, 15);
}

#[test]
fn the_ways_in() {
    play("signin.mjs", &[], 11);
}

#[test]
fn a_reset_and_terms_in_japanese() {
    play("reset.mjs", &[("ZT_LANGUAGE", "ja")], 7);
}

#[test]
fn a_reset_and_terms_in_english() {
    play("reset.mjs", &[("ZT_LANGUAGE", "en")], 7);
}

#[test]
fn a_policy_without_cedar_in_japanese() {
    play("policies.mjs", &[("ZT_LANGUAGE", "ja")], 7);
}

#[test]
fn a_policy_without_cedar_in_english() {
    play("policies.mjs", &[("ZT_LANGUAGE", "en")], 7);
}

#[test]
fn applications_elsewhere_in_japanese() {
    play("clients.mjs", &[("ZT_LANGUAGE", "ja")], 12);
}

#[test]
fn applications_elsewhere_in_english() {
    play("clients.mjs", &[("ZT_LANGUAGE", "en")], 12);
}
