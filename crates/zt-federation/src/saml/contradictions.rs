//! What of a service provider cannot hold together, whoever wrote its record: files, the console, or its own metadata.

use super::{
    AttributeRule, AttributeSource, MetadataSource, RequestSigning, ServiceProvider, Transform,
    Unsolicited,
};
use crate::{Client, RedirectUri};
use std::collections::BTreeSet;

/// More of anything nobody has, and each is looked through for every request.
const MOST: usize = 64;
/// The longest name and value of an attribute that is written down, in octets.
const LONGEST: usize = 1024;
/// Bindings §3.4.3, §3.5.3.
const LONGEST_RELAY_STATE: usize = 80;

/// Two things that cannot both be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum SamlContradiction {
    /// Its id is the address of a form, or could be a person's.
    #[error("its id is `new`, or could be the id of a person")]
    Id,
    /// Assertions can be sent nowhere.
    #[error("an assertion needs an address to be sent to: give it a consumer")]
    NoConsumer,
    /// A request that names a number would mean two addresses.
    #[error("two of its consumers have the same index")]
    ConsumerIndex,
    /// A request that names none would.
    #[error("more than one of its consumers is the default")]
    ConsumerDefault,
    /// No browser sends a form there.
    #[error("a browser sends the answer to an address that begins with `https://`")]
    ConsumerAddress,
    /// It would be told of a sign-out twice, or nowhere.
    #[error("it has one address of the web at most for each way to tell it of a sign-out")]
    Logout,
    /// Its requests are to be signed, and nothing says by whom.
    #[error("its requests are to be signed, and it has no certificate for signing")]
    NoKeys,
    /// The same attribute twice.
    #[error("two of its attributes have the same name and format")]
    AttributeTwice,
    /// Without a name, or with one nobody reads.
    #[error("an attribute has a name of 1 to 1,024 octets, and values as long")]
    Attribute,
    /// A sign-in that is over before it began.
    #[error("a sign-in there counts for a minute at least")]
    Session,
    /// What goes with an answer is longer than it may be.
    #[error("a `RelayState` has at most 80 octets")]
    RelayState,
    /// Metadata from where anybody on the way could change it.
    #[error("metadata is fetched from an address that begins with `https://`")]
    MetadataAddress,
    /// More than anybody has.
    #[error("it has at most 64 consumers, certificates and attributes each")]
    TooMany,
}

impl ServiceProvider {
    /// What of it cannot hold together; nothing of a service provider that may be registered.
    #[must_use]
    pub fn contradictions(&self) -> Vec<SamlContradiction> {
        use SamlContradiction as No;
        let logout_addresses = self.logout.iter().flat_map(|service| {
            let elsewhere = service.response_location.as_ref();
            [Some(&service.location), elsewhere].into_iter().flatten()
        });
        let bindings: BTreeSet<_> = self.logout.iter().map(|by| by.binding).collect();
        let indexes: BTreeSet<_> = self.consumers.iter().map(|to| to.index).collect();
        let defaults = self.consumers.iter().filter(|to| to.is_default).count();
        let names: BTreeSet<_> = self
            .attributes
            .iter()
            .map(|rule| (&rule.name, rule.format))
            .collect();
        let lengths = [
            self.consumers.len(),
            self.signing.len(),
            self.attributes.len(),
        ];
        let found = [
            (No::Id, !Client::may_be_called(&self.id)),
            (
                No::NoConsumer,
                self.consumers.is_empty() && !self.source.is_awaited(),
            ),
            (No::ConsumerIndex, indexes.len() < self.consumers.len()),
            (No::ConsumerDefault, defaults > 1),
            (
                No::ConsumerAddress,
                !self.consumers.iter().all(|to| is_of_the_web(&to.location)),
            ),
            (
                No::Logout,
                bindings.len() < self.logout.len()
                    || !logout_addresses.into_iter().all(is_of_the_web),
            ),
            (
                No::NoKeys,
                self.requests == RequestSigning::Demanded
                    && self.signing.is_empty()
                    && !self.source.is_awaited(),
            ),
            (No::AttributeTwice, names.len() < self.attributes.len()),
            (No::Attribute, !self.attributes.iter().all(is_sound)),
            (
                No::Session,
                self.session.is_some_and(|session| session.0 < 60),
            ),
            (
                No::RelayState,
                matches!(
                    &self.unsolicited,
                    Unsolicited::Allowed { relay_state: Some(state) }
                        if state.len() > LONGEST_RELAY_STATE
                ),
            ),
            (
                No::MetadataAddress,
                matches!(
                    &self.source,
                    MetadataSource::Fetched(from) if from.url.web_host().is_none()
                ),
            ),
            (No::TooMany, lengths.into_iter().any(|length| length > MOST)),
        ];
        let found = found.into_iter().filter(|(_, is_so)| *is_so);
        found.map(|(contradiction, _)| contradiction).collect()
    }
}

/// Whether it is no program's own scheme: those take codes, and no form.
fn is_of_the_web(address: &RedirectUri) -> bool {
    let address = address.as_str();
    address.starts_with("https://") || address.starts_with("http://")
}

fn is_sound(rule: &AttributeRule) -> bool {
    let mut written = vec![rule.name.as_str()];
    written.extend(rule.friendly.as_deref());
    if let AttributeSource::Fixed(text) = &rule.source {
        written.push(text);
    }
    for transform in &rule.transforms {
        match transform {
            Transform::Prefix(text) | Transform::Suffix(text) => written.push(text),
            Transform::Mapped(table) => {
                written.extend(
                    table
                        .iter()
                        .flat_map(|(from, to)| [from.as_str(), to.as_str()]),
                );
            }
            Transform::Lowercase
            | Transform::Uppercase
            | Transform::BeforeAt
            | Transform::AfterAt => {}
        }
    }
    // XML 1.0 §2.2: a control character cannot be written, in whatever disguise.
    let fits = |text: &str| text.len() <= LONGEST && !text.contains(char::is_control);
    !rule.name.trim().is_empty() && written.into_iter().all(fits)
}

#[cfg(test)]
mod tests;
