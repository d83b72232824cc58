//! What the pure rings can reach through other people's crates.

use std::collections::BTreeSet;

use xtask::workspace::Workspace;

use crate::layering::{Ring, packages};
use crate::tree::none;

/// Async runtimes, sockets, HTTP, SQL, the operating system's randomness.
const OUT_OF_REACH: [&str; 22] = [
    "async-std",
    "axum",
    "fastrand",
    "getrandom",
    "h2",
    "http",
    "hyper",
    "hyper-util",
    "libsqlite3-sys",
    "mio",
    "nix",
    "postgres",
    "rand",
    "reqwest",
    "rusqlite",
    "rustls",
    "smol",
    "socket2",
    "sqlx",
    "tokio",
    "tokio-postgres",
    "tower",
];

/// (our crate, what it reaches, why that is harmless). The list only shrinks.
const REACHED: [(&str, &str, &str); 0] = [];

/// Every crate under `package` on normal edges, with the features it has when built for that crate alone.
fn reached_by(package: &str) -> BTreeSet<String> {
    let mut cargo = Workspace::here().cargo();
    cargo.args([
        "tree",
        "--locked",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--package",
        package,
    ]);
    let out = cargo.output().unwrap();
    assert!(
        out.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    let text = String::from_utf8(out.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_pure_rings_reach_nothing_impure() {
    let mut wrong = Vec::new();
    let mut excused = BTreeSet::new();
    for package in packages()
        .iter()
        .filter(|package| package.ring() <= Ring::Rules)
    {
        let reached = reached_by(&package.name);
        assert!(
            reached.contains(&package.name),
            "cargo tree does not name `{}` itself",
            package.name
        );
        for name in OUT_OF_REACH.iter().filter(|name| reached.contains(**name)) {
            if REACHED
                .iter()
                .any(|(from, to, _)| (*from, *to) == (package.name.as_str(), *name))
            {
                excused.insert((package.name.clone(), (*name).to_owned()));
            } else {
                wrong.push(format!("{} reaches {name}", package.name));
            }
        }
    }
    let stale = REACHED
        .iter()
        .filter(|(from, to, _)| !excused.contains(&((*from).to_owned(), (*to).to_owned())));
    wrong.extend(
        stale.map(|(from, to, _)| format!("{from} no longer reaches {to}: take it off the list")),
    );
    none("rings 0 and 1 compute, they do not act", &wrong);
}
