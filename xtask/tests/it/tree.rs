//! The files of the repository, found without git: a machine that only tests need not have it.

use std::fs;
use std::path::{Path, PathBuf};

use xtask::workspace::Workspace;

/// What is never committed.
const NOT_OURS: [&str; 7] = [
    "target",
    ".git",
    ".sekisho",
    "node_modules",
    "__pycache__",
    ".idea",
    ".vscode",
];

/// A text file: its path from the root, with `/`, and its text.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// Somebody else's work that lies here with its licence: its form is not ours to judge.
    pub(crate) fn is_vendored(&self) -> bool {
        self.path.contains("/vendor/")
    }

    /// Unit or integration test, or what serves only them.
    pub(crate) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// `path:line: text`, for every line that `wrong` names.
    pub(crate) fn lines_where(&self, wrong: impl Fn(&str) -> bool) -> Vec<String> {
        let numbered = self.text.lines().enumerate();
        numbered
            .filter(|(_, line)| wrong(line))
            .map(|(nth, line)| format!("{}:{}: {}", self.path, nth + 1, line.trim()))
            .collect()
    }
}

/// All text files whose name ends in one of `endings`; of every name when there is none.
pub(crate) fn files(endings: &[&str]) -> Vec<File> {
    let root = Workspace::here().root().to_path_buf();
    let mut found = Vec::new();
    walk(&root, &mut |path| {
        let name = path
            .strip_prefix(&root)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let wanted = endings.is_empty() || endings.iter().any(|ending| name.ends_with(ending));
        if let (true, Ok(text)) = (wanted, fs::read_to_string(path)) {
            found.push(File { path: name, text });
        }
    });
    assert!(
        !found.is_empty(),
        "no file ends in {endings:?}: is the search broken?"
    );
    found
}

/// One file of the repository.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(Workspace::here().root().join(path))
        .unwrap_or_else(|error| panic!("`{path}`: {error}"))
}

fn walk(folder: &Path, each: &mut impl FnMut(&Path)) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if NOT_OURS.contains(&name.as_str()) || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            walk(&path, each);
        } else {
            each(&path);
        }
    }
}

/// Fails with every finding, one a line.
pub(crate) fn none(what: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{what}:\n  {}", findings.join("\n  "));
}
