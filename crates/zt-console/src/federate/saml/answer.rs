//! What a service provider gets for its request.

use super::carried::SignOn;
use super::{BUSY, RESPONSE, carry, refuse, unavailable};
use crate::federate::reply::leads_to;
use crate::guard::{self, Signed, error, refusal_page, see_other};
use crate::{PagesState, Visitor};
use axum::response::Response as Answer;
use http::request::Parts;
use std::net::IpAddr;
use zt_auth::{Grant, IssueRefused, Session};
use zt_crypto::xml::{EncryptionKey, encrypted};
use zt_federation::saml::{
    Assertion, Consumer, EntityId, Given, Least, MessageId, NameId, Outcome, PostForm, Response,
    ServiceProvider, SignedParts, Status, StatusCode, class_of, encrypted_assertion,
};
use zt_federation::xml::Unsigned;
use zt_live::{GrantError, NotTaken, Wish};
use zt_pages::Page;
use zt_pages::error::ErrorKind;
use zt_pages::language::percent_encoded;
use zt_pages::refusal::Leave;
use zt_policy::{Decision, Refusal};
use zt_types::{Assurance, DecisionId, GrantId, PersonId};

/// Why a service provider gets nothing: what it is told, and the slug under which that is recorded.
struct No(Status, &'static str);

const NO_PASSIVE: No = No(Status::NO_PASSIVE, "no-passive");
const DENIED: No = No(Status::DENIED, "not-permitted");

/// A request that is being answered.
pub(super) struct Asking<'a> {
    state: &'a PagesState,
    page: Page,
    sign_on: SignOn,
    /// From which address it comes.
    from: IpAddr,
}

/// A request, with the registration that it is answered by.
struct Standing {
    provider: ServiceProvider,
    consumer: Consumer,
}

impl<'a> Asking<'a> {
    pub(super) const fn new(
        state: &'a PagesState,
        page: Page,
        sign_on: SignOn,
        from: IpAddr,
    ) -> Self {
        Self {
            state,
            page,
            sign_on,
            from,
        }
    }

    /// Answers whoever is signed in, if anybody is.
    pub(super) async fn answer(self, signed: Option<Signed>, parts: &Parts) -> Answer {
        let standing = match self.standing() {
            Ok(standing) => standing,
            Err(wrong) => return refuse(self.state, &self.page, wrong, self.from),
        };
        match signed {
            Some(signed) => match self.decide(&standing, &signed).await {
                Ok(answer) => answer,
                Err(no) => self.no(&standing, Some(signed.person.id), &no),
            },
            None if parts.extensions.get::<Visitor>().is_none() => {
                error(&self.page, ErrorKind::Internal)
            }
            None if self.is_passive() => self.no(&standing, None, &NO_PASSIVE),
            None => self.sign_in("/signin?return="),
        }
    }

    /// Sends the service provider away: the policies do not let her in. That they do not is recorded already.
    pub(super) fn leave(self, person: PersonId) -> Answer {
        match self.standing() {
            Ok(standing) => self.denied(&standing, Some(person), DENIED.0),
            Err(wrong) => refuse(self.state, &self.page, wrong, self.from),
        }
    }

    /// The registration as it is now: it may have changed while she signed in.
    fn standing(&self) -> Result<Standing, NotTaken> {
        let id = &self.sign_on.provider;
        let live = self.state.live();
        let provider = live.read(|kept| kept.service_providers.get(id).cloned());
        let unknown = || NotTaken::new("unknown-provider", format!("`{id}` is not registered"));
        let provider = provider.ok_or_else(unknown)?;
        let wrong = |slug, error: &dyn std::fmt::Display| NotTaken::new(slug, error).of(id);
        if let Some(lack) = provider.lack(live.clock().now()) {
            return Err(wrong(lack.as_str(), &lack));
        }
        let request = self.sign_on.request.as_ref();
        if request.is_some_and(|request| request.issuer != provider.entity_id) {
            return Err(wrong("unknown-provider", &"it is another one by now"));
        }
        let consumer = match request {
            Some(request) => provider.consumer(request),
            None => provider.default_consumer(),
        };
        let consumer = consumer.map_err(|error| wrong("consumer", &error))?.clone();
        Ok(Standing { provider, consumer })
    }

