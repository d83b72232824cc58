//! The modules about requests, codes and who redeems them.

use super::{PAR, coded, requests, tokens};
use crate::conformance::fault::{Fault, back, promises, retold, tells};
use crate::conformance::secure::{VERIFIER, challenge, mended_assertion};
use crate::conformance::{Module, module};
use serde_json::json;

pub(super) const MODULES: &[Module] = &[
    module!(
        "fapi2-security-profile-final-discovery-end-point-verification",
        "5.3.2.1",
        requests::discovery,
        [
            Fault::answering("takes shared secrets only", |asked, answered, _| {
                promises(asked, answered, |metadata| {
                    metadata["token_endpoint_auth_methods_supported"] =
                        json!(["client_secret_basic"]);
                });
            }),
            Fault::answering("says nothing of pushed requests", |asked, answered, _| {
                promises(asked, answered, |metadata| {
                    drop(metadata.as_object_mut().unwrap().remove(PAR))
                });
            }),
            Fault::answering(
                "takes proofs that everybody can sign",
                |asked, answered, _| {
                    promises(asked, answered, |metadata| {
                        metadata["dpop_signing_alg_values_supported"] = json!(["ES256", "HS256"]);
                    });
                }
            ),
        ]
    ),
    module!(
        "fapi2-security-profile-final-happy-flow",
        "5.3.2",
        requests::happy_flow,
        [
            Fault::answering("answers without saying who it is", |_, answered, _| {
                answered.reroute(|said| said.remove("iss"))
            }),
            Fault::answering("gives tokens of another type", |asked, answered, _| {
                if asked.is("token_endpoint") && answered.status == 200 {
                    answered.amend(|body| {
                        let is_bearer = body["token_type"] == "Bearer";
                        body["token_type"] = json!(if is_bearer { "DPoP" } else { "Bearer" });
                    });
                }
            }),
            Fault::answering(
                "takes bound tokens without a proof",
                |asked, answered, past| {
                    let before = past.iter().rev().find(|(then, answer)| {
                        then.is("userinfo_endpoint") && answer.status == 200
                    });
                    if let (true, 401, Some((_, before))) =
                        (asked.is("userinfo_endpoint"), answered.status, before)
                    {
                        *answered = before.clone();
                    }
                }
            ),
            Fault::answering(
                "lets pushed requests last for ever",
                |asked, answered, _| {
                    if asked.is(PAR) {
                        answered.amend(|body| body["expires_in"] = json!(86_400));
                    }
                }
            ),
            Fault::answering("signs ID tokens with RS256", |asked, answered, _| {
                if asked.is("token_endpoint") {
                    retold(answered, |header, _| header["alg"] = json!("RS256"));
                }
            }),
        ]
    ),
    module!(
        "fapi2-security-profile-final-user-rejects-authentication",
        "RFC 6749 4.1.2.1",
        requests::user_rejects,
        [Fault::answering(
            "gives a code though she says no",
            |asked, answered, _| {
                if answered
                    .location()
                    .is_some_and(|(_, said)| said.value("error") == Some("access_denied"))
                {
                    let _ = asked;
                    answered.reroute(|said| {
                        said.remove("error");
                        said.set("code", "one-that-nobody-should-have");
                    });
                }
            }
        ),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-authorization-request-without-state-success",
        "RFC 6749 4.1.1",
        requests::without_state,
        [
            Fault::answering("makes up a state", |_, answered, _| {
                answered.reroute(|said| {
                    if said.value("code").is_some() && said.value("state").is_none() {
                        said.set("state", "made-up");
                    }
                });
            }),
            pushing!("demands a state", |form| if form.value("state").is_none() {
                form.set("response_type", "nothing")
            }),
        ]
    ),
    module!(
        "fapi2-security-profile-final-ensure-authorization-request-without-nonce-success",
        "Core 3.1.2.1",
        requests::without_nonce,
        [
            pushing!("demands a nonce", |form| if form.value("nonce").is_none() {
                form.set("response_type", "nothing")
            }),
            pushing!(
                "makes up a nonce",
                |form| if form.value("nonce").is_none() {
                    form.set("nonce", "made-up")
                }
            ),
        ]
    ),
    module!(
        "fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success",
        "5.3.2.2",
        requests::nonce_of_64,
        [pushing!("cuts a nonce after 43 letters", |form| {
            let cut: String = form
                .value("nonce")
                .unwrap_or_default()
                .chars()
                .take(43)
                .collect();
            form.set("nonce", &cut);
        }),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-other-scope-order-succeeds",
        "RFC 6749 3.3",
        requests::other_scope_order,
        [pushing!("reads the first scope only", |form| {
            let first = form.value("scope").unwrap_or_default();
            let first = first.split(' ').next().unwrap_or_default().to_owned();
            form.set("scope", &first);
        }),]
    ),
    module!(
        "fapi2-security-profile-final-test-claims-parameter-identity-claims",
        "Core 5.5",
        requests::claims_parameter,
        [
            pushing!("passes over claims that are asked for one by one", |form| {
                form.remove("claims")
            }),
            Fault::answering(
                "leaves out of userinfo what was asked for",
                |asked, answered, _| {
                    tells(asked, answered, |told| {
                        drop(told.as_object_mut().unwrap().remove("email"))
                    });
                }
            ),
        ]
    ),
    module!(
        "fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object",
        "RFC 9126 4",
        requests::different_nonce,
        [Fault::answering(
            "takes the nonce beside the reference",
            |asked, answered, _| {
                if asked.is("token_endpoint") {
                    retold(answered, |_, claims| claims["nonce"] = json!("outside"));
                }
            }
        ),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object",
        "RFC 9126 4",
        requests::different_state,
        [Fault::answering(
            "takes the state beside the reference",
            |asked, answered, _| {
                if back(asked, answered).is_some() {
                    answered.reroute(|said| said.set("state", "outside"));
                }
            }
        ),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-authorization-request-with-long-nonce",
        "5.3.2.2",
        requests::long_nonce,
        [pushing!("cuts a nonce after 255 letters", |form| {
            let cut: String = form
                .value("nonce")
                .unwrap_or_default()
                .chars()
                .take(255)
                .collect();
            form.set("nonce", &cut);
        }),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-authorization-request-with-long-state",
        "RFC 6749 4.1.2",
        requests::long_state,
        [pushing!("cuts a state after 255 letters", |form| {
            let cut: String = form
                .value("state")
                .unwrap_or_default()
                .chars()
                .take(255)
                .collect();
            form.set("state", &cut);
        }),]
    ),
    module!(
        "fapi2-security-profile-final-state-only-outside-request-object-not-used",
        "RFC 9126 4",
        requests::state_only_outside,
        [Fault::answering(
            "takes the state beside the reference",
            |asked, answered, _| {
                if back(asked, answered).is_some() {
                    answered.reroute(|said| said.set("state", "outside"));
                }
            }
        ),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails",
        "5.3.2.2",
        requests::without_redirect_uri,
        [pushing!(
            "takes the only address that is registered",
            |form| form.set("redirect_uri", "https://rp.conformance.example/callback")
        ),]
    ),
    module!(
        "fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri",
        "RFC 9126 2.4",
        requests::unregistered_redirect_uri,
        [
            pushing!("takes a registered address in its place", |form| form
                .set("redirect_uri", "https://rp.conformance.example/callback")),
            Fault::answering("breaks", |asked, answered, _| {
                if asked.is(PAR) && answered.status >= 400 {
                    answered.become_error(500, "server_error");
                }
            }),
        ]
    ),
    module!(
        "fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails",
        "5.3.2.2",
        requests::without_par,
        [Fault::answering(
            "takes requests that browsers bring",
            |asked, answered, _| {
                if asked.says("request_uri").is_none() {
                    coded(asked, answered);
                }
            }
        ),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request",
        "5.3.2.2",
        requests::without_redirect_uri,
        [pushing!(
            "takes the only address that is registered",
            |form| form.set("redirect_uri", "https://rp.conformance.example/callback")
        ),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-response-type-code-idtoken-fails",
        "5.3.2.2",
        requests::response_type_code_id_token,
        [pushing!("takes any response type for code", |form| form
            .set("response_type", "code")),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-response-type-token-fails",
        "5.3.2.2",
        requests::response_type_token,
        [pushing!("takes any response type for code", |form| form
            .set("response_type", "code")),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-client-id-in-token-endpoint",
        "RFC 7521 4.2",
        requests::client_id_at_token_endpoint,
        [redeeming!("passes over client_id", |asked| {
            match asked.shows.clone() {
                Some(shown) => asked.pairs().set("client_id", &shown),
                None => asked.pairs().remove("client_id"),
            }
        }),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client",
        "RFC 6749 4.1.3",
        requests::code_of_another_client,
        [redeeming!("redeems codes for any client", |asked| {
            if asked.shows.is_some() {
                asked.shows = Some("conformance-mtls-one".to_owned());
                asked.pairs().set("client_id", "conformance-mtls-one");
            }
            mended_assertion(asked, |claims| {
                claims["iss"] = json!("conformance-fapi-one");
                claims["sub"] = json!("conformance-fapi-one");
            });
        }),]
    ),
    module!(
        "fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second",
        "RFC 6749 4.1.2",
        requests::code_reused,
        [giving!(
            "gives tokens for a code again",
            "token_endpoint",
            200,
            tokens()
        ),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code",
        "5.3.2.2",
        requests::code_expired,
        [giving!("lets codes last", "token_endpoint", 200, tokens()),]
    ),
    module!(
        "fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds",
        "5.3.2.2",
        requests::par_twice_before_completion,
        [Fault::answering(
            "takes looking for using",
            |asked, answered, past| {
                let reference = asked.says("request_uri");
                let was_seen = past.iter().any(|(then, _)| {
                    then.is("authorization_endpoint") && then.says("request_uri") == reference
                });
                if asked.is("authorization_endpoint") && reference.is_some() && was_seen {
                    answered.become_error(400, "invalid_request_uri");
                }
            }
        ),]
    ),
    module!(
        "fapi2-security-profile-final-par-attempt-reuse-request_uri",
        "RFC 9126 7.3",
        requests::par_reused,
        [Fault::answering(
            "answers a request twice",
            |asked, answered, _| {
                if answered.status >= 400 {
                    coded(asked, answered);
                }
            }
        ),]
    ),
    module!(
        "fapi2-security-profile-final-par-attempt-to-use-expired-request_uri",
        "RFC 9126 4",
        requests::par_expired,
        [Fault::answering(
            "lets pushed requests last",
            |asked, answered, _| {
                if answered.status >= 400 {
                    coded(asked, answered);
                }
            }
        ),]
    ),
    module!(
        "fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client",
        "RFC 9126 2.2",
        requests::par_of_another_client,
        [Fault::asking("looks at the reference alone", |asked, _| {
            if asked.is("authorization_endpoint") {
                let named = asked.says("client_id").unwrap_or_default();
                let first = named.replace("-two", "-one");
                asked.query.set("client_id", &first);
            }
        }),]
    ),
    module!(
        "fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param",
        "RFC 9126 2.1",
        requests::par_with_request_uri,
        [pushing!("passes over request_uri", |form| form.remove("request_uri")),]
    ),
    module!(
        "fapi2-security-profile-final-par-attempt-invalid-http-method",
        "RFC 9126 2.3",
        requests::par_by_another_verb,
        [Fault::asking("takes PUT for POST", |asked, _| {
            if asked.is(PAR) {
                asked.method = http::Method::POST;
            }
        }),]
    ),
    module!(
        "fapi2-security-profile-final-par-ensure-pkce-required",
        "5.3.2.2",
        requests::par_without_pkce,
        [pushing!("demands no proof key", |form| {
            form.set("code_challenge", &challenge());
            form.set("code_challenge_method", "S256");
        }),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-pkce-code-verifier-required",
        "RFC 7636 4.6",
        requests::verifier_required,
        [redeeming!("demands no verifier", |asked| asked
            .pairs()
            .set("code_verifier", VERIFIER)),]
    ),
    module!(
        "fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected",
        "RFC 7636 4.6",
        requests::verifier_incorrect,
        [redeeming!("looks at no verifier", |asked| asked
            .pairs()
            .set("code_verifier", VERIFIER)),]
    ),
    module!(
        "fapi2-security-profile-final-par-plain-pkce-rejected",
        "5.3.2.2",
        requests::par_plain_pkce,
        [pushing!("takes plain", |form| {
            form.set("code_challenge", &challenge());
            form.set("code_challenge_method", "S256");
        }),]
    ),
    module!(
        "fapi2-security-profile-final-par-without-duplicate-parameters",
        "RFC 9101 5",
        requests::par_without_duplicates,
        [Fault::answering(
            "wants everything twice",
            |asked, answered, _| {
                if asked.says("request_uri").is_some()
                    && asked.says("scope").is_none()
                    && asked.is("authorization_endpoint")
                {
                    answered.become_error(400, "invalid_request");
                }
            }
        ),]
    ),
];
