//! The access gateway: a reverse proxy that keeps asking.
//!
//! Entry points: [`Gateway::new`], [`Gateway::handle`] (one request that came for an application's host).
//!
//! Invariants:
//! * Nothing reaches an application but under a permit of `zt-live`, and nothing comes back after the permit ended: every
//!   answer and every WebSocket is in the registry and ends with it.
//! * A request has one reading or none: what two servers could read in two ways is refused.
//! * What a permit does not carry is not passed on, as far as a header tells: see `docs/limited-access.md`. What a permit
//!   binds to is done, or the request is refused.
//! * An application never sees our cookies and cannot set them; it learns who asks from the signed identity alone.
//! * Bodies are passed on as they come, never gathered.
//!
//! What is NOT here: deciding (`zt-policy`), the registry and the cutting hand (`zt-live`), TLS and listeners (`zt-net`).

mod application;
mod arrival;
mod content;
mod cookie;
mod csp;
mod fault;
mod forward;
mod gateway;
mod identity;
mod lift;
mod limits;
mod mark;
mod outgoing;
mod overlay;
mod own;
mod path;
mod record;
mod refusal;
mod relay;
mod sign_in;
mod upstream;
mod visit;
mod websocket;

pub use gateway::{Gateway, Parts, Settings};
pub use own::ROUTES;
pub use relay::{BodyError, GatewayBody};
pub use upstream::{TargetError, UpstreamLimits};
