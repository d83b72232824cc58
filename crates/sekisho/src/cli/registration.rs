//! What lets programs register themselves as clients.

use super::socket::AdminSocket;
use super::{Failure, Output, ServerArgs};
use anyhow::anyhow;
use clap::Subcommand;
use zt_endpoints::management::wire::{
    InitialTokenAnswer, InitialTokenRequest, InitialTokenView, RevokeInitialTokenRequest,
};
use zt_endpoints::management::{INITIAL_TOKEN_REVOKE, INITIAL_TOKENS};
use zt_federation::{Allowance, GrantType, Scope};
use zt_types::{AppId, InitialTokenId};

#[derive(Debug, Subcommand)]
pub(super) enum RegistrationCommand {
    /// Make a token with which programs register themselves as clients of an application
    Allow {
        /// The application's id; its policies decide about all that they get
        application: AppId,
        /// What it is for, on one line; it is recorded, and shown beside each of its clients
        #[arg(long)]
        note: String,
        /// How many clients may be registered with it, 1 to 100
        #[arg(long, default_value_t = 1)]
        uses: u32,
        /// For how many hours it counts, up to 2160
        #[arg(long, default_value_t = 24)]
        hours: u64,
        /// What they may come with: `authorization_code`, `refresh_token`, `device_code`, `client_credentials`
        #[arg(
            long,
            value_delimiter = ',',
            default_value = "authorization_code,refresh_token"
        )]
        grants: Vec<String>,
        /// What they may ask for: `openid`, `profile`, `email`, `groups`
        #[arg(long, value_delimiter = ',', default_value = "openid,profile,email")]
        scopes: Vec<String>,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// List the tokens that were made; none of them is shown again
    List {
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Take a token back; the clients that were registered with it stay
    Revoke {
        /// The token's id, as `list` shows it
        token: InitialTokenId,
        #[command(flatten)]
        server: ServerArgs,
    },
}

pub(super) async fn registration(
    command: RegistrationCommand,
    output: Output,
) -> Result<(), Failure> {
    match command {
        RegistrationCommand::Allow {
            application,
            note,
            uses,
            hours,
            grants,
            scopes,
            server,
        } => {
            let grants = grants.iter().map(|name| {
                let known = Allowance::GRANTS.into_iter();
                named(name, known.map(|grant| (grant_name(grant), grant)), "grant")
            });
            let scopes = scopes.iter().map(|name| {
                let known = Scope::ALL.into_iter();
                named(name, known.map(|scope| (scope.as_str(), scope)), "scope")
            });
            let request = InitialTokenRequest {
                note,
                application,
                grants: grants.collect::<Result<_, _>>()?,
                scopes: scopes.collect::<Result<_, _>>()?,
                uses,
                hours,
            };
            let answer: InitialTokenAnswer = AdminSocket::of(&server)?
                .ask(INITIAL_TOKENS, &request)
                .await?;
            output.print(&answer, |a| {
                format!(
                    "{}\n\nRegisters {} of `{}` until {}, at {}. It is not shown again; take it back with `sekisho registration revoke {}`.",
                    a.token,
                    clients(a.made.uses),
                    a.made.application,
                    a.made.until,
                    a.endpoint,
                    a.made.id
                )
            })
        }
        RegistrationCommand::List { server } => {
            let tokens: Vec<InitialTokenView> =
                AdminSocket::of(&server)?.read(INITIAL_TOKENS).await?;
            output.print(&tokens, |tokens| {
                if tokens.is_empty() {
                    return "no program may register itself".to_owned();
                }
                let lines = tokens.iter().map(|t| {
                    let maker = t.made_by.as_deref().unwrap_or("an operator");
                    let state = if t.counts { "until" } else { "over, was until" };
                    format!(
                        "{}  {}  {}  {} of {}  {state} {}  by {maker}",
                        t.id,
                        t.application,
                        t.note,
                        t.used,
                        clients(t.uses),
                        t.until
                    )
                });
                lines.collect::<Vec<_>>().join("\n")
            })
        }
        RegistrationCommand::Revoke { token, server } => {
            let request = RevokeInitialTokenRequest { id: token };
            let answer: serde_json::Value = AdminSocket::of(&server)?
                .ask(INITIAL_TOKEN_REVOKE, &request)
                .await?;
            output.print(&answer, |_| {
                "nobody registers with it any more; its clients stay".to_owned()
            })
        }
    }
}

fn clients(count: u32) -> String {
    match count {
        1 => "1 client".to_owned(),
        count => format!("{count} clients"),
    }
}

const fn grant_name(grant: GrantType) -> &'static str {
    match grant {
        GrantType::AuthorizationCode => "authorization_code",
        GrantType::RefreshToken => "refresh_token",
        GrantType::ClientCredentials => "client_credentials",
        GrantType::DeviceCode => "device_code",
        GrantType::TokenExchange => "token_exchange",
    }
}

fn named<T>(
    name: &str,
    mut known: impl Iterator<Item = (&'static str, T)>,
    what: &str,
) -> Result<T, Failure> {
    let found = known.find(|(word, _)| *word == name);
    let found = found.map(|(_, value)| value);
    found.ok_or_else(|| Failure::usage(anyhow!("`{name}` is no {what} that a token can allow")))
}
