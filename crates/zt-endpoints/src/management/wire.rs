//! What the command line and the server say to each other over the admin socket, as JSON.

pub mod change;

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use zt_federation::{GrantType, Scope};
use zt_identity::Files;
use zt_identity::difference::{Adopt, Line};
use zt_identity::problem::Problem;
use zt_types::{AppId, InitialTokenId, SessionId, Text};

/// How the server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusAnswer {
    /// The program's version.
    pub version: String,
    /// Where people find it.
    pub origin: String,
    /// Since when it serves, RFC 3339.
    pub started_at: String,
    /// People in the records.
    pub people: usize,
    /// Devices in the records.
    pub devices: usize,
    /// Applications in the register.
    pub applications: usize,
    /// Policies, without the baseline.
    pub policies: usize,
    /// Registered sources.
    pub sources: usize,
    /// Live sessions.
    pub sessions: usize,
    /// Connections through the gateway.
    pub live_connections: usize,
    /// Facts that are open.
    pub open_facts: usize,
    /// Tasks nobody has dealt with.
    pub open_tasks: usize,
}

/// The organisation's files, to be compared or applied.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationRequest {
    /// The files as they were read.
    pub files: Files,
    /// What to do about records that the console made.
    #[serde(default)]
    pub adopt: Adopt,
    /// Why; it is recorded.
    #[serde(default)]
    pub why: Option<String>,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationAnswer {
    /// One for each record that differs or is left alone.
    pub lines: Vec<Line>,
    /// How many live connections were cut by it; none when it was only planned.
    pub cut: usize,
}

/// One thing that is wrong with the files, in an answer 422 (member `problems`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemView {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead, if it can be said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instead: Option<String>,
    /// The line with a mark under what is meant; empty for the file as a whole.
    pub drawing: String,
}

impl From<&Problem> for ProblemView {
    fn from(problem: &Problem) -> Self {
        Self {
            file: problem.place.file.clone(),
            line: problem.place.line,
            column: problem.place.column,
            message: problem.wrong.to_string(),
            instead: problem.wrong.instead(),
            drawing: problem.place.drawing(),
        }
    }
}

impl std::fmt::Display for ProblemView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(instead) = &self.instead {
            write!(f, "; {instead}")?;
        }
        Ok(())
    }
}

/// A policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// `off`, `report-only` or `on`.
    pub state: String,
    /// `files`, `console` or `system`.
    pub managed_by: String,
    /// What a person whom it refuses is told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<Text>,
    /// The Cedar text.
    pub cedar: String,
}

/// A live session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Its id.
    pub session: SessionId,
    /// Whose, by login.
    pub login: String,
    /// The name of the device it is bound to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub device: Option<String>,
    /// `password`, `mfa`, `phishing-resistant` or `hardware`.
    pub assurance: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// Until when, RFC 3339.
    pub until: String,
    /// From which address.
    pub address: String,
    /// The applications it is at now.
    pub at: Vec<String>,
}

/// Ends one session, or all of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum EndSessionRequest {
    /// The session of this id.
    Session(SessionId),
    /// All sessions of the person with this login.
    Login(String),
}

/// What ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndSessionAnswer {
    /// Sessions.
    pub sessions: usize,
    /// Live connections that were cut with them.
    pub cut: usize,
}

/// Gives a person a password, in place of the one she has. All her sessions end.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    /// Whose.
    pub login: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for PasswordRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordRequest")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

/// Asks for a one-time pass with which a person sets a new password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetPassRequest {
    /// Whose password it is for.
    pub login: String,
    /// Why.
    pub reason: String,
    /// For how many minutes it holds.
    pub minutes: u64,
    /// What it makes anew.
    pub scope: zt_auth::PassScope,
}

/// A pass, shown once.
#[derive(Clone, Serialize, Deserialize)]
pub struct ResetPassAnswer {
    /// The pass as people type it.
    pub pass: String,
    /// Where it is entered.
    pub address: String,
    /// Until when it can be used, RFC 3339.
    pub expires_at: String,
}

/// Names a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonRequest {
    /// Her login.
    pub login: String,
}

/// Says that a person must set a new password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetDueRequest {
    /// Who.
    pub login: String,
    /// Why.
    pub reason: String,
}

/// Asks for a one-time code with which a device enrols.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentCodeRequest {
    /// Whose device it will be.
    pub login: String,
    /// Whether it will count as the company's.
    pub ownership: zt_device::Ownership,
}

/// A one-time code, shown once.
#[derive(Clone, Serialize, Deserialize)]
pub struct EnrolmentCodeAnswer {
    /// The code as people type it.
    pub code: String,
    /// Until when it can be redeemed, RFC 3339.
    pub expires_at: String,
}

/// Asks for a further sign-in link of a break-glass account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakGlassRequest {
    /// Which account.
    pub login: String,
    /// For how many minutes it holds.
    pub minutes: u64,
}

/// A sign-in link, shown once.
#[derive(Clone, Serialize, Deserialize)]
pub struct BreakGlassAnswer {
    /// Which account.
    pub login: String,
    /// The whole address.
    pub address: String,
    /// Until when it holds, RFC 3339.
    pub expires_at: String,
}

/// The body of every answer with an error status (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Tells problems apart.
    pub error: String,
    /// In words.
    pub detail: String,
    /// What is wrong with the files, where that is the problem.
    #[serde(default)]
    pub problems: Vec<ProblemView>,
}

/// Asks for an initial access token, with which programs register themselves (RFC 7591).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitialTokenRequest {
    /// What it is for.
    pub note: String,
    /// The application whose clients they will be.
    pub application: AppId,
    /// What they may come with at the token endpoint.
    pub grants: BTreeSet<GrantType>,
    /// What they may ask for.
    pub scopes: BTreeSet<Scope>,
    /// How many.
    pub uses: u32,
    /// For how many hours.
    pub hours: u64,
}

/// An initial access token, shown once.
#[derive(Clone, Serialize, Deserialize)]
pub struct InitialTokenAnswer {
    /// The token.
    pub token: String,
    /// Where programs register themselves with it.
    pub endpoint: String,
    /// What is kept of it.
    pub made: InitialTokenView,
}

/// What is kept of an initial access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitialTokenView {
    /// Its id, which is no secret.
    pub id: InitialTokenId,
    /// What it is for.
    pub note: String,
    /// The application.
    pub application: AppId,
    /// What its clients may come with.
    pub grants: Vec<GrantType>,
    /// What they may ask for.
    pub scopes: Vec<Scope>,
    /// How many clients it is for.
    pub uses: u32,
    /// How many there were.
    pub used: u32,
    /// Until when, RFC 3339.
    pub until: String,
    /// Whether one more could be registered now.
    pub counts: bool,
    /// The login of whoever made it; nobody's if it was made here.
    pub made_by: Option<String>,
}

/// Takes an initial access token back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeInitialTokenRequest {
    /// Which.
    pub id: InitialTokenId,
}
