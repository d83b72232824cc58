//! Attributes as they stand in the form, one in each row.

use crate::guard::Fields;
use std::collections::BTreeMap;
use zt_federation::saml::{AttributeFormat, AttributeRule, AttributeSource, Transform};

/// As many rows are read.
const MOST: usize = 64;
/// So many more are offered each time.
const MORE: usize = 3;

/// What was typed in a row. What is done with a value is done in one order: replaced, a part of it, its letters, what stands
/// around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) fixed: String,
    pub(crate) format: String,
    pub(crate) friendly: String,
    /// `from = to`, one in each line.
    pub(crate) map: String,
    /// Which part of it.
    pub(crate) part: String,
    /// In which letters.
    pub(crate) letters: String,
    pub(crate) prefix: String,
    pub(crate) suffix: String,
}

impl Row {
    /// A row of a template.
    pub(crate) fn plain(name: &str, source: &str) -> Self {
        Self {
            name: name.to_owned(),
            source: source.to_owned(),
            ..Self::default()
        }
    }

    /// Some that are empty yet.
    pub(crate) fn more() -> impl Iterator<Item = Self> {
        std::iter::repeat_n(Self::default(), MORE)
    }

    pub(super) fn read_all(form: &Fields) -> Vec<Self> {
        let rows = (0..MOST).filter(|n| form.has(&format!("attribute-{n}-name")));
        let rows = rows.map(|n| {
            let text = |field: &str| {
                form.text(&format!("attribute-{n}-{field}"))
                    .trim()
                    .to_owned()
            };
            Self {
                name: text("name"),
                source: text("source"),
                fixed: text("fixed"),
                format: text("format"),
                friendly: text("friendly"),
                map: text("map"),
                part: text("part"),
                letters: text("letters"),
                prefix: text("prefix"),
                suffix: text("suffix"),
            }
        });
        rows.filter(|row| !row.is_empty()).collect()
    }

    pub(super) fn of(rule: &AttributeRule) -> Self {
        let mut row = Self {
            name: rule.name.clone(),
            source: rule.source.as_str().to_owned(),
            fixed: match &rule.source {
                AttributeSource::Fixed(text) => text.clone(),
                _ => String::new(),
            },
            format: rule.format.as_str().to_owned(),
            friendly: rule.friendly.clone().unwrap_or_default(),
            ..Self::default()
        };
        for transform in &rule.transforms {
            match transform {
                Transform::Lowercase => "lowercase".clone_into(&mut row.letters),
                Transform::Uppercase => "uppercase".clone_into(&mut row.letters),
                Transform::BeforeAt => "before-at".clone_into(&mut row.part),
                Transform::AfterAt => "after-at".clone_into(&mut row.part),
                Transform::Prefix(text) => row.prefix.clone_from(text),
                Transform::Suffix(text) => row.suffix.clone_from(text),
                Transform::Mapped(table) => {
                    let lines = table.iter().map(|(from, to)| format!("{from} = {to}\n"));
                    row.map = lines.collect();
                }
            }
        }
        row
    }

    pub(super) fn is_empty(&self) -> bool {
        let typed = [
            &self.name,
            &self.fixed,
            &self.friendly,
            &self.map,
            &self.prefix,
            &self.suffix,
        ];
        typed.into_iter().all(String::is_empty)
    }

    /// Whether more than its name and source was typed.
    pub(crate) fn is_special(&self) -> bool {
        *self
            != Self {
                fixed: self.fixed.clone(),
                format: self.format.clone(),
                ..Self::plain(&self.name, &self.source)
            }
    }

    /// The rule; `None` if something of it is missing or cannot be.
    pub(super) fn rule(&self) -> Option<AttributeRule> {
        let fixed = Some(&self.fixed).filter(|text| !text.is_empty()).cloned();
        // What would not be said is not passed over.
        if self.name.is_empty() || (fixed.is_some() && self.source != "fixed") {
            return None;
        }
        let usual = match self.name.starts_with("urn:") || self.name.starts_with("http") {
            true => AttributeFormat::Uri,
            false => AttributeFormat::Basic,
        };
        let formats = AttributeFormat::ALL.into_iter();
        let format = formats.clone().find(|one| one.as_str() == self.format);
        let mut transforms = Vec::new();
        if !self.map.is_empty() {
            transforms.push(Transform::Mapped(self.table()?));
        }
        transforms.extend(match self.part.as_str() {
            "before-at" => Some(Transform::BeforeAt),
            "after-at" => Some(Transform::AfterAt),
            _ => None,
        });
        transforms.extend(match self.letters.as_str() {
            "lowercase" => Some(Transform::Lowercase),
            "uppercase" => Some(Transform::Uppercase),
            _ => None,
        });
        let text = |text: &String| Some(text).filter(|text| !text.is_empty()).cloned();
        transforms.extend(text(&self.prefix).map(Transform::Prefix));
        transforms.extend(text(&self.suffix).map(Transform::Suffix));
        Some(AttributeRule {
            name: self.name.clone(),
            format: format.unwrap_or(usual),
            friendly: text(&self.friendly),
            source: AttributeSource::named(&self.source, fixed)?,
            transforms,
        })
    }

    fn table(&self) -> Option<BTreeMap<String, String>> {
        let lines = self.map.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty());
        let pairs = lines.map(|line| {
            let (from, to) = line.split_once('=')?;
            let (from, to) = (from.trim(), to.trim());
            let is_whole = !from.is_empty() && !to.is_empty();
            is_whole.then(|| (from.to_owned(), to.to_owned()))
        });
        pairs.collect()
    }
}
