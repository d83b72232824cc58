//! Composition: configuration, listeners, routes, jobs.
//!
//! Entry points: [`config::Config`], [`start`], [`Running`].
//!
//! Invariants: nothing is decided here; what is here wires the other crates together and owns their life. One HTTPS
//! listener serves `id.<domain>` and every application's host, told apart by the name of the TLS handshake; a request
//! whose authority is another one is answered 421. The admin socket is open to its owner alone, health and metrics to
//! loopback alone.

mod body;
pub mod config;
mod error;
mod hosts;
mod identity_host;
mod installation;
mod jobs;
mod running;
mod start;
mod timely;

pub use error::StartError;
pub use installation::Paths;
pub use running::Running;
pub use start::{Surroundings, start, start_in};
pub use zt_console::signin::BreakGlassLink;
