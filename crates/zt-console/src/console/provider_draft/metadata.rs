//! Metadata that was pasted or uploaded: what is wrong with it, and what the form takes from it.

use super::super::client_draft::Faults;
use super::{Draft, Row};
use zt_federation::saml::{
    AttributeFormat, MetadataError, MetadataNote, ServiceProvider, Sides, SpMetadata,
};
use zt_federation::xml::{Content, Document, XmlError};
use zt_pages::Page;
use zt_types::{Language, Timestamp};

/// Longer metadata than anybody's, in bytes.
pub(crate) const MOST: usize = 256 * 1024;

/// What of its attributes we know, by the ends of their names.
const KNOWN: [(&str, &str); 16] = [
    ("0.9.2342.19200300.100.1.3", "email"),
    ("emailaddress", "email"),
    ("mail", "email"),
    ("email", "email"),
    ("idpemail", "email"),
    ("0.9.2342.19200300.100.1.1", "login"),
    ("uid", "login"),
    ("username", "login"),
    ("2.16.840.1.113730.3.1.241", "name"),
    ("displayname", "name"),
    ("2.5.4.3", "name"),
    ("cn", "name"),
    ("groups", "groups"),
    ("ismemberof", "groups"),
    ("preferredlanguage", "language"),
    ("2.16.840.1.113730.3.1.39", "language"),
];

/// What the form took from metadata.
#[derive(Debug)]
pub(crate) struct Filled {
    pub(crate) read: SpMetadata,
    /// What of it is passed over, in words.
    pub(crate) notes: Vec<String>,
    /// Attributes that it would like and that nobody knows the meaning of.
    pub(crate) unknown: Vec<String>,
}

impl Draft {
    pub(super) fn uploaded(
        &self,
        page: &Page,
        now: Timestamp,
        known: Option<&ServiceProvider>,
        faults: &mut Faults,
    ) -> Option<Sides> {
        let mut wrong = |fault| faults.push("metadata", fault);
        let read = match read(&self.metadata, now) {
            Ok(read) => read,
            Err(why) => {
                wrong(words(page, &why));
                return None;
            }
        };
        let other = known.filter(|known| known.entity_id != read.entity_id);
        if other.is_some() {
            wrong(words(page, &MetadataError::OtherEntity(read.entity_id)));
            return None;
        }
        // Typed beside it, something would be lost without a word.
        let typed = [
            &self.entity_id,
            &self.consumers,
            &self.signing,
            &self.encryption_key,
        ];
        let is_known = known.is_some();
        if !is_known && typed.into_iter().any(|text| !text.is_empty()) {
            wrong(page.t("provider-fault-both").to_owned());
            return None;
        }
        Some(read.into())
    }

    /// Takes from the metadata what the form has nothing of yet: names, how people are named, attributes.
    pub(crate) fn filled_in(&mut self, page: &Page, now: Timestamp) -> Result<Filled, Faults> {
        let read = read(&self.metadata, now).map_err(|why| {
            let mut faults = Faults::default();
            faults.push("metadata", words(page, &why));
            faults
        })?;
        for (language, name) in &read.names {
            let field = match language {
                Language::Ja => &mut self.ja,
                Language::En => &mut self.en,
            };
            if field.is_empty() {
                field.clone_from(name);
            }
        }
        // What was chosen stays if it may be that.
        let mut kinds = read.name_ids.iter();
        let may_be = kinds.any(|kind| kind.as_str() == self.name_id);
        if let Some(first) = read.name_ids.first().filter(|_| !may_be) {
            first.as_str().clone_into(&mut self.name_id);
        }
        let mut unknown = Vec::new();
        for wish in &read.wishes {
            if self.rows.iter().any(|row| row.name == wish.name) {
                continue;
            }
            let name = wish.name.to_ascii_lowercase();
            let ends = |end: &&(&str, &str)| name.rsplit(['/', ':']).next() == Some(end.0);
            match KNOWN.iter().find(ends) {
                Some((_, source)) => self.rows.push(Row {
                    format: match wish.format {
                        AttributeFormat::Unspecified => String::new(),
                        format => format.as_str().to_owned(),
                    },
                    friendly: wish.friendly.clone().unwrap_or_default(),
                    ..Row::plain(&wish.name, source)
                }),
                None => unknown.push(match &wish.friendly {
                    Some(friendly) => format!("{friendly} ({})", wish.name),
                    None => wish.name.clone(),
                }),
            }
        }
        let notes = read.notes.iter().map(|note| noted(page, note)).collect();
        Ok(Filled {
            read,
            notes,
            unknown,
        })
    }
}

fn read(text: &str, now: Timestamp) -> Result<SpMetadata, MetadataError> {
    if text.len() > MOST {
        return Err(XmlError::TooLong(MOST).into());
    }
    let document = Document::parse(text.trim(), Content::Metadata)?;
    SpMetadata::read(&document, now)
}

/// What is wrong with it, and what to do.
fn words(page: &Page, why: &MetadataError) -> String {
    let at = |slug: &'static str, line: usize| {
        page.t2(
            "provider-metadata-at",
            ("why", page.member("provider-metadata", slug).to_owned()),
            ("line", line.to_string()),
        )
    };
    let of = |slug: &'static str, what: String| {
        page.t2(
            "provider-metadata-of",
            ("why", page.member("provider-metadata", slug).to_owned()),
            ("what", what),
        )
    };
    let slug = match why {
        MetadataError::Xml(XmlError::TooLong(_)) => "too-long",
        MetadataError::Xml(XmlError::DocumentType | XmlError::Entity) => "entities",
        MetadataError::Xml(XmlError::Encoding(_) | XmlError::NotUtf8) => "encoding",
        MetadataError::Xml(XmlError::Malformed { line, .. }) => return at("malformed", *line),
        MetadataError::Xml(_) => "malformed",
        MetadataError::Federation => "federation",
        MetadataError::Other(root) => return of("root", root.clone()),
        MetadataError::IdentityProvider => "identity-provider",
        MetadataError::NoRole => "no-role",
        MetadataError::Roles => "roles",
        MetadataError::EntityId(_) => "entity-id",
        MetadataError::OtherEntity(other) => return of("other-entity", other.to_string()),
        MetadataError::Expired(at) => return of("expired", crate::words::clock_text(*at)),
        MetadataError::Value { name, line } => {
            return format!("{} ({name})", at("value", *line));
        }
        MetadataError::Key { line, .. } => return at("key", *line),
        MetadataError::NoConsumer(_) => "no-consumer",
        MetadataError::NoEncryption => {
            return page.member("telling-failure", "no-encryption").to_owned();
        }
    };
    page.member("provider-metadata", slug).to_owned()
}

/// What of it is passed over.
fn noted(page: &Page, note: &MetadataNote) -> String {
    let (slug, what) = match note {
        MetadataNote::Binding(binding) => ("binding", binding.clone()),
        MetadataNote::Address { location, .. } => ("address", location.clone()),
        MetadataNote::Scheme(location) => ("address", location.clone()),
        MetadataNote::NoCertificate(line) => ("no-certificate", line.to_string()),
        MetadataNote::WeakEncryption => {
            return page.member("provider-noted", "weak-encryption").to_owned();
        }
        MetadataNote::TooMany(what) => ("too-many", (*what).to_owned()),
    };
    format!("{} {what}", page.member("provider-noted", slug))
}
