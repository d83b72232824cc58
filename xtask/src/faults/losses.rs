//! How it is weakened that whoever is disabled, removed, or took her word back gives nothing any more.

use super::{Edit, Weakness};

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-store/src/state/apply/clients.rs",
            text: "        self.drop_given(id, |_| true, done);\n",
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
                file: "zt-store/src/state/apply/clients.rs",
                text: "        self.drop_given(id, |_| true, done);\n",
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
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/userinfo.rs",
            text: "        if !self.live().grant_holds(&grant) {",
            instead: "        if grant.id != id {",
        }],
        breaks: "userinfo tells of somebody who is disabled",
        test: "oauth::tests::losses::nothing_is_told_of_who_is_disabled_nor_taken_from_a_client_that_is_gone",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/question.rs",
            text: "            Some(Kept::Access(claims, grant)) if holds(&grant) => Introspection::Access(claims),",
            instead: "            Some(Kept::Access(claims, _)) => Introspection::Access(claims),",
        }],
        breaks: "the access tokens of somebody who is disabled count",
        test: "oauth::tests::losses::nothing_is_told_of_who_is_disabled_nor_taken_from_a_client_that_is_gone",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/question.rs",
            text: "if counts(&grant, token) && holds(&grant) => {",
            instead: "if counts(&grant, token) => {",
        }],
        breaks: "the refresh tokens of somebody who is disabled count",
        test: "oauth::tests::losses::nothing_is_told_of_who_is_disabled_nor_taken_from_a_client_that_is_gone",
    },
];
