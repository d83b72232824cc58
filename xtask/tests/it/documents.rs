//! What the documents name is there: files, tests, and every document in the index.

use std::path::{Component, Path, PathBuf};

use xtask::workspace::Workspace;

use crate::tree::{File, files, none, read};

/// The targets of `[text](target)` in a document that are files of this repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#', ' ']).next())
        .filter(|target| !target.is_empty() && !target.contains("://"))
}

/// `target` as seen from the folder of `document`.
fn resolved(document: &str, target: &str) -> PathBuf {
    let folder = Path::new(document).parent().unwrap_or(Path::new(""));
    let mut path = PathBuf::new();
    for part in folder.join(target).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    path
}

#[test]
fn every_link_leads_somewhere() {
    let root = Workspace::here().root().to_path_buf();
    let mut wrong = Vec::new();
    let mut followed = 0;
    for file in files(&[".md"]) {
        if file.is_vendored() || file.path.ends_with("0000-template.md") {
            continue;
        }
        for target in links(&file.text) {
            followed += 1;
            if !root.join(resolved(&file.path, target)).exists() {
                wrong.push(format!("{}: `{target}`", file.path));
            }
        }
    }
    assert!(followed > 20, "only {followed} links");
    none("links that lead nowhere", &wrong);
}

#[test]
fn every_document_is_in_the_index() {
    let index = read("docs/README.md");
    let listed: Vec<PathBuf> = links(&index)
        .map(|target| resolved("docs/README.md", target))
        .collect();
    let missing: Vec<String> = files(&[".md"])
        .into_iter()
        .map(|file| file.path)
        .filter(|path| {
            let is_document = path.starts_with("docs/") || !path.contains('/');
            // Decision records have an index of their own, and folders of pictures theirs.
            is_document && path.matches('/').count() < 2 && path != "docs/README.md"
        })
        .filter(|path| !listed.iter().any(|known| known == Path::new(path)))
        .collect();
    none("documents that docs/README.md does not list", &missing);
}

#[test]
fn the_tests_that_hold_an_invariant_exist() {
    let map = read("ARCHITECTURE.md");
    let table = map
        .split("\n## What must stay true\n")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .unwrap();
    let named: Vec<&str> = table
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains('_'))
        .collect();
    assert!(named.len() > 20, "only {} tests are named", named.len());
    none(
        "tests that ARCHITECTURE.md names and nobody wrote",
        &unwritten(named),
    );
}

#[test]
fn the_tests_that_hold_against_bad_input_exist() {
    let table = read("docs/bad-input.md");
    let named: Vec<&str> = table
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|path| path.rsplit("::").next())
        .filter(|word| word.contains('_'))
        .collect();
    assert!(named.len() > 20, "only {} tests are named", named.len());
    none(
        "tests that docs/bad-input.md names and nobody wrote",
        &unwritten(named),
    );
}

#[test]
fn every_fuzz_target_is_in_the_readme() {
    let source = read("crates/zt-fuzz/src/lib.rs");
    let named = source.split("name: \"").skip(1);
    let targets: Vec<&str> = named.filter_map(|rest| rest.split('"').next()).collect();
    assert!(targets.len() > 5, "only {} targets", targets.len());
    let readme = read("README.md");
    let row = readme
        .lines()
        .find(|line| line.contains("cargo xtask fuzz"));
    let row = row.unwrap_or_default();
    let missing: Vec<String> = targets
        .into_iter()
        .filter(|name| !row.contains(&format!("`{name}`")))
        .map(str::to_owned)
        .collect();
    none("fuzz targets that README.md does not list", &missing);
}

/// Those of `names` that no test has.
fn unwritten(names: Vec<&str>) -> Vec<String> {
    let sources = files(&[".rs"]);
    let is_test = |file: &File| file.is_test() || file.text.contains("#[cfg(test)]\nmod tests {");
    let is_written = |name: &str| {
        let head = format!("fn {name}(");
        sources
            .iter()
            .any(|file| is_test(file) && file.text.contains(&head))
    };
    let unwritten = names.into_iter().filter(|name| !is_written(name));
    unwritten.map(str::to_owned).collect()
}
