//! Which addresses may be called: what is public, and what the operator lists.

use super::callee::Security;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// Where requests may go. By default to public addresses alone.
#[derive(Clone, Default)]
pub struct Reach(Option<Arc<dyn Fn(IpAddr) -> bool + Send + Sync>>);

/// What is at an address that is not public (RFC 6890, the registries of IANA).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPublic {
    /// This machine.
    ThisMachine,
    /// A network of somebody's own, or one that a provider shares among customers.
    Private,
    /// The same link; clouds keep what machines may know of themselves there.
    LinkLocal,
    /// Many at once.
    Multicast,
    /// Nobody: documentation, measurements, what is reserved.
    Reserved,
    /// A cloud's own service for the machines in it.
    CloudService,
    /// Whatever an IPv4 address inside of it leads to.
    Embedded,
    /// Not this machine, in the clear.
    InTheClear,
}

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ThisMachine => "this machine",
            Self::Private => "a private network",
            Self::LinkLocal => "the local link",
            Self::Multicast => "a group of machines",
            Self::Reserved => "a reserved address",
            Self::CloudService => "a cloud's service for machines in it",
            Self::Embedded => "an IPv4 address in disguise",
            Self::InTheClear => "not this machine, and must not be called without TLS",
        })
    }
}

impl Reach {
    /// Beside public addresses also those that `is_listed` says.
    pub fn also(is_listed: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(is_listed)))
    }

    /// Whether this may be called. `address` is canonical: no IPv4 address written as an IPv6 one.
    pub(super) fn check(&self, address: IpAddr, security: &Security) -> Result<(), NotPublic> {
        if matches!(security, Security::Clear) && !address.is_loopback() {
            return Err(NotPublic::InTheClear);
        }
        if self.0.as_ref().is_some_and(|is_listed| is_listed(address)) {
            return Ok(());
        }
        match address {
            IpAddr::V4(v4) => not_public_v4(v4),
            IpAddr::V6(v6) => not_public_v6(v6),
        }
        .map_or(Ok(()), Err)
    }
}

impl fmt::Debug for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "listed" } else { "public" })
    }
}

/// What IPv4 addresses are not public: the first one, how many bits count, what is there.
const V4: &[([u8; 4], u32, NotPublic)] = &[
    ([0, 0, 0, 0], 8, NotPublic::ThisMachine),
    ([10, 0, 0, 0], 8, NotPublic::Private),
    ([100, 64, 0, 0], 10, NotPublic::Private),
    ([127, 0, 0, 0], 8, NotPublic::ThisMachine),
    // Azure's agent, which hands out what a machine is started with.
    ([168, 63, 129, 16], 32, NotPublic::CloudService),
    ([169, 254, 0, 0], 16, NotPublic::LinkLocal),
    ([172, 16, 0, 0], 12, NotPublic::Private),
    ([192, 0, 0, 0], 24, NotPublic::Reserved),
    ([192, 0, 2, 0], 24, NotPublic::Reserved),
    // Relays of 6to4.
    ([192, 88, 99, 0], 24, NotPublic::Reserved),
    ([192, 168, 0, 0], 16, NotPublic::Private),
    ([198, 18, 0, 0], 15, NotPublic::Reserved),
    ([198, 51, 100, 0], 24, NotPublic::Reserved),
    ([203, 0, 113, 0], 24, NotPublic::Reserved),
    ([224, 0, 0, 0], 4, NotPublic::Multicast),
    ([240, 0, 0, 0], 4, NotPublic::Reserved),
];

fn not_public_v4(address: Ipv4Addr) -> Option<NotPublic> {
    let row = V4.iter().find(|(first, bits, _)| {
        let differs = address.to_bits() ^ Ipv4Addr::from(*first).to_bits();
        differs.leading_zeros() >= *bits
    });
    row.map(|(_, _, why)| *why)
}

/// What IPv6 addresses are not public, of those that look it.
const V6: &[(Ipv6Addr, u32, NotPublic)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, NotPublic::ThisMachine),
    (Ipv6Addr::LOCALHOST, 128, NotPublic::ThisMachine),
    // IPv4-compatible (RFC 4291 §2.5.5.1), and NAT64 of a network's own (RFC 8215).
    (Ipv6Addr::UNSPECIFIED, 96, NotPublic::Embedded),
    (prefix([0x64, 0xff9b, 1]), 48, NotPublic::Embedded),
    (prefix([0xfc00, 0, 0]), 7, NotPublic::Private),
    (prefix([0xfe80, 0, 0]), 10, NotPublic::LinkLocal),
    // Site-local (RFC 3879).
    (prefix([0xfec0, 0, 0]), 10, NotPublic::Private),
    (prefix([0xff00, 0, 0]), 8, NotPublic::Multicast),
    // Teredo, then the other assignments to protocols.
    (prefix([0x2001, 0, 0]), 32, NotPublic::Embedded),
    (prefix([0x2001, 0, 0]), 23, NotPublic::Reserved),
    (prefix([0x2001, 0xdb8, 0]), 32, NotPublic::Reserved),
    // 6to4.
    (prefix([0x2002, 0, 0]), 16, NotPublic::Embedded),
    (prefix([0x3fff, 0, 0]), 20, NotPublic::Reserved),
];

const fn prefix([a, b, c]: [u16; 3]) -> Ipv6Addr {
    Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)
}

fn begins(address: Ipv6Addr, first: Ipv6Addr, bits: u32) -> bool {
    (address.to_bits() ^ first.to_bits()).leading_zeros() >= bits
}

fn not_public_v6(address: Ipv6Addr) -> Option<NotPublic> {
    let row = V6
        .iter()
        .find(|(first, bits, _)| begins(address, *first, *bits));
    if let Some((_, _, why)) = row {
        return Some(*why);
    }
    let [.., a, b] = address.segments();
    let inside = Ipv4Addr::from_bits(u32::from(a) << 16 | u32::from(b));
    // NAT64 (RFC 6052 §2.1): networks without IPv4 reach what is public in this way.
    if begins(address, prefix([0x64, 0xff9b, 0]), 96) {
        return not_public_v4(inside).map(|_| NotPublic::Embedded);
    }
    // ISATAP (RFC 5214 §6.1).
    let [.., c, d, _, _] = address.segments();
    if matches!((c, d), (0 | 0x200, 0x5efe)) {
        return Some(NotPublic::Embedded);
    }
    // Nothing else is given to anybody (RFC 4291 §2.4).
    (!begins(address, prefix([0x2000, 0, 0]), 3)).then_some(NotPublic::Reserved)
}

#[cfg(test)]
mod tests;
