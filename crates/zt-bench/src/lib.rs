//! Benches of the decision core beside its peers. Each is a program of its own, started by `cargo xtask bench`; it needs
//! the feature `peers`, which brings the peers in.
