//! How requests of clients, and what binds tokens to whoever shows them, are weakened.

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
];
