//! Messages of service providers: whose they are, and whether what is signed of them is signed as registered. One place for the
//! pages, to which browsers bring them, and for the endpoint that is called with them.

use crate::Whose;
use crate::live::{Live, LiveError};
use crate::programs::told_at;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use zt_auth::{EndReason, Grant, GrantEnd};
use zt_crypto::xml::{SignatureAlgorithm, verified, verified_octets};
use zt_events::{Actor, Body};
use zt_federation::saml::{
    Claimed, Given, LogoutRequest, QuerySignature, ServiceProvider, Signature,
};
use zt_federation::xml::{Content, Document};
use zt_store::{Conflict, State, StoreError};
use zt_types::{ClientId, GrantId, PersonId, Seconds, SessionId, Timestamp};

/// What is told of a message that is refused, in characters.
const LONGEST_DETAIL: usize = 240;
/// How long a request to sign out is remembered: longer than one counts that was made as early as it may have been.
const REMEMBERED: Seconds = Seconds::minutes(15);
/// The same of a sign-in that had to be proven anew: longer than a request goes round.
const REMEMBERED_SIGN_IN: Seconds = Seconds::minutes(90);
/// More are not remembered of one service provider; what comes then waits until some are forgotten.
const MOST: usize = 50_000;
/// How fast the clock of whoever signs out may be behind that of whoever signed in.
const SKEW: Seconds = Seconds::minutes(3);

/// The requests that were taken, until they count no longer: by service provider, so that one has no part in another's.
#[derive(Debug, Default)]
pub(crate) struct Taken(parking_lot::Mutex<BTreeMap<ClientId, BTreeMap<String, Timestamp>>>);

impl Taken {
    fn forget(&self, provider: &ClientId, id: &str) {
        if let Some(of) = self.0.lock().get_mut(provider) {
            of.remove(id);
        }
    }

    fn is_first_time(
        &self,
        provider: &ClientId,
        id: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> bool {
        let mut taken = self.0.lock();
        let of = taken.entry(provider.clone()).or_default();
        if of.contains_key(id) {
            return false;
        }
        if of.len() >= MOST {
            of.retain(|_, until| *until > now);
        }
        let has_place = of.len() < MOST;
        if has_place {
            of.insert(id.to_owned(), until);
        }
        has_place
    }
}

/// A message whose signature, if it has one, was verified.
#[derive(Debug, Clone)]
pub struct ProviderMessage {
    /// Whose it is, as registered now.
    pub provider: ServiceProvider,
    /// What was signed, if anything was; all of it otherwise. Nothing else of what came may be read.
    pub text: String,
    /// Whether it was signed.
    pub signature: Signature,
}

/// Why a message counts for nothing: a slug of the message family `assertion-refusal`, and a sentence for whoever looks after it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct NotTaken {
    /// The slug.
    pub slug: &'static str,
    /// Whose it is, if that is known.
    pub provider: Option<ClientId>,
    /// The sentence, in English.
    pub detail: String,
}

impl NotTaken {
    /// For this reason. What somebody wrote into a message is told as one short line.
    #[must_use]
    pub fn new(slug: &'static str, detail: impl ToString) -> Self {
        Self {
            slug,
            provider: None,
            detail: shown(&detail.to_string()),
        }
    }

    /// The same of a service provider that is known.
    #[must_use]
    pub fn of(self, provider: &ClientId) -> Self {
        Self {
            provider: Some(provider.clone()),
            ..self
        }
    }
}

/// What somebody else wrote, as one short line.
pub(crate) fn shown(detail: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    detail.chars().take(LONGEST_DETAIL).map(shown).collect()
}

