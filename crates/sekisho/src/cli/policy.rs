//! `sekisho policy`: what the policies are, what they say, and what another set would say.

mod told;

use super::organisation::read;
use super::output::write;
use super::socket::AdminSocket;
use super::{Failure, Output, ServerArgs};
use anyhow::anyhow;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::{Path, PathBuf};
use zt_endpoints::management::wire::change::{
    ExplainAnswer, ExplainRequest, PlanAnswer, PlanRequest, ReplayAnswer, RevisionView,
    RollbackAnswer, RollbackRequest, SpanRequest, TestRequest, TestedView,
};
use zt_endpoints::management::wire::{OrganisationRequest, PolicyView, ProblemView};
use zt_endpoints::management::{
    POLICIES, POLICY_EXPLAIN, POLICY_PLAN, POLICY_REPLAY, POLICY_REVISIONS, POLICY_ROLLBACK,
    POLICY_TEST,
};
use zt_endpoints::organisation;
use zt_identity::Organisation;
use zt_identity::difference::Adopt;
use zt_net::Clock;
use zt_policy::{Findings, PolicySet};
use zt_types::{Language, Seconds, Timestamp};

/// What `sekisho policy` is told.
#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// List the policies in force
    List {
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Print one policy's Cedar text
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Check files, and name policies that can never apply or never alter an outcome; needs no server
    Check {
        #[command(flatten)]
        files: FilesArgs,
    },
    /// Run the tests that stand beside the policies; needs no server
    ///
    /// A test is a `[[policy_test]]` in any of the files: who, from which device, at which application, and what must
    /// come of it.
    Test {
        #[command(flatten)]
        files: FilesArgs,
        /// Ask the policies in force on a server, instead of those in the files
        #[arg(long)]
        in_force: bool,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Say why somebody was let in or not: which policies, which conditions, what was seen
    Explain {
        /// The reference that a refusal page shows; or name a person for her newest decision
        #[arg(required_unless_present = "person", conflicts_with_all = ["person", "app"])]
        decision: Option<String>,
        /// The newest decision about this person, by login
        #[arg(long, value_name = "LOGIN")]
        person: Option<String>,
        /// At this application
        #[arg(long, value_name = "APP", requires = "person")]
        app: Option<String>,
        /// Language of reasons and steps [default: by LANG]
        #[arg(long, env = "LANG", hide_env = true, value_parser = crate::demo::language, default_value = "en", hide_default_value = true)]
        lang: Language,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Compare the policies of two directories; needs no server
    Diff {
        /// The older directory
        old: PathBuf,
        /// The newer directory
        new: PathBuf,
    },
    /// Show what applying files would do: to policies, and to people by name, over recorded accesses; changes nothing
    Plan {
        #[command(flatten)]
        files: FilesArgs,
        /// Put records that the console made, and that the files name, under the files' hand
        #[arg(long)]
        adopt: bool,
        #[command(flatten)]
        span: SpanArgs,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Decide recorded accesses again: the same policies must say the same, bit for bit; with files, what those would say
    Replay {
        /// Directory of files whose policies are asked instead of those in force
        #[arg(short = 'f', long = "files", value_name = "DIR")]
        directory: Option<PathBuf>,
        #[command(flatten)]
        span: SpanArgs,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// List the changes of the policies: when, by whom, why
    Versions {
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Put the policies back to what they were at a version
    Rollback {
        /// Its number, as `sekisho policy versions` shows it; 0 is before the first
        to: u64,
        /// Why, on one line; it is recorded
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Print what comes of every kind of access: person × device × risk × application; needs no server
    Matrix {
        #[command(flatten)]
        files: FilesArgs,
        /// At this moment, RFC 3339: hours can matter
        #[arg(long, value_name = "TIME", default_value = "2026-11-24T12:00:00+09:00", value_parser = time)]
        at: Timestamp,
    },
}

/// Which files.
#[derive(Debug, Args)]
pub(super) struct FilesArgs {
    /// Directory of the organisation's files
    #[arg(short = 'f', long = "files", value_name = "DIR")]
    directory: PathBuf,
}

/// Which recorded accesses.
#[derive(Debug, Args)]
pub(super) struct SpanArgs {
    /// Recorded accesses from then on: `7d`, `12h`, a day, or RFC 3339 [default: all]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Moment>,
    /// Recorded accesses before then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Moment>,
    /// Of this person only, by login
    #[arg(long, value_name = "LOGIN")]
    person: Option<String>,
    /// At this application only
    #[arg(long, value_name = "APP")]
    app: Option<String>,
}

/// A point in time.
#[derive(Debug, Clone, Copy)]
enum Moment {
    At(Timestamp),
    Ago(Seconds),
}

fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text)
        .ok_or_else(|| "write a time such as 2026-11-24T19:00:00+09:00".to_owned())
}

fn moment(text: &str) -> Result<Moment, String> {
    let ago = |unit: char, span: fn(u64) -> Seconds| {
        let count = text.strip_suffix(unit)?.parse().ok()?;
        Some(Moment::Ago(span(count)))
    };
    let day = || Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z"));
    ago('d', Seconds::days)
        .or_else(|| ago('h', Seconds::hours))
        .or_else(|| ago('m', Seconds::minutes))
        .or_else(|| time(text).ok().or_else(day).map(Moment::At))
        .ok_or_else(|| {
            "write 7d, 12h, 30m, a day such as 2026-11-24, or 2026-11-24T19:00:00+09:00".to_owned()
        })
}

impl SpanArgs {
    fn request(self) -> SpanRequest {
        let now = Clock::system().now();
        let at = |moment: Moment| match moment {
            Moment::At(at) => at.to_rfc3339(),
            Moment::Ago(span) => (now - span).to_rfc3339(),
        };
        SpanRequest {
            since: self.since.map(at),
            until: self.until.map(at),
            login: self.person,
            app: self.app,
        }
    }
}

/// Does what was asked.
pub(super) async fn policy(command: PolicyCommand, output: Output) -> Result<(), Failure> {
    match command {
        PolicyCommand::List { server } => list(&server, output).await,
        PolicyCommand::Show { id, server } => show(&id, &server, output).await,
        PolicyCommand::Check { files } => check(&files, output),
        PolicyCommand::Test {
            files,
            in_force,
            server,
        } => {
            let tested = if in_force {
                let files = read(&files.directory)?;
                let request = TestRequest { files };
                AdminSocket::of(&server)?.ask(POLICY_TEST, &request).await?
            } else {
                let (organisation, policies) = compiled(&files.directory, output)?;
                let person = |login: &str| Some(organisation::stand_in(login));
                let tested = organisation::test(&organisation, &policies, person);
                tested.into_iter().map(TestedView::from).collect()
            };
            test(&tested, output)
        }
        PolicyCommand::Explain {
            decision,
            person,
            app,
            lang,
            server,
        } => {
            let request = match (decision, person) {
                (Some(id), _) => ExplainRequest::Decision(id.parse().map_err(|_| {
                    Failure::usage(anyhow!(
                        "`{id}` is no reference of a decision; with `--person LOGIN` her newest one is explained"
                    ))
                })?),
                (None, person) => ExplainRequest::Newest {
                    login: person.unwrap_or_default(),
                    app,
                },
            };
            let answer: ExplainAnswer = AdminSocket::of(&server)?
                .ask(POLICY_EXPLAIN, &request)
                .await?;
            output.print(&answer, |answer| told::explained(answer, lang))
        }
        PolicyCommand::Diff { old, new } => diff(&old, &new, output),
        PolicyCommand::Plan {
            files,
            adopt,
            span,
            server,
        } => {
            let adopt = if adopt {
                Adopt::Everything
            } else {
                Adopt::Nothing
            };
            let answer = plan(&files.directory, adopt, span, &server).await?;
            output.print(&answer, told::planned)?;
            if answer.last_resort.safe {
                Ok(())
            } else {
                Err(Failure::of(anyhow!(
                    "an account of last resort would be locked out"
                )))
            }
        }
        PolicyCommand::Replay {
            directory: Some(directory),
            span,
            server,
        } => {
            let answer = plan(&directory, Adopt::Nothing, span, &server).await?;
            output.print(&answer.accesses, told::compared)
        }
        PolicyCommand::Replay { span, server, .. } => {
            let answer: ReplayAnswer = AdminSocket::of(&server)?
                .ask(POLICY_REPLAY, &span.request())
                .await?;
            output.print(&answer, told::replayed)?;
            if answer.differing == 0 {
                Ok(())
            } else {
                Err(Failure::of(anyhow!(
                    "decisions of the present policies do not come out the same: {}",
                    answer.differing
                )))
            }
        }
        PolicyCommand::Versions { server } => {
            let revisions: Vec<RevisionView> =
                AdminSocket::of(&server)?.read(POLICY_REVISIONS).await?;
            output.print(&revisions, |revisions| told::versions(revisions))
        }
        PolicyCommand::Rollback { to, reason, server } => {
            let request = RollbackRequest { to, why: reason };
            let answer: RollbackAnswer = AdminSocket::of(&server)?
                .ask(POLICY_ROLLBACK, &request)
                .await?;
            output.print(&answer, told::rolled_back)
        }
        PolicyCommand::Matrix { files, at } => {
            let (organisation, policies) = compiled(&files.directory, output)?;
            let matrix = organisation::matrix(&organisation, &policies, at);
            match output {
                Output::Text => write(matrix.as_bytes()),
                Output::Json => {
                    let lines: Vec<&str> = matrix.lines().collect();
                    output.print(&lines, |_| String::new())
                }
            }
        }
    }
}

async fn list(server: &ServerArgs, output: Output) -> Result<(), Failure> {
    let policies: Vec<PolicyView> = AdminSocket::of(server)?.read(POLICIES).await?;
    output.print(&policies, |policies| {
        let lines = policies.iter().map(|p| {
            format!(
                "{:<12} {:<8} {:<32} {}",
                p.state,
                p.managed_by,
                p.id,
                p.title.of(Language::En)
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

async fn show(id: &str, server: &ServerArgs, output: Output) -> Result<(), Failure> {
    let policies: Vec<PolicyView> = AdminSocket::of(server)?.read(POLICIES).await?;
    let policy = policies.iter().find(|p| p.id == id);
    let policy = policy.ok_or_else(|| {
        Failure::of(anyhow!(
            "there is no policy `{id}`; `sekisho policy list` shows which there are"
        ))
    })?;
    output.print(policy, |p| p.cedar.clone())
}

/// The files' organisation and policies, or all that is wrong with them.
fn compiled(directory: &Path, output: Output) -> Result<(Organisation, PolicySet), Failure> {
    let files = read(directory)?;
    let now = Clock::system().now();
    let organisation = match organisation::parse(&files, now) {
        Ok(organisation) => organisation,
        Err(problems) => {
            let problems = problems.sorted();
            let views: Vec<ProblemView> = problems.iter().map(ProblemView::from).collect();
            return Err(super::organisation::wrong(&views, output));
        }
    };
    let policies = organisation::compile(&organisation, now);
    let policies = policies.ok_or_else(|| Failure::of(anyhow!("the policies do not compile")))?;
    Ok((organisation, policies))
}

/// What was found out about files without a server.
#[derive(Debug, Serialize)]
struct Checked {
    policies: usize,
    tests: usize,
    dead: Vec<String>,
    shadowed: Vec<Shadow>,
    undecided: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Shadow {
    policy: String,
    by: Vec<String>,
}

fn check(files: &FilesArgs, output: Output) -> Result<(), Failure> {
    let (organisation, policies) = compiled(&files.directory, output)?;
    let Findings {
        dead,
        shadowed,
        undecided,
    } = policies.findings();
    let ids = |ids: Vec<zt_types::PolicyId>| ids.iter().map(ToString::to_string).collect();
    let checked = Checked {
        policies: policies.documents().count(),
        tests: organisation.policy_tests.len(),
        dead: ids(dead),
        shadowed: shadowed
            .into_iter()
            .map(|shadow| Shadow {
                policy: shadow.policy.to_string(),
                by: ids(shadow.by),
            })
            .collect(),
        undecided: ids(undecided),
    };
    output.print(&checked, told::checked)
}

fn test(tested: &Vec<TestedView>, output: Output) -> Result<(), Failure> {
    if tested.is_empty() {
        return Err(Failure::of(anyhow!(
            "there are no tests in these files: write a `[[policy_test]]`"
        )));
    }
    output.print(tested, |tested| told::tested(tested))?;
    let failed = tested.iter().filter(|test| !test.passed).count();
    match failed {
        0 => Ok(()),
        failed => Err(Failure::of(anyhow!(
            "{failed} of {} tests failed",
            tested.len()
        ))),
    }
}

/// How the policies of two directories differ.
#[derive(Debug, Serialize)]
struct Differences {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
    /// The texts of what changed, line by line.
    lines: Vec<String>,
    examples: Vec<Example>,
    same: Vec<String>,
    undecided: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Example {
    app: String,
    than_before: &'static str,
    capability: &'static str,
    because: Vec<String>,
    before: &'static str,
    then: &'static str,
}

fn diff(old: &Path, new: &Path, output: Output) -> Result<(), Failure> {
    let ((_, old), (_, new)) = (compiled(old, output)?, compiled(new, output)?);
    let divergence = old.divergence(&new, Clock::system().now());
    let mut differences = Differences {
        added: Vec::new(),
        changed: Vec::new(),
        removed: Vec::new(),
        lines: Vec::new(),
        examples: Vec::new(),
        same: divergence.same.iter().map(ToString::to_string).collect(),
        undecided: divergence
            .undecided
            .iter()
            .map(ToString::to_string)
            .collect(),
    };
    for document in new.documents() {
        let before = old.documents().find(|other| other.id == document.id);
        let id = document.id.to_string();
        match before {
            None => {
                differences.lines.push(format!("+ policy {id}"));
                differences.added.push(id);
            }
            Some(before) if before.cedar != document.cedar || before.state != document.state => {
                differences.lines.push(format!("~ policy {id}"));
                differences
                    .lines
                    .extend(told::lines(&before.cedar, &document.cedar));
                differences.changed.push(id);
            }
            Some(_) => {}
        }
    }
    for document in old.documents() {
        if !new.documents().any(|other| other.id == document.id) {
            differences.lines.push(format!("- policy {}", document.id));
            differences.removed.push(document.id.to_string());
        }
    }
    let word = |decision: &zt_policy::Decision| match decision {
        zt_policy::Decision::Allow(_) => "allowed",
        zt_policy::Decision::Refuse(_) => "refused",
    };
    differences.examples = divergence
        .examples
        .iter()
        .map(|example| Example {
            app: example.request.app.to_string(),
            than_before: match example.more {
                zt_policy::More::Proposed => "more",
                zt_policy::More::InForce => "less",
            },
            capability: example.capability.as_str(),
            because: example.because.clone(),
            before: word(&example.in_force),
            then: word(&example.proposed),
        })
        .collect();
    output.print(&differences, told::differing)
}

async fn plan(
    directory: &Path,
    adopt: Adopt,
    span: SpanArgs,
    server: &ServerArgs,
) -> Result<PlanAnswer, Failure> {
    let socket = AdminSocket::of(server)?;
    let files = read(directory)?;
    let request = PlanRequest {
        organisation: OrganisationRequest {
            files,
            adopt,
            why: None,
        },
        span: span.request(),
    };
    socket.ask(POLICY_PLAN, &request).await
}
