//! The AuthZEN Authorization API over HTTPS, as any caller sees it: cases are data, in `tests/authzen`.
//!
//! Cases whose name begins with `authzen-pdp-` mirror the module of that name of the public conformance suite of the OpenID
//! Foundation; the others are named by the section they are from.

mod cases;
mod faults;
mod semantics;
mod sessions;
mod wire;

use cases::{Failure, all, run};
use faults::{FAULTS, Fault};
use std::collections::BTreeSet;
use wire::World;

#[tokio::test]
async fn every_case_is_answered_as_it_says() {
    let world = World::start().await;
    let mut failures = Vec::new();
    let mut names = BTreeSet::new();
    for (endpoint, case) in all() {
        assert!(names.insert(case.name.clone()), "`{}` twice", case.name);
        if let Err(Failure(why)) = run(&world, &Fault::NONE, &endpoint, &case).await {
            failures.push(format!("{} ({}): {why}", case.name, case.section));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let mirrored = names
        .iter()
        .filter(|name| name.starts_with("authzen-pdp-"))
        .count();
    assert_eq!(mirrored, 127, "modules of the public suite");
}

/// A server with one fault is failed by some case, or the cases hold nothing against that fault.
#[tokio::test]
async fn every_wrong_server_fails_some_case() {
    let world = World::start().await;
    let cases = all();
    let mut unnoticed = Vec::new();
    for fault in FAULTS {
        let mut noticed = false;
        for (endpoint, case) in &cases {
            if run(&world, fault, endpoint, case).await.is_err() {
                noticed = true;
                break;
            }
        }
        if !noticed {
            unnoticed.push(fault.name);
        }
    }
    assert!(unnoticed.is_empty(), "not noticed: {unnoticed:?}");
    // It is the fault that is noticed, not that something stands in between.
    for (endpoint, case) in &cases {
        let passed = run(&world, &Fault::IN_BETWEEN, endpoint, case).await;
        assert!(passed.is_ok(), "{}: {passed:?}", case.name);
    }
    assert!(FAULTS.len() >= 20);
}
