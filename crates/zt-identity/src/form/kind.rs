//! What a value may be.

use super::Table;

/// What a value may be. The texts are bounded so that no page or log has to cope with more.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One line of 1 to 200 characters.
    Line,
    /// 1 to 65,536 characters on any number of lines.
    Prose,
    /// A line in Japanese and in English: `{ ja = "…", en = "…" }`.
    Localised,
    /// 1 to 63 of `a-z 0-9 -`, starting with a letter or digit.
    Slug,
    /// A slug that can be the first label of a host name: it does not end with `-` either.
    HostLabel,
    /// What is typed at sign-in: 1 to 128 of `a-z 0-9 . _ + - @`, starting with a letter or digit.
    Login,
    /// An e-mail address.
    Email,
    /// 64 lower-case hexadecimal digits.
    Sha256,
    /// `http://` or `https://` with a host and perhaps a port, nothing after it.
    Origin,
    /// An address that programs or browsers are sent to: 1 to 2,048 printable ASCII characters without a space. Who sends
    /// them there reads it.
    Address,
    /// A time of the day in minutes, `00:00` to `24:00`.
    TimeOfDay,
    /// A calendar day.
    Date,
    /// A file.
    Path,
    /// A DNS name of at least two labels.
    Domain,
    /// `address:port` of this machine to listen at.
    SocketAddress,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A whole number within bounds, both included.
    Number {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// Several values, at most 1,000, none twice.
    List(&'static Kind),
    /// A table of its own.
    Table(&'static Table),
    /// Any number of tables, written `[[key]]`.
    Tables(&'static Table),
    /// A table that another part of the program reads: what to write, and its JSON Schema as text.
    Open(&'static str, &'static str),
}

impl Kind {
    /// What to write, for messages.
    #[must_use]
    pub fn wanted(&self) -> String {
        match self {
            Self::Line => "a text of 1 to 200 characters on one line".to_owned(),
            Self::Prose => "a text of 1 to 65,536 characters".to_owned(),
            Self::Localised => "both languages: `{ ja = \"…\", en = \"…\" }`".to_owned(),
            Self::Slug => {
                "1 to 63 of `a-z`, `0-9`, `-`, starting with a letter or digit".to_owned()
            }
            Self::HostLabel => {
                "1 to 63 of `a-z`, `0-9`, `-`, starting and ending with a letter or digit, and not `id`, `console` or `portal`: it is part of the host name"
                    .to_owned()
            }
            Self::Login => {
                "1 to 128 of `a-z`, `0-9`, `.`, `_`, `+`, `-`, `@`, starting with a letter or digit".to_owned()
            }
            Self::Email => "an e-mail address such as `sato@example.jp`".to_owned(),
            Self::Sha256 => "64 lower-case hexadecimal digits, for example by `printf %s TOKEN | sha256sum`".to_owned(),
            Self::Origin => {
                "`http://` or `https://`, a host and perhaps a port, nothing after it, such as `http://127.0.0.1:8080`"
                    .to_owned()
            }
            Self::Address => {
                "an address such as `https://app.example.co.jp/callback`, at most 2,048 characters".to_owned()
            }
            Self::TimeOfDay => "a time of the day such as `09:00` or `24:00`".to_owned(),
            Self::Date => "a day such as `2027-03-31`".to_owned(),
            Self::Path => "the path of a file".to_owned(),
            Self::Domain => "a domain in lower case such as `sekisho.example.jp`".to_owned(),
            Self::SocketAddress => "an address and a port such as `0.0.0.0:443` or `[::]:443`".to_owned(),
            Self::OneOf(values) => {
                let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
                values.join(" or ")
            }
            Self::Number { least, most } => format!("a whole number from {least} to {most}"),
            Self::List(kind) => format!("a list of at most 1,000, none twice, each {}", kind.wanted()),
            Self::Table(table) => format!("a table for {}", table.name),
            Self::Tables(table) => format!("tables in double brackets, one for each {}", bare(table.name)),
            Self::Open(wanted, _) => (*wanted).to_owned(),
        }
    }

    /// The regular expression (ECMA-262) that says the same as [`Kind::takes`], for JSON Schema.
    #[must_use]
    pub(super) const fn pattern(&self) -> Option<&'static str> {
        Some(match self {
            Self::Line => "^[^\\u0000-\\u001f\\u007f]*$",
            Self::Prose | Self::Path => "^[^\\u0000]*$",
            Self::Slug => "^[a-z0-9][a-z0-9-]{0,62}$",
            Self::HostLabel => "^(?!(id|console|portal)$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            Self::Login => "^[a-z0-9][a-z0-9._+@-]{0,127}$",
            Self::Email => "^[^@\\s]{1,64}@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$",
            Self::Sha256 => "^[0-9a-f]{64}$",
            Self::Origin => "^https?://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?$",
            Self::Address => "^[!-~]{1,2048}$",
            Self::TimeOfDay => "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
            Self::Date => "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            Self::Domain => "^[a-z0-9-]{1,63}(\\.[a-z0-9-]{1,63})+$",
            _ => return None,
        })
    }

    /// Whether a text says something under this kind. Only asked of kinds that are written as texts.
    pub(super) fn takes(&self, text: &str) -> bool {
        let length = text.chars().count();
        match self {
            Self::Line => {
                (1..=200).contains(&length) && !text.chars().any(|c| c.is_ascii_control())
            }
            Self::Prose | Self::Path => (1..=65_536).contains(&length) && !text.contains('\0'),
            Self::Slug => zt_types::GroupId::new(text).is_ok(),
            Self::HostLabel => {
                zt_types::AppId::new(text).is_ok()
                    && !text.ends_with('-')
                    && !["id", "console", "portal"].contains(&text)
            }
            Self::Login => (1..=128).contains(&length)
                && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && text.bytes().all(
                    |b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'+' | b'-' | b'@'),
                ),
            Self::Email => is_email(text),
            Self::Sha256 => {
                length == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            }
            Self::Origin => is_origin(text),
            Self::Address => {
                (1..=2_048).contains(&length) && text.bytes().all(|b| b.is_ascii_graphic())
            }
            Self::TimeOfDay => minute_of(text).is_some(),
            Self::Date => is_date(text),
            Self::Domain => {
                length <= 200
                    && text.contains('.')
                    && text
                        .split('.')
                        .all(|label| zt_types::AppId::new(label).is_ok() && !label.ends_with('-'))
            }
            Self::SocketAddress => text.parse::<std::net::SocketAddr>().is_ok(),
            Self::OneOf(values) => values.contains(&text),
            Self::Localised
            | Self::Number { .. }
            | Self::List(_)
            | Self::Table(_)
            | Self::Tables(_)
            | Self::Open(..) => false,
        }
    }
}

/// The minute after midnight that `09:00` is; 1440 for `24:00`.
pub(crate) fn minute_of(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |digits: &str| {
        let sound = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        sound.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    let fits = (hour < 24 && minute < 60) || (hour == 24 && minute == 0);
    fits.then_some(hour * 60 + minute)
}

/// `a person` → `person`.
pub(super) fn bare(name: &str) -> &str {
    name.strip_prefix("a ")
        .or_else(|| name.strip_prefix("an "))
        .unwrap_or(name)
}

fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else {
        return false;
    };
    (1..=64).contains(&local.chars().count())
        && !local.chars().any(char::is_whitespace)
        && host.contains('.')
        && host.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

fn is_origin(text: &str) -> bool {
    let Some(authority) = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"))
    else {
        return false;
    };
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((inner, after)) if inner.parse::<std::net::Ipv6Addr>().is_ok() => (
                inner,
                after
                    .strip_prefix(':')
                    .or((!after.is_empty()).then_some("")),
            ),
            _ => return false,
        },
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let host_fits = !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':'));
    let port_fits = port.is_none_or(|port| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    host_fits && port_fits
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && zt_types::Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")).is_some()
}
