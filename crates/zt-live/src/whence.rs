//! Where a request comes from and by what means, and what policies may know of that.

use crate::beliefs::Beliefs;
use std::net::IpAddr;
use zt_policy::AddressRange;
use zt_types::{Answer, Circumstances, ClientKind, Version};

#[cfg(test)]
mod tests;

/// Where a request comes from and by what means. The address is the connection's; what the program calls itself is a claim
/// that anybody can make, and good for keeping honest people off old programs, no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Whence {
    /// The address, if it is known.
    pub address: Option<IpAddr>,
    /// What kind of program it says it is.
    pub client: ClientKind,
    /// In which version.
    pub version: Option<Version>,
}

/// Browsers by what they call themselves. Order matters: Edge and Opera also say Chrome, and Chrome says Safari.
const BROWSERS: [&str; 10] = [
    "Edg/",
    "EdgA/",
    "EdgiOS/",
    "OPR/",
    "SamsungBrowser/",
    "Firefox/",
    "FxiOS/",
    "CriOS/",
    "Chrome/",
    "Version/",
];

impl Whence {
    /// From an address and the text of a `User-Agent` (RFC 9110 §10.1.5).
    #[must_use]
    pub fn new(address: Option<IpAddr>, user_agent: &str) -> Self {
        let (client, written) = if user_agent.starts_with("Mozilla/") {
            let after = |mark: &&str| user_agent.split_once(mark).map(|(_, rest)| rest);
            (ClientKind::Browser, BROWSERS.iter().find_map(after))
        } else {
            let product = user_agent.split_once('/').map(|(_, rest)| rest);
            (ClientKind::Native, product)
        };
        let digits = |rest: &str| {
            let end = rest
                .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
                .unwrap_or(rest.len());
            rest.get(..end)?.parse().ok()
        };
        Self {
            address: address.map(|address| address.to_canonical()),
            client,
            version: written.and_then(digits),
        }
    }

    /// What policies may know of it.
    pub(crate) fn circumstances(
        &self,
        beliefs: &Beliefs,
        virtual_desktop: Answer,
    ) -> Circumstances {
        let place = self.address.map(|address| beliefs.places.at(address));
        let place = place.unwrap_or_default();
        let networks = beliefs.state().networks.values().filter(|network| {
            self.address
                .is_some_and(|address| network.ranges.iter().any(|range| range.contains(address)))
        });
        Circumstances {
            client: match virtual_desktop {
                Answer::Yes => ClientKind::VirtualDesktop,
                Answer::No | Answer::Unknown => self.client,
            },
            client_version: self.version,
            networks: networks.map(|network| network.id.clone()).collect(),
            country: place.country,
            anonymiser: place.anonymiser,
        }
    }
}

/// The proxies in front whose word about the address is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<AddressRange>);

impl Proxies {
    /// These ones.
    #[must_use]
    pub const fn new(ranges: Vec<AddressRange>) -> Self {
        Self(ranges)
    }

    /// Whether an address is one of theirs.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(address))
    }

    /// The address a request came from: the peer's own, unless that is a proxy. Then it is the last one in the proxy's list
    /// (`X-Forwarded-For`, in the order of its lines) that is no proxy's; what stands before it was written by whoever sent the
    /// request. A list that cannot be read, or names proxies
    /// only, says nothing: then the address is not known.
    #[must_use]
    pub fn origin<'a>(
        &self,
        peer: IpAddr,
        forwarded_for: impl DoubleEndedIterator<Item = &'a [u8]>,
    ) -> Option<IpAddr> {
        if !self.contain(peer) {
            return Some(peer);
        }
        for line in forwarded_for.rev() {
            for entry in line.rsplit(|byte| *byte == b',') {
                let entry = std::str::from_utf8(entry.trim_ascii()).ok()?;
                let nearest = entry.parse().ok()?;
                if !self.contain(nearest) {
                    return Some(nearest);
                }
            }
        }
        // A proxy that names nobody may stand for anybody.
        None
    }
}