    async fn decide(&self, standing: &Standing, signed: &Signed) -> Result<Answer, No> {
        let live = self.state.live();
        // What this connection proves of the device counts from now on.
        let bound = live.bind(signed.session.id, signed.visitor.presented).await;
        if bound.is_err() {
            return Ok(unavailable(&self.page));
        }
        let kept = live.read(|kept| kept.sessions.get(&signed.session.id).cloned());
        let session = kept.unwrap_or_else(|| signed.session.clone());
        let provider = &standing.provider;
        if let Some(answer) =
            self.proof_first(provider, session.assurance, session.authenticated_at)?
        {
            return Ok(answer);
        }
        let (presented, whence) = (signed.visitor.presented, signed.visitor.whence);
        let decision = live.preview(&session, &provider.app, presented, whence);
        if let Decision::Refuse(refusal) = decision {
            return match live.refuse_sign_in(&provider.id, &refusal, whence) {
                Some(id) => self.not_permitted(standing, signed, &refusal, id),
                None => Ok(error(&self.page, ErrorKind::TooMany)),
            };
        }
        if !self.is_first_answer(&session) {
            let wrong = NotTaken::new("replayed", "it was answered before");
            return Ok(refuse(
                self.state,
                &self.page,
                wrong.of(&provider.id),
                self.from,
            ));
        }
        // In the same session she is the same there, by the same name and session index.
        let stands = live.standing_assertion(session.id, &provider.id);
        let stands = stands.map(|kept| (kept.id, kept.asked));
        let (mut id, before) = match stands {
            Some((id, asked)) => (id, Some(asked)),
            None => (GrantId::from_random(live.entropy().bytes()), None),
        };
        let (mut given, mut asked) = self.given(provider, &session, id)?;
        if before.is_some_and(|before| before != asked) {
            id = GrantId::from_random(live.entropy().bytes());
            (given, asked) = self.given(provider, &session, id)?;
        }
        let wish = Wish {
            client: &provider.id,
            app: &provider.app,
            asked,
            presented,
            whence,
            user_agent: &signed.browser,
            agreed: None,
        };
        match live.give_assertion(&session, wish, id).await {
            Ok(grant) => self.assert(standing, &grant, &given.name_id),
            Err(GrantError::NotPermitted(refusal, id)) => {
                self.not_permitted(standing, signed, &refusal, id)
            }
            Err(GrantError::Refused(IssueRefused::SessionEnded) | GrantError::Unknown) => {
                if self.is_passive() {
                    return Err(NO_PASSIVE);
                }
                Ok(self.sign_in("/signin?return="))
            }
            Err(GrantError::Refused(_)) => Err(DENIED),
            Err(GrantError::TooFast(_)) => Err(No(BUSY, "unsupported")),
            Err(GrantError::Live(failure)) => {
                tracing::error!(error = %failure, "what a service provider gets could not be kept");
                Err(No(BUSY, "unsupported"))
            }
        }
    }

    /// Whether this may be answered: a sign-in that had to be proven anew is answered once.
    fn is_first_answer(&self, session: &Session) -> bool {
        let request = self.sign_on.request.as_ref();
        let forced = request.filter(|request| request.force);
        forced.is_none_or(|request| {
            let name = format!("{} {}", request.id, self.sign_on.since.as_millis());
            let live = self.state.live();
            live.is_first_answer(&self.sign_on.provider, session.id, &name)
        })
    }

    /// What she is called there in the grant of this id, and the same as it is kept.
    fn given(
        &self,
        provider: &ServiceProvider,
        session: &Session,
        id: GrantId,
    ) -> Result<(Given, String), No> {
        let now = self.state.live().clock().now();
        let draft = Grant::draft(id, session, &provider.id, &provider.app, now);
        let given = Given {
            name_id: self.name(provider, &draft)?,
        };
        let asked = serde_json::to_string(&given).map_err(|_| No(BUSY, "unsupported"))?;
        Ok((given, asked))
    }

    fn is_passive(&self) -> bool {
        let request = self.sign_on.request.as_ref();
        request.is_some_and(|request| request.passive)
    }

