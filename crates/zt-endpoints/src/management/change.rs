//! Changing policies safely: looking ahead, looking back, and going back.

use super::wire::change::{
    ChangedPolicies, ComparisonView, ConditionView, DifferenceView, ExampleView, ExplainAnswer,
    ExplainRequest, FindingsView, HypotheticalView, LastResortView, PlanAnswer, PlanRequest,
    ReplayAnswer, RevisionView, RollbackAnswer, RollbackRequest, ShadowedView, SpanRequest,
    StatementView, StepView, TestRequest, TestedView, UnlikeView,
};
use super::{LARGEST, LARGEST_FILES};
use crate::Endpoints;
use crate::answer::{Problem, json_answer};
use crate::organisation::{names, outcome, told};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use std::sync::Arc;
use zt_events::Actor;
use zt_live::{LiveError, Over, RolledBack};
use zt_pages::refusal::{RemedyView, Ways};
use zt_pages::{Base, Page};
use zt_policy::{
    Comparison, Decision, DeviceFacts, Examined, More, Obligation, Permit, PersonFacts, PolicySet,
    Reason, Refusal, Remedy, Request, SessionFacts, SessionState,
};
use zt_store::{Access, Change, Decisions, EventFilter, Span, recorded};
use zt_types::{
    AppId, Assurance, Circumstances, DeviceEvidence, Language, Level, NoDevice, Ownership,
    PasswordState, PersonId, PersonState, PolicyId, Posture, Role, Seconds, SessionId, Text,
    Timestamp, Trust,
};

/// The longest reason that is kept.
const LONGEST_REASON: usize = 500;

pub(crate) async fn plan(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let PlanRequest { organisation, span } =
        crate::body::json(&headers, body, LARGEST_FILES).await?;
    let span = endpoints.span(&span)?;
    let plan = endpoints.plan(organisation)?;
    let live = endpoints.live();
    let in_force = live.policies();
    let after = live.policies_after(&plan.changes)?;
    let proposed = after.unwrap_or_else(|| Arc::clone(&in_force));
    let accesses = live.what_if(Arc::clone(&proposed), span).await?;
    let now = live.clock().now();
    let (before, then) = (Arc::clone(&in_force), Arc::clone(&proposed));
    let analysed =
        tokio::task::spawn_blocking(move || (then.findings(), before.divergence(&then, now)));
    let (findings, divergence) = analysed
        .await
        .map_err(|_| Problem::from(LiveError::Interrupted))?;
    let ids = |ids: &[PolicyId]| ids.iter().map(ToString::to_string).collect::<Vec<String>>();
    let answer = PlanAnswer {
        policies: endpoints.changed(&plan.changes),
        lines: plan.lines,
        findings: FindingsView {
            dead: ids(&findings.dead),
            shadowed: findings
                .shadowed
                .iter()
                .map(|found| ShadowedView {
                    policy: found.policy.to_string(),
                    by: ids(&found.by),
                })
                .collect(),
            undecided: ids(&findings.undecided),
        },
        last_resort: endpoints.last_resort(&proposed, now),
        accesses: endpoints.comparison(&accesses),
        examples: divergence
            .examples
            .iter()
            .map(|example| ExampleView {
                app: example.request.app.to_string(),
                than_today: match example.more {
                    More::Proposed => "more",
                    More::InForce => "less",
                }
                .to_owned(),
                capability: example.capability.as_str().to_owned(),
                because: example.because.clone(),
                today: told(&example.in_force),
                then: told(&example.proposed),
            })
            .collect(),
        same: divergence.same.iter().map(ToString::to_string).collect(),
        undecided: divergence
            .undecided
            .iter()
            .map(ToString::to_string)
            .collect(),
    };
    Ok(json_answer(StatusCode::OK, &answer))
}

pub(crate) async fn test(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let TestRequest { files } = crate::body::json(&headers, body, LARGEST_FILES).await?;
    let organisation = endpoints.parsed(&files)?;
    let live = endpoints.live();
    let policies = live.policies();
    let person = |login: &str| live.read(|state| state.logins.get(login).copied());
    let tested = crate::organisation::test(&organisation, &policies, person);
    let views: Vec<TestedView> = tested.into_iter().map(TestedView::from).collect();
    Ok(json_answer(StatusCode::OK, &views))
}

