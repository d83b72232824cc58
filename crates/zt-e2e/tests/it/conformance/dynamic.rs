//! The modules of the dynamic profile: clients that register themselves (OpenID Connect Dynamic Client Registration 1.0, RFC 7591).

mod clients;
mod keys;
mod said;

use super::browser::CLIENTS;
use super::fault::{Fault, back, ignores, promises, retold};
use super::forger::Forger;
use super::wire::{Answered, Asked, Body};
use super::{Module, Profile, Word, module};
use said::with_query;
use serde_json::{Value, json};

const REGISTRATION: &str = "registration_endpoint";

/// What of the public suite's clients a provider does not bear, by choice.
pub(crate) struct Choices {
    /// Each code has a proof key, also of clients that prove themselves.
    proof_key: bool,
    /// The audience of assertions is the issuer, and not the token endpoint.
    issuer_alone: bool,
}

fn callback() -> String {
    format!("{CLIENTS}/callback")
}

/// What a program says of itself becomes something else.
fn said(asked: &mut Asked, change: fn(&mut Value)) {
    if asked.is(REGISTRATION)
        && let Body::Json(said) = &mut asked.body
    {
        change(said);
    }
}

/// What it is told of that becomes something else.
fn answers(asked: &Asked, answered: &mut Answered, change: fn(&mut Value)) {
    if asked.is(REGISTRATION) {
        answered.amend(change);
    }
}

/// Everybody is registered.
fn takes_all(asked: &Asked, answered: &mut Answered) {
    if asked.is(REGISTRATION) {
        answered.become_json(201, &json!({ "client_id": "any", "client_secret": "any" }));
    }
}

/// A key that is not among those of before takes the place and the name of the first of them.
fn renamed(answered: &mut Answered, before: &Value) {
    let old: Vec<Value> = before["keys"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|key| key["kid"].clone())
        .collect();
    answered.amend(|set| {
        let Some(keys) = set["keys"].as_array_mut() else {
            return;
        };
        let new = keys.iter().position(|key| !old.contains(&key["kid"]));
        if let (Some(new), Some(taken)) = (new, old.first()) {
            keys[new]["kid"] = taken.clone();
            let mut at = 0;
            keys.retain(|key| {
                at += 1;
                at == new + 1 || key["kid"] != *taken
            });
        }
    });
}

fn without(answered: &mut Answered, address: &str) {
    answered.body = answered.body.replace(address, "");
}

fn takes(asked: &mut Asked, address: &str) {
    if asked.is("authorization_endpoint") {
        asked.pairs().set("redirect_uri", address);
    }
}

