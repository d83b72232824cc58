//! Modules about what a client says of itself.

use super::clients::Goes;
use super::{REGISTRATION, callback};
use crate::conformance::basic::flows;
use crate::conformance::browser::{Arrived, CLIENTS};
use crate::conformance::party::Flow;
use crate::conformance::{Failure, Stage, Verdict, config, ensure, fail};
use serde_json::json;

impl Stage<'_> {
    /// A page of the provider's, with an error, and the client hears nothing.
    async fn is_shown_an_error(&mut self, flow: &Flow) -> Result<Verdict, Failure> {
        let page = self.sent(flow).await?.page()?;
        ensure(page.answered.status >= 400, "a page that is no error")?;
        Ok(Verdict::Passed)
    }
}

pub(super) async fn discovery(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let verdict = config::verification(stage).await?;
    let address = stage.endpoint(REGISTRATION).await?;
    ensure(!address.contains('#'), "an address with a fragment")?;
    Ok(verdict)
}

pub(super) async fn server(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let methods = "token_endpoint_auth_methods_supported";
    ensure(
        stage.promises(methods, "private_key_jwt").await?,
        "no private_key_jwt",
    )?;
    let (client, said) = stage.registered(json!({})).await?;
    ensure(
        said["redirect_uris"] == json!([callback()]),
        "other redirect_uris than it asked for",
    )?;
    flows::served(stage, &Flow::of(&client, "openid")).await?;
    stage.as_the_suite(Goes::ToTokens).await
}

pub(super) async fn without_address(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let two = json!({ "redirect_uris": [callback(), format!("{CLIENTS}/elsewhere")] });
    let (client, _) = stage.registered(two).await?;
    stage
        .is_shown_an_error(&Flow::of(&client, "openid").without("redirect_uri"))
        .await
}

pub(super) async fn id_token_rs256(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let asked = json!({ "id_token_signed_response_alg": "RS256" });
    let (client, said) = stage.registered(asked).await?;
    ensure(
        said["id_token_signed_response_alg"] == "RS256",
        "another algorithm than it asked for",
    )?;
    let tokens = stage.tokens(&Flow::of(&client, "openid")).await?;
    ensure(tokens.header["alg"] == "RS256", "signed with another one")?;
    stage.as_the_suite(Goes::ToTokens).await
}

pub(super) async fn id_token_unsigned(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let offered = "id_token_signing_alg_values_supported";
    ensure(
        !stage.promises(offered, "none").await?,
        "ID tokens without a signature are offered",
    )?;
    let asked = json!({ "id_token_signed_response_alg": "none" });
    stage
        .not_registered(asked, &["invalid_client_metadata"])
        .await?;
    Ok(Verdict::Skipped("ID tokens are always signed"))
}

pub(super) async fn userinfo_rs256(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let algorithms = "userinfo_signing_alg_values_supported";
    ensure(stage.promises(algorithms, "RS256").await?, "no RS256")?;
    let asked = json!({ "userinfo_signed_response_alg": "RS256" });
    let (client, _) = stage.registered(asked).await?;
    let tokens = stage.tokens(&Flow::of(&client, "openid")).await?;
    let told = stage.userinfo(&tokens.access).await?;
    ensure(told.status == 200, "nothing from userinfo")?;
    ensure(
        told.header("content-type").starts_with("application/jwt"),
        "userinfo that is not signed",
    )?;
    let (_, claims) = stage.signed(&told.body, &["RS256"]).await?;
    ensure(claims["sub"] == tokens.claims["sub"], "about somebody else")?;
    ensure(
        claims["iss"] == json!(stage.world.issuer),
        "of another issuer",
    )?;
    ensure(claims["aud"] == json!(client.id), "for another client")?;
    ensure(claims.get("nonce").is_none(), "a nonce in userinfo")?;
    stage.as_the_suite(Goes::ToTokens).await
}

