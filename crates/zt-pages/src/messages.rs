//! The messages: Fluent files under `i18n/`, one set per language, every key in both.

use crate::Value;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use std::collections::HashMap;
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;
use zt_types::Language;

/// All messages of one language.
pub struct Messages {
    language: Language,
    bundle: FluentBundle<FluentResource>,
    /// Messages without arguments, formatted once.
    plain: HashMap<String, String>,
}

static JA: LazyLock<Messages> = LazyLock::new(|| Messages::load(Language::Ja));
static EN: LazyLock<Messages> = LazyLock::new(|| Messages::load(Language::En));

const JA_FILES: [(&str, &str); 9] = [
    ("common.ftl", include_str!("../i18n/ja/common.ftl")),
    ("refusal.ftl", include_str!("../i18n/ja/refusal.ftl")),
    ("error.ftl", include_str!("../i18n/ja/error.ftl")),
    ("prompt.ftl", include_str!("../i18n/ja/prompt.ftl")),
    ("portal.ftl", include_str!("../i18n/ja/portal.ftl")),
    ("clients.ftl", include_str!("../i18n/ja/clients.ftl")),
    ("saml.ftl", include_str!("../i18n/ja/saml.ftl")),
    ("console.ftl", include_str!("../i18n/ja/console.ftl")),
    ("policy.ftl", include_str!("../i18n/ja/policy.ftl")),
];
const EN_FILES: [(&str, &str); 9] = [
    ("common.ftl", include_str!("../i18n/en/common.ftl")),
    ("refusal.ftl", include_str!("../i18n/en/refusal.ftl")),
    ("error.ftl", include_str!("../i18n/en/error.ftl")),
    ("prompt.ftl", include_str!("../i18n/en/prompt.ftl")),
    ("portal.ftl", include_str!("../i18n/en/portal.ftl")),
    ("clients.ftl", include_str!("../i18n/en/clients.ftl")),
    ("saml.ftl", include_str!("../i18n/en/saml.ftl")),
    ("console.ftl", include_str!("../i18n/en/console.ftl")),
    ("policy.ftl", include_str!("../i18n/en/policy.ftl")),
];

impl Messages {
    /// The messages of `language`.
    #[must_use]
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::Ja => &JA,
            Language::En => &EN,
        }
    }

    /// Which language these are.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The text of `key`, for a message without arguments. An unknown key gives itself back: a test makes sure that no
    /// page holds one.
    #[must_use]
    pub fn text<'a>(&'a self, key: &'a str) -> &'a str {
        self.plain.get(key).map_or(key, String::as_str)
    }

    /// The text of the member `slug` of a family of keys, such as `trust-high`; the member `other` where `slug` has none
    /// of its own (a kind that a newer source brought).
    #[must_use]
    pub fn member(&self, family: &str, slug: &str) -> &str {
        let member = self.plain.get(&format!("{family}-{slug}"));
        member
            .or_else(|| self.plain.get(&format!("{family}-other")))
            .map_or("", String::as_str)
    }

    /// The text of `key` with arguments.
    #[must_use]
    pub fn with(&self, key: &str, arguments: &[(&'static str, Value<'_>)]) -> String {
        let Some(pattern) = self
            .bundle
            .get_message(key)
            .and_then(|message| message.value())
        else {
            return key.to_owned();
        };
        let mut values = FluentArgs::with_capacity(arguments.len());
        for (name, value) in arguments {
            values.set(*name, value.clone());
        }
        let mut errors = Vec::new();
        self.bundle
            .format_pattern(pattern, Some(&values), &mut errors)
            .into_owned()
    }

    fn load(language: Language) -> Self {
        // Both tags are well-formed; the undetermined language would only cost plural rules.
        let locale = language
            .tag()
            .parse::<LanguageIdentifier>()
            .unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Isolation marks would end up in titles, attributes and copied text.
        bundle.set_use_isolating(false);
        let mut keys = Vec::new();
        for (_, source) in files(language) {
            // A file that does not parse fails a test; here what did parse is used.
            let resource = FluentResource::try_new((*source).to_owned())
                .unwrap_or_else(|(partial, _)| partial);
            keys.extend(keys_of(source));
            drop(bundle.add_resource(resource));
        }
        let plain = keys
            .into_iter()
            .filter_map(|key| formatted_without_arguments(&bundle, key))
            .collect();
        Self {
            language,
            bundle,
            plain,
        }
    }
}

pub(crate) const fn files(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::Ja => &JA_FILES,
        Language::En => &EN_FILES,
    }
}

/// The keys a file defines: in Fluent a message begins at the first column with its name and ` =`.
pub(crate) fn keys_of(source: &str) -> impl Iterator<Item = String> + '_ {
    source.lines().filter_map(|line| {
        let (key, _) = line.split_once(" =")?;
        let is_key = key.starts_with(|c: char| c.is_ascii_lowercase())
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_key { Some(key.to_owned()) } else { None }
    })
}

fn formatted_without_arguments(
    bundle: &FluentBundle<FluentResource>,
    key: String,
) -> Option<(String, String)> {
    let pattern = bundle.get_message(&key)?.value()?;
    let mut errors = Vec::new();
    let text = bundle
        .format_pattern(pattern, None, &mut errors)
        .into_owned();
    if errors.is_empty() {
        Some((key, text))
    } else {
        None
    }
}
