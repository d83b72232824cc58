//! Small parts that are drawn by code rather than by a template: icons, badges, times, pagers.
//!
//! Each is a value with `Display`; what comes from outside is escaped here, so templates print them as they are.

use crate::{Base, File};
use askama::filters::{Escaper, Html, HtmlSafe};
use std::fmt::{self, Display, Write as _};
use time::UtcOffset;
use zt_types::Timestamp;

/// Writes `text` with the characters that mean something in HTML replaced.
pub(crate) fn escape(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    Html.write_escaped_str(f, text)
}

/// An icon of the sprite. It says nothing by itself: a word stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icon {
    base: Base,
    name: &'static str,
}

impl Icon {
    /// The icon `name` on a host of kind `base`.
    #[must_use]
    pub const fn new(base: Base, name: &'static str) -> Self {
        Self { base, name }
    }
}

impl Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sprite = File::Icons.href(self.base);
        write!(
            f,
            r##"<svg class="icon" aria-hidden="true"><use href="{sprite}#{}"></use></svg>"##,
            self.name
        )
    }
}

impl HtmlSafe for Icon {}

/// What a colour means. It never stands alone: an icon and a word say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad.
    Neutral,
    /// As it should be.
    Good,
    /// Needs a look.
    Caution,
    /// Refused, failed, dangerous.
    Bad,
    /// Worth knowing.
    Notice,
}

impl Tone {
    /// The class that carries the colours.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "tone-neutral",
            Self::Good => "tone-good",
            Self::Caution => "tone-caution",
            Self::Bad => "tone-bad",
            Self::Notice => "tone-notice",
        }
    }
}

/// A badge: icon, word and colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    tone: Tone,
    icon: Icon,
    word: String,
}

impl Badge {
    /// A badge that says `word`.
    #[must_use]
    pub fn new(tone: Tone, icon: Icon, word: &str) -> Self {
        Self {
            tone,
            icon,
            word: word.to_owned(),
        }
    }
}

impl Display for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            r#"<span class="badge {}">{}<span>"#,
            self.tone.class(),
            self.icon
        )?;
        escape(f, &self.word)?;
        f.write_str("</span></span>")
    }
}

impl HtmlSafe for Badge {}

/// A time zone: its offset from UTC and the short name shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    minutes: i16,
    name: &'static str,
}

impl Zone {
    /// Japan Standard Time.
    pub const TOKYO: Self = Self {
        minutes: 9 * 60,
        name: "JST",
    };
    /// Coordinated Universal Time.
    pub const UTC: Self = Self {
        minutes: 0,
        name: "UTC",
    };

    /// A zone `minutes` east of UTC, shown as `name`.
    #[must_use]
    pub const fn new(minutes: i16, name: &'static str) -> Self {
        Self { minutes, name }
    }
}

/// A point in time as pages show it: `2026-04-01 09:30 JST`, with the exact instant for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    at: Timestamp,
    zone: Zone,
    precision: Precision,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Precision {
    Minute,
    Second,
}

impl Moment {
    /// To the minute.
    #[must_use]
    pub const fn minute(at: Timestamp, zone: Zone) -> Self {
        Self {
            at,
            zone,
            precision: Precision::Minute,
        }
    }
    /// To the second.
    #[must_use]
    pub const fn second(at: Timestamp, zone: Zone) -> Self {
        Self {
            at,
            zone,
            precision: Precision::Second,
        }
    }
    /// As plain text.
    #[must_use]
    pub fn text(self) -> String {
        let offset = UtcOffset::from_whole_seconds(i32::from(self.zone.minutes) * 60)
            .unwrap_or(UtcOffset::UTC);
        let Some(at) = self
            .at
            .calendar()
            .and_then(|at| at.checked_to_offset(offset))
        else {
            return "—".to_owned();
        };
        let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
        let mut text = format!(
            "{year:04}-{month:02}-{day:02} {:02}:{:02}",
            at.hour(),
            at.minute()
        );
        if self.precision == Precision::Second {
            // Writing to a string cannot fail.
            let _ = write!(text, ":{:02}", at.second());
        }
        text + " " + self.zone.name
    }
}

impl Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            r#"<time datetime="{}">{}</time>"#,
            self.at.to_rfc3339(),
            self.text()
        )
    }
}

impl HtmlSafe for Moment {}

/// The way to newer and older rows: two real links, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pager {
    /// The address of the newer rows.
    pub newer: Option<String>,
    /// The address of the older rows.
    pub older: Option<String>,
}

impl Pager {
    /// Whether everything is on this page.
    #[must_use]
    pub const fn is_single(&self) -> bool {
        self.newer.is_none() && self.older.is_none()
    }
}
