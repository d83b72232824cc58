//! How what a browser tells clients of a sign-out is weakened.

use super::{Edit, Weakness};

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/front.rs",
            text: "        if theirs.any(|origin| without_usual_port(origin) == ours) {",
            instead: "        if theirs.any(|origin| ours.starts_with(without_usual_port(origin))) {",
        }],
        breaks: "a frame leads to a host that only begins like the client's",
        test: "front::tests::a_frame_leads_only_where_codes_are_sent",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/front.rs",
            text: "        again.is_ok().then_some(front)",
            instead: "        let _ = again;\n        Some(front)",
        }],
        breaks: "a frame leads to where codes were sent once",
        test: "front::tests::an_address_that_codes_are_not_sent_to_any_more_is_not_opened",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-live/src/front.rs",
            text: "            let grants = state.grants_of(session);",
            instead: "            let _ = session;\n            let grants = state.grants.values();",
        }],
        breaks: "a browser tells of other people's sessions",
        test: "tests::left::nobody_is_told_of_a_session_that_is_not_this_one",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-live/src/front.rs",
            text: "matches!(grant.state, GrantState::Tokens { .. })",
            instead: "!matches!(grant.state, GrantState::Ended { .. })",
        }],
        breaks: "a browser tells clients that never got anything",
        test: "tests::left::nobody_is_told_of_a_session_that_is_not_this_one",
    },
    Weakness {
        package: "zt-console",
        edits: &[
            Edit {
                file: "zt-live/src/front.rs",
                text: "            if its.len() < MOST_OF_ONE {",
                instead: "            if its.len() < MOST {",
            },
            Edit {
                file: "zt-live/src/front.rs",
                text: "let turns = (0..MOST_OF_ONE).flat_map(|turn| {",
                instead: "let turns = (0..MOST).flat_map(|turn| {",
            },
        ],
        breaks: "a client opens as many frames as it likes",
        test: "tests::left::one_client_does_not_push_others_out",
    },
    Weakness {
        package: "zt-pages",
        edits: &[Edit {
            file: "zt-pages/src/headers.rs",
            text: "                policy.push_str(&origin.0);",
            instead: "                let _ = origin;\n                policy.push_str(\"https:\");",
        }],
        breaks: "a page may frame whatever there is",
        test: "tests::the_content_policy_of_pages",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/templates/federate/left.html",
            text: " title=\"{{ frame.name }}\"",
            instead: " title=\"{{ frame.name|safe }}\"",
        }],
        breaks: "a client's name is taken for a piece of the page",
        test: "tests::left::what_a_client_is_registered_with_breaks_out_of_nothing",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/templates/federate/left.html",
            text: " sandbox=\"allow-scripts allow-same-origin allow-forms\"",
            instead: "",
        }],
        breaks: "a client's frame may move the page that it stands on",
        test: "tests::left::a_client_is_told_which_session_ended_and_the_browser_goes_on",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/templates/federate/left.html",
            text: " referrerpolicy=\"no-referrer\"",
            instead: " referrerpolicy=\"unsafe-url\"",
        }],
        breaks: "each client reads in the referrer what another said",
        test: "tests::left::a_client_is_told_which_session_ended_and_the_browser_goes_on",
    },
    Weakness {
        package: "zt-net",
        edits: &[Edit {
            file: "zt-net/src/outbound.rs",
            text: "        let _turn = self.turns.acquire().await;\n        let work = self.once(&target, request);",
            instead: "        let work = async {\n            let _turn = self.turns.acquire().await;\n            self.once(&target, request).await\n        };",
        }],
        breaks: "clients that are slow use up the time of others",
        test: "outbound::tests::whoever_waits_for_somebody_slow_loses_no_time_of_its_own",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-auth/src/grant.rs",
            text: "    pub fn told(mut self, what: Untold) -> Option<Self> {\n        if self.untold()? != what {\n            return None;\n        }\n",
            instead: "    pub fn told(mut self, what: Untold) -> Option<Self> {\n        let _ = what;\n",
        }],
        breaks: "a client that was being told of a lapse is not told of the end",
        test: "tests::lapses::of_an_end_a_client_is_told_that_was_being_told_of_a_lapse",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/commit.rs",
            text: "        plan.changes.splice(0..0, ends);",
            instead: "        drop(ends);",
        }],
        breaks: "a client that is moved is not told what ended",
        test: "tests::lapses::a_client_that_moves_is_told_and_begins_with_nothing",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/commit.rs",
            text: "        for client in removed.chain(moved) {",
            instead: "        let _ = moved;\n        for client in removed {",
        }],
        breaks: "what a client asked for is answered for another application",
        test: "tests::lapses::a_client_that_moves_is_told_and_begins_with_nothing",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/keys.rs",
            text: "    if !is_json(answer.headers()) {",
            instead: "    if answer.headers().is_empty() && !is_json(answer.headers()) {",
        }],
        breaks: "what anybody put at a client's host counts as its keys",
        test: "oauth::tests::published::what_is_no_key_set_of_the_clients_replaces_nothing",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-live/src/client_keys.rs",
            text: "now < self.tried_at + LOOKED_LATELY || ",
            instead: "",
        }],
        breaks: "whoever names unknown keys makes us call a client again and again",
        test: "oauth::tests::published::a_key_that_is_replaced_is_found_and_nobody_makes_us_look_for_ever",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-live/src/client_keys.rs",
            text: "        (now < *fetched_at + KEYS_COUNT_FOR).then(|| Arc::clone(keys))",
            instead: "        let _ = (now, fetched_at);\n        Some(Arc::clone(keys))",
        }],
        breaks: "keys count for ever that nobody can take out any more",
        test: "oauth::tests::published::what_is_no_key_set_of_the_clients_replaces_nothing",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-live/src/client_keys.rs",
            text: "        (known.from == *from).then_some(known)",
            instead: "        let _ = from;\n        Some(known)",
        }],
        breaks: "keys of an address count that the client has left",
        test: "oauth::tests::published::a_key_that_is_replaced_is_found_and_nobody_makes_us_look_for_ever",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/client_keys.rs",
            text: " || (self.failures > 0 && now < self.next_at)",
            instead: "",
        }],
        breaks: "whoever names unknown keys calls an address again and again that fails",
        test: "tests::client_keys::who_names_unknown_keys_does_not_hurry_an_address_that_fails",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/client_keys.rs",
            text: "        is_old || self.text() != before.text() || self.failed != before.failed",
            instead: "        let _ = is_old;\n        self.tried_at != before.tried_at || self.written_at >= before.written_at",
        }],
        breaks: "whoever names unknown keys makes us write to the disk",
        test: "tests::client_keys::what_only_takes_time_writes_nothing",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/client_keys.rs",
            text: "const LONGEST: Seconds = Seconds::hours(1);",
            instead: "const LONGEST: Seconds = Seconds::days(1);",
        }],
        breaks: "a key that was taken out counts as long as its server says",
        test: "tests::client_keys::a_key_that_is_taken_out_is_gone_within_an_hour",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-store/src/state/apply/clients.rs",
            text: "        if self.app_of(client).is_some() {",
            instead: "        {",
        }],
        breaks: "what is noted of a client that is gone is found by the next of that name",
        test: "tests::client_keys::keys_count_after_a_restart_and_go_with_their_client",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-store/src/state/apply/clients.rs",
            text: "        for note in ClientNote::ALL {",
            instead: "        for note in ClientNote::ALL.into_iter().take(0) {",
        }],
        breaks: "keys of a client that was removed count for the next of that name",
        test: "tests::client_keys::keys_count_after_a_restart_and_go_with_their_client",
    },
];
