//! Who is at the other end of a request, as the connection knows it.

use std::net::IpAddr;
use zt_device::Presentation;
use zt_live::Whence;

/// What whoever serves these pages puts into each request's extensions.
#[derive(Debug, Clone, Copy)]
pub struct Visitor {
    /// The network address; the loopback address for a process on this machine.
    pub address: IpAddr,
    /// The same as far as it is known, and by what means.
    pub whence: Whence,
    /// What the connection presented of the device.
    pub presented: Presentation,
}
