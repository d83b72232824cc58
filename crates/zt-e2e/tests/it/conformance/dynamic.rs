//! The modules of the dynamic profile that need no server of the client's: clients that register themselves (OpenID Connect Dynamic
//! Client Registration 1.0, RFC 7591).

use super::browser::{Arrived, CLIENTS};
use super::fault::{Fault, ignores, promises};
use super::forger::Forger;
use super::party::{Flow, sha256};
use super::provider::{Method, Registered};
use super::wire::{Answered, Asked, Body, Pairs};
use super::{Failure, Module, Profile, Stage, Verdict, Word, ensure, fail, module};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const REGISTRATION: &str = "registration_endpoint";
const VERIFIER: &str = "a-verifier-of-forty-three-letters-and-more-0";

fn callback() -> String {
    format!("{CLIENTS}/callback")
}

impl Stage<'_> {
    /// Registers a client that says this of itself, beside what every client of the harness says.
    async fn registers(&self, more: Value) -> Result<Answered, Failure> {
        let mut said = json!({
            "client_name": "Conformance",
            "redirect_uris": [callback()],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            said[name] = value.clone();
        }
        let asked = Asked::read(&self.endpoint(REGISTRATION).await?);
        let asked = Asked {
            method: http::Method::POST,
            body: Body::Json(said),
            ..asked
        };
        let token = format!("Bearer {}", self.world.initial_token);
        self.wire.send(asked.header("authorization", &token)).await
    }

    /// The client that comes of it (Dynamic Registration §3.2).
    async fn registered(&self, more: Value) -> Result<(Registered, Value), Failure> {
        let answered = self.registers(more).await?;
        ensure(
            answered.status == 201,
            &format!("{} from the registration", answered.status),
        )?;
        ensure(
            answered
                .header("content-type")
                .starts_with("application/json"),
            "a registration that is no JSON",
        )?;
        ensure(
            answered.header("cache-control").contains("no-store"),
            "a registration that may be stored",
        )?;
        let said = answered.json();
        let text = |name: &str| {
            let text = said[name].as_str().map(str::to_owned);
            text.ok_or_else(|| fail(format!("no `{name}`")))
        };
        ensure(
            said["client_secret_expires_at"].is_u64(),
            "no end of the secret",
        )?;
        let both = ["registration_access_token", "registration_client_uri"];
        ensure(
            both.iter().filter(|name| said[**name].is_string()).count() != 1,
            "an address without a token, or a token without an address",
        )?;
        let client = Registered {
            id: text("client_id")?,
            secret: text("client_secret")?,
            method: Method::Basic,
            redirect_uri: callback(),
        };
        Ok((client, said))
    }

    /// The registration is refused with one of these errors (§3.3).
    async fn not_registered(&self, more: Value, errors: &[&str]) -> Result<(), Failure> {
        let answered = self.registers(more).await?;
        ensure(
            answered.status == 400,
            &format!("{} from the registration", answered.status),
        )?;
        let error = answered.error();
        ensure(
            errors.contains(&error.as_str()),
            &format!("the error is `{error}`, not one of {errors:?}"),
        )
    }

    async fn tokens_of(&mut self, flow: &Flow) -> Result<super::party::Tokens, Failure> {
        let code = self.code(flow).await?;
        let form = Pairs::of(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            (
                "redirect_uri",
                flow.request.value("redirect_uri").unwrap_or_default(),
            ),
            ("code_verifier", VERIFIER),
        ]);
        let answered = self.token(&flow.client, form).await?;
        self.read_tokens(flow, answered).await
    }

    /// The page that asks her, before she says anything.
    async fn question(&mut self, client: &Registered) -> Result<String, Failure> {
        let arrived = self.sent(&flow(client)).await?;
        Ok(arrived.page()?.answered.body)
    }

    /// A page of the provider's, with an error, and the client hears nothing.
    async fn is_shown_an_error(&mut self, flow: &Flow) -> Result<Verdict, Failure> {
        let page = self.sent(flow).await?.page()?;
        ensure(page.answered.status >= 400, "a page that is no error")?;
        Ok(Verdict::Passed)
    }
}

fn flow(client: &Registered) -> Flow {
    Flow::of(client, "openid")
        .with("code_challenge", &URL_SAFE_NO_PAD.encode(sha256(VERIFIER)))
        .with("code_challenge_method", "S256")
}

async fn discovery(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let address = stage.endpoint(REGISTRATION).await?;
    ensure(
        address.starts_with("https://"),
        "a registration without TLS",
    )?;
    ensure(!address.contains('#'), "an address with a fragment")?;
    Ok(Verdict::Passed)
}

