//! How answers of the authorization endpoint are weakened: who agrees, what was proven, who says so, and how clients show who they are.

use super::{Edit, Weakness};

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/guard.rs",
            text: "if sent.is_some_and(|sent| state.is_form_token(&signed.session, sent)) {",
            instead: "if sent.is_some_and(|sent| !sent.is_empty()) {",
        }],
        breaks: "somebody else's page agrees for her",
        test: "tests::consents::a_client_learns_what_she_agreed_to",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/federate/authorize.rs",
            text: "!covers(consent) || (is_demanded",
            instead: "(!covers(consent) && consent.scopes.is_empty()) || (is_demanded",
        }],
        breaks: "a client learns more than she agreed to",
        test: "tests::consents::a_client_learns_what_she_agreed_to",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/federate/request.rs",
            text: "(is_ours && at <= now",
            instead: "((is_ours || !code.is_empty()) && at <= now",
        }],
        breaks: "an address says itself that she proved herself again",
        test: "tests::clients::who_is_not_signed_in_signs_in_first_unless_nothing_may_be_shown",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/federate/authorize.rs",
            text: "            (true, _) => Some(self.refuse(\n                ErrorCode::UnmetAuthenticationRequirements,\n                \"she did not prove herself as strongly as is essential\",\n            )),\n            (false, _) => None,",
            instead: "            _ => None,",
        }],
        breaks: "a client gets a code though less was proven than is essential",
        test: "tests::clients::more_is_proven_where_the_client_demands_it",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/federate/authorize.rs",
            text: "if wanted.into_iter().flatten().all(|wanted| *wanted == is) {",
            instead: "if wanted.into_iter().flatten().all(|wanted| *wanted == is || !is.is_empty()) {",
        }],
        breaks: "a client gets somebody else than it wants",
        test: "tests::clients::nobody_else_than_the_one_the_client_wants",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-federation/src/authorize/answer.rs",
            text: ".chain([(\"iss\", issuer)]);",
            instead: ".chain([(\"iss\", issuer)].into_iter().filter(|(_, issuer)| issuer.is_empty()));",
        }],
        breaks: "an answer does not say which server gives it",
        test: "tests::clients::a_code_for_whoever_is_signed_in",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/federate/request.rs",
            text: "            self.query,\n            self.since.as_millis(),",
            instead: "            format!(\"{}&state={}\", self.query, self.request.back.state.as_deref().unwrap_or_default()),\n            self.since.as_millis(),",
        }],
        breaks: "what was pushed stands in the browser's addresses",
        test: "tests::pushed::what_was_pushed_is_seen_by_no_browser",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/credentials.rs",
            text: "            (Some(header), None, None) => {",
            instead: "            (Some(header), None, _) => {",
        }],
        breaks: "an assertion that nobody verifies stands beside a secret",
        test: "credentials::tests::one_method_and_one_name",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/credentials.rs",
            text: "        if self.client != client.id || !fits {",
            instead: "        if self.client != client.id || (!fits && client.secrets.is_empty()) {",
        }],
        breaks: "a client authenticates in another way than it is registered for",
        test: "credentials::tests::a_client_authenticates_as_it_is_registered",
    },
    Weakness {
        package: "zt-pages",
        edits: &[Edit {
            file: "zt-pages/src/language.rs",
            text: "        && !target.starts_with(\"//\")\n",
            instead: "",
        }],
        breaks: "the switch of languages leads to another host",
        test: "tests::the_switch_goes_back_to_where_it_was_pressed_and_nowhere_else",
    },
];
