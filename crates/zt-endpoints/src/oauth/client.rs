//! Who asks: a registered client, proven in the way it is registered for.

use super::ACCEPTED;
use super::assertions::NotTaken;
use super::refused::Refused;
use crate::{Caller, Endpoints};
use zt_crypto::jose::foreign::{KeySet, Unverified};
use zt_federation::{Client, ClientAssertion, ErrorCode, Fault, Presented, Standing};
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
                super::certificate::judge(&caller.chain, client, now).map_err(Refused::from)
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
        let unsigned = || invalid("the assertion is not signed with a key of the client");
        let keys = client.keys.as_deref().and_then(|keys| {
            let read = KeySet::parse(keys);
            read.inspect_err(|error| tracing::error!(client = %client.id, %error, "its keys"))
                .ok()
        });
        let keys = keys.ok_or_else(unsigned)?;
        let token = Unverified::parse(assertion.expose()).map_err(|_| unsigned())?;
        let mut accepted = ACCEPTED.to_vec();
        accepted.retain(|algorithm| client.signs_assertions_with(algorithm.as_str()));
        let verified = token.verify(&keys, &accepted);
        let verified = verified.map_err(|_| unsigned())?;
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