async fn server(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let (client, said) = stage.registered(json!({})).await?;
    ensure(
        said["redirect_uris"] == json!([callback()]),
        "other redirect_uris than it asked for",
    )?;
    let tokens = stage.tokens_of(&flow(&client)).await?;
    let told = stage.userinfo(&tokens.access).await?;
    Stage::told(&tokens, &told)?;
    Ok(Verdict::Passed)
}

async fn without_address(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let two = json!({ "redirect_uris": [callback(), format!("{CLIENTS}/elsewhere")] });
    let (client, _) = stage.registered(two).await?;
    stage
        .is_shown_an_error(&flow(&client).without("redirect_uri"))
        .await
}

async fn id_token_rs256(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let asked = json!({ "id_token_signed_response_alg": "RS256" });
    let (client, said) = stage.registered(asked).await?;
    ensure(
        said["id_token_signed_response_alg"] == "RS256",
        "another algorithm than it asked for",
    )?;
    let tokens = stage.tokens_of(&flow(&client)).await?;
    ensure(tokens.header["alg"] == "RS256", "signed with another one")?;
    Ok(Verdict::Passed)
}

async fn id_token_unsigned(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
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

async fn userinfo_rs256(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let asked = json!({ "userinfo_signed_response_alg": "RS256" });
    let (client, _) = stage.registered(asked).await?;
    let tokens = stage.tokens_of(&flow(&client)).await?;
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
    Ok(Verdict::Passed)
}

fn with_query() -> String {
    format!("{}?foo=bar", callback())
}

async fn query_ok(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let asked = json!({ "redirect_uris": [with_query()] });
    let (client, _) = stage.registered(asked).await?;
    let flow = flow(&client).with("redirect_uri", &with_query());
    let said = stage.returned(&flow).await?;
    ensure(said.value("foo") == Some("bar"), "the query is gone")?;
    ensure(said.value("code").is_some(), "no code")?;
    Ok(Verdict::Passed)
}

async fn query_mismatch(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let asked = json!({ "redirect_uris": [with_query()] });
    let (client, _) = stage.registered(asked).await?;
    let other = format!("{}?foo=baz", callback());
    stage
        .is_shown_an_error(&flow(&client).with("redirect_uri", &other))
        .await
}

async fn query_added(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let (client, _) = stage.registered(json!({})).await?;
    stage
        .is_shown_an_error(&flow(&client).with("redirect_uri", &with_query()))
        .await
}

async fn fragment(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let asked = json!({ "redirect_uris": [format!("{}#fragment", callback())] });
    let errors = ["invalid_redirect_uri", "invalid_client_metadata"];
    stage.not_registered(asked, &errors).await?;
    Ok(Verdict::Passed)
}

async fn refresh_token(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let grants = json!({ "grant_types": ["authorization_code", "refresh_token"] });
    let (client, _) = stage.registered(grants).await?;
    let tokens = stage.tokens_of(&flow(&client)).await?;
    let Some(refresh) = tokens.refresh else {
        return Ok(Verdict::Skipped("no refresh token without offline_access"));
    };
    let form = Pairs::of(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]);
    let answered = stage.token(&client, form).await?;
    ensure(answered.status == 200, "the refresh token gives nothing")?;
    ensure(
        answered.json()["access_token"].is_string(),
        "no access token",
    )?;
    Ok(Verdict::Passed)
}

async fn shows(stage: &mut Stage<'_>, member: &str, page: &str) -> Result<bool, Failure> {
    let address = format!("{CLIENTS}/{page}");
    let (client, said) = stage.registered(json!({ member: address })).await?;
    ensure(said[member] == json!(address), "it is not registered")?;
    let question = stage.question(&client).await?;
    Ok(question.contains(&address))
}

async fn policy(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let is_shown = shows(stage, "policy_uri", "policy").await?;
    ensure(is_shown, "the page has no link to the policy")?;
    Ok(Verdict::Passed)
}

async fn terms(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let is_shown = shows(stage, "tos_uri", "terms").await?;
    ensure(is_shown, "the page has no link to the terms")?;
    Ok(Verdict::Passed)
}

async fn logo(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    match shows(stage, "logo_uri", "logo.png").await? {
        true => Ok(Verdict::Passed),
        false => Ok(Verdict::Failed("the page shows no logo")),
    }
}

