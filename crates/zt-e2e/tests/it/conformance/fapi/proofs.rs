//! Proofs of possession and assertions of clients.

use crate::conformance::forger::Forger;
use crate::conformance::secure::{Proof, assertion_claims, refused};
use crate::conformance::signer::Signer;
use crate::conformance::wire::{Asked, Pairs};
use crate::conformance::{Binding, Failure, Stage, Verdict, ensure, fail};
use serde_json::{Value, json};

async fn proven_throughout(stage: &mut Stage<'_>, proof: Proof) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let assertion = stage.assertion(&flow.client.id, |_| {});
    let answered = stage
        .push(flow.request.clone(), &assertion, Some(proof))
        .await?;
    let code = stage.code_of(&flow, &answered).await?;
    let answered = stage.redeem_with(&flow, &code, proof).await?;
    let tokens = stage.read_secure(&flow, answered).await?;
    let answered = stage.resource(&tokens.access, "DPoP", Some(proof)).await?;
    Stage::told(&tokens, &answered)?;
    Ok(Verdict::Passed)
}

fn seconds(claims: &Value) -> i64 {
    claims["iat"].as_i64().unwrap_or_default()
}

pub(crate) async fn nbf_and_exp(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let proof = Proof::but(|_, claims| {
        claims["nbf"] = claims["iat"].clone();
        claims["exp"] = json!(seconds(claims) + 60);
    });
    proven_throughout(stage, proof).await
}

pub(crate) async fn iat_before(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    proven_throughout(
        stage,
        Proof::but(|_, claims| claims["iat"] = json!(seconds(claims) - 10)),
    )
    .await
}

pub(crate) async fn iat_after(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    proven_throughout(
        stage,
        Proof::but(|_, claims| claims["iat"] = json!(seconds(claims) + 10)),
    )
    .await
}

pub(crate) async fn bound_by_proof_at_par(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    proven_throughout(stage, Proof::right()).await
}

pub(crate) async fn bound_by_thumbprint(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage
        .secure()
        .with("dpop_jkt", &Signer::holder().thumbprint());
    let assertion = stage.assertion(&flow.client.id, |_| {});
    let answered = stage
        .push(flow.request.clone(), &assertion, Some(Proof::right()))
        .await?;
    let code = stage.code_of(&flow, &answered).await?;
    let answered = stage.redeem_with(&flow, &code, Proof::right()).await?;
    stage.read_secure(&flow, answered).await?;
    Ok(Verdict::Passed)
}

pub(crate) async fn mismatch_at_par(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage
        .secure()
        .with("dpop_jkt", &Signer::stranger().thumbprint());
    let assertion = stage.assertion(&flow.client.id, |_| {});
    let answered = stage
        .push(flow.request.clone(), &assertion, Some(Proof::right()))
        .await?;
    refused(&answered, &["invalid_request", "invalid_dpop_proof"])?;
    Ok(Verdict::Passed)
}

pub(crate) async fn mismatch_of_proofs(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let assertion = stage.assertion(&flow.client.id, |_| {});
    let answered = stage
        .push(flow.request.clone(), &assertion, Some(Proof::right()))
        .await?;
    let code = stage.code_of(&flow, &answered).await?;
    let answered = stage
        .redeem_with(&flow, &code, Proof::by(Signer::stranger))
        .await?;
    refused(
        &answered,
        &["invalid_grant", "invalid_request", "invalid_dpop_proof"],
    )?;
    Ok(Verdict::Passed)
}

pub(crate) async fn mismatch_of_thumbprint(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage
        .secure()
        .with("dpop_jkt", &Signer::stranger().thumbprint());
    let code = stage.secure_code(&flow).await?;
    let answered = stage.redeem_with(&flow, &code, Proof::right()).await?;
    refused(
        &answered,
        &["invalid_grant", "invalid_request", "invalid_dpop_proof"],
    )?;
    Ok(Verdict::Passed)
}

pub(crate) async fn holder_of_key(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let code = stage.secure_code(&flow).await?;
    let assertion = stage.assertion(&flow.client.id, |_| {});
    let answered = stage
        .asks_tokens(Stage::redemption(&flow, &code), &assertion, None)
        .await?;
    let wanted: &[&str] = match stage.binding {
        Binding::Proof => &[
            "invalid_request",
            "invalid_grant",
            "invalid_dpop_proof",
            "use_dpop_nonce",
        ],
        // Whoever shows no certificate has not said who it is either.
        Binding::Certificate => &["invalid_request", "invalid_grant", "invalid_client"],
    };
    refused(&answered, wanted)?;
    Ok(Verdict::Passed)
}

pub(crate) async fn scheme_in_any_case(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let tokens = stage.secure_tokens(&flow).await?;
    for scheme in ["dpop", "DPOP", "DPoP"] {
        let answered = stage
            .resource(&tokens.access, scheme, Some(Proof::right()))
            .await?;
        Stage::told(&tokens, &answered)?;
    }
    Ok(Verdict::Passed)
}

