//! Named networks: ranges of addresses that policies can speak of.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use zt_types::{NetworkId, Text};

#[cfg(test)]
mod tests;

/// A network as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Its slug.
    pub id: NetworkId,
    /// Its name.
    pub name: Text,
    /// Its addresses.
    pub ranges: Vec<AddressRange>,
    /// Who writes this record.
    pub managed_by: crate::ManagedBy,
}

/// All addresses that begin alike, such as `192.0.2.0/24` or `2001:db8::/32` (RFC 4632 §3.1, RFC 4291 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRange {
    first: IpAddr,
    bits: u8,
}

/// A text is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// It is nothing of the kind.
    #[error(
        "`{0}` is not a range of addresses: write one such as `192.0.2.0/24`, `2001:db8::/32` or `192.0.2.7`"
    )]
    Unreadable(String),
    /// It has bits after its prefix, so that it is not clear what was meant.
    #[error("`{given}` begins in the middle of a range: write `{meant}`")]
    Inside {
        /// As it was written.
        given: String,
        /// The range that it is in.
        meant: AddressRange,
    },
}

impl AddressRange {
    /// Whether an address is in it. An IPv4 address that came as an IPv6 one (RFC 4291 §2.5.5.2) is the IPv4 one.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && first_of(address, self.bits) == self.first
    }
}

/// The address with all bits after the first `bits` off.
fn first_of(address: IpAddr, bits: u8) -> IpAddr {
    let off = |width: u8| u32::from(width.saturating_sub(bits));
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(off(32)).unwrap_or_default();
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(off(128)).unwrap_or_default();
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

const fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

impl FromStr for AddressRange {
    type Err = RangeError;
    fn from_str(text: &str) -> Result<Self, RangeError> {
        let given = || text.chars().take(80).collect::<String>();
        let wrong = || RangeError::Unreadable(given());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits = match bits {
            None => width(address),
            // The library takes a sign and leading zeros.
            Some(bits) => bits
                .parse()
                .ok()
                .filter(|number: &u8| number.to_string() == bits)
                .filter(|number| *number <= width(address))
                .ok_or_else(wrong)?,
        };
        // Ranges of mapped addresses would never hold: addresses are looked at as what they are.
        if address.to_canonical() != address {
            return Err(wrong());
        }
        let first = first_of(address, bits);
        let range = Self { first, bits };
        if first == address {
            Ok(range)
        } else {
            Err(RangeError::Inside {
                given: given(),
                meant: range,
            })
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

impl Serialize for AddressRange {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AddressRange {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Network {
    /// Whether an address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.ranges.iter().any(|range| range.contains(address))
    }

    /// Those of the networks that an address is in, in their order.
    #[must_use]
    pub fn of_address(networks: &[Self], address: IpAddr) -> Vec<NetworkId> {
        let holding = networks.iter().filter(|network| network.contains(address));
        holding.map(|network| network.id.clone()).collect()
    }
}