pub(crate) async fn replay(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request: SpanRequest = crate::body::json(&headers, body, LARGEST).await?;
    let span = endpoints.span(&request)?;
    let live = endpoints.live();
    let version = live.policies().version().to_string();
    let Over {
        found,
        samples,
        unreadable,
    } = live.replay(span).await?;
    let answer = ReplayAnswer {
        version,
        accesses: found.accesses,
        samples,
        unreadable,
        same: found.same,
        without_fingerprint: found.without_fingerprint,
        differing: found.differing,
        unlike: found
            .unlike
            .iter()
            .map(|unlike| UnlikeView {
                decision: unlike.decision,
                login: endpoints.who(unlike.person).0,
                app: unlike.app.to_string(),
                at: unlike.at.to_rfc3339(),
            })
            .collect(),
        by_others: found
            .by_others
            .iter()
            .map(|(version, count)| (version.to_string(), *count))
            .collect(),
    };
    Ok(json_answer(StatusCode::OK, &answer))
}

pub(crate) async fn explain(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request: ExplainRequest = crate::body::json(&headers, body, LARGEST).await?;
    let mut filter = EventFilter {
        decisions: Decisions::Only,
        limit: 1,
        ..EventFilter::default()
    };
    match &request {
        ExplainRequest::Decision(id) => filter.decision = Some(*id),
        ExplainRequest::Newest { login, app } => {
            filter.person = Some(endpoints.person(login)?.id);
            filter.app = app.as_deref().map(app_id).transpose()?;
        }
    }
    let live = endpoints.live();
    live.store().flush().await.map_err(LiveError::from)?;
    let found = live.events(filter).await?.into_iter().next();
    let access = found.and_then(recorded).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no-such-decision",
            "there is no such recorded decision",
        )
    })?;
    let policies = live.policies();
    let examined = policies.examine(&access.recorded.inputs.request);
    let answer = endpoints.explained(&access, &policies, &examined);
    Ok(json_answer(StatusCode::OK, &answer))
}

pub(crate) async fn revisions(State(endpoints): State<Endpoints>) -> Response {
    let revisions = endpoints.live().read(|state| {
        let newest_first = state.revisions.values().rev();
        newest_first
            .map(|revision| RevisionView {
                number: revision.number,
                version: revision.version.to_string(),
                at: revision.at.to_rfc3339(),
                by: match &revision.by {
                    Actor::Person(id) => state
                        .people
                        .get(id)
                        .map_or_else(|| id.to_string(), |person| person.login.clone()),
                    Actor::Operator => "operator".to_owned(),
                    Actor::System => "system".to_owned(),
                    Actor::Source(id) => id.to_string(),
                    Actor::EnforcementPoint(id) => id.to_string(),
                    Actor::Client(id) => id.to_string(),
                    Actor::Nobody => "nobody".to_owned(),
                },
                why: revision.why.clone(),
                policies: revision.replaced.keys().map(ToString::to_string).collect(),
            })
            .collect::<Vec<RevisionView>>()
    });
    json_answer(StatusCode::OK, &revisions)
}

pub(crate) async fn roll_back(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let RollbackRequest { to, why } = crate::body::json(&headers, body, LARGEST).await?;
    let why = why.trim().to_owned();
    if why.is_empty() || why.chars().count() > LONGEST_REASON || why.contains('\n') {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad-reason",
            format!("say why on one line of at most {LONGEST_REASON} characters: it is recorded"),
        ));
    }
    let live = endpoints.live();
    let answer = match live.roll_back(to, Actor::Operator, why).await? {
        RolledBack::NotKept => {
            return Err(Problem::new(
                StatusCode::NOT_FOUND,
                "no-such-revision",
                format!("it is not known what the policies were at revision {to}"),
            ));
        }
        RolledBack::LetsIn(over) => {
            let over: Vec<String> = over.iter().map(ToString::to_string).collect();
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "exclusions-over",
                format!(
                    "nothing was changed: without an exclusion whose last day has passed, a policy of then would let somebody in: {}",
                    over.join("; ")
                ),
            ));
        }
        RolledBack::Same => RollbackAnswer {
            policies: Vec::new(),
            cut: 0,
            managed_by_files: Vec::new(),
            dropped_exclusions: Vec::new(),
        },
        RolledBack::Done {
            policies,
            of_files,
            dropped,
            cut,
        } => RollbackAnswer {
            policies: policies.iter().map(ToString::to_string).collect(),
            cut: cut.len(),
            managed_by_files: of_files.iter().map(ToString::to_string).collect(),
            dropped_exclusions: dropped.iter().map(ToString::to_string).collect(),
        },
    };
    Ok(json_answer(StatusCode::OK, &answer))
}

impl Endpoints {
    fn span(&self, asked: &SpanRequest) -> Result<Span, Problem> {
        let time = |text: &Option<String>| {
            let read = |text: &String| {
                Timestamp::parse_rfc3339(text).ok_or_else(|| {
                    Problem::new(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        "bad-time",
                        format!("`{text}` is no time; write it as `2026-11-24T09:00:00+09:00`"),
                    )
                })
            };
            text.as_ref().map(read).transpose()
        };
        let login = asked.login.as_deref();
        Ok(Span {
            since: time(&asked.since)?,
            until: time(&asked.until)?,
            person: login
                .map(|login| self.person(login))
                .transpose()?
                .map(|p| p.id),
            app: asked.app.as_deref().map(app_id).transpose()?,
        })
    }

