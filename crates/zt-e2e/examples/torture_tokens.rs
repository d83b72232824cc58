//! Kills the program in the middle of giving tokens, again and again, and looks whether what was promised still holds: no code
//! and no refresh token counts twice, no acknowledged revocation is undone, and what was given and not used is still good.
//!
//! 500 code flows a second on a live session, a third of which refresh and a sixth of which give their tokens back, beside 10
//! right passwords a second. Exit code 0 if all held, 1 if not. `cargo xtask torture tokens` runs this.

#[path = "load/client.rs"]
mod client;
#[path = "load/wire.rs"]
mod wire;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use client::{BACK, CLIENT, Party, SECRET, Way};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value;
use tokio::task::JoinSet;
use wire::{Reply, Wire};
use zt_e2e::Demo;
use zt_net::{Client, ClientSettings, Clock, Entropy};
use zt_testkit::{Account, Visitor};
use zt_types::Language;

const FLOWS_A_SECOND: u32 = 500;
const FLOW_PARTIES: u32 = 20;
const PASSWORDS_A_SECOND: u32 = 10;
const PASSWORD_PARTIES: u32 = 2;
/// So many look afterwards, at once.
const LOOKERS: usize = 8;
/// So many grants of earlier rounds are looked at again in the end.
const REMEMBERED: usize = 4_000;

/// How far something got that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The server said that it is done.
    Acknowledged,
    /// The server was killed before it said anything.
    Unanswered,
}

/// A grant, as its client saw it.
#[derive(Debug, Clone)]
struct Seen {
    code: String,
    redeemed: Step,
    /// Refresh tokens it used, the last one perhaps without an answer.
    used: Vec<(String, Step)>,
    /// The one that counts, as far as the client knows.
    current: Option<String>,
    revoked: Option<Step>,
}

/// What went wrong.
#[derive(Debug, Default)]
struct Tally {
    flows: u64,
    refreshes: u64,
    revocations: u64,
    passwords: u64,
    unanswered: u64,
    twice: u64,
    undone: u64,
    lost: u64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.flows += other.flows;
        self.refreshes += other.refreshes;
        self.revocations += other.revocations;
        self.passwords += other.passwords;
        self.unanswered += other.unanswered;
        self.twice += other.twice;
        self.undone += other.undone;
        self.lost += other.lost;
    }

    const fn holds(&self) -> bool {
        self.twice == 0 && self.undone == 0 && self.lost == 0
    }
}

