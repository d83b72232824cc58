//! The form of the source.

use std::path::Path;

use crate::layering::packages;
use crate::tree::{File, files, none, read};

/// A file aims at 250 lines and stops here.
const LONGEST: usize = 700;

/// Names that say nothing about what is inside.
const EMPTY_WORDS: [&str; 9] = [
    "common", "helper", "helpers", "manager", "misc", "service", "shared", "util", "utils",
];

/// Attributes and macros that hide something.
const HIDERS: [&str; 6] = [
    "#[allow",
    "#![allow",
    "#[ignore",
    "todo!(",
    "unimplemented!(",
    "dbg!(",
];

fn rust() -> Vec<File> {
    // This file names what it forbids.
    files(&[".rs"])
        .into_iter()
        .filter(|file| !file.path.ends_with("it/sources.rs"))
        .collect()
}

#[test]
fn files_are_short() {
    let ours = files(&[
        ".rs", ".js", ".mjs", ".css", ".html", ".py", ".toml", ".ftl",
    ]);
    let long: Vec<String> = ours
        .iter()
        .filter(|file| !file.is_vendored())
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(file, lines)| format!("{} has {lines} lines", file.path))
        .collect();
    none("files past 700 lines", &long);
}

#[test]
fn names_say_something() {
    let mut wrong = Vec::new();
    for file in rust() {
        let path = Path::new(&file.path);
        let module = path.file_stem().unwrap().to_string_lossy();
        if module == "mod" {
            wrong.push(format!("{}: write `name.rs` beside `name/`", file.path));
        }
        let folders = path
            .parent()
            .unwrap()
            .iter()
            .map(|part| part.to_string_lossy().into_owned());
        for part in folders.chain([module.into_owned()]) {
            if EMPTY_WORDS.contains(&part.trim_start_matches("zt-")) {
                wrong.push(format!("{}: `{part}` says nothing", file.path));
            }
        }
    }
    none("names", &wrong);
}

#[test]
fn nothing_is_hidden() {
    let found: Vec<String> = rust()
        .iter()
        .flat_map(|file| file.lines_where(|line| HIDERS.iter().any(|word| line.contains(word))))
        .collect();
    none(
        "use #[expect(lint, reason = \"…\")], write the missing part, run the test",
        &found,
    );
}

#[test]
fn only_settings_are_named_like_settings() {
    // `sekisho serve` refuses an unknown `SEKISHO_…` in its environment: what the tests and tools are told by is
    // exported in a developer's shell, where the server starts too.
    let found: Vec<String> = files(&[".rs", ".mjs", ".py", ".sh"])
        .iter()
        .filter(|file| {
            let path = &file.path;
            !path.starts_with("crates/zt-server/") && !path.ends_with("it/sources.rs")
        })
        .flat_map(|file| file.lines_where(|line| line.contains("SEKISHO_")))
        .collect();
    none("variables of our own begin with `ZT_`", &found);
}

#[test]
fn no_aliases_and_no_getters() {
    let wrong = |line: &str| {
        let line_start = line.trim_start();
        let is_alias = line.starts_with("type ")
            || (line_start.starts_with("pub")
                && line_start.contains(" type ")
                && line_start.contains('='));
        is_alias || line_start.contains("fn get_")
    };
    let found: Vec<String> = rust()
        .iter()
        .flat_map(|file| file.lines_where(wrong))
        .collect();
    none("a type alias hides a type, `get_` says nothing", &found);
}

#[test]
fn tests_do_not_sleep() {
    let found: Vec<String> = rust()
        .iter()
        .filter(|file| file.is_test())
        .flat_map(|file| file.lines_where(waits_for_time))
        .collect();
    none("wait for the event, not for time", &found);
}

/// A sleep on the manual clock ends when the test turns the clock; any other waits for real time.
fn waits_for_time(line: &str) -> bool {
    line.match_indices("sleep(").any(|(at, _)| {
        !line
            .get(..at)
            .is_some_and(|before| before.ends_with("clock."))
    })
}

#[test]
fn every_crate_opens_with_its_purpose() {
    let mut wrong = Vec::new();
    for package in packages() {
        for target in &package.targets {
            let root = std::fs::read_to_string(&target.src_path).unwrap();
            if !root.starts_with("//! ") {
                wrong.push(target.src_path.clone());
            }
        }
    }
    none("crate roots that do not open with `//!`", &wrong);
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let workspace = read("Cargo.toml");
    for line in [
        "unsafe_code = \"forbid\"",
        "unwrap_used = \"deny\"",
        "allow_attributes = \"deny\"",
    ] {
        assert!(
            workspace.contains(line),
            "the workspace's lints lack `{line}`"
        );
    }
    let without: Vec<String> = packages()
        .into_iter()
        .filter(|package| {
            !std::fs::read_to_string(&package.manifest_path)
                .unwrap()
                .contains("[lints]\nworkspace = true")
        })
        .map(|package| package.name)
        .collect();
    none("crates without `[lints] workspace = true`", &without);
}
