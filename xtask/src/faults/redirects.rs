//! How it is weakened where browsers are sent: addresses of clients as two programs read them, and ways back.

use super::{Edit, Weakness};

/// Every place where a request names a client's address.
const ASKED: &str = "        if self.0 == asked {";

/// Another comparison with what is registered, which the attacks of one test are tried on.
const fn compared(edits: &'static [Edit], breaks: &'static str) -> Weakness {
    Weakness {
        package: "zt-federation",
        edits,
        breaks,
        test: "redirect::tests::attacks::what_an_attacker_asks_for_is_nobodys_address",
    }
}

const fn asked(instead: &'static str) -> Edit {
    Edit {
        file: "zt-federation/src/redirect.rs",
        text: ASKED,
        instead,
    }
}

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    compared(
        &[asked(
            "        let host = |text: &str| text.split(['@', '/']).nth(2).unwrap_or_default().to_owned();\n        let end = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();\n        if self.0 == asked || (asked.starts_with(\"https://\") && (host(&self.0), end(&self.0)) == (host(asked), end(asked))) {",
        )],
        "an address with a user name in it is read up to the `@`",
    ),
    compared(
        &[asked(
            "        let host = |text: &str| text.split(['@', '/']).nth(3).unwrap_or_default().to_owned();\n        let bare = format!(\"https://{}/cb\", host(asked));\n        if self.0 == asked || self.0 == bare {",
        )],
        "of an address with many `@` the middle is read",
    ),
    compared(
        &[asked(
            "        let bare = asked.rsplit('@').next().map(|rest| format!(\"https://{rest}\"));\n        if self.0 == asked || bare.as_ref() == Some(&self.0) {",
        )],
        "an address with a backslash is read as browsers do not read it",
    ),
    compared(
        &[asked(
            "        if self.0 == asked || self.0 == asked.replace('ß', \"ss\") {",
        )],
        "letters that are other hosts to browsers are taken for those of the registered one",
    ),
    compared(
        &[
            Edit {
                file: "zt-federation/src/redirect/grammar.rs",
                text: "        if text.contains('*') {",
                instead: "        if text.contains('*') && text.contains('#') {",
            },
            Edit {
                file: "zt-federation/src/redirect/grammar.rs",
                text: "    if host.len() > 253 || !host.split('.').all(is_label) {",
                instead: "    if host.len() > 253 || !host.split('.').all(|label| label == \"*\" || is_label(label)) {",
            },
            asked(
                "        let fits = self.0.split_once('*').is_some_and(|(begin, end)| asked.starts_with(begin) && asked.ends_with(end));\n        if self.0 == asked || fits {",
            ),
        ],
        "an address is registered with a wildcard",
    ),
    compared(
        &[asked(
            "        if self.0 == asked || asked.starts_with(&self.0) {",
        )],
        "whatever begins with a registered address is taken for it",
    ),
    compared(
        &[asked(
            "        let path = asked.split(\"/../\").next().unwrap_or_default();\n        if self.0 == asked || self.0 == path {",
        )],
        "a path is compared before its dots are taken away",
    ),
    compared(
        &[asked("        if self.0.eq_ignore_ascii_case(asked) {")],
        "addresses are compared without regard to capitals",
    ),
    compared(
        &[asked(
            "        let alike = self.0.len() == asked.len() && self.0.chars().zip(asked.chars()).all(|(ours, theirs)| ours == theirs || ours == '.');\n        if self.0 == asked || alike {",
        )],
        "a full stop in a registered address stands for any letter",
    ),
    compared(
        &[Edit {
            file: "zt-federation/src/redirect.rs",
            text: "                    && ours.rest == asked.rest\n",
            instead: "",
        }],
        "an address on this machine is taken for any other one on it",
    ),
    compared(
        &[Edit {
            file: "zt-federation/src/redirect.rs",
            text: "                    && asked.form == Form::Loopback\n                    && ours.host == asked.host\n",
            instead: "",
        }],
        "an address on this machine is taken for one elsewhere",
    ),
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/redirect/grammar.rs",
            text: "        if form == Form::Loopback && !matches!(host, \"127.0.0.1\" | \"[::1]\") {",
            instead: "        if form == Form::Loopback && !host.starts_with(\"127.0.0.1\") && host != \"[::1]\" {",
        }],
        breaks: "what begins like this machine is registered without TLS",
        test: "redirect::tests::schemes_that_run_or_read_something",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/redirect/grammar.rs",
            text: "        if is_private_use(scheme) {",
            instead: "        if scheme == \"javascript\" {\n            return Ok(Self { form: Form::PrivateUse, host: \"\", rest });\n        }\n        if is_private_use(scheme) {",
        }],
        breaks: "a script is registered as an address",
        test: "redirect::tests::schemes_that_run_or_read_something",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/redirect.rs",
            text: "            address.extend(form_urlencoded::byte_serialize(value.as_bytes()));",
            instead: "            address.push_str(value);",
        }],
        breaks: "a state writes parameters of its own into the answer",
        test: "redirect::tests::parameters_come_after_those_that_are_there",
    },
    Weakness {
        package: "zt-console",
        edits: &[asked(
            "        if self.0 == asked || asked.starts_with(&self.0) {",
        )],
        breaks: "a browser is sent with a code where nobody is registered",
        test: "tests::clients::the_browser_goes_nowhere_unless_it_is_certain_where",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-federation/src/logout.rs",
            text: "        let uri = registered.find(|uri| uri.as_str() == asked);\n",
            instead: "        let _ = registered.next();\n        let uri = RedirectUri::parse(asked).ok();\n        let uri = uri.as_ref();\n",
        }],
        breaks: "who signs out is sent wherever the address says",
        test: "tests::clients::signing_out_from_a_client",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-auth/src/flow/purpose.rs",
            text: "        let own = bytes.first() == Some(&b'/') && bytes.get(1) != Some(&b'/');",
            instead: "        let own = bytes.first() == Some(&b'/');",
        }],
        breaks: "after the sign-in a browser is sent to another host by `//`",
        test: "signin::tests::abuse::addresses_that_lead_elsewhere",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-auth/src/flow/purpose.rs",
            text: "            .all(|b| matches!(b, 0x21..=0x7e) && *b != b'\\\\');",
            instead: "            .all(|b| matches!(b, 0x21..=0x7e));",
        }],
        breaks: "after the sign-in a browser is sent to another host by a backslash",
        test: "signin::tests::abuse::addresses_that_lead_elsewhere",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-auth/src/flow/purpose.rs",
            text: "        let own = bytes.first() == Some(&b'/') && bytes.get(1) != Some(&b'/');",
            instead: "        let own = bytes.first() == Some(&b'/') && bytes.get(1) != Some(&b'/') || text.starts_with(\"https://\");",
        }],
        breaks: "after the sign-in a browser is sent to a whole address",
        test: "signin::tests::abuse::addresses_that_lead_elsewhere",
    },
];
