//! Who may use whom.

use std::collections::BTreeMap;

use serde::Deserialize;
use xtask::workspace::Workspace;

use crate::tree::none;

/// Edges inside ring 1, each with its reason. The list only shrinks.
const EDGES: [(&str, &str, &str); 1] = [(
    "zt-auth",
    "zt-policy",
    "issuing demands a permit, which only zt-policy can make",
)];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) manifest_path: String,
    metadata: Option<Ours>,
    dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Ours {
    sekisho: Option<Sekisho>,
}

#[derive(Deserialize)]
struct Sekisho {
    ring: Ring,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// Absent for what the product is built from.
    kind: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
    pub(crate) src_path: String,
}

#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ring {
    #[serde(rename = "0")]
    Words,
    #[serde(rename = "1")]
    Rules,
    #[serde(rename = "2")]
    Means,
    #[serde(rename = "3")]
    Faces,
    #[serde(rename = "4")]
    Composition,
    #[serde(rename = "5")]
    Binary,
    #[serde(rename = "dev")]
    Dev,
}

impl Ring {
    /// Whether its crates may use each other. Ring 0 is two crates, the vocabulary and the events made of it.
    fn is_open_inside(self) -> bool {
        matches!(self, Self::Words | Self::Means | Self::Dev)
    }
}

impl Package {
    pub(crate) fn ring(&self) -> Ring {
        let ours = self
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.sekisho.as_ref());
        ours.unwrap_or_else(|| panic!("`{}` has no package.metadata.sekisho.ring", self.name))
            .ring
    }
}

/// The crates of this workspace.
pub(crate) fn packages() -> Vec<Package> {
    let mut cargo = Workspace::here().cargo();
    cargo.args(["metadata", "--format-version", "1", "--no-deps", "--locked"]);
    let out = cargo.output().unwrap();
    assert!(
        out.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    let Metadata { packages } = serde_json::from_slice(&out.stdout).unwrap();
    assert!(
        packages.len() > 10,
        "cargo metadata names {} crates",
        packages.len()
    );
    packages
}

#[test]
fn crates_use_lower_rings_only() {
    let packages = packages();
    let rings: BTreeMap<&str, Ring> = packages
        .iter()
        .map(|package| (package.name.as_str(), package.ring()))
        .collect();
    let mut wrong = Vec::new();
    for package in &packages {
        let mine = package.ring();
        for dependency in &package.dependencies {
            let Some(&theirs) = rings.get(dependency.name.as_str()) else {
                continue;
            };
            let is_for_tests = dependency.kind.as_deref() == Some("dev");
            let edge = (package.name.as_str(), dependency.name.as_str());
            let fine = theirs < mine
                || (theirs == mine && mine.is_open_inside())
                || (theirs == Ring::Dev && is_for_tests)
                || EDGES.iter().any(|(from, to, _)| (*from, *to) == edge);
            if !fine || (theirs == Ring::Dev && mine != Ring::Dev && !is_for_tests) {
                wrong.push(format!(
                    "{} ({mine:?}) uses {} ({theirs:?})",
                    package.name, dependency.name
                ));
            }
        }
    }
    none("edges that the rings forbid", &wrong);
}

#[test]
fn listed_edges_are_needed() {
    let packages = packages();
    let unused: Vec<String> = EDGES
        .iter()
        .filter(|(from, to, _)| {
            let package = packages.iter().find(|package| package.name == *from);
            !package.is_some_and(|package| {
                package
                    .dependencies
                    .iter()
                    .any(|dependency| dependency.name == *to)
            })
        })
        .map(|(from, to, _)| format!("{from} -> {to}"))
        .collect();
    none("edges listed and not used: take them off the list", &unused);
}

#[test]
fn a_crate_is_its_folder_and_says_what_it_is_for() {
    let mut wrong = Vec::new();
    for package in packages() {
        let folder = package
            .manifest_path
            .trim_end_matches("/Cargo.toml")
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        let outsiders = ["sekisho", "xtask"];
        if folder != package.name
            || !(folder.starts_with("zt-") || outsiders.contains(&folder.as_str()))
        {
            wrong.push(format!(
                "{folder}: crate `{}` is not `zt-…` named like its folder",
                package.name
            ));
        }
        if package
            .description
            .is_none_or(|description| description.is_empty())
        {
            wrong.push(format!("{folder}: no description"));
        }
    }
    none("crates that do not introduce themselves", &wrong);
}

#[test]
fn one_integration_binary_a_crate() {
    let mut wrong = Vec::new();
    for package in packages() {
        for target in package
            .targets
            .iter()
            .filter(|target| target.kind == ["test"])
        {
            if target.name != "it" || !target.src_path.ends_with("/tests/it/main.rs") {
                wrong.push(format!("{}: {}", package.name, target.src_path));
            }
        }
    }
    none("test binaries other than tests/it/main.rs", &wrong);
}
