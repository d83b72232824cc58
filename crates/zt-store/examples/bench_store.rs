//! What the store costs: one figure as JSON a line. `--rounds N` sets how many rounds the medians are over.

#[path = "load/durable.rs"]
mod durable;
#[path = "load/recorded.rs"]
mod recorded;

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut rounds: u32 = 5;
    while let Some(argument) = arguments.next() {
        anyhow::ensure!(argument == "--rounds", "unknown argument `{argument}`");
        rounds = arguments.next().context("how many rounds?")?.parse()?;
    }
    anyhow::ensure!(rounds > 0, "no rounds, no figures");
    let (mut rates, mut costs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let directory = durable::directory()?;
        rates.push(durable::durable_transactions(directory.path())?);
        costs.push(recorded::recorded_event(directory.path())?);
    }
    for (name, unit, values) in [
        ("durable_tps_256", "1/s", rates),
        ("record_us", "us", costs),
    ] {
        let figure = serde_json::json!({
            "name": name, "value": median(values), "unit": unit, "peer": null, "rounds": rounds,
        });
        println!("{figure}");
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (lower, upper) = (
        values.get((values.len() - 1) / 2),
        values.get(values.len() / 2),
    );
    f64::midpoint(
        lower.copied().unwrap_or_default(),
        upper.copied().unwrap_or_default(),
    )
}
