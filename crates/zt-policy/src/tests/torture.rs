//! Random worlds, many at a time: a few from a fixed seed in every test run, as many as wanted when somebody asks for more.
//!
//! `cargo xtask torture decide` and `cargo xtask torture remedy` set the two variables below and run these very tests.

use super::written::{Ballot, World, written};
use super::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

const CASES: &str = "ZT_TORTURE_CASES";
const SEED: &str = "ZT_TORTURE_SEED";
/// So many requests are made up for each world: writing and compiling one costs as much as many decisions.
const PER_WORLD: u64 = 25;

/// How much is tried, and from where on.
pub(super) struct Torture {
    seed: u64,
    cases: u64,
}

/// What was seen, and how often.
#[derive(Default)]
pub(super) struct Counts(BTreeMap<&'static str, u64>);

/// A world, compiled, and requests to it.
pub(super) struct Round {
    pub(super) world: World,
    pub(super) policies: PolicySet,
    pub(super) ballot: Ballot,
    /// Says how to get here again.
    pub(super) again: String,
    left: u64,
}

impl Round {
    pub(super) fn next(&mut self) -> Option<Request> {
        self.left = self.left.checked_sub(1)?;
        Some(self.world.request(&mut self.ballot))
    }
}

impl Counts {
    pub(super) fn add(&mut self, what: &'static str, count: usize) {
        *self.0.entry(what).or_default() += count as u64;
    }

    pub(super) fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or_default()
    }

    /// How many things whose names begin like this were seen.
    pub(super) fn kinds(&self, prefix: &str) -> usize {
        self.0
            .keys()
            .filter(|what| what.starts_with(prefix))
            .count()
    }

    /// Whether `part` of `whole` is within these percentages.
    #[track_caller]
    pub(super) fn assert_share(
        &self,
        part: &str,
        whole: &str,
        percent: std::ops::RangeInclusive<u64>,
    ) {
        let (part_of, all) = (self.of(part), self.of(whole));
        // One world looked at again says nothing about shares.
        if all < 200 {
            return;
        }
        let within = part_of * 100 >= all * percent.start() && part_of * 100 <= all * percent.end();
        assert!(
            within,
            "{part_of} {part} of {all} {whole}, not {percent:?} %"
        );
    }
}

impl Torture {
    /// The few that are tried always, unless the environment asks for more.
    pub(super) fn of(few: u64) -> Self {
        Self {
            seed: variable(SEED).unwrap_or(0x5ec1_5407),
            cases: variable(CASES).unwrap_or(few),
        }
    }

    /// Tries `each` on every world, on all cores, and prints and gives what was seen.
    pub(super) fn run(&self, name: &str, each: impl Fn(&mut Round, &mut Counts) + Sync) -> Counts {
        let worlds = self.cases.div_ceil(PER_WORLD);
        let next = AtomicU64::new(0);
        let work = || {
            let mut counts = Counts::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= worlds {
                    return counts;
                }
                each(&mut round(self.seed.wrapping_add(number)), &mut counts);
            }
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut sum = Counts::default();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
            for thread in threads {
                match thread.join() {
                    Ok(counts) => counts
                        .0
                        .into_iter()
                        .for_each(|(what, n)| *sum.0.entry(what).or_default() += n),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        println!("{name}: seed {:#x}, {worlds} worlds", self.seed);
        for (what, count) in &sum.0 {
            println!("  {count:>12}  {what}");
        }
        sum
    }
}

fn round(seed: u64) -> Round {
    let mut ballot = Ballot::new(scatter(seed));
    let world = written(&mut ballot);
    let again = format!("again: --seed {seed} --cases {PER_WORLD}");
    let policies = PolicySet::compile(&world.documents, &world.register).unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{again}\n{}", errors.join("\n"))
    });
    Round {
        world,
        policies,
        ballot,
        again,
        left: PER_WORLD,
    }
}

/// Makes neighbouring seeds unlike each other (the finalizer of splitmix64).
fn scatter(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

fn variable(name: &str) -> Option<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "how much a test tries is asked for from outside, and nothing else is"
    )]
    let value = std::env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("`{name}` is not a number: `{value}`")),
    )
}
