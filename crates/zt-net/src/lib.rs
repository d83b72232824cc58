//! Listeners, TLS, the clock and limits.
