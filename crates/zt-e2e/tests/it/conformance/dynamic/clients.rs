//! Clients that register themselves, as those of the public suite do: they sign their assertions with a key that they register.

use super::{Choices, REGISTRATION, callback};
use crate::conformance::browser::Browser;
use crate::conformance::fault::Fault;
use crate::conformance::party::Flow;
use crate::conformance::provider::{Method, Registered};
use crate::conformance::secure::with_assertion;
use crate::conformance::signer::Own;
use crate::conformance::wire::{Answered, Asked, Body, Pairs};
use crate::conformance::{Failure, Stage, Verdict, ensure, fail};
use serde_json::{Value, json};

/// How far a module of the public suite goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goes {
    /// It asks for a code.
    ToPages,
    /// It redeems one.
    ToTokens,
}

impl Stage<'_> {
    /// Registers a client that says this of itself, beside what every client of the harness says; nothing of what is `null`.
    pub(super) async fn registers(&self, more: Value) -> Result<Answered, Failure> {
        let mut said = json!({
            "client_name": "Conformance",
            "redirect_uris": [callback()],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": Own::First.published(),
        });
        let members = said.as_object_mut().ok_or_else(|| fail("no object"))?;
        for (name, value) in more.as_object().into_iter().flatten() {
            members.insert(name.clone(), value.clone());
        }
        members.retain(|_, value| !value.is_null());
        let asked = Asked::read(&self.endpoint(REGISTRATION).await?);
        let asked = Asked {
            method: http::Method::POST,
            body: Body::Json(said),
            ..asked
        };
        let token = format!("Bearer {}", self.world.initial_token());
        self.wire.send(asked.header("authorization", &token)).await
    }

    /// The client that comes of it (Dynamic Registration §3.2).
    pub(super) async fn registered(&self, more: Value) -> Result<(Registered, Value), Failure> {
        let answered = self.registers(more).await?;
        ensure(
            answered.status == 201,
            &format!(
                "{} `{}` from the registration",
                answered.status,
                answered.error()
            ),
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
        let id = said["client_id"]
            .as_str()
            .ok_or_else(|| fail("no `client_id`"))?;
        ensure(
            said.get("client_secret").is_none() || said["client_secret_expires_at"].is_u64(),
            "no end of the secret",
        )?;
        let both = ["registration_access_token", "registration_client_uri"];
        ensure(
            both.iter().filter(|name| said[**name].is_string()).count() != 1,
            "an address without a token, or a token without an address",
        )?;
        let client = Registered {
            id: id.to_owned(),
            secret: String::new(),
            method: Method::Own(Own::First),
            redirect_uri: callback(),
        };
        Ok((client, said))
    }

    /// The registration is refused with one of these errors (§3.3).
    pub(super) async fn not_registered(&self, more: Value, errors: &[&str]) -> Result<(), Failure> {
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

    /// Where the client serves this from now on. Who is called so often may want some time between.
    pub(super) async fn serves(&self, document: Value) -> Result<String, Failure> {
        self.world.time.pass(60).await?;
        Ok(self.world.around.site.serves(document))
    }

    /// What the module of the public suite says that goes so far, where all is well here: its clients bring no proof key, and their
    /// assertions are for the token endpoint.
    pub(super) async fn as_the_suite(&self, goes: Goes) -> Result<Verdict, Failure> {
        let choices = self
            .world
            .choices
            .get_or_try_init(|| self.choices())
            .await?;
        let audience = choices.issuer_alone && goes == Goes::ToTokens;
        Ok(match (choices.proof_key, audience) {
            (false, false) => Verdict::Passed,
            (true, false) => Verdict::Failed("each code has a proof key"),
            (false, true) => Verdict::Failed("assertions are for the issuer alone"),
            (true, true) => Verdict::Failed(
                "each code has a proof key, and assertions are for the issuer alone",
            ),
        })
    }

    /// Asks as the public suite does, once, and the provider itself.
    async fn choices(&self) -> Result<Choices, Failure> {
        let mut stage = self.world.stage(&Fault::NONE, Browser::default());
        let (client, _) = stage.registered(json!({})).await?;
        let flow = Flow::of(&client, "openid").with("prompt", "none");
        let bare = flow.without("code_challenge");
        let bare = bare.without("code_challenge_method");
        let said = stage.sent(&bare).await?.back(&client.redirect_uri)?;
        let proof_key = match said.value("error") {
            // Nobody is signed in with this browser: the request itself was taken.
            Some("login_required") => false,
            Some("invalid_request") => true,
            other => return Err(fail(format!("{other:?} without a proof key"))),
        };
        let address = stage.endpoint("token_endpoint").await?;
        let form = Pairs::of(&[
            ("grant_type", "authorization_code"),
            ("code", "none"),
            ("redirect_uri", &client.redirect_uri),
        ]);
        let assertion = stage.own_assertion(&client, Own::First, &address);
        let asked = Asked::form(&address, with_assertion(form, &assertion));
        let issuer_alone = match stage.wire.send(asked).await?.error().as_str() {
            "invalid_grant" => false,
            "invalid_client" => true,
            other => return Err(fail(format!("`{other}` for the token endpoint"))),
        };
        Ok(Choices {
            proof_key,
            issuer_alone,
        })
    }
}
