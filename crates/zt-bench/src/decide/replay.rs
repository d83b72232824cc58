//! Recorded accesses, decided once more.
//!
//! Recorded is what the log keeps of a decision, as it keeps it. Loading reads that and puts it into numbers; replaying
//! decides all of it, on every core there is. Comparing also tells for whom a change of policy makes which difference, with
//! reasons and steps, on one core.

use crate::world::{Access, Ballot, Spread, World};
use crate::{SEED, figure, live, median, ours, processor};
use anyhow::{Context as _, Result, ensure};
use std::time::Instant;
use zt_policy::{AppNumber, DecisionInputs, Facts, PolicySet, WhatIf};

const RECORDED: u32 = 200_000;
const TIMES: u32 = 10;
const COMPARED: u32 = 20_000;

pub(crate) fn run(world: &World, policies: &PolicySet, rounds: u32) -> Result<()> {
    replay_all(policies, rounds)?;
    let proposed = live::changed(world, policies)?;
    compare(policies, &proposed, rounds)
}

fn compare(policies: &PolicySet, proposed: &PolicySet, rounds: u32) -> Result<()> {
    let mut ballot = Ballot::new(SEED ^ 0x3f);
    let accesses = (0..COMPARED).map(|person| {
        let access = Access::any(&mut ballot, person, Spread::OverApps);
        Ok(DecisionInputs {
            policy: policies.version(),
            request: ours::request(&access)?,
        })
    });
    let accesses: Vec<DecisionInputs> = accesses.collect::<Result<_>>()?;
    let (mut speeds, mut unchanged) = (Vec::new(), 0);
    for _ in 0..rounds {
        let start = processor()?;
        let mut what_if = WhatIf::new(policies, proposed);
        for access in &accesses {
            what_if.consider(access);
        }
        unchanged = what_if.finish().unchanged;
        speeds.push(f64::from(COMPARED) * 1e9 / (processor()? - start));
    }
    eprintln!("of {COMPARED} recorded accesses a change of policy leaves {unchanged} as they are");
    figure("what_if_per_s", median(speeds), "1/s", None, rounds);
    Ok(())
}

fn replay_all(policies: &PolicySet, rounds: u32) -> Result<()> {
    let mut ballot = Ballot::new(SEED ^ 0x2e);
    let mut records = Vec::new();
    let mut allowed = 0;
    for person in 0..RECORDED {
        let request = ours::request(&Access::any(&mut ballot, person, Spread::OverApps))?;
        let app = policies
            .app_number(&request.app)
            .context("not registered")?;
        let hours = policies.hours(request.now);
        let weighed = policies.weigh(app, &policies.facts(&request), &hours);
        allowed += usize::from(weighed.is_allowed());
        let inputs = DecisionInputs {
            policy: policies.version(),
            request,
        };
        records.push(serde_json::to_vec(&inputs)?);
    }
    let start = Instant::now();
    let loaded: Vec<(AppNumber, Facts)> = records
        .iter()
        .map(|record| {
            let inputs: DecisionInputs = serde_json::from_slice(record)?;
            let app = policies.app_number(&inputs.request.app);
            Ok((
                app.context("not registered")?,
                policies.facts(&inputs.request),
            ))
        })
        .collect::<Result<_>>()?;
    let load = start.elapsed().as_secs_f64();
    drop(records);
    let cores = std::thread::available_parallelism()?.get();
    let mut speeds = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        let mut same = true;
        for _ in 0..TIMES {
            same &= replay(policies, &loaded, cores) == allowed;
        }
        ensure!(same, "a replay came out otherwise");
        let count = f64::from(RECORDED * TIMES);
        speeds.push(count / start.elapsed().as_secs_f64());
    }
    eprintln!("replayed on {cores} cores; {allowed} of {RECORDED} recorded accesses were allowed");
    figure("replay_per_s", median(speeds), "1/s", None, rounds);
    figure(
        "replay_load_per_s",
        f64::from(RECORDED) / load,
        "1/s",
        None,
        1,
    );
    Ok(())
}

/// How many are allowed.
fn replay(policies: &PolicySet, loaded: &[(AppNumber, Facts)], cores: usize) -> usize {
    let hours = policies.hours(ours::now());
    let hours = &hours;
    std::thread::scope(|scope| {
        let part = loaded.len().div_ceil(cores);
        let parts: Vec<_> = loaded
            .chunks(part)
            .map(|part| {
                scope.spawn(move || {
                    let granted = part
                        .iter()
                        .filter(|(app, facts)| policies.weigh(*app, facts, hours).is_allowed());
                    granted.count()
                })
            })
            .collect();
        parts.into_iter().filter_map(|part| part.join().ok()).sum()
    })
}
