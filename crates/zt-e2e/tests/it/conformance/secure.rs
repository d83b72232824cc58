//! What a relying party does under FAPI 2.0: it pushes its requests, signs its assertions, and binds its tokens to a key.

use super::browser::Arrived;
use super::forger::Forger;
use super::party::{Flow, Tokens, random, sha256};
use super::provider::{Method, Registered};
use super::signer::{Own, Signer};
use super::wire::{Answered, Asked, Body, Pairs};
use super::{Binding, Failure, Stage, ensure, fail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The verifier of every flow: a fault can put it where it is missing.
pub(crate) const VERIFIER: &str =
    "a-verifier-of-sixty-four-letters-that-every-secure-flow-brings-0";

/// As `ath` has a token (RFC 9449 §4.2).
pub(crate) fn hashed(token: &str) -> Value {
    json!(URL_SAFE_NO_PAD.encode(sha256(token)))
}

pub(crate) fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(sha256(VERIFIER))
}

/// A proof of possession, before it is signed (RFC 9449 §4.2).
#[derive(Clone, Copy)]
pub(crate) struct Proof {
    pub(crate) signer: fn() -> &'static Signer,
    /// What becomes of header and claims.
    pub(crate) change: fn(&mut Value, &mut Value),
}

impl Proof {
    /// By the key that tokens are bound to, as it must be.
    pub(crate) fn right() -> Self {
        Self::by(Signer::holder)
    }

    pub(crate) fn by(signer: fn() -> &'static Signer) -> Self {
        Self {
            signer,
            change: |_, _| {},
        }
    }

    pub(crate) const fn but(change: fn(&mut Value, &mut Value)) -> Self {
        Self {
            signer: Signer::holder,
            change,
        }
    }
}

impl Registered {
    /// The client of that id, by its key.
    pub(crate) fn by_key(id: &str) -> Self {
        Self {
            secret: String::new(),
            method: Method::Key,
            ..Self::basic(id)
        }
    }
}

/// The claims of an assertion (RFC 7523 §3), for the issuer and for a minute.
pub(crate) fn assertion_claims(client: &str, issuer: &str, now: i64) -> Value {
    json!({ "iss": client, "sub": client, "aud": issuer, "jti": random(), "iat": now, "nbf": now, "exp": now + 60 })
}

pub(crate) fn with_assertion(form: Pairs, assertion: &str) -> Pairs {
    form.with(
        "client_assertion_type",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    )
    .with("client_assertion", assertion)
}

/// The assertion of a request, with other claims: what a provider sees that does not look at what is wrong with it.
pub(crate) fn mended_assertion(asked: &mut Asked, change: fn(&mut Value)) {
    let brought = asked.says("client_assertion").and_then(Forger::read);
    if let Some((_, mut claims)) = brought {
        change(&mut claims);
        let client = claims["iss"].as_str().unwrap_or_default().to_owned();
        let assertion = Signer::of(&client).sign(&json!({ "alg": "ES256" }), &claims);
        asked.pairs().set("client_assertion", &assertion);
    }
}

/// The proof of a request, with other claims, by the key that it names.
pub(crate) fn mended_proof(asked: &mut Asked, change: fn(&Asked, &mut Value, &mut Value)) {
    let of = asked.clone();
    let proof = asked.headers.iter_mut().find(|(name, _)| name == "dpop");
    if let Some((_, proof)) = proof
        && let Some((mut header, mut claims)) = Forger::read(proof)
    {
        change(&of, &mut header, &mut claims);
        let key = if header["jwk"] == Signer::stranger().key() {
            Signer::stranger()
        } else {
            Signer::holder()
        };
        *proof = key.sign(&header, &claims);
    }
}

