//! How it is weakened what binds tokens to whoever shows them: proofs of a key, certificates.

use super::{Edit, Weakness};

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/sender.rs",
            text: "        let Some(kept) = &grant.holder else {",
            instead: "        let Some(kept) = grant.holder.as_ref().filter(|_| self.holds.is_some()) else {",
        }],
        breaks: "a refresh token that is bound to a key is used without a proof",
        test: "oauth::tests::dpop::a_refresh_token_is_not_used_without_what_it_was_given_to",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/sender.rs",
            text: "        if client.authentication == Authentication::None && shown != *kept {",
            instead: "        if client.authentication == Authentication::None && shown.is_empty() {",
        }],
        breaks: "a public client's refresh token is used with another key",
        test: "oauth::tests::dpop::a_refresh_token_is_not_used_without_what_it_was_given_to",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/assertions.rs",
            text: "        if self.until.contains_key(&name) {",
            instead: "        if self.until.len() > most {",
        }],
        breaks: "a proof of possession is replayed",
        test: "oauth::tests::dpop::a_proof_counts_once_for_one_request",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-federation/src/dpop.rs",
            text: "(Some(meant), Some(is)) if meant == is => {}",
            instead: "(Some(_), Some(_)) => {}",
        }],
        breaks: "a proof for another address counts",
        test: "oauth::tests::dpop::a_proof_counts_once_for_one_request",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/dpop/address.rs",
            text: "        let of_host = |byte: u8| byte.is_ascii_alphanumeric() || b\"-._[]:\".contains(&byte);",
            instead: "        let host = host.rsplit('@').next().unwrap_or_default();\n        let of_host = |byte: u8| byte.is_ascii_alphanumeric() || b\"-._[]:\".contains(&byte);",
        }],
        breaks: "the address of a proof is read past a user name",
        test: "dpop::address::tests::another_address",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/userinfo.rs",
            text: "            (None, Scheme::Bearer) => None,",
            instead: "            (_, Scheme::Bearer) => None,",
        }],
        breaks: "a token that is bound to a key is used as a bearer token",
        test: "oauth::tests::dpop::a_token_is_good_with_its_key_only",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/userinfo.rs",
            text: "                if proof.key != *key {",
            instead: "                if proof.key.is_empty() {",
        }],
        breaks: "a token that is bound to a key is used with another key",
        test: "oauth::tests::dpop::a_token_is_good_with_its_key_only",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/sender.rs",
            text: "(Some(wanted), Some(Confirmation::Key(key))) if wanted == key => Ok(()),",
            instead: "(Some(_), Some(Confirmation::Key(_))) => Ok(()),",
        }],
        breaks: "a code that was asked for with a key is redeemed with another",
        test: "oauth::tests::dpop::a_client_can_be_held_to_its_key",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/certificate.rs",
            text: "    if !is_vouched_for {",
            instead: "    if !is_vouched_for && chain.is_empty() {",
        }],
        breaks: "a client's certificate counts whoever issued it",
        test: "oauth::tests::certificates::a_client_proves_itself_by_a_certificate_that_its_authorities_vouch_for",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/certificate.rs",
            text: "    if !is_of(leaf, &name) {",
            instead: "    if !is_of(leaf, &name) && leaf.is_empty() {",
        }],
        breaks: "a client shows the certificate of another",
        test: "oauth::tests::certificates::a_client_proves_itself_by_a_certificate_that_its_authorities_vouch_for",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/certificate.rs",
            text: "        return if is_in(leaf, keys.unwrap_or_default()) {",
            instead: "        return if chain.iter().any(|any| is_in(any, keys.unwrap_or_default())) {",
        }],
        breaks: "a registered certificate counts that somebody else's connection carries along",
        test: "oauth::tests::certificates::a_client_registers_the_certificate_itself",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/userinfo.rs",
            text: "                if certificate_of(caller) != *held {",
            instead: "                if certificate_of(caller).is_none() && held.is_none() {",
        }],
        breaks: "a token that is bound to a certificate is used without it",
        test: "oauth::tests::certificates::a_token_is_good_with_its_certificate_only",
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: "zt-crypto/src/x509/client.rs",
            text: "                let usage = KeyUsage::client_auth();",
            instead: "                let usage = KeyUsage::server_auth();",
        }],
        breaks: "a server's certificate proves a client",
        test: "x509::client::tests::an_authority_vouches_for_what_it_issued_to_clients_now",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/dpop/address.rs",
            text: "            path: without_dots(&decoded(path)?),",
            instead: "            path: without_dots(&decoded(path)?).to_ascii_lowercase(),",
        }],
        breaks: "the path of a proof is compared without regard to capitals",
        test: "dpop::address::tests::another_address",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/dpop/address.rs",
            text: "            path: without_dots(&decoded(path)?),",
            instead: "            path: without_dots(&decoded(path)?).trim_end_matches('/').to_owned(),",
        }],
        breaks: "a slash at the end of the address of a proof counts for nothing",
        test: "dpop::address::tests::another_address",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/dpop/address.rs",
            text: "        if byte.is_ascii_alphanumeric() || b\"-._~\".contains(&byte) {",
            instead: "        if byte.is_ascii_alphanumeric() || b\"-._~/\".contains(&byte) {",
        }],
        breaks: "an escaped slash in the address of a proof is a slash",
        test: "dpop::address::tests::another_address",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/dpop/address.rs",
            text: "            host: host.to_ascii_lowercase(),",
            instead: "            host: host.trim_end_matches('.').to_ascii_lowercase(),",
        }],
        breaks: "a full stop after the host of a proof counts for nothing",
        test: "dpop::address::tests::another_address",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/dpop/address.rs",
            text: "(host, read_port(port)?)",
            instead: "(host, read_port(port).map(|_| 443)?)",
        }],
        breaks: "a proof counts at any port",
        test: "dpop::address::tests::another_address",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/dpop/address.rs",
            text: "        let (scheme, rest) = text.split_once(\"://\")?;",
            instead: "        let scheme = \"https\";\n        let rest = text.rsplit(\"https://\").next()?;",
        }],
        breaks: "the address of a proof is read from what stands in its query",
        test: "dpop::address::tests::another_address",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/dpop/address.rs",
            text: "        if !scheme.eq_ignore_ascii_case(\"https\") {",
            instead: "        if !scheme.to_ascii_lowercase().starts_with(\"http\") {",
        }],
        breaks: "a proof for an address without TLS counts",
        test: "dpop::address::tests::another_address",
    },
];
