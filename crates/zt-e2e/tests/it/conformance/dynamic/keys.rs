//! Modules about keys that are replaced, the client's and the provider's, and about what clients serve.

use super::callback;
use super::clients::Goes;
use crate::conformance::basic::{asking, flows};
use crate::conformance::browser::CLIENTS;
use crate::conformance::party::Flow;
use crate::conformance::provider::{Method, Registered};
use crate::conformance::signer::Own;
use crate::conformance::wire::Asked;
use crate::conformance::{Failure, Stage, Verdict, config, ensure, fail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long making keys may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn jwks_uri(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let address = stage.serves(Own::First.published()).await?;
    let asked = json!({ "jwks": null, "jwks_uri": address });
    let (client, said) = stage.registered(asked).await?;
    ensure(said["jwks_uri"] == json!(address), "it is not registered")?;
    flows::served(stage, &Flow::of(&client, "openid")).await?;
    stage.as_the_suite(Goes::ToTokens).await
}

pub(super) async fn client_key_rotation(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let address = stage.serves(Own::First.published()).await?;
    let asked = json!({
        "jwks": null,
        "jwks_uri": address,
        "grant_types": ["authorization_code", "refresh_token"],
    });
    let (client, _) = stage.registered(asked).await?;
    let scope = "openid offline_access";
    let flow = Flow::of(&client, scope).with("prompt", "consent");
    let first = stage.tokens(&flow).await?;
    stage
        .world
        .around
        .site
        .replaces(&address, Own::Second.published());
    // As long as the public suite waits, and a little.
    stage.world.time.pass(61).await?;
    let client = Registered {
        method: Method::Own(Own::Second),
        ..client
    };
    // Without it all that was asked for was given (RFC 6749 §5.1). The public suite asks for all of it again.
    let given = first.answered.json();
    let given = given["scope"].as_str().unwrap_or(scope);
    flows::refreshed(stage, &client, &first, given).await?;
    match given.contains("offline_access") {
        true => stage.as_the_suite(Goes::ToTokens).await,
        false => Ok(Verdict::Failed("offline_access is not given")),
    }
}

/// The published keys by their names, each of which is there once.
async fn published(stage: &Stage<'_>) -> Result<BTreeMap<String, Value>, Failure> {
    let address = stage.endpoint("jwks_uri").await?;
    let set = stage.wire.send(Asked::read(&address)).await?.json();
    config::keys(&set)?;
    let mut named = BTreeMap::new();
    for key in set["keys"].as_array().into_iter().flatten() {
        let name = key["kid"]
            .as_str()
            .ok_or_else(|| fail("a key without a name"))?;
        let is_new = named.insert(name.to_owned(), key.clone()).is_none();
        ensure(is_new, "two keys of one name")?;
    }
    Ok(named)
}

pub(super) async fn server_key_rotation(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let Some(span) = stage.world.around.keys_change_after else {
        return Ok(Verdict::Skipped("whoever runs it changes its keys"));
    };
    let before = published(stage).await?;
    stage.world.time.pass(span).await?;
    // Keys are made meanwhile: they come when they are there.
    let changed = async {
        loop {
            let after = published(stage).await?;
            if after != before {
                return Ok::<_, Failure>(after);
            }
        }
    };
    let changed = tokio::time::timeout(PATIENCE, changed).await;
    let after = changed.map_err(|_| fail("no new key"))??;
    for (name, key) in &after {
        let known = before.get(name);
        ensure(
            known.is_none_or(|known| known == key),
            "a new key of an old name",
        )?;
    }
    ensure(
        after.keys().any(|name| !before.contains_key(name)),
        "no new key",
    )?;
    match before.keys().any(|name| after.contains_key(name)) {
        true => Ok(Verdict::Passed),
        false => Ok(Verdict::Warned("no key of before")),
    }
}

pub(super) async fn audience_is_issuer(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let (client, _) = stage.registered(json!({})).await?;
    let flow = Flow::of(&client, "openid");
    let code = stage.code(&flow).await?;
    let answered = stage.redeem(&flow, &code).await?;
    if answered.status == 200 {
        stage.read_tokens(&flow, answered).await?;
        return stage.as_the_suite(Goes::ToPages).await;
    }
    // RFC 6749 §5.2.
    ensure(
        [400, 401].contains(&answered.status) && answered.error() == "invalid_client",
        &format!(
            "{} `{}` for an assertion for the issuer",
            answered.status,
            answered.error()
        ),
    )?;
    Ok(Verdict::Warned("assertions for the issuer are refused"))
}

pub(super) async fn object_with_address(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let (client, _) = stage.registered(json!({})).await?;
    asking::two_addresses(stage, &client).await
}

/// Whether names of one sector are offered at all.
async fn has_sectors(stage: &Stage<'_>) -> Result<bool, Failure> {
    stage.promises("subject_types_supported", "pairwise").await
}

pub(super) async fn sector(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    if !has_sectors(stage).await? {
        return Ok(Verdict::Skipped("no pairwise names"));
    }
    let address = stage.serves(json!([callback()])).await?;
    let asked = json!({ "subject_type": "pairwise", "sector_identifier_uri": address });
    let (_, said) = stage.registered(asked).await?;
    ensure(said["subject_type"] == "pairwise", "names that all know")?;
    Ok(Verdict::Passed)
}

pub(super) async fn sector_bad(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    if !has_sectors(stage).await? {
        return Ok(Verdict::Skipped("no pairwise names"));
    }
    let address = stage
        .serves(json!([format!("{CLIENTS}/elsewhere")]))
        .await?;
    let asked = json!({ "subject_type": "pairwise", "sector_identifier_uri": address });
    stage
        .not_registered(asked, &["invalid_client_metadata"])
        .await?;
    Ok(Verdict::Passed)
}
