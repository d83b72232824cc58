//! The management API on the admin socket: what the command line acts through.

pub(crate) mod change;
pub(crate) mod organisation;
pub(crate) mod people;
pub(crate) mod registration;
pub(crate) mod resets;
pub(crate) mod sessions;
pub mod wire;

use crate::Endpoints;
use crate::answer::{Problem, json_answer};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use wire::{PolicyView, StatusAnswer};
use zt_policy::PolicyState;

/// `GET` → [`StatusAnswer`].
pub const STATUS: &str = "/api/v1/status";
/// `POST` [`wire::OrganisationRequest`] → [`wire::OrganisationAnswer`]; changes nothing.
pub const ORGANISATION_PLAN: &str = "/api/v1/organisation/plan";
/// `POST` [`wire::OrganisationRequest`] → [`wire::OrganisationAnswer`].
pub const ORGANISATION_APPLY: &str = "/api/v1/organisation/apply";
/// `GET` → list of [`PolicyView`].
pub const POLICIES: &str = "/api/v1/policies";
/// `POST` [`wire::change::PlanRequest`] → [`wire::change::PlanAnswer`]; changes nothing.
pub const POLICY_PLAN: &str = "/api/v1/policies/plan";
/// `POST` [`wire::change::TestRequest`] → list of [`wire::change::TestedView`].
pub const POLICY_TEST: &str = "/api/v1/policies/test";
/// `POST` [`wire::change::SpanRequest`] → [`wire::change::ReplayAnswer`].
pub const POLICY_REPLAY: &str = "/api/v1/policies/replay";
/// `POST` [`wire::change::ExplainRequest`] → [`wire::change::ExplainAnswer`].
pub const POLICY_EXPLAIN: &str = "/api/v1/policies/explain";
/// `GET` → list of [`wire::change::RevisionView`], newest first.
pub const POLICY_REVISIONS: &str = "/api/v1/policies/revisions";
/// `POST` [`wire::change::RollbackRequest`] → [`wire::change::RollbackAnswer`].
pub const POLICY_ROLLBACK: &str = "/api/v1/policies/rollback";
/// `GET` → list of [`wire::SessionView`].
pub const SESSIONS: &str = "/api/v1/sessions";
/// `POST` [`wire::EndSessionRequest`] → [`wire::EndSessionAnswer`].
pub const SESSION_END: &str = "/api/v1/sessions/end";
/// `POST` [`wire::PasswordRequest`] → 204.
pub const PASSWORD: &str = "/api/v1/people/password";
/// `POST` [`wire::ResetPassRequest`] → 201 [`wire::ResetPassAnswer`].
pub const RESET_PASS: &str = "/api/v1/people/reset-pass";
/// `POST` [`wire::PersonRequest`] → 204.
pub const RESET_PASS_REVOKE: &str = "/api/v1/people/reset-pass/revoke";
/// `POST` [`wire::ResetDueRequest`] → 204.
pub const RESET_DUE: &str = "/api/v1/people/reset-due";
/// `POST` [`wire::EnrolmentCodeRequest`] → 201 [`wire::EnrolmentCodeAnswer`].
pub const ENROLMENT_CODES: &str = "/api/v1/devices/enrolment-codes";
/// `GET` → list of [`wire::InitialTokenView`]; `POST` [`wire::InitialTokenRequest`] → 201 [`wire::InitialTokenAnswer`].
pub const INITIAL_TOKENS: &str = "/api/v1/clients/initial-tokens";
/// `POST` [`wire::RevokeInitialTokenRequest`] → 204.
pub const INITIAL_TOKEN_REVOKE: &str = "/api/v1/clients/initial-tokens/revoke";
/// `POST` [`wire::BreakGlassRequest`] → 201 [`wire::BreakGlassAnswer`].
pub const BREAK_GLASS_LINKS: &str = "/api/v1/break-glass/links";

/// Bytes that a request with files may have.
const LARGEST_FILES: usize = 64 * 1024 * 1024;
/// Bytes that any other request may have.
const LARGEST: usize = 16 * 1024;

pub(crate) async fn status(State(endpoints): State<Endpoints>) -> Response {
    let live = endpoints.live();
    let now = live.clock().now();
    let answer = live.read(|state| StatusAnswer {
        version: endpoints.inner.parts.version.to_owned(),
        origin: endpoints.inner.parts.origin.clone(),
        started_at: endpoints.inner.started_at.to_rfc3339(),
        people: state.people.len(),
        devices: state.devices.len(),
        applications: state.applications.len(),
        policies: state.policies.len(),
        sources: state.sources.len(),
        sessions: state
            .sessions
            .values()
            .filter(|session| session.ended.is_none() && now < session.expires_at)
            .count(),
        live_connections: live.live_connections(),
        open_facts: state
            .facts
            .values()
            .filter(|fact| fact.cleared_at.is_none())
            .count(),
        open_tasks: state
            .tasks
            .values()
            .filter(|task| task.closed_at.is_none())
            .count(),
    });
    json_answer(StatusCode::OK, &answer)
}

pub(crate) async fn policies(State(endpoints): State<Endpoints>) -> Result<Response, Problem> {
    let in_force = endpoints.live().policies();
    let views: Vec<PolicyView> = in_force
        .documents()
        .map(|policy| PolicyView {
            id: policy.id.to_string(),
            title: policy.title.clone(),
            state: match policy.state {
                PolicyState::Off => "off",
                PolicyState::ReportOnly => "report-only",
                PolicyState::On => "on",
            }
            .to_owned(),
            managed_by: match policy.managed_by {
                zt_policy::ManagedBy::Files => "files",
                zt_policy::ManagedBy::Console => "console",
                zt_policy::ManagedBy::Registration => "registration",
                zt_policy::ManagedBy::System => "system",
            }
            .to_owned(),
            message: policy.message.clone(),
            cedar: policy.cedar.clone(),
        })
        .collect();
    Ok(json_answer(StatusCode::OK, &views))
}

#[cfg(test)]
mod tests;
