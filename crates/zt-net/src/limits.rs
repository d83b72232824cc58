//! How much, how long, how many.

use serde::Deserialize;
use std::time::Duration;

/// The limits of a listener. Every field has a default; a configuration names only what it changes.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Connections open at once; more wait in the kernel's queue. Default 20,000.
    pub max_connections: u32,
    /// From accept to the end of the TLS handshake, in milliseconds. Default 10,000.
    pub handshake_timeout_ms: u64,
    /// From the first wait for a request to the end of its head, in milliseconds; this is also how long an HTTP/1.1
    /// connection may idle. Default 15,000.
    pub header_timeout_ms: u64,
    /// The longest time a peer may take between two reads of what we send, in milliseconds. Default 60,000.
    pub write_stall_timeout_ms: u64,
    /// How long the body of a request to `id.<domain>` may take, in milliseconds: all of them are small. Default 30,000.
    pub body_stall_timeout_ms: u64,
    /// Bytes of a request head. Default 32 KiB.
    pub max_head_bytes: u32,
    /// Header lines of a request. Default 100.
    pub max_headers: u32,
    /// HTTP/2 streams open at once on one connection. Default 200.
    pub max_streams: u32,
    /// HTTP/2: a ping after this much silence, in milliseconds; no answer in the same time again ends the connection. Default 20,000.
    pub ping_interval_ms: u64,
    /// How long open connections may go on after a shutdown was asked for, in milliseconds. Default 5,000.
    pub shutdown_grace_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 20_000,
            handshake_timeout_ms: 10_000,
            header_timeout_ms: 15_000,
            write_stall_timeout_ms: 60_000,
            body_stall_timeout_ms: 30_000,
            max_head_bytes: 32 * 1024,
            max_headers: 100,
            max_streams: 200,
            ping_interval_ms: 20_000,
            shutdown_grace_ms: 5_000,
        }
    }
}

impl Limits {
    /// [`Self::handshake_timeout_ms`] as a span.
    #[must_use]
    pub const fn handshake_timeout(&self) -> Duration {
        Duration::from_millis(self.handshake_timeout_ms)
    }
    /// [`Self::header_timeout_ms`] as a span.
    #[must_use]
    pub const fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.header_timeout_ms)
    }
    /// [`Self::write_stall_timeout_ms`] as a span.
    #[must_use]
    pub const fn write_stall_timeout(&self) -> Duration {
        Duration::from_millis(self.write_stall_timeout_ms)
    }
    /// [`Self::body_stall_timeout_ms`] as a span.
    #[must_use]
    pub const fn body_stall_timeout(&self) -> Duration {
        Duration::from_millis(self.body_stall_timeout_ms)
    }
    /// [`Self::ping_interval_ms`] as a span.
    #[must_use]
    pub const fn ping_interval(&self) -> Duration {
        Duration::from_millis(self.ping_interval_ms)
    }
    /// [`Self::shutdown_grace_ms`] as a span.
    #[must_use]
    pub const fn shutdown_grace(&self) -> Duration {
        Duration::from_millis(self.shutdown_grace_ms)
    }
}
