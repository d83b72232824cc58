//! How requests of clients are weakened: pushed, signed, by a profile.

use super::{Edit, Weakness};

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-live/src/pushed.rs",
            text: "own.is_some_and(|own| own.remove(&token_hash(reference.secret())).is_some())",
            instead: "own.is_some_and(|own| own.contains_key(&token_hash(reference.secret())))",
        }],
        breaks: "a pushed request is answered twice",
        test: "tests::pushed::it_is_answered_once",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-federation/src/authorize.rs",
            text: "        if client.pushes_always() {",
            instead: "        if client.id.as_str().is_empty() {",
        }],
        breaks: "a browser brings the request of a client that always pushes",
        test: "tests::pushed::nothing_is_fetched_and_who_must_push_does",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/pushed.rs",
            text: "        let own = waiting.of.get_mut(&client.id)?;",
            instead: "        let own = waiting.of.values_mut().next()?;",
        }],
        breaks: "a pushed request is answered for another client",
        test: "tests::pushed::a_request_is_its_clients_alone_while_that_may_ask_for_it",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/pushed.rs",
            text: "        if !begins_in_time || !goes_on || !may {",
            instead: "        let _ = begins_in_time;\n        if !goes_on || !may {",
        }],
        breaks: "a browser comes with a pushed request that is over",
        test: "tests::pushed::a_request_waits_a_minute_for_its_browser_and_an_hour_for_its_person",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-federation/src/assertion.rs",
            text: "        if self.aud != issuer {",
            instead: "        if !self.aud.starts_with(issuer) {",
        }],
        breaks: "an assertion for the token endpoint's address counts",
        test: "oauth::tests::assertions::an_assertion_is_for_us_alone_and_signed_by_the_client",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-crypto/src/jose/foreign.rs",
            text: "        if !fitting.any(|key| self.compact.is_signed_with(&key.key)) {",
            instead: "        if fitting.next().is_none() {",
        }],
        breaks: "a request object counts whoever signed it",
        test: "oauth::tests::requests::a_request_is_signed_with_a_key_of_its_client",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-live/src/requests.rs",
            text: "        .filter(|algorithm| client.signs_requests_with(algorithm.as_str()))",
            instead: "        .filter(|algorithm| client.signs_with(algorithm.as_str()))",
        }],
        breaks: "a request object is signed with another algorithm than its client said",
        test: "oauth::tests::requests::a_request_is_signed_as_its_client_said_it_would_be",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-live/src/requests.rs",
            text: "    if typ.is_some_and(|typ| !TYPES.contains(&typ.as_str())) {",
            instead: "    if typ.is_some_and(|typ| typ.len() < TYPES.len()) {",
        }],
        breaks: "what else a client signed is taken for a request object",
        test: "oauth::tests::requests::a_request_is_signed_with_a_key_of_its_client",
    },
    Weakness {
        package: "zt-federation",
        edits: &[
            Edit {
                file: "zt-federation/src/request_object.rs",
                text: "    List([String; 1]),",
                instead: "    List(Vec<String>),",
            },
            Edit {
                file: "zt-federation/src/request_object.rs",
                text: "        aud: Audience::One(aud) | Audience::List([aud]),",
                instead: "        aud,",
            },
            Edit {
                file: "zt-federation/src/request_object.rs",
                text: "    if aud != issuer {",
                instead: "    let is_for_us = match aud {\n        Audience::One(one) => one == issuer,\n        Audience::List(all) => all.iter().any(|one| one == issuer),\n    };\n    if !is_for_us {",
            },
        ],
        breaks: "a request object that is for somebody else too counts",
        test: "request_object::tests::an_object_is_its_clients_for_us_now",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-federation/src/safeguards.rs",
            text: "                } else {\n                    TokenBinding::Key\n                }",
            instead: "                } else {\n                    TokenBinding::IfShown\n                }",
        }],
        breaks: "a client of the FAPI profile gets bearer tokens",
        test: "oauth::tests::requests::a_client_of_the_profile_gets_bound_tokens_by_a_proof_key_or_nothing",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/userinfo.rs",
            text: "        if !demand.is_met_by(grant.assurance, grant.authenticated_at, now) {",
            instead: "        if now < grant.authenticated_at {",
        }],
        breaks: "userinfo tells what more must be proven for",
        test: "oauth::tests::requests::userinfo_says_what_must_be_proven_first",
    },
];
