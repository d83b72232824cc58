//! Listeners, TLS, the clock, randomness and limits: everything that touches the network or the machine's clock.
//!
//! Entry points: [`Clock`] and [`Entropy`] (what the pure crates take as arguments comes from here), [`HostTable`] (which
//! host shows which certificate and asks for which), [`HttpsListener`] and [`LocalListener`], [`Client`] (to where we say),
//! [`Outbound`] (to where somebody else says).
//!
//! Invariants: this is the only crate that reads the clock of the machine. TLS always uses the provider of [`provider`],
//! never a process-wide default. A client certificate that reaches a handler proves possession of its key and **nothing
//! else**: issuer, validity, usage and revocation are judged by whoever knows what they mean (`zt-device`). Nothing in
//! here knows a person, a session or a policy.

mod client;
mod clock;
mod connection;
mod entropy;
mod head_guard;
mod limits;
mod listener;
mod local;
mod outbound;
mod shutdown;
mod tls;

pub use client::{Client, ClientError, ClientIdentity, ClientLimits, ClientSettings};
pub use clock::Clock;
pub use connection::{ClientCertificate, Connection, Peer, Protocol};
pub use entropy::Entropy;
pub use limits::Limits;
pub use listener::{HttpsListener, ListenError};
pub use local::LocalListener;
pub use outbound::{
    Names, NotPublic, Outbound, OutboundError, OutboundLimits, OutboundSettings, Reach, roots_of,
    system_roots,
};
pub use shutdown::{Shutdown, ShutdownTrigger};
pub use tls::{ClientAuth, HostCertificate, HostTable, TlsError, provider};
