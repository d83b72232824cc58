//! The modules of FAPI 2.0's security profile that apply to plain FAPI with OpenID Connect, `private_key_jwt`, DPoP and requests
//! that are not signed.

use super::Profile;
use super::wire::{Answered, Asked, Pairs};
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