impl Live {
    /// What was signed of a document, if it is.
    ///
    /// # Errors
    /// [`NotTaken`]: it cannot be read, or its signature does not count.
    pub fn signed_inside(
        &self,
        provider: &ServiceProvider,
        text: String,
    ) -> Result<(String, Signature), NotTaken> {
        let wrong =
            |slug, error: &dyn std::fmt::Display| NotTaken::new(slug, error).of(&provider.id);
        let document = Document::parse(&text, Content::Message)
            .map_err(|error| wrong("unreadable", &error))?;
        let claimed = Claimed::of(&document).map_err(|error| wrong("unreadable", &error))?;
        if claimed.signature == Signature::Absent {
            return Ok((text, Signature::Absent));
        }
        let keys = self.inner.provider_keys.of(provider);
        let verified = verified(&document, &keys).map_err(|error| wrong("signature", &error))?;
        Ok((verified.text().to_owned(), Signature::Present))
    }

    /// The message with the signature that came beside it (Bindings §3.4.4.1).
    ///
    /// # Errors
    /// [`NotTaken`]: it does not count.
    pub fn signed_beside(
        &self,
        message: ProviderMessage,
        signature: Option<&QuerySignature>,
    ) -> Result<ProviderMessage, NotTaken> {
        let Some(signature) = signature else {
            return Ok(message);
        };
        let provider = &message.provider;
        let wrong =
            |error: &dyn std::fmt::Display| NotTaken::new("signature", error).of(&provider.id);
        let algorithm = SignatureAlgorithm::named(&signature.algorithm)
            .ok_or_else(|| wrong(&"its algorithm is not accepted"))?;
        let octets = signature.octets.as_bytes();
        let keys = self.inner.provider_keys.of(provider);
        verified_octets(octets, &signature.signature, algorithm, &keys)
            .map_err(|error| wrong(&error))?;
        Ok(ProviderMessage {
            signature: Signature::Present,
            ..message
        })
    }

