//! The access gateway: a reverse proxy that keeps asking.
