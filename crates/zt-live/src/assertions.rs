//! What sign-ins give to service providers (SAML 2.0): one assertion each, decided when it is given.

use crate::claims::Imagined;
use crate::grants::{GrantError, Wish};
use crate::live::Live;
use zt_auth::{Entry, Grant, GrantState, IssueRefused, Session};
use zt_crypto::alias::NoAlias;
use zt_events::Actor;
use zt_federation::saml::{
    AttributeFacts, EntityId, NameId, PersonNames, ServiceProvider, class_of,
};
use zt_federation::{PersonFacts, SubjectKind};
use zt_policy::Decision;
use zt_store::Change;
use zt_types::{ClientId, GrantId, PersonId, SessionId, Timestamp};

/// A sign-in to a service provider that was only imagined.
#[derive(Debug, Clone)]
pub struct AssertionRehearsal {
    /// The session it is as in; `None`: there is none, and it is an example.
    pub session: Option<SessionId>,
    /// What would be decided.
    pub decision: Decision,
    /// What she would be called; `None` if she has nothing that she could be called.
    pub name_id: Option<NameId>,
    /// What would be told of her: names and values.
    pub attributes: Vec<(String, Vec<String>)>,
    /// The class of the sign-in, if the request names none.
    pub class: &'static str,
    /// Until when the sign-in would count there.
    pub ends_at: Timestamp,
    /// Whether more would have to be proven first.
    pub demands_more: bool,
}

impl Live {
    /// Decides about the application of a service provider, and gives an assertion for it: whoever calls this writes and signs
    /// it, for the grant that comes back.
    ///
    /// # Errors
    /// [`GrantError`]. A refusal has been recorded.
    pub async fn give_assertion(
        &self,
        session: &Session,
        wish: Wish<'_>,
        id: GrantId,
    ) -> Result<Grant, GrantError> {
        let paced = self.inner.codes_pace.step(session.id, self.clock().now());
        paced.map_err(GrantError::TooFast)?;
        let (app, presented, whence) = (wish.app, wish.presented, wish.whence);
        let decision = self.preview(session, app, presented, whence);
        let actor = Actor::Person(session.person);
        let permit = self.permitted_at(wish.client, decision, actor.clone(), whence)?;
        let (address, asked) = (whence.address, wish.asked);
        let entry = Entry::Assertion {
            permit: &permit,
            session,
            provider: wish.client,
            id,
            asked: asked.clone(),
            address: address
                .map(|address| address.to_string())
                .unwrap_or_default(),
            user_agent: wish.user_agent.to_owned(),
        };
        // Whoever comes again in the same session gets another assertion of what it has: a script that asks without end must not
        // leave grants without end.
        let stands = self.standing_assertion(session.id, wish.client);
        let is_kept = stands.is_some_and(|kept| kept.id == id && kept.asked == asked);
        let keep = |grant: &Grant| match is_kept {
            true => Vec::new(),
            false => vec![Change::PutGrant(grant.clone())],
        };
        let grant = self.give(session, entry, actor.clone(), keep).await?;
        // Nothing calls an assertion back: it must not be of before a revocation that was acknowledged meanwhile.
        let kept = self.read(|state| state.sessions.get(&session.id).cloned());
        let session = kept.ok_or(IssueRefused::SessionEnded)?;
        match self.preview(&session, app, presented, whence) {
            Decision::Allow(_) if self.grant_goes_on(&grant) => Ok(grant),
            Decision::Allow(_) => Err(IssueRefused::GrantEnded.into()),
            decision @ Decision::Refuse(_) => {
                let permitted = self.permitted_at(wish.client, decision, actor, whence);
                permitted.map(|_| grant)
            }
        }
    }

    /// What a person is called to a service provider alone, for good.
    #[must_use]
    pub fn persistent_name(&self, provider: &ServiceProvider, person: PersonId) -> String {
        let sector = SubjectKind::Pairwise(provider.entity_id.as_str().to_owned());
        sector.name(person, self.subject_salt())
    }

    /// What a service provider is told of the person of a grant, in her names there (`PersonNames`) and in what is known of her;
    /// `None` if she is not there any more.
    ///
    /// # Errors
    /// [`NoAlias`].
    pub fn told_of<R>(
        &self,
        provider: &ServiceProvider,
        grant: &Grant,
        tell: impl FnOnce(&PersonNames<'_>, &AttributeFacts<'_>) -> R,
    ) -> Result<Option<R>, NoAlias> {
        let persistent = self.persistent_name(provider, grant.person);
        let transient = format!("_{}", self.sid(grant)?);
        let told = self.with_facts(grant.person, |person: &PersonFacts<'_>| {
            let names = PersonNames {
                login: person.login,
                email: person.email,
                persistent: &persistent,
                transient: &transient,
            };
            let facts = AttributeFacts {
                person,
                subject: &persistent,
                assurance: grant.assurance,
            };
            tell(&names, &facts)
        });
        Ok(told)
    }

    /// What would happen, and what `provider` would be told, if `person` signed in to it now; `us` is what we are called. Nothing is
    /// issued, and nothing recorded: whoever shows it does that.
    ///
    /// # Errors
    /// [`NoAlias`].
    pub fn rehearse_assertion(
        &self,
        us: &EntityId,
        provider: &ServiceProvider,
        person: PersonId,
    ) -> Result<AssertionRehearsal, NoAlias> {
        let now = self.clock().now();
        let Imagined {
            session,
            decision,
            grant,
        } = self.imagine(&provider.id, &provider.app, person);
        let told = self.told_of(provider, &grant, |names, facts| {
            let name = provider.name_id.name(names, us, &provider.entity_id);
            let attributes = provider.attributes.iter();
            let attributes = attributes.filter_map(|rule| rule.of(facts));
            let attributes = attributes.map(|told| (told.rule.name.clone(), told.values));
            (name, attributes.collect())
        })?;
        let (name_id, attributes) = told.unwrap_or_default();
        let (proven, at) = (grant.assurance, grant.authenticated_at);
        let most = provider.session.map(|most| now + most);
        Ok(AssertionRehearsal {
            session,
            decision,
            name_id,
            attributes,
            class: class_of(proven),
            ends_at: most.map_or(grant.expires_at, |most| most.min(grant.expires_at)),
            demands_more: !provider.step_up.is_met_by(proven, at, now),
        })
    }

    /// What a service provider was given in a session and has still, if policies permit it all along.
    #[must_use]
    pub fn standing_assertion(&self, session: SessionId, provider: &ClientId) -> Option<Grant> {
        let now = self.clock().now();
        self.read(|state| {
            let mut grants = state.grants_of(session);
            let stands = |grant: &&Grant| {
                grant.client == *provider
                    && grant.state == GrantState::Asserted
                    && grant.lapse.is_none()
                    && !grant.is_over(now)
            };
            grants.find(stands).cloned()
        })
    }

    /// Whether a grant has not ended, and its program is there.
    fn grant_goes_on(&self, grant: &Grant) -> bool {
        let now = self.clock().now();
        self.read(|state| {
            let kept = state.grants.get(&grant.id);
            let goes_on = kept.is_some_and(|kept| kept.is_given() && !kept.is_over(now));
            goes_on && state.app_of(&grant.client) == Some(&grant.app)
        })
    }
}
