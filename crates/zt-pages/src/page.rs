//! The context that every template carries, and how a finished page becomes a response.

use crate::component::{Badge, Icon, Moment, Tone, Zone};
use crate::headers::{self, Exception};
use crate::{File, Messages, Value, language};
use askama::Template;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use std::borrow::Borrow;
use zt_types::{Assurance, Language, Level, Sensitivity, Text, Timestamp};

/// On which kind of host a page is, and so where its assets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// `id.<domain>`: sign-in, portal, console.
    Id,
    /// An application's host: everything of ours is under `/.sekisho`.
    Application,
}

impl Base {
    /// What stands before our own paths on such a host.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Id => "",
            Self::Application => "/.sekisho",
        }
    }
}

/// What every page needs to know to be drawn: language, host, its own address, the reader's time zone.
#[derive(Debug, Clone)]
pub struct Page {
    language: Language,
    base: Base,
    here: String,
    zone: Zone,
}

impl Page {
    /// A page for whoever sent `request`, at `here` (its own path and query, for the language switch).
    #[must_use]
    pub fn new(request: &HeaderMap, base: Base, here: &str) -> Self {
        Self::in_language(language::of(request), base, here)
    }

    /// A page in `language`.
    #[must_use]
    pub fn in_language(language: Language, base: Base, here: &str) -> Self {
        Self {
            language,
            base,
            here: here.to_owned(),
            zone: Zone::TOKYO,
        }
    }

    /// The same page with times shown in `zone` (Japan's unless said).
    #[must_use]
    pub fn with_zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// Its language.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }
    /// Its messages.
    #[must_use]
    pub fn messages(&self) -> &'static Messages {
        Messages::of(self.language)
    }
    /// The text of a message without arguments.
    #[must_use]
    pub fn t<'a>(&self, key: &'a str) -> &'a str {
        self.messages().text(key)
    }
    /// The text of a message with one argument.
    #[must_use]
    pub fn t1<'v>(&self, key: &str, name: &'static str, value: impl Into<Value<'v>>) -> String {
        self.messages().with(key, &[(name, value.into())])
    }
    /// The text of a message with two arguments.
    #[must_use]
    pub fn t2<'v>(
        &self,
        key: &str,
        first: (&'static str, impl Into<Value<'v>>),
        second: (&'static str, impl Into<Value<'v>>),
    ) -> String {
        self.messages().with(
            key,
            &[(first.0, first.1.into()), (second.0, second.1.into())],
        )
    }
    /// The member `slug` of a family of messages.
    #[must_use]
    pub fn member(&self, family: &str, slug: &str) -> &'static str {
        self.messages().member(family, slug)
    }
    /// A text an administrator wrote in both languages.
    #[must_use]
    pub fn text<'a>(&self, text: &'a Text) -> &'a str {
        text.of(self.language)
    }
    /// The address of an asset.
    #[must_use]
    pub fn asset(&self, file: File) -> String {
        file.href(self.base)
    }
    /// What stands before our own paths on this host.
    #[must_use]
    pub const fn prefix(&self) -> &'static str {
        self.base.prefix()
    }
    /// An icon of the sprite.
    #[must_use]
    pub const fn icon(&self, name: &'static str) -> Icon {
        Icon::new(self.base, name)
    }
    /// A time to the minute.
    #[must_use]
    pub const fn when(&self, at: &Timestamp) -> Moment {
        Moment::minute(*at, self.zone)
    }
    /// A time to the second, for logs.
    #[must_use]
    pub const fn moment(&self, at: &Timestamp) -> Moment {
        Moment::second(*at, self.zone)
    }
    /// A badge: icon, word and colour together.
    #[must_use]
    pub fn badge(&self, tone: impl Borrow<Tone>, icon: &'static str, word: &str) -> Badge {
        Badge::new(*tone.borrow(), self.icon(icon), word)
    }
    /// The badge of a trust level.
    #[must_use]
    pub fn trust(&self, level: &Level) -> Badge {
        let (tone, icon) = match level {
            Level::High => (Tone::Good, "shield-check"),
            Level::Medium => (Tone::Caution, "shield-question-mark"),
            Level::Low => (Tone::Bad, "shield-x"),
        };
        self.badge(tone, icon, self.member("trust", level.as_str()))
    }
    /// The badge of a sensitivity.
    #[must_use]
    pub fn sensitivity(&self, sensitivity: &Sensitivity) -> Badge {
        let (tone, icon) = match sensitivity {
            Sensitivity::Public => (Tone::Neutral, "globe"),
            Sensitivity::Internal => (Tone::Notice, "users"),
            Sensitivity::Confidential => (Tone::Caution, "lock"),
            Sensitivity::Restricted => (Tone::Bad, "lock"),
        };
        self.badge(tone, icon, self.member("sensitivity", sensitivity.as_str()))
    }
    /// The badge of an assurance.
    #[must_use]
    pub fn assurance(&self, assurance: &Assurance) -> Badge {
        let (tone, icon) = match assurance {
            Assurance::Password => (Tone::Caution, "key-round"),
            Assurance::Mfa => (Tone::Neutral, "smartphone"),
            Assurance::PhishingResistant | Assurance::Hardware => {
                (Tone::Good, "fingerprint-pattern")
            }
        };
        self.badge(tone, icon, self.member("assurance", assurance.as_str()))
    }
    /// Both languages with their own names and the address that switches to them; the current one is first told by `lang`.
    #[must_use]
    pub fn languages(&self) -> [(Language, &'static str, String); 2] {
        Language::ALL.map(|language| {
            let name = match language {
                Language::Ja => "日本語",
                Language::En => "English",
            };
            (
                language,
                name,
                language::switch_href(self.base, language, &self.here),
            )
        })
    }
}

/// One entry of a navigation.
#[derive(Debug, Clone)]
pub struct NavigationItem {
    /// Where it leads.
    pub href: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// The key of its text.
    pub key: &'static str,
    /// The second letter of its shortcut `g …`.
    pub jump: char,
}

/// What surrounds a page of the portal or the console: who is here and where one can go.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The person's name.
    pub person: String,
    /// The token that every form of the page carries.
    pub token: String,
    /// Where one can go.
    pub items: &'static [NavigationItem],
    /// The `href` of the entry that is open.
    pub current: &'static str,
    /// The way to the other side (console or portal), if this person has one: address and message key.
    pub other_side: Option<(&'static str, &'static str)>,
}

impl Shell {
    /// `page` for the open entry, for `aria-current`.
    #[must_use]
    pub fn is_current(&self, item: &NavigationItem) -> bool {
        item.href == self.current
    }
}

/// Makes a response of a page: its body, type, language and security headers.
///
/// A template that cannot be written is a defect of ours; the person then gets a bare 500 rather than half a page.
#[must_use]
pub fn respond(
    status: StatusCode,
    page: &Page,
    template: &impl Template,
    exception: &Exception,
) -> Response<String> {
    let (status, body, kind) = match template.render() {
        Ok(body) => (status, body, "text/html; charset=utf-8"),
        Err(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "500\n".to_owned(),
            "text/plain; charset=utf-8",
        ),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers::browser(exception);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(
        header::CONTENT_LANGUAGE,
        HeaderValue::from_static(page.language.tag()),
    );
    response
}
