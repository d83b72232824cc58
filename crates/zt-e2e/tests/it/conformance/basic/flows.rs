//! Codes, tokens and what they say.

use crate::conformance::party::{Flow, Tokens, random, sha256};
use crate::conformance::provider::{Method, Registered};
use crate::conformance::wire::{Asked, Pairs};
use crate::conformance::{Failure, Stage, Verdict, ensure, fail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method as Verb;
use serde_json::Value;

/// Seen from outside, how much of a code could be random: at least 128 bits (RFC 6749 §10.10).
fn looks_random(code: &str) -> bool {
    let mut letters: Vec<char> = code.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    code.len() >= 22 && letters.len() >= 8
}

pub(crate) async fn server(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = Flow::of(&stage.client(), "openid");
    let method = "token_endpoint_auth_methods_supported";
    ensure(
        stage.promises(method, "client_secret_basic").await?,
        "no client_secret_basic",
    )?;
    served(stage, &flow).await?;
    Ok(Verdict::Passed)
}

/// A flow that comes to its end, and what comes of it.
pub(crate) async fn served(stage: &mut Stage<'_>, flow: &Flow) -> Result<(), Failure> {
    let code = stage.code(flow).await?;
    ensure(looks_random(&code), "a code that could be guessed")?;
    let answered = stage.redeem(flow, &code).await?;
    let tokens = stage.read_tokens(flow, answered).await?;
    ensure(
        tokens.header["kid"].is_string(),
        "an ID token that names no key",
    )?;
    ensure(
        tokens.claims.get("name").is_none(),
        "claims in the ID token that nobody asked for",
    )?;
    let answered = stage.userinfo(&tokens.access).await?;
    Stage::told(&tokens, &answered)?;
    let lasts = tokens.answered.json();
    ensure(lasts["expires_in"].is_u64(), "no expires_in")
}

pub(crate) async fn response_type_missing(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = Flow::of(&stage.client(), "openid").without("response_type");
    match stage.sent(&flow).await? {
        crate::conformance::browser::Arrived::Page(page) => {
            ensure(page.answered.status >= 400, "a page that is no error")?;
        }
        back => {
            let said = stage.is_for(&flow, back.back(&flow.client.redirect_uri)?)?;
            Stage::error_in(&said, &["unsupported_response_type", "invalid_request"])?;
        }
    }
    Ok(Verdict::Passed)
}

pub(crate) async fn idtoken_signature(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = Flow::of(&stage.client(), "openid");
    let tokens = stage.tokens(&flow).await?;
    ensure(
        tokens.header["kid"].is_string(),
        "the ID token names no key",
    )?;
    ensure(tokens.header["alg"] == "RS256", "not signed with RS256")?;
    Ok(Verdict::Passed)
}

pub(crate) async fn idtoken_unsigned(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let list = "id_token_signing_alg_values_supported";
    if !stage.promises(list, "none").await? {
        return Ok(Verdict::Skipped("ID tokens are always signed"));
    }
    let flow = Flow::of(&stage.client(), "openid");
    let tokens = stage.tokens(&flow).await?;
    ensure(tokens.header["alg"] == "none", "a signed ID token")?;
    Ok(Verdict::Passed)
}

pub(crate) async fn userinfo_get(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let tokens = stage.tokens(&Flow::of(&stage.client(), "openid")).await?;
    let answered = stage.userinfo(&tokens.access).await?;
    Stage::told(&tokens, &answered)?;
    Ok(Verdict::Passed)
}

pub(crate) async fn userinfo_post_header(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let tokens = stage.tokens(&Flow::of(&stage.client(), "openid")).await?;
    let address = stage.endpoint("userinfo_endpoint").await?;
    let asked = Asked {
        method: Verb::POST,
        ..Asked::read(&address)
    };
    let asked = asked.header("authorization", &format!("Bearer {}", tokens.access));
    Stage::told(&tokens, &stage.wire.send(asked).await?)?;
    Ok(Verdict::Passed)
}

pub(crate) async fn userinfo_post_body(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let tokens = stage.tokens(&Flow::of(&stage.client(), "openid")).await?;
    let address = stage.endpoint("userinfo_endpoint").await?;
    let form = Pairs::of(&[("access_token", &tokens.access)]);
    let answered = stage.wire.send(Asked::form(&address, form)).await?;
    if answered.status >= 400 {
        return Ok(Verdict::Warned("userinfo does not read tokens in forms"));
    }
    Stage::told(&tokens, &answered)?;
    Ok(Verdict::Passed)
}

pub(crate) async fn without_nonce(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = Flow::of(&stage.client(), "openid").without("nonce");
    let said = stage.returned(&flow).await?;
    if said.value("code").is_some() {
        let flow = Flow::of(&stage.client(), "openid").without("nonce");
        stage.tokens(&flow).await?;
        return Ok(Verdict::Passed);
    }
    // RFC 9700 §2.1.1 wants one of the two.
    Stage::error_in(&said, &["invalid_request"])?;
    let verifier = random() + &random();
    let challenge = URL_SAFE_NO_PAD.encode(sha256(&verifier));
    let flow = flow
        .with("code_challenge", &challenge)
        .with("code_challenge_method", "S256");
    let code = stage.code(&flow).await?;
    let form = Pairs::of(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &flow.client.redirect_uri),
        ("code_verifier", &verifier),
    ]);
    let answered = stage.token(&flow.client, form).await?;
    stage.read_tokens(&flow, answered).await?;
    Ok(Verdict::Failed("without a nonce only with a proof key"))
}

