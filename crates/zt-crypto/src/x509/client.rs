//! Certificates of programs that prove with them who they are (RFC 8705), whoever issued them.
//!
//! TLS has proven that the peer holds the key, and nothing else: here it is read who the certificate says it is of, and whether
//! authorities that somebody trusts for it vouch for that now.

use crate::hash::sha256;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
pub use rustls::pki_types::CertificateDer;
use rustls::pki_types::{TrustAnchor, UnixTime};
use std::net::IpAddr;
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::extensions::GeneralName;
use zt_types::{Json, Timestamp};

/// A longer chain is not looked at.
const LONGEST_CHAIN: usize = 6;
/// More authorities are not trusted for one client.
const MOST_AUTHORITIES: usize = 16;

/// The SHA-256 of a certificate in base64url, as tokens name it (RFC 8705 §3.1, `x5t#S256`).
#[must_use]
pub fn thumbprint(certificate: &CertificateDer<'_>) -> String {
    URL_SAFE_NO_PAD.encode(sha256(certificate))
}

/// The authorities in a text of PEM, which vouch for a client's certificate.
#[derive(Debug, Clone)]
pub struct ClientAuthorities(Vec<CertificateDer<'static>>);

/// Why a text names no authorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAuthorities {
    /// There is no certificate in it, or something else than certificates.
    #[error("there is something else than certificates in it, or none")]
    Malformed,
    /// There are more than one client needs.
    #[error("there are more than 16 certificates in it")]
    TooMany,
    /// One is no authority's.
    #[error("one of the certificates is no authority's (CA:TRUE)")]
    NotAnAuthority,
}

impl ClientAuthorities {
    /// Reads them.
    ///
    /// # Errors
    /// [`NoAuthorities`].
    pub fn read(pem: &str) -> Result<Self, NoAuthorities> {
        let mut authorities = Vec::new();
        for block in x509_parser::pem::Pem::iter_from_buffer(pem.as_bytes()) {
            let block = block.map_err(|_| NoAuthorities::Malformed)?;
            let read = super::parse(&block.contents).filter(|_| block.label == "CERTIFICATE");
            if !read.ok_or(NoAuthorities::Malformed)?.is_ca() {
                return Err(NoAuthorities::NotAnAuthority);
            }
            authorities.push(CertificateDer::from(block.contents));
        }
        match authorities.len() {
            0 => Err(NoAuthorities::Malformed),
            count if count > MOST_AUTHORITIES => Err(NoAuthorities::TooMany),
            _ => Ok(Self(authorities)),
        }
    }

