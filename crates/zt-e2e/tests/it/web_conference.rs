//! A web conference as it is rolled out: the table of the guide, row by row, through service providers nobody here wrote.

use std::fs;
use std::path::Path;

use zt_e2e::{Assertions, Curl, Demo, IdentityProvider, ServiceProvider, run_browser};

const GUIDE: &str = include_str!("../../../../docs/rolling-out-a-web-conference.md");
const FILES: &str = include_str!("../../../../docs/examples/web-conference/conference.toml");

/// The cases of the guide's table, in its order.
fn cases() -> Vec<&'static str> {
    let rows = GUIDE.lines().filter_map(|line| line.strip_prefix("| "));
    let first = rows.filter_map(|row| row.split(" |").next());
    first.filter(|case| *case != "case").collect()
}

/// Puts the guide's file beside the demo's, with an owner whom that knows and the network of this machine, and beside it the
/// metadata that the service says of itself.
fn roll_out(folder: &Path, metadata: &str) {
    let mut text = FILES.to_owned();
    for (written, here) in [("suzuki.ichiro", "ken"), ("203.0.113.0/24", "127.0.0.0/8")] {
        assert_eq!(text.matches(written).count(), 1, "{written}");
        text = text.replace(written, here);
    }
    fs::write(folder.join("conference.toml"), text).unwrap();
    fs::write(folder.join("conference.xml"), metadata).unwrap();
}

/// Plays it in Chromium for one person; every case must have passed, and nothing else.
fn plays(library: ServiceProvider, language: &str, person: &str) {
    let demo = Demo::start().unwrap_or_else(|error| panic!("{error}"));
    let provider = IdentityProvider::of(&demo);
    let party = library
        .start(&provider, demo.state(), Assertions::InClear)
        .unwrap_or_else(|error| panic!("{error}"));
    let curl = Curl::new(&demo.authority()).unwrap_or_else(|error| panic!("{error}"));
    let metadata = curl
        .open(&party.at(library.metadata()))
        .unwrap_or_else(|error| panic!("{error}"));
    roll_out(&demo.state().join("organisation"), &metadata.body);
    demo.apply().unwrap_or_else(|error| panic!("{error}"));
    let here = party.at("");
    let told = [
        ("ZT_PARTY", here.trim_end_matches('/')),
        ("ZT_LANGUAGE", language),
        ("ZT_PERSON", person),
    ];
    let said = run_browser("conference.mjs", &demo.environment(&told))
        .unwrap_or_else(|error| panic!("{error}\nthe demo logged:\n{}", demo.log()));
    let passed: Vec<_> = said
        .lines()
        .filter_map(|line| line.strip_prefix("ok  "))
        .filter_map(|line| line.split("  (").next())
        .collect();
    assert_eq!(passed, cases());
}

#[test]
fn shibboleth_in_japanese() {
    plays(ServiceProvider::Shibboleth, "ja", "hanako");
}

#[test]
fn mod_auth_mellon_in_english() {
    plays(ServiceProvider::ModAuthMellon, "en", "emily");
}
