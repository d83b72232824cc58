//! What one client was given about a person, for another client (RFC 8693): decided about the other's application, and worth
//! something as long as what it came of.

use crate::grants::GrantError;
use crate::live::Live;
use zt_auth::{Entry, Grant, IssueRefused, Issued};
use zt_events::Actor;
use zt_federation::{Client, GrantType};
use zt_policy::Decision;
use zt_store::Plan;
use zt_types::{GrantId, PersonState, Timestamp};

/// What a client wants to exchange.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// The client that asks, proven.
    pub by: &'a Client,
    /// The client that takes what it gets.
    pub to: &'a Client,
    /// What the person's token came of.
    pub grant: GrantId,
    /// When that token ends: nothing that comes of it lasts longer.
    pub until: Timestamp,
}

impl Live {
    /// A grant, whosever it is.
    #[must_use]
    pub fn grant(&self, id: GrantId) -> Option<Grant> {
        self.read(|state| state.grants.get(&id).cloned())
    }

    /// Decides about the application of the client that takes it, and says until when the token lasts that is given for the
    /// person's.
    ///
    /// # Errors
    /// [`GrantError`]. A refusal has been recorded.
    pub async fn exchange(&self, wanted: Exchange<'_>) -> Result<Timestamp, GrantError> {
        let grant = self.grant(wanted.grant).ok_or(GrantError::Unknown)?;
        let actor = Actor::Client(wanted.by.id.clone());
        // What the token came of must be good still, before anything else is given for it.
        let (_, own) = self
            .decide_about(&grant, &grant.app)
            .ok_or(IssueRefused::SessionEnded)?;
        self.permitted(actor.clone(), own)?;
        let decided = self.decide_about(&grant, &wanted.to.app);
        let (session, decision) = decided.ok_or(IssueRefused::SessionEnded)?;
        let permit = self.permitted(actor.clone(), decision)?;
        let standing = self
            .read(|state| {
                let person = state.people.get(&grant.person);
                person.map(|person| person.state)
            })
            .unwrap_or(PersonState::Disabled);
        let now = self.clock().now();
        let entry = Entry::Exchange {
            permit: &permit,
            session: &session,
            grant: &grant,
            by: &wanted.by.id,
            to: &wanted.to.id,
            app: &wanted.to.app,
            until: (now + wanted.to.access_token_lifetime).min(wanted.until),
        };
        let (issued, tells) = zt_auth::issue(standing, entry, now)?.into_parts();
        let Issued::Exchanged { until } = issued else {
            return Err(GrantError::Unknown);
        };
        let events = tells
            .into_iter()
            .map(|body| self.event(actor.clone(), body));
        self.commit(Plan::new(Vec::new(), events.collect())).await?;
        // Nothing is handed out after a revocation that was acknowledged meanwhile.
        match self.decide_about(&grant, &wanted.to.app) {
            Some((_, Decision::Allow(_))) if self.grant_holds(&grant) => Ok(until),
            Some((_, Decision::Refuse(refusal))) => {
                let id = self.record_decision(actor, &Decision::Refuse(refusal.clone()));
                Err(GrantError::NotPermitted(Box::new(refusal), id))
            }
            _ => Err(IssueRefused::GrantEnded.into()),
        }
    }

    /// Whether what was given in an exchange is still good: what it came of is, both clients are there and registered for it, and
    /// the policies would give it again.
    #[must_use]
    pub fn exchange_holds(&self, grant: &Grant, by: &Client, to: &Client) -> bool {
        by.check_grant(GrantType::TokenExchange).is_ok()
            && by.check_exchange(Some(to)).is_ok()
            && self.grant_holds(grant)
            && self
                .decide_about(grant, &to.app)
                .is_some_and(|(_, decision)| decision.permit().is_some())
    }
}
