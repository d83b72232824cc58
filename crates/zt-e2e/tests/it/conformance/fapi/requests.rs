//! Requests, how they are pushed and how they come back.

use crate::conformance::browser::Arrived;
use crate::conformance::party::{Flow, random};
use crate::conformance::secure::{Proof, refused};
use crate::conformance::wire::{Asked, Pairs};
use crate::conformance::{Binding, Failure, Stage, Verdict, ensure, fail};
use http::Method as Verb;
use serde_json::{Value, json};

const REQUEST_ERRORS: [&str; 3] = ["invalid_request", "invalid_request_object", "access_denied"];

pub(crate) async fn discovery(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let metadata = stage.metadata().await?;
    ensure(
        metadata["issuer"] == json!(stage.world.issuer),
        "another issuer",
    )?;
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "pushed_authorization_request_endpoint",
    ] {
        let address = metadata[name].as_str().unwrap_or_default();
        ensure(
            address.starts_with("https://"),
            &format!("no `{name}` over TLS"),
        )?;
    }
    let has = |name: &str, wanted: &[&str]| {
        let list = metadata[name].as_array();
        let found = list.is_some_and(|list| {
            list.iter()
                .any(|one| one.as_str().is_some_and(|one| wanted.contains(&one)))
        });
        ensure(found, &format!("nothing of {wanted:?} in `{name}`"))
    };
    has("response_types_supported", &["code"])?;
    has("grant_types_supported", &["authorization_code"])?;
    let methods: &[&str] = match stage.binding {
        Binding::Proof => &["private_key_jwt"],
        Binding::Certificate => &["tls_client_auth", "self_signed_tls_client_auth"],
    };
    has("token_endpoint_auth_methods_supported", methods)?;
    has(
        "token_endpoint_auth_signing_alg_values_supported",
        &["ES256", "PS256", "EdDSA"],
    )?;
    has(
        "id_token_signing_alg_values_supported",
        &["ES256", "PS256", "EdDSA"],
    )?;
    has(
        "dpop_signing_alg_values_supported",
        &["ES256", "PS256", "EdDSA"],
    )?;
    has("code_challenge_methods_supported", &["S256"])?;
    if stage.binding == Binding::Certificate {
        let bound = &metadata["tls_client_certificate_bound_access_tokens"];
        ensure(*bound == json!(true), "tokens that no certificate binds")?;
    }
    let named = &metadata["authorization_response_iss_parameter_supported"];
    ensure(*named == json!(true), "no iss in answers")?;
    let of_proofs = metadata["dpop_signing_alg_values_supported"].as_array();
    let is_asymmetric = |one: &Value| {
        one.as_str()
            .is_some_and(|one| !one.starts_with("HS") && one != "none")
    };
    ensure(
        of_proofs.is_some_and(|list| list.iter().all(is_asymmetric)),
        "proofs that everybody can sign",
    )?;
    Ok(Verdict::Passed)
}

pub(crate) async fn happy_flow(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    for client in ["conformance-fapi-one", "conformance-fapi-two"] {
        let flow = stage.secure_for(client);
        let tokens = stage.secure_tokens(&flow).await?;
        let answered = stage
            .resource(&tokens.access, "DPoP", Some(Proof::right()))
            .await?;
        Stage::told(&tokens, &answered)?;
        // RFC 9449 §7.1: it is good for nobody as a bearer token.
        let bare = stage.resource(&tokens.access, "Bearer", None).await?;
        ensure(
            bare.status == 401,
            "a bound token that is good without a proof",
        )?;
    }
    Ok(Verdict::Passed)
}

pub(crate) async fn user_rejects(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure().with("prompt", "consent");
    let answered = stage.pushed(&flow).await?;
    let carried = Stage::carried(&flow, &Stage::reference(&answered)?);
    let mut arrived = stage.sent(&carried).await?;
    // She signs in if she must, and says no where she is asked.
    for _ in 0..8 {
        let Arrived::Page(page) = &arrived else { break };
        let page = page.clone();
        arrived = match stage.world.person.rejection(&page) {
            Some(asked) => stage.browser.go(&stage.wire, asked).await?,
            None => stage.answers_one(&page).await?,
        };
    }
    let said = stage.is_for(&flow, arrived.back(&flow.client.redirect_uri)?)?;
    Stage::error_in(&said, &["access_denied"])?;
    Ok(Verdict::Passed)
}

