//! Sectors of pairwise names (OpenID Connect Core 1.0 §8.1, Dynamic Registration 1.0 §5).

use super::member::metadata;
use crate::{Fault, RedirectUri};
use std::collections::BTreeSet;
use zt_types::Json;

/// Whether what stands at a `sector_identifier_uri` has all of `back`, letter by letter: whoever serves it vouches for each. A list
/// vouches for nobody who has no address.
///
/// # Errors
/// `invalid_client_metadata`.
pub fn check_sector(document: &[u8], back: &BTreeSet<RedirectUri>) -> Result<(), Fault> {
    let Ok(Json::List(listed)) = Json::parse(document, 1) else {
        return Err(metadata(
            "what stands at the sector_identifier_uri is no list of addresses",
        ));
    };
    let is_listed = |uri: &RedirectUri| {
        let mut texts = listed.iter().filter_map(Json::as_text);
        texts.any(|text| text == uri.as_str())
    };
    if !back.is_empty() && back.iter().all(is_listed) {
        return Ok(());
    }
    Err(metadata(
        "one of the redirect_uris is not in the list at the sector_identifier_uri",
    ))
}

/// The sector of addresses that no list holds together: the one host of all of them.
pub(super) fn host_of(back: &BTreeSet<RedirectUri>) -> Option<&str> {
    let mut hosts = back.iter().map(RedirectUri::web_host);
    let first = hosts.next()??;
    hosts.all(|host| host == Some(first)).then_some(first)
}
