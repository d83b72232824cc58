//! The way from `id.<domain>` to an application's host.

use super::begin::{Start, assurance};
use super::round::Browser;
use super::step::{failed, page_at, went_wrong};
use super::{SignIn, onward};
use crate::Visitor;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{OriginalUri, Query, State};
use http::Response;
use http::header::HeaderMap;
use serde::Deserialize;
use zt_auth::{Destination, Entry, Goal, Issued, ReturnPath, Session};
use zt_crypto::hash::{mint_token, token_hash};
use zt_device::Presentation;
use zt_events::{Actor, Body, Outcome};
use zt_pages::error::ErrorKind;
use zt_pages::refusal::{Reason, RefusalView, RemedyView, Ways};
use zt_policy::{Application, CertificateDemand, Decision, Permit, Refusal, Remedy};
use zt_store::{Change, Plan};
use zt_types::{AppId, Assurance, DecisionId, PersonState, TokenHash};

/// What `/passage` is asked with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    app: AppId,
    #[serde(rename = "return")]
    return_to: String,
    binding: TokenHash,
    #[serde(default)]
    step: String,
}

/// A passage that makes sense.
struct Wish {
    app: Application,
    return_to: ReturnPath,
    binding: TokenHash,
}

/// `GET /passage`.
pub(super) async fn passage(
    State(sign_in): State<SignIn>,
    query: Result<Query<Asked>, QueryRejection>,
    OriginalUri(uri): OriginalUri,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Response<String> {
    let page = page_at(&headers, &uri);
    let Ok(Query(asked)) = query else {
        return failed(page, ErrorKind::BadRequest);
    };
    let known = sign_in
        .inner
        .live
        .read(|state| state.applications.get(&asked.app).cloned());
    // What is not behind the gateway has no host to pass to.
    let Some(app) = known.filter(|app| app.upstream.is_some()) else {
        return failed(page, ErrorKind::NotFound);
    };
    let wish = Wish {
        app,
        // Another host's path is no path: the application's front page then.
        return_to: ReturnPath::parse(&asked.return_to).unwrap_or_else(ReturnPath::root),
        binding: asked.binding,
    };
    let start = Start {
        browser: Browser {
            headers: &headers,
            visitor,
        },
        uri: &uri,
    };
    let session = sign_in.session(&headers);
    let (goal, person) = match (session, asked.step.as_str()) {
        (None, _) | (Some(_), "again") => (Goal::SignIn, None),
        (Some(session), "") => return sign_in.pass(&session, &wish, &start).await,
        (Some(session), "reset-password") => {
            let person = Some(session.person);
            (Goal::ResetPassword { person }, person)
        }
        (Some(session), "reauthenticate") => {
            let demanded = session.assurance.max(Assurance::Mfa);
            (step_up(&session, demanded), Some(session.person))
        }
        (Some(session), step) => match assurance(step) {
            Some(demanded) => (step_up(&session, demanded), Some(session.person)),
            None => return failed(page, ErrorKind::BadRequest),
        },
    };
    sign_in
        .begin(goal, wish.destination(), person, &start)
        .await
}

const fn step_up(session: &Session, demanded: Assurance) -> Goal {
    Goal::StepUp {
        session: session.id,
        demanded,
    }
}

impl Wish {
    fn destination(&self) -> Destination {
        Destination::Application {
            app: self.app.id.clone(),
            return_to: self.return_to.clone(),
            binding: self.binding,
        }
    }

    /// The address of this very passage, with a step before it.
    fn address(&self, step: &str) -> String {
        let address = onward::onward(self.destination());
        if step.is_empty() {
            address
        } else {
            format!("{address}&step={step}")
        }
    }
}

impl SignIn {
    /// Decides, and either hands over a code or says why not.
    async fn pass(&self, session: &Session, wish: &Wish, start: &Start<'_>) -> Response<String> {
        let live = &self.inner.live;
        let page = page_at(start.browser.headers, start.uri);
        let presented = start.browser.visitor.presented;
        // What this connection proves counts from now on at the hosts that do not ask.
        if let Err(error) = live.bind(session.id, presented).await {
            return went_wrong(page, &error.into());
        }
        let Some(session) = self.session(start.browser.headers) else {
            return self
                .begin(Goal::SignIn, wish.destination(), None, start)
                .await;
        };
        let seen = match wish.app.certificate {
            CertificateDemand::Ask => presented,
            CertificateDemand::DoNotAsk => Presentation::NotAsked,
        };
        match live.preview(&session, &wish.app.id, seen, start.browser.visitor.whence) {
            Decision::Allow(permit) => match self.hand_over(&permit, &session, wish).await {
                Ok(response) => response,
                Err(error) => went_wrong(page, &error),
            },
            Decision::Refuse(refusal) => {
                let decision = self.record_refusal(&refusal, &session, wish, start);
                self.refusal(page, &refusal, &session, wish, decision)
            }
        }
    }

    /// Mints a code and sends the browser to the application's host with it.
    async fn hand_over(
        &self,
        permit: &Permit,
        session: &Session,
        wish: &Wish,
    ) -> Result<Response<String>, super::round::RoundError> {
        let live = &self.inner.live;
        let code = mint_token(live.entropy().bytes());
        let state = live
            .read(|state| state.people.get(&session.person).map(|person| person.state))
            .unwrap_or(PersonState::Disabled);
        let entry = Entry::Code {
            permit,
            session,
            code: token_hash(&code),
            binding: wish.binding,
            return_to: &wish.return_to,
        };
        let (issued, _) = zt_auth::issue(state, entry, live.clock().now())
            .map_err(|_| super::round::RoundError::Ended)?
            .into_parts();
        if let Issued::Code(record) = issued {
            live.commit(Plan::new(vec![Change::PutRedeemCode(record)], Vec::new()))
                .await?;
        }
        Ok(onward::see_other(&format!(
            "{}/.sekisho/redeem?code={}",
            self.inner.site.app_origin(&wish.app.id),
            code.expose()
        )))
    }

    /// Notes the decision and the access that it refused.
    fn record_refusal(
        &self,
        refusal: &Refusal,
        session: &Session,
        wish: &Wish,
        start: &Start<'_>,
    ) -> DecisionId {
        let live = &self.inner.live;
        let actor = || Actor::Person(session.person);
        let decision = live.record_decision(actor(), &Decision::Refuse(refusal.clone()));
        let device = refusal.inputs().request.device.evidence.device();
        let reasons = refusal.told();
        live.record(
            actor(),
            Body::Access {
                person: Some(session.person),
                session: Some(session.id),
                device,
                app: Some(wish.app.id.clone()),
                decision: Some(decision),
                method: "GET".to_owned(),
                host: self.inner.site.id_host(),
                path: start.uri.path().to_owned(),
                status: 403,
                address: start.browser.visitor.address.to_string(),
                outcome: Outcome::Failure,
                reasons,
            },
        );
        decision
    }

    fn refusal(
        &self,
        page: zt_pages::Page,
        refusal: &Refusal,
        session: &Session,
        wish: &Wish,
        decision: DecisionId,
    ) -> Response<String> {
        let live = &self.inner.live;
        let language = page.language();
        let step = |steps: &[Remedy]| {
            steps.iter().find_map(|remedy| match remedy {
                Remedy::StepUp { assurance } => Some(assurance.as_str()),
                Remedy::Reauthenticate => Some("reauthenticate"),
                _ => None,
            })
        };
        let (person, owner) = live.read(|state| {
            let name = |person: &zt_identity::Person| person.name.of(language).to_owned();
            let owner = state.logins.get(&wish.app.owner);
            (
                state.people.get(&session.person).map(name),
                owner.and_then(|id| state.people.get(id)).map(name),
            )
        });
        let ways = Ways {
            step_up: step(refusal.remedies()).map(|step| wish.address(step)),
            sign_in: Some(wish.address("again")),
            reset: Some(wish.address("reset-password")),
            terms: Some(crate::terms::way(&wish.address(""))),
            devices: Some("/devices".to_owned()),
            again: Some(wish.address("")),
            owner: owner.or_else(|| Some(wish.app.owner.clone())),
            administrator: None,
        };
        let source = |slug: &str| {
            live.read(|state| {
                let source = state.sources.values().find(|s| s.id.as_str() == slug)?;
                Some(source.name.of(language).to_owned())
            })
            .unwrap_or_else(|| slug.to_owned())
        };
        RefusalView {
            application: wish.app.name.of(language).to_owned(),
            person,
            reasons: Reason::of(refusal, source),
            remedies: RemedyView::of(refusal, &ways),
            alternative: RemedyView::of_steps(
                refusal.alternative(),
                &Ways {
                    step_up: step(refusal.alternative()).map(|step| wish.address(step)),
                    ..ways
                },
            ),
            reference: decision.to_string(),
            at: live.clock().now(),
            retry: Some(wish.address("")),
            portal: Some("/".to_owned()),
            leave: None,
            page,
        }
        .response()
    }
}
