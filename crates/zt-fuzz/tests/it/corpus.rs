//! The corpus, and what is near it, at every target.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use zt_fuzz::{TARGETS, Target};

/// So many changes are made to each file.
const CHANGES: usize = 2;
/// What the repository bears.
const MOST_FILES: usize = 300;
const MOST_BYTES: u64 = 300_000;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn seeds(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = corpus().join(target.name);
    let entries = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("`{}`: {error}", folder.display()));
    let mut seeds: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "`{}` has no corpus", target.name);
    seeds
}

/// Says which bytes it was before the panic goes on.
fn check(target: &Target, name: &str, bytes: &[u8]) {
    if let Err(panic) = std::panic::catch_unwind(|| target.check(bytes)) {
        eprintln!(
            "{}: {name}: {:?}",
            target.name,
            String::from_utf8_lossy(bytes)
        );
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn the_corpus_is_read() {
    for target in &TARGETS {
        for (name, bytes) in seeds(target) {
            check(target, &name, &bytes);
        }
    }
}

/// What service providers sent (`zt-crypto/captured`): each file says in its first line how it came.
#[test]
fn what_service_providers_sent_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../zt-crypto/captured");
    let mut sent = Vec::new();
    for run in std::fs::read_dir(folder).unwrap() {
        let run = run.unwrap().path();
        let files = run.is_dir().then(|| std::fs::read_dir(run).unwrap());
        for file in files.into_iter().flatten() {
            let path = file.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            sent.push((path.display().to_string(), bytes));
        }
    }
    sent.sort();
    assert!(sent.len() > 100, "{} files", sent.len());
    let mut draw = Draw(0x5ec1_5407_f022_0002);
    let parts = |bytes: &[u8]| {
        let at = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        let name = if bytes.starts_with(b"metadata ") {
            "saml_metadata"
        } else {
            "saml_message"
        };
        (zt_fuzz::target(name).unwrap(), bytes[at + 1..].to_vec())
    };
    for (name, bytes) in &sent {
        let (target, text) = parts(bytes);
        check(target, name, &text);
        for number in 0..CHANGES {
            let (_, other) = parts(&sent[draw.below(sent.len())].1);
            let changed = draw.changed(&text, &other);
            check(target, &format!("{name}, change {number}"), &changed);
        }
    }
}

/// Not guided by anything: a net with wide meshes that every test run draws.
#[test]
fn what_is_near_the_corpus_is_read() {
    let mut draw = Draw(0x5ec1_5407_f022_0001);
    for target in &TARGETS {
        let seeds = seeds(target);
        for (name, bytes) in &seeds {
            for number in 0..CHANGES {
                let other = &seeds[draw.below(seeds.len())].1;
                let changed = draw.changed(bytes, other);
                check(target, &format!("{name}, change {number}"), &changed);
            }
        }
    }
}

#[test]
fn the_corpus_is_small_and_belongs_to_the_targets() {
    let folders: BTreeSet<String> = std::fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let names: BTreeSet<String> = TARGETS.iter().map(|t| t.name.to_owned()).collect();
    assert_eq!(folders, names);
    let all: Vec<(String, Vec<u8>)> = TARGETS.iter().flat_map(seeds).collect();
    let bytes: u64 = all.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    assert!(all.len() <= MOST_FILES, "{} files", all.len());
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
}

/// A source of choices (xorshift64*).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound.max(1)
    }

    /// The bytes with a few of them turned, taken out, doubled, or put in from another file.
    fn changed(&mut self, bytes: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = (at + 1 + self.below(24)).min(bytes.len());
            let from = self.below(other.len() + 1);
            let to = (from + 1 + self.below(24)).min(other.len());
            match self.below(5) {
                0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| {
                    *byte ^= 1 << self.below(8);
                }),
                1 => drop(bytes.drain(at.min(end)..end)),
                2 => {
                    let piece = bytes[at.min(end)..end].to_vec();
                    bytes.splice(at..at, piece);
                }
                3 => drop(bytes.splice(at.min(end)..end, other[from.min(to)..to].to_vec())),
                _ => drop(bytes.splice(at..at, other[from.min(to)..to].to_vec())),
            }
        }
        bytes
    }
}
