//! Tokens that somebody else signed: what counts is written in one way, and counts for nothing else.

use crate::wire::says;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::BTreeMap;
use zt_crypto::jose::embedded;
use zt_crypto::jose::foreign::{Algorithm, ForeignRefusal, KeySet, Unverified, Verified};
use zt_types::Json;

/// A token; after a NUL byte, the key set that it is verified with.
pub(crate) fn foreign(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (token, set) = text.split_once('\0').unwrap_or((text, ""));
    let set = KeySet::parse(set).map_err(|error| says(&error)).ok();
    let unverified = match Unverified::parse(token) {
        Ok(unverified) => unverified,
        Err(error) => {
            says(&error);
            let embedded = embedded::verify(token, &Algorithm::ALL);
            return assert_eq!(embedded.err(), Some(error), "read in two ways");
        }
    };
    if let Some(set) = &set {
        match unverified.clone().verify(set, &Algorithm::ALL) {
            Ok(verified) => counts(token, &unverified, set, &verified),
            Err(error) => says(&error),
        }
    }
    match embedded::verify(token, &Algorithm::ALL) {
        Ok(proof) => {
            is_canonical(token);
            assert_eq!(proof.thumbprint.len(), 43, "no SHA-256 in base64url");
            assert!(proof.claims.is_object(), "claims that are no object");
        }
        Err(error) => says(&error),
    }
}

/// What is promised about a token that counts.
fn counts(token: &str, unverified: &Unverified, set: &KeySet, verified: &Verified) {
    is_canonical(token);
    assert!(verified.claims.is_object(), "claims that are no object");
    let mut parts = token.split('.');
    let head = parts.next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(head).unwrap_or_default();
    let header = match Json::parse(&header, 8) {
        Ok(Json::Object(header)) => header,
        other => return assert_eq!(other, Ok(Json::Object(BTreeMap::new())), "no header"),
    };
    let named = header.get("alg").and_then(Json::as_text);
    assert_eq!(
        named,
        Some(verified.algorithm.as_str()),
        "another algorithm"
    );
    assert!(
        !header.contains_key("crit") && !header.contains_key("b64"),
        "an extension that nobody knows"
    );
    let others = Algorithm::ALL.map(|one| (one != verified.algorithm).then_some(one));
    let others: Vec<Algorithm> = others.into_iter().flatten().collect();
    let refused = unverified.clone().verify(set, &others);
    assert_eq!(refused, Err(ForeignRefusal::Algorithm), "not accepted");
    // The same signature over no claims at all, which is `e30`.
    let (payload, signature) = (parts.next(), parts.next().unwrap_or_default());
    if payload != Some("e30") {
        let other = Unverified::parse(&format!("{head}.e30.{signature}"));
        let other = other.and_then(|other| other.verify(set, &Algorithm::ALL));
        assert_eq!(
            other,
            Err(ForeignRefusal::BadSignature),
            "it signs two tokens"
        );
    }
}

/// RFC 7515 §3.1: three parts in base64url without padding, in the one way there is to write them.
fn is_canonical(token: &str) {
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "`{token}`");
    for part in parts {
        let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
        assert_eq!(URL_SAFE_NO_PAD.encode(bytes), part, "written otherwise");
    }
}
