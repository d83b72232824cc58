//! The `sekisho` program: the server, its command line, the agent and the demo.
//!
//! Entry point: [`cli::Cli`].
//!
//! Invariants: the command line acts on a running server through its admin socket, where everything is audited; it opens
//! the files of a stopped one only to read the log. Exit codes: 0 done, 1 the thing asked about is not so, 2 wrong use,
//! 3 cannot reach something that is needed.

mod cli;
mod demo;

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// Each request makes and drops hundreds of small things on several threads (docs/adr/0370).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return cli::Failure::unreachable(error.into()).tell(),
    };
    let done = runtime.block_on(cli::run(cli));
    // Whatever was written is out before the process ends; a closed pipe is the reader's choice.
    let _ = std::io::stdout().flush();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}
