//! The deliberate faults of `cargo xtask faults` can still be made.

use std::collections::BTreeSet;

use super::tree::{files, none, read};
use xtask::faults::{ENGINE, FAULTS, RULES, WEAKNESSES};

#[test]
fn every_deliberate_fault_can_still_be_made() {
    let is_once =
        |file: &str, text: &str| read(&format!("{ENGINE}/{file}")).matches(text).count() == 1;
    let lost: Vec<String> = FAULTS
        .iter()
        .filter(|fault| !is_once(fault.file, fault.text))
        .map(|fault| format!("{}: `{}`", fault.file, fault.text))
        .collect();
    none(
        "a fault's text is not there exactly once: write the fault anew in xtask/src/faults/engine.rs",
        &lost,
    );
    let breaks: BTreeSet<&str> = FAULTS.iter().map(|fault| fault.breaks).collect();
    assert_eq!(breaks.len(), FAULTS.len());
    assert!(breaks.len() >= 20, "only {} faults", breaks.len());
}

#[test]
fn every_weakness_can_still_be_made() {
    let weaknesses = || WEAKNESSES.iter().copied().flatten();
    let edits = weaknesses().flat_map(|weakness| weakness.edits);
    let lost: Vec<String> = edits
        .filter(|edit| {
            read(&format!("crates/{}", edit.file))
                .matches(edit.text)
                .count()
                != 1
        })
        .map(|edit| format!("{}: `{}`", edit.file, edit.text))
        .collect();
    none(
        "a fault's text is not there exactly once: write the fault anew in xtask/src/faults",
        &lost,
    );
    let sources = files(&[".rs"]);
    let unwritten: Vec<String> = weaknesses()
        .filter(|weakness| {
            let folder = if weakness.package == RULES {
                format!("{RULES}/")
            } else {
                format!("crates/{}/", weakness.package)
            };
            let name = weakness.test.rsplit("::").next().unwrap_or_default();
            let written = format!("fn {name}(");
            let mut own = sources.iter().filter(|file| file.path.starts_with(&folder));
            !own.any(|file| file.text.contains(&written))
        })
        .map(|weakness| weakness.test.to_owned())
        .collect();
    none("the test of an attack is not there", &unwritten);
    let breaks: BTreeSet<&str> = weaknesses().map(|weakness| weakness.breaks).collect();
    assert_eq!(breaks.len(), weaknesses().count());
}
