//! What a program registered itself as.

use serde::{Deserialize, Serialize};
use zt_types::Text;

/// So many addresses are kept of one that registers itself.
const MOST: usize = 10;

/// What a program registered itself as, so far as it is kept: names are short, addresses may be many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisteredAs {
    /// What it calls itself.
    pub name: Text,
    /// Where browsers are sent back to: the first 10.
    pub redirect_uris: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

impl RegisteredAs {
    /// As it is kept.
    #[must_use]
    pub fn new<'a>(name: &Text, addresses: impl IntoIterator<Item = &'a str>) -> Self {
        let mut addresses = addresses.into_iter().map(str::to_owned);
        Self {
            name: name.clone(),
            redirect_uris: addresses.by_ref().take(MOST).collect(),
            more: addresses.count(),
        }
    }
}
