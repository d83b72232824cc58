//! What programs and files send: every reader answers with what it read or with words, whatever comes.

use crate::request::{Evaluation, Evaluations, Searching};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use zt_identity::{Files, Organisation};
use zt_policy::{AddressRange, Network};
use zt_trust::{Places, Received};
use zt_types::Json;

/// A report of a source, in OCSF.
pub(crate) fn signal(bytes: &[u8]) {
    let read = Received::parse(bytes);
    assert_eq!(read, Received::parse(bytes), "read twice");
    if let Err(error) = read {
        says(&error);
    }
}

/// A request of the AuthZEN API, at each of its endpoints.
pub(crate) fn authzen(bytes: &[u8]) {
    let json = match Json::parse(bytes, 64) {
        Ok(json) => json,
        Err(error) => return says(&error),
    };
    let wrong = [
        Evaluation::of(&json).err(),
        Evaluations::of(&json).err(),
        Searching::subject(&json).err(),
        Searching::resource(&json).err(),
        Searching::action(&json).err(),
    ];
    wrong.iter().flatten().for_each(says);
    // What is a question by itself is one in the form of the other endpoint, unless it asks for several there.
    if let (Ok(one), Ok(Evaluations::One(other))) = (Evaluation::of(&json), Evaluations::of(&json))
    {
        assert_eq!(one, other, "one question, read in two ways");
    }
}

/// The organisation's files: TOML, and after each NUL byte another file that it can name.
pub(crate) fn organisation(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let names = [
        "organisation.toml",
        "a.cedar",
        "terms.ja.txt",
        "terms.en.txt",
    ];
    let files = names.iter().zip(text.split('\0'));
    let texts = files.map(|(name, text)| ((*name).to_owned(), text.to_owned()));
    let files = Files {
        texts: texts.collect(),
        tokens: [].into(),
    };
    // Whoever reads the directory asks for these first.
    let named = Organisation::text_files(&files.texts).len();
    let tokens = Organisation::token_files(&files.texts).len();
    match Organisation::parse(&files) {
        Ok(organisation) => {
            assert!(
                named <= 2 * organisation.terms.len(),
                "more texts than terms have"
            );
            let holders = organisation.sources.len() + organisation.enforcement_points.len();
            assert!(tokens <= holders, "more token files than holders");
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "refused for nothing");
            for problem in problems.sorted() {
                says(&problem.wrong);
            }
        }
    }
}

/// A range of addresses, a network as JSON, and a table of places: each by itself.
pub(crate) fn network(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match text.parse::<AddressRange>() {
        Ok(range) => {
            let told = range.to_string();
            assert_eq!(told.parse::<AddressRange>(), Ok(range), "`{told}`");
            let first = told.split('/').next().unwrap_or_default();
            let first = first.parse::<IpAddr>();
            assert!(
                first.is_ok_and(|first| range.contains(first) && range.contains(mapped(first))),
                "`{told}` does not hold its own first address"
            );
        }
        Err(error) => says(&error),
    }
    let addresses = [
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
        IpAddr::V4(Ipv4Addr::BROADCAST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::from_bits(u128::MAX)),
    ];
    if let Ok(network) = serde_json::from_str::<Network>(text) {
        for address in addresses {
            assert_eq!(
                network.contains(address),
                network.contains(mapped(address)),
                "{address} and the same as an IPv6 address"
            );
            let named = Network::of_address(std::slice::from_ref(&network), address);
            assert_eq!(named.len(), usize::from(network.contains(address)));
        }
    }
    match Places::parse(text) {
        Ok(places) => {
            for address in addresses {
                assert_eq!(places.at(address), places.at(mapped(address)), "{address}");
            }
        }
        Err(error) => says(&error),
    }
}

/// An IPv4 address as IPv6 has it (RFC 4291 §2.5.5.2); any other as it is.
fn mapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) => IpAddr::V6(v4.to_ipv6_mapped()),
        IpAddr::V6(_) => address,
    }
}

pub(crate) fn says(error: &impl std::fmt::Display) {
    assert!(!error.to_string().is_empty(), "an error that says nothing");
}
