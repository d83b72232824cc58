//! How it is weakened what browsers of service providers bring, and what is answered to it.

use super::{Edit, Weakness};

const CARRIED: &str = "zt-console/src/federate/saml/carried.rs";
const ANSWER: &str = "zt-console/src/federate/saml/answer.rs";
const ARRIVAL: &str = "zt-console/src/federate/saml/arrival.rs";
const LEAVE: &str = "zt-console/src/federate/saml/leave.rs";

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: CARRIED,
            text: "if !zt_crypto::hash::equal(right.as_bytes(), code.as_bytes()) {",
            instead: "if right.is_empty() && code.is_empty() {",
        }],
        breaks: "a browser changes what a service provider asked for",
        test: "tests::saml::nobody_changes_a_request_on_its_way_round",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: ANSWER,
            text: "let is_forced = request.is_some_and(|request| request.force) && !has_proven_since;",
            instead: "let is_forced = false;",
        }],
        breaks: "a service provider that wants a proof now gets an old one",
        test: "tests::saml::what_was_proven_before_it_was_asked_for_is_asked_for_again",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: ANSWER,
            text: "        if !self.is_first_answer(&session) {",
            instead: "        if !self.is_first_answer(&session) && self.is_passive() {",
        }],
        breaks: "whoever finds the address of a sign-in later is signed in without any proof",
        test: "tests::saml::what_had_to_be_proven_anew_is_answered_once",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: ARRIVAL,
            text: "            && self.message.signature == Signature::Absent\n",
            instead: "            && self.message.text.is_empty()\n",
        }],
        breaks: "a request counts that is not signed though that is demanded",
        test: "tests::saml::a_message_that_does_not_count_sends_nobody_anywhere",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: ARRIVAL,
            text: "                    || !provider.signing.is_empty() =>",
            instead: "                    || provider.signing.len() > 99 =>",
        }],
        breaks: "anybody has a service provider told that somebody signed out",
        test: "tests::saml::one_that_is_not_signed_ends_nothing_until_she_says_yes",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: LEAVE,
            text: "if leave.is_signed && !state.live().is_first_time(&leave.provider, id) {",
            instead: "if leave.is_signed && id.is_empty() {",
        }],
        breaks: "whoever copied a request to sign out signs somebody out again and again",
        test: "tests::saml::a_signed_request_to_sign_out_ends_what_it_names_and_counts_once",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-live/src/provider_messages.rs",
            text: "let verified = verified(&document, &keys).map_err(|error| wrong(\"signature\", &error))?;",
            instead: "let verified = verified(&document, &keys).map_err(|error| wrong(\"signature\", &error));\n        let Ok(verified) = verified else {\n            return Ok((text, Signature::Present));\n        };",
        }],
        breaks: "a message counts whose signature is wrong",
        test: "tests::saml::a_form_of_the_service_provider_goes_on_as_an_address_of_ours",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-live/src/provider_keys.rs",
            text: "(read.texts == provider.signing).then(|| Arc::clone(&read.keys))",
            instead: "Some(Arc::clone(&read.keys))",
        }],
        breaks: "a key of a service provider counts on after it was taken out",
        test: "tests::saml::a_key_counts_from_when_it_is_registered_until_another_one_is",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-live/src/assertions.rs",
            text: "let is_kept = stands.is_some_and(|kept| kept.id == id && kept.asked == asked);",
            instead: "let is_kept = stands.is_some_and(|kept| kept.id == id && kept.asked.is_empty());",
        }],
        breaks: "a sign-in in the same session fails, or is kept without end",
        test: "tests::saml::whoever_may_use_the_application_gets_an_assertion_for_this_request",
    },
];
