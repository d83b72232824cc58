//! Searches (§8): the entities for which the same question, asked with the same context, is answered with a permit.
//!
//! A search decides as an evaluation does, on the same evidence. So what it lists is permitted when it is asked about
//! (§8.1), and somebody without a sign-in is listed where the weakest one would do.

use super::Fault;
use super::answer::{Owed, owed};
use super::caller::Asking;
use super::page::Place;
use super::question::{APPLICATION, PERSON, capability};
use super::request::{Entity, Search, Searching, Wrong};
use crate::Endpoints;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use zt_events::{Actor, Body as EventBody};
use zt_types::{AppId, Capability, Json, PersonId};

/// Results on one page.
const MOST_RESULTS: u32 = 500;
/// Candidates that are decided about for one page: then the page ends, however many it holds.
const MOST_CANDIDATES: usize = 2_000;

/// What a search found (§8.3).
#[derive(Debug, Serialize)]
struct Found {
    /// First, so that a reader of a long answer knows what comes.
    page: FoundPage,
    results: Vec<Hit>,
}

#[derive(Debug, Serialize)]
struct FoundPage {
    next_token: String,
    count: usize,
}

/// One result.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Hit {
    Entity {
        r#type: &'static str,
        id: String,
        /// Obligations §4.3.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        obligations: Vec<Owed>,
    },
    Action {
        name: &'static str,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        obligations: Vec<Owed>,
    },
}

/// Something that may be a result.
struct Candidate {
    /// By what it is found again on the next page; candidates come in its order.
    key: Vec<u8>,
    person: PersonId,
    app: AppId,
    capability: Capability,
    hit: Box<dyn FnOnce(Vec<Owed>) -> Hit + Send>,
}

/// Who may.
pub(crate) async fn subject(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    endpoints.search(&headers, body, Searching::subject).await
}

/// Where to.
pub(crate) async fn resource(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    endpoints.search(&headers, body, Searching::resource).await
}

/// What.
pub(crate) async fn action(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    endpoints.search(&headers, body, Searching::action).await
}

impl Endpoints {
    async fn search(
        &self,
        headers: &HeaderMap,
        body: Body,
        read: impl FnOnce(&Json) -> Result<Searching, Wrong>,
    ) -> Result<Response, Fault> {
        let asking = self.asking(headers, body).await?;
        let searching = asking.read(read)?;
        let place = asking.place(&searching)?;
        let candidates = asking.candidates(&searching.search, &place.after);
        asking.charge(1)?;
        let (found, looked_at) = asking.found(&searching, &place, candidates).await;
        asking.owe(looked_at.saturating_sub(1));
        asking.tell(&searching.search, found.results.len());
        Ok(crate::answer::json_answer(StatusCode::OK, &found))
    }
}

