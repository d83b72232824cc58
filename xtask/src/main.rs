//! Automation: test, bench, torture, fresh.

fn main() {}
