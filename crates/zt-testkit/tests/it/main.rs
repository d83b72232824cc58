//! The kit against the real server: what a protocol's conformance suite asks of it, and scenarios from practice, as data.

#[cfg(test)]
mod authzen;
#[cfg(test)]
mod scenarios;