/// What no proof may be, at the resource (RFC 9449 §4.3).
const WRONG_PROOFS: &[(&str, Proof)] = &[
    (
        "without typ",
        Proof::but(|header, _| drop(header.as_object_mut().unwrap().remove("typ"))),
    ),
    (
        "of another typ",
        Proof::but(|header, _| header["typ"] = json!("JWT")),
    ),
    (
        "of no algorithm",
        Proof::but(|header, _| header["alg"] = json!("none")),
    ),
    (
        "without a key",
        Proof::but(|header, _| drop(header.as_object_mut().unwrap().remove("jwk"))),
    ),
    (
        "with a private key",
        Proof::but(|header, _| header["jwk"]["d"] = json!("c2VjcmV0")),
    ),
    (
        "for another method",
        Proof::but(|_, claims| claims["htm"] = json!("DELETE")),
    ),
    (
        "for another address",
        Proof::but(|_, claims| claims["htu"] = json!("https://rp.conformance.example/")),
    ),
    (
        "without a jti",
        Proof::but(|_, claims| drop(claims.as_object_mut().unwrap().remove("jti"))),
    ),
    (
        "without a time",
        Proof::but(|_, claims| drop(claims.as_object_mut().unwrap().remove("iat"))),
    ),
    (
        "made long ago",
        Proof::but(|_, claims| claims["iat"] = json!(seconds(claims) - 3600)),
    ),
    (
        "made in an hour",
        Proof::but(|_, claims| claims["iat"] = json!(seconds(claims) + 3600)),
    ),
    (
        "of another token",
        Proof::but(|_, claims| claims["ath"] = json!("c29tZXRoaW5nIGVsc2U")),
    ),
    (
        "of no token",
        Proof::but(|_, claims| drop(claims.as_object_mut().unwrap().remove("ath"))),
    ),
];

pub(crate) async fn negative(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let tokens = stage.secure_tokens(&flow).await?;
    let right = stage
        .resource(&tokens.access, "DPoP", Some(Proof::right()))
        .await?;
    Stage::told(&tokens, &right)?;
    for (what, proof) in WRONG_PROOFS {
        let answered = stage.resource(&tokens.access, "DPoP", Some(*proof)).await?;
        let is_refused = [400, 401].contains(&answered.status);
        ensure(
            is_refused,
            &format!("{} for a proof {what}", answered.status),
        )?;
    }
    let signed_by_another = Proof {
        signer: Signer::stranger,
        change: |header, _| header["jwk"] = Signer::holder().key(),
    };
    let forged = stage
        .resource(&tokens.access, "DPoP", Some(signed_by_another))
        .await?;
    ensure(
        [400, 401].contains(&forged.status),
        "a proof that another key signed",
    )?;
    // By a key that the token is not bound to, without any, and twice the same.
    let stranger = stage
        .resource(&tokens.access, "DPoP", Some(Proof::by(Signer::stranger)))
        .await?;
    ensure(
        stranger.status == 401,
        "a token that is good with another key",
    )?;
    let bare = stage.resource(&tokens.access, "DPoP", None).await?;
    ensure(
        [400, 401].contains(&bare.status),
        "a token that is good without a proof",
    )?;
    let bearer = stage
        .resource(&tokens.access, "Bearer", Some(Proof::right()))
        .await?;
    ensure(
        [400, 401].contains(&bearer.status),
        "a bound token as a bearer token",
    )?;
    let again = stage.repeated(&tokens.access).await?;
    if again == 200 {
        return Ok(Verdict::Warned("a proof counts twice"));
    }
    Ok(Verdict::Passed)
}

impl Stage<'_> {
    /// What becomes of a proof that comes twice.
    async fn repeated(&self, access: &str) -> Result<u16, Failure> {
        let before = self.wire.past_len();
        self.resource(access, "DPoP", Some(Proof::right())).await?;
        let sent = self.wire.asked_since(before);
        let last = sent
            .into_iter()
            .rfind(|asked| asked.is("userinfo_endpoint"));
        let last: Asked = last.ok_or_else(|| fail("nothing was sent"))?;
        Ok(self.wire.send(last).await?.status)
    }
}

