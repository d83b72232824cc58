//! The composed server over its real listeners.

mod hosts;
mod routes;
mod serving;
mod world;
