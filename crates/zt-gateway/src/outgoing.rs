//! What an application is sent, and what of its answer is passed on.

use crate::cookie;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use std::net::IpAddr;

/// Who is asking, as a signed token (see [`crate::identity`]).
pub(crate) const IDENTITY: HeaderName = HeaderName::from_static("sekisho-identity");
pub(crate) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
/// What belongs to one origin alone.
const OWN_DATA: [&[u8]; 2] = [b"\"cache\"", b"\"storage\""];

/// What every request of one connection is forwarded with.
#[derive(Debug)]
pub(crate) struct Forwarding {
    /// The address, for events.
    pub(crate) address: String,
    for_: HeaderValue,
    forwarded: HeaderValue,
}

impl Forwarding {
    /// `address` is where it comes from, if that is known; `host` the application's authority as people know it.
    pub(crate) fn of(address: Option<IpAddr>, host: &HeaderValue) -> Self {
        let (address, node) = match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => (address.to_string(), address.to_string()),
            // RFC 7239 §6: an IPv6 address stands in brackets and quotes.
            Some(IpAddr::V6(address)) => (address.to_string(), format!("\"[{address}]\"")),
            None => ("unknown".to_owned(), "unknown".to_owned()),
        };
        let host = host.to_str().unwrap_or_default();
        let forwarded = format!("for={node};host=\"{host}\";proto=https");
        // Addresses and host names hold nothing that a header may not.
        let value =
            |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("unknown"));
        Self {
            for_: value(&address),
            forwarded: value(&forwarded),
            address,
        }
    }
}

/// Completes a clean head for the application.
pub(crate) fn dress(
    headers: &mut HeaderMap,
    host: &HeaderValue,
    forwarding: &Forwarding,
    identity: HeaderValue,
) {
    cookie::withhold(headers);
    headers.insert(header::HOST, host.clone());
    headers.insert(FORWARDED_FOR, forwarding.for_.clone());
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
    headers.insert(FORWARDED_HOST, host.clone());
    headers.insert(header::FORWARDED, forwarding.forwarded.clone());
    // RFC 9110 §7.6.3: a gateway says in each inbound request that it was there.
    headers.insert(header::VIA, HeaderValue::from_static("1.1 sekisho"));
    headers.insert(IDENTITY, identity);
}

/// Takes out of an answer what ends here.
pub(crate) fn strip(headers: &mut HeaderMap) {
    // RFC 9110 §7.6.1: what Connection names, and what is for one hop anyway.
    let mut gone: Vec<HeaderName> = headers
        .keys()
        .filter(|name| ends_here(name.as_str()))
        .cloned()
        .collect();
    for value in headers.get_all(header::CONNECTION) {
        let options = value.as_bytes().split(|byte| *byte == b',');
        let named = options.filter_map(|option| HeaderName::from_bytes(option.trim_ascii()).ok());
        gone.extend(
            named.filter(|name| *name != header::CONTENT_LENGTH && *name != header::SET_COOKIE),
        );
    }
    for name in gone {
        headers.remove(name);
    }
    cookie::keep_ours(headers);
    keep_to_itself(headers);
}

/// An application may clear what is its own. Its cookies are cleared for the whole registrable domain (W3C Clear Site Data
/// §4.2.2): the session at the sign-in host and those at all other applications would go with them.
fn keep_to_itself(headers: &mut HeaderMap) {
    let Some(first) = headers.remove(CLEAR_SITE_DATA) else {
        return;
    };
    // Of several lines, a browser reads one list; an application that sends more than one gets the first.
    let kept: Vec<&[u8]> = first
        .as_bytes()
        .split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .flat_map(|kind| {
            let everything = kind == b"\"*\"";
            OWN_DATA
                .into_iter()
                .filter(move |own| everything || *own == kind)
        })
        .collect();
    if let Ok(kept) = HeaderValue::from_bytes(&kept.join(&b", "[..]))
        && !kept.is_empty()
    {
        headers.insert(CLEAR_SITE_DATA, kept);
    }
}

fn ends_here(name: &str) -> bool {
    matches!(
        name,
        "connection" | "keep-alive" | "proxy-connection" | "transfer-encoding" | "upgrade" | "proxy-authenticate"
        // An address that leads around the gateway.
        | "alt-svc"
        | "sekisho-identity"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_clears_its_own_data_and_nobody_elses() {
        for (sent, expected) in [
            ("\"cookies\"", None),
            ("\"cache\"", Some("\"cache\"")),
            (
                "\"cache\", \"cookies\",\"storage\"",
                Some("\"cache\", \"storage\""),
            ),
            ("\"*\"", Some("\"cache\", \"storage\"")),
            ("cookies, \"COOKIES\", \"new-thing\"", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CLEAR_SITE_DATA, sent.parse().unwrap());
            strip(&mut headers);
            let kept = headers
                .get(CLEAR_SITE_DATA)
                .map(|kept| kept.to_str().unwrap());
            assert_eq!(kept, expected, "{sent}");
        }
    }
}
