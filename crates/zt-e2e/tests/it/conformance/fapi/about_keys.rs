//! The modules about proofs of possession and assertions of clients.

use super::{PAR, proofs, recent, tokens};
use crate::conformance::fault::Fault;
use crate::conformance::secure::mended_proof;
use crate::conformance::signer::Signer;
use crate::conformance::{Module, module};
use serde_json::json;

pub(super) const MODULES: &[Module] = &[
    module!(
        "fapi2-security-profile-final-access-token-type-header-case-sensitivity",
        "RFC 9110 11.1",
        proofs::scheme_in_any_case,
        [Fault::asking(
            "knows the scheme in one spelling only",
            |asked, _| {
                let header = asked
                    .headers
                    .iter_mut()
                    .find(|(name, _)| name == "authorization");
                if let Some((_, value)) = header
                    && value.starts_with("dpop ")
                {
                    *value = value.replacen("dpop", "unknown", 1);
                }
            }
        ),]
    ),
    module!(
        "fapi2-security-profile-final-check-dpop-proof-nbf-exp",
        "RFC 9449 4.2",
        proofs::nbf_and_exp,
        [Fault::asking(
            "refuses claims in proofs that it does not know",
            |asked, _| {
                mended_proof(asked, |_, _, claims| {
                    if claims.get("nbf").is_some() {
                        claims["htm"] = json!("NOTHING");
                    }
                });
            }
        ),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds",
        "5.3.2.1",
        proofs::iat_before,
        [proving!("bears no difference of clocks", |_, _, claims| {
            claims["iat"] = json!(claims["iat"].as_i64().unwrap_or_default() - 7200);
        }),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds",
        "5.3.2.1",
        proofs::iat_after,
        [proving!("bears no difference of clocks", |_, _, claims| {
            claims["iat"] = json!(claims["iat"].as_i64().unwrap_or_default() + 7200);
        }),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails",
        "RFC 9449 10.1",
        proofs::mismatch_at_par,
        [pushing!("passes over dpop_jkt", |form| form.remove("dpop_jkt")),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt",
        "RFC 9449 10.1",
        proofs::mismatch_of_proofs,
        [
            giving!(
                "redeems codes with any key",
                "token_endpoint",
                200,
                tokens()
            ),
            Fault::asking("passes over proofs of pushed requests", |asked, _| {
                if asked.is(PAR) {
                    asked.headers.retain(|(name, _)| name != "dpop");
                }
            }),
        ]
    ),
    module!(
        "fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt",
        "RFC 9449 10",
        proofs::mismatch_of_thumbprint,
        [pushing!("passes over dpop_jkt", |form| form.remove("dpop_jkt")),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success",
        "RFC 9449 10.1",
        proofs::bound_by_proof_at_par,
        [Fault::answering(
            "refuses proofs of pushed requests",
            |asked, answered, _| {
                if asked.is(PAR) && asked.headers.iter().any(|(name, _)| name == "dpop") {
                    answered.become_error(400, "invalid_dpop_proof");
                }
            }
        ),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-dpop-auth-code-binding-success",
        "RFC 9449 10",
        proofs::bound_by_thumbprint,
        [
            refused!("refuses dpop_jkt", "dpop_jkt"),
            pushing!("takes dpop_jkt for another key's", |form| {
                form.set("dpop_jkt", &Signer::stranger().thumbprint());
            }),
        ]
    ),
    module!(
        "fapi2-security-profile-final-ensure-holder-of-key-required",
        "5.3.2.1",
        proofs::holder_of_key,
        [giving!(
            "gives tokens that are bound to nothing",
            "token_endpoint",
            200,
            tokens()
        ),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails",
        "5.4.1",
        proofs::assertion_by_rs256,
        [believing!("takes RS256", |_| {}),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint",
        "5.3.2.1",
        proofs::no_assertion,
        [giving!(
            "asks nobody who it is",
            "token_endpoint",
            200,
            tokens()
        ),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
        "RFC 7523 3",
        proofs::assertion_expired,
        [believing!("looks at no exp", |claims| {
            let now = claims["exp"].as_i64().unwrap_or_default() + 300;
            recent(claims, now);
        }),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails",
        "5.3.2.1",
        proofs::assertion_for_another,
        [giving!("looks at no aud", "token_endpoint", 200, tokens()),]
    ),
    module!(
        "fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails",
        "RFC 7523 3",
        proofs::assertion_without_sub,
        [believing!(
            "takes the iss for the sub",
            |claims| claims["sub"] = claims["iss"].clone()
        ),]
    ),
    module!(
        "fapi2-security-profile-final-dpop-negative-tests",
        "RFC 9449 4.3",
        proofs::negative,
        [
            proving!("looks at no typ", |_, header, _| header["typ"] =
                json!("dpop+jwt")),
            proving!("looks at no htm", |asked, _, claims| claims["htm"] =
                json!(asked.method.as_str())),
            proving!("looks at no htu", |asked, _, claims| claims["htu"] =
                json!(asked.base)),
            proving!("needs no jti", |_, _, claims| {
                if claims.get("jti").is_none() {
                    claims["jti"] = json!(crate::conformance::party::random());
                }
            }),
            proving!("does not mind private keys", |_, header, _| drop(
                header["jwk"].as_object_mut().map(|key| key.remove("d"))
            )),
            proving!("looks at no ath", |asked, _, claims| {
                let authorization = asked
                    .headers
                    .iter()
                    .find(|(name, _)| name == "authorization");
                if let Some((_, token)) = authorization.and_then(|(_, value)| value.split_once(' '))
                {
                    claims["ath"] = crate::conformance::secure::hashed(token);
                }
            }),
            proving!("looks at no signature", |_, _, _| {}),
            Fault::answering(
                "takes any key for the right one",
                |asked, answered, past| {
                    let before = past.iter().rev().find(|(then, answer)| {
                        then.is("userinfo_endpoint") && answer.status == 200
                    });
                    let by = asked.headers.iter().find(|(name, _)| name == "dpop");
                    let by =
                        by.and_then(|(_, proof)| crate::conformance::forger::Forger::read(proof));
                    let is_strange =
                        by.is_some_and(|(header, _)| header["jwk"] == Signer::stranger().key());
                    if let (true, true, Some((_, before))) =
                        (asked.is("userinfo_endpoint"), is_strange, before)
                    {
                        *answered = before.clone();
                    }
                }
            ),
        ]
    ),
    module!(
        "fapi2-security-profile-final-refresh-token",
        "5.3.2.1, RFC 9449 5",
        proofs::refresh,
        [
            Fault::answering(
                "refreshes bound tokens to bearer tokens",
                |asked, answered, _| {
                    if asked.says("grant_type") == Some("refresh_token") {
                        answered.amend(|body| body["token_type"] = json!("Bearer"));
                    }
                }
            ),
            believing!("refreshes for any client", |claims| {
                claims["iss"] = json!("conformance-fapi-one");
                claims["sub"] = json!("conformance-fapi-one");
            }),
        ]
    ),
    module!(
        "fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
        "5.3.2.1",
        proofs::assertion_in_8_seconds,
        [believing!("bears no difference of clocks", |claims| {
            let now = claims["iat"].as_i64().unwrap_or_default() + 3600;
            recent(claims, now);
        }),]
    ),
    module!(
        "fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
        "5.3.2.1",
        proofs::assertion_in_70_seconds,
        [believing!("looks at no nbf", |claims| {
            let now = claims["iat"].as_i64().unwrap_or_default() - 70;
            recent(claims, now);
        }),]
    ),
    module!(
        "fapi2-security-profile-final-par-test-array-as-audience-fails",
        "5.3.2.1",
        proofs::audience_in_a_list,
        [believing!(
            "takes a list of audiences",
            |claims| claims["aud"] = claims["aud"][0].clone()
        ),]
    ),
    module!(
        "fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails",
        "5.3.2.1",
        proofs::audience_par_endpoint,
        [believing!("takes its endpoints for audiences", |claims| {
            claims["aud"] = json!(crate::conformance::browser::origin(
                claims["aud"].as_str().unwrap_or_default()
            ));
        }),]
    ),
    module!(
        "fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails",
        "5.3.2.1",
        proofs::audience_token_endpoint,
        [believing!("takes its endpoints for audiences", |claims| {
            claims["aud"] = json!(crate::conformance::browser::origin(
                claims["aud"].as_str().unwrap_or_default()
            ));
        }),]
    ),
];