async fn sector_bad(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    if !stage
        .promises("subject_types_supported", "pairwise")
        .await?
    {
        return Ok(Verdict::Skipped("no pairwise names"));
    }
    // A document of the web that lists none of the client's addresses.
    let address = format!("{}/.well-known/openid-configuration", stage.world.issuer);
    let asked = json!({ "subject_type": "pairwise", "sector_identifier_uri": address });
    stage
        .not_registered(asked, &["invalid_client_metadata"])
        .await?;
    Ok(Verdict::Passed)
}

async fn request_uri(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let metadata = stage.metadata().await?;
    ensure(
        metadata["request_uri_parameter_supported"] != json!(true),
        "requests by reference are offered",
    )?;
    let (client, _) = stage.registered(json!({})).await?;
    let flow = flow(&client).with("request_uri", &format!("{CLIENTS}/request.jwt"));
    let refusals = ["request_uri_not_supported", "invalid_request_uri"];
    match stage.sent(&flow).await? {
        Arrived::Page(page) => ensure(page.answered.status >= 400, "a page that is no error")?,
        back => Stage::error_in(&back.back(&callback())?, &refusals)?,
    }
    Ok(Verdict::Skipped("requests are not fetched"))
}

/// What a program says of itself becomes something else.
fn said(asked: &mut Asked, change: fn(&mut Value)) {
    if asked.is(REGISTRATION)
        && let Body::Json(said) = &mut asked.body
    {
        change(said);
    }
}

/// What it is told of that becomes something else.
fn answers(asked: &Asked, answered: &mut Answered, change: fn(&mut Value)) {
    if asked.is(REGISTRATION) {
        answered.amend(change);
    }
}

/// Everybody is registered.
fn takes_all(asked: &Asked, answered: &mut Answered) {
    if asked.is(REGISTRATION) {
        answered.become_json(201, &json!({ "client_id": "any", "client_secret": "any" }));
    }
}

fn without(answered: &mut Answered, address: &str) {
    answered.body = answered.body.replace(address, "");
}

fn takes(asked: &mut Asked, address: &str) {
    if asked.is("authorization_endpoint") {
        asked.pairs().set("redirect_uri", address);
    }
}

