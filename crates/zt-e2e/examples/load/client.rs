//! A client of an authorization server and the browser it sends there, over one connection.

use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use zt_crypto::hash::sha256;
use zt_testkit::{encode, html};

use crate::wire::{Reply, Wire};

/// The client's name at each server.
pub(crate) const CLIENT: &str = "load";
/// Its secret.
pub(crate) const SECRET: &str = "a-secret-of-more-than-one-hundred-and-twenty-eight-bits";
/// Where it wants codes.
pub(crate) const BACK: &str = "https://load.example/back";

const VERIFIER: &str = "verifier-0123456789-0123456789-0123456789-01";

/// How a server is spoken to.
pub(crate) struct Way {
    authorize: String,
    token: String,
    /// The header by which the client proves itself.
    pub(crate) authorization: String,
    query: String,
    redeem: String,
}

impl Way {
    /// Out of a discovery document.
    pub(crate) fn read(document: &Value) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let endpoint = |name: &str| {
            let text = document.get(name).and_then(Value::as_str);
            text.map(str::to_owned)
                .ok_or_else(|| format!("the server has no `{name}`"))
        };
        let pair = STANDARD.encode(format!("{CLIENT}:{SECRET}"));
        let challenge = URL_SAFE_NO_PAD.encode(sha256(VERIFIER.as_bytes()));
        let back = encode(BACK);
        Ok(Self {
            authorize: endpoint("authorization_endpoint")?,
            token: endpoint("token_endpoint")?,
            authorization: format!("Authorization: Basic {pair}\r\n"),
            query: format!(
                "response_type=code&client_id={CLIENT}&redirect_uri={back}&scope=openid%20profile%20email&nonce=n-0123456789\
                 &state=s-0123456789&code_challenge={challenge}&code_challenge_method=S256"
            ),
            redeem: format!(
                "grant_type=authorization_code&redirect_uri={back}&code_verifier={VERIFIER}&code="
            ),
        })
    }
}

/// One client with one browser.
pub(crate) struct Party {
    pub(crate) wire: Wire,
    pub(crate) way: Arc<Way>,
    /// Which of all, so that each comes from elsewhere.
    pub(crate) nth: u64,
    pub(crate) begun: u64,
}

impl Party {
    /// A code for whoever is signed in, wherever the server leads on the way.
    pub(crate) async fn code(&mut self) -> Result<String, Box<dyn Error + Send + Sync>> {
        let mut target = format!("{}?{}", self.way.authorize, self.way.query);
        loop {
            let reply = self.wire.get(&target, "").await?;
            let onward = reply.header("location");
            let onward = onward.ok_or_else(|| reply.lacks("code"))?;
            if let Some(answer) = onward.strip_prefix(BACK) {
                let mut pairs = answer.trim_start_matches('?').split('&');
                let code = pairs.find_map(|pair| pair.strip_prefix("code="));
                return Ok(code.ok_or_else(|| reply.lacks("code"))?.to_owned());
            }
            target = onward.to_owned();
        }
    }

    /// What a code is answered with.
    pub(crate) async fn redeem(
        &mut self,
        code: &str,
    ) -> Result<Reply, Box<dyn Error + Send + Sync>> {
        let body = format!("{}{code}", self.way.redeem);
        self.ask(&body).await
    }

    /// What a refresh token is answered with.
    pub(crate) async fn refresh(
        &mut self,
        token: &str,
    ) -> Result<Reply, Box<dyn Error + Send + Sync>> {
        let body = format!("grant_type=refresh_token&refresh_token={token}");
        self.ask(&body).await
    }

    /// What the token endpoint answers.
    pub(crate) async fn ask(&mut self, body: &str) -> Result<Reply, Box<dyn Error + Send + Sync>> {
        let (token, authorization) = (&self.way.token, &self.way.authorization);
        self.wire.post(token, authorization, body).await
    }

    /// Begins a sign-in, and names somebody: where a password goes, and what goes with it.
    pub(crate) async fn begin(
        &mut self,
        login: &str,
    ) -> Result<(String, String), Box<dyn Error + Send + Sync>> {
        self.begun += 1;
        self.wire.cookies.clear();
        let from = self.from();
        let mut target = format!("{}?{}", self.way.authorize, self.way.query);
        let mut reply = loop {
            let reply = self.wire.get(&target, &from).await?;
            match reply.header("location") {
                Some(onward) => target = onward.to_owned(),
                None => break reply,
            }
        };
        let (action, hidden) = form(&reply, "/name")?;
        reply = self
            .fill(&action, &format!("{hidden}&login={login}"))
            .await?;
        while let Some(onward) = reply.header("location") {
            let target = onward.to_owned();
            reply = self.wire.get(&target, &from).await?;
        }
        form(&reply, "/password")
    }

    /// Sends a form of the sign-in.
    pub(crate) async fn fill(
        &mut self,
        action: &str,
        body: &str,
    ) -> Result<Reply, Box<dyn Error + Send + Sync>> {
        let more = format!(
            "{}Origin: {}\r\nSec-Fetch-Site: same-origin\r\nAccept-Language: en\r\n",
            self.from(),
            self.wire.origin()
        );
        self.wire.post(action, &more, body).await
    }

    /// A sign-in as far as the right password, which leads to the second factor.
    pub(crate) async fn password(
        &mut self,
        login: &str,
        password: &str,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let (action, hidden) = self.begin(login).await?;
        let body = format!("{hidden}&password={}", encode(password));
        let reply = self.fill(&action, &body).await?;
        let next = reply.header("location");
        let next = next.ok_or_else(|| reply.lacks("next page"))?.to_owned();
        let from = self.from();
        let page = self.wire.get(&next, &from).await?;
        if page.body.contains("/code\"") || page.body.contains("/choose\"") {
            return Ok(());
        }
        Err(page.lacks("second factor"))
    }

    /// Each sign-in comes from elsewhere, as a trusted proxy tells it: one address may begin only so many.
    fn from(&self) -> String {
        let number = u32::try_from(self.begun % 30_000 + self.nth * 30_000).unwrap_or_default();
        let [_, b, c, d] = number.to_be_bytes();
        format!("X-Forwarded-For: {}\r\n", Ipv4Addr::new(10, b, c, d))
    }
}

/// Where a form of the page goes, and what it carries along.
fn form(page: &Reply, action: &str) -> Result<(String, String), Box<dyn Error + Send + Sync>> {
    let form = html::form(&page.body, action).ok_or_else(|| page.lacks(action))?;
    let hidden = form.hidden.iter();
    let hidden = hidden.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    Ok((form.action, hidden.collect::<Vec<_>>().join("&")))
}
