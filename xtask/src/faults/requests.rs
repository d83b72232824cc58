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
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/sender.rs",
            text: "        let Some(kept) = &grant.holder else {",
            instead: "        let Some(kept) = grant.holder.as_ref().filter(|_| self.holds.is_some()) else {",
        }],
        breaks: "a refresh token that is bound to a key is used without a proof",
        test: "oauth::tests::dpop::a_refresh_token_is_not_used_without_what_it_was_given_to",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/sender.rs",
            text: "        if client.authentication == Authentication::None && shown != *kept {",
            instead: "        if client.authentication == Authentication::None && shown.is_empty() {",
        }],
        breaks: "a public client's refresh token is used with another key",
        test: "oauth::tests::dpop::a_refresh_token_is_not_used_without_what_it_was_given_to",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/assertions.rs",
            text: "        if self.until.contains_key(&name) {",
            instead: "        if self.until.len() > most {",
        }],
        breaks: "a proof of possession is replayed",
        test: "oauth::tests::dpop::a_proof_counts_once_for_one_request",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-federation/src/dpop.rs",
            text: "(Some(meant), Some(is)) if meant == is => {}",
            instead: "(Some(_), Some(_)) => {}",
        }],
        breaks: "a proof for another address counts",
        test: "oauth::tests::dpop::a_proof_counts_once_for_one_request",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/dpop/address.rs",
            text: "        let of_host = |byte: u8| byte.is_ascii_alphanumeric() || b\"-._[]:\".contains(&byte);",
            instead: "        let host = host.rsplit('@').next().unwrap_or_default();\n        let of_host = |byte: u8| byte.is_ascii_alphanumeric() || b\"-._[]:\".contains(&byte);",
        }],
        breaks: "the address of a proof is read past a user name",
        test: "dpop::address::tests::another_address",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/userinfo.rs",
            text: "            (None, Scheme::Bearer) => None,",
            instead: "            (_, Scheme::Bearer) => None,",
        }],
        breaks: "a token that is bound to a key is used as a bearer token",
        test: "oauth::tests::dpop::a_token_is_good_with_its_key_only",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/userinfo.rs",
            text: "                if proof.key != *key {",
            instead: "                if proof.key.is_empty() {",
        }],
        breaks: "a token that is bound to a key is used with another key",
        test: "oauth::tests::dpop::a_token_is_good_with_its_key_only",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/sender.rs",
            text: "(Some(wanted), Some(Confirmation::Key(key))) if wanted == key => Ok(()),",
            instead: "(Some(_), Some(Confirmation::Key(_))) => Ok(()),",
        }],
        breaks: "a code that was asked for with a key is redeemed with another",
        test: "oauth::tests::dpop::a_client_can_be_held_to_its_key",
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
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/certificate.rs",
            text: "    if !is_vouched_for {",
            instead: "    if !is_vouched_for && chain.is_empty() {",
        }],
        breaks: "a client's certificate counts whoever issued it",
        test: "oauth::tests::certificates::a_client_proves_itself_by_a_certificate_that_its_authorities_vouch_for",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/certificate.rs",
            text: "    if !is_of(leaf, &name) {",
            instead: "    if !is_of(leaf, &name) && leaf.is_empty() {",
        }],
        breaks: "a client shows the certificate of another",
        test: "oauth::tests::certificates::a_client_proves_itself_by_a_certificate_that_its_authorities_vouch_for",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/certificate.rs",
            text: "        return if is_in(leaf, keys) {",
            instead: "        return if chain.iter().any(|any| is_in(any, keys)) {",
        }],
        breaks: "a registered certificate counts that somebody else's connection carries along",
        test: "oauth::tests::certificates::a_client_registers_the_certificate_itself",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/userinfo.rs",
            text: "                if certificate_of(caller) != *held {",
            instead: "                if certificate_of(caller).is_none() && held.is_none() {",
        }],
        breaks: "a token that is bound to a certificate is used without it",
        test: "oauth::tests::certificates::a_token_is_good_with_its_certificate_only",
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: "zt-crypto/src/x509/client.rs",
            text: "                let usage = KeyUsage::client_auth();",
            instead: "                let usage = KeyUsage::server_auth();",
        }],
        breaks: "a server's certificate proves a client",
        test: "x509::client::tests::an_authority_vouches_for_what_it_issued_to_clients_now",
    },
];
