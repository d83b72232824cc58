//! The deliberate faults of `cargo xtask faults` can still be made.

use std::collections::BTreeSet;

use super::tree::{none, read};
use xtask::faults::{ENGINE, FAULTS};

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
