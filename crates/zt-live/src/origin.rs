//! Where requests come from that anybody can send, as their bounds count them.

use std::net::{IpAddr, Ipv6Addr};
use zt_auth::GuessScope;

/// Whom a request from an address is counted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The address; of IPv6 its /64.
    pub(crate) network: GuessScope,
    /// The address; of IPv6 its /48, which is what one site has as a rule (RFC 6177 §2), with 65,536 networks in it.
    pub(crate) site: IpAddr,
}

impl Origin {
    pub(crate) fn of(address: IpAddr) -> Self {
        let site = match address.to_canonical() {
            IpAddr::V6(address) => {
                let prefix = u128::from(address) & (u128::MAX << 80);
                IpAddr::V6(Ipv6Addr::from(prefix))
            }
            v4 @ IpAddr::V4(_) => v4,
        };
        Self {
            network: GuessScope::from_address(&address.to_string()),
            site,
        }
    }
}