pub(crate) async fn refresh(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let is_offline = stage.promises("scopes_supported", "offline_access").await?;
    let mut flow = stage.secure();
    if is_offline {
        flow = flow
            .with("scope", "openid offline_access")
            .with("prompt", "consent");
    }
    let tokens = stage.secure_tokens(&flow).await?;
    let Some(refresh) = tokens.refresh.clone() else {
        return Ok(Verdict::Skipped("no refresh token"));
    };
    stage.world.time.pass(1).await?;
    let form = Pairs::of(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]);
    let assertion = stage.assertion(&flow.client.id, |_| {});
    let answered = stage
        .asks_tokens(form, &assertion, Some(Proof::right()))
        .await?;
    let body = answered.json();
    ensure(
        answered.status == 200,
        &format!("{} for a refresh: {}", answered.status, answered.body),
    )?;
    let kind = body["token_type"].as_str().unwrap_or_default();
    let wanted = tokens.answered.json();
    let wanted = wanted["token_type"].as_str().unwrap_or_default();
    ensure(
        kind.eq_ignore_ascii_case(wanted),
        "a bearer token for a refresh of a bound one",
    )?;
    // FAPI 2.0 §5.3.2.1 wants refresh tokens to stay as they are.
    let kept = body["refresh_token"]
        .as_str()
        .unwrap_or(&refresh)
        .to_owned();
    let access = body["access_token"].as_str().unwrap_or_default().to_owned();
    stage.holds(&access, &flow.client);
    let told = stage
        .resource(&access, "DPoP", Some(Proof::right()))
        .await?;
    Stage::told(&tokens, &told)?;
    let bare = stage.resource(&access, "Bearer", None).await?;
    ensure(
        bare.status == 401,
        "a refreshed token that is good for whoever has it",
    )?;
    let form = Pairs::of(&[("grant_type", "refresh_token"), ("refresh_token", &kept)]);
    let other = stage.assertion("conformance-fapi-two", |_| {});
    let answered = stage
        .asks_tokens(form, &other, Some(Proof::right()))
        .await?;
    refused(&answered, &["invalid_grant"])?;
    if kept != refresh {
        return Ok(Verdict::Warned("refresh tokens are exchanged for new ones"));
    }
    Ok(Verdict::Passed)
}

/// The token endpoint refuses this assertion.
async fn refused_at_token_endpoint(
    stage: &mut Stage<'_>,
    change: fn(&mut Value),
) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let code = stage.secure_code(&flow).await?;
    let assertion = stage.assertion(&flow.client.id, change);
    let form = Stage::redemption(&flow, &code);
    let answered = stage
        .asks_tokens(form, &assertion, Some(Proof::right()))
        .await?;
    refused(&answered, &["invalid_client"])?;
    Ok(Verdict::Passed)
}

pub(crate) async fn assertion_by_rs256(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let code = stage.secure_code(&flow).await?;
    let claims = assertion_claims(&flow.client.id, &stage.world.issuer, stage.now());
    let assertion = Forger::sign(&json!({ "alg": "RS256" }), &claims);
    let form = Stage::redemption(&flow, &code);
    let answered = stage
        .asks_tokens(form, &assertion, Some(Proof::right()))
        .await?;
    refused(&answered, &["invalid_client"])?;
    Ok(Verdict::Passed)
}

pub(crate) async fn no_assertion(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let code = stage.secure_code(&flow).await?;
    let address = stage.endpoint("token_endpoint").await?;
    let form = Stage::redemption(&flow, &code).with("client_id", &flow.client.id);
    let answered = stage
        .proven(&Asked::form(&address, form), Proof::right())
        .await?;
    refused(&answered, &["invalid_client", "invalid_request"])?;
    Ok(Verdict::Passed)
}

pub(crate) async fn assertion_expired(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    refused_at_token_endpoint(stage, |claims| {
        let now = seconds(claims);
        for (name, at) in [("iat", now - 360), ("nbf", now - 360), ("exp", now - 300)] {
            claims[name] = json!(at);
        }
    })
    .await
}

pub(crate) async fn assertion_for_another(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    refused_at_token_endpoint(stage, |claims| {
        claims["aud"] = json!("https://other.example")
    })
    .await
}

pub(crate) async fn assertion_without_sub(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    refused_at_token_endpoint(stage, |claims| {
        drop(claims.as_object_mut().unwrap().remove("sub"))
    })
    .await
}

/// The endpoint for pushed requests refuses this assertion.
async fn refused_at_par(
    stage: &mut Stage<'_>,
    change: impl FnOnce(&mut Value),
) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let assertion = stage.assertion(&flow.client.id, change);
    let answered = stage.push(flow.request.clone(), &assertion, None).await?;
    refused(&answered, &["invalid_client", "invalid_request"])?;
    Ok(Verdict::Passed)
}

fn later(claims: &mut Value, by: i64) {
    let now = seconds(claims);
    for (name, at) in [("iat", now + by), ("nbf", now + by), ("exp", now + by + 60)] {
        claims[name] = json!(at);
    }
}

pub(crate) async fn assertion_in_8_seconds(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let assertion = stage.assertion(&flow.client.id, |claims| later(claims, 8));
    let answered = stage.push(flow.request.clone(), &assertion, None).await?;
    Stage::reference(&answered)?;
    Ok(Verdict::Passed)
}

pub(crate) async fn assertion_in_70_seconds(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    refused_at_par(stage, |claims| later(claims, 70)).await
}

pub(crate) async fn audience_in_a_list(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    refused_at_par(stage, |claims| claims["aud"] = json!([claims["aud"]])).await
}

pub(crate) async fn audience_par_endpoint(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let address = stage
        .endpoint("pushed_authorization_request_endpoint")
        .await?;
    refused_at_par(stage, |claims| claims["aud"] = json!(address)).await
}

pub(crate) async fn audience_token_endpoint(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let address = stage.endpoint("token_endpoint").await?;
    refused_at_par(stage, |claims| claims["aud"] = json!(address)).await
}
