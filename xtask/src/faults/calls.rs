//! How calls to clients' addresses, and what clients are told, are weakened.

use super::{Edit, Weakness};

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-net",
        edits: &[Edit {
            file: "zt-net/src/outbound.rs",
            text: "        let tcp = connect(target, &addresses).await?;",
            instead: "        let _ = addresses;\n        let again = self.names.addresses(&target.host).await.into_iter();\n        let again: Vec<_> = again.map(|at| SocketAddr::new(at, target.port)).collect();\n        let tcp = connect(target, &again).await?;",
        }],
        breaks: "a name is looked up again after it was checked",
        test: "outbound::tests::a_name_that_changes_its_mind_leads_where_it_was_checked",
    },
    Weakness {
        package: "zt-net",
        edits: &[Edit {
            file: "zt-net/src/outbound.rs",
            text: "        Ok(whole(answer, &target.to_string(), self.limits.max_answer).await?)",
            instead: "        let next = answer.headers().get(header::LOCATION).cloned();\n        let next = next.and_then(|next| Request::get(next.as_bytes()).body(Bytes::new()).ok());\n        if let Some(next) = next {\n            return Box::pin(self.send(next)).await;\n        }\n        Ok(whole(answer, &target.to_string(), self.limits.max_answer).await?)",
        }],
        breaks: "a redirect of a client's address is followed",
        test: "outbound::tests::nobody_is_sent_on_to_what_is_inside",
    },
    Weakness {
        package: "zt-net",
        edits: &[
            Edit {
                file: "zt-net/src/outbound.rs",
                text: "            let address = address.to_canonical();",
                instead: "",
            },
            Edit {
                file: "zt-net/src/outbound/reach.rs",
                text: "    (!begins(address, prefix([0x2000, 0, 0]), 3)).then_some(NotPublic::Reserved)",
                instead: "    None",
            },
        ],
        breaks: "an IPv4 address written as an IPv6 one is called",
        test: "outbound::tests::one_address_inside_refuses_the_name",
    },
    Weakness {
        package: "zt-net",
        edits: &[Edit {
            file: "zt-net/src/outbound/reach.rs",
            text: "        return not_public_v4(inside).map(|_| NotPublic::Embedded);",
            instead: "        return None;",
        }],
        breaks: "NAT64 leads to what is inside",
        test: "outbound::reach::tests::what_is_not_public_is_not_called_however_it_is_written",
    },
    Weakness {
        package: "zt-net",
        edits: &[Edit {
            file: "zt-net/src/outbound/reach.rs",
            text: "    ([169, 254, 0, 0], 16, NotPublic::LinkLocal),\n",
            instead: "",
        }],
        breaks: "a cloud's metadata is called",
        test: "outbound::reach::tests::what_is_not_public_is_not_called_however_it_is_written",
    },
    Weakness {
        package: "zt-net",
        edits: &[Edit {
            file: "zt-net/src/outbound/callee.rs",
            text: "authority.contains(['@', '\\\\', '%', ' '])",
            instead: "authority.contains(['\\\\', '%', ' '])",
        }],
        breaks: "an address with a user name in it is called",
        test: "outbound::callee::tests::an_address_has_one_reading_or_is_not_called",
    },
    Weakness {
        package: "zt-net",
        edits: &[Edit {
            file: "zt-net/src/outbound/reach.rs",
            text: "        if matches!(security, Security::Clear) && !address.is_loopback() {",
            instead: "        if matches!(security, Security::Clear) && address.is_unspecified() {",
        }],
        breaks: "a listed network is called without TLS",
        test: "outbound::reach::tests::without_tls_only_this_machine_is_called_and_only_if_listed",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-crypto/src/jose.rs",
            text: "        if compact.text(\"typ\")? != Some(kind.typ()) {",
            instead: "        if compact.text(\"typ\")?.is_none() {",
        }],
        breaks: "a logout token passes as an ID token",
        test: "oauth::tests::backchannel::each_client_is_told_of_its_own_session_by_a_token_that_is_nothing_else",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/lapses.rs",
            text: "            Decision::Refuse(_) => Some(now),",
            instead: "            Decision::Refuse(_) => None,",
        }],
        breaks: "a client is not told that access lapsed",
        test: "tests::lapses::time_is_told_too",
    },
    Weakness {
        package: "zt-net",
        edits: &[
            Edit {
                file: "zt-net/src/outbound/callee.rs",
                text: "        if address.is_none() && (ends_in_number(&host) || !is_name(&host)) {",
                instead: "        if address.is_none() && !is_name(&host) {",
            },
            Edit {
                file: "zt-net/src/outbound/callee.rs",
                text: "ServerName::try_from(host.clone()).ok()?",
                instead: "ServerName::try_from(host.clone()).or_else(|_| ServerName::try_from(\"rp.example\")).ok()?",
            },
        ],
        breaks: "an address in short, in octal or in hexadecimal numbers is called",
        test: "outbound::callee::tests::an_address_has_one_reading_or_is_not_called",
    },
    Weakness {
        package: "zt-net",
        edits: &[Edit {
            file: "zt-net/src/outbound/callee.rs",
            text: "        if address.is_none() && (ends_in_number(&host) || !is_name(&host)) {",
            instead: "        if address.is_none() && host.contains('.') && (ends_in_number(&host) || !is_name(&host)) {",
        }],
        breaks: "an address as one decimal number, or a name that means something here alone, is called",
        test: "outbound::callee::tests::an_address_has_one_reading_or_is_not_called",
    },
    Weakness {
        package: "zt-net",
        edits: &[Edit {
            file: "zt-net/src/outbound/callee.rs",
            text: "        (port == default || port >= 1024).then_some(Self {",
            instead: "        (port > 0).then_some(Self {",
        }],
        breaks: "the services of a machine are called",
        test: "outbound::callee::tests::an_address_has_one_reading_or_is_not_called",
    },
];