pub(crate) async fn alternate_happy_flow(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let mut flow = Flow::of(&stage.client(), "email openid");
    flow.request.0.reverse();
    let tokens = stage.tokens(&flow).await?;
    let told = Stage::told(&tokens, &stage.userinfo(&tokens.access).await?)?;
    ensure(told["email"].is_string(), "no email")?;
    Ok(Verdict::Passed)
}

pub(crate) async fn codereuse(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    reused(stage, 0).await
}

pub(crate) async fn codereuse_30seconds(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    reused(stage, 30).await
}

async fn reused(stage: &mut Stage<'_>, after: u64) -> Result<Verdict, Failure> {
    let flow = Flow::of(&stage.client(), "openid");
    let code = stage.code(&flow).await?;
    let answered = stage.redeem(&flow, &code).await?;
    let tokens = stage.read_tokens(&flow, answered).await?;
    Stage::told(&tokens, &stage.userinfo(&tokens.access).await?)?;
    stage.world.time.pass(after).await?;
    let again = stage.redeem(&flow, &code).await?;
    ensure(
        again.status == 400,
        &format!("{} for a code that was used", again.status),
    )?;
    ensure(
        again.error() == "invalid_grant",
        "the error is not invalid_grant",
    )?;
    // RFC 6749 §4.1.2: what came of it should be revoked.
    let still = stage.userinfo(&tokens.access).await?;
    if still.status == 200 {
        return Ok(Verdict::Warned("the access token still counts"));
    }
    ensure(
        (400..500).contains(&still.status),
        "neither an answer nor a refusal",
    )?;
    Ok(Verdict::Passed)
}

pub(crate) async fn server_client_secret_post(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let method = "token_endpoint_auth_methods_supported";
    ensure(
        stage.promises(method, "client_secret_post").await?,
        "no client_secret_post",
    )?;
    let mut client = stage.client();
    client.id = "conformance-post".to_owned();
    client.method = Method::Post;
    let flow = Flow::of(&client, "openid");
    let tokens = stage.tokens(&flow).await?;
    Stage::told(&tokens, &stage.userinfo(&tokens.access).await?)?;
    Ok(Verdict::Passed)
}

pub(crate) async fn with_valid_pkce(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let verifier = random() + &random();
    let challenge = URL_SAFE_NO_PAD.encode(sha256(&verifier));
    let flow = Flow::of(&stage.client(), "openid")
        .with("code_challenge", &challenge)
        .with("code_challenge_method", "S256");
    let code = stage.code(&flow).await?;
    let form = Pairs::of(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &flow.client.redirect_uri),
        ("code_verifier", &verifier),
    ]);
    let answered = stage.token(&flow.client, form).await?;
    stage.read_tokens(&flow, answered).await?;
    // RFC 7636 §4.6, where it is supported: another verifier is none.
    if stage
        .promises("code_challenge_methods_supported", "S256")
        .await?
    {
        let code = stage.code(&flow).await?;
        let form = Pairs::of(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &flow.client.redirect_uri),
            ("code_verifier", &(random() + &random())),
        ]);
        let answered = stage.token(&flow.client, form).await?;
        ensure(
            answered.error() == "invalid_grant",
            "redeemed with another verifier",
        )?;
    }
    Ok(Verdict::Passed)
}

