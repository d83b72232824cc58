//! `sekisho check` and `sekisho apply`: the organisation as files.

use super::socket::AdminSocket;
use super::{Failure, Output, ServerArgs};
use anyhow::anyhow;
use clap::Args;
use std::path::PathBuf;
use zt_endpoints::management::wire::{OrganisationAnswer, OrganisationRequest, ProblemView};
use zt_endpoints::management::{ORGANISATION_APPLY, ORGANISATION_PLAN};
use zt_endpoints::organisation;
use zt_identity::Files;
use zt_identity::difference::{Adopt, Line};

/// What `sekisho check` is told.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Directory of the organisation's files
    #[arg(short = 'f', long = "files", value_name = "DIR")]
    directory: PathBuf,
}

/// What `sekisho apply` is told.
#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    /// Directory of the organisation's files
    #[arg(short = 'f', long = "files", value_name = "DIR")]
    directory: PathBuf,
    /// Only show what would change
    #[arg(long)]
    plan: bool,
    /// Put records that the console made, and that the files name, under the files' hand
    #[arg(long)]
    adopt: bool,
    /// Why, on one line; it is kept with the policies that change
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

/// Checks the files; 1 if something is wrong with them.
pub(super) fn check(args: &CheckArgs, output: Output) -> Result<(), Failure> {
    let files = read(&args.directory)?;
    let now = zt_net::Clock::system().now();
    match organisation::parse(&files, now) {
        Ok(found) => {
            let ending = organisation::ending(&found, now);
            let soon: Vec<_> = ending
                .iter()
                .map(|one| serde_json::json!({ "service_provider": one.provider, "until": one.until.to_rfc3339() }))
                .collect();
            let counts = serde_json::json!({
                "people": found.people.len(), "groups": found.groups.len(),
                "applications": found.applications.len(), "clients": found.clients.len(), "sources": found.sources.len(),
                "policies": found.policies.len(), "packs": found.packs.len(),
                "networks": found.networks.len(), "calendars": found.calendars.len(),
                "metadata_ending": soon,
            });
            output.print(&counts, |_| {
                let all = format!(
                    "all right: {}, {}, {}, {}, {}, {}, {}, {}, {}",
                    count(found.people.len(), "person", "people"),
                    count(found.groups.len(), "group", "groups"),
                    count(found.applications.len(), "application", "applications"),
                    count(found.clients.len(), "client", "clients"),
                    count(found.sources.len(), "source", "sources"),
                    count(found.networks.len(), "network", "networks"),
                    count(found.calendars.len(), "calendar", "calendars"),
                    count(found.policies.len(), "policy", "policies"),
                    count(found.packs.len(), "pack", "packs"),
                );
                let lines = ending.iter().map(|one| {
                    format!(
                        "\n{}: the metadata of `{}` counts until {}, and nobody signs in to it afterwards: put newer there, or write `metadata_url`",
                        one.place, one.provider, one.until
                    )
                });
                all + &lines.collect::<String>()
            })
        }
        Err(problems) => {
            let problems: Vec<ProblemView> =
                problems.sorted().iter().map(ProblemView::from).collect();
            Err(wrong(&problems, output))
        }
    }
}

/// Tells of all that is wrong with the files.
pub(super) fn wrong(problems: &Vec<ProblemView>, output: Output) -> Failure {
    if output == Output::Json
        && let Err(failure) = output.print(problems, |_| String::new())
    {
        return failure;
    }
    let drawn: Vec<String> = problems.iter().map(drawn).collect();
    Failure::of(anyhow!(
        "{}\n\n{}",
        count(problems.len(), "mistake", "mistakes"),
        drawn.join("\n\n")
    ))
}

/// Compares the files with a running server, and applies them.
pub(super) async fn apply(args: ApplyArgs, output: Output) -> Result<(), Failure> {
    let socket = AdminSocket::of(&args.server)?;
    let files = read(&args.directory)?;
    let adopt = if args.adopt {
        Adopt::Everything
    } else {
        Adopt::Nothing
    };
    let path = if args.plan {
        ORGANISATION_PLAN
    } else {
        ORGANISATION_APPLY
    };
    let answer: OrganisationAnswer = socket
        .ask(
            path,
            &OrganisationRequest {
                files,
                adopt,
                why: args.reason,
            },
        )
        .await?;
    output.print(&answer, |answer| told(answer, args.plan))
}

fn told(answer: &OrganisationAnswer, only_planned: bool) -> String {
    if answer.lines.is_empty() {
        return "nothing differs".to_owned();
    }
    let mut lines: Vec<String> = answer.lines.iter().map(Line::to_string).collect();
    let records = count(answer.lines.len(), "record", "records");
    lines.push(String::new());
    lines.push(match (only_planned, answer.cut) {
        (true, _) => format!("{records}; nothing was changed: leave out `--plan` to apply"),
        (false, 0) => format!("{records} applied"),
        (false, cut) => format!(
            "{records} applied; {} ended",
            count(cut, "live connection", "live connections")
        ),
    });
    lines.join("\n")
}

/// A problem with its line and a mark under what is meant.
pub(super) fn drawn(problem: &ProblemView) -> String {
    if problem.drawing.is_empty() {
        problem.to_string()
    } else {
        format!("{problem}\n{}", problem.drawing.trim_end())
    }
}

pub(super) fn read(directory: &std::path::Path) -> Result<Files, Failure> {
    organisation::read_directory(directory).map_err(|error| Failure::unreachable(error.into()))
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
