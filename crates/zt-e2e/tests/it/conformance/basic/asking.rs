//! What a request can ask for: claims, ways to sign in, addresses.

use crate::conformance::browser::Arrived;
use crate::conformance::forger::Forger;
use crate::conformance::party::{Flow, Tokens};
use crate::conformance::provider::Registered;
use crate::conformance::wire::Asked;
use crate::conformance::{Failure, Stage, Verdict, ensure};
use serde_json::{Value, json};

/// Claims by the scope that asks for them (OpenID Connect Core 1.0 §5.4). A provider has at least one of each; whoever has not all of
/// them is warned.
const CLAIMS: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

async fn scopes(stage: &mut Stage<'_>, asked: &[&str]) -> Result<Verdict, Failure> {
    let scope = format!("openid {}", asked.join(" "));
    let flow = Flow::of(&stage.client(), &scope);
    for scope in asked {
        if !stage.promises("scopes_supported", scope).await? {
            // §3.1.2.1: a scope that is not understood should be ignored.
            let tokens = stage.tokens(&flow).await?;
            Stage::told(&tokens, &stage.userinfo(&tokens.access).await?)?;
            return Ok(Verdict::Skipped("a scope that is not in scopes_supported"));
        }
    }
    let tokens = stage.tokens(&flow).await?;
    let told = Stage::told(&tokens, &stage.userinfo(&tokens.access).await?)?;
    let mut is_all = true;
    for (scope, claims) in CLAIMS.iter().filter(|(scope, _)| asked.contains(scope)) {
        let mut has = claims.iter().map(|claim| told.get(*claim).is_some());
        is_all &= has.clone().all(|has| has);
        let has = has.any(|has| has);
        ensure(has, &format!("nothing in userinfo for the scope `{scope}`"))?;
    }
    if is_all {
        return Ok(Verdict::Passed);
    }
    Ok(Verdict::Warned("not all claims of the scope are told"))
}

pub(crate) async fn scope_profile(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    scopes(stage, &["profile"]).await
}

pub(crate) async fn scope_email(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    scopes(stage, &["email"]).await
}

pub(crate) async fn scope_address(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    scopes(stage, &["address"]).await
}

pub(crate) async fn scope_phone(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    scopes(stage, &["phone"]).await
}

pub(crate) async fn scope_all(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    scopes(stage, &["address", "email", "phone", "profile"]).await
}

/// A request with one parameter more, to somebody who is not signed in, succeeds.
async fn with(stage: &mut Stage<'_>, name: &str, value: &str) -> Result<Tokens, Failure> {
    stage.leave();
    stage
        .tokens(&Flow::of(&stage.client(), "openid").with(name, value))
        .await
}

pub(crate) async fn display_page(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    with(stage, "display", "page")
        .await
        .map(|_| Verdict::Passed)
}

pub(crate) async fn display_popup(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    with(stage, "display", "popup")
        .await
        .map(|_| Verdict::Passed)
}

pub(crate) async fn unknown_parameter(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    with(stage, "extra", "foobar")
        .await
        .map(|_| Verdict::Passed)
}

pub(crate) async fn login_hint(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    with(stage, "login_hint", "aiko")
        .await
        .map(|_| Verdict::Passed)
}

pub(crate) async fn ui_locales(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    with(stage, "ui_locales", "se")
        .await
        .map(|_| Verdict::Passed)
}

pub(crate) async fn claims_locales(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    with(stage, "claims_locales", "se")
        .await
        .map(|_| Verdict::Passed)
}

pub(crate) async fn acr_values(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let metadata = stage.metadata().await?;
    let values = metadata["acr_values_supported"].as_array().cloned();
    let values = values.unwrap_or_else(|| vec![json!("1"), json!("2")]);
    let wanted: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
    let tokens = with(stage, "acr_values", &wanted.join(" ")).await?;
    let acr = tokens.claims["acr"].as_str();
    if acr.is_some_and(|acr| wanted.contains(&acr)) {
        return Ok(Verdict::Passed);
    }
    Ok(Verdict::Warned("the acr is none of those asked for"))
}

pub(crate) async fn prompt_login(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    stage.leave();
    let first = stage.tokens(&Flow::of(&stage.client(), "openid")).await?;
    stage.world.time.pass(1).await?;
    let flow = Flow::of(&stage.client(), "openid").with("prompt", "login");
    let second = signed_in_again(stage, &flow).await?;
    later(&first, &second)?;
    Ok(Verdict::Passed)
}

