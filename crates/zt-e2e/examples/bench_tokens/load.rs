//! The load: a process of its own, so that its processor time is nobody else's.
//!
//! It reads its job in one line, says `ready` when everything is prepared, begins at the next line, and says what it did.

use std::error::Error;
use std::io::BufRead as _;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use zt_net::{Client, ClientSettings, Clock};

use crate::client::{Party, Way};
use crate::process::say;
use crate::wire::{Reply, Wire};

/// What one connection does over and over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Tokens in the client's own name.
    ClientCredentials,
    /// A code on a live session, and its tokens.
    CodeFlow,
    /// A refresh token for the next one.
    Refresh,
    /// A sign-in begun, a name, and the right password.
    Password,
    /// Wrong passwords of people who are not there, at a fixed pace, whatever becomes of them.
    Flood,
}

impl Kind {
    fn read(text: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(match text {
            "client_credentials" => Self::ClientCredentials,
            "code_flow" => Self::CodeFlow,
            "refresh" => Self::Refresh,
            "password" => Self::Password,
            "flood" => Self::Flood,
            other => return Err(format!("no load `{other}`").into()),
        })
    }
}

/// The job, as the bench words it.
struct Job {
    kind: Kind,
    origin: String,
    /// One for each session; the connections take turns.
    cookies: Vec<(String, String)>,
    login: String,
    password: String,
    connections: u64,
    length: Duration,
    /// Between two requests of a connection; without it the next follows the answer.
    pace: Option<Duration>,
    way: Arc<Way>,
}

impl Job {
    fn read(
        text: &str,
    ) -> Result<(Self, Vec<CertificateDer<'static>>), Box<dyn Error + Send + Sync>> {
        let said: Value = serde_json::from_str(text)?;
        let text = |name: &str| {
            let text = said.get(name).and_then(Value::as_str);
            text.map(str::to_owned)
                .ok_or_else(|| format!("the job has no `{name}`"))
        };
        let number = |name: &str| said.get(name).and_then(Value::as_u64);
        let roots = text("roots")?;
        let roots = CertificateDer::pem_slice_iter(roots.as_bytes());
        let roots = roots.collect::<Result<Vec<_>, _>>()?;
        let cookies = said.get("cookies").and_then(Value::as_array);
        let cookies = cookies.into_iter().flatten().filter_map(|pair| {
            let (name, value) = pair.as_str()?.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        });
        let job = Self {
            kind: Kind::read(&text("kind")?)?,
            origin: text("origin")?,
            cookies: cookies.collect(),
            login: text("login").unwrap_or_default(),
            password: text("password").unwrap_or_default(),
            connections: number("connections").unwrap_or(8),
            length: Duration::from_millis(number("milliseconds").unwrap_or(2_000)),
            pace: number("pace_ms").map(Duration::from_millis),
            way: Arc::new(Way::read(
                said.get("document").ok_or("the job has no `document`")?,
            )?),
        };
        Ok((job, roots))
    }
}

/// What one connection did.
#[derive(Default)]
struct Done {
    done: u64,
    /// Answered with 503 and a page that says to try again.
    busy: u64,
    /// How long each took, in milliseconds.
    took: Vec<f64>,
}

