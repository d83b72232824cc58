//! How the other ways to tokens are weakened: codes, refresh tokens.

use super::{Edit, Weakness};

/// Nobody looks whether a grant is that client's.
const ANY_CLIENT: &[Edit] = &[
    Edit {
        file: "zt-auth/src/issue.rs",
        text: "    if grant.client != *client {",
        instead: "    if grant.id != grant.id {",
    },
    Edit {
        file: "zt-live/src/grants.rs",
        text: "        if grant.client != *client {",
        instead: "        if grant.id != id {",
    },
    Edit {
        file: "zt-live/src/grants.rs",
        text: "        if grant.client != client.id {",
        instead: "        if grant.id != id {",
    },
];

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-endpoints",
        edits: ANY_CLIENT,
        breaks: "a code and a refresh token are redeemed by another client",
        test: "oauth::tests::refusals::another_client_gets_nothing_and_spoils_nothing",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-live/src/device_requests.rs",
            text: "if kept.request.client != *client || kept.code != code {",
            instead: "if kept.code != code {",
        }],
        breaks: "another client learns how a device's request stands",
        test: "oauth::tests::devices::nobody_learns_of_a_device_without_its_code",
    },
    Weakness {
        package: "zt-endpoints",
        edits: ANY_CLIENT,
        breaks: "a device's code is redeemed by another client",
        test: "oauth::tests::devices::a_devices_code_is_redeemed_once_and_by_its_client",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-auth/src/issue.rs",
            text: "                GrantState::Tokens { .. } => Err(IssueRefused::Replayed),",
            instead: "                GrantState::Tokens { .. } => Ok(turned(grant, refresh, 0)),",
        }],
        breaks: "a device's code is redeemed twice",
        test: "oauth::tests::devices::a_devices_code_is_redeemed_once_and_by_its_client",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-live/src/device_requests.rs",
            text: "hers.wait(GUESSES, now),",
            instead: "hers.wait(u32::MAX, now),",
        }],
        breaks: "one person guesses user codes without end",
        test: "oauth::tests::devices::codes_that_people_type_are_not_guessed",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-live/src/device_requests.rs",
            text: "waiting.wrong_of_all.count(now);",
            instead: "",
        }],
        breaks: "many people guess user codes without end",
        test: "oauth::tests::devices::codes_that_people_type_are_not_guessed",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/device.rs",
            text: "if !matches!(asked, Asked::Device(_)) {",
            instead: "if client.id != client.id {",
        }],
        breaks: "a browser's code is redeemed as a device's, without its proof key",
        test: "oauth::tests::devices::a_code_of_one_way_is_none_in_another",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/guard.rs",
            text: "if sent.is_some_and(|sent| state.is_form_token(&signed.session, sent)) {",
            instead: "if sent.is_none_or(|sent| state.is_form_token(&signed.session, sent)) {",
        }],
        breaks: "somebody else's page says yes to a device in her name",
        test: "tests::devices::only_our_own_page_says_yes",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/exchange.rs",
            text: "if subject.cnf.is_some() && subject.cnf != sender.holds {",
            instead: "if subject.cnf.is_none() && subject.cnf.is_some() {",
        }],
        breaks: "an exchange strips a token of its key",
        test: "oauth::tests::exchanges::a_bound_token_is_not_made_a_bearers",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-federation/src/exchange.rs",
            text: "if !wanted.is_subset(theirs) {",
            instead: "if wanted.len() > 9 {",
        }],
        breaks: "an exchange widens what a token is for",
        test: "oauth::tests::exchanges::nothing_is_widened",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/exchange.rs",
            text: "let is_ours = is_exchanged || given_to.app == client.app;",
            instead: "let is_ours = is_exchanged || given_to.id == given_to.id;",
        }],
        breaks: "a client exchanges what another application's client was given",
        test: "oauth::tests::exchanges::only_who_is_registered_exchanges_and_only_what_is_its_own_applications",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-federation/src/exchange.rs",
            text: "let is_registered = to.is_some_and(|to| self.exchange_to.contains(&to.id));",
            instead: "let is_registered = to.is_some();",
        }],
        breaks: "a client exchanges for an audience that it is not registered for",
        test: "oauth::tests::exchanges::only_who_is_registered_exchanges_and_only_what_is_its_own_applications",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[
            Edit {
                file: "zt-live/src/exchange.rs",
                text: "let decided = self.decide_about(&grant, &wanted.to.app);",
                instead: "let decided = self.decide_about(&grant, &grant.app);",
            },
            Edit {
                file: "zt-live/src/exchange.rs",
                text: "match self.decide_about(&grant, &wanted.to.app) {",
                instead: "match self.decide_about(&grant, &grant.app) {",
            },
            Edit {
                file: "zt-auth/src/issue.rs",
                text: "if permit.app() != app {",
                instead: "if now < grant.created_at {",
            },
        ],
        breaks: "an exchange does not ask whether she may use the other application",
        test: "oauth::tests::exchanges::the_policies_of_both_applications_decide",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-live/src/exchange.rs",
            text: "            && self.grant_holds(grant)\n",
            instead: "",
        }],
        breaks: "what was exchanged outlives the sign-in that it came of",
        test: "oauth::tests::exchanges::what_came_of_a_grant_ends_with_it",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-live/src/exchange.rs",
            text: ".min(wanted.until),",
            instead: ",",
        }],
        breaks: "what was exchanged lasts longer than what it was exchanged for",
        test: "oauth::tests::exchanges::a_token_for_another_application_says_who_acts_and_lasts_no_longer",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/federate/device.rs",
            text: "pub(crate) async fn page(Query(shown): Query<Shown>, Present(signed): Present) -> Response {\n",
            instead: "pub(crate) async fn page(State(state): State<PagesState>, Query(shown): Query<Shown>, Present(signed): Present) -> Response {\n    state.live().device_request(signed.person.id, &shown.user_code).ok();\n",
        }],
        breaks: "somebody else's page uses up the user codes that people may type wrongly",
        test: "tests::devices::somebody_elses_page_uses_up_no_guesses",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/federate/device.rs",
            text: "    let wish = DeviceWish {\n",
            instead: "    let early = agreed(state, signed.person.id, &client.id, Vec::new());\n    live.commit(Plan::new(vec![Change::PutConsent(early)], Vec::new())).await.ok();\n    let wish = DeviceWish {\n",
        }],
        breaks: "a consent is kept for a device that the policies refuse",
        test: "tests::devices::the_policies_say_who_may_and_consent_is_kept",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/exchange.rs",
            text: "let hops = chain(claims.via.clone(), claims.client_id.clone());",
            instead: "let hops = vec![claims.client_id.clone()];",
        }],
        breaks: "what was exchanged on outlives the exchange before",
        test: "oauth::tests::exchanges::a_chain_holds_as_long_as_each_of_its_links",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[
            Edit {
                file: "zt-endpoints/src/oauth/exchange.rs",
                text: "if !subject.via.is_empty() && !self.all_hold(&grant, (&subject.via, &client), &scopes) {",
                instead: "if scopes.len() > 99 {",
            },
            Edit {
                file: "zt-endpoints/src/oauth/exchange.rs",
                text: "let hops = chain(subject.via.clone(), client.id.clone());",
                instead: "let hops = vec![client.id.clone()];",
            },
        ],
        breaks: "an exchange passes by the application in the middle of a chain",
        test: "oauth::tests::exchanges::a_chain_holds_as_long_as_each_of_its_links",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/exchange.rs",
            text: "                    && self.check_consent(grant, &taker, scopes).is_ok()\n",
            instead: "",
        }],
        breaks: "what was exchanged outlives her consent",
        test: "oauth::tests::exchanges::a_chain_holds_as_long_as_each_of_its_links",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/exchange.rs",
            text: "            sender.may_refresh(&client, &grant)?;\n",
            instead: "",
        }],
        breaks: "an ID token is exchanged without the key of the tokens that it came with",
        test: "oauth::tests::exchanges::no_token_comes_loose_of_its_key",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/exchange.rs",
            text: "let is_shown = claims.cnf.is_none() || claims.cnf == sender.holds;",
            instead: "let is_shown = claims.exp > claims.iat;",
        }],
        breaks: "somebody acts with a token that is bound to another's key",
        test: "oauth::tests::exchanges::no_token_comes_loose_of_its_key",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/exchange.rs",
            text: "if to.token_binding() != TokenBinding::IfShown && sender.holds.is_none() {",
            instead: "if to.token_binding() != to.token_binding() {",
        }],
        breaks: "an audience of bound tokens only is given loose ones",
        test: "oauth::tests::exchanges::no_token_comes_loose_of_its_key",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-store/src/state/apply.rs",
            text: "                self.drop_given(id, |_| true, done);\n",
            instead: "",
        }],
        breaks: "a client that is registered anew takes what was given to a removed one of its name",
        test: "oauth::tests::losses::a_client_that_comes_back_begins_with_nothing",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-live/src/grants.rs",
            text: "Err(_) if brought.is_replay(grant.state) => {",
            instead: "Err(GrantError::Unknown) if brought.is_replay(grant.state) => {",
        }],
        breaks: "a stolen refresh token goes unnoticed while the policies refuse",
        test: "oauth::tests::losses::what_comes_twice_while_the_policies_refuse_ends_its_grant",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-store/src/state/apply.rs",
            text: "self.end_grants(grants, *at, GrantEnd::ConsentWithdrawn, done);",
            instead: "self.end_grants(Vec::new(), *at, GrantEnd::ConsentWithdrawn, done);\n                drop(grants);",
        }],
        breaks: "what rested on a consent goes on after it was taken back",
        test: "oauth::tests::losses::who_took_her_consent_back_gives_nothing_any_more",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[
            Edit {
                file: "zt-live/src/grants.rs",
                text: "        if grant.app != client.app {",
                instead: "        if grant.id != id {",
            },
            Edit {
                file: "zt-store/src/state/apply.rs",
                text: "                self.drop_given(id, |_| true, done);\n",
                instead: "",
            },
        ],
        breaks: "a client takes what was given to a removed one of its name, of another application",
        test: "oauth::tests::losses::a_client_that_is_removed_gets_nothing",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[
            Edit {
                file: "zt-policy/src/decide.rs",
                text: "if person.state == PersonState::Disabled {",
                instead: "if person.state == PersonState::Disabled && false {",
            },
            Edit {
                file: "zt-policy/src/facts.rs",
                text: "person.state == PersonState::Disabled || session",
                instead: "(person.state == PersonState::Disabled && false) || session",
            },
            Edit {
                file: "zt-auth/src/issue.rs",
                text: "if standing == PersonState::Disabled {",
                instead: "if standing == PersonState::Disabled && false {",
            },
        ],
        breaks: "clients get tokens about somebody who is disabled",
        test: "oauth::tests::losses::somebody_disabled_gives_no_client_anything",
    },
];
