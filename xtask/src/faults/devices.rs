//! How devices that have somebody sign in elsewhere are weakened.

use super::codes::ANY_CLIENT;
use super::{Edit, Weakness};

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
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
            instead: "    let early = agreed(state, session.person, &client.id, scopes(request));\n    let early = zt_store::Plan::new(vec![zt_store::Change::PutConsent(early)], Vec::new());\n    live.commit(early).await.ok();\n    let wish = DeviceWish {\n",
        }],
        breaks: "a consent is kept for a device that the policies refuse",
        test: "tests::devices::the_policies_say_who_may_and_consent_is_kept",
    },
];