fn main() -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    let mut words = std::env::args().skip(1);
    let rounds: u64 = match (words.next().as_deref(), words.next()) {
        (None, _) => 200,
        (Some("--rounds"), Some(number)) => number.parse()?,
        _ => return Err("usage: torture_tokens [--rounds N]".into()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut demo = Demo::start()?;
    let world = runtime.block_on(World::new(&demo))?;
    let (mut all, mut remembered, mut seconds) = (Tally::default(), Vec::new(), 0.0);
    for round in 1..=rounds {
        let (seen, mut tally, took) = runtime.block_on(world.load(&mut demo))?;
        demo.again()?;
        let checked = runtime.block_on(world.look(seen.clone(), true))?;
        tally.add(&checked);
        all.add(&tally);
        seconds += took.as_secs_f64();
        for one in seen {
            let [place] = world.entropy.bytes::<1>();
            if remembered.len() < REMEMBERED && place < 16 {
                remembered.push(one);
            }
        }
        println!(
            "round {round}: {} code flows in {:.1} s, {} refreshes, {} revocations, {} passwords, {} unanswered; twice {}, undone {}, lost {}",
            tally.flows,
            took.as_secs_f64(),
            tally.refreshes,
            tally.revocations,
            tally.passwords,
            tally.unanswered,
            tally.twice,
            tally.undone,
            tally.lost,
        );
    }
    // What was looked at in its own round has been used up then: by now nothing of it may count.
    let again = runtime.block_on(world.look(remembered, false))?;
    all.add(&again);
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
    let rate = all.flows as f64 / seconds;
    println!(
        "{rounds} rounds: {} code flows ({rate:.0} a second), {} refreshes, {} revocations, {} passwords acknowledged, {} unanswered; \
         accepted twice {}, revocations undone {}, lost {}",
        all.flows,
        all.refreshes,
        all.revocations,
        all.passwords,
        all.unanswered,
        all.twice,
        all.undone,
        all.lost,
    );
    Ok(if all.holds() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

struct World {
    client: Client,
    origin: String,
    way: Arc<Way>,
    revoke: String,
    cookies: Vec<(String, String)>,
    password: String,
    clock: Clock,
    entropy: Entropy,
}

impl World {
    async fn new(demo: &Demo) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let folder = demo.state().join("organisation");
        std::fs::write(folder.join("secrets/load.secret"), SECRET)?;
        std::fs::write(
            folder.join("load.toml"),
            format!(
                "[[application]]\nid = \"load\"\nname = {{ ja = \"負荷\", en = \"Load\" }}\ndescription = {{ ja = \"負荷試験\", \
                 en = \"Load\" }}\nowner = \"ken\"\nsensitivity = \"internal\"\n[[client]]\nid = \"{CLIENT}\"\nname = {{ ja = \
                 \"負荷\", en = \"Load\" }}\napplication = \"load\"\nredirect_uris = [\"{BACK}\"]\n[[client.secret]]\nfile = \
                 \"secrets/load.secret\"\n"
            ),
        )?;
        demo.apply()?;
        let authority = std::fs::read(demo.authority())?;
        let roots = CertificateDer::pem_slice_iter(&authority);
        let roots = roots.collect::<Result<Vec<_>, _>>()?;
        let client = Client::new(ClientSettings {
            roots: roots.clone(),
            ..ClientSettings::default()
        })?;
        let clock = Clock::system();
        let told = |error: zt_testkit::VisitError| error.to_string();
        let origin = demo.at("id", "");
        let mut visitor = Visitor::new(roots, Language::En).map_err(told)?;
        let mut hanako = Account::new("hanako", demo.password("hanako"));
        let arrived = visitor.sign_in(&mut hanako, &origin, clock.now());
        let arrived = arrived.await.map_err(told)?;
        if !arrived.status.is_success() {
            return Err(arrived.lacks("portal").to_string().into());
        }
        let host = origin.trim_start_matches("https://");
        let cookies = visitor.cookies(host.split(':').next().unwrap_or_default());
        let pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
        let cookies = pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let document = format!("{origin}/.well-known/openid-configuration");
        let document = visitor.look(&document).await.map_err(told)?;
        let document: Value = serde_json::from_str(&document.html)?;
        let revoke = document.get("revocation_endpoint").and_then(Value::as_str);
        Ok(Self {
            client,
            origin,
            way: Arc::new(Way::read(&document)?),
            revoke: revoke.ok_or("no revocation endpoint")?.to_owned(),
            cookies,
            password: demo.password("hanako").to_owned(),
            clock,
            entropy: Entropy::system(),
        })
    }

    async fn party(&self, nth: u64) -> Result<Party, Box<dyn Error + Send + Sync>> {
        let mut wire = Wire::open(&self.client, &self.origin).await?;
        wire.cookies.clone_from(&self.cookies);
        Ok(Party {
            wire,
            way: Arc::clone(&self.way),
            nth,
            begun: 0,
        })
    }

    /// Lets clients and people come until the program is killed.
    async fn load(
        &self,
        demo: &mut Demo,
    ) -> Result<(Vec<Seen>, Tally, Duration), Box<dyn Error + Send + Sync>> {
        let is_killed = Arc::new(AtomicBool::new(false));
        let (mut flows, mut people) = (JoinSet::new(), JoinSet::new());
        for nth in 0..FLOW_PARTIES {
            let party = self.party(nth.into()).await?;
            let pace = Duration::from_secs(1) * FLOW_PARTIES / FLOWS_A_SECOND;
            flows.spawn(flow(
                party,
                self.revoke.clone(),
                pace,
                self.clock.clone(),
                self.entropy.clone(),
                Arc::clone(&is_killed),
            ));
        }
        for nth in 0..PASSWORD_PARTIES {
            let mut party = self.party(nth.into()).await?;
            let pace = Duration::from_secs(1) * PASSWORD_PARTIES / PASSWORDS_A_SECOND;
            let (password, is_killed) = (self.password.clone(), Arc::clone(&is_killed));
            let clock = self.clock.clone();
            people.spawn(async move {
                let mut done = 0_u64;
                let mut next = clock.elapsed();
                loop {
                    tokio::time::sleep(next.saturating_sub(clock.elapsed())).await;
                    next = (next + pace).max(clock.elapsed());
                    match party.password("hanako", &password).await {
                        Ok(()) => done += 1,
                        Err(_) if is_killed.load(Ordering::SeqCst) => return Ok(done),
                        Err(error) => return Err(error),
                    }
                }
            });
        }
        let begun = self.clock.elapsed();
        let [a, b] = self.entropy.bytes::<2>();
        let moment = u64::from(u16::from_be_bytes([a, b])) % 1_500;
        tokio::time::sleep(Duration::from_millis(500 + moment)).await;
        let took = self.clock.elapsed().saturating_sub(begun);
        is_killed.store(true, Ordering::SeqCst);
        demo.kill();
        let (mut all, mut tally) = (Vec::new(), Tally::default());
        while let Some(done) = people.join_next().await {
            tally.passwords += done??;
        }
        while let Some(done) = flows.join_next().await {
            all.extend(done??);
        }
        for seen in &all {
            tally.flows += u64::from(seen.redeemed == Step::Acknowledged);
            let acknowledged = |(_, step): &&(String, Step)| *step == Step::Acknowledged;
            tally.refreshes += seen.used.iter().filter(acknowledged).count() as u64;
            tally.revocations += u64::from(seen.revoked == Some(Step::Acknowledged));
            let is_open = seen.redeemed == Step::Unanswered
                || seen.revoked == Some(Step::Unanswered)
                || seen.used.iter().any(|(_, step)| *step == Step::Unanswered);
            tally.unanswered += u64::from(is_open);
        }
        Ok((all, tally, took))
    }

    /// Looks whether what clients were told holds; `is_fresh` if nobody has looked at these before.
    async fn look(
        &self,
        seen: Vec<Seen>,
        is_fresh: bool,
    ) -> Result<Tally, Box<dyn Error + Send + Sync>> {
        let mut looking = JoinSet::new();
        let share = seen.len().div_ceil(LOOKERS).max(1);
        for (nth, some) in seen.chunks(share).enumerate() {
            let mut party = self.party(u64::try_from(nth)?).await?;
            let some = some.to_vec();
            looking.spawn(async move {
                let mut tally = Tally::default();
                for one in some {
                    check(&mut party, &one, is_fresh, &mut tally).await?;
                }
                Ok::<_, Box<dyn Error + Send + Sync>>(tally)
            });
        }
        let mut tally = Tally::default();
        while let Some(done) = looking.join_next().await {
            tally.add(&done??);
        }
        Ok(tally)
    }
}

/// Gets grants and does with them what clients do, until the program is killed.
async fn flow(
    mut party: Party,
    revoke: String,
    pace: Duration,
    clock: Clock,
    entropy: Entropy,
    is_killed: Arc<AtomicBool>,
) -> Result<Vec<Seen>, Box<dyn Error + Send + Sync>> {
    let mut all = Vec::new();
    let mut next = clock.elapsed();
    loop {
        tokio::time::sleep(next.saturating_sub(clock.elapsed())).await;
        next = (next + pace).max(clock.elapsed());
        let code = match party.code().await {
            Ok(code) => code,
            Err(_) if is_killed.load(Ordering::SeqCst) => return Ok(all),
            Err(error) => return Err(error),
        };
        let mut seen = Seen {
            code,
            redeemed: Step::Unanswered,
            used: Vec::new(),
            current: None,
            revoked: None,
        };
        let done = goes_on(&mut party, &revoke, &mut seen, &entropy).await;
        all.push(seen);
        match done {
            Ok(()) => {}
            Err(_) if is_killed.load(Ordering::SeqCst) => return Ok(all),
            Err(error) => return Err(error),
        }
    }
}

async fn goes_on(
    party: &mut Party,
    revoke: &str,
    seen: &mut Seen,
    entropy: &Entropy,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let reply = party.redeem(&seen.code).await?;
    seen.current = Some(reply.member("refresh_token")?);
    seen.redeemed = Step::Acknowledged;
    let [fate] = entropy.bytes::<1>();
    if fate % 3 == 0 {
        let token = seen.current.take().unwrap_or_default();
        seen.used.push((token.clone(), Step::Unanswered));
        let reply = party.refresh(&token).await?;
        seen.current = Some(reply.member("refresh_token")?);
        seen.used = vec![(token, Step::Acknowledged)];
    }
    if fate % 6 < 1 {
        seen.revoked = Some(Step::Unanswered);
        let token = seen.current.clone().unwrap_or_default();
        let body = format!("token={token}");
        let authorization = &party.way.authorization;
        let reply = party.wire.post(revoke, authorization, &body).await?;
        if reply.status != 200 {
            return Err(reply.lacks("acknowledgement"));
        }
        seen.revoked = Some(Step::Acknowledged);
    }
    Ok(())
}

/// Asks for everything again that was asked for.
async fn check(
    party: &mut Party,
    seen: &Seen,
    is_fresh: bool,
    tally: &mut Tally,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let is_good = |reply: &Reply| reply.status == 200;
    if let Some(current) = &seen.current {
        let counts = is_good(&party.refresh(current).await?);
        match seen.revoked {
            Some(Step::Acknowledged) if counts => tally.undone += 1,
            None if is_fresh && !counts => tally.lost += 1,
            _ if !is_fresh && counts => tally.twice += 1,
            _ => {}
        }
    }
    for (used, step) in &seen.used {
        // Unanswered it may count once more, if it was never counted.
        let mut more = u64::from(is_good(&party.refresh(used).await?));
        if *step == Step::Unanswered && is_fresh && more == 1 {
            more = u64::from(is_good(&party.refresh(used).await?));
        }
        tally.twice += more;
    }
    let mut more = u64::from(is_good(&party.redeem(&seen.code).await?));
    if seen.redeemed == Step::Unanswered && is_fresh && more == 1 {
        more = u64::from(is_good(&party.redeem(&seen.code).await?));
    }
    tally.twice += more;
    Ok(())
}