    /// Login and name.
    fn who(&self, id: PersonId) -> (String, Text) {
        self.live().read(|state| match state.people.get(&id) {
            Some(person) => (person.login.clone(), person.name.clone()),
            None => {
                let id = id.to_string();
                let name = Text {
                    ja: id.clone(),
                    en: id.clone(),
                };
                (id, name)
            }
        })
    }

    fn changed(&self, changes: &[Change]) -> ChangedPolicies {
        let mut changed = ChangedPolicies::default();
        self.live().read(|state| {
            for change in changes {
                match change {
                    Change::PutPolicy(policy) if state.policies.contains_key(&policy.id) => {
                        changed.changed.push(policy.id.to_string());
                    }
                    Change::PutPolicy(policy) => changed.added.push(policy.id.to_string()),
                    Change::RemovePolicy(id) => changed.removed.push(id.to_string()),
                    _ => {}
                }
            }
        });
        changed
    }

    fn comparison(&self, over: &Over<Comparison>) -> ComparisonView {
        let found = &over.found;
        let slugs = |slugs: Vec<&'static str>| slugs.into_iter().map(str::to_owned).collect();
        let ids = |ids: &[PolicyId]| ids.iter().map(ToString::to_string).collect();
        ComparisonView {
            accesses: found.accesses,
            samples: over.samples,
            unreadable: over.unreadable,
            unchanged: found.unchanged,
            left_out: found.left_out,
            differences: found
                .differences
                .iter()
                .map(|d| {
                    let (login, name) = self.who(d.person);
                    DifferenceView {
                        effect: d.effect.as_str().to_owned(),
                        login,
                        name,
                        app: d.app.to_string(),
                        accesses: d.accesses,
                        first: d.first.to_rfc3339(),
                        last: d.last.to_rfc3339(),
                        policies: ids(&d.policies),
                        reasons: slugs(d.reasons.iter().map(Reason::slug).collect()),
                        steps: slugs(d.remedies.iter().map(Remedy::slug).collect()),
                        lost: slugs(names(d.lost)),
                        gained: slugs(names(d.gained)),
                        obligations: slugs(d.obligations.iter().map(Obligation::as_str).collect()),
                    }
                })
                .collect(),
            report_only: found
                .report_only
                .iter()
                .map(|found| {
                    let (login, name) = self.who(found.person);
                    HypotheticalView {
                        policy: found.policy.to_string(),
                        login,
                        name,
                        app: found.app.to_string(),
                        accesses: found.accesses,
                    }
                })
                .collect(),
        }
    }

    /// Whether the accounts of last resort would still get in: the guard against locking everybody out.
    fn last_resort(&self, policies: &PolicySet, now: Timestamp) -> LastResortView {
        let accounts: Vec<(PersonId, String)> = self.live().read(|state| {
            let people = state.people.values();
            let of_last_resort = people.filter(|person| person.role == Role::BreakGlass);
            of_last_resort
                .map(|person| (person.id, person.login.clone()))
                .collect()
        });
        let doors = [zt_policy::CONSOLE, zt_policy::PORTAL];
        let apps: Vec<AppId> = doors.iter().filter_map(|id| AppId::new(id).ok()).collect();
        let gets_in = |(id, _): &(PersonId, String)| {
            apps.iter().all(|app| {
                let decision = policies.decide(&at_last_resort(*id, app, now));
                decision.permit().is_some()
            })
        };
        LastResortView {
            safe: accounts.iter().all(gets_in),
            accounts: accounts.into_iter().map(|(_, login)| login).collect(),
        }
    }