impl Asking<'_> {
    /// Where the page begins (§8.2): a token brings its limit along, and no other one may be said beside it.
    fn place(&self, searching: &Searching) -> Result<Place, Fault> {
        let limit = searching.page.limit.map(|limit| limit.min(MOST_RESULTS));
        let Some(token) = &searching.page.token else {
            return Ok(Place {
                limit: limit.unwrap_or(MOST_RESULTS),
                after: Vec::new(),
            });
        };
        let key = &self.endpoints.inner.page_key;
        let place = key.place(&self.about(searching), token);
        let place = place.filter(|place| limit.is_none_or(|limit| limit == place.limit));
        place.ok_or_else(|| {
            self.refused("not-understood");
            Fault::from(Wrong::Token)
        })
    }

    /// What a token is bound to: who searches, and for what.
    fn about(&self, searching: &Searching) -> Vec<u8> {
        let what = name(&searching.search);
        let mut about = format!("{what} {} ", self.point.id).into_bytes();
        about.extend_from_slice(&searching.about);
        about
    }

    /// What may be a result, after `after`. One more than are looked at, so that it is known whether there are more.
    fn candidates(&self, search: &Search, after: &[u8]) -> Vec<Candidate> {
        match search {
            Search::Subject {
                kind,
                action,
                resource,
            } => self.subjects(kind, action, resource, after),
            Search::Resource {
                subject,
                action,
                kind,
            } => self.resources(subject, action, kind, after),
            Search::Action { subject, resource } => self.actions(subject, resource, after),
        }
    }

    fn subjects(
        &self,
        kind: &str,
        action: &str,
        resource: &Entity,
        after: &[u8],
    ) -> Vec<Candidate> {
        let (true, Some(capability), Some(app)) = (
            kind == PERSON,
            capability(action),
            self.application(resource),
        ) else {
            return Vec::new();
        };
        self.endpoints.live().read(|state| {
            // By login: so a page begins where the last one ended, even if that person is gone by now.
            let logins = state
                .logins
                .iter()
                .filter(|(login, _)| login.as_bytes() > after);
            logins
                .take(MOST_CANDIDATES + 1)
                .map(|(login, person)| {
                    let id = login.clone();
                    Candidate {
                        key: login.as_bytes().to_vec(),
                        person: *person,
                        app: app.clone(),
                        capability,
                        hit: Box::new(move |obligations| Hit::Entity {
                            r#type: PERSON,
                            id,
                            obligations,
                        }),
                    }
                })
                .collect()
        })
    }

    fn resources(
        &self,
        subject: &Entity,
        action: &str,
        kind: &str,
        after: &[u8],
    ) -> Vec<Candidate> {
        let (true, Some(capability), Some(person)) = (
            kind == APPLICATION,
            capability(action),
            self.person(subject),
        ) else {
            return Vec::new();
        };
        let registered = |app: &AppId| {
            let live = self.endpoints.live();
            live.read(|state| state.applications.contains_key(app))
        };
        let apps = self.point.applications.iter();
        apps.filter(|app| app.as_str().as_bytes() > after && registered(app))
            .take(MOST_CANDIDATES + 1)
            .map(|app| {
                let id = app.to_string();
                Candidate {
                    key: id.as_bytes().to_vec(),
                    person,
                    app: app.clone(),
                    capability,
                    hit: Box::new(move |obligations| Hit::Entity {
                        r#type: APPLICATION,
                        id,
                        obligations,
                    }),
                }
            })
            .collect()
    }

    fn actions(&self, subject: &Entity, resource: &Entity, after: &[u8]) -> Vec<Candidate> {
        let (Some(person), Some(app)) = (self.person(subject), self.application(resource)) else {
            return Vec::new();
        };
        let key = |capability: Capability| {
            let place = Capability::ALL.iter().position(|one| *one == capability);
            vec![u8::try_from(place.unwrap_or_default() + 1).unwrap_or(u8::MAX)]
        };
        Capability::ALL
            .into_iter()
            .filter(|capability| key(*capability).as_slice() > after)
            .map(|capability| Candidate {
                key: key(capability),
                person,
                app: app.clone(),
                capability,
                hit: Box::new(move |obligations| Hit::Action {
                    name: capability.as_str(),
                    obligations,
                }),
            })
            .collect()
    }

    /// Decides about candidates until the page is full or enough was looked at; says about how many.
    async fn found(
        &self,
        searching: &Searching,
        place: &Place,
        candidates: Vec<Candidate>,
    ) -> (Found, usize) {
        let limit = usize::try_from(place.limit).unwrap_or(usize::MAX);
        let mut results = Vec::new();
        let mut after = place.after.clone();
        let mut next = None;
        let mut looked_at = 0;
        for candidate in candidates {
            if results.len() >= limit || looked_at >= MOST_CANDIDATES {
                next = Some(Place {
                    limit: place.limit,
                    after,
                });
                break;
            }
            after = candidate.key;
            let question = self.question(candidate.person, &searching.context, &candidate.app);
            let decision = self.endpoints.live().consider(&question);
            if let Some(permit) = decision.permit()
                && permit.capabilities().contains(candidate.capability)
                && self.lacking(permit, &searching.context).is_empty()
            {
                results.push((candidate.hit)(owed(permit)));
            }
            looked_at += 1;
            if looked_at.is_multiple_of(64) {
                tokio::task::yield_now().await;
            }
        }
        let key = &self.endpoints.inner.page_key;
        let next_token = next.map(|place| key.token(&self.about(searching), &place));
        let page = FoundPage {
            // §8.2.2: empty at the end.
            next_token: next_token.unwrap_or_default(),
            count: results.len(),
        };
        (Found { page, results }, looked_at)
    }

    /// Records what was looked for, and how much was told: who asks about everybody shows in the log.
    fn tell(&self, search: &Search, found: usize) {
        let live = self.endpoints.live();
        let (person, app, action) = match search {
            Search::Subject {
                action, resource, ..
            } => (None, self.application(resource), Some(action)),
            Search::Resource {
                subject, action, ..
            } => (self.person(subject), None, Some(action)),
            Search::Action { subject, resource } => {
                (self.person(subject), self.application(resource), None)
            }
        };
        live.record(
            Actor::EnforcementPoint(self.point.id.clone()),
            EventBody::Searched {
                what: name(search).to_owned(),
                person,
                app,
                capability: action
                    .and_then(|action| capability(action))
                    .map(|capability| capability.as_str().to_owned()),
                found: u32::try_from(found).unwrap_or(u32::MAX),
            },
        );
    }
}

const fn name(search: &Search) -> &'static str {
    match search {
        Search::Subject { .. } => "subject",
        Search::Resource { .. } => "resource",
        Search::Action { .. } => "action",
    }
}
