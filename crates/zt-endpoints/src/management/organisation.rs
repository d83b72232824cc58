//! The organisation's files, compared and applied.

use super::LARGEST_FILES;
use super::wire::{OrganisationAnswer, OrganisationRequest, ProblemView};
use crate::Endpoints;
use crate::answer::{Problem, json_answer};
use crate::organisation::OrganisationPlan;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use zt_events::Actor;
use zt_identity::{Files, Organisation};

pub(crate) async fn plan(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request = crate::body::json(&headers, body, LARGEST_FILES).await?;
    let plan = endpoints.plan(request)?;
    let answer = OrganisationAnswer {
        lines: plan.lines,
        cut: 0,
    };
    Ok(json_answer(StatusCode::OK, &answer))
}

pub(crate) async fn apply(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request = crate::body::json(&headers, body, LARGEST_FILES).await?;
    let answer = endpoints.apply(request).await?;
    Ok(json_answer(StatusCode::OK, &answer))
}

impl Endpoints {
    pub(crate) fn plan(&self, request: OrganisationRequest) -> Result<OrganisationPlan, Problem> {
        let OrganisationRequest { files, adopt, why } = request;
        let now = self.live().clock().now();
        let organisation = self.parsed(&files)?;
        let live = self.live();
        let mut fresh = || live.entropy().bytes();
        let plan = live
            .read(|state| crate::organisation::plan(state, &organisation, adopt, now, &mut fresh));
        Ok(OrganisationPlan { why, ..plan })
    }

    /// The files, read and checked.
    pub(crate) fn parsed(&self, files: &Files) -> Result<Organisation, Problem> {
        let now = self.live().clock().now();
        crate::organisation::parse(files, now).map_err(|problems| {
            let problems: Vec<ProblemView> =
                problems.sorted().iter().map(ProblemView::from).collect();
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "files",
                "the files are not right; nothing was changed",
            )
            .with(
                "problems",
                serde_json::to_value(problems).unwrap_or_default(),
            )
        })
    }

    /// Plans and commits. Two that apply at once each plan against what they see; the records are whole either way, and
    /// the later one's files hold.
    async fn apply(&self, request: OrganisationRequest) -> Result<OrganisationAnswer, Problem> {
        let plan = self.plan(request)?;
        let lines = plan.lines.clone();
        let cut = if plan.is_empty() {
            0
        } else {
            let live = self.live();
            let plan = plan.into_plan(&Actor::Operator, |actor, body| live.event(actor, body));
            live.commit(plan).await?.len()
        };
        Ok(OrganisationAnswer { lines, cut })
    }
}