    fn explained(
        &self,
        access: &Access,
        policies: &PolicySet,
        examined: &Examined,
    ) -> ExplainAnswer {
        let Examined {
            decision,
            statements,
        } = examined;
        let request = &decision.inputs().request;
        let (login, name) = self.who(request.person.id);
        let permit = decision.permit();
        let obligations = permit.map(Permit::obligations).unwrap_or_default();
        let refusal = decision.refusal();
        let reasons = refusal.map(Refusal::reasons).unwrap_or_default();
        let owned = |slugs: Vec<&'static str>| slugs.into_iter().map(str::to_owned).collect();
        ExplainAnswer {
            decision: access.recorded.decision,
            sample: !access.origin.is_observed(),
            login,
            name,
            app: request.app.to_string(),
            at: request.now.to_rfc3339(),
            present: access.recorded.inputs.policy == policies.version(),
            outcome: outcome(decision).to_owned(),
            capabilities: owned(names(permit.map(Permit::capabilities).unwrap_or_default())),
            obligations: owned(obligations.iter().map(Obligation::as_str).collect()),
            reasons: owned(reasons.iter().map(Reason::slug).collect()),
            said: self.said(decision),
            steps: refusal.map(steps).unwrap_or_default(),
            statements: statements
                .iter()
                .map(|statement| StatementView {
                    policy: statement.policy.to_string(),
                    says: statement.says.as_str().to_owned(),
                    state: match statement.state {
                        zt_policy::PolicyState::ReportOnly => "report-only",
                        zt_policy::PolicyState::Off => "off",
                        zt_policy::PolicyState::On => "on",
                    }
                    .to_owned(),
                    applies: statement.applies,
                    ways: statement
                        .alternatives
                        .iter()
                        .map(|way| {
                            let conditions = way.conditions.iter();
                            conditions
                                .map(|c| ConditionView {
                                    condition: c.condition.clone(),
                                    seen: c.seen.clone(),
                                    met: c.met,
                                })
                                .collect()
                        })
                        .collect(),
                })
                .collect(),
        }
    }

    /// The reasons as the person reads them, in both languages.
    fn said(&self, decision: &Decision) -> Vec<Text> {
        let Some(refusal) = decision.refusal() else {
            return Vec::new();
        };
        let in_language = |language: Language| -> Vec<String> {
            let page = Page::in_language(language, Base::Id, "/");
            let source = |slug: &str| {
                self.live().read(|state| {
                    let mut sources = state.sources.values();
                    let known = sources.find(|source| source.id.as_str() == slug);
                    known.map_or_else(|| slug.to_owned(), |s| s.name.of(language).to_owned())
                })
            };
            let said = zt_pages::refusal::Reason::of(refusal, source);
            said.iter().map(|reason| reason.sentence(&page)).collect()
        };
        let texts = in_language(Language::Ja).into_iter();
        let both = texts.zip(in_language(Language::En));
        both.map(|(ja, en)| Text { ja, en }).collect()
    }
}

/// The way out in both languages.
fn steps(refusal: &Refusal) -> Vec<StepView> {
    let said = |remedy: &Remedy, language: Language| {
        let page = Page::in_language(language, Base::Id, "/");
        let views = RemedyView::of_steps(std::slice::from_ref(remedy), &Ways::default());
        views.first().map_or_else(String::new, |view| {
            let sentence = page.member("remedy", view.kind.slug());
            match &view.detail {
                Some(detail) => format!("{sentence} ({})", detail.said(&page)),
                None => sentence.to_owned(),
            }
        })
    };
    let remedies = refusal.remedies().iter();
    remedies
        .map(|remedy| StepView {
            slug: remedy.slug().to_owned(),
            said: Text {
                ja: said(remedy, Language::Ja),
                en: said(remedy, Language::En),
            },
        })
        .collect()
}

fn app_id(id: &str) -> Result<AppId, Problem> {
    AppId::new(id).map_err(|_| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad-application",
            format!("`{id}` is no application's id"),
        )
    })
}

/// An account of last resort with a fresh phishing-resistant proof, on a device that nothing is known of.
fn at_last_resort(person: PersonId, app: &AppId, now: Timestamp) -> Request {
    let trust = |level: Level| Trust {
        level,
        reasons: Vec::new(),
        valid_until: Timestamp::FAR_FUTURE,
    };
    Request {
        person: PersonFacts {
            id: person,
            role: Role::BreakGlass,
            state: PersonState::Active,
            affiliation: zt_types::Affiliation::Staff,
            password: PasswordState::Good,
            groups: Vec::new(),
            terms: Vec::new(),
            trust: trust(Level::High),
            facts: Vec::new(),
            enrolled_devices: 0,
        },
        device: DeviceFacts {
            evidence: DeviceEvidence::Absent(NoDevice::NotAsked),
            bound: None,
            trust: trust(Level::Medium),
            facts: Vec::new(),
            ownership: Ownership::Unknown,
            posture: Posture::unknown(),
            evidence_until: Timestamp::FAR_FUTURE,
            posture_until: Timestamp::FAR_FUTURE,
        },
        session: SessionFacts {
            id: SessionId::from_random([0; 16]),
            assurance: Assurance::PhishingResistant,
            authenticated_at: now,
            expires_at: now + Seconds::hours(1),
            state: SessionState::Live,
        },
        circumstances: Circumstances::default(),
        app: app.clone(),
        now,
        facts_version: 0,
    }
}
