//! What a program says of itself that nothing here acts by: it is shown, to whoever is to judge it.

use super::ClientMetadata;
use super::member::{Object, metadata};
use crate::{Fault, RedirectUri};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use zt_types::names::{is_hidden, is_variant, likeness};
use zt_types::{ClientId, Language, Text};

/// The longest name, in characters.
const LONGEST_NAME: usize = 120;
/// So many people to ask.
const MOST_CONTACTS: usize = 10;
/// The longest way to reach one, and the longest name of software, in bytes.
const LONGEST_WORD: usize = 254;

/// What is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Said {
    /// What it calls itself.
    pub names: ClientNames,
    /// Its own pages (`client_uri`).
    pub client_uri: Option<RedirectUri>,
    /// Its picture (`logo_uri`). Nobody's browser is sent there: who looks would be told to whoever serves it.
    pub logo_uri: Option<RedirectUri>,
    /// What it does with what it learns (`policy_uri`).
    pub policy_uri: Option<RedirectUri>,
    /// Its terms (`tos_uri`).
    pub tos_uri: Option<RedirectUri>,
    /// Whom to ask about it.
    pub contacts: Vec<String>,
    /// Which software it is.
    pub software_id: Option<String>,
    /// Which version of that.
    pub software_version: Option<String>,
    /// What kind of program it is.
    pub application: ApplicationKind,
    /// Which addresses know people by the same names (OpenID Connect Dynamic Registration 1.0 §5).
    pub sector_identifier: Option<RedirectUri>,
}

/// What a program calls itself (RFC 7591 §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ClientNames {
    /// In whatever language.
    pub plain: Option<String>,
    /// 日本語
    pub ja: Option<String>,
    /// English
    pub en: Option<String>,
}

impl ClientNames {
    /// The name in each language; where it says none, its id.
    #[must_use]
    pub fn text(&self, id: &ClientId) -> Text {
        let of = |own: &Option<String>, other: &Option<String>| {
            let named = own.as_ref().or(self.plain.as_ref()).or(other.as_ref());
            named.cloned().unwrap_or_else(|| id.to_string())
        };
        Text {
            ja: of(&self.ja, &self.en),
            en: of(&self.en, &self.ja),
        }
    }
}

impl ClientNames {
    /// Whether people would take one of its names for this one.
    #[must_use]
    pub fn look_like(&self, other: &Text) -> bool {
        let others = [likeness(&other.ja), likeness(&other.en)];
        let own = [&self.plain, &self.ja, &self.en].into_iter().flatten();
        own.map(|name| likeness(name))
            .any(|name| others.contains(&name))
    }
}

/// What kind of program it is (OpenID Connect Dynamic Registration 1.0 §2 `application_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum ApplicationKind {
    /// At an address of the web.
    #[default]
    Web,
    /// On people's devices.
    Native,
}

impl Said {
    /// Whether one of its own pages is at this host, or below it.
    fn is_at(&self, domain: &str) -> bool {
        let pages = [
            &self.client_uri,
            &self.logo_uri,
            &self.policy_uri,
            &self.tos_uri,
        ];
        pages
            .into_iter()
            .flatten()
            .any(|page| page.is_below(domain))
    }
}

impl ClientMetadata {
    /// Nothing that is shown as the program's own, and nothing that browsers open without being sent there, is at `domain`, which is
    /// ours, or below it: there it would look like ours, and be let do more.
    ///
    /// # Errors
    /// `invalid_client_metadata`.
    pub fn keep_off(&self, domain: &str) -> Result<(), Fault> {
        if self.said.is_at(domain) {
            return Err(metadata(
                "client_uri, logo_uri, policy_uri and tos_uri are not at hosts of this server",
            ));
        }
        let front = self.frontchannel_logout.as_ref();
        if front.is_some_and(|front| front.uri.is_below(domain) || front.uri.is_loopback()) {
            return Err(metadata(
                "the frontchannel_logout_uri is neither at a host of this server nor on the device that opens it",
            ));
        }
        Ok(())
    }
}

/// Reads it. `back` is where browsers are sent: the pages it names are at one of these hosts (RFC 7591 §5), so that nobody
/// shows somebody else's as his own.
pub(super) fn read(object: &Object, back: &BTreeSet<RedirectUri>) -> Result<Said, Fault> {
    let page = |name: &str| -> Result<Option<RedirectUri>, Fault> {
        let Some(text) = object.text(name, "a page of the client is an address")? else {
            return Ok(None);
        };
        let page = RedirectUri::parse(text).ok();
        let is_its_own = |page: &RedirectUri| {
            let host = page.web_host();
            host.is_some() && !back.is_empty() && back.iter().all(|uri| uri.web_host() == host)
        };
        page.filter(is_its_own).map(Some).ok_or(metadata(
            "client_uri, logo_uri, policy_uri and tos_uri begin with https:// and are at the one host of all redirect_uris",
        ))
    };
    let word = |name: &str| {
        let text = object.text(name, "software_id and software_version are texts")?;
        text.map(|text| plain(text, LONGEST_WORD)).transpose()
    };
    let contacts = object.texts("contacts", "contacts is a list of texts")?;
    if contacts.len() > MOST_CONTACTS {
        return Err(metadata("contacts are 10 at most"));
    }
    let contacts = contacts.into_iter().map(|text| plain(text, LONGEST_WORD));
    Ok(Said {
        names: names(object)?,
        client_uri: page("client_uri")?,
        logo_uri: page("logo_uri")?,
        policy_uri: page("policy_uri")?,
        tos_uri: page("tos_uri")?,
        contacts: contacts.collect::<Result<_, _>>()?,
        software_id: word("software_id")?,
        software_version: word("software_version")?,
        application: match object.text("application_type", "application_type is a text")? {
            None | Some("web") => ApplicationKind::Web,
            Some("native") => ApplicationKind::Native,
            Some(_) => return Err(metadata("application_type is web or native")),
        },
        sector_identifier: None,
    })
}

/// RFC 7591 §2.2. Languages that nobody reads here are passed over; of two names in one language the one counts that says least of which
/// kind of it: `ja` before `ja-Kana-JP`.
fn names(object: &Object) -> Result<ClientNames, Fault> {
    let mut names = ClientNames::default();
    let mut all = object.names("client_name")?;
    all.sort_by_key(|(member, _)| member.len());
    for (member, name) in all {
        let name = plain(name, LONGEST_NAME)?;
        // What is read looks like a name: marks alone look like a line, or like nothing.
        if !name.contains(char::is_alphanumeric) {
            return Err(metadata("a client_name has a letter or a digit"));
        }
        let slot = match member.split_once('#') {
            None => &mut names.plain,
            Some((_, tag)) => match Language::from_tag(tag) {
                Some(Language::Ja) => &mut names.ja,
                Some(Language::En) => &mut names.en,
                None => continue,
            },
        };
        slot.get_or_insert(name);
    }
    Ok(names)
}

/// A text that looks like what it is: nothing in it turns its direction, joins, or cannot be seen.
fn plain(text: &str, longest: usize) -> Result<String, Fault> {
    let text = text.trim();
    let length = text.chars().count();
    let hides = text.contains(|c| is_hidden(c) || is_variant(c));
    if (1..=longest).contains(&length) && !hides {
        return Ok(text.to_owned());
    }
    Err(metadata(
        "names and contacts are plain texts: 1 to 120 characters of a name, 254 of others, none that cannot be seen",
    ))
}
