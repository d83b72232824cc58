//! Pages of what a search finds (§8.2): a token says after which result the next one begins, and which search it is of.
//!
//! Nothing is kept between two pages. The token carries its place and a code over it and the search, under a key of this
//! process: what was made for another search, another caller or another process is not taken.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zt_crypto::hash::MacKey;

/// Where a page begins, and how long it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Results on a page.
    pub(super) limit: u32,
    /// The key of the last result before it; empty at the beginning.
    pub(super) after: Vec<u8>,
}

/// Makes and knows tokens.
#[derive(Debug)]
pub(crate) struct PageKey(MacKey);

const CODE: usize = 32;

impl PageKey {
    /// Under a key of 32 random bytes.
    pub(crate) fn new(random: [u8; 32]) -> Self {
        Self(MacKey::new(&random))
    }

    /// The token of a place in the search that `about` names.
    pub(super) fn token(&self, about: &[u8], place: &Place) -> String {
        let mut bytes = place.limit.to_be_bytes().to_vec();
        bytes.extend_from_slice(&place.after);
        let code = self.0.sign(&message(about, &bytes));
        bytes.extend_from_slice(&code);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place that a token names, if it was made for this search.
    pub(super) fn place(&self, about: &[u8], token: &str) -> Option<Place> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (said, code) = bytes.split_at_checked(bytes.len().checked_sub(CODE)?)?;
        if !self.0.verify(&message(about, said), code) {
            return None;
        }
        let (limit, after) = said.split_first_chunk::<4>()?;
        Some(Place {
            limit: u32::from_be_bytes(*limit),
            after: after.to_vec(),
        })
    }
}

/// What the code is over: the search's name has a fixed length, so the two cannot run into each other.
fn message(about: &[u8], said: &[u8]) -> Vec<u8> {
    let mut message = zt_crypto::hash::sha256(about).to_vec();
    message.extend_from_slice(said);
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_token_is_of_one_search(limit: u32, after: Vec<u8>, about: Vec<u8>, other: Vec<u8>) {
            let key = PageKey::new([1; 32]);
            let place = Place { limit, after };
            let token = key.token(&about, &place);
            prop_assert_eq!(key.place(&about, &token), Some(place));
            prop_assert_eq!(PageKey::new([2; 32]).place(&about, &token), None);
            if other != about {
                prop_assert_eq!(key.place(&other, &token), None);
            }
        }

        #[test]
        fn garbage_is_no_token(token in ".{0,200}") {
            prop_assert_eq!(PageKey::new([1; 32]).place(b"search", &token), None);
        }
    }
}
