//! `sekisho serve`.

use super::{ConfigArgs, Failure, socket};
use anyhow::Context;
use clap::Args;
use std::io::Write;
use tracing_subscriber::EnvFilter;
use zt_server::config::{Config, LogFormat};

/// What `sekisho serve` is told.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print the whole configuration as it holds, and do nothing else
    #[arg(long)]
    print_config: bool,
}

/// Serves until it is told to stop.
pub(super) async fn serve(args: ServeArgs) -> Result<(), Failure> {
    let config = socket::load(&args.config, "or try `sekisho demo`, which needs none")?;
    if args.print_config {
        return write!(std::io::stdout(), "{}", config.to_toml())
            .map_err(|error| Failure::of(error.into()));
    }
    log(&config)?;
    let mut running = zt_server::start(config)
        .await
        .map_err(|error| Failure::of(error.into()))?;
    for link in running.take_break_glass_links() {
        // To whoever stands at this console, once, and never to the log.
        println!(
            "account of last resort `{}`: its sign-in link, works once, shown only now: {}",
            link.login,
            link.address.expose()
        );
    }
    println!("ready: {}", running.origin());
    running
        .until_stopped()
        .await
        .map_err(|error| Failure::of(error.into()))
}

/// Sets the log up as configured.
fn log(config: &Config) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&config.log_filter)
        .with_context(|| format!("`{}` is not a log filter", config.log_filter))
        .map_err(Failure::usage)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