pub(crate) async fn max_age_1(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    stage.leave();
    let first = stage.tokens(&Flow::of(&stage.client(), "openid")).await?;
    stage.world.time.pass(2).await?;
    let flow = Flow::of(&stage.client(), "openid").with("max_age", "1");
    let second = signed_in_again(stage, &flow).await?;
    ensure(
        second.claims["auth_time"].is_i64(),
        "no auth_time though max_age was asked for",
    )?;
    later(&first, &second)?;
    Ok(Verdict::Passed)
}

/// She has to show again who she is.
async fn signed_in_again(stage: &mut Stage<'_>, flow: &Flow) -> Result<Tokens, Failure> {
    let before = stage.proofs;
    let tokens = stage.tokens(flow).await?;
    ensure(stage.proofs > before, "she was not asked to sign in again")?;
    Ok(tokens)
}

fn later(first: &Tokens, second: &Tokens) -> Result<(), Failure> {
    ensure(first.claims["sub"] == second.claims["sub"], "another sub")?;
    let proven = |tokens: &Tokens| tokens.claims["auth_time"].as_i64();
    if let (Some(before), Some(after)) = (proven(first), proven(second)) {
        ensure(before < after, "an auth_time from before")?;
    }
    Ok(())
}

pub(crate) async fn prompt_none_not_logged_in(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    stage.leave();
    let state = "s".repeat(128);
    let flow = Flow::of(&stage.client(), "openid")
        .with("prompt", "none")
        .with("state", &state);
    let arrived = stage.sent(&flow).await?;
    let said = stage.is_for(&flow, arrived.back(&flow.client.redirect_uri)?)?;
    let wanted = [
        "login_required",
        "interaction_required",
        "account_selection_required",
        "consent_required",
    ];
    Stage::error_in(&said, &wanted)?;
    Ok(Verdict::Passed)
}

/// The second request is answered without asking her anything, about the same sign-in.
async fn silently(
    stage: &mut Stage<'_>,
    first: Flow,
    second: Flow,
    hint: bool,
) -> Result<Verdict, Failure> {
    let before = stage.tokens(&first).await?;
    stage.world.time.pass(1).await?;
    let second = if hint {
        second.with("id_token_hint", &before.id_token)
    } else {
        second
    };
    let arrived = stage.sent(&second).await?;
    let said = stage.is_for(&second, arrived.back(&second.client.redirect_uri)?)?;
    ensure(
        said.value("error").is_none(),
        &format!("refused: {:?}", said.0),
    )?;
    let code = said.value("code").unwrap_or_default();
    let answered = stage.redeem(&second, code).await?;
    let after = stage.read_tokens(&second, answered).await?;
    for name in ["sub", "auth_time"] {
        ensure(
            before.claims[name] == after.claims[name],
            &format!("another `{name}`"),
        )?;
    }
    if first.request.value("max_age").is_some() {
        ensure(
            before.claims["auth_time"].is_i64(),
            "no auth_time though max_age was asked for",
        )?;
    }
    Ok(Verdict::Passed)
}

pub(crate) async fn prompt_none_logged_in(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let first = Flow::of(&stage.client(), "openid");
    let second = Flow::of(&stage.client(), "openid").with("prompt", "none");
    silently(stage, first, second, false).await
}

pub(crate) async fn max_age_10000(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    stage.leave();
    let first = Flow::of(&stage.client(), "openid").with("max_age", "15000");
    let second = Flow::of(&stage.client(), "openid").with("max_age", "10000");
    silently(stage, first, second, false).await
}

pub(crate) async fn id_token_hint(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let first = Flow::of(&stage.client(), "openid");
    let second = Flow::of(&stage.client(), "openid").with("prompt", "none");
    silently(stage, first, second, true).await
}

/// The request leads to a page that says no, and to no client.
async fn shown_an_error(stage: &mut Stage<'_>, flow: &Flow) -> Result<Verdict, Failure> {
    let page = stage.sent(flow).await?.page()?;
    let status = page.answered.status;
    ensure(
        (400..500).contains(&status),
        &format!("no page of an error: {}", page.told()),
    )?;
    Ok(Verdict::Passed)
}

pub(crate) async fn registered_redirect_uri(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let client = stage.client();
    let other = format!("{}/unregistered", client.redirect_uri);
    let flow = Flow::of(&client, "openid").with("redirect_uri", &other);
    shown_an_error(stage, &flow).await
}

