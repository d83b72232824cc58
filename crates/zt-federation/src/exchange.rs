//! Tokens for tokens (RFC 8693): what one client was given about a person, for what another needs of her.

use crate::token::demand;
use crate::{Authentication, Client, ErrorCode, Fault, Form, Scope};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use zt_types::{ClientId, Secret};

/// RFC 8693 §3.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// So many clients may have acted one for the other: a longer chain goes round in a circle.
const LONGEST_CHAIN: usize = 4;

/// What a client wants to exchange (§2.1).
#[derive(Debug)]
pub struct ExchangeRequest {
    /// About whom: a token of ours.
    pub subject: SubjectToken,
    /// Who acts, if not the client that asks: an access token in a client's own name.
    pub actor: Option<Secret>,
    /// The client that takes what it gets.
    pub audience: ClientId,
    /// What for; all of what the subject's token is for if it does not say.
    pub scopes: Option<BTreeSet<Scope>>,
}

/// The token that is exchanged.
#[derive(Debug)]
pub enum SubjectToken {
    /// An access token.
    Access(Secret),
    /// An ID token.
    Id(Secret),
}

impl ExchangeRequest {
    /// What kind of token comes of it, as the answer says it (§2.2.1 `issued_token_type`).
    pub const ISSUED: &'static str = ACCESS_TOKEN;

    /// Reads the form.
    ///
    /// # Errors
    /// `invalid_request`, `invalid_scope`; `invalid_target` if it names no client, or an address.
    pub(crate) fn read(form: &Form) -> Result<Self, Fault> {
        let subject = demand(form, "subject_token", "the subject_token is missing")?;
        let subject = match form.one("subject_token_type")? {
            Some(ACCESS_TOKEN) => SubjectToken::Access(subject),
            Some(ID_TOKEN) => SubjectToken::Id(subject),
            _ => {
                return Err(Fault::request(
                    "the subject_token_type is that of an access token or of an ID token",
                ));
            }
        };
        let actor = match (form.one("actor_token")?, form.one("actor_token_type")?) {
            (None, None) => None,
            (Some(token), Some(ACCESS_TOKEN)) => Some(Secret::new(token.to_owned())),
            _ => {
                return Err(Fault::request(
                    "an actor_token is an access token, and its type is said",
                ));
            }
        };
        match form.one("requested_token_type")? {
            None | Some(ACCESS_TOKEN | JWT) => {}
            Some(_) => return Err(Fault::request("only access tokens come of an exchange")),
        }
        if form.one("resource")?.is_some() {
            return Err(target("a target is named by the audience, a client_id"));
        }
        let audience = form.one("audience")?;
        let audience = audience.and_then(|name| ClientId::new(name).ok());
        Ok(Self {
            subject,
            actor,
            audience: audience.ok_or(target("the audience is a client_id, and one"))?,
            scopes: form.one("scope")?.map(Scope::read_known).transpose()?,
        })
    }

    /// What the token that comes of it is for, if the subject's token is for `theirs` and goes to `to`: nothing that it is not
    /// for, and nothing that `to` could not ask for itself.
    ///
    /// # Errors
    /// `invalid_scope` if more is wanted than the subject's token is for, or nothing of what is wanted is left.
    pub fn narrowed(
        &self,
        theirs: &BTreeSet<Scope>,
        to: &Client,
    ) -> Result<BTreeSet<Scope>, Fault> {
        let wanted = self.scopes.as_ref().unwrap_or(theirs);
        if !wanted.is_subset(theirs) {
            return Err(Fault::new(
                ErrorCode::InvalidScope,
                "the subject_token is not for one of the scopes",
            ));
        }
        let left: BTreeSet<Scope> = wanted.intersection(&to.scopes).copied().collect();
        if left.is_empty() && self.scopes.as_ref().is_some_and(|named| !named.is_empty()) {
            return Err(Fault::new(
                ErrorCode::InvalidScope,
                "the audience may have none of the scopes",
            ));
        }
        Ok(left)
    }
}

impl Client {
    /// Whether it may exchange tokens for such that `to` takes.
    ///
    /// # Errors
    /// `invalid_target` (§2.2.2).
    pub fn check_exchange(&self, to: Option<&Self>) -> Result<(), Fault> {
        let is_registered = to.is_some_and(|to| self.exchange_to.contains(&to.id));
        // Whoever proves nothing acts for nobody.
        if is_registered && self.authentication != Authentication::None {
            return Ok(());
        }
        Err(target("the client is not registered for this audience"))
    }
}

/// Who acts for a person, and whom it acted for in turn (§4.1 `act`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The client.
    pub sub: ClientId,
    /// The one before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Actor>>,
}

impl Actor {
    /// This client, after those of the token that it brings.
    ///
    /// # Errors
    /// `invalid_request` if the chain gets too long.
    pub fn after(client: ClientId, before: Option<Self>) -> Result<Self, Fault> {
        let actor = Self {
            sub: client,
            act: before.map(Box::new),
        };
        let chain = std::iter::successors(Some(&actor), |one| one.act.as_deref());
        if chain.take(LONGEST_CHAIN + 1).count() > LONGEST_CHAIN {
            return Err(Fault::request("too many clients act one for the other"));
        }
        Ok(actor)
    }
}

const fn target(description: &'static str) -> Fault {
    Fault::new(ErrorCode::InvalidTarget, description)
}

#[cfg(test)]
mod tests;