const MODULES: &[Module] = &[
    module!(
        "oidcc-discovery-endpoint-verification",
        "Discovery 3",
        said::discovery,
        [Fault::answering(
            "does not say where clients register",
            |asked, answered, _| promises(asked, answered, |metadata| {
                metadata[REGISTRATION] = Value::Null;
            })
        )]
    ),
    module!(
        "oidcc-server",
        "Dynamic Registration 3",
        said::server,
        [
            Fault::answering("gives another client's name", |asked, answered, _| {
                answers(asked, answered, |said| {
                    said["client_id"] = json!("conformance-one");
                });
            }),
            Fault::asking("registers other keys", |asked, _| {
                said(asked, |said| {
                    said["jwks"] = json!({ "keys": Forger::keys() });
                });
            }),
            Fault::answering(
                "names where to change it and gives no token",
                |asked, answered, _| {
                    answers(asked, answered, |said| {
                        said["registration_access_token"] = Value::Null;
                    });
                }
            ),
            Fault::asking("registers other addresses", |asked, _| {
                said(asked, |said| {
                    said["redirect_uris"] = json!([format!("{CLIENTS}/elsewhere")]);
                });
            }),
            Fault::answering("says 200 for 201", |asked, answered, _| {
                if asked.is(REGISTRATION) {
                    answered.status = 200;
                }
            }),
        ]
    ),
    module!(
        "oidcc-ensure-redirect-uri-in-authorization-request",
        "Core 3.1.2.1",
        said::without_address,
        [Fault::asking(
            "takes the first address that is registered",
            |asked, _| takes(asked, &callback())
        )]
    ),
    module!(
        "oidcc-idtoken-rs256",
        "Core 3.1.3.7",
        said::id_token_rs256,
        [Fault::asking("registers another algorithm", |asked, _| {
            said(asked, |said| {
                said["id_token_signed_response_alg"] = json!("ES256");
            })
        })]
    ),
    module!(
        "oidcc-idtoken-unsigned",
        "Core 3.1.3.7",
        said::id_token_unsigned,
        [Fault::answering(
            "registers clients for ID tokens without a signature",
            |asked, answered, _| takes_all(asked, answered)
        )]
    ),
    module!(
        "oidcc-userinfo-rs256",
        "Core 5.3.2",
        said::userinfo_rs256,
        [
            Fault::asking("does not sign what userinfo says", |asked, _| {
                said(asked, |said| {
                    said["userinfo_signed_response_alg"] = Value::Null;
                });
            }),
            Fault::answering("signs it for another client", |asked, answered, _| {
                if asked.is("userinfo_endpoint")
                    && let Some((header, mut claims)) = Forger::read(&answered.body)
                {
                    claims["aud"] = json!("conformance-one");
                    answered.body = Forger::sign(&header, &claims);
                }
            }),
        ]
    ),
    module!(
        "oidcc-redirect-uri-query-OK",
        "Core 3.1.2.1",
        said::query_ok,
        [Fault::answering(
            "forgets the query of an address",
            |_, answered, _| answered.reroute(|said| said.remove("foo"))
        )]
    ),
    module!(
        "oidcc-redirect-uri-query-mismatch",
        "Core 3.1.2.1",
        said::query_mismatch,
        [Fault::asking(
            "compares addresses without their query",
            |asked, _| takes(asked, &with_query())
        )]
    ),
    module!(
        "oidcc-redirect-uri-query-added",
        "Core 3.1.2.1",
        said::query_added,
        [Fault::asking(
            "compares addresses without their query",
            |asked, _| takes(asked, &callback())
        )]
    ),
    module!(
        "oidcc-redirect-uri-regfrag",
        "RFC 6749 3.1.2",
        said::fragment,
        [Fault::answering(
            "registers addresses with a fragment",
            |asked, answered, _| takes_all(asked, answered)
        )]
    ),
    module!(
        "oidcc-refresh-token",
        "RFC 6749 6, Core 12",
        said::refresh_token,
        [
            Fault::answering("refuses refresh tokens", |asked, answered, _| {
                if asked.says("grant_type") == Some("refresh_token") {
                    answered.become_error(400, "invalid_grant");
                }
            }),
            Fault::answering(
                "takes refresh tokens from any client",
                |asked, answered, past| {
                    let theirs = past.iter().rev().find(|(then, answered)| {
                        then.says("grant_type") == Some("refresh_token") && answered.status == 200
                    });
                    if asked.says("grant_type") == Some("refresh_token")
                        && answered.error() == "invalid_grant"
                        && let Some((_, theirs)) = theirs
                    {
                        *answered = theirs.clone();
                    }
                }
            ),
            Fault::answering("tells of somebody else", |asked, answered, _| {
                if asked.says("grant_type") == Some("refresh_token") {
                    retold(answered, |_, claims| claims["sub"] = json!("somebody else"));
                }
            }),
        ]
    ),
    module!(
        "oidcc-refresh-token-rp-key-rotation",
        "Core 10.1.1, Dynamic Registration 2",
        keys::client_key_rotation,
        [
            Fault::answering(
                "keeps the keys that it saw first",
                |asked, answered, past| {
                    let named = |asked: &Asked| {
                        let (header, claims) =
                            asked.says("client_assertion").and_then(Forger::read)?;
                        Some((claims["sub"].clone(), header["kid"].clone()))
                    };
                    let now = named(asked);
                    let before = past.iter().filter_map(|(then, _)| named(then)).next();
                    if let (Some((_, now)), Some((_, before))) = (now, before)
                        && now != before
                    {
                        answered.become_error(401, "invalid_client");
                    }
                }
            ),
            Fault::answering("gives no refresh tokens", |asked, answered, _| {
                if asked.is("token_endpoint") {
                    answered.amend(|body| body["refresh_token"] = Value::Null);
                }
            }),
        ]
    ),
    module!(
        "oidcc-registration-logo-uri",
        "Dynamic Registration 2",
        said::logo,
        [Fault::asking("passes over the logo", |asked, _| {
            said(asked, |said| said["logo_uri"] = Value::Null);
        })]
    ),
    module!(
        "oidcc-registration-policy-uri",
        "Dynamic Registration 2",
        said::policy,
        [
            Fault::asking("passes over the policy", |asked, _| {
                said(asked, |said| said["policy_uri"] = Value::Null);
            }),
            Fault::answering("links no policy", |asked, answered, _| {
                if !asked.is(REGISTRATION) {
                    without(answered, "https://rp.conformance.example/policy");
                }
            }),
        ]
    ),
    module!(
        "oidcc-registration-tos-uri",
        "Dynamic Registration 2",
        said::terms,
        [
            Fault::asking("passes over the terms", |asked, _| {
                said(asked, |said| said["tos_uri"] = Value::Null);
            }),
            Fault::answering("links no terms", |asked, answered, _| {
                if !asked.is(REGISTRATION) {
                    without(answered, "https://rp.conformance.example/terms");
                }
            }),
        ]
    ),
    module!(
        "oidcc-registration-jwks-uri",
        "Dynamic Registration 2",
        keys::jwks_uri,
        [
            Fault::asking("passes over jwks_uri", |asked, _| {
                said(asked, |said| said["jwks_uri"] = Value::Null);
            }),
            Fault::asking("looks for keys elsewhere", |asked, _| {
                said(asked, |said| {
                    let elsewhere = said["jwks_uri"].as_str().unwrap_or_default();
                    said["jwks_uri"] = json!(format!("{elsewhere}.old"));
                });
            }),
            Fault::answering("fetches no keys", |asked, answered, _| {
                if asked.is("token_endpoint") {
                    answered.become_error(401, "invalid_client");
                }
            }),
        ]
    ),
    module!(
        "oidcc-registration-sector-uri",
        "Dynamic Registration 5",
        keys::sector,
        [
            Fault::answering("takes no sectors", |asked, answered, _| {
                if asked.is(REGISTRATION) {
                    answered.become_error(400, "invalid_client_metadata");
                }
            }),
            Fault::asking("passes over subject_type", |asked, _| {
                said(asked, |said| said["subject_type"] = Value::Null);
            }),
        ]
    ),
    module!(
        "oidcc-registration-sector-bad",
        "Dynamic Registration 5",
        keys::sector_bad,
        [Fault::both(
            "looks at no sector",
            |asked, _| said(asked, |said| {
                said["sector_identifier_uri"] = Value::Null;
            }),
            |asked, answered, _| promises(asked, answered, |metadata| {
                metadata["subject_types_supported"] = json!(["public", "pairwise"]);
            })
        )]
    ),
    module!(
        "oidcc-request-uri-unsigned",
        "Core 6.2",
        said::request_uri,
        [
            Fault::asking("passes over request_uri", |asked, _| {
                ignores(asked, "request_uri");
            }),
            Fault::answering("does not say that it fetches none", |asked, answered, _| {
                promises(asked, answered, |metadata| {
                    metadata["request_uri_parameter_supported"] = Value::Null;
                });
            }),
        ]
    ),
    module!(
        "oidcc-request-uri-signed-rs256",
        "Core 6.2",
        said::request_uri,
        [
            Fault::asking("passes over request_uri", |asked, _| {
                ignores(asked, "request_uri");
            }),
            Fault::answering("does not say that it fetches none", |asked, answered, _| {
                promises(asked, answered, |metadata| {
                    metadata["request_uri_parameter_supported"] = Value::Null;
                });
            }),
        ]
    ),
    module!(
        "oidcc-ensure-request-object-with-redirect-uri",
        "Core 6.1",
        keys::object_with_address,
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
        "oidcc-ensure-client-assertion-with-iss-aud-succeeds",
        "RFC 7523 3, Core 9",
        keys::audience_is_issuer,
        [
            Fault::answering(
                "takes the client's assertion for a wrong code",
                |asked, answered, _| {
                    if asked.is("token_endpoint") {
                        answered.become_error(400, "invalid_grant");
                    }
                }
            ),
            Fault::answering("gives no ID token", |asked, answered, _| {
                if asked.is("token_endpoint") {
                    answered.amend(|body| body["id_token"] = Value::Null);
                }
            }),
        ]
    ),
    module!(
        "oidcc-server-rotate-keys",
        "Core 10.1.1",
        keys::server_key_rotation,
        [
            Fault {
                forges: false,
                ..Fault::answering("has the same keys for ever", |asked, answered, past| {
                    let mut before = past.iter().filter(|(then, _)| then.is("jwks_uri"));
                    if asked.is("jwks_uri")
                        && let Some((_, before)) = before.next()
                    {
                        *answered = before.clone();
                    }
                })
            },
            Fault {
                forges: false,
                ..Fault::answering(
                    "gives a new key the name of an old one",
                    |asked, answered, past| {
                        let mut before = past.iter().filter(|(then, _)| then.is("jwks_uri"));
                        if asked.is("jwks_uri")
                            && let Some((_, before)) = before.next()
                        {
                            renamed(answered, &before.json());
                        }
                    }
                )
            },
        ]
    ),
];