    /// What she has to prove before anything else, as the service provider or its registration wants it.
    fn proof_first(
        &self,
        provider: &ServiceProvider,
        proven: Assurance,
        at: zt_types::Timestamp,
    ) -> Result<Option<Answer>, No> {
        let request = self.sign_on.request.as_ref();
        let now = self.state.live().clock().now();
        let has_proven_since = at > self.sign_on.since;
        let context = request.and_then(|request| request.context.as_ref());
        let wanted = context.map(|context| context.least()).transpose();
        let wanted = wanted.map_err(|wrong| No(wrong.status(), "context"))?;
        let wanted = match wanted {
            Some(Least::Assurance(least)) => Some(least),
            Some(Least::Anything) | None => None,
        };
        let least = wanted.max(provider.step_up.acr);
        let is_enough = least.is_none_or(|least| least <= proven);
        // Core §3.4.1 `ForceAuthn`: what was proven before she was asked says nothing about who sits there now.
        let is_forced = request.is_some_and(|request| request.force) && !has_proven_since;
        let is_fresh = provider
            .step_up
            .is_met_by(proven.max(least.unwrap_or(proven)), at, now);
        if is_enough && is_fresh && !is_forced {
            return Ok(None);
        }
        if self.is_passive() {
            return Err(NO_PASSIVE);
        }
        let demanded = least.unwrap_or(proven).max(Assurance::Mfa);
        // Asked once already, or nothing that anybody can prove.
        if (!is_enough && has_proven_since && self.sign_on.has_stepped)
            || demanded >= Assurance::Hardware
        {
            return Err(No(Status::of(StatusCode::NoAuthnContext), "context"));
        }
        let stepped = SignOn {
            has_stepped: true,
            ..self.sign_on.clone()
        };
        Ok(stepped.address(self.state).map(|here| {
            let demanded = if is_enough {
                proven.max(Assurance::Mfa)
            } else {
                demanded
            };
            see_other(&guard::step_up(demanded, &here))
        }))
    }

    fn address(&self) -> Option<String> {
        self.sign_on.address(self.state)
    }

    /// To the sign-in and back here.
    fn sign_in(&self, way: &str) -> Answer {
        match self.address() {
            Some(address) => see_other(&format!("{way}{}", percent_encoded(&address))),
            None => error(&self.page, ErrorKind::Internal),
        }
    }

    fn not_permitted(
        &self,
        standing: &Standing,
        signed: &Signed,
        refusal: &Refusal,
        decision: DecisionId,
    ) -> Result<Answer, No> {
        let Standing { provider, consumer } = standing;
        if self.is_passive() {
            return Err(NO_PASSIVE);
        }
        let Some(here) = self.address() else {
            return Err(DENIED);
        };
        let leave = Leave {
            action: here.clone(),
            token: signed.token.clone(),
            leads_to: leads_to(consumer.location.origin()),
        };
        let name = self.page.text(&provider.name).to_owned();
        let refused = guard::Refused {
            refusal,
            decision,
            here: &here,
            portal: Some("/".to_owned()),
            leave: Some(leave),
        };
        Ok(refusal_page(self.state, signed, name, refused))
    }

    /// Tells the service provider that it gets nothing; it is recorded.
    fn no(&self, standing: &Standing, person: Option<PersonId>, no: &No) -> Answer {
        let provider = Some(&standing.provider.id);
        let live = self.state.live();
        live.record_no_assertion(provider, person, no.1, self.from);
        self.denied(standing, person, no.0)
    }

    /// Tells the service provider so, unless it is told too often.
    fn denied(&self, standing: &Standing, person: Option<PersonId>, status: Status) -> Answer {
        if !self.state.live().signs_refusal(person, self.from) {
            return error(&self.page, ErrorKind::TooMany);
        }
        let answered = self.respond(standing, Outcome::Status(status), SignedParts::Response);
        answered.unwrap_or_else(|No(..)| error(&self.page, ErrorKind::Internal))
    }

    /// What she is called to the service provider; it may have asked for a kind of name, and for somebody.
    fn name(&self, provider: &ServiceProvider, grant: &Grant) -> Result<NameId, No> {
        let request = self.sign_on.request.as_ref();
        let policy = request.and_then(|request| request.name_id_policy.as_ref());
        let kind = provider
            .name_kind(policy)
            .map_err(|wrong| No(wrong.status(), "name-id"))?;
        let us = self.entity_id()?;
        let told = self.state.live().told_of(provider, grant, |names, _| {
            kind.name(names, &us, &provider.entity_id)
        });
        let name = told.map_err(|_| No(BUSY, "unsupported"))?;
        let nameless = Status::of(StatusCode::InvalidNameIdPolicy);
        let nameless = No(nameless.saying("she has no e-mail address"), "name-id");
        let name = name
            .ok_or(No(DENIED.0, "person-disabled"))?
            .ok_or(nameless)?;
        let wanted = request.and_then(|request| request.subject.as_ref());
        if wanted.is_some_and(|wanted| !name.is_meant_by(wanted)) {
            let status = Status::of(StatusCode::UnknownPrincipal);
            return Err(No(status.saying("somebody else is signed in"), "name-id"));
        }
        Ok(name)
    }

