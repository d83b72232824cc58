//! The modules of the basic profile (OpenID Connect Core 1.0, code flow), in the order of the public plan.

pub(crate) mod asking;
pub(crate) mod flows;

use super::fault::{Fault, answered_before, back, ignores, promises, refuses, retold, tells};
use super::{Module, Profile, Word, module};
use serde_json::json;

/// The ID token of the token endpoint says something else.
macro_rules! told {
    ($name:literal, $change:expr) => {
        Fault::answering($name, |asked, answered, _| {
            if asked.is("token_endpoint") {
                retold(answered, $change);
            }
        })
    };
}

/// The authorization endpoint refuses a parameter that it should pass over.
macro_rules! refused {
    ($name:literal, $parameter:literal) => {
        Fault::asking($name, |asked, _| refuses(asked, $parameter))
    };
}

/// The authorization endpoint passes over a parameter that it should heed.
macro_rules! ignored {
    ($name:literal, $parameter:literal) => {
        Fault::asking($name, |asked, _| ignores(asked, $parameter))
    };
}

const MODULES: &[Module] = &[
    module!(
        "oidcc-server",
        "Core 3.1",
        flows::server,
        [
            told!("names another issuer", |_, claims| claims["iss"] =
                json!("https://other.example")),
            told!("names another client", |_, claims| claims["aud"] =
                json!("conformance-two")),
            told!("names other clients too", |_, claims| {
                claims["aud"] = json!([claims["aud"], "conformance-two"]);
            }),
            told!(
                "says that another client asked",
                |_, claims| claims["azp"] = json!("conformance-two")
            ),
            told!("gives an ID token that is over", |_, claims| {
                claims["exp"] = json!(claims["iat"].as_i64().unwrap_or_default() - 1);
            }),
            told!("gives an ID token made long ago", |_, claims| {
                claims["iat"] = json!(claims["iat"].as_i64().unwrap_or_default() - 600);
            }),
            told!("leaves the nonce out", |_, claims| drop(
                claims.as_object_mut().unwrap().remove("nonce")
            )),
            told!("has a nonce of its own", |_, claims| claims["nonce"] =
                json!("another")),
            told!(
                "hashes another access token",
                |_, claims| claims["at_hash"] = json!("c29tZXRoaW5nIGVsc2U")
            ),
            told!("leaves the sub out", |_, claims| drop(
                claims.as_object_mut().unwrap().remove("sub")
            )),
            told!(
                "tells claims nobody asked for",
                |_, claims| claims["name"] = json!("Aiko")
            ),
            told!("names no key", |header, _| drop(
                header.as_object_mut().unwrap().remove("kid")
            )),
            told!("does not sign", |header, _| header["alg"] = json!("none")),
            Fault {
                forges: false,
                ..told!("signs with a key that it does not publish", |_, _| {})
            },
            Fault::answering("says another state", |_, answered, _| answered
                .reroute(|said| said.set("state", "x"))),
            Fault::answering("drops the state", |_, answered, _| answered
                .reroute(|said| said.remove("state"))),
            Fault::answering("answers as another issuer", |_, answered, _| {
                answered.reroute(|said| said.set("iss", "https://other.example"));
            }),
            Fault::answering("gives codes that can be guessed", |asked, answered, _| {
                if back(asked, answered).is_some() {
                    answered.reroute(|said| said.set("code", "12345678"));
                }
            }),
            Fault::answering("lets caches keep tokens", |asked, answered, _| {
                if asked.is("token_endpoint") {
                    answered.set_header("cache-control", "public, max-age=300");
                }
            }),
            Fault::answering("gives tokens of an unknown kind", |asked, answered, _| {
                if asked.is("token_endpoint") {
                    answered.amend(|body| body["token_type"] = json!("mac"));
                }
            }),
            Fault::answering("answers about somebody else", |asked, answered, _| {
                tells(asked, answered, |told| told["sub"] = json!("somebody-else"));
            }),
        ]
    ),
    module!(
        "oidcc-response-type-missing",
        "RFC 6749 3.1.1",
        flows::response_type_missing,
        [Fault::asking(
            "takes a missing response_type for code",
            |asked, _| {
                if asked.is("authorization_endpoint") {
                    asked.query.set("response_type", "code");
                }
            }
        ),]
    ),
    module!(
        "oidcc-idtoken-signature",
        "Core 3.1.3.7",
        flows::idtoken_signature,
        [
            told!("names no key", |header, _| drop(
                header.as_object_mut().unwrap().remove("kid")
            )),
            told!("does not sign unless told to", |header, _| header["alg"] =
                json!("none")),
        ]
    ),
    module!(
        "oidcc-idtoken-unsigned",
        "Core 3.1.3.7",
        flows::idtoken_unsigned,
        [Fault::answering(
            "promises ID tokens without a signature",
            |asked, answered, _| {
                promises(asked, answered, |metadata| {
                    metadata["id_token_signing_alg_values_supported"] = json!(["RS256", "none"]);
                });
            }
        ),]
    ),
    module!(
        "oidcc-userinfo-get",
        "Core 5.3.1",
        flows::userinfo_get,
        [
            Fault::answering(
                "does not say whom userinfo is about",
                |asked, answered, _| {
                    tells(asked, answered, |told| {
                        drop(told.as_object_mut().unwrap().remove("sub"))
                    });
                }
            ),
            Fault::answering("does not take GET", |asked, answered, _| {
                if asked.is("userinfo_endpoint") && asked.method == http::Method::GET {
                    answered.become_error(405, "invalid_request");
                }
            }),
        ]
    ),
    module!(
        "oidcc-userinfo-post-header",
        "Core 5.3.1",
        flows::userinfo_post_header,
        [Fault::answering(
            "does not take POST",
            |asked, answered, _| {
                if asked.is("userinfo_endpoint") && asked.method == http::Method::POST {
                    answered.become_error(405, "invalid_request");
                }
            }
        ),]
    ),
    module!(
        "oidcc-userinfo-post-body",
        "Core 5.3.1, RFC 6750 2.2",
        flows::userinfo_post_body,
        [Fault::answering(
            "tells whoever sends a form about somebody else",
            |asked, answered, _| {
                tells(asked, answered, |told| told["sub"] = json!("somebody-else"));
            }
        ),]
    ),
    module!(
        "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
        "Core 3.1.2.1",
        flows::without_nonce,
        [Fault::asking("demands a nonce", |asked, _| {
            if asked.says("nonce").is_none() {
                refuses(asked, "client_id");
            }
        })]
    ),
    module!(
        "oidcc-scope-profile",
        "Core 5.4",
        asking::scope_profile,
        [
            Fault::answering("tells nothing for profile", |asked, answered, _| {
                tells(asked, answered, |told| {
                    *told = json!({ "sub": told["sub"] })
                });
            }),
            Fault::answering("tells a name that is no text", |asked, answered, _| {
                tells(asked, answered, |told| told["name"] = json!(["Aiko"]));
            }),
        ]
    ),
    module!(
        "oidcc-scope-email",
        "Core 5.4",
        asking::scope_email,
        [
            Fault::answering("tells nothing for email", |asked, answered, _| {
                tells(asked, answered, |told| {
                    drop(told.as_object_mut().unwrap().remove("email"))
                });
            }),
            Fault::answering(
                "says of the address whether it is verified in words",
                |asked, answered, _| {
                    tells(asked, answered, |told| {
                        told["email_verified"] = json!("true")
                    });
                }
            ),
        ]
    ),
    module!(
        "oidcc-scope-address",
        "Core 5.4",
        asking::scope_address,
        [
            refused!("refuses scopes that it does not know", "scope"),
            Fault::answering("promises address and tells none", |asked, answered, _| {
                promises(asked, answered, |metadata| {
                    metadata["scopes_supported"] = json!(["openid", "address"]);
                });
            }),
        ]
    ),
    module!(
        "oidcc-scope-phone",
        "Core 5.4",
        asking::scope_phone,
        [
            refused!("refuses scopes that it does not know", "scope"),
            Fault::answering("promises phone and tells none", |asked, answered, _| {
                promises(asked, answered, |metadata| {
                    metadata["scopes_supported"] = json!(["openid", "phone"]);
                });
            }),
        ]
    ),
    module!(
        "oidcc-scope-all",
        "Core 5.4",
        asking::scope_all,
        [Fault::answering(
            "promises all scopes and tells the half",
            |asked, answered, _| {
                promises(asked, answered, |metadata| {
                    metadata["scopes_supported"] =
                        json!(["openid", "profile", "email", "address", "phone"]);
                });
            }
        ),]
    ),
    module!(
        "oidcc-alternate-happy-flow",
        "RFC 6749 3.3",
        flows::alternate_happy_flow,
        [Fault::asking("reads the first scope only", |asked, _| {
            if asked.is("authorization_endpoint") {
                let first = asked.says("scope").unwrap_or_default();
                let first = first.split(' ').next().unwrap_or_default().to_owned();
                asked.query.set("scope", &first);
            }
        }),]
    ),
    module!(
        "oidcc-display-page",
        "Core 3.1.2.1",
        asking::display_page,
        [refused!("refuses display", "display"),]
    ),
    module!(
        "oidcc-display-popup",
        "Core 3.1.2.1",
        asking::display_popup,
        [refused!("refuses display", "display"),]
    ),
    module!(
        "oidcc-prompt-login",
        "Core 3.1.2.1",
        asking::prompt_login,
        [
            ignored!("asks nobody to sign in again", "prompt"),
            told!("does not say when she proved herself again", |_, claims| {
                claims["auth_time"] = json!(1)
            }),
        ]
    ),
    module!(
        "oidcc-prompt-none-not-logged-in",
        "Core 3.1.2.6",
        asking::prompt_none_not_logged_in,
        [
            ignored!("shows a page though none may be shown", "prompt"),
            Fault::answering("cuts the state", |_, answered, _| {
                answered.reroute(|said| {
                    let cut: String = said
                        .value("state")
                        .unwrap_or_default()
                        .chars()
                        .take(64)
                        .collect();
                    said.set("state", &cut);
                });
            }),
            Fault::answering(
                "says access_denied whatever the reason",
                |_, answered, _| {
                    answered.reroute(|said| said.set("error", "access_denied"));
                }
            ),
        ]
    ),
    module!(
        "oidcc-prompt-none-logged-in",
        "Core 3.1.2.1",
        asking::prompt_none_logged_in,
        [
            Fault::asking("knows nobody again", |asked, _| {
                if asked.says("prompt") == Some("none") {
                    asked.headers.retain(|(name, _)| name != "cookie");
                }
            }),
            Fault::both(
                "takes a silent answer for a new sign-in",
                |_, _| {},
                |asked, answered, past| {
                    let is_silent = past
                        .iter()
                        .any(|(then, _)| then.says("prompt") == Some("none"));
                    if asked.is("token_endpoint") && is_silent {
                        retold(answered, |_, claims| {
                            claims["auth_time"] = claims["iat"].clone()
                        });
                        retold(answered, |_, claims| {
                            claims["auth_time"] =
                                json!(claims["auth_time"].as_i64().unwrap_or_default() + 1)
                        });
                    }
                },
            ),
        ]
    ),
    module!(
        "oidcc-max-age-1",
        "Core 3.1.2.1",
        asking::max_age_1,
        [
            ignored!("asks nobody to sign in again", "max_age"),
            told!("does not say when she proved herself", |_, claims| {
                drop(claims.as_object_mut().unwrap().remove("auth_time"));
            }),
        ]
    ),
    module!(
        "oidcc-max-age-10000",
        "Core 3.1.2.1",
        asking::max_age_10000,
        [
            Fault::asking("takes every max_age for 0", |asked, _| {
                if asked.says("max_age") == Some("10000") {
                    asked.query.set("max_age", "0");
                }
            }),
            told!("does not say when she proved herself", |_, claims| {
                drop(claims.as_object_mut().unwrap().remove("auth_time"));
            }),
        ]
    ),
    module!(
        "oidcc-ensure-request-with-unknown-parameter-succeeds",
        "RFC 6749 3.1",
        asking::unknown_parameter,
        [refused!("refuses what it does not know", "extra"),]
    ),
    module!(
        "oidcc-id-token-hint",
        "Core 3.1.2.1",
        asking::id_token_hint,
        [
            Fault::asking("does not know its own ID tokens", |asked, _| {
                if asked.says("id_token_hint").is_some() {
                    asked
                        .query
                        .set("id_token_hint", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln");
                }
            }),
            refused!("refuses hints", "id_token_hint"),
        ]
    ),
    module!(
        "oidcc-login-hint",
        "Core 3.1.2.1",
        asking::login_hint,
        [refused!("refuses hints", "login_hint"),]
    ),
    module!(
        "oidcc-ui-locales",
        "Core 3.1.2.1",
        asking::ui_locales,
        [refused!(
            "refuses languages that it does not speak",
            "ui_locales"
        ),]
    ),
    module!(
        "oidcc-claims-locales",
        "Core 5.2",
        asking::claims_locales,
        [refused!(
            "refuses languages that it does not speak",
            "claims_locales"
        ),]
    ),
    module!(
        "oidcc-ensure-request-with-acr-values-succeeds",
        "Core 3.1.2.1",
        asking::acr_values,
        [refused!("refuses acr_values", "acr_values"),]
    ),
    module!(
        "oidcc-codereuse",
        "RFC 6749 4.1.2",
        flows::codereuse,
        [Fault::answering(
            "gives tokens for a code again",
            |asked, answered, past| {
                if let Some(before) = answered_before(asked, past, "code") {
                    *answered = before.clone();
                }
            }
        ),]
    ),
    module!(
        "oidcc-codereuse-30seconds",
        "RFC 6749 4.1.2",
        flows::codereuse_30seconds,
        [
            Fault::answering("gives tokens for a code again", |asked, answered, past| {
                if let Some(before) = answered_before(asked, past, "code") {
                    *answered = before.clone();
                }
            }),
            Fault::answering(
                "takes a used code for a wrong client",
                |asked, answered, _| {
                    if asked.is("token_endpoint") && answered.status == 400 {
                        answered.become_error(401, "invalid_client");
                    }
                }
            ),
        ]
    ),
    module!(
        "oidcc-ensure-registered-redirect-uri",
        "Core 3.1.2.1",
        asking::registered_redirect_uri,
        [
            Fault::both(
                "compares the beginning of addresses",
                |asked, _| {
                    if asked.is("authorization_endpoint") {
                        let uri = asked.says("redirect_uri").unwrap_or_default();
                        let uri = uri.trim_end_matches("/unregistered").to_owned();
                        asked.query.set("redirect_uri", &uri);
                    }
                },
                |asked, answered, _| {
                    if let Some(said) = back(asked, answered) {
                        answered.lead(asked.says("redirect_uri").unwrap_or_default(), &said);
                    }
                },
            ),
            Fault::answering(
                "tells the client of an address that it does not have",
                |asked, answered, _| {
                    if asked.is("authorization_endpoint") && answered.status == 400 {
                        answered.lead(
                            "https://rp.conformance.example/callback",
                            &super::wire::Pairs::of(&[("error", "invalid_request")]),
                        );
                    }
                }
            ),
        ]
    ),
    module!(
        "oidcc-ensure-post-request-succeeds",
        "Core 3.1.2.1",
        asking::post_request,
        [Fault::answering(
            "does not take POST",
            |asked, answered, _| {
                if asked.is("authorization_endpoint") && asked.method == http::Method::POST {
                    answered.become_error(405, "invalid_request");
                }
            }
        ),]
    ),
    module!(
        "oidcc-server-client-secret-post",
        "RFC 6749 2.3.1",
        flows::server_client_secret_post,
        [Fault::asking(
            "does not read secrets in forms",
            |asked, _| {
                if asked.is("token_endpoint") {
                    asked.pairs().remove("client_secret");
                }
            }
        ),]
    ),
    module!(
        "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
        "Core 6.2",
        asking::request_uri_unsigned,
        [ignored!("passes over request_uri", "request_uri")]
    ),
    module!(
        "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
        "Core 6.1",
        asking::unsigned_request_object,
        [ignored!("passes over request objects", "request")]
    ),
    module!(
        "oidcc-claims-essential",
        "Core 5.5",
        asking::claims_essential,
        [
            refused!("refuses claims that are asked for one by one", "claims"),
            Fault::both(
                "tells in the ID token what is for userinfo",
                |_, _| {},
                |asked, answered, _| {
                    if asked.is("token_endpoint") {
                        retold(answered, |_, claims| claims["name"] = json!("Aiko"));
                    }
                }
            ),
        ]
    ),
    module!(
        "oidcc-ensure-request-object-with-redirect-uri",
        "Core 6.1",
        asking::request_object_with_redirect_uri,
        [Fault::both(
            "lets the address outside win",
            |asked, _| {
                if asked.is("authorization_endpoint") {
                    asked.query.remove("request");
                    asked
                        .query
                        .set("redirect_uri", "https://rp.conformance.example/callback");
                }
            },
            |asked, answered, _| {
                if let Some(said) = back(asked, answered) {
                    answered.lead(asked.says("redirect_uri").unwrap_or_default(), &said);
                }
            },
        )]
    ),
    module!(
        "oidcc-refresh-token",
        "RFC 6749 6, Core 12",
        flows::refresh_token,
        [
            Fault::asking("takes refresh tokens from any client", |asked, past| {
                if asked.says("grant_type") == Some("refresh_token")
                    && asked.says("scope").is_none()
                {
                    let theirs = past.iter().rev().find(|(then, answered)| {
                        then.says("grant_type") == Some("refresh_token") && answered.status == 200
                    });
                    if let Some((then, _)) = theirs {
                        asked.headers.clone_from(&then.headers);
                    }
                }
            }),
            Fault::answering(
                "is another person after the refresh",
                |asked, answered, _| {
                    if asked.says("grant_type") == Some("refresh_token") {
                        retold(answered, |_, claims| claims["sub"] = json!("somebody-else"));
                    }
                }
            ),
            Fault::answering("counts a refresh as a sign-in", |asked, answered, _| {
                if asked.says("grant_type") == Some("refresh_token") {
                    retold(answered, |_, claims| {
                        claims["auth_time"] = claims["iat"].clone()
                    });
                    retold(answered, |_, claims| {
                        claims["auth_time"] = json!(claims["iat"].as_i64().unwrap_or_default() + 1)
                    });
                }
            }),
            Fault::answering(
                "gives the same access token for a refresh",
                |asked, answered, past| {
                    let first = past
                        .iter()
                        .rev()
                        .find(|(then, _)| then.says("grant_type") == Some("authorization_code"));
                    if let (Some("refresh_token"), Some((_, first))) =
                        (asked.says("grant_type"), first)
                    {
                        let same = first.json()["access_token"].clone();
                        answered.amend(|body| body["access_token"] = same);
                    }
                }
            ),
        ]
    ),
    module!(
        "oidcc-ensure-request-with-valid-pkce-succeeds",
        "RFC 7636 4.6",
        flows::with_valid_pkce,
        [
            refused!("refuses proof keys", "code_challenge"),
            Fault::asking("looks at no verifier", |asked, past| {
                if asked.is("token_endpoint") && asked.says("code_verifier").is_some() {
                    let first = past
                        .iter()
                        .find_map(|(then, _)| then.says("code_verifier").map(str::to_owned));
                    if let Some(first) = first {
                        asked.pairs().set("code_verifier", &first);
                    }
                }
            }),
        ]
    ),
];

const BY_REFERENCE: &str =
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported";
const UNSIGNED: &str =
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported";
const WITH_ADDRESS: &str = "oidcc-ensure-request-object-with-redirect-uri";

pub(crate) const BASIC: Profile = Profile {
    plan: "oidcc-basic-certification-test-plan",
    modules: &[MODULES],
    ours: &[
        ("oidcc-idtoken-unsigned", Word::Skipped),
        (
            "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
            Word::Failed,
        ),
        ("oidcc-scope-profile", Word::Warned),
        ("oidcc-scope-email", Word::Warned),
        ("oidcc-scope-address", Word::Skipped),
        ("oidcc-scope-phone", Word::Skipped),
        ("oidcc-scope-all", Word::Skipped),
        (BY_REFERENCE, Word::Skipped),
        (UNSIGNED, Word::Skipped),
        (WITH_ADDRESS, Word::Skipped),
    ],
    control: &[
        ("oidcc-idtoken-unsigned", Word::Skipped),
        ("oidcc-scope-profile", Word::Warned),
        ("oidcc-scope-all", Word::Warned),
        (WITH_ADDRESS, Word::Skipped),
        (
            "oidcc-ensure-request-with-acr-values-succeeds",
            Word::Warned,
        ),
        (BY_REFERENCE, Word::Skipped),
        (UNSIGNED, Word::Skipped),
    ],
};
