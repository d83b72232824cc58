//! The decision point of this process (NIST SP 800-207 §3: policy engine and policy administrator): what is believed
//! now, who is where, and the hand that cuts.
//!
//! Entry points: [`Live::open`], [`Live::admit`] (may this request pass, and keep passing), [`Live::ingest`] (a signal
//! arrives), [`Live::weigh_sign_in`] (is that sign-in like her), [`Live::commit`] (anything changes), [`Passage`] and
//! [`LiveConnection`] (what an enforcement point holds on to), [`Live::consult`] (somebody who enforces elsewhere asks),
//! [`Live::presences`] (who is where), [`Live::rehearse`] (what a client would be told), [`Live::roll_back`] (earlier policies are to hold again), [`Live::what_if`] (what other
//! policies would have said).
//!
//! Invariants:
//! * What is acknowledged is durable, believed and enforced: every connection that may not go on has been told before the
//!   caller gets its answer.
//! * Plans are believed in the order in which they became durable.
//! * A standing is decided under the beliefs it rests on: none is put in place that is older than a change already
//!   believed.
//! * Nothing here opens a socket, and nothing here decides: deciding is `zt-policy`'s, trust is `zt-trust`'s.

mod ahead;
mod answers;
mod assertions;
mod beliefs;
mod claims;
mod client_keys;
mod commit;
mod consult;
mod device_requests;
mod exchange;
mod front;
mod grants;
mod judge;
mod lapses;
mod last_resort;
mod live;
mod origin;
mod pace;
mod passage;
mod passages;
mod presence;
mod programs;
mod provider_keys;
mod provider_messages;
mod provider_metadata;
mod pushed;
mod refusals;
mod refused_sign_ins;
mod registrations;
mod requests;
mod resets;
mod revisions;
mod sessions;
mod shadow;
mod sign_ins;
mod signals;
mod subjects;
mod tellings;
mod turns;
mod what_if;
mod wheel;
mod whence;

pub use assertions::AssertionRehearsal;
pub use claims::{Audience, Rehearsal};
pub use client_keys::{ClientKeySet, FetchedKeys, KEYS_COUNT_FOR, Published};
pub use consult::{Question, SignIn};
pub use device_requests::{
    DEVICE_POLL_INTERVAL, DeviceRequest, DeviceStanding, DeviceWish, NewDevice, TooManyDevices,
    UserCodeWrong,
};
pub use exchange::Exchange;
pub use front::ToldInBrowser;
pub use grants::{GrantError, Wish};
pub use live::{Cut, Live, LiveError, Parts};
pub use passage::{
    ConnectionKind, ConnectionRecord, Grant, Identity, LiveConnection, Passage, Standing,
};
pub use presence::Presence;
pub use programs::Program;
pub use provider_messages::{NotTaken, ProviderMessage};
pub use provider_metadata::{MetadataFetching, NotRead};
pub use pushed::{NotPushed, PUSHED_LIFETIME};
pub use refusals::{Refusals, Whose};
pub use registrations::{InitialTokenError, InitialTokenWish};
pub use resets::ResetError;
pub use revisions::RolledBack;
pub use sessions::{Admission, Redeemed};
pub use signals::Ingested;
pub use tellings::{LastTold, Notice, TELL_FOR, Told};
pub use what_if::Over;
pub use whence::{Proxies, Whence};

#[cfg(test)]
mod tests;
