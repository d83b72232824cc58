//! The endpoint agent: it makes the device's key, keeps it, and gets, renews and gives up the device's certificates.
//!
//! Entry points: [`enrol`], [`browser_certificate`], [`renew`], [`leave`], [`status`]; [`nss`] puts certificates into a
//! browser's store on Linux.
//!
//! Invariants: the agent's private key is made here, written only to this machine (mode 0600) and never sent; the server
//! gets a request with the public key, a one-time code and what the device reports about itself. A browser's key is
//! another one, with a certificate of its own that says so.

mod error;
mod facts;
mod instructions;
mod lifecycle;
pub mod nss;
mod server;
mod state;

pub use error::AgentError;
pub use facts::{machine_facts, read_os_release};
pub use instructions::import_instructions;
pub use lifecycle::{
    BrowserCertificate, Enrolled, EnrolmentOrder, Renewed, Status, When, browser_certificate,
    enrol, leave, renew, status,
};
pub use server::{ServerTrust, parse_server};
pub use state::{AgentState, StateDir};
