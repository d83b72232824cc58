//! How long a decision takes, beside Cedar, regorus and casbin; and what stands on it: refusals with their way out, live
//! access after a change, replays.
//!
//! Every engine is first asked about the same accesses and has to say the same as a naive reading of the policies.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "figures go to standard output, progress to standard error"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures with the machine's own clock"
)]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts of a bench are far below what a float or a word holds"
)]

mod live;
mod ours;
mod peers;
mod refusals;
mod replay;
mod world;

use anyhow::{Context as _, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use peers::{Casbin, Cedar, Given, Rego};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use world::{Access, Ballot, Spread, World};
use zt_policy::{AppNumber, Facts, PolicySet};

const SEED: u64 = 0x5ec1_5407;
/// How long a peer is asked in each round.
const PEER_TIME: Duration = Duration::from_millis(400);
/// How many distinct accesses the peers are given.
const PEER_ACCESSES: usize = 64;

fn main() -> Result<()> {
    let rounds = match std::env::args().skip_while(|arg| arg != "--rounds").nth(1) {
        Some(rounds) => rounds.parse().context("--rounds wants a number")?,
        None => 5,
    };
    // One part alone, for whoever makes it quicker.
    let only = std::env::args().skip_while(|arg| arg != "--only").nth(1);
    let wanted = |part: &str| only.as_ref().is_none_or(|only| only == part);
    if wanted("decisions") {
        for count in [10, 100, 1_000, 10_000] {
            decisions(count, Spread::OverApps, rounds)?;
        }
        decisions(10_000, Spread::OneApp, rounds)?;
    }
    let world = World::new(10_000, Spread::OverApps, SEED);
    let policies = Arc::new(ours::compile(&world)?);
    if wanted("refusals") {
        refusals::run(&policies, rounds)?;
    }
    if wanted("live") {
        live::run(&world, &policies, rounds)?;
    }
    if wanted("replays") {
        replay::run(&world, &policies, rounds)?;
    }
    Ok(())
}

/// One line of JSON.
fn figure(name: &str, value: f64, unit: &str, peer: Option<&str>, rounds: u32) {
    println!(
        "{}",
        serde_json::json!({ "name": name, "value": value, "unit": unit, "peer": peer, "rounds": rounds })
    );
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Processor time of this thread so far, in nanoseconds: other programs on the machine do not count.
fn processor() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_THREAD)?;
    let spent = usage.user_time() + usage.system_time();
    Ok(spent.num_microseconds() as f64 * 1e3)
}

/// Nanoseconds of one call, asked over and over for a while.
fn nanoseconds<Q>(questions: &[Q], mut ask: impl FnMut(&Q) -> Result<bool>) -> Result<f64> {
    let (start, spent) = (Instant::now(), processor()?);
    let mut asked = 0u32;
    'asking: loop {
        for question in questions {
            black_box(ask(question)?);
            asked += 1;
            if start.elapsed() > PEER_TIME {
                break 'asking;
            }
        }
    }
    Ok((processor()? - spent) / f64::from(asked))
}

/// The accesses in numbers.
struct Asked {
    facts: Vec<(AppNumber, Facts)>,
}

impl Asked {
    fn new(policies: &PolicySet, spread: Spread, count: u32) -> Result<Self> {
        let mut ballot = Ballot::new(SEED ^ 0xacce55);
        let facts = (0..count).map(|person| {
            let request = ours::request(&Access::any(&mut ballot, person, spread))?;
            let app = policies
                .app_number(&request.app)
                .context("not registered")?;
            Ok((app, policies.facts(&request)))
        });
        Ok(Self {
            facts: facts.collect::<Result<_>>()?,
        })
    }

    /// Mean nanoseconds of a decision, and how many allowed.
    fn weigh(&self, policies: &PolicySet) -> Result<(f64, u32)> {
        let hours = policies.hours(ours::now());
        let start = processor()?;
        let mut allowed = 0;
        for (app, facts) in &self.facts {
            allowed += u32::from(policies.weigh(*app, facts, &hours).is_allowed());
        }
        let spent = (processor()? - start) / self.facts.len() as f64;
        Ok((spent, allowed))
    }
}

fn decisions(count: u32, spread: Spread, rounds: u32) -> Result<()> {
    let suffix = match spread {
        Spread::OverApps => String::new(),
        Spread::OneApp => "_one_app".to_owned(),
    };
    let world = World::new(count, spread, SEED);
    let within = ours::within();
    let start = Instant::now();
    let policies = ours::compile(&world)?;
    eprintln!(
        "{count} policies{suffix}: compiled in {:.0} ms, {:?} (compiled, left to Cedar)",
        start.elapsed().as_secs_f64() * 1e3,
        policies.compiled_share(),
    );
    let whole = Cedar::new(&world, Given::Whole)?;
    let sliced = Cedar::new(&world, Given::Slice)?;
    let mut rego = Rego::new(&world)?;
    let casbin = Casbin::new(&world)?;
    let mut ballot = Ballot::new(SEED ^ 0x9ee5);
    let (mut of_cedar, mut of_slice, mut of_rego, mut of_casbin) = (vec![], vec![], vec![], vec![]);
    let mut allowed = 0;
    for person in 0..PEER_ACCESSES as u32 {
        let access = Access::any(&mut ballot, person, spread);
        let is = world.allows(&access, &within);
        allowed += u32::from(is);
        let (a, b) = (
            whole.question(&world, &access, &within)?,
            sliced.question(&world, &access, &within)?,
        );
        let (c, d) = (
            Rego::question(&world, &access, &within)?,
            Casbin::question(&world, &access, &within)?,
        );
        let answers = [
            ("ours", peers::ours_allows(&policies, &access)?),
            ("cedar", whole.allows(&a)?),
            ("cedar, sliced", sliced.allows(&b)?),
            ("regorus", rego.allows(&c)?),
            ("casbin", casbin.allows(&d)?),
        ];
        for (engine, answer) in answers {
            ensure!(
                answer == is,
                "{engine} says {answer} of access {person}, the policies say {is}"
            );
        }
        of_cedar.push(a);
        of_slice.push(b);
        of_rego.push(c);
        of_casbin.push(d);
    }
    eprintln!("five engines agree on {PEER_ACCESSES} accesses, {allowed} of them allowed");
    let asked = Asked::new(&policies, spread, 1_000_000)?;
    let mut columns: [Vec<f64>; 5] = Default::default();
    let mut share = 0.0;
    for _ in 0..rounds {
        let (spent, allowed) = asked.weigh(&policies)?;
        share = f64::from(allowed) / asked.facts.len() as f64;
        let round = [
            spent,
            nanoseconds(&of_cedar, |question| whole.allows(question))?,
            nanoseconds(&of_slice, |question| sliced.allows(question))?,
            nanoseconds(&of_rego, |question| rego.allows(question))?,
            nanoseconds(&of_casbin, |question| casbin.allows(question))?,
        ];
        for (column, value) in columns.iter_mut().zip(round) {
            column.push(value);
        }
    }
    eprintln!("of a million accesses {:.1} % allowed", share * 100.0);
    let names = ["decide", "cedar", "cedar_sliced", "regorus", "casbin"];
    for (name, column) in names.into_iter().zip(columns) {
        let peer = (name == "decide").then_some("cedar, cedar_sliced, regorus, casbin");
        figure(
            &format!("{name}_ns_{count}{suffix}"),
            median(column),
            "ns",
            peer,
            rounds,
        );
    }
    Ok(())
}
