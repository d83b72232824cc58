//! Members of an untrusted JSON object, by the type that they have to have.

use crate::{ErrorCode, Fault, RedirectUri};
use std::collections::{BTreeMap, BTreeSet};
use zt_types::Json;

/// How deep what a program says may nest: a key set has keys, which have members, which may have lists.
const DEPTH: usize = 6;
/// So many addresses of one kind.
const MOST_ADDRESSES: usize = 50;

/// `invalid_client_metadata`, and what is wrong.
#[must_use]
pub const fn metadata(description: &'static str) -> Fault {
    Fault::new(ErrorCode::InvalidClientMetadata, description)
}

/// What came. A member that is `null` is one that is not there (RFC 7591 §2).
pub(super) struct Object(BTreeMap<String, Json>);

impl Object {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        match Json::parse(bytes, DEPTH) {
            Ok(Json::Object(members)) => Ok(Self(
                members
                    .into_iter()
                    .filter(|(_, value)| *value != Json::Null)
                    .collect(),
            )),
            _ => Err(metadata(
                "the body is a JSON object in which no member is there twice",
            )),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn member(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    pub(super) fn text(&self, name: &str, is: &'static str) -> Result<Option<&str>, Fault> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(metadata(is)),
        }
    }

    pub(super) fn truth(&self, name: &str, is: &'static str) -> Result<bool, Fault> {
        match self.0.get(name) {
            None => Ok(false),
            Some(Json::Truth(truth)) => Ok(*truth),
            Some(_) => Err(metadata(is)),
        }
    }

    pub(super) fn texts(&self, name: &str, is: &'static str) -> Result<Vec<&str>, Fault> {
        match self.0.get(name) {
            None => Ok(Vec::new()),
            Some(Json::List(list)) => {
                let texts = list.iter().map(|text| text.as_text().ok_or(metadata(is)));
                texts.collect()
            }
            Some(_) => Err(metadata(is)),
        }
    }

    /// The member `name` and those of the same name with a language (`name#ja`, RFC 7591 §2.2).
    pub(super) fn names(&self, name: &str) -> Result<Vec<(&str, &str)>, Fault> {
        let all = self.0.iter().filter(|(member, _)| {
            let rest = member.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
        });
        let texts = all.map(|(member, value)| match value {
            Json::Text(text) => Ok((member.as_str(), text.as_str())),
            _ => Err(metadata("a client_name is a text")),
        });
        texts.collect()
    }

    /// Addresses that browsers are sent to.
    pub(super) fn addresses(&self, name: &str) -> Result<BTreeSet<RedirectUri>, Fault> {
        let wrong = |description| Fault::new(ErrorCode::InvalidRedirectUri, description);
        let texts = self
            .texts(name, "addresses are a list of texts")
            .map_err(|fault| wrong(fault.description))?;
        if texts.len() > MOST_ADDRESSES {
            return Err(wrong("addresses are 50 at most"));
        }
        let parsed = texts.into_iter().map(|text| {
            RedirectUri::parse(text).map_err(|_| {
                wrong(
                    "an address begins with https://, with http://127.0.0.1 or http://[::1], or with a scheme such as com.example.app:/; it has no fragment, user name or wildcard, and is written in lower case and in the shortest way",
                )
            })
        });
        parsed.collect()
    }
}
