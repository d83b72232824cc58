//! The verbs that look at a running server or act on it.

use super::socket::AdminSocket;
use super::{Failure, Output, ServerArgs};
use anyhow::{Context, anyhow};
use clap::{Subcommand, ValueEnum};
use std::io::{IsTerminal, Read, Write};
use zt_auth::PassScope;
use zt_device::Ownership;
use zt_endpoints::management::wire::{
    BreakGlassAnswer, BreakGlassRequest, EndSessionAnswer, EndSessionRequest, EnrolmentCodeAnswer,
    EnrolmentCodeRequest, PasswordRequest, PersonRequest, ResetDueRequest, ResetPassAnswer,
    ResetPassRequest, SessionView, StatusAnswer,
};
use zt_endpoints::management::{
    BREAK_GLASS_LINKS, ENROLMENT_CODES, PASSWORD, RESET_DUE, RESET_PASS, RESET_PASS_REVOKE,
    SESSION_END, SESSIONS, STATUS,
};
use zt_types::SessionId;

#[derive(Debug, Subcommand)]
pub(super) enum SessionCommand {
    /// List who is signed in, from where, and at which applications
    List {
        #[command(flatten)]
        server: ServerArgs,
    },
    /// End a session, or all sessions of a person, with their live connections
    End {
        /// A session's id, or a person's login
        whose: String,
        #[command(flatten)]
        server: ServerArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum PersonCommand {
    /// Make a one-time pass with which a person sets a new password; make sure who she is first
    ResetPass {
        /// The person's login
        login: String,
        /// Why, on one line; it is recorded
        #[arg(long)]
        reason: String,
        /// For how many minutes it holds: 5 minutes to 24 hours
        #[arg(long, default_value_t = 60)]
        minutes: u64,
        /// She lost all her sign-in methods: they are removed, and she adds another one at once
        #[arg(long)]
        lost_all: bool,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Take a reset pass back before it is used
    RevokePass {
        /// The person's login
        login: String,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Demand that a person resets her password; only her reset takes it back
    RequireReset {
        /// The person's login
        login: String,
        /// Why, on one line; it is recorded
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Set a password, read from standard input; all sessions of the person end
    SetPassword {
        /// The person's login
        login: String,
        #[command(flatten)]
        server: ServerArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum DeviceCommand {
    /// Make a one-time enrolment code for a person's device
    Code {
        /// The person's login
        login: String,
        /// Whose device it will be
        #[arg(long, value_enum, default_value_t = Owner::Company)]
        owner: Owner,
        #[command(flatten)]
        server: ServerArgs,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Owner {
    /// The company's
    Company,
    /// The person's own
    Personal,
}

#[derive(Debug, Subcommand)]
pub(super) enum BreakGlassCommand {
    /// Make a one-time sign-in link; using it is an incident
    Link {
        /// Which account: `break-glass-1` or `break-glass-2`
        login: String,
        /// For how many minutes it holds
        #[arg(long, default_value_t = 60)]
        minutes: u64,
        #[command(flatten)]
        server: ServerArgs,
    },
}

pub(super) async fn status(server: &ServerArgs, output: Output) -> Result<(), Failure> {
    let answer: StatusAnswer = AdminSocket::of(server)?.read(STATUS).await?;
    output.print(&answer, |s| {
        format!(
            "sekisho {version} at {origin}, since {since}\n\n\
             people            {people}\ndevices           {devices}\napplications      {apps}\n\
             own policies      {policies}\nsources           {sources}\nlive sessions     {sessions}\n\
             live connections  {connections}\nopen facts        {facts}\nopen tasks        {tasks}",
            version = s.version,
            origin = s.origin,
            since = s.started_at,
            people = s.people,
            devices = s.devices,
            apps = s.applications,
            policies = s.policies,
            sources = s.sources,
            sessions = s.sessions,
            connections = s.live_connections,
            facts = s.open_facts,
            tasks = s.open_tasks,
        )
    })
}

pub(super) async fn session(command: SessionCommand, output: Output) -> Result<(), Failure> {
    match command {
        SessionCommand::List { server } => {
            let sessions: Vec<SessionView> = AdminSocket::of(&server)?.read(SESSIONS).await?;
            output.print(&sessions, |sessions| {
                if sessions.is_empty() {
                    return "nobody is signed in".to_owned();
                }
                let lines = sessions.iter().map(|s| {
                    let device = s.device.as_deref().unwrap_or("no device");
                    let at = if s.at.is_empty() {
                        "nowhere".to_owned()
                    } else {
                        s.at.join(", ")
                    };
                    format!(
                        "{}  {}  {device}  {}  since {}  at {at}",
                        s.session, s.login, s.assurance, s.since
                    )
                });
                lines.collect::<Vec<_>>().join("\n")
            })
        }
        SessionCommand::End { whose, server } => {
            let request = match whose.parse::<SessionId>() {
                Ok(session) => EndSessionRequest::Session(session),
                Err(_) => EndSessionRequest::Login(whose),
            };
            let answer: EndSessionAnswer =
                AdminSocket::of(&server)?.ask(SESSION_END, &request).await?;
            output.print(&answer, |a| {
                format!(
                    "sessions ended: {}, live connections cut: {}",
                    a.sessions, a.cut
                )
            })
        }
    }
}

pub(super) async fn person(command: PersonCommand, output: Output) -> Result<(), Failure> {
    match command {
        PersonCommand::SetPassword { login, server } => set_password(login, &server, output).await,
        PersonCommand::ResetPass {
            login,
            reason,
            minutes,
            lost_all,
            server,
        } => {
            let request = ResetPassRequest {
                login,
                reason,
                minutes,
                scope: if lost_all {
                    PassScope::AllFactors
                } else {
                    PassScope::Password
                },
            };
            let answer: ResetPassAnswer =
                AdminSocket::of(&server)?.ask(RESET_PASS, &request).await?;
            output.print(&answer, |a| {
                format!(
                    "{}\n\nWorks once, until {}, at {}. Tell it to nobody but her.",
                    a.pass, a.expires_at, a.address
                )
            })
        }
        PersonCommand::RevokePass { login, server } => {
            let request = PersonRequest {
                login: login.clone(),
            };
            let answer: serde_json::Value = AdminSocket::of(&server)?
                .ask(RESET_PASS_REVOKE, &request)
                .await?;
            output.print(&answer, |_| {
                format!("the reset pass of `{login}` does not work any more")
            })
        }
        PersonCommand::RequireReset {
            login,
            reason,
            server,
        } => {
            let request = ResetDueRequest {
                login: login.clone(),
                reason,
            };
            let answer: serde_json::Value =
                AdminSocket::of(&server)?.ask(RESET_DUE, &request).await?;
            output.print(&answer, |_| {
                format!(
                    "`{login}` must reset her password before policies that demand it let her in"
                )
            })
        }
    }
}

async fn set_password(login: String, server: &ServerArgs, output: Output) -> Result<(), Failure> {
    let socket = AdminSocket::of(server)?;
    if std::io::stdin().is_terminal() {
        // Where a person types it, she must know that something waits for her.
        let _ = writeln!(
            std::io::stderr(),
            "the new password of `{login}`, then Enter and Ctrl-D (it is shown as you type):"
        );
    }
    let mut password = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut password)
        .context("the password is read from standard input")
        .map_err(Failure::usage)?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        return Err(Failure::usage(anyhow!(
            "give the password on standard input; nothing was changed"
        )));
    }
    let request = PasswordRequest {
        login: login.clone(),
        password,
    };
    let answer: serde_json::Value = socket
        .ask(PASSWORD, &request)
        .await
        .map_err(|failure| failure.within("the password was not changed"))?;
    output.print(&answer, |_| {
        format!("the password of `{login}` is set; her sessions have ended")
    })
}

pub(super) async fn device(command: DeviceCommand, output: Output) -> Result<(), Failure> {
    let DeviceCommand::Code {
        login,
        owner,
        server,
    } = command;
    let ownership = match owner {
        Owner::Company => Ownership::Company,
        Owner::Personal => Ownership::Personal,
    };
    let request = EnrolmentCodeRequest { login, ownership };
    let answer: EnrolmentCodeAnswer = AdminSocket::of(&server)?
        .ask(ENROLMENT_CODES, &request)
        .await?;
    output.print(&answer, |a| {
        format!(
            "{}\n\nWorks once, until {}, on the device itself: `sekisho agent enroll --server URL --code CODE`.",
            a.code, a.expires_at
        )
    })
}

pub(super) async fn break_glass(command: BreakGlassCommand, output: Output) -> Result<(), Failure> {
    let BreakGlassCommand::Link {
        login,
        minutes,
        server,
    } = command;
    let request = BreakGlassRequest { login, minutes };
    let answer: BreakGlassAnswer = AdminSocket::of(&server)?
        .ask(BREAK_GLASS_LINKS, &request)
        .await?;
    output.print(&answer, |a| {
        format!(
            "{}\n\nWorks once, until {}. Using it signs `{}` in and is an incident.",
            a.address, a.expires_at, a.login
        )
    })
}