const MODULES: &[Module] = &[
    module!(
        "oidcc-discovery-endpoint-verification",
        "Discovery 3",
        discovery,
        [Fault::answering(
            "does not say where clients register",
            |asked, answered, _| promises(asked, answered, |metadata| {
                metadata[REGISTRATION] = Value::Null;
            })
        )]
    ),
    module!(
        "oidcc-server",
        "Dynamic Registration 3",
        server,
        [
            Fault::answering("gives another client's name", |asked, answered, _| {
                answers(asked, answered, |said| {
                    said["client_id"] = json!("conformance-one");
                });
            }),
            Fault::answering("gives no secret", |asked, answered, _| {
                answers(asked, answered, |said| said["client_secret"] = Value::Null);
            }),
            Fault::answering(
                "does not say when a secret is over",
                |asked, answered, _| {
                    answers(asked, answered, |said| {
                        said["client_secret_expires_at"] = Value::Null;
                    });
                }
            ),
            Fault::asking("registers other addresses", |asked, _| {
                said(asked, |said| {
                    said["redirect_uris"] = json!([format!("{CLIENTS}/elsewhere")]);
                });
            }),
            Fault::answering("says 200 for 201", |asked, answered, _| {
                if asked.is(REGISTRATION) {
                    answered.status = 200;
                }
            }),
        ]
    ),
    module!(
        "oidcc-ensure-redirect-uri-in-authorization-request",
        "Core 3.1.2.1",
        without_address,
        [Fault::asking(
            "takes the first address that is registered",
            |asked, _| takes(asked, &callback())
        )]
    ),
    module!(
        "oidcc-idtoken-rs256",
        "Core 3.1.3.7",
        id_token_rs256,
        [Fault::asking("registers another algorithm", |asked, _| {
            said(asked, |said| {
                said["id_token_signed_response_alg"] = json!("ES256");
            })
        })]
    ),
    module!(
        "oidcc-idtoken-unsigned",
        "Core 3.1.3.7",
        id_token_unsigned,
        [Fault::answering(
            "registers clients for ID tokens without a signature",
            |asked, answered, _| takes_all(asked, answered)
        )]
    ),
    module!(
        "oidcc-userinfo-rs256",
        "Core 5.3.2",
        userinfo_rs256,
        [
            Fault::asking("does not sign what userinfo says", |asked, _| {
                said(asked, |said| {
                    said["userinfo_signed_response_alg"] = Value::Null;
                });
            }),
            Fault::answering("signs it for another client", |asked, answered, _| {
                if asked.is("userinfo_endpoint")
                    && let Some((header, mut claims)) = Forger::read(&answered.body)
                {
                    claims["aud"] = json!("conformance-one");
                    answered.body = Forger::sign(&header, &claims);
                }
            }),
        ]
    ),
    module!(
        "oidcc-redirect-uri-query-OK",
        "Core 3.1.2.1",
        query_ok,
        [Fault::answering(
            "forgets the query of an address",
            |_, answered, _| answered.reroute(|said| said.remove("foo"))
        )]
    ),
    module!(
        "oidcc-redirect-uri-query-mismatch",
        "Core 3.1.2.1",
        query_mismatch,
        [Fault::asking(
            "compares addresses without their query",
            |asked, _| takes(asked, &with_query())
        )]
    ),
    module!(
        "oidcc-redirect-uri-query-added",
        "Core 3.1.2.1",
        query_added,
        [Fault::asking(
            "compares addresses without their query",
            |asked, _| takes(asked, &callback())
        )]
    ),
    module!(
        "oidcc-redirect-uri-regfrag",
        "RFC 6749 3.1.2",
        fragment,
        [Fault::answering(
            "registers addresses with a fragment",
            |asked, answered, _| takes_all(asked, answered)
        )]
    ),
    module!(
        "oidcc-refresh-token",
        "RFC 6749 6, Core 12",
        refresh_token,
        [Fault::answering(
            "refuses refresh tokens",
            |asked, answered, _| {
                if asked.says("grant_type") == Some("refresh_token") {
                    answered.become_error(400, "invalid_grant");
                }
            }
        )]
    ),
    module!(
        "oidcc-registration-logo-uri",
        "Dynamic Registration 2",
        logo,
        [Fault::asking("passes over the logo", |asked, _| {
            said(asked, |said| said["logo_uri"] = Value::Null);
        })]
    ),
    module!(
        "oidcc-registration-policy-uri",
        "Dynamic Registration 2",
        policy,
        [
            Fault::asking("passes over the policy", |asked, _| {
                said(asked, |said| said["policy_uri"] = Value::Null);
            }),
            Fault::answering("links no policy", |asked, answered, _| {
                if !asked.is(REGISTRATION) {
                    without(answered, "https://rp.conformance.example/policy");
                }
            }),
        ]
    ),
    module!(
        "oidcc-registration-tos-uri",
        "Dynamic Registration 2",
        terms,
        [
            Fault::asking("passes over the terms", |asked, _| {
                said(asked, |said| said["tos_uri"] = Value::Null);
            }),
            Fault::answering("links no terms", |asked, answered, _| {
                if !asked.is(REGISTRATION) {
                    without(answered, "https://rp.conformance.example/terms");
                }
            }),
        ]
    ),
    module!(
        "oidcc-registration-sector-bad",
        "Dynamic Registration 5",
        sector_bad,
        [Fault::both(
            "looks at no sector",
            |asked, _| said(asked, |said| {
                said["sector_identifier_uri"] = Value::Null;
            }),
            |asked, answered, _| promises(asked, answered, |metadata| {
                metadata["subject_types_supported"] = json!(["public", "pairwise"]);
            })
        )]
    ),
    module!(
        "oidcc-request-uri-unsigned",
        "Core 6.2",
        request_uri,
        [Fault::asking("passes over request_uri", |asked, _| {
            ignores(asked, "request_uri");
        })]
    ),
    module!(
        "oidcc-request-uri-signed-rs256",
        "Core 6.2",
        request_uri,
        [Fault::asking("passes over request_uri", |asked, _| {
            ignores(asked, "request_uri");
        })]
    ),
];

pub(crate) const DYNAMIC: Profile = Profile {
    plan: "oidcc-dynamic-certification-test-plan",
    modules: &[MODULES],
    ours: &[
        ("oidcc-idtoken-unsigned", Word::Skipped),
        ("oidcc-registration-logo-uri", Word::Failed),
        ("oidcc-request-uri-unsigned", Word::Skipped),
        ("oidcc-request-uri-signed-rs256", Word::Skipped),
    ],
    control: &[
        ("oidcc-idtoken-unsigned", Word::Skipped),
        ("oidcc-refresh-token", Word::Skipped),
        ("oidcc-registration-logo-uri", Word::Failed),
        ("oidcc-registration-sector-bad", Word::Skipped),
        ("oidcc-request-uri-unsigned", Word::Skipped),
        ("oidcc-request-uri-signed-rs256", Word::Skipped),
    ],
};
