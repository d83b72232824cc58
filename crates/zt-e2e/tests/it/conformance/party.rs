//! What a relying party does: it asks for a code, redeems it, reads what it got, and believes nothing.

use super::browser::{Arrived, Browser};
use super::forger::Forger;
use super::provider::{Method, Registered};
use super::secure::{VERIFIER, challenge, with_assertion};
use super::wire::{Answered, Asked, Pairs};
use super::{Failure, Stage, ensure, fail};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

/// How far the provider's clock may be from the harness's, in seconds.
const SKEW: i64 = 10;

/// A flow that a client began.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) client: Registered,
    pub(crate) request: Pairs,
}

/// What a client got.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) answered: Answered,
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) id_token: String,
    pub(crate) header: Value,
    pub(crate) claims: Value,
}

pub(crate) fn random() -> String {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).unwrap();
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn sha256(text: &str) -> Vec<u8> {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().to_vec()
}

impl Flow {
    /// A request of `client` for `scope`, with state and nonce (OpenID Connect Core 1.0 §3.1.2.1).
    pub(crate) fn of(client: &Registered, scope: &str) -> Self {
        let (state, nonce) = (random(), random());
        let mut request = Pairs::of(&[
            ("response_type", "code"),
            ("client_id", &client.id),
            ("redirect_uri", &client.redirect_uri),
            ("scope", scope),
            ("state", &state),
            ("nonce", &nonce),
        ]);
        if matches!(client.method, Method::Own(_)) {
            request.set("code_challenge", &challenge());
            request.set("code_challenge_method", "S256");
        }
        Self {
            client: client.clone(),
            request,
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.request.set(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.request.remove(name);
        self
    }
}

impl Stage<'_> {
    /// The client of most modules.
    pub(crate) fn client(&self) -> Registered {
        Registered::basic("conformance-one")
    }

    /// Another one.
    pub(crate) fn other_client(&self) -> Registered {
        Registered::basic("conformance-two")
    }

    /// A browser that knows nobody.
    pub(crate) fn leave(&mut self) {
        self.browser = Browser::default();
    }

    pub(crate) async fn metadata(&self) -> Result<Value, Failure> {
        let address = format!("{}/.well-known/openid-configuration", self.world.issuer);
        let answered = self.wire.send(Asked::read(&address)).await?;
        ensure(answered.status == 200, "no configuration")?;
        Ok(answered.json())
    }

    pub(crate) async fn endpoint(&self, name: &str) -> Result<String, Failure> {
        let metadata = self.metadata().await?;
        let address = metadata[name].as_str();
        Ok(address
            .ok_or_else(|| fail(format!("no `{name}` in the metadata")))?
            .to_owned())
    }

    /// Whether the metadata has `value` in the list `name`.
    pub(crate) async fn promises(&self, name: &str, value: &str) -> Result<bool, Failure> {
        let metadata = self.metadata().await?;
        let list = metadata[name].as_array();
        Ok(list.is_some_and(|list| list.iter().any(|one| one == value)))
    }

    /// Sends the browser to the authorization endpoint, and looks where it gets to before anybody answers anything.
    pub(crate) async fn sent(&mut self, flow: &Flow) -> Result<Arrived, Failure> {
        let address = self.endpoint("authorization_endpoint").await?;
        let asked = Asked {
            query: flow.request.clone(),
            ..Asked::read(&address)
        };
        self.browser.go(&self.wire, asked).await
    }

    /// The same, and she answers what she is asked.
    pub(crate) async fn returned(&mut self, flow: &Flow) -> Result<Pairs, Failure> {
        let arrived = self.sent(flow).await?;
        let arrived = self.answers(arrived).await?;
        self.is_for(flow, arrived.back(&flow.client.redirect_uri)?)
    }

    /// What was said is said to this flow, by this provider (OpenID Connect Core 1.0 §3.1.2.5, RFC 9207 §2.4).
    pub(crate) fn is_for(&self, flow: &Flow, said: Pairs) -> Result<Pairs, Failure> {
        ensure(
            said.value("state") == flow.request.value("state"),
            "the state is another one",
        )?;
        let issuer = said.value("iss");
        ensure(
            issuer.is_none_or(|issuer| issuer == self.world.issuer),
            "the iss is another one",
        )?;
        Ok(said)
    }

    /// A code.
    pub(crate) async fn code(&mut self, flow: &Flow) -> Result<String, Failure> {
        let said = self.returned(flow).await?;
        let error = said.value("error").unwrap_or_default().to_owned();
        ensure(
            error.is_empty(),
            &format!(
                "refused with `{error}`: {:?}",
                said.value("error_description")
            ),
        )?;
        let code = said.value("code").ok_or_else(|| fail("no code"))?;
        Ok(code.to_owned())
    }

    /// An error of that name, and no code with it (§3.1.2.6, RFC 6749 §4.1.2.1).
    pub(crate) fn error_in(said: &Pairs, wanted: &[&str]) -> Result<(), Failure> {
        let error = said.value("error").ok_or_else(|| fail("no error"))?;
        ensure(said.value("code").is_none(), "a code with an error")?;
        let description = said.value("error_description").unwrap_or_default();
        let is_readable = description
            .bytes()
            .all(|byte| matches!(byte, 0x20..=0x7e) && byte != b'"' && byte != b'\\');
        ensure(
            is_readable,
            "characters in the error_description that are not allowed",
        )?;
        ensure(
            wanted.contains(&error),
            &format!("the error is `{error}`, not one of {wanted:?}"),
        )
    }

    /// Asks the token endpoint, as that client.
    pub(crate) async fn token(
        &self,
        client: &Registered,
        form: Pairs,
    ) -> Result<Answered, Failure> {
        let address = self.endpoint("token_endpoint").await?;
        let asked = match client.method {
            Method::Basic => {
                let pair = format!(
                    "{}:{}",
                    zt_testkit::encode(&client.id),
                    zt_testkit::encode(&client.secret)
                );
                let header = format!("Basic {}", STANDARD.encode(pair));
                Asked::form(&address, form).header("authorization", &header)
            }
            Method::Post => {
                let form = form
                    .with("client_id", &client.id)
                    .with("client_secret", &client.secret);
                Asked::form(&address, form)
            }
            Method::Key => {
                let assertion = self.assertion(&client.id, |_| {});
                Asked::form(&address, with_assertion(form, &assertion))
            }
            Method::Own(own) => {
                let assertion = self.own_assertion(client, own, &self.world.issuer);
                Asked::form(&address, with_assertion(form, &assertion))
            }
        };
        self.wire.send(asked).await
    }

    pub(crate) async fn redeem(&self, flow: &Flow, code: &str) -> Result<Answered, Failure> {
        let form = Pairs::of(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            (
                "redirect_uri",
                flow.request.value("redirect_uri").unwrap_or_default(),
            ),
        ]);
        let form = match flow.request.value("code_challenge") {
            Some(_) => form.with("code_verifier", VERIFIER),
            None => form,
        };
        self.token(&flow.client, form).await
    }

