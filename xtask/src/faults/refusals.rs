//! How the log of refused sign-ins, and the bound on how many there are, is weakened.

use super::{Edit, Weakness};

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/federate/saml/answer.rs",
            text: "            return match live.refuse_sign_in(&provider.id, &refusal, whence) {\n                Some(id) =>",
            instead: "            let id = live.record_decision(\n                zt_events::Actor::Nobody,\n                &Decision::Refuse(refusal.clone()),\n            );\n            return match Some(id) {\n                Some(id) =>",
        }],
        breaks: "a sign-in by SAML that policies refuse is no line of the log",
        test: "tests::refused_sign_ins::what_policies_refuse_to_whoever_signs_in_by_saml_is_in_the_log_with_its_reasons",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-live/src/refused_sign_ins.rs",
            text: "counted.admits(Whose::Person(person), now).then(|| {",
            instead: "counted.admits(Whose::Person(person), now);\n        Some(()).map(|()| {",
        }],
        breaks: "whoever is refused fills the log",
        test: "tests::refused_sign_ins::what_policies_refuse_to_whoever_signs_in_by_openid_connect_is_in_the_log_and_paced",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/federate/saml/answer.rs",
            text: "if !self.state.live().signs_refusal(person, self.from) {",
            instead: "if !self.state.live().signs_refusal(person, self.from) && person.is_some() {",
        }],
        breaks: "anybody keeps the processor busy with signatures of refusals",
        test: "tests::refused_sign_ins::no_more_refusals_are_signed_for_nobody_than_an_address_may_have",
    },
];
