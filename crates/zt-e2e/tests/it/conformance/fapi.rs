//! The modules of FAPI 2.0's security profile that apply to plain FAPI with OpenID Connect, `private_key_jwt`, DPoP and requests
//! that are not signed.

use super::fault::Fault;
use super::wire::{Answered, Asked, Pairs};
use super::{Module, Profile, module};
use serde_json::{Value, json};

/// The path of pushed requests.
const PAR: &str = "pushed_authorization_request_endpoint";

/// What is pushed becomes something else.
macro_rules! pushing {
    ($name:literal, $change:expr) => {
        Fault::asking($name, |asked, _| {
            if asked.is($crate::conformance::fapi::PAR) {
                let change: fn(&mut $crate::conformance::wire::Pairs) = $change;
                change(asked.pairs());
            }
        })
    };
}

/// What comes to the token endpoint becomes something else.
macro_rules! redeeming {
    ($name:literal, $change:expr) => {
        Fault::asking($name, |asked, _| {
            if asked.is("token_endpoint") {
                let change: fn(&mut $crate::conformance::wire::Asked) = $change;
                change(asked);
            }
        })
    };
}

/// Assertions are believed, whatever they say of this.
macro_rules! believing {
    ($name:literal, $change:expr) => {
        Fault::asking($name, |asked, _| {
            $crate::conformance::secure::mended_assertion(asked, $change)
        })
    };
}

/// Whatever is wrong with a proof, it counts.
macro_rules! proving {
    ($name:literal, $change:expr) => {
        Fault::asking($name, |asked, _| {
            $crate::conformance::secure::mended_proof(asked, $change)
        })
    };
}

/// What is refused there is answered as if it were in order.
macro_rules! giving {
    ($name:literal, $at:literal, $status:literal, $body:expr) => {
        Fault::answering($name, |asked, answered, _| {
            if asked.is($at) && answered.status >= 400 && answered.error() != "use_dpop_nonce" {
                answered.become_json($status, &$body);
            }
        })
    };
}

fn tokens() -> Value {
    json!({ "access_token": "one-that-nobody-should-have", "token_type": "DPoP", "expires_in": 60 })
}

/// Whoever brings a reference gets a code.
fn coded(asked: &Asked, answered: &mut Answered) {
    if asked.is("authorization_endpoint") {
        let said = Pairs::of(&[("code", "one-that-nobody-should-have"), ("iss", "x")]);
        answered.lead("https://rp.conformance.example/callback", &said);
    }
}

fn recent(claims: &mut Value, now: i64) {
    for (name, at) in [("iat", now), ("nbf", now), ("exp", now + 60)] {
        claims[name] = json!(at);
    }
}

fn refusing(asked: &mut Asked, name: &str) {
    if asked.is(PAR) && asked.says(name).is_some() {
        asked.pairs().set("response_type", "nothing");
    }
}

/// Requests that name this parameter are refused when they are pushed.
macro_rules! refused {
    ($name:literal, $parameter:literal) => {
        Fault::asking($name, |asked, _| {
            $crate::conformance::fapi::refusing(asked, $parameter)
        })
    };
}

// After the macros, which they use.
mod about_keys;
mod about_requests;
mod proofs;
mod requests;

pub(crate) const FAPI: Profile = Profile {
    plan: "fapi2-security-profile-final-test-plan",
    modules: &[about_requests::MODULES, about_keys::MODULES],
    ours: &[],
    control: &[],
};

/// What is otherwise where it is a certificate that tokens are bound to.
const BOUND_TO_CERTIFICATES: &[Module] = &[
    module!(
        "fapi2-security-profile-final-ensure-holder-of-key-required",
        "5.3.2.1, RFC 8705 2, 3",
        proofs::holder_of_key,
        [giving!(
            "gives tokens without looking for a certificate",
            "token_endpoint",
            200,
            tokens()
        )]
    ),
    module!(
        "fapi2-security-profile-final-refresh-token",
        "5.3.2.1, RFC 8705 3, 4",
        proofs::refresh,
        [
            redeeming!("refreshes for any client", |asked| {
                if asked.says("grant_type") == Some("refresh_token") {
                    asked.shows = Some("conformance-mtls-one".to_owned());
                    asked.pairs().set("client_id", "conformance-mtls-one");
                }
            }),
            Fault::answering(
                "refreshes bound tokens to ones that are bound to nothing",
                |asked, answered, past| {
                    let told = |(then, answer): &&(Asked, Answered)| {
                        then.is("userinfo_endpoint") && answer.status == 200
                    };
                    if asked.is("userinfo_endpoint")
                        && answered.status == 401
                        && let Some((_, before)) = past.iter().rev().find(told)
                    {
                        *answered = before.clone();
                    }
                }
            ),
        ]
    ),
];

pub(crate) const FAPI_WITH_CERTIFICATES: Profile = Profile {
    plan: "fapi2-security-profile-final-test-plan (mtls)",
    modules: &[about_requests::MODULES, BOUND_TO_CERTIFICATES],
    ours: &[],
    control: &[],
};
