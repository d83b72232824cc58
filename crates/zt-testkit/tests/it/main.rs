//! The kit against the real server: what a protocol's conformance suite asks of it, as data.

#[cfg(test)]
mod authzen;