    /// The whole of it: a code, tokens for it, and all checks of §3.1.3.3 and §3.1.3.7.
    pub(crate) async fn tokens(&mut self, flow: &Flow) -> Result<Tokens, Failure> {
        let code = self.code(flow).await?;
        let answered = self.redeem(flow, &code).await?;
        self.read_tokens(flow, answered).await
    }

    pub(crate) async fn read_tokens(
        &self,
        flow: &Flow,
        answered: Answered,
    ) -> Result<Tokens, Failure> {
        self.read_tokens_of(flow, answered, "Bearer").await
    }

    pub(crate) async fn read_tokens_of(
        &self,
        flow: &Flow,
        answered: Answered,
        wanted: &str,
    ) -> Result<Tokens, Failure> {
        let body = answered.json();
        ensure(
            answered.status == 200,
            &format!(
                "{} from the token endpoint: {}",
                answered.status, answered.body
            ),
        )?;
        ensure(
            answered
                .header("content-type")
                .starts_with("application/json"),
            "tokens that are no JSON",
        )?;
        ensure(
            answered.header("cache-control").contains("no-store"),
            "tokens that may be stored",
        )?;
        let kind = body["token_type"].as_str().unwrap_or_default();
        ensure(
            kind.eq_ignore_ascii_case(wanted),
            &format!("the token_type is not {wanted}"),
        )?;
        let access = body["access_token"].as_str().unwrap_or_default().to_owned();
        ensure(access.len() >= 16, "no access token")?;
        ensure(
            body.get("expires_in")
                .is_none_or(|lasts| lasts.as_u64().is_some_and(|lasts| lasts > 0)),
            "an expires_in that is no number",
        )?;
        let id_token = body["id_token"]
            .as_str()
            .ok_or_else(|| fail("no ID token"))?;
        let (header, claims) = self.id_token(flow, id_token, Some(&access)).await?;
        Ok(Tokens {
            access,
            refresh: body["refresh_token"].as_str().map(str::to_owned),
            id_token: id_token.to_owned(),
            header,
            claims,
            answered,
        })
    }

