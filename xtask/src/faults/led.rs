//! How leading a browser through service providers when somebody signs out is weakened.

use super::{Edit, Weakness};

/// One check that is left out.
const fn weakness(edits: &'static [Edit], breaks: &'static str, test: &'static str) -> Weakness {
    Weakness {
        package: "zt-console",
        edits,
        breaks,
        test,
    }
}

const fn edit(file: &'static str, text: &'static str, instead: &'static str) -> Edit {
    Edit {
        file,
        text,
        instead,
    }
}

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    weakness(
        &[edit(
            "zt-console/src/federate/saml/arrival.rs",
            "        if self.message.signature == Signature::Absent {",
            "        if self.message.text.is_empty() {",
        )],
        "an answer to a sign-out counts that nobody signed",
        "tests::led::what_does_not_count_confirms_nothing_and_keeps_nobody",
    ),
    weakness(
        &[edit(
            "zt-console/src/federate/saml/arrival.rs",
            "            is_confirmed: matches!(",
            "            is_confirmed: status.message.is_none() || matches!(",
        )],
        "whatever a service provider answers, its session counts as over",
        "tests::led::what_does_not_count_confirms_nothing_and_keeps_nobody",
    ),
    weakness(
        &[edit(
            "zt-console/src/federate/saml/carried.rs",
            "    if !zt_crypto::hash::equal(right.as_bytes(), code.as_bytes()) {",
            "    if right.is_empty() || code.is_empty() {",
        )],
        "an answer to a sign-out is written anew on its way round",
        "tests::led::nobody_writes_an_answer_anew_on_its_way_round",
    ),
    weakness(
        &[edit(
            "zt-console/src/federate/saml/chain.rs",
            "        *heard = as_what;\n",
            "        let _ = (heard, as_what);\n",
        )],
        "an answer to a sign-out counts again and again",
        "tests::led::whoever_signs_out_is_led_through_those_that_cannot_be_called",
    ),
    weakness(
        &[edit(
            "zt-console/src/federate/saml/led.rs",
            "    if !chain.is_done() {",
            "    if chain.stops.is_empty() {",
        )],
        "whoever asked for a sign-out is answered before others were asked",
        "tests::led::whoever_asked_first_is_answered_last_with_its_state_and_how_it_went",
    ),
    weakness(
        &[edit(
            "zt-console/src/federate/saml/led.rs",
            "provider.logout_by(LogoutBinding::Soap).is_none()",
            "provider.consumers.iter().len() > 0",
        )],
        "a browser is led to those that are called",
        "tests::led::whoever_signs_out_is_led_through_those_that_cannot_be_called",
    ),
    weakness(
        &[edit(
            "zt-console/src/federate/saml/chain.rs",
            "now.since(chain.begun) > COUNTS_FOR",
            "now < chain.begun",
        )],
        "a sign-out that was left goes on for ever",
        "tests::led::whoever_comes_back_without_an_answer_finds_how_it_stands",
    ),
    weakness(
        &[edit(
            "zt-console/src/federate/saml/led.rs",
            "is_reached && stops.len() < MOST",
            "is_reached && stops.len() < 100 * MOST",
        )],
        "a browser is led through any number of service providers",
        "tests::led::nobody_waits_for_more_than_sixteen",
    ),
];
