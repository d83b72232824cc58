//! The composed server over its real listeners.

#[cfg(test)]
mod hosts;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod world;
