//! Telling clients that a sign-in is over (OpenID Connect Back-Channel Logout 1.0 §2.5). What is to be told, and when it is
//! tried again, is kept by [`zt_live::Live`]; here it is sent.
//!
//! One client's trouble is not another's: each has few requests under way, and one that failed is left alone for as long as
//! the notice that failed.

use crate::Endpoints;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use std::collections::BTreeMap;
use tokio::task::JoinSet;
use zt_auth::Grant;
use zt_crypto::jose::{JoseError, TokenKind};
use zt_federation::{Client, LogoutTokenClaims, RedirectUri, SessionEnded};
use zt_live::{Notice, Program, Told};
use zt_net::OutboundError;
use zt_types::{ClientId, GrantId, Seconds, Timestamp};

/// So many requests are under way to one client.
const AT_ONCE: usize = 4;
/// How long a client may take a logout token (§4: two minutes at most).
const LIFETIME: Seconds = Seconds::minutes(2);
/// When what could not be noted is tried again.
const AGAIN: Seconds = Seconds(5);

/// What is under way.
#[derive(Default)]
struct Round {
    sending: JoinSet<(ClientId, GrantId, Option<Timestamp>)>,
    under_way: BTreeMap<ClientId, Vec<GrantId>>,
    /// Clients that are left alone, and until when.
    resting: BTreeMap<ClientId, Timestamp>,
}

impl Endpoints {
    /// Tells clients that sign-ins are over, for as long as the task lives.
    pub async fn tell_clients(self) {
        let mut changes = self.live().changes();
        let mut round = Round::default();
        loop {
            changes.borrow_and_update();
            let next = self.begin(&mut round);
            let later = async {
                match next {
                    Some(at) => self.live().clock().sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = changes.changed() => if changed.is_err() { return },
                Some(sent) = round.sending.join_next() => round.end(sent.ok()),
                () = later => {}
            }
        }
    }

    /// Begins to send what is due, and says when more will be.
    fn begin(&self, round: &mut Round) -> Option<Timestamp> {
        let now = self.live().clock().now();
        round.resting.retain(|_, until| *until > now);
        let mut next: Option<Timestamp> = None;
        let mut sooner = |at: Timestamp| next = Some(next.map_or(at, |next| next.min(at)));
        for client in self.live().untold_clients() {
            if let Some(until) = round.resting.get(&client) {
                sooner(*until);
                continue;
            }
            let under_way = round.under_way.entry(client.clone()).or_default();
            let most = AT_ONCE.saturating_sub(under_way.len());
            let (notices, later) = self.live().to_tell(&client, under_way, most);
            if let Some(at) = later {
                sooner(at);
            }
            for notice in notices {
                under_way.push(notice.grant.id);
                let (endpoints, client) = (self.clone(), client.clone());
                round.sending.spawn(async move {
                    let grant = notice.grant.id;
                    (client, grant, endpoints.tell(&notice).await)
                });
            }
        }
        round.under_way.retain(|_, grants| !grants.is_empty());
        next
    }

    /// Tells a client, notes what came of it, and says until when to leave it alone.
    async fn tell(&self, notice: &Notice) -> Option<Timestamp> {
        let now = self.live().clock().now();
        let told = if notice.is_over(now) {
            Told::GivenUp
        } else {
            self.send(notice).await
        };
        self.inner.metrics.told(match told {
            Told::Yes => "told",
            Told::Refused => "refused",
            Told::GivenUp => "given-up",
            Told::Failed(why) => why,
        });
        match self.live().note_told(&notice.grant, told).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(client = %notice.grant.client, %error, "what came of telling a client could not be kept");
                Some(self.live().clock().now() + AGAIN)
            }
        }
    }

    async fn send(&self, notice: &Notice) -> Told {
        let client = match &notice.program {
            Program::Client(client) => client,
            Program::ServiceProvider(provider) => {
                return self.tell_provider(&notice.grant, provider).await;
            }
        };
        let Some(address) = &client.backchannel_logout else {
            return Told::Failed("address");
        };
        let request = match self.logout_request(&notice.grant, client, address) {
            Ok(request) => request,
            Err(error) => {
                tracing::error!(client = %notice.grant.client, %error, "no logout token could be made");
                return Told::Failed("unsigned");
            }
        };
        let answered = self.inner.parts.outbound.send(request).await;
        if let Err(error) = &answered {
            tracing::info!(client = %notice.grant.client, error = error as &dyn std::error::Error, "a client could not be told");
        }
        understood(answered)
    }

    /// The request of §2.5.
    fn logout_request(
        &self,
        grant: &Grant,
        client: &Client,
        address: &RedirectUri,
    ) -> Result<Request<Bytes>, JoseError> {
        let now = self.live().clock().now();
        let sid = self.live().sid(grant).map_err(|_| JoseError::NotSigned)?;
        let claims = LogoutTokenClaims {
            iss: self.inner.parts.origin.clone(),
            sub: self.live().subject_for(client, grant.person),
            aud: client.id.clone(),
            iat: now,
            exp: now + LIFETIME,
            jti: URL_SAFE_NO_PAD.encode(self.live().entropy().bytes::<16>()),
            sid,
            events: SessionEnded,
        };
        let keyring = self.inner.parts.keyring.load();
        let signer = keyring.signer_for(TokenKind::LogoutToken, client.id_token)?;
        // What a JWT is made of stands for itself in a form.
        let body = format!("logout_token={}", signer.sign(&claims)?);
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = address.as_str().parse().map_err(|_| JoseError::NotSigned)?;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(header::CONTENT_TYPE, form);
        Ok(request)
    }
}

/// What the answer says (§2.8).
fn understood(answered: Result<Response<Bytes>, OutboundError>) -> Told {
    let answer = match answered {
        Ok(answer) => answer,
        Err(error) => return Told::Failed(error.as_str()),
    };
    match answer.status() {
        // Some frameworks answer 204 where nothing is in the body.
        StatusCode::OK | StatusCode::NO_CONTENT => Told::Yes,
        StatusCode::BAD_REQUEST => Told::Refused,
        status if status.is_redirection() => Told::Failed("redirect"),
        _ => Told::Failed("status"),
    }
}

impl Round {
    /// `None` if a task did not come to its end: what it was about is begun anew when the process is.
    fn end(&mut self, sent: Option<(ClientId, GrantId, Option<Timestamp>)>) {
        let Some((client, grant, rest_until)) = sent else {
            return;
        };
        if let Some(under_way) = self.under_way.get_mut(&client) {
            under_way.retain(|other| *other != grant);
        }
        if let Some(until) = rest_until {
            self.resting.insert(client, until);
        }
    }
}