pub(crate) const DYNAMIC: Profile = Profile {
    plan: "oidcc-dynamic-certification-test-plan",
    modules: &[MODULES],
    ours: &[
        ("oidcc-server", Word::Failed),
        ("oidcc-idtoken-rs256", Word::Failed),
        ("oidcc-idtoken-unsigned", Word::Skipped),
        ("oidcc-userinfo-rs256", Word::Failed),
        ("oidcc-redirect-uri-query-OK", Word::Failed),
        ("oidcc-refresh-token", Word::Failed),
        ("oidcc-refresh-token-rp-key-rotation", Word::Failed),
        ("oidcc-registration-logo-uri", Word::Failed),
        ("oidcc-registration-policy-uri", Word::Failed),
        ("oidcc-registration-tos-uri", Word::Failed),
        ("oidcc-registration-jwks-uri", Word::Failed),
        ("oidcc-request-uri-unsigned", Word::Failed),
        ("oidcc-request-uri-signed-rs256", Word::Failed),
        (
            "oidcc-ensure-request-object-with-redirect-uri",
            Word::Skipped,
        ),
        (
            "oidcc-ensure-client-assertion-with-iss-aud-succeeds",
            Word::Failed,
        ),
    ],
    control: &[
        ("oidcc-idtoken-unsigned", Word::Skipped),
        ("oidcc-registration-logo-uri", Word::Failed),
        ("oidcc-request-uri-unsigned", Word::Failed),
        ("oidcc-request-uri-signed-rs256", Word::Failed),
        (
            "oidcc-ensure-request-object-with-redirect-uri",
            Word::Skipped,
        ),
        ("oidcc-server-rotate-keys", Word::Skipped),
    ],
};