pub(crate) fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut input = std::io::stdin().lock().lines();
    let (job, roots) = Job::read(&input.next().ok_or("no job")??)?;
    let client = Client::new(ClientSettings {
        roots,
        ..ClientSettings::default()
    })?;
    let job: &'static Job = Box::leak(Box::new(job));
    let clock = Clock::system();
    let mut workers = runtime.block_on(async {
        let mut workers = Vec::new();
        for nth in 0..job.connections {
            let mut worker = Worker {
                party: Party {
                    wire: Wire::open(&client, &job.origin).await?,
                    way: Arc::clone(&job.way),
                    nth,
                    begun: 0,
                },
                job,
                refresh: String::new(),
                form: None,
            };
            let place = usize::try_from(nth)? % job.cookies.len().max(1);
            let cookie = job.cookies.get(place).cloned();
            worker.party.wire.cookies.extend(cookie);
            if job.kind == Kind::Refresh {
                worker.refresh = tokens(&mut worker.party).await?.member("refresh_token")?;
            }
            workers.push(worker);
        }
        Ok::<_, Box<dyn Error + Send + Sync>>(workers)
    })?;
    say(&json!({ "ready": true }))?;
    input.next().ok_or("nobody said when")??;
    let until = clock.elapsed() + job.length;
    let all = runtime.block_on(async {
        let tasks = tokio::task::LocalSet::new();
        let going: Vec<_> = workers
            .drain(..)
            .map(|mut worker| {
                let clock = clock.clone();
                tasks.spawn_local(async move { worker.go(&clock, until).await })
            })
            .collect();
        tasks
            .run_until(async {
                let mut all = Done::default();
                for task in going {
                    let one = task.await??;
                    all.done += one.done;
                    all.busy += one.busy;
                    all.took.extend(one.took);
                }
                Ok::<_, Box<dyn Error + Send + Sync>>(all)
            })
            .await
    })?;
    let mut took = all.took;
    took.sort_by(f64::total_cmp);
    let at = |share: usize| took.get(took.len() * share / 100).copied();
    say(&json!({ "done": all.done, "busy": all.busy, "p50_ms": at(50), "p99_ms": at(99) }))
}

struct Worker {
    party: Party,
    job: &'static Job,
    refresh: String,
    /// Where a password goes, and what goes with it.
    form: Option<(String, String)>,
}

impl Worker {
    async fn go(
        &mut self,
        clock: &Clock,
        until: Duration,
    ) -> Result<Done, Box<dyn Error + Send + Sync>> {
        let mut done = Done::default();
        let mut next = clock.elapsed();
        if let Some(pace) = self.job.pace {
            // All at once is no pace.
            let connections = u32::try_from(self.job.connections.max(1))?;
            next += pace / connections * u32::try_from(self.party.nth)?;
        }
        while clock.elapsed() < until {
            if let Some(pace) = self.job.pace {
                tokio::time::sleep(next.saturating_sub(clock.elapsed())).await;
                next = (next + pace).max(clock.elapsed());
            }
            let begun = clock.elapsed();
            match self.job.kind {
                Kind::ClientCredentials => self.own_token().await?,
                Kind::CodeFlow => drop(tokens(&mut self.party).await?),
                Kind::Refresh => self.turn().await?,
                Kind::Password => {
                    let job = self.job;
                    self.party.password(&job.login, &job.password).await?;
                }
                Kind::Flood => done.busy += u64::from(self.wrong_password().await?),
            }
            done.done += 1;
            let took = clock.elapsed().saturating_sub(begun);
            done.took.push(took.as_secs_f64() * 1_000.0);
        }
        Ok(done)
    }

    /// A token in the client's own name.
    async fn own_token(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let reply = self.party.ask("grant_type=client_credentials").await?;
        if reply.status == 200 && reply.body.contains("\"access_token\"") {
            return Ok(());
        }
        Err(reply.lacks("access_token"))
    }

    async fn turn(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let next = self.party.refresh(&self.refresh).await?;
        let next = next.member("refresh_token")?;
        if next == self.refresh {
            return Err("the refresh token stayed the same".into());
        }
        self.refresh = next;
        Ok(())
    }

    /// Whether the server was too busy to look.
    async fn wrong_password(&mut self) -> Result<bool, Box<dyn Error + Send + Sync>> {
        let (action, hidden) = match self.form.take() {
            Some(form) => form,
            None => {
                let ghost = format!("ghost-{}-{}", self.party.nth, self.party.begun);
                self.party.begin(&ghost).await?
            }
        };
        let body = format!("{hidden}&password=not+hers+not+hers");
        let reply = self.party.fill(&action, &body).await?;
        if reply.status != 503 {
            return Ok(false);
        }
        if reply.header("retry-after").is_none() {
            return Err(reply.lacks("word of when to try again"));
        }
        self.form = Some((action, hidden));
        Ok(true)
    }
}

/// A code and all tokens there are for one.
async fn tokens(party: &mut Party) -> Result<Reply, Box<dyn Error + Send + Sync>> {
    let code = party.code().await?;
    let reply = party.redeem(&code).await?;
    for wanted in ["\"access_token\"", "\"id_token\"", "\"refresh_token\""] {
        if reply.status != 200 || !reply.body.contains(wanted) {
            return Err(reply.lacks(wanted));
        }
    }
    Ok(reply)
}
