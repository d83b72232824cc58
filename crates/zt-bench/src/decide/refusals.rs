//! A whole refusal: decided, explained, with the way out.

use crate::world::{Access, Ballot, Spread};
use crate::{SEED, figure, median, ours, processor};
use anyhow::Result;
use std::hint::black_box;
use zt_policy::{PolicySet, Request};

const REFUSALS: usize = 20_000;

pub(crate) fn run(policies: &PolicySet, rounds: u32) -> Result<()> {
    let mut ballot = Ballot::new(SEED ^ 0x0ff);
    let mut requests: Vec<Request> = Vec::new();
    for person in 0.. {
        let request = ours::request(&Access::any(&mut ballot, person, Spread::OverApps))?;
        if policies.decide(&request).permit().is_none() {
            requests.push(request);
        }
        if requests.len() == REFUSALS {
            break;
        }
    }
    let (mut spent, mut longest) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let start = processor()?;
        for request in &requests {
            black_box(policies.decide(request));
        }
        spent.push((processor()? - start) / 1e3 / requests.len() as f64);
    }
    let mut each = Vec::new();
    for request in &requests {
        let start = std::time::Instant::now();
        black_box(policies.decide(request));
        each.push(start.elapsed().as_secs_f64() * 1e6);
    }
    each.sort_by(f64::total_cmp);
    longest.extend(each.get(each.len() * 99 / 100).copied());
    figure("remedy_us_10000", median(spent), "us", None, rounds);
    figure("remedy_p99_us_10000", median(longest), "us", None, 1);
    Ok(())
}
