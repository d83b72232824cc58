//! The sample company as a policy author sees it.

use super::company::texts;
use std::collections::BTreeMap;
use zt_endpoints::organisation;
use zt_identity::{Files, Organisation};
use zt_policy::PolicySet;
use zt_types::Timestamp;

fn company() -> (Organisation, PolicySet) {
    let texts: BTreeMap<String, String> = texts()
        .into_iter()
        .map(|(name, text)| {
            let upstreams = ["//WIKI", "//CHAT", "//STATUS", "//EXPENSES"];
            let text = upstreams.iter().fold(text.to_owned(), |text, upstream| {
                text.replace(upstream, "//127.0.0.1:9")
            });
            (name.to_owned(), text)
        })
        .collect();
    let hash = zt_crypto::hash::received_hash(&"t".repeat(40));
    let tokens = [
        "secrets/edr.token",
        "secrets/vpn.token",
        "secrets/expenses.secret",
    ];
    let files = Files {
        texts,
        tokens: tokens.map(|file| (file.to_owned(), Some(hash))).into(),
    };
    let now = Timestamp::parse_rfc3339("2026-11-24T12:00:00+09:00").unwrap();
    let organisation = organisation::parse(&files, now).unwrap_or_else(|problems| {
        panic!(
            "{:?}",
            problems
                .sorted()
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        )
    });
    let policies = organisation::compile(&organisation, now).unwrap();
    (organisation, policies)
}

/// A change of the company's policies is a change of this text.
#[test]
fn the_policy_matrix() {
    let (organisation, policies) = company();
    let noon = Timestamp::parse_rfc3339("2026-11-24T12:00:00+09:00").unwrap();
    let matrix = organisation::matrix(&organisation, &policies, noon);
    insta::assert_snapshot!(matrix);
}

#[test]
fn the_companys_own_tests_pass() {
    let (organisation, policies) = company();
    let person = |login: &str| Some(organisation::stand_in(login));
    let tested = organisation::test(&organisation, &policies, person);
    assert!(tested.len() >= 7);
    for test in tested {
        assert!(test.wrong.is_empty(), "{test:?}");
    }
}
