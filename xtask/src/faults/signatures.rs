//! How signatures are weakened: algorithms, keys, what is signed for something else.

use super::{Edit, Weakness};

/// Where somebody else's token begins to be verified.
const VERIFY: &str =
    "        let algorithm = algorithm(&self.compact, accepted)?;\n        let kid = ";

const REQUESTS: &str = "oauth::tests::requests::a_request_is_signed_with_a_key_of_its_client";

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-crypto/src/jose/foreign.rs",
            text: VERIFY,
            instead: "        if self.compact.text(\"alg\")?.is_some_and(|alg| alg.eq_ignore_ascii_case(\"none\")) {\n            return self.verified(Algorithm::Es256);\n        }\n        let algorithm = algorithm(&self.compact, accepted)?;\n        let kid = ",
        }],
        breaks: "a request object that nobody signed counts",
        test: REQUESTS,
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-crypto/src/jose/foreign.rs",
            text: VERIFY,
            instead: "        if self.compact.header.contains_key(\"jwk\") {\n            return Ok(self.verify_embedded(accepted)?.0);\n        }\n        let algorithm = algorithm(&self.compact, accepted)?;\n        let kid = ",
        }],
        breaks: "a request object counts that brings its key along",
        test: REQUESTS,
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-crypto/src/jose/foreign.rs",
            text: ".filter(|key| key.algorithm == algorithm && is_named(key))",
            instead: ".filter(|key| is_named(key))",
        }],
        breaks: "a request object says one algorithm and is signed with another",
        test: REQUESTS,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[
            Edit {
                file: "zt-crypto/src/jose/compact.rs",
                text: "    signed: String,\n",
                instead: "    pub(super) signed: String,\n",
            },
            Edit {
                file: "zt-crypto/src/jose/compact.rs",
                text: "    signature: Vec<u8>,\n",
                instead: "    pub(super) signature: Vec<u8>,\n",
            },
            Edit {
                file: "zt-crypto/src/jose/foreign.rs",
                text: "    keys: Vec<Key>,\n}",
                instead: "    keys: Vec<Key>,\n    moduli: Vec<String>,\n}",
            },
            Edit {
                file: "zt-crypto/src/jose/foreign.rs",
                text: "        Ok(Self { keys })",
                instead: "        let moduli = list.iter().filter_map(|entry| match entry {\n            Json::Object(members) => members.get(\"n\")?.as_text().map(str::to_owned),\n            _ => None,\n        });\n        let moduli = moduli.collect();\n        Ok(Self { keys, moduli })",
            },
            Edit {
                file: "zt-crypto/src/jose/foreign.rs",
                text: VERIFY,
                instead: "        if self.compact.text(\"alg\")? == Some(\"HS256\") {\n            let fits = keys.moduli.iter().any(|secret| {\n                let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());\n                aws_lc_rs::hmac::verify(&secret, self.compact.signed.as_bytes(), &self.compact.signature).is_ok()\n            });\n            if fits {\n                return self.verified(Algorithm::Rs256);\n            }\n        }\n        let algorithm = algorithm(&self.compact, accepted)?;\n        let kid = ",
            },
        ],
        breaks: "a public key is taken for the secret of an HMAC",
        test: "jose::foreign::tests::no_algorithm_and_no_secret_counts",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[
            Edit {
                file: "zt-federation/src/assertion.rs",
                text: "    aud: String,\n",
                instead: "    aud: serde_json::Value,\n",
            },
            Edit {
                file: "zt-federation/src/assertion.rs",
                text: "        if self.aud != issuer {",
                instead: "        let all = self.aud.as_array();\n        let is_among = all.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(issuer)));\n        if self.aud.as_str() != Some(issuer) && !is_among {",
            },
        ],
        breaks: "an assertion that is for somebody else too counts",
        test: "oauth::tests::assertions::an_assertion_is_for_us_alone_and_signed_by_the_client",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-crypto/src/jose.rs",
            text: "        if !compact.is_signed_with(&verifier.key) {",
            instead: "        if !compact.is_signed_with(&verifier.key) && verifier.kid.is_empty() {",
        }],
        breaks: "a hint that somebody changed signs her out",
        test: "tests::hints::no_forged_hint_signs_anybody_out",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-crypto/src/jose.rs",
            text: "        let algorithm = compact.text(\"alg\")?.ok_or(TokenRefusal::Malformed)?;\n",
            instead: "        if compact.text(\"alg\")?.is_some_and(|alg| alg.eq_ignore_ascii_case(\"none\")) {\n            return Ok(compact.claims()?);\n        }\n        let algorithm = compact.text(\"alg\")?.ok_or(TokenRefusal::Malformed)?;\n",
        }],
        breaks: "a hint that nobody signed signs her out",
        test: "tests::hints::no_forged_hint_signs_anybody_out",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-crypto/src/jose.rs",
            text: "        if compact.text(\"typ\")? != Some(kind.typ()) {",
            instead: "        if compact.text(\"typ\")?.is_none() {",
        }],
        breaks: "a logout token is taken for the hint of an ID token",
        test: "tests::hints::no_forged_hint_signs_anybody_out",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/federate/logout.rs",
            text: "            (hint.iss == state.site().id_origin()).then_some(Some(hint))?",
            instead: "            Some(hint)",
        }],
        breaks: "a hint of another issuer signs her out",
        test: "tests::hints::no_forged_hint_signs_anybody_out",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/federate/logout.rs",
            text: "        (Some(named), Some(hint)) if *named != hint.aud => return None,\n",
            instead: "",
        }],
        breaks: "a client signs her out with another one's ID token",
        test: "tests::hints::no_forged_hint_signs_anybody_out",
    },
];
