//! How the other ways to tokens are weakened: codes, refresh tokens.

use super::{Edit, Weakness};

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[Weakness {
    package: "zt-endpoints",
    edits: &[
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
    ],
    breaks: "a code and a refresh token are redeemed by another client",
    test: "oauth::tests::refusals::another_client_gets_nothing_and_spoils_nothing",
}];