pub(super) fn with_query() -> String {
    format!("{}?foo=bar", callback())
}

pub(super) async fn query_ok(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let asked = json!({ "redirect_uris": [with_query()] });
    let (client, _) = stage.registered(asked).await?;
    let flow = Flow::of(&client, "openid").with("redirect_uri", &with_query());
    let said = stage.returned(&flow).await?;
    ensure(said.value("foo") == Some("bar"), "the query is gone")?;
    let code = said.value("code").ok_or_else(|| fail("no code"))?;
    let answered = stage.redeem(&flow, code).await?;
    stage.read_tokens(&flow, answered).await?;
    stage.as_the_suite(Goes::ToTokens).await
}

pub(super) async fn query_mismatch(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let asked = json!({ "redirect_uris": [with_query()] });
    let (client, _) = stage.registered(asked).await?;
    let other = format!("{}?foo=baz", callback());
    stage
        .is_shown_an_error(&Flow::of(&client, "openid").with("redirect_uri", &other))
        .await
}

pub(super) async fn query_added(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let (client, _) = stage.registered(json!({})).await?;
    stage
        .is_shown_an_error(&Flow::of(&client, "openid").with("redirect_uri", &with_query()))
        .await
}

pub(super) async fn fragment(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let asked = json!({ "redirect_uris": [format!("{}#fragment", callback())] });
    let errors = ["invalid_redirect_uri", "invalid_client_metadata"];
    stage.not_registered(asked, &errors).await?;
    Ok(Verdict::Passed)
}

pub(super) async fn refresh_token(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let grants = json!({ "grant_types": ["authorization_code", "refresh_token"] });
    let (one, _) = stage.registered(grants.clone()).await?;
    let (other, _) = stage.registered(grants).await?;
    match flows::refreshed_by(stage, &[one, other]).await? {
        Verdict::Passed => stage.as_the_suite(Goes::ToTokens).await,
        verdict => Ok(verdict),
    }
}

async fn shows(stage: &mut Stage<'_>, member: &str, page: &str) -> Result<bool, Failure> {
    let address = format!("{CLIENTS}/{page}");
    let (client, said) = stage.registered(json!({ member: address })).await?;
    ensure(said[member] == json!(address), "it is not registered")?;
    let arrived = stage.sent(&Flow::of(&client, "openid")).await?;
    let question = arrived.page()?.answered.body;
    Ok(question.contains(&address))
}

pub(super) async fn policy(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let is_shown = shows(stage, "policy_uri", "policy").await?;
    ensure(is_shown, "the page has no link to the policy")?;
    stage.as_the_suite(Goes::ToPages).await
}

pub(super) async fn terms(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let is_shown = shows(stage, "tos_uri", "terms").await?;
    ensure(is_shown, "the page has no link to the terms")?;
    stage.as_the_suite(Goes::ToPages).await
}

pub(super) async fn logo(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    match shows(stage, "logo_uri", "logo.png").await? {
        true => stage.as_the_suite(Goes::ToPages).await,
        false => Ok(Verdict::Failed("the page shows no logo")),
    }
}

pub(super) async fn request_uri(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let metadata = stage.metadata().await?;
    // Discovery §3: what says nothing says that it can.
    ensure(
        metadata["request_uri_parameter_supported"] == json!(false),
        "requests by reference are offered",
    )?;
    let (client, _) = stage.registered(json!({})).await?;
    let flow = Flow::of(&client, "openid");
    let flow = flow.with("request_uri", &format!("{CLIENTS}/request.jwt"));
    let refusals = ["request_uri_not_supported", "invalid_request_uri"];
    match stage.sent(&flow).await? {
        Arrived::Page(page) => ensure(page.answered.status >= 400, "a page that is no error")?,
        back => Stage::error_in(&back.back(&callback())?, &refusals)?,
    }
    Ok(Verdict::Failed("requests are not fetched"))
}