pub(crate) async fn refresh_token(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let clients = [stage.client(), stage.other_client()];
    refreshed_by(stage, &clients).await
}

/// Each of two clients refreshes its tokens, and not the other's.
pub(crate) async fn refreshed_by(
    stage: &mut Stage<'_>,
    clients: &[Registered; 2],
) -> Result<Verdict, Failure> {
    let mut scope = "openid".to_owned();
    let is_offline = stage.promises("scopes_supported", "offline_access").await?;
    if is_offline {
        scope += " offline_access";
    }
    for client in clients {
        let mut flow = Flow::of(client, &scope);
        if is_offline {
            flow = flow.with("prompt", "consent");
        }
        let first = stage.tokens(&flow).await?;
        let Some(refresh) = first.refresh.clone() else {
            return Ok(Verdict::Skipped("no refresh token"));
        };
        stage.world.time.pass(1).await?;
        let body = refreshed(stage, client, &first, &scope).await?;
        // RFC 6749 §10.4: whoever else comes with it gets nothing.
        let kept = body["refresh_token"].as_str().unwrap_or(&refresh);
        for other in clients.iter().filter(|other| other.id != client.id) {
            let form = Pairs::of(&[("grant_type", "refresh_token"), ("refresh_token", kept)]);
            let answered = stage.token(other, form).await?;
            ensure(answered.status == 400, "another client's refresh token")?;
            ensure(
                answered.error() == "invalid_grant",
                "the error is not invalid_grant",
            )?;
        }
    }
    Ok(Verdict::Passed)
}

/// What a client gets for the refresh token among its first tokens.
pub(crate) async fn refreshed(
    stage: &Stage<'_>,
    client: &Registered,
    first: &Tokens,
    scope: &str,
) -> Result<Value, Failure> {
    let refresh = first.refresh.as_deref();
    let refresh = refresh.ok_or_else(|| fail("no refresh token"))?;
    ensure(
        stage
            .promises("grant_types_supported", "refresh_token")
            .await?,
        "a grant that the metadata does not name",
    )?;
    ensure(
        looks_random(refresh),
        "a refresh token that could be guessed",
    )?;
    ensure(
        refresh.bytes().all(|byte| (0x20..0x7f).contains(&byte)),
        "characters that no refresh token has",
    )?;
    let form = Pairs::of(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh),
        ("scope", scope),
    ]);
    let answered = stage.token(client, form).await?;
    let body = answered.json();
    ensure(
        answered.status == 200,
        &format!("{} for a refresh: {}", answered.status, answered.body),
    )?;
    ensure(
        answered.header("cache-control").contains("no-store"),
        "tokens that may be stored",
    )?;
    let access = body["access_token"]
        .as_str()
        .ok_or_else(|| fail("no access token"))?;
    ensure(access != first.access, "the same access token again")?;
    // OpenID Connect Core 1.0 §12.2.
    if let Some(token) = body["id_token"].as_str() {
        let (_, claims) = stage.signed(token, &["RS256", "ES256", "EdDSA"]).await?;
        for name in ["iss", "sub", "aud", "auth_time", "azp"] {
            ensure(
                claims[name] == first.claims[name],
                &format!("another `{name}` after the refresh"),
            )?;
        }
        let nonce = &claims["nonce"];
        ensure(
            nonce.is_null() || *nonce == first.claims["nonce"],
            "another nonce after the refresh",
        )?;
        let made = |claims: &Value| claims["iat"].as_i64().unwrap_or_default();
        ensure(
            made(&claims) > made(&first.claims),
            "an ID token that was not made now",
        )?;
    }
    let told = stage.userinfo(access).await?;
    Stage::told(first, &told)?;
    Ok(body)
}