    /// Whether one of them vouches now for a certificate to be a client's, through the others of its chain (RFC 5280 §6).
    #[must_use]
    pub fn vouch_for(&self, chain: &[CertificateDer<'_>], now: Timestamp) -> bool {
        let Some((leaf, between)) = chain.split_first() else {
            return false;
        };
        let anchors: Vec<TrustAnchor<'_>> = self
            .0
            .iter()
            .filter_map(|authority| anchor_from_trusted_cert(authority).ok())
            .collect();
        let seconds = u64::try_from(now.as_seconds()).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let is_short = chain.len() <= LONGEST_CHAIN;
        is_short
            && EndEntityCert::try_from(leaf).is_ok_and(|leaf| {
                let algorithms = webpki::ALL_VERIFICATION_ALGS;
                let usage = KeyUsage::client_auth();
                leaf.verify_for_usage(algorithms, &anchors, between, now, usage, None, None)
                    .is_ok()
            })
    }
}

/// Who a certificate says it is of (RFC 8705 §2.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateName<'a> {
    /// Its subject, as RFC 4514 writes it.
    Subject(&'a str),
    /// One of its DNS names.
    Dns(&'a str),
    /// One of its addresses of the web.
    Uri(&'a str),
    /// One of its network addresses.
    Ip(IpAddr),
    /// One of its addresses for e-mail.
    Email(&'a str),
}

/// Whether a certificate says that it is of `name`. Names are compared as they are written, but for DNS names, which know no capitals;
/// a `*` stands for itself.
#[must_use]
pub fn is_of(certificate: &CertificateDer<'_>, name: &CertificateName<'_>) -> bool {
    let Some(read) = super::parse(certificate) else {
        return false;
    };
    if let CertificateName::Subject(subject) = name {
        return subject_of(&read).is_some_and(|is| is == *subject);
    }
    let names = read.subject_alternative_name().ok().flatten();
    names.is_some_and(|names| {
        let mut names = names.value.general_names.iter();
        names.any(|is| match (is, name) {
            (GeneralName::DNSName(is), CertificateName::Dns(name)) => is.eq_ignore_ascii_case(name),
            (GeneralName::URI(is), CertificateName::Uri(name)) => is == name,
            (GeneralName::RFC822Name(is), CertificateName::Email(name)) => is == name,
            (GeneralName::IPAddress(is), CertificateName::Ip(IpAddr::V4(name))) => {
                *is == name.octets()
            }
            (GeneralName::IPAddress(is), CertificateName::Ip(IpAddr::V6(name))) => {
                *is == name.octets()
            }
            _ => false,
        })
    })
}

/// The subject in the words of RFC 4514: the last part first. None if a part has a form or an attribute that is not written so.
fn subject_of(certificate: &x509_parser::certificate::X509Certificate<'_>) -> Option<String> {
    let mut parts = Vec::new();
    for part in certificate.subject().iter_rdn() {
        let mut values = Vec::new();
        for attribute in part.iter() {
            let name = attribute_name(&attribute.attr_type().to_id_string())?;
            values.push(format!("{name}={}", escaped(attribute.as_str().ok()?)));
        }
        parts.push(values.join("+"));
    }
    parts.reverse();
    Some(parts.join(","))
}

/// What a subject is made of that is written here (RFC 4514 §3).
const ATTRIBUTES: [(&str, &str); 9] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.6", "C"),
    ("2.5.4.9", "STREET"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("0.9.2342.19200300.100.1.1", "UID"),
];

fn attribute_name(id: &str) -> Option<&'static str> {
    let mut known = ATTRIBUTES.iter();
    known.find_map(|(known, name)| (*known == id).then_some(*name))
}

/// Whether a certificate could have this subject, in the one way in which it is compared.
#[must_use]
pub fn is_subject(text: &str) -> bool {
    parts(text, ',').all(|part| parts(part, '+').all(is_attribute))
}

fn is_attribute(text: &str) -> bool {
    let Some((name, value)) = text.split_once('=') else {
        return false;
    };
    let is_known = ATTRIBUTES.iter().any(|(_, known)| *known == name);
    is_known && unescaped(value).is_some_and(|plain| escaped(&plain) == value)
}

/// What stands between separators that no `\` takes the meaning from.
fn parts(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_plain = true;
    text.split(move |next| {
        let is_end = is_plain && next == separator;
        is_plain = !is_plain || next != '\\';
        is_end
    })
}

fn unescaped(value: &str) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(next) = rest.next() {
        match next {
            '\\' => match rest.next()? {
                '0' if rest.next()? == '0' => out.push('\0'),
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
    Some(out)
}

/// RFC 4514 §2.4.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (at, next) in value.chars().enumerate() {
        let is_edge = (at == 0 && " #".contains(next)) || (at == last && next == ' ');
        match next {
            '\0' => out.push_str("\\00"),
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => {
                out.push('\\');
                out.push(next);
            }
            _ if is_edge => {
                out.push('\\');
                out.push(next);
            }
            _ => out.push(next),
        }
    }
    out
}

/// Whether a certificate stands in a key set, in the `x5c` of one of its keys, to the byte (RFC 8705 §2.2.2).
#[must_use]
pub fn is_in(certificate: &CertificateDer<'_>, keys: &str) -> bool {
    let Ok(Json::Object(set)) = Json::parse(keys.as_bytes(), 16) else {
        return false;
    };
    let Some(Json::List(keys)) = set.get("keys") else {
        return false;
    };
    keys.iter().any(|key| {
        let Json::Object(members) = key else {
            return false;
        };
        let first = match members.get("x5c") {
            Some(Json::List(chain)) => chain.first().and_then(Json::as_text),
            _ => None,
        };
        // RFC 7517 §4.7: base64, not base64url.
        let kept = first.and_then(|text| STANDARD.decode(text).ok());
        kept.is_some_and(|kept| kept == certificate.as_ref())
    })
}

#[cfg(test)]
mod tests;
