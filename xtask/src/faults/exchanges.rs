//! How exchanges of tokens are weakened.

use super::{Edit, Weakness};

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
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
            Edit {
                file: "zt-endpoints/src/oauth/exchange.rs",
                text: "        if !self.all_hold(&grant, (&hops, &to), &scopes) {",
                instead: "        if hops.is_empty() {",
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
];
