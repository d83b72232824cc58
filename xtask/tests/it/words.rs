//! What must not be named in anything committed.

use crate::tree::{File, files, none};

/// Hosts of package registries: everybody reaches them by settings of their own. Written in two parts, because this
/// file is committed too.
const REGISTRIES: [(&str, &str); 9] = [
    ("index.crates", ".io"),
    ("static.crates", ".io"),
    ("registry.npmjs", ".org"),
    ("registry.yarnpkg", ".com"),
    ("pypi", ".org"),
    ("files.python", "hosted.org"),
    ("deb.debian", ".org"),
    ("security.debian", ".org"),
    ("arti", "factory"),
];

/// Folders of one machine.
const MACHINE: [(&str, &str); 5] = [
    ("/wo", "rk/"),
    ("/ro", "ot/"),
    ("/ho", "me/"),
    ("bash", "_jobs"),
    ("/tmp/", "sk"),
];

fn committed() -> Vec<File> {
    files(&[])
        .into_iter()
        .filter(|file| file.path != "Cargo.lock")
        .collect()
}

/// Whether `word` stands in the line as the beginning of a path, not in the middle of one.
fn names(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|letter| {
            letter.is_alphanumeric() || matches!(letter, '.' | '/' | '_' | '-' | '}' | '>')
        })
    })
}

#[test]
fn no_registry_is_named() {
    let words: Vec<String> = REGISTRIES.iter().map(|(a, b)| format!("{a}{b}")).collect();
    let found: Vec<String> = committed()
        .iter()
        .filter(|file| !file.is_vendored())
        .flat_map(|file| {
            file.lines_where(|line| words.iter().any(|word| line.contains(word.as_str())))
        })
        .collect();
    none("registries are settings of a machine", &found);
}

#[test]
fn the_npm_lock_names_no_address() {
    let lock = crate::tree::read("tests/peers/package-lock.json");
    assert!(
        lock.contains("\"integrity\""),
        "a lock without hashes locks nothing"
    );
    assert!(
        !lock.contains("\"resolved\""),
        "make it with --omit-lockfile-registry-resolved"
    );
}

#[test]
fn no_machine_is_named() {
    let words: Vec<String> = MACHINE.iter().map(|(a, b)| format!("{a}{b}")).collect();
    let found: Vec<String> = committed()
        .iter()
        .filter(|file| !file.is_vendored())
        .flat_map(|file| file.lines_where(|line| words.iter().any(|word| names(line, word))))
        .collect();
    none("paths of one machine", &found);
}

#[test]
fn a_path_is_told_from_its_middle() {
    let home = format!("{}{}", "/ho", "me/");
    assert!(names(&format!("see {home}aiko"), &home));
    assert!(names(&format!("\"{home}aiko\""), &home));
    assert!(!names(&format!("GET /api{home}aiko"), &home));
}
