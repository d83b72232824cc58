//! How pages and what leads to them are weakened: texts of others, other hosts.

use super::{Edit, Weakness};

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/templates/federate/form_post.html",
            text: "value=\"{{ value }}\"",
            instead: "value=\"{{ value|safe }}\"",
        }],
        breaks: "a state writes itself into the form that carries an answer",
        test: "tests::hostile::a_form_that_carries_an_answer_carries_nothing_else",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/templates/federate/consent.html",
            text: "<h1>{{ client }}</h1>",
            instead: "<h1>{{ client|safe }}</h1>",
        }],
        breaks: "a client's name writes itself into the question for consent",
        test: "tests::hostile::pages_show_names_and_hints_as_they_are_written",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/templates/federate/logout.html",
            text: "<dd>{{ client }}</dd>",
            instead: "<dd>{{ client|safe }}</dd>",
        }],
        breaks: "a client's name writes itself into the page of signing out",
        test: "tests::hostile::pages_show_names_and_hints_as_they_are_written",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/templates/federate/device.html",
            text: "value=\"{{ typed }}\"",
            instead: "value=\"{{ typed|safe }}\"",
        }],
        breaks: "an address writes itself into the page that asks for a device's code",
        test: "tests::hostile::pages_show_names_and_hints_as_they_are_written",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-pages/src/headers.rs",
            text: "script-src 'self'; style-src",
            instead: "script-src 'self' 'unsafe-inline'; style-src",
        }],
        breaks: "scripts run that stand in a page",
        test: "tests::hostile::pages_show_names_and_hints_as_they_are_written",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth.rs",
            text: "pub(crate) async fn metadata(State(endpoints): State<Endpoints>) -> Response {\n    let origin = &endpoints.inner.parts.origin;",
            instead: "pub(crate) async fn metadata(State(endpoints): State<Endpoints>, named: http::HeaderMap) -> Response {\n    let named = named.get(header::HOST).and_then(|host| host.to_str().ok());\n    let named = named.map(|host| format!(\"https://{host}\"));\n    let origin = &named.unwrap_or_else(|| endpoints.inner.parts.origin.clone());",
        }],
        breaks: "the issuer is called as a request says",
        test: "oauth::tests::hosts::nothing_of_ours_is_called_as_a_request_says",
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/oauth/device.rs",
            text: "            format!(\"{}{}\", self.inner.parts.origin, OURS.device_page),",
            instead: "            match headers.get(\"x-forwarded-host\").and_then(|host| host.to_str().ok()) {\n                Some(host) => format!(\"https://{host}{}\", OURS.device_page),\n                None => format!(\"{}{}\", self.inner.parts.origin, OURS.device_page),\n            },",
        }],
        breaks: "a device sends people to the host that a header names",
        test: "oauth::tests::hosts::nothing_of_ours_is_called_as_a_request_says",
    },
    Weakness {
        package: "zt-console",
        edits: &[
            Edit {
                file: "zt-console/src/console/resets.rs",
                text: "    State(state): State<PagesState>,\n    Path(person): Path<String>,\n    PostedByAdministrator(signed): PostedByAdministrator,\n) -> Response {\n    let Ok(id) = person.parse::<PersonId>() else {\n        return error(&signed.page, ErrorKind::NotFound);\n    };\n    let form = &signed.form;",
                instead: "    State(state): State<PagesState>,\n    Path(person): Path<String>,\n    headers: http::HeaderMap,\n    PostedByAdministrator(signed): PostedByAdministrator,\n) -> Response {\n    let Ok(id) = person.parse::<PersonId>() else {\n        return error(&signed.page, ErrorKind::NotFound);\n    };\n    let form = &signed.form;",
            },
            Edit {
                file: "zt-console/src/console/resets.rs",
                text: "                address: format!(\"{}/signin/reset\", state.site().id_origin()),",
                instead: "                address: match headers.get(\"x-forwarded-host\").and_then(|host| host.to_str().ok()) {\n                    Some(host) => format!(\"https://{host}/signin/reset\"),\n                    None => format!(\"{}/signin/reset\", state.site().id_origin()),\n                },",
            },
        ],
        breaks: "the address of a password reset is of the host that a header names",
        test: "tests::hosts::links_and_answers_lead_to_this_installation",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/signin/form.rs",
            text: "(None, Some(from)) => from == origin,",
            instead: "(None, Some(from)) => {\n            let host = text(header::HOST.as_str()).unwrap_or_default();\n            from == origin || from.ends_with(host)\n        }",
        }],
        breaks: "whichever host a request names counts as ours",
        test: "tests::hosts::links_and_answers_lead_to_this_installation",
    },
    Weakness {
        package: "zt-server",
        edits: &[Edit {
            file: "zt-server/src/identity_host.rs",
            text: "    if authority.host().eq_ignore_ascii_case(server_name) {",
            instead: "    if authority.host().len() >= server_name.len().min(1) {",
        }],
        breaks: "a request is for another host than its connection",
        test: "identity_host::tests::a_request_is_for_the_host_of_its_handshake",
    },
    Weakness {
        package: "zt-server",
        edits: &[Edit {
            file: "zt-server/src/identity_host.rs",
            text: "        (_, Some(_)) => return Err(StatusCode::BAD_REQUEST),\n        (Some(host), None) => Some(host.to_str().map_err(|_| StatusCode::BAD_REQUEST)?),\n        (None, None) => None,\n",
            instead: "        (Some(host), _) => Some(host.to_str().map_err(|_| StatusCode::BAD_REQUEST)?),\n        (None, _) => None,\n",
        }],
        breaks: "a request names two hosts",
        test: "identity_host::tests::a_request_is_for_the_host_of_its_handshake",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/whence.rs",
            text: "        if !self.contain(peer) {\n            return Some(peer);\n        }\n",
            instead: "        let mut forwarded_for = forwarded_for.peekable();\n        if !self.contain(peer) && forwarded_for.peek().is_none() {\n            return Some(peer);\n        }\n",
        }],
        breaks: "whoever sends a request says where he is",
        test: "whence::tests::only_a_known_proxy_is_believed",
    },
    Weakness {
        package: "zt-live",
        edits: &[Edit {
            file: "zt-live/src/whence.rs",
            text: "            for entry in line.rsplit(|byte| *byte == b',') {",
            instead: "            for entry in line.split(|byte| *byte == b',') {",
        }],
        breaks: "whoever comes through a proxy says where he is",
        test: "whence::tests::only_a_known_proxy_is_believed",
    },
];