impl Stage<'_> {
    /// A flow of the first client with a proof key.
    pub(crate) fn secure(&self) -> Flow {
        self.secure_for("conformance-fapi-one")
    }

    pub(crate) fn secure_for(&self, client: &str) -> Flow {
        let flow = Flow::of(&Registered::by_key(&self.held(client)), "openid");
        flow.with("code_challenge", &challenge())
            .with("code_challenge_method", "S256")
    }

    /// The client of that name that is held to this binding.
    pub(crate) fn held(&self, client: &str) -> String {
        match self.binding {
            Binding::Proof => client.to_owned(),
            Binding::Certificate => client.replace("-fapi-", "-mtls-"),
        }
    }

    /// Whose token that is.
    pub(crate) fn holds(&self, access: &str, client: &Registered) {
        let mut holders = self.holders.lock().unwrap();
        holders.insert(access.to_owned(), client.id.clone());
    }

    /// A form of whoever this assertion is of: with it, or over a connection that shows a certificate.
    pub(crate) fn proved(&self, address: &str, form: Pairs, assertion: &str) -> Asked {
        if self.binding == Binding::Proof {
            return Asked::form(address, with_assertion(form, assertion));
        }
        let claims = Forger::read(assertion).map(|(_, claims)| claims);
        let id = claims.and_then(|claims| claims["sub"].as_str().map(str::to_owned));
        let form = match (&id, form.value("client_id")) {
            (Some(id), None) => form.with("client_id", id),
            _ => form,
        };
        Asked {
            shows: id,
            ..Asked::form(address, form)
        }
    }

    pub(crate) fn now(&self) -> i64 {
        self.world.time.now().as_seconds()
    }

    pub(crate) fn assertion(&self, client: &str, change: impl FnOnce(&mut Value)) -> String {
        let claimed = self.held(client);
        let mut claims = assertion_claims(&claimed, &self.world.issuer, self.now());
        change(&mut claims);
        Signer::of(client).sign(&json!({ "alg": "ES256" }), &claims)
    }

    /// An assertion of a client that registered itself.
    pub(crate) fn own_assertion(&self, client: &Registered, own: Own, audience: &str) -> String {
        let claims = assertion_claims(&client.id, audience, self.now());
        let signer = Signer::own(own);
        signer.sign(
            &json!({ "alg": "ES256", "kid": signer.thumbprint() }),
            &claims,
        )
    }

    fn proof(&self, asked: &Asked, proof: Proof, nonce: Option<&str>) -> String {
        let mut header =
            json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": (proof.signer)().key() });
        let mut claims = json!({
            "jti": random(), "htm": asked.method.as_str(), "htu": asked.base, "iat": self.now(),
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        let authorization = asked
            .headers
            .iter()
            .find(|(name, _)| name == "authorization");
        if let Some((_, token)) = authorization.and_then(|(_, value)| value.split_once(' ')) {
            claims["ath"] = hashed(token);
        }
        (proof.change)(&mut header, &mut claims);
        (proof.signer)().sign(&header, &claims)
    }

    /// Sends a request with a proof; once more if a nonce is wanted in it (RFC 9449 §8, §9).
    pub(crate) async fn proven(&self, asked: &Asked, proof: Proof) -> Result<Answered, Failure> {
        if self.binding == Binding::Certificate {
            return self.wire.send(asked.clone()).await;
        }
        let mut nonce: Option<String> = None;
        loop {
            let jwt = self.proof(asked, proof, nonce.as_deref());
            // Assertions count once: a request that is made again brings a new one.
            let mut again = asked.clone();
            if nonce.is_some()
                && let Body::Form(form) = &mut again.body
                && let Some((_, mut claims)) = form.value("client_assertion").and_then(Forger::read)
            {
                claims["jti"] = json!(random());
                let client = claims["iss"].as_str().unwrap_or_default().to_owned();
                let assertion = Signer::of(&client).sign(&json!({ "alg": "ES256" }), &claims);
                form.set("client_assertion", &assertion);
            }
            let answered = self.wire.send(again.header("dpop", &jwt)).await?;
            let wanted = answered.header("dpop-nonce").to_owned();
            let challenge = answered.header("www-authenticate").to_owned();
            let is_wanted =
                answered.error() == "use_dpop_nonce" || challenge.contains("use_dpop_nonce");
            if nonce.is_some() || !is_wanted {
                return Ok(answered);
            }
            ensure(!wanted.is_empty(), "a nonce is wanted and none is given")?;
            nonce = Some(wanted);
        }
    }

    /// Pushes a request as it is (RFC 9126 §2.1).
    pub(crate) async fn push(
        &self,
        form: Pairs,
        assertion: &str,
        proof: Option<Proof>,
    ) -> Result<Answered, Failure> {
        let address = self
            .endpoint("pushed_authorization_request_endpoint")
            .await?;
        let asked = self.proved(&address, form, assertion);
        match proof {
            Some(proof) => self.proven(&asked, proof).await,
            None => self.wire.send(asked).await,
        }
    }

    pub(crate) async fn pushed(&self, flow: &Flow) -> Result<Answered, Failure> {
        let assertion = self.assertion(&flow.client.id, |_| {});
        self.push(flow.request.clone(), &assertion, None).await
    }

    /// What a request that was pushed is called from then on (§2.2).
    pub(crate) fn reference(answered: &Answered) -> Result<String, Failure> {
        ensure(
            answered.status == 201,
            &format!(
                "{} for a pushed request: {}",
                answered.status, answered.body
            ),
        )?;
        let body = answered.json();
        let lasts = body["expires_in"].as_u64().unwrap_or_default();
        ensure(
            (1..600).contains(&lasts),
            "a pushed request that lasts for ever, or not at all",
        )?;
        let reference = body["request_uri"].as_str().unwrap_or_default();
        ensure(!reference.is_empty(), "no request_uri")?;
        Ok(reference.to_owned())
    }

    /// The flow as the browser carries it: the client and the reference, and nothing else.
    pub(crate) fn carried(flow: &Flow, reference: &str) -> Flow {
        Flow {
            client: flow.client.clone(),
            request: Pairs::of(&[("client_id", &flow.client.id), ("request_uri", reference)]),
        }
    }

    /// Where she gets to with it, having answered what she is asked.
    pub(crate) async fn authorized(&mut self, carried: &Flow) -> Result<Arrived, Failure> {
        let arrived = self.sent(carried).await?;
        self.answers(arrived).await
    }

    /// A code for a request that was pushed so.
    pub(crate) async fn code_of(
        &mut self,
        flow: &Flow,
        answered: &Answered,
    ) -> Result<String, Failure> {
        let carried = Self::carried(flow, &Self::reference(answered)?);
        let arrived = self.authorized(&carried).await?;
        let said = self.is_for(flow, arrived.back(&flow.client.redirect_uri)?)?;
        // FAPI 2.0 §5.3.2.2: the issuer is in every answer.
        ensure(said.value("iss").is_some(), "an answer without iss")?;
        let code = said
            .value("code")
            .ok_or_else(|| fail(format!("no code: {:?}", said.0)))?;
        Ok(code.to_owned())
    }

    pub(crate) async fn secure_code(&mut self, flow: &Flow) -> Result<String, Failure> {
        let answered = self.pushed(flow).await?;
        self.code_of(flow, &answered).await
    }

    /// What redeems a code.
    pub(crate) fn redemption(flow: &Flow, code: &str) -> Pairs {
        Pairs::of(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &flow.client.redirect_uri),
            ("code_verifier", VERIFIER),
        ])
    }

    /// Asks the token endpoint with this assertion and this proof.
    pub(crate) async fn asks_tokens(
        &self,
        form: Pairs,
        assertion: &str,
        proof: Option<Proof>,
    ) -> Result<Answered, Failure> {
        let address = self.endpoint("token_endpoint").await?;
        let mut asked = self.proved(&address, form, assertion);
        match proof {
            Some(proof) => self.proven(&asked, proof).await,
            None => {
                asked.shows = None;
                self.wire.send(asked).await
            }
        }
    }

    pub(crate) async fn redeem_with(
        &self,
        flow: &Flow,
        code: &str,
        proof: Proof,
    ) -> Result<Answered, Failure> {
        let assertion = self.assertion(&flow.client.id, |_| {});
        self.asks_tokens(Self::redemption(flow, code), &assertion, Some(proof))
            .await
    }

    /// The whole of it.
    pub(crate) async fn secure_tokens(&mut self, flow: &Flow) -> Result<Tokens, Failure> {
        let code = self.secure_code(flow).await?;
        let answered = self.redeem_with(flow, &code, Proof::right()).await?;
        self.read_secure(flow, answered).await
    }

    /// Tokens that are bound, and an ID token that FAPI allows.
    pub(crate) async fn read_secure(
        &self,
        flow: &Flow,
        answered: Answered,
    ) -> Result<Tokens, Failure> {
        let kind = match self.binding {
            Binding::Proof => "DPoP",
            Binding::Certificate => "Bearer",
        };
        let tokens = self.read_tokens_of(flow, answered, kind).await?;
        self.holds(&tokens.access, &flow.client);
        let by = tokens.header["alg"].as_str().unwrap_or_default();
        ensure(
            ["ES256", "PS256", "EdDSA"].contains(&by),
            "an ID token signed as FAPI does not allow",
        )?;
        Ok(tokens)
    }

    /// Asks a resource with the token and a proof: userinfo.
    pub(crate) async fn resource(
        &self,
        access: &str,
        scheme: &str,
        proof: Option<Proof>,
    ) -> Result<Answered, Failure> {
        let asked = Asked::read(&self.endpoint("userinfo_endpoint").await?);
        let scheme = match self.binding {
            Binding::Proof => scheme,
            Binding::Certificate => "Bearer",
        };
        let mut asked = asked.header("authorization", &format!("{scheme} {access}"));
        if self.binding == Binding::Certificate && proof.is_some() {
            asked.shows = self.holders.lock().unwrap().get(access).cloned();
        }
        match proof {
            Some(proof) => self.proven(&asked, proof).await,
            None => self.wire.send(asked).await,
        }
    }
}

/// The endpoint says no, by one of these names (RFC 6749 §5.2).
pub(crate) fn refused(answered: &Answered, wanted: &[&str]) -> Result<(), Failure> {
    let error = answered.error();
    let is_refusal = (400..500).contains(&answered.status);
    ensure(
        is_refusal,
        &format!(
            "{} where nothing may be given: {}",
            answered.status, answered.body
        ),
    )?;
    ensure(
        wanted.contains(&error.as_str()),
        &format!("the error is `{error}`, not one of {wanted:?}"),
    )
}