    /// Takes a message: finds out whose it is, and verifies what is signed of it.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub fn take_message(&self, text: String) -> Result<ProviderMessage, NotTaken> {
        let unreadable = |error: &dyn std::fmt::Display| NotTaken::new("unreadable", error);
        let issuer = {
            let document =
                Document::parse(&text, Content::Message).map_err(|error| unreadable(&error))?;
            let claimed = Claimed::of(&document).map_err(|error| unreadable(&error))?;
            claimed.issuer
        };
        let kept = self.read(|state| state.service_provider_named(&issuer).cloned());
        let provider = kept.ok_or_else(|| {
            NotTaken::new("unknown-provider", format!("`{issuer}` is not registered"))
        })?;
        if let Some(lack) = provider.lack(self.clock().now()) {
            return Err(NotTaken::new(lack.as_str(), lack).of(&provider.id));
        }
        let (text, signature) = self.signed_inside(&provider, text)?;
        Ok(ProviderMessage {
            provider,
            text,
            signature,
        })
    }

    /// Records that a service provider got nothing, `person` being who is signed in, if anybody. So many are recorded and no more:
    /// anybody can send what is refused. Gives whether it was recorded.
    pub fn record_no_assertion(
        &self,
        provider: Option<&ClientId>,
        person: Option<PersonId>,
        why: &str,
        from: IpAddr,
    ) -> bool {
        let whose = person.map_or(Whose::Stranger(from), Whose::Person);
        if !self
            .inner
            .sign_in_refusals
            .admits(whose, self.clock().now())
        {
            return false;
        }
        let actor = provider.cloned().map_or(Actor::Nobody, Actor::Client);
        let body = Body::AssertionRefused {
            person,
            client: provider.cloned(),
            why: why.to_owned(),
            address: from.to_string(),
        };
        self.record(actor, body);
        true
    }

    /// Whether one more refusal is signed for whoever is signed in, or asks from that address.
    #[must_use]
    pub fn signs_refusal(&self, person: Option<PersonId>, from: IpAddr) -> bool {
        let whose = person.map_or(Whose::Stranger(from), Whose::Person);
        self.inner.signed_refusals.admits(whose, self.clock().now())
    }

    /// Whether a signed request to sign out comes for the first time. It does not the next time. Never to be asked of one that is
    /// not signed: anybody could use others up.
    #[must_use]
    pub fn is_first_time(&self, provider: &ClientId, id: &str) -> bool {
        let now = self.clock().now();
        let until = now + REMEMBERED;
        self.inner.taken.is_first_time(provider, id, now, until)
    }

    /// Lets a request to sign out come again: it was not carried out.
    pub fn comes_again(&self, provider: &ClientId, id: &str) {
        self.inner.taken.forget(provider, id);
    }

    /// Whether a sign-in that had to be proven anew is answered for the first time in this session: whoever finds its address
    /// in the browser later has proven nothing.
    #[must_use]
    pub fn is_first_answer(&self, provider: &ClientId, session: SessionId, request: &str) -> bool {
        let now = self.clock().now();
        let until = now + REMEMBERED_SIGN_IN;
        let name = format!("{session} {request}");
        self.inner
            .answered
            .is_first_time(provider, &name, now, until)
    }

    /// Whether a program hears that a sign-in is over: from us, or from the browser of whoever signs out.
    fn is_told(state: &State, program: &ClientId) -> bool {
        let client = state.clients.get(program);
        told_at(state, program).is_some()
            || client.is_some_and(|client| client.front_channel().is_some())
    }

    /// Ends a session that a service provider signs her out of, and gives whether everybody hears of it who had something of it:
    /// whoever can be told neither by us nor in the browser keeps what it has until it ends by itself. The service provider
    /// itself knows, and is not told once more. `led` are those that the browser asks next, one after another.
    ///
    /// # Errors
    /// As [`Live::commit`]. A session that has ended already is no error.
    pub async fn leave_provider(
        &self,
        provider: &ClientId,
        session: SessionId,
        led: &BTreeSet<ClientId>,
        actor: Actor,
    ) -> Result<bool, LiveError> {
        let now = self.clock().now();
        let given = |grant: &&Grant| grant.is_given() && !grant.is_over(now);
        let (own, all_are_told) = self.read(|state| {
            let grants: Vec<&Grant> = state.grants_of(session).filter(given).collect();
            let is_own = |grant: &&&Grant| grant.client == *provider;
            let own: Vec<GrantId> = grants.iter().filter(is_own).map(|grant| grant.id).collect();
            let mut others = grants.iter().filter(|grant| grant.client != *provider);
            let told = others
                .all(|grant| led.contains(&grant.client) || Self::is_told(state, &grant.client));
            (own, told)
        });
        for grant in own {
            self.end_grant(grant, GrantEnd::Revoked, actor.clone())
                .await?;
        }
        match self.end_session(session, EndReason::SignedOut, actor).await {
            Ok(_) | Err(LiveError::Store(StoreError::Conflict(Conflict::SessionEnded))) => {
                Ok(all_are_told)
            }
            Err(error) => Err(error),
        }
    }

    /// The grants of a service provider that its request to sign out means: the person by the name that it was given, in the
    /// sessions that it names, or in all that it has of her.
    #[must_use]
    pub fn meant_by(&self, provider: &ServiceProvider, request: &LogoutRequest) -> Vec<Grant> {
        let named: Vec<GrantId> = request
            .session_indexes
            .iter()
            .filter_map(|index| self.of_sid(index))
            .collect();
        let now = self.clock().now();
        // One that was copied ends nothing that began after it was made, even where nobody remembers it.
        let latest = request.issued_at + SKEW;
        let is_meant = |grant: &&Grant| {
            let is_named = || {
                let given = serde_json::from_str::<Given>(&grant.asked);
                given.is_ok_and(|given| given.name_id.is_meant_by(&request.name_id))
            };
            grant.client == provider.id
                && grant.is_given()
                && grant.created_at <= latest
                && !grant.is_over(now)
                && is_named()
        };
        self.read(|state| {
            if request.session_indexes.is_empty() {
                let grants = state.grants.values();
                grants.filter(is_meant).cloned().collect()
            } else {
                let grants = named.iter().filter_map(|id| state.grants.get(id));
                grants.filter(is_meant).cloned().collect()
            }
        })
    }
}
