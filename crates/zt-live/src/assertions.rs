//! What sign-ins give to service providers (SAML 2.0): one assertion each, decided when it is given.

use crate::grants::{GrantError, Wish};
use crate::live::Live;
use zt_auth::{Entry, Grant, GrantState, IssueRefused, Session};
use zt_crypto::alias::NoAlias;
use zt_events::Actor;
use zt_federation::saml::{AttributeFacts, PersonNames, ServiceProvider};
use zt_federation::{PersonFacts, SubjectKind};
use zt_policy::Decision;
use zt_store::Change;
use zt_types::{ClientId, GrantId, PersonId, SessionId};

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
        let permit = self.permitted(actor.clone(), decision)?;
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
            decision @ Decision::Refuse(_) => self.permitted(actor, decision).map(|_| grant),
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