async fn succeeds(stage: &mut Stage<'_>, flow: Flow) -> Result<Verdict, Failure> {
    let tokens = stage.secure_tokens(&flow).await?;
    let answered = stage
        .resource(&tokens.access, "DPoP", Some(Proof::right()))
        .await?;
    Stage::told(&tokens, &answered)?;
    Ok(Verdict::Passed)
}

pub(crate) async fn without_state(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure().without("state");
    succeeds(stage, flow).await
}

pub(crate) async fn without_nonce(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure().without("nonce");
    succeeds(stage, flow).await
}

pub(crate) async fn nonce_of_64(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure().with("nonce", &"n1".repeat(32));
    succeeds(stage, flow).await
}

pub(crate) async fn other_scope_order(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure().with("scope", "email openid");
    succeeds(stage, flow).await
}

pub(crate) async fn claims_parameter(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let metadata = stage.metadata().await?;
    if metadata["claims_parameter_supported"] != json!(true) {
        return Ok(Verdict::Skipped("no claims parameter"));
    }
    let known = ["name", "email", "preferred_username"];
    let list = metadata["claims_supported"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let wanted: Vec<&str> = known
        .into_iter()
        .filter(|name| list.contains(&json!(name)))
        .collect();
    let asked: serde_json::Map<_, _> = wanted
        .iter()
        .map(|name| ((*name).to_owned(), Value::Null))
        .collect();
    let asked = json!({ "id_token": asked, "userinfo": asked }).to_string();
    let flow = stage
        .secure()
        .with("claims", &asked)
        .with("scope", "openid profile email");
    let tokens = stage.secure_tokens(&flow).await?;
    let answered = stage
        .resource(&tokens.access, "DPoP", Some(Proof::right()))
        .await?;
    let told = Stage::told(&tokens, &answered)?;
    for name in wanted {
        ensure(
            tokens.claims.get(name).is_some(),
            &format!("no `{name}` in the ID token"),
        )?;
        ensure(
            told.get(name).is_some(),
            &format!("no `{name}` in userinfo"),
        )?;
    }
    Ok(Verdict::Passed)
}

/// Either it succeeds unchanged, or it is refused; nothing is cut.
async fn long(stage: &mut Stage<'_>, flow: Flow) -> Result<Verdict, Failure> {
    let answered = stage.pushed(&flow).await?;
    if answered.status != 201 {
        refused(&answered, &["invalid_request"])?;
        return Ok(Verdict::Passed);
    }
    let carried = Stage::carried(&flow, &Stage::reference(&answered)?);
    let arrived = stage.authorized(&carried).await?;
    let said = stage.is_for(&flow, arrived.back(&flow.client.redirect_uri)?)?;
    let code = said
        .value("code")
        .ok_or_else(|| fail("no code"))?
        .to_owned();
    let answered = stage.redeem_with(&flow, &code, Proof::right()).await?;
    stage.read_secure(&flow, answered).await?;
    Ok(Verdict::Passed)
}

pub(crate) async fn long_nonce(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure().with("nonce", &"n".repeat(384));
    long(stage, flow).await
}

pub(crate) async fn long_state(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure().with("state", &"s".repeat(1000));
    long(stage, flow).await
}

/// What stands beside the reference counts for nothing (RFC 9126 §4, RFC 9101 §5).
async fn beside(stage: &mut Stage<'_>, flow: Flow, name: &str) -> Result<Verdict, Failure> {
    let answered = stage.pushed(&flow).await?;
    let carried = Stage::carried(&flow, &Stage::reference(&answered)?).with(name, "outside");
    match stage.authorized(&carried).await? {
        Arrived::Page(page) => {
            ensure(page.answered.status >= 400, &page.told())?;
        }
        back => {
            let said = stage.is_for(&flow, back.back(&flow.client.redirect_uri)?)?;
            match said.value("code") {
                None => Stage::error_in(&said, &["invalid_request"])?,
                Some(code) => {
                    let answered = stage.redeem_with(&flow, code, Proof::right()).await?;
                    stage.read_secure(&flow, answered).await?;
                }
            }
        }
    }
    Ok(Verdict::Passed)
}

pub(crate) async fn different_nonce(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    beside(stage, flow, "nonce").await
}

pub(crate) async fn different_state(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    beside(stage, flow, "state").await
}

pub(crate) async fn state_only_outside(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure().without("state");
    beside(stage, flow, "state").await
}

/// It is refused when it is pushed, or else where the browser comes with it; no code comes of it.
async fn comes_to_nothing(
    stage: &mut Stage<'_>,
    flow: &Flow,
    wanted: &[&str],
) -> Result<Verdict, Failure> {
    let answered = stage.pushed(flow).await?;
    if answered.status != 201 {
        refused(&answered, wanted)?;
        return Ok(Verdict::Passed);
    }
    let carried = Stage::carried(flow, &Stage::reference(&answered)?);
    no_code(stage, &carried, wanted).await
}

/// A page of an error, or an error to the client.
async fn no_code(
    stage: &mut Stage<'_>,
    carried: &Flow,
    wanted: &[&str],
) -> Result<Verdict, Failure> {
    match stage.authorized(carried).await? {
        Arrived::Page(page) => ensure(page.answered.status >= 400, &page.told())?,
        Arrived::Back { query, .. } => Stage::error_in(&query, wanted)?,
    }
    Ok(Verdict::Passed)
}

pub(crate) async fn without_redirect_uri(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure().without("redirect_uri");
    comes_to_nothing(stage, &flow, &REQUEST_ERRORS).await
}

pub(crate) async fn unregistered_redirect_uri(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let mut flow = stage.secure();
    flow.client.redirect_uri += "/unregistered";
    let other = flow.client.redirect_uri.clone();
    let flow = flow.with("redirect_uri", &other);
    // RFC 9126 §2.4 lets a provider take it from a client that it knows for sure.
    let answered = stage.pushed(&flow).await?;
    if answered.status == 201 {
        let code = stage.code_of(&flow, &answered).await?;
        let answered = stage.redeem_with(&flow, &code, Proof::right()).await?;
        stage.read_secure(&flow, answered).await?;
    } else {
        refused(&answered, &["invalid_request", "invalid_redirect_uri"])?;
    }
    Ok(Verdict::Passed)
}

pub(crate) async fn without_par(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    no_code(
        stage,
        &flow,
        &[
            "invalid_request",
            "invalid_request_object",
            "unauthorized_client",
        ],
    )
    .await
}

pub(crate) async fn response_type_code_id_token(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure().with("response_type", "code id_token");
    comes_to_nothing(
        stage,
        &flow,
        &[
            "unsupported_response_type",
            "invalid_request",
            "unauthorized_client",
        ],
    )
    .await
}

pub(crate) async fn response_type_token(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure().with("response_type", "token");
    comes_to_nothing(
        stage,
        &flow,
        &[
            "unsupported_response_type",
            "invalid_request",
            "unauthorized_client",
        ],
    )
    .await
}

pub(crate) async fn par_without_pkce(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage
        .secure()
        .without("code_challenge")
        .without("code_challenge_method");
    comes_to_nothing(stage, &flow, &["invalid_request"]).await
}

pub(crate) async fn par_plain_pkce(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure().with("code_challenge_method", "plain");
    let flow = flow.with("code_challenge", crate::conformance::secure::VERIFIER);
    comes_to_nothing(stage, &flow, &["invalid_request"]).await
}

pub(crate) async fn par_twice_before_completion(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    stage.leave();
    let flow = stage.secure();
    let answered = stage.pushed(&flow).await?;
    let carried = Stage::carried(&flow, &Stage::reference(&answered)?);
    // A look, and nothing else.
    stage.sent(&carried).await?.page()?;
    let code = stage.code_of(&flow, &answered).await?;
    let answered = stage.redeem_with(&flow, &code, Proof::right()).await?;
    stage.read_secure(&flow, answered).await?;
    Ok(Verdict::Passed)
}

pub(crate) async fn par_reused(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let answered = stage.pushed(&flow).await?;
    stage.code_of(&flow, &answered).await?;
    let carried = Stage::carried(&flow, &Stage::reference(&answered)?);
    no_code(stage, &carried, &["invalid_request_uri", "invalid_request"]).await
}

pub(crate) async fn par_expired(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let answered = stage.pushed(&flow).await?;
    let carried = Stage::carried(&flow, &Stage::reference(&answered)?);
    let lasts = answered.json()["expires_in"].as_u64().unwrap_or_default();
    stage.world.time.pass(lasts + 1).await?;
    no_code(stage, &carried, &["invalid_request_uri", "invalid_request"]).await
}

pub(crate) async fn par_of_another_client(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let answered = stage.pushed(&flow).await?;
    let carried = Stage::carried(&flow, &Stage::reference(&answered)?);
    let carried = carried.with("client_id", &stage.held("conformance-fapi-two"));
    no_code(
        stage,
        &carried,
        &[
            "invalid_request_uri",
            "invalid_request",
            "unauthorized_client",
        ],
    )
    .await
}

pub(crate) async fn par_with_request_uri(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure().with(
        "request_uri",
        &format!("urn:ietf:params:oauth:request_uri:{}", random()),
    );
    let answered = stage.pushed(&flow).await?;
    refused(
        &answered,
        &[
            "invalid_request",
            "invalid_request_object",
            "request_uri_not_supported",
        ],
    )?;
    Ok(Verdict::Passed)
}

pub(crate) async fn par_by_another_verb(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let address = stage
        .endpoint("pushed_authorization_request_endpoint")
        .await?;
    let assertion = stage.assertion(&flow.client.id, |_| {});
    let asked = Asked {
        method: Verb::PUT,
        ..stage.proved(&address, flow.request.clone(), &assertion)
    };
    let answered = stage.wire.send(asked).await?;
    ensure(
        (400..500).contains(&answered.status),
        &format!("{} for PUT", answered.status),
    )?;
    ensure(
        answered.json()["request_uri"].is_null(),
        "a request_uri for PUT",
    )?;
    Ok(Verdict::Passed)
}

pub(crate) async fn par_without_duplicates(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let answered = stage.pushed(&flow).await?;
    let carried = Stage::carried(&flow, &Stage::reference(&answered)?);
    ensure(carried.request.0.len() == 2, "more than two parameters")?;
    let code = stage.code_of(&flow, &answered).await?;
    let answered = stage.redeem_with(&flow, &code, Proof::right()).await?;
    stage.read_secure(&flow, answered).await?;
    Ok(Verdict::Passed)
}

/// The client names another at the token endpoint than the one that signs.
pub(crate) async fn client_id_at_token_endpoint(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let code = stage.secure_code(&flow).await?;
    let form =
        Stage::redemption(&flow, &code).with("client_id", &stage.held("conformance-fapi-two"));
    let assertion = stage.assertion(&flow.client.id, |_| {});
    let answered = stage
        .asks_tokens(form, &assertion, Some(Proof::right()))
        .await?;
    refused(
        &answered,
        &["invalid_client", "invalid_request", "invalid_grant"],
    )?;
    Ok(Verdict::Passed)
}

pub(crate) async fn code_of_another_client(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let code = stage.secure_code(&flow).await?;
    let assertion = stage.assertion("conformance-fapi-two", |_| {});
    let form = Stage::redemption(&flow, &code);
    let answered = stage
        .asks_tokens(form, &assertion, Some(Proof::right()))
        .await?;
    refused(&answered, &["invalid_grant"])?;
    Ok(Verdict::Passed)
}

pub(crate) async fn code_reused(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let code = stage.secure_code(&flow).await?;
    let answered = stage.redeem_with(&flow, &code, Proof::right()).await?;
    let tokens = stage.read_secure(&flow, answered).await?;
    stage.world.time.pass(1).await?;
    let again = stage.redeem_with(&flow, &code, Proof::right()).await?;
    refused(&again, &["invalid_grant"])?;
    let still = stage
        .resource(&tokens.access, "DPoP", Some(Proof::right()))
        .await?;
    if still.status == 200 {
        return Ok(Verdict::Warned("the access token still counts"));
    }
    Ok(Verdict::Passed)
}

pub(crate) async fn code_expired(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let code = stage.secure_code(&flow).await?;
    stage.world.time.pass(62).await?;
    let answered = stage.redeem_with(&flow, &code, Proof::right()).await?;
    refused(&answered, &["invalid_grant"])?;
    Ok(Verdict::Passed)
}

pub(crate) async fn verifier_required(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    verified_by(stage, None).await
}

pub(crate) async fn verifier_incorrect(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    verified_by(stage, Some(random() + &random())).await
}

async fn verified_by(stage: &mut Stage<'_>, verifier: Option<String>) -> Result<Verdict, Failure> {
    let flow = stage.secure();
    let code = stage.secure_code(&flow).await?;
    let form = Stage::redemption(&flow, &code);
    let form: Pairs = match verifier {
        Some(verifier) => form.with("code_verifier", &verifier),
        None => form.without("code_verifier"),
    };
    let assertion = stage.assertion(&flow.client.id, |_| {});
    let answered = stage
        .asks_tokens(form, &assertion, Some(Proof::right()))
        .await?;
    refused(&answered, &["invalid_grant", "invalid_request"])?;
    Ok(Verdict::Passed)
}