    /// Verifies an ID token (§2, §3.1.3.7).
    pub(crate) async fn id_token(
        &self,
        flow: &Flow,
        token: &str,
        access: Option<&str>,
    ) -> Result<(Value, Value), Failure> {
        let (header, claims) = self.signed(token, &["RS256", "ES256", "EdDSA"]).await?;
        ensure(
            claims["iss"] == self.world.issuer,
            "an ID token of another issuer",
        )?;
        let client = &flow.client.id;
        let audience = match &claims["aud"] {
            Value::Array(several) => several.clone(),
            one => vec![one.clone()],
        };
        ensure(
            audience == [json!(client)],
            "an ID token for another client",
        )?;
        ensure(
            claims.get("azp").is_none_or(|azp| azp == client),
            "an ID token that another client asked for",
        )?;
        let subject = claims["sub"].as_str().unwrap_or_default();
        ensure(
            !subject.is_empty() && subject.len() <= 255 && subject.is_ascii(),
            "no sub",
        )?;
        let now = self.world.time.now().as_seconds();
        let seconds = |name: &str| {
            claims[name]
                .as_i64()
                .ok_or_else(|| fail(format!("no `{name}`, or not a number")))
        };
        let (made, over) = (seconds("iat")?, seconds("exp")?);
        ensure(over > now - SKEW && over > made, "an ID token that is over")?;
        ensure(
            (made - now).abs() <= SKEW,
            "an ID token that was not made now",
        )?;
        if let Some(proven) = claims.get("auth_time") {
            let proven = proven
                .as_i64()
                .ok_or_else(|| fail("an auth_time that is no number"))?;
            ensure(proven <= now + SKEW, "an auth_time to come")?;
        }
        let nonce = flow.request.value("nonce");
        ensure(
            claims["nonce"].as_str() == nonce,
            "the nonce is another one",
        )?;
        if let (Some(told), Some(access)) = (claims.get("at_hash"), access) {
            ensure(
                *told == at_hash(&header, access),
                "the at_hash is of another access token",
            )?;
        }
        Ok((header, claims))
    }

    /// Header and claims of a token that one of the published keys signed.
    pub(crate) async fn signed(
        &self,
        token: &str,
        algorithms: &[&str],
    ) -> Result<(Value, Value), Failure> {
        let (header, claims) = Forger::read(token).ok_or_else(|| fail("not a signed token"))?;
        let algorithm = header["alg"].as_str().unwrap_or_default();
        ensure(
            algorithms.contains(&algorithm),
            &format!("signed with `{algorithm}`"),
        )?;
        let algorithm: Algorithm = algorithm.parse().map_err(fail)?;
        let keys = self
            .wire
            .send(Asked::read(&self.endpoint("jwks_uri").await?))
            .await?;
        let keys: JwkSet = serde_json::from_value(keys.json()).map_err(fail)?;
        let named = header["kid"].as_str();
        let mut keys = keys
            .keys
            .iter()
            .filter(|key| named.is_none_or(|named| key.common.key_id.as_deref() == Some(named)));
        let mut validation = Validation::new(algorithm);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let fits = keys.any(|key| {
            let key = DecodingKey::from_jwk(key);
            key.is_ok_and(|key| jsonwebtoken::decode::<Value>(token, &key, &validation).is_ok())
        });
        ensure(fits, "no key of the set verifies the token")?;
        Ok((header, claims))
    }

    /// Asks userinfo with the token in the header.
    pub(crate) async fn userinfo(&self, access: &str) -> Result<Answered, Failure> {
        let asked = Asked::read(&self.endpoint("userinfo_endpoint").await?);
        let asked = asked.header("authorization", &format!("Bearer {access}"));
        self.wire.send(asked).await
    }

    /// What userinfo says of whom the ID token is about (§5.3.2).
    pub(crate) fn told(tokens: &Tokens, answered: &Answered) -> Result<Value, Failure> {
        ensure(
            answered.status == 200,
            &format!("{} from userinfo: {}", answered.status, answered.body),
        )?;
        ensure(
            answered
                .header("content-type")
                .starts_with("application/json"),
            "userinfo that is no JSON",
        )?;
        let told = answered.json();
        ensure(told["sub"].is_string(), "no sub in userinfo")?;
        ensure(
            told["sub"] == tokens.claims["sub"],
            "userinfo about somebody else",
        )?;
        let is_text = |name: &str| told.get(name).is_none_or(Value::is_string);
        for name in [
            "name",
            "given_name",
            "family_name",
            "preferred_username",
            "email",
            "locale",
            "zoneinfo",
            "phone_number",
        ] {
            ensure(is_text(name), &format!("`{name}` is no text"))?;
        }
        for name in ["email_verified", "phone_number_verified"] {
            ensure(
                told.get(name).is_none_or(Value::is_boolean),
                &format!("`{name}` is neither true nor false"),
            )?;
        }
        ensure(
            told.get("updated_at").is_none_or(Value::is_number),
            "`updated_at` is no number",
        )?;
        ensure(
            told.get("address").is_none_or(Value::is_object),
            "`address` is no object",
        )?;
        Ok(told)
    }
}

/// The left half of the hash of `token` (§3.1.3.6).
pub(crate) fn at_hash(header: &Value, token: &str) -> Value {
    use aws_lc_rs::digest::{SHA256, SHA512, digest};
    let by = if header["alg"] == "EdDSA" {
        &SHA512
    } else {
        &SHA256
    };
    let whole = digest(by, token.as_bytes());
    let whole = whole.as_ref();
    json!(URL_SAFE_NO_PAD.encode(&whole[..whole.len() / 2]))
}
