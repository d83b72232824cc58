//! What the repository promises about itself.

use xtask::{debian, readme};

use crate::tree::{files, none, read};

#[test]
fn the_readme_names_its_commands_and_ci_runs_them() {
    let text = read("README.md");
    assert_eq!(
        readme::run_command(&text).unwrap(),
        "cargo run --release -- demo"
    );
    let test = readme::test_command(&text).unwrap();
    let calls = read(".ci/run").lines().any(|line| line.contains(test));
    assert!(calls, ".ci/run does not call `{test}`");
}

#[test]
fn every_decision_record_is_listed_and_whole() {
    let index = read("docs/adr/README.md");
    let mut wrong = Vec::new();
    for file in files(&[".md"]) {
        let Some(name) = file
            .path
            .strip_prefix("docs/adr/")
            .filter(|name| *name != "README.md")
        else {
            continue;
        };
        if !index.contains(&format!("({name})")) && !index.contains(&format!("[`{name}`]")) {
            wrong.push(format!("{name} is not in docs/adr/README.md"));
        }
        let number = name.split('-').next().unwrap();
        if number.len() != 4 || !file.text.starts_with(&format!("# {number}. ")) {
            wrong.push(format!(
                "{name}: the title does not begin with `# {number}. `"
            ));
        }
        for heading in [
            "\nStatus: ",
            "\n## Context\n",
            "\n## Decision\n",
            "\n## Consequences\n",
        ] {
            if !file.text.contains(heading) {
                wrong.push(format!("{name} has no `{}`", heading.trim()));
            }
        }
    }
    none("decision records", &wrong);
}

#[test]
fn one_word_for_one_thing() {
    let glossary = read("docs/GLOSSARY.md");
    let rows = glossary
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| English"));
    let mut seen = std::collections::BTreeMap::new();
    let mut wrong = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [english, japanese, ..] = cells.as_slice() else {
            panic!("not a row: {row}")
        };
        if cells.len() != 4 || cells.iter().any(|cell| cell.is_empty()) {
            wrong.push(format!("not four cells: {row}"));
        }
        for word in [english, japanese] {
            if let Some(other) = seen.insert((*word).to_owned(), row.to_owned()) {
                wrong.push(format!("`{word}` twice: {other}"));
            }
        }
    }
    assert!(!seen.is_empty());
    none("glossary", &wrong);
}

#[test]
fn peers_are_pinned() {
    let loose: Vec<String> = debian::listed(&read("tests/peers/requirements.txt"))
        .into_iter()
        .filter(|line| {
            line.split_once("==")
                .is_none_or(|(_, version)| version.contains(['*', '>', '<']))
        })
        .map(str::to_owned)
        .collect();
    none("Python packages without a version", &loose);
    let npm: serde_json::Value = serde_json::from_str(&read("tests/peers/package.json")).unwrap();
    for (name, version) in npm["dependencies"].as_object().unwrap() {
        let version = version.as_str().unwrap();
        assert!(
            version
                .chars()
                .all(|letter| letter.is_ascii_digit() || letter == '.'),
            "{name} {version}"
        );
    }
}

#[test]
fn the_licence_is_the_one_every_crate_names() {
    assert!(read("LICENSE").trim_start().starts_with("Apache License"));
    assert!(read("Cargo.toml").contains("license = \"Apache-2.0\""));
}
