//! The modules of the profile for sign-outs that the browser tells clients of (OpenID Connect Front-Channel Logout 1.0).

use super::browser::{CLIENTS, origin};
use super::fault::{Fault, promises};
use super::party::{Flow, random};
use super::provider::Registered;
use super::rp_logout::goodbye;
use super::wire::{Answered, Asked, Pairs};
use super::{Failure, Module, Profile, Stage, Verdict, Word, ensure, fail, module};
use serde_json::json;

/// §3.
const PROMISES: [&str; 2] = [
    "frontchannel_logout_supported",
    "frontchannel_logout_session_supported",
];

/// Whether the provider says that it does this at all, without any fault.
fn is_there(stage: &Stage<'_>) -> bool {
    stage.world.metadata[PROMISES[0]] == json!(true)
}

const NOT_THERE: Result<Verdict, Failure> = Ok(Verdict::Skipped("no front-channel logout"));

async fn discovery(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    if !is_there(stage) {
        return NOT_THERE;
    }
    let metadata = stage.metadata().await?;
    for name in PROMISES {
        ensure(metadata[name] == json!(true), &format!("no `{name}`"))?;
    }
    let address = stage.endpoint("end_session_endpoint").await?;
    ensure(
        address.starts_with("https://"),
        "an end of sessions without TLS",
    )?;
    Ok(Verdict::Passed)
}

/// The one frame of the one page that has any, which its own content policy lets in.
fn framed(stage: &Stage<'_>) -> Result<Asked, Failure> {
    let [(policy, frames)] = stage.browser.framed.as_slice() else {
        return Err(fail(format!(
            "{} pages with frames",
            stage.browser.framed.len()
        )));
    };
    let [frame] = frames.as_slice() else {
        return Err(fail(format!("frames of {frames:?}")));
    };
    let mut directives = policy.split(';').map(str::trim);
    let sources = directives.find_map(|one| one.strip_prefix("frame-src "));
    ensure(
        policy.is_empty() || sources == Some(origin(frame)),
        "a content policy that lets in another frame than there is",
    )?;
    Ok(Asked::read(frame))
}

async fn logout(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    if !is_there(stage) {
        return NOT_THERE;
    }
    stage.leave();
    let client = Registered::basic("conformance-front");
    let flow = Flow::of(&client, "openid");
    let tokens = stage.tokens(&flow).await?;
    ensure(tokens.claims["sid"].is_string(), "no sid in the ID token")?;
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
    let frame = framed(stage)?;
    ensure(
        frame.base == format!("{CLIENTS}/frontchannel"),
        &format!("a frame of `{}`", frame.base),
    )?;
    let names = |name: &str| frame.query.value(name).map(str::to_owned);
    ensure(
        names("iss").as_deref() == Some(stage.world.issuer.as_str()),
        "not the issuer",
    )?;
    ensure(
        names("sid").as_deref() == tokens.claims["sid"].as_str(),
        "not the session",
    )?;
    stage.is_signed_out().await?;
    Ok(Verdict::Passed)
}

/// The page with the frames is another one.
fn reframed(asked: &Asked, answered: &mut Answered, change: fn(&mut String)) {
    if asked.is("end_session_endpoint") && answered.body.contains("<iframe") {
        change(&mut answered.body);
    }
}

macro_rules! frames {
    ($name:literal, $change:expr) => {
        Fault::answering($name, |asked, answered, _| {
            reframed(asked, answered, $change)
        })
    };
}

fn put(body: &mut String, from: &str, to: &str) {
    *body = body.replace(from, to);
}

const MODULES: &[Module] = &[
    module!(
        "oidcc-frontchannel-logout-discovery-endpoint-verification",
        "Front-Channel Logout 3",
        discovery,
        [
            Fault::answering(
                "says nothing of front-channel logout",
                |asked, answered, _| {
                    promises(asked, answered, |metadata| {
                        metadata[PROMISES[0]] = json!(null)
                    });
                }
            ),
            Fault::answering("tells of no session", |asked, answered, _| {
                promises(asked, answered, |metadata| {
                    metadata[PROMISES[1]] = json!(false)
                });
            }),
        ]
    ),
    module!(
        "oidcc-frontchannel-rp-initiated-logout",
        "Front-Channel Logout 2, 3",
        logout,
        [
            frames!("opens no frame", |body| put(body, "<iframe", "<div")),
            frames!("opens another address", |body| put(
                body,
                "/frontchannel?",
                "/elsewhere?"
            )),
            frames!("names no issuer", |body| put(body, "?iss=", "?is=")),
            frames!("names another issuer", |body| put(
                body,
                "?iss=https%3A%2F%2F",
                "?iss=https%3A%2F%2Fother."
            )),
            frames!("names no session", |body| put(body, "sid=", "si=")),
            frames!("names another session", |body| put(body, "sid=", "sid=x")),
            frames!("tells clients that hold nothing", |body| body.push_str(
                "<iframe src=\"https://rp.conformance.example/other\"></iframe>"
            )),
            frames!("does not go on", |body| put(body, "data-onward", "")),
            Fault::answering("forbids its own frame", |asked, answered, _| {
                if asked.is("end_session_endpoint") {
                    answered.set_header("content-security-policy", "frame-src 'none'");
                }
            }),
            Fault::answering("lets in whatever frame", |asked, answered, _| {
                if asked.is("end_session_endpoint") {
                    answered.set_header("content-security-policy", "frame-src *");
                }
            }),
        ]
    ),
];

pub(crate) const FRONT_CHANNEL: Profile = Profile {
    plan: "oidcc-frontchannel-rp-initiated-logout-certification-test-plan",
    modules: &[MODULES],
    ours: &[],
    control: &[
        (
            "oidcc-frontchannel-logout-discovery-endpoint-verification",
            Word::Skipped,
        ),
        ("oidcc-frontchannel-rp-initiated-logout", Word::Skipped),
    ],
};
