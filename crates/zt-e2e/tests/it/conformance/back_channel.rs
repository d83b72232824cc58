//! The modules of the profile for sign-outs that clients are told of by the provider itself (OpenID Connect Back-Channel Logout 1.0).

use super::fault::{Fault, promises};
use super::forger::Forger;
use super::party::{Flow, random};
use super::provider::Registered;
use super::rp_logout::goodbye;
use super::wire::{Asked, Pairs};
use super::{Failure, Module, Profile, Stage, Verdict, ensure, fail, module};
use serde_json::{Value, json};

/// What a logout token is about (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

async fn discovery(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let metadata = stage.metadata().await?;
    for name in [
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
    ] {
        ensure(metadata[name] == json!(true), &format!("no `{name}`"))?;
    }
    let address = stage.endpoint("end_session_endpoint").await?;
    ensure(
        address.starts_with("https://"),
        "an end of sessions without TLS",
    )?;
    Ok(Verdict::Passed)
}

/// §2.4, §2.6.
async fn is_for(
    stage: &Stage<'_>,
    client: &Registered,
    token: &str,
    id_token: &Value,
) -> Result<(), Failure> {
    let (_, claims) = stage.signed(token, &["RS256", "ES256", "EdDSA"]).await?;
    ensure(
        claims["iss"] == json!(stage.world.issuer),
        "a logout token of another issuer",
    )?;
    let audience = match &claims["aud"] {
        Value::Array(several) => several.clone(),
        one => vec![one.clone()],
    };
    ensure(
        audience == [json!(client.id)],
        "a logout token for another client",
    )?;
    let now = stage.now();
    let made = claims["iat"].as_i64().ok_or_else(|| fail("no iat"))?;
    ensure(
        (made - now).abs() <= 60,
        "a logout token that was not made now",
    )?;
    let over = claims["exp"].as_i64();
    ensure(
        over.is_some_and(|over| over > now),
        "a logout token that is over, or never is",
    )?;
    ensure(claims["jti"].is_string(), "no jti")?;
    ensure(
        claims["events"][EVENT].is_object(),
        "not the event of a sign-out",
    )?;
    ensure(claims.get("nonce").is_none(), "a nonce, as in an ID token")?;
    let has = |name: &str| claims.get(name).is_some();
    ensure(has("sub") || has("sid"), "neither sub nor sid")?;
    for name in ["sub", "sid"] {
        ensure(
            !has(name) || claims[name] == id_token[name],
            &format!("another `{name}`"),
        )?;
    }
    ensure(has("sid"), "no sid, though the client needs one")
}

async fn logout(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    stage.leave();
    let client = Registered::basic("conformance-back");
    let flow = Flow::of(&client, "openid");
    let tokens = stage.tokens(&flow).await?;
    ensure(tokens.claims["sid"].is_string(), "no sid in the ID token")?;
    stage.world.around.listener.forget().await;
    let state = random();
    let query = Pairs::of(&[
        ("id_token_hint", &tokens.id_token),
        ("post_logout_redirect_uri", &goodbye()),
        ("state", &state),
    ]);
    let arrived = stage.ends(query).await?;
    let arrived = stage.answers(arrived).await?;
    let said = arrived.back(&goodbye())?;
    ensure(said.value("state") == Some(&state), "another state")?;
    let told = stage
        .wire
        .received(stage.world.around.listener.next().await?);
    let token = told
        .says("logout_token")
        .ok_or_else(|| fail("no logout_token"))?;
    is_for(stage, &client, token, &tokens.claims).await?;
    stage.is_signed_out().await?;
    Ok(Verdict::Passed)
}

/// The logout token says something else.
fn retold(asked: &mut Asked, change: fn(&mut Value, &mut Value)) {
    if asked.is("backchannel_logout") {
        let told = asked.says("logout_token").and_then(Forger::read);
        if let Some((mut header, mut claims)) = told {
            change(&mut header, &mut claims);
            let token = Forger::sign(&header, &claims);
            asked.pairs().set("logout_token", &token);
        }
    }
}

macro_rules! told {
    ($name:literal, $change:expr) => {
        Fault {
            forges: true,
            ..Fault::asking($name, |asked, _| retold(asked, $change))
        }
    };
}

fn left_out(claims: &mut Value, name: &str) {
    drop(claims.as_object_mut().unwrap().remove(name));
}

const MODULES: &[Module] = &[
    module!(
        "oidcc-backchannel-logout-discovery-endpoint-verification",
        "Back-Channel Logout 2.1",
        discovery,
        [
            Fault::answering(
                "says nothing of back-channel logout",
                |asked, answered, _| {
                    promises(asked, answered, |metadata| {
                        left_out(metadata, "backchannel_logout_supported")
                    });
                }
            ),
            Fault::answering("tells of no session", |asked, answered, _| {
                promises(asked, answered, |metadata| {
                    metadata["backchannel_logout_session_supported"] = json!(false)
                });
            }),
        ]
    ),
    module!(
        "oidcc-backchannel-rp-initiated-logout",
        "Back-Channel Logout 2.4 to 2.6",
        logout,
        [
            told!("names another issuer", |_, claims| claims["iss"] =
                json!("https://other.example")),
            told!("names another client", |_, claims| claims["aud"] =
                json!("conformance-two")),
            told!("tells of another session", |_, claims| claims["sid"] =
                json!("another")),
            told!("tells of another person", |_, claims| claims["sub"] =
                json!("somebody-else")),
            told!("says neither who nor which session", |_, claims| {
                left_out(claims, "sub");
                left_out(claims, "sid");
            }),
            told!("tells of no event", |_, claims| left_out(claims, "events")),
            told!("puts a nonce in", |_, claims| claims["nonce"] = json!("n")),
            told!("makes tokens that can be sent again", |_, claims| left_out(
                claims, "jti"
            )),
            told!("makes tokens that never end", |_, claims| left_out(
                claims, "exp"
            )),
            told!("tells what was made long ago", |_, claims| claims["iat"] =
                json!(1)),
            told!("does not sign", |header, _| header["alg"] = json!("none")),
            Fault {
                forges: false,
                ..told!("signs with a key that it does not publish", |_, _| {})
            },
            Fault::asking("sends an empty form", |asked, _| {
                if asked.is("backchannel_logout") {
                    asked.pairs().remove("logout_token");
                }
            }),
        ]
    ),
];

pub(crate) const BACK_CHANNEL: Profile = Profile {
    plan: "oidcc-backchannel-rp-initiated-logout-certification-test-plan",
    modules: &[MODULES],
    ours: &[],
    control: &[],
};
