//! How what keeps strangers from using up what is others' is weakened.

use super::{Edit, Weakness};

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/client.rs",
            text: "if let Ok((_, Standing::Proven)) = standing {",
            instead: "if tries.admit(named, address, now).is_ok()\n            && let Ok((_, Standing::Proven)) = standing\n        {",
        }],
        breaks: "others who try at its address keep a client out that has its secret",
        test: "oauth::tests::refusals::wrong_tries_from_one_address_have_to_wait_and_hold_nobody_up_who_has_the_secret",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/client.rs",
            text: "        tries.admit(named, address, now)?;\n",
            instead: "        if !matches!(presented.proof, zt_federation::ClientProof::None) {\n            tries.admit(named, address, now)?;\n        }\n",
        }],
        breaks: "whoever shows certificates tries without end",
        test: "oauth::tests::certificates::who_shows_wrong_certificates_has_to_wait",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/token.rs",
            text: "proven.map_or(Whose::Stranger(caller.address), Whose::Client);",
            instead: "Whose::Stranger(caller.address);\n        drop(proven);",
        }],
        breaks: "strangers hide what is refused to clients",
        test: "oauth::tests::refusals::a_flood_of_strangers_hides_no_refusal_of_a_client",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/assertions.rs",
            text: "let used = of.entry(client.clone()).or_default();",
            instead: "let all = ClientId::new(\"all\").map_err(|_| NotTaken::Full)?;\n        let used = of.entry(all).or_default();",
        }],
        breaks: "a client that uses many assertions up keeps the others out",
        test: "oauth::assertions::tests::a_client_that_uses_many_up_leaves_the_others_theirs",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/assertions.rs",
            text: ".is_some_and(|since| issued_at <= since.as_seconds())",
            instead: ".is_some_and(|since| issued_at < since.as_seconds() - 3_600)",
        }],
        breaks: "an assertion is replayed to the process after a restart",
        test: "oauth::tests::assertions::an_assertion_that_was_used_before_a_restart_does_not_count_after_it",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/client.rs",
            text: "Ok(()) => self.note_ahead(&once, now).await,",
            instead: "Ok(()) => Ok(()),",
        }],
        breaks: "an assertion by a clock ahead of ours is replayed after a restart",
        test: "oauth::tests::assertions::an_assertion_that_was_used_before_a_restart_does_not_count_after_it",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/pushed.rs",
            text: "if of_site >= MOST_OF_SITE || of_network >= MOST_OF_NETWORK {",
            instead: "if of_site >= MOST_OF_SITE && of_network >= MOST_OF_NETWORK {",
        }],
        breaks: "one site fills a public client's share of pushed requests",
        test: "tests::pushed::one_site_fills_no_clients_share_and_public_clients_nobody_elses",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/pushed.rs",
            text: "(Reverse(of_site), entry.at)",
            instead: "(Reverse(of_site.filter(|_| false)), entry.at)",
        }],
        breaks: "who comes in great numbers pushes others' sign-ins out",
        test: "tests::pushed::one_site_fills_no_clients_share_and_public_clients_nobody_elses",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/pushed.rs",
            text: "(MOST_OF_ANYBODY, MOST_OF_PUBLIC_CLIENT)",
            instead: "(MOST + MOST_OF_ANYBODY, MOST_OF_PUBLIC_CLIENT)",
        }],
        breaks: "public clients together have no share of their own",
        test: "tests::pushed::one_site_fills_no_clients_share_and_public_clients_nobody_elses",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/pushed.rs",
            text: "let _ = live.take_pushed(&client.id, &reference);",
            instead: "",
        }],
        breaks: "a proof that was used leaves requests behind",
        test: "oauth::tests::dpop::a_request_whose_proof_was_used_is_not_kept",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/device_requests.rs",
            text: "for kept in self.requests.values().filter(|kept| kept.waits(now)) {",
            instead: "for kept in self.requests.values().filter(|kept| kept.waits(now) || kept.request.asked_at < now) {",
        }],
        breaks: "devices that wait no more keep others from waiting",
        test: "tests::devices::whoever_fills_the_waiting_room_does_not_keep_it_full",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/device_requests.rs",
            text: "            && of_site < MOST_OF_SITE\n",
            instead: "            && of_site <= MOST\n",
        }],
        breaks: "one site fills the waiting room of devices",
        test: "tests::devices::so_many_wait_from_one_network_and_one_site",
    },
];
