//! How the bounds of programs that register themselves are weakened.

use super::{Edit, Weakness};

const ENDPOINT: &str = "zt-endpoints/src/oauth/registration.rs";
const METADATA: &str = "zt-federation/src/registration/metadata.rs";
const SAID: &str = "zt-federation/src/registration/said.rs";

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-federation/src/registration.rs",
            text: "now < self.expires_at && self.used < self.uses",
            instead: "now < self.expires_at",
        }],
        breaks: "a token registers more clients than it is for",
        test: "oauth::tests::registration::nobody_registers_without_a_token",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-federation/src/registration.rs",
            text: "now < self.expires_at && self.used < self.uses",
            instead: "self.made_at <= now && self.used < self.uses",
        }],
        breaks: "a token registers clients for ever",
        test: "oauth::tests::registration::a_token_ends",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: ENDPOINT,
            text: "if client.id.as_str() != named {",
            instead: "if named.is_empty() {",
        }],
        breaks: "one client's token reads and removes another client",
        test: "oauth::tests::registration::it_reads_changes_and_removes_itself",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: ENDPOINT,
            text: "            access_token: token_hash(&secrets.access_token),\n            said: metadata.said,",
            instead: "            said: metadata.said,",
        }],
        breaks: "a registration access token goes on counting after a change",
        test: "oauth::tests::registration::it_reads_changes_and_removes_itself",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: ENDPOINT,
            text: "if is_somebody_else(&before, &client, &registration) {",
            instead: "if false && is_somebody_else(&before, &client, &registration) {",
        }],
        breaks: "what people agreed to holds for whatever the program calls itself later",
        test: "oauth::tests::registration::it_reads_changes_and_removes_itself",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: ENDPOINT,
            text: "        tries.wrong(None, caller.address, now);\n        NotRegistered",
            instead: "        NotRegistered",
        }],
        breaks: "tokens are guessed without end",
        test: "oauth::tests::registration::guesses_are_bounded",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: ENDPOINT,
            text: "let checked = fetched.and_then(|list| check_sector(&list, &metadata.redirect_uris));",
            instead: "let _ = (check_sector, &fetched);\n        let checked = Ok::<(), Fault>(());",
        }],
        breaks: "whoever names a sector is in it",
        test: "oauth::tests::registration::sectors_are_fetched_from_public_addresses_only",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: ENDPOINT,
            text: "is asked now.\n        let now = live.clock().now();\n",
            instead: "is asked now.\n",
        }],
        breaks: "whoever sends slowly registers with a token that is over",
        test: "oauth::tests::registration::what_comes_slowly_counts_when_it_is_there",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: ENDPOINT,
            text: "        || before.client.subject != client.subject\n",
            instead: "",
        }],
        breaks: "a program that people agreed to under a name of its own learns the one that all know",
        test: "oauth::tests::registration::who_shows_itself_otherwise_asks_again",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: ENDPOINT,
            text: "before.client.redirect_uris != client.redirect_uris",
            instead: "false",
        }],
        breaks: "people who agreed are sent to somebody else",
        test: "oauth::tests::registration::who_shows_itself_otherwise_asks_again",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/registration/pace.rs",
            text: "if *count >= MOST {",
            instead: "if false && *count >= MOST {",
        }],
        breaks: "a program changes itself, and makes us call others, without end",
        test: "oauth::tests::registration::a_client_changes_so_often",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: ENDPOINT,
            text: "repeated.is_some_and(|secret| !before.client.has_secret(&secret, now))",
            instead: "repeated.is_some_and(|secret| secret.expose().is_empty())",
        }],
        breaks: "a program repeats a secret that is not its own",
        test: "oauth::tests::registration::it_reads_changes_and_removes_itself",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/federate/device.rs",
            text: "        itself: itself(state, page, &client.id),",
            instead: "        itself: None.or_else(|| itself(state, page, &client.id).filter(|_| false)),",
        }],
        breaks: "who approves a device takes a program's own name for one that was given to it",
        test: "tests::devices::a_program_that_registered_itself_is_said_to_have",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/federate/consent.rs",
            text: "if shown(&state, &brought.client) != asked.shown {",
            instead: "if asked.shown.len() == 1 {",
        }],
        breaks: "somebody agrees to one program and another one has it",
        test: "tests::registration::who_registered_itself_is_looked_at_and_removed",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: METADATA,
            text: "                && !grants.contains(&GrantType::DeviceCode);",
            instead: ";",
        }],
        breaks: "a program that people type codes for knows them by another's names",
        test: "registration::tests::sectors_hold_addresses_together",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/registration/sector.rs",
            text: "if !back.is_empty() && back.iter()",
            instead: "if back.iter()",
        }],
        breaks: "a list vouches for whoever has no address",
        test: "registration::tests::sectors_hold_addresses_together",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: METADATA,
            text: "if said.application == ApplicationKind::Web && ",
            instead: "if false && ",
        }],
        breaks: "a program of the web is sent codes by whoever takes its scheme",
        test: "registration::tests::what_is_refused",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/words.rs",
            text: "ManagedBy::Registration => page.t1(\"client-by-itself\", \"name\", name.to_owned()),",
            instead: "ManagedBy::Registration => name.to_owned(),",
        }],
        breaks: "a page names a program as it likes to be named, and says no more",
        test: "tests::left::one_client_does_not_push_others_out",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: METADATA,
            text: "if !self.grants.is_subset(&allowance.grants) {",
            instead: "if self.grants.is_empty() {",
        }],
        breaks: "a program has grants that nobody allowed it",
        test: "registration::tests::a_token_is_the_bound",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: METADATA,
            text: "Some(wanted) => wanted & &allowance.scopes,",
            instead: "Some(wanted) => wanted.clone(),",
        }],
        breaks: "a program asks for what nobody allowed it",
        test: "registration::tests::a_token_is_the_bound",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: METADATA,
            text: "consent: ConsentDemand::Asked,",
            instead: "consent: ConsentDemand::Implied,",
        }],
        breaks: "a program learns of people whom nobody asked",
        test: "registration::tests::what_nobody_says_is_as_the_specifications_have_it",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: SAID,
            text: "host.is_some() && !back.is_empty() && back.iter().all(|uri| uri.web_host() == host)",
            instead: "host.is_some()",
        }],
        breaks: "a program shows somebody else's pages as its own",
        test: "registration::tests::what_is_refused",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: SAID,
            text: "if (1..=longest).contains(&length) && !hides {",
            instead: "let _ = hides;\n    if (1..=longest).contains(&length) {",
        }],
        breaks: "a program's name turns around what stands beside it",
        test: "registration::tests::what_is_refused",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/registration/sector.rs",
            text: "texts.any(|text| text == uri.as_str())",
            instead: "texts.any(|text| text.eq_ignore_ascii_case(uri.as_str()))",
        }],
        breaks: "a sector has addresses that its list has not",
        test: "registration::tests::sectors_hold_addresses_together",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: METADATA,
            text: "        if OURS.iter().any(|name| object.has(name)) {",
            instead: "        if OURS.iter().all(|name| object.has(name)) {",
        }],
        breaks: "a program chooses its own registration access token",
        test: "registration::tests::an_update_is_of_one_client_and_sends_nothing_of_ours",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: METADATA,
            text: "    let read = read.filter(|uri| uri.web_host().is_some());\n    read.map(Some).ok_or(metadata(\n        \"the jwks_uri begins",
            instead: "    read.map(Some).ok_or(metadata(\n        \"the jwks_uri begins",
        }],
        breaks: "a program's keys are whoever's who is in between",
        test: "registration::tests::what_is_refused",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: METADATA,
            text: "    if object.has(\"jwks\") {",
            instead: "    if object.has(\"jwks\") && object.has(\"client_secret\") {",
        }],
        breaks: "a program has two key sets, and nobody knows which counts",
        test: "registration::tests::what_is_refused",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: ENDPOINT,
            text: "            pace.call(token, now)?;",
            instead: "            let _ = pace.call(token, now);",
        }],
        breaks: "whoever has a token has us call whatever addresses he likes",
        test: "oauth::tests::referred::keys_are_fetched_from_public_addresses_only",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/keys.rs",
            text: "if strangers >= OF_STRANGERS {",
            instead: "if strangers >= OF_STRANGERS + AT_ONCE {",
        }],
        breaks: "programs whose servers never answer keep all other clients' keys from being fetched",
        test: "oauth::tests::referred::programs_that_registered_themselves_hold_up_nobody_elses_keys",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: ENDPOINT,
            text: "let checked = fetched.and_then(|list| check_sector(&list, &metadata.redirect_uris));",
            instead: "let checked = fetched.map(|_| drop(check_sector(b\"[]\", &metadata.redirect_uris)));",
        }],
        breaks: "whoever is not in a sector's list is in the sector",
        test: "oauth::tests::referred::a_sector_has_whom_its_list_has",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: ENDPOINT,
            text: "        if is_taken {",
            instead: "        if is_taken && names.plain.is_none() {",
        }],
        breaks: "a program registers itself by the name of another",
        test: "oauth::tests::registered_names::nobody_is_called_like_another_program",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[
            Edit {
                file: "zt-types/src/names.rs",
                text: "    let one_width: String = seen.nfkc().collect();",
                instead: "    let one_width: String = seen.collect();",
            },
            Edit {
                file: "zt-types/src/names.rs",
                text: "    let one_case = one_case\n        .nfkc()",
                instead: "    let one_case = one_case\n        .chars()",
            },
            Edit {
                file: "zt-types/src/names.rs",
                text: "    one_case.nfkc().collect()",
                instead: "    one_case.collect()",
            },
        ],
        breaks: "a program registers itself by the name of another in letters of another width",
        test: "oauth::tests::registered_names::nobody_is_called_like_another_program",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: ENDPOINT,
            text: "other.id != client.id && !is_copy && names",
            instead: "other.app == client.app && other.id != client.id && !is_copy && names",
        }],
        breaks: "a program registers itself by the name of one of another application",
        test: "oauth::tests::registered_names::nobody_is_called_like_another_program",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: SAID,
            text: "    let hides = text.contains(|c| is_hidden(c) || is_variant(c));",
            instead: "    let hides = text.contains(|c: char| (is_hidden(c) && c.is_control()) || is_variant(c));",
        }],
        breaks: "a name has letters that nobody sees",
        test: "registration::tests::what_is_refused",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: SAID,
            text: "if !name.contains(char::is_alphanumeric) {",
            instead: "if name.is_empty() {",
        }],
        breaks: "a name is none that anybody can read",
        test: "registration::tests::what_is_refused",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: SAID,
            text: "        if self.said.is_at(domain) {",
            instead: "        if self.said.is_at(&format!(\"id.{domain}\")) {",
        }],
        breaks: "a program shows pages at our hosts as its own",
        test: "oauth::tests::registered_names::nothing_of_a_program_is_at_our_hosts",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: SAID,
            text: "front.uri.is_below(domain) || front.uri.is_loopback()",
            instead: "front.uri.is_loopback()",
        }],
        breaks: "a program has browsers frame our own hosts",
        test: "oauth::tests::registered_names::nothing_of_a_program_is_at_our_hosts",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: SAID,
            text: "front.uri.is_below(domain) || front.uri.is_loopback()",
            instead: "front.uri.is_below(domain)",
        }],
        breaks: "a program has browsers frame what runs on their device",
        test: "oauth::tests::registered_names::nothing_of_a_program_is_at_our_hosts",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-events/src/registered_as.rs",
            text: "addresses.by_ref().take(MOST).collect()",
            instead: "addresses.by_ref().collect()",
        }],
        breaks: "a program writes as much as it likes into the log",
        test: "oauth::tests::registered_names::the_log_says_what_was_registered",
    },
];
