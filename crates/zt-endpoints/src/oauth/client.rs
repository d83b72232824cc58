//! Who asks: a registered client, proven in the way it is registered for.

use super::ACCEPTED;
use super::assertions::NotTaken;
use super::refused::Refused;
use crate::{Caller, Endpoints};
use zt_crypto::jose::foreign::{Unverified, Verified};
use zt_federation::{Client, ClientAssertion, ErrorCode, Fault, Presented, Standing};
use zt_live::ClientKeySet;
use zt_types::{ClientId, Secret, Timestamp};

const fn invalid(description: &'static str) -> Fault {
    Fault::new(ErrorCode::InvalidClient, description)
}

impl Endpoints {
    /// The record of a client by that name.
    pub(super) fn client_of(&self, id: &ClientId) -> Option<Client> {
        self.live().read(|state| state.clients.get(id).cloned())
    }

    /// Believes a client, or counts a wrong try. A secret is compared before anything is counted: it has 128 bits and more, so that
    /// nobody guesses it however often he tries, and whoever has it is not kept waiting by others who try from his address.
    pub(super) async fn proven(
        &self,
        presented: &Presented,
        client: Option<&Client>,
        caller: &Caller,
    ) -> Result<(), Refused> {
        let address = caller.address;
        let now = self.live().clock().now();
        let tries = &self.inner.tries;
        let named = client.map(|client| &client.id);
        let registered = client.ok_or(invalid("the client is not registered"));
        let standing =
            registered.and_then(|client| Ok((client, presented.authenticate(client, now)?)));
        if let Ok((_, Standing::Proven)) = standing {
            return Ok(());
        }
        tries.admit(named, address, now)?;
        let proven = match standing {
            Ok((_, Standing::Proven)) => Ok(()),
            Ok((client, Standing::ToVerify(assertion))) => {
                self.verify(assertion, client, now).await
            }
            Ok((client, Standing::ToShow)) => {
                let judged = |keys: Option<&ClientKeySet>| {
                    let keys = keys.map(ClientKeySet::text);
                    super::certificate::judge(&caller.chain, client, keys, now)
                };
                let keys = self.live().keys_of(client);
                let mut shown = judged(keys.as_deref());
                if shown.is_err() && self.live().has_other_keys(client, keys.as_deref()).await {
                    shown = judged(self.live().keys_of(client).as_deref());
                }
                shown.map_err(Refused::from)
            }
            Err(fault) => Err(fault.into()),
        };
        match &proven {
            Ok(()) => tries.right(named, address),
            Err(refused) if refused.why() == "client-authentication" => {
                tries.wrong(named, address, now);
            }
            Err(_) => {}
        }
        proven
    }

    async fn verify(
        &self,
        assertion: &Secret,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let keys = self.live().keys_of(client);
        let mut signed = signed_by(client, keys.as_deref(), assertion);
        // A key that is new since its keys were fetched.
        if signed.is_none() && self.live().has_other_keys(client, keys.as_deref()).await {
            let keys = self.live().keys_of(client);
            signed = signed_by(client, keys.as_deref(), assertion);
        }
        let verified = signed.ok_or(invalid(
            "the assertion is not signed with a key of the client",
        ))?;
        // RFC 8725 §3.11: the same keys sign other things, none of which is an assertion.
        let is_assertion = verified.typ.as_deref().is_none_or(|typ| {
            ["jwt", "client-authentication+jwt"].contains(&typ.to_ascii_lowercase().as_str())
        });
        if !is_assertion {
            return Err(invalid("the token is no assertion of a client").into());
        }
        let claims = serde_json::from_value::<ClientAssertion>(verified.claims);
        let claims = claims.map_err(|_| {
            invalid("an assertion has iss, sub, jti, iat, exp, and a single aud: the issuer")
        })?;
        let once = claims.check(&client.id, &self.inner.parts.origin, now)?;
        match self.inner.assertions.take(&client.id, &once, now) {
            Ok(()) => self.note_ahead(&once, now).await,
            Err(NotTaken::Used) => Err(invalid("the assertion was used before").into()),
            Err(NotTaken::TooEarly) => Err(invalid(
                "the assertion is from before this server began: make a new one",
            )
            .into()),
            Err(NotTaken::Full) => Err(Refused::unavailable("too many assertions at a time")),
        }
    }
}

/// The assertion, if one of these keys signed it.
fn signed_by(client: &Client, keys: Option<&ClientKeySet>, assertion: &Secret) -> Option<Verified> {
    let keys = keys?.set()?;
    let token = Unverified::parse(assertion.expose()).ok()?;
    let mut accepted = ACCEPTED.to_vec();
    accepted.retain(|algorithm| client.signs_assertions_with(algorithm.as_str()));
    token.verify(keys, &accepted).ok()
}
