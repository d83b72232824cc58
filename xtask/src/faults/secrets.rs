//! How comparisons with secrets are weakened: a guess learns by the time that it takes how near it was.

use super::{Edit, RULES, Weakness};

const COMPARED: &str = "secrets::what_is_received_is_compared_in_constant_time";

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: RULES,
        edits: &[Edit {
            file: "zt-crypto/src/hash.rs",
            text: "    constant_time::verify_slices_are_equal(left, right).is_ok()",
            instead: "    left == right",
        }],
        breaks: "what is compared is compared up to the first difference",
        test: COMPARED,
    },
    Weakness {
        package: RULES,
        edits: &[Edit {
            file: "zt-federation/src/digest.rs",
            text: "        std::hint::black_box(gathered) == 0",
            instead: "        gathered == 0 && self.0 == other.0",
        }],
        breaks: "hashes are compared up to the first difference",
        test: COMPARED,
    },
    Weakness {
        package: RULES,
        edits: &[Edit {
            file: "zt-federation/src/client.rs",
            text: "            let is_same = Digest::new(kept.hash.0).equals(&received);",
            instead: "            let is_same = Digest::new(kept.hash.0) == received;",
        }],
        breaks: "a client's secret is compared up to the first difference",
        test: COMPARED,
    },
    Weakness {
        package: RULES,
        edits: &[Edit {
            file: "zt-console/src/state.rs",
            text: "        zt_crypto::hash::equal(self.form_token(session).as_bytes(), sent)",
            instead: "        self.form_token(session).as_bytes() == sent",
        }],
        breaks: "the token of a form is compared up to the first difference",
        test: COMPARED,
    },
    Weakness {
        package: RULES,
        edits: &[Edit {
            file: "zt-endpoints/src/bearer.rs",
            text: "match equal(&received.0, &token(one).0) {",
            instead: "match *received == *token(one) {",
        }],
        breaks: "the token of a program is compared up to the first difference",
        test: COMPARED,
    },
    Weakness {
        package: RULES,
        edits: &[Edit {
            file: "zt-types/src/token.rs",
            text: "#[derive(Clone)]\npub struct Secret(String);",
            instead: "#[derive(Clone, PartialEq, Eq)]\npub struct Secret(String);",
        }],
        breaks: "secrets have an equality",
        test: "secrets::secrets_have_no_equality",
    },
    Weakness {
        package: RULES,
        edits: &[Edit {
            file: "zt-federation/src/pkce.rs",
            text: "        let text = verifier.expose();",
            instead: "        if verifier.expose() == encode(&self.0) {\n            return false;\n        }\n        let text = verifier.expose();",
        }],
        breaks: "a secret is compared letter by letter where it is exposed",
        test: "secrets::no_secret_is_compared_once_it_is_exposed",
    },
];