pub(crate) async fn post_request(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = Flow::of(&stage.client(), "openid");
    let address = stage.endpoint("authorization_endpoint").await?;
    // From the client's own page, as browsers say it.
    let asked = Asked::form(&address, flow.request.clone())
        .header("origin", crate::conformance::browser::CLIENTS)
        .header("sec-fetch-site", "cross-site");
    let arrived = stage.browser.go(&stage.wire, asked).await?;
    let arrived = stage.answers(arrived).await?;
    let said = stage.is_for(&flow, arrived.back(&flow.client.redirect_uri)?)?;
    let answered = stage
        .redeem(&flow, said.value("code").unwrap_or_default())
        .await?;
    stage.read_tokens(&flow, answered).await?;
    Ok(Verdict::Passed)
}

pub(crate) async fn claims_essential(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let wanted = json!({ "userinfo": { "name": { "essential": true } } }).to_string();
    let flow = Flow::of(&stage.client(), "openid").with("claims", &wanted);
    let tokens = stage.tokens(&flow).await?;
    let told = Stage::told(&tokens, &stage.userinfo(&tokens.access).await?)?;
    if told.get("name").is_none() {
        return Ok(Verdict::Warned("no name, though it is essential"));
    }
    ensure(
        tokens.claims.get("name").is_none(),
        "the name in the ID token",
    )?;
    Ok(Verdict::Passed)
}

/// The whole request as an object that nobody signed (§6.1), beside the least that OAuth needs.
fn in_an_object(flow: &Flow) -> String {
    let members = flow.request.0.iter();
    let members: serde_json::Map<String, Value> = members
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    Forger::sign(&json!({ "alg": "none" }), &Value::Object(members))
}

fn outside(flow: &Flow) -> Flow {
    let outside = flow.clone().without("state").without("nonce");
    outside.with("state", "outside").with("nonce", "outside")
}

/// Either everything in the object counts, or the client is told that objects are not read.
async fn object(
    stage: &mut Stage<'_>,
    sent: &Flow,
    inside: &Flow,
    refusals: &[&str],
) -> Result<Verdict, Failure> {
    let arrived = stage.sent(sent).await?;
    let arrived = stage.answers(arrived).await?;
    let said = arrived.back(&inside.client.redirect_uri)?;
    if said.value("error").is_some() {
        Stage::error_in(&said, refusals)?;
        return Ok(Verdict::Skipped(
            "request objects without a signature are refused",
        ));
    }
    let said = stage.is_for(inside, said)?;
    let answered = stage
        .redeem(inside, said.value("code").unwrap_or_default())
        .await?;
    stage.read_tokens(inside, answered).await?;
    Ok(Verdict::Passed)
}

pub(crate) async fn unsigned_request_object(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let inside = Flow::of(&stage.client(), "openid");
    let sent = outside(&inside).with("request", &in_an_object(&inside));
    let refusals = ["request_not_supported", "invalid_request_object"];
    object(stage, &sent, &inside, &refusals).await
}

pub(crate) async fn request_uri_unsigned(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let inside = Flow::of(&stage.client(), "openid");
    let address = format!("{}/request.jwt", crate::conformance::browser::CLIENTS);
    let sent = outside(&inside).with("request_uri", &address);
    let refusals = ["request_uri_not_supported", "invalid_request_uri"];
    object(stage, &sent, &inside, &refusals).await
}

pub(crate) async fn request_object_with_redirect_uri(
    stage: &mut Stage<'_>,
) -> Result<Verdict, Failure> {
    let client = stage.client();
    two_addresses(stage, &client).await
}

/// A request object of this client with its address, and another one outside.
pub(crate) async fn two_addresses(
    stage: &mut Stage<'_>,
    client: &Registered,
) -> Result<Verdict, Failure> {
    let inside = Flow::of(client, "openid");
    let other = format!("{}/unregistered", inside.client.redirect_uri);
    let sent = inside.clone().with("redirect_uri", &other);
    let sent = sent.with("request", &in_an_object(&inside));
    match stage.sent(&sent).await? {
        Arrived::Page(page) => {
            ensure(page.answered.status >= 400, "a page that is no error")?;
        }
        back => {
            let said = stage.is_for(&inside, back.back(&inside.client.redirect_uri)?)?;
            ensure(
                said.value("error").is_none(),
                "an error to an address that the request does not name",
            )?;
        }
    }
    let algorithms = "request_object_signing_alg_values_supported";
    if stage.promises(algorithms, "none").await? {
        return Ok(Verdict::Passed);
    }
    Ok(Verdict::Skipped(
        "request objects without a signature are not offered",
    ))
}
