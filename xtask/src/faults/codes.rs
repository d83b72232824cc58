//! How codes and refresh tokens are weakened: what is used twice or by others, and proof keys.

use super::{Edit, Weakness};

/// Nobody looks whether a grant is that client's.
pub(super) const ANY_CLIENT: &[Edit] = &[
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
            file: "zt-auth/src/issue.rs",
            text: "                GrantState::Tokens { .. } => Err(IssueRefused::Replayed),",
            instead: "                GrantState::Tokens { .. } => Ok(turned(grant, refresh, 0)),",
        }],
        breaks: "a browser's code is redeemed twice",
        test: "oauth::tests::refusals::what_comes_twice_ends_all_that_came_of_it",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-auth/src/issue.rs",
            text: "GrantState::Tokens { refresh, turns } if refresh == Some(from) => {",
            instead: "GrantState::Tokens { refresh, turns } if refresh != Some(to) || from == to => {",
        }],
        breaks: "a refresh token is used twice",
        test: "oauth::tests::refusals::what_comes_twice_ends_all_that_came_of_it",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-live/src/grants.rs",
            text: "            Err(GrantError::Refused(IssueRefused::Replayed)) => {\n                self.end_grant(id, GrantEnd::Replayed, actor).await?;\n",
            instead: "            Err(GrantError::Refused(IssueRefused::Replayed)) => {\n",
        }],
        breaks: "what a thief was given goes on after the theft showed",
        test: "oauth::tests::refusals::what_comes_twice_ends_all_that_came_of_it",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-store/src/state/apply.rs",
            text: "if kept.is_none_or(|kept| kept.state != *from || kept.session != to.session) {",
            instead: "if kept.is_none_or(|kept| kept.state != *from && kept.session != to.session) {",
        }],
        breaks: "of many that bring one code at once several get tokens",
        test: "tests::grants::of_many_that_bring_one_code_one_gets_tokens_and_loses_them",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-auth/src/issue.rs",
            text: "                GrantState::Code { until, .. } if now >= until => Err(IssueRefused::CodeExpired),\n",
            instead: "",
        }],
        breaks: "a code is redeemed whenever it comes",
        test: "oauth::tests::refusals::a_code_lasts_a_minute_and_is_no_refresh_token",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-federation/src/pkce.rs",
            text: "            (None, None) => return Ok(()),",
            instead: "            (_, None) => return Ok(()),",
        }],
        breaks: "a stolen code is redeemed without its proof key",
        test: "oauth::tests::refusals::a_code_is_redeemed_by_whoever_asked_for_it_and_as_it_was_asked_for",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-federation/src/pkce.rs",
            text: "            && self.0.equals(&Digest::of(&[text.as_bytes()]))",
            instead: "            && (encode(&self.0) == text || self.0.equals(&Digest::of(&[text.as_bytes()])))",
        }],
        breaks: "what stood in the browser's address passes for the proof key",
        test: "oauth::tests::refusals::a_code_is_redeemed_by_whoever_asked_for_it_and_as_it_was_asked_for",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-federation/src/pkce.rs",
            text: "            (None, None) => return Ok(()),",
            instead: "            (None, _) => return Ok(()),",
        }],
        breaks: "nobody notices that a request lost its proof key on the way",
        test: "oauth::tests::a_code_without_a_proof_key_is_for_who_has_none",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/question.rs",
            text: "            Reach::Application => owner.app == client.app,",
            instead: "            Reach::Application => true,",
        }],
        breaks: "a client of another application learns what a token is good for",
        test: "oauth::tests::a_client_learns_about_its_own_tokens_and_ends_them",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/question.rs",
            text: "            Reach::Own => owner.id == client.id,",
            instead: "            Reach::Own => owner.app == client.app,",
        }],
        breaks: "a client ends what another one was given",
        test: "oauth::tests::a_client_learns_about_its_own_tokens_and_ends_them",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/token.rs",
            text: "        Some(wanted) if wanted.is_subset(asked.scopes()) => Ok(wanted),",
            instead: "        Some(wanted) if wanted.len() < 99 => Ok(wanted),",
        }],
        breaks: "a refresh widens what she was asked about",
        test: "oauth::tests::what_is_asked_for_one_by_one_is_told_where_it_was_asked_for",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/token.rs",
            text: "        if !scopes.is_empty() {",
            instead: "        if scopes.len() > 99 {",
        }],
        breaks: "a client asks for what is people's in its own name",
        test: "oauth::tests::a_client_gets_a_token_in_its_own_name",
    },
];
