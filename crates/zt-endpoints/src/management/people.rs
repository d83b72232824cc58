//! What an operator gives people: a first password, a code for a device, a way back in.

use super::LARGEST;
use super::wire::{
    BreakGlassAnswer, BreakGlassRequest, EnrolmentCodeAnswer, EnrolmentCodeRequest, PasswordRequest,
};
use crate::Endpoints;
use crate::answer::{Problem, json_answer, no_content};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use zt_auth::{Credential, CredentialSecret, EndReason, GuessScope};
use zt_crypto::code::{canonical, readable};
use zt_crypto::hash::token_hash;
use zt_crypto::password::PasswordError;
use zt_device::EnrolmentCode;
use zt_events::{Actor, Body as EventBody};
use zt_identity::{Person, PersonState, Role};
use zt_store::{Change, Plan};
use zt_types::{CredentialId, FactorKind, Seconds, Secret};

/// The longest a sign-in link may hold.
const LONGEST_LINK: Seconds = Seconds::days(30);

pub(crate) async fn set_password(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let PasswordRequest { login, password } = crate::body::json(&headers, body, LARGEST).await?;
    let person = endpoints.person(&login)?;
    if person.role == Role::BreakGlass {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "break-glass",
            "a break-glass account has no password: it signs in with a passkey",
        ));
    }
    let unfit = |fault: zt_auth::password::PasswordFault| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            fault.slug(),
            fault.to_string(),
        )
    };
    let password = zt_auth::password::normalise(&Secret::new(password)).map_err(unfit)?;
    let words = [
        person.login.as_str(),
        person.name.ja.as_str(),
        person.name.en.as_str(),
        "sekisho",
    ];
    zt_auth::password::judge(&password, &words).map_err(unfit)?;
    let phc = endpoints.inner.parts.passwords.hash(password).await;
    endpoints
        .replace_password(&person, phc.map_err(hashing)?)
        .await?;
    Ok(no_content())
}

pub(crate) async fn enrolment_code(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request: EnrolmentCodeRequest = crate::body::json(&headers, body, LARGEST).await?;
    let person = endpoints.person(&request.login)?;
    let live = endpoints.live();
    let shown = readable(&live.entropy().bytes::<20>());
    let Some(code) = canonical(shown.expose()) else {
        return Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "no-code",
            "no code could be made",
        ));
    };
    let record = EnrolmentCode::new(
        token_hash(&code),
        person.id,
        request.ownership,
        live.clock().now(),
    );
    let expires_at = record.expires_at.to_rfc3339();
    let told = EventBody::OrganisationChanged {
        lines: vec![format!("+ enrolment code {}", person.login)],
    };
    let event = live.event(Actor::Operator, told);
    let plan = Plan::new(vec![Change::PutEnrolmentCode(record)], vec![event]);
    live.commit(plan).await?;
    let answer = EnrolmentCodeAnswer {
        code: shown.expose().to_owned(),
        expires_at,
    };
    Ok(json_answer(StatusCode::CREATED, &answer))
}

pub(crate) async fn break_glass_link(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let BreakGlassRequest { login, minutes } = crate::body::json(&headers, body, LARGEST).await?;
    let span = Seconds::minutes(minutes);
    if !(Seconds::minutes(1)..=LONGEST_LINK).contains(&span) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad-span",
            "a link holds for 1 minute to 30 days",
        ));
    }
    let expires_at = endpoints.live().clock().now() + span;
    let origin = &endpoints.inner.parts.origin;
    let link =
        crate::break_glass::further_link(endpoints.live(), origin, &login, expires_at).await?;
    let link = link.ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no-such-account",
            format!("`{login}` is not a break-glass account"),
        )
    })?;
    let answer = BreakGlassAnswer {
        login: link.login,
        address: link.address.expose().to_owned(),
        expires_at: expires_at.to_rfc3339(),
    };
    Ok(json_answer(StatusCode::CREATED, &answer))
}

impl Endpoints {
    /// The person with this login.
    pub(crate) fn person(&self, login: &str) -> Result<Person, Problem> {
        self.live()
            .read(|state| {
                let id = state.logins.get(login)?;
                state.people.get(id).cloned()
            })
            .filter(|person| person.state == PersonState::Active)
            .ok_or_else(|| {
                Problem::new(
                    StatusCode::NOT_FOUND,
                    "no-such-person",
                    format!("there is no active person with the login `{login}`"),
                )
            })
    }

    /// Puts a new password in place of the old one. Whoever knew the old one is out: all sessions end, and guesses
    /// counted against the old one are forgotten.
    async fn replace_password(&self, person: &Person, phc: String) -> Result<(), Problem> {
        let live = self.live();
        let now = live.clock().now();
        let old: Vec<CredentialId> = live.read(|state| {
            state
                .credentials_of(person.id)
                .filter(|credential| credential.secret.kind() == FactorKind::Password)
                .map(|credential| credential.id)
                .collect()
        });
        let id = CredentialId::from_random(live.entropy().bytes());
        let mut plan = Plan::default();
        plan.changes
            .extend(old.into_iter().map(Change::RemoveCredential));
        plan.changes.push(Change::PutCredential(Credential {
            id,
            person: person.id,
            name: String::new(),
            secret: CredentialSecret::Password { phc },
            created_at: now,
            last_used_at: None,
            vouched: zt_auth::Vouched::Firmly,
        }));
        plan.changes
            .push(Change::ResetGuesses(vec![GuessScope::Person {
                person: person.id,
                factor: FactorKind::Password,
            }]));
        let why = EndReason::CredentialReset;
        for session in live.sessions_of(person.id) {
            let session = session.id;
            plan.changes.push(Change::EndSession {
                session,
                at: now,
                why,
            });
            let ended = EventBody::SessionEnded {
                person: person.id,
                session,
                why: why.as_str().to_owned(),
            };
            plan.events.push(live.event(Actor::Operator, ended));
        }
        let enrolled = EventBody::CredentialEnrolled {
            person: person.id,
            credential: id,
            factor: FactorKind::Password,
        };
        plan.events.push(live.event(Actor::Operator, enrolled));
        live.commit(plan).await?;
        Ok(())
    }
}

fn hashing(error: PasswordError) -> Problem {
    let problem = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "busy",
        "the password could not be hashed now; try again",
    );
    match error {
        PasswordError::Busy => problem.header(header::RETRY_AFTER, "2"),
        error => {
            tracing::error!(%error, "a password could not be hashed");
            problem
        }
    }
}