    /// Writes, signs, perhaps encrypts, and sends an assertion.
    fn assert(&self, standing: &Standing, grant: &Grant, name_id: &NameId) -> Result<Answer, No> {
        let Standing { provider, consumer } = standing;
        let live = self.state.live();
        let failed = |what: &dyn std::fmt::Display| {
            tracing::error!(provider = %provider.id, error = %what, "no assertion could be made");
            No(BUSY, "unsupported")
        };
        let request = self.sign_on.request.as_ref();
        let context = request.and_then(|request| request.context.as_ref());
        let class = context
            .map(|context| context.told(grant.assurance))
            .transpose();
        let class = class.map_err(|wrong| No(wrong.status(), "context"))?;
        let us = self.entity_id()?;
        let now = live.clock().now();
        let id = MessageId::from_random(live.entropy().bytes());
        let index = live.sid(grant).map_err(|error| failed(&error))?;
        let ends = provider
            .session
            .map_or(grant.expires_at, |most| grant.expires_at.min(now + most));
        let written = live.told_of(provider, grant, |_, facts| {
            let attributes: Vec<_> = provider
                .attributes
                .iter()
                .filter_map(|rule| rule.of(facts))
                .collect();
            let assertion = Assertion {
                id: &id,
                issuer: &us,
                issued_at: now,
                name_id,
                in_response_to: request.map(|request| &request.id),
                recipient: &consumer.location,
                audience: &provider.entity_id,
                authenticated_at: grant.authenticated_at,
                session_index: &index,
                session_ends_at: Some(ends),
                class: class.unwrap_or(class_of(grant.assurance)),
                attributes: &attributes,
            };
            assertion.write().map_err(|error| failed(&error))
        });
        let written = written.map_err(|error| failed(&error))?;
        let written = written.unwrap_or(Err(No(DENIED.0, "person-disabled")))?;
        let mut document = match provider.signs {
            SignedParts::Assertion | SignedParts::Both => self.signed(provider, &written)?,
            SignedParts::Response => written.text().to_owned(),
        };
        if let Some(encryption) = &provider.encryption {
            let key = EncryptionKey::of(encryption).map_err(|error| failed(&error))?;
            let data = encrypted(&document, &key).map_err(|error| failed(&error))?;
            document = encrypted_assertion(&data).map_err(|error| failed(&error))?;
        }
        self.respond(standing, Outcome::Assertion(&document), provider.signs)
    }

    /// Writes a response, signs it if that is to be, and sends it.
    fn respond(
        &self,
        standing: &Standing,
        outcome: Outcome<'_>,
        signs: SignedParts,
    ) -> Result<Answer, No> {
        let live = self.state.live();
        let provider = &standing.provider;
        let to = &standing.consumer.location;
        let us = self.entity_id()?;
        let id = MessageId::from_random(live.entropy().bytes());
        let request = self.sign_on.request.as_ref();
        let response = Response {
            id: &id,
            in_response_to: request.map(|request| &request.id),
            issuer: &us,
            destination: to,
            issued_at: live.clock().now(),
            outcome,
        };
        let written = response.write().map_err(|error| {
            tracing::error!(provider = %provider.id, %error, "no response could be written");
            No(BUSY, "unsupported")
        })?;
        let document = match signs {
            SignedParts::Response | SignedParts::Both => self.signed(provider, &written)?,
            SignedParts::Assertion => written.text().to_owned(),
        };
        let state = self.sign_on.relay_state.as_deref();
        let form = PostForm::new(RESPONSE, &document, to, state);
        Ok(carry(&self.page, &form))
    }

    fn signed(&self, provider: &ServiceProvider, written: &Unsigned) -> Result<String, No> {
        let keys = self.state.saml();
        let signed = keys
            .signer(provider.algorithm)
            .and_then(|key| key.sign(written));
        signed.map_err(|error| {
            tracing::error!(provider = %provider.id, %error, "nothing could be signed");
            No(BUSY, "unsupported")
        })
    }

    fn entity_id(&self) -> Result<EntityId, No> {
        EntityId::ours(&self.state.site().id_origin()).ok_or(No(BUSY, "unsupported"))
    }
}
