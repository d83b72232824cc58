//! Style, scripts, icons and the font, embedded in the binary and served under names that carry their content's hash.
//!
//! Served at `/assets/<name>.<hash>.<ext>` on the sign-in host and `/.sekisho/assets/…` on application hosts; a name never
//! changes its bytes, so browsers may keep it for ever.

use crate::{Base, headers};
use http::{HeaderValue, Response, StatusCode, header};
use std::borrow::Cow;
use std::sync::LazyLock;

/// A file that pages refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// The one style sheet.
    Style,
    /// The icon sprite: one `<symbol>` per icon.
    Icons,
    /// The mark, for the tab and the page head.
    Logo,
    /// Inter, Latin letters only.
    Font,
    /// htmx.
    Htmx,
    /// Our Trusted Types policy for htmx; evaluation is refused.
    HtmxTrust,
    /// Passkey ceremonies.
    Passkey,
    /// Copy and print buttons.
    Copy,
    /// Files whose text goes into a field.
    Upload,
    /// Forms that send themselves.
    Send,
    /// Pages that go on when their frames have loaded.
    Onward,
    /// Live views by server-sent events.
    Live,
    /// Keyboard: `/`, `g u`, `?`.
    Keys,
}

impl File {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Style,
        Self::Icons,
        Self::Logo,
        Self::Font,
        Self::Htmx,
        Self::HtmxTrust,
        Self::Passkey,
        Self::Copy,
        Self::Upload,
        Self::Send,
        Self::Onward,
        Self::Live,
        Self::Keys,
    ];

    const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Style => ("sekisho", "css"),
            Self::Icons => ("icons", "svg"),
            Self::Logo => ("logo", "svg"),
            Self::Font => ("inter-latin", "woff2"),
            Self::Htmx => ("htmx", "js"),
            Self::HtmxTrust => ("htmx-trust", "js"),
            Self::Passkey => ("passkey", "js"),
            Self::Copy => ("copy", "js"),
            Self::Upload => ("upload", "js"),
            Self::Send => ("send", "js"),
            Self::Onward => ("onward", "js"),
            Self::Live => ("live", "js"),
            Self::Keys => ("keys", "js"),
        }
    }

    const fn content(self) -> &'static [u8] {
        match self {
            Self::Style => STYLE.as_bytes(),
            Self::Icons => include_bytes!("../assets/vendor/icons.svg"),
            Self::Logo => include_bytes!("../assets/logo.svg"),
            Self::Font => include_bytes!("../assets/vendor/inter-latin.woff2"),
            Self::Htmx => include_bytes!("../assets/vendor/htmx.min.js"),
            Self::HtmxTrust => include_bytes!("../assets/js/htmx-trust.js"),
            Self::Passkey => include_bytes!("../assets/js/passkey.js"),
            Self::Copy => include_bytes!("../assets/js/copy.js"),
            Self::Upload => include_bytes!("../assets/js/upload.js"),
            Self::Send => include_bytes!("../assets/js/send.js"),
            Self::Onward => include_bytes!("../assets/js/onward.js"),
            Self::Live => include_bytes!("../assets/js/live.js"),
            Self::Keys => include_bytes!("../assets/js/keys.js"),
        }
    }

    /// Its address under `base`: `/assets/sekisho.0123456789abcdef.css`.
    #[must_use]
    pub fn href(self, base: Base) -> String {
        let name = TABLE
            .iter()
            .find(|asset| asset.file == self)
            .map_or("", |asset| asset.served.as_str());
        format!("{}/assets/{name}", base.prefix())
    }
}

/// The layers, in the order in which `tokens.css` declares them.
const STYLE: &str = concat!(
    include_str!("../assets/css/tokens.css"),
    include_str!("../assets/css/base.css"),
    include_str!("../assets/css/layout.css"),
    include_str!("../assets/css/table.css"),
    include_str!("../assets/css/form.css"),
    include_str!("../assets/css/rule.css"),
    include_str!("../assets/css/chart.css"),
);

/// One embedded file.
#[derive(Debug)]
pub struct Asset {
    file: File,
    served: String,
    bytes: Cow<'static, [u8]>,
    content_type: &'static str,
    etag: HeaderValue,
}

impl Asset {
    /// The bytes as they are sent.
    #[must_use]
    pub fn bytes(&'static self) -> &'static [u8] {
        &self.bytes
    }
    /// The media type.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        self.content_type
    }
    /// The strong entity tag (RFC 9110 §8.8.3), quotes included.
    #[must_use]
    pub const fn etag(&self) -> &HeaderValue {
        &self.etag
    }
}

static TABLE: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let font = embed(File::Font, Cow::Borrowed(File::Font.content()));
    // The style sheet names the font relative to itself, so it works under both prefixes.
    let style = STYLE.replace("asset:font", &font.served);
    File::ALL
        .into_iter()
        .map(|file| match file {
            File::Style => embed(file, Cow::Owned(style.clone().into_bytes())),
            _ => embed(file, Cow::Borrowed(file.content())),
        })
        .collect()
});

fn embed(file: File, bytes: Cow<'static, [u8]>) -> Asset {
    let (name, extension) = file.name();
    let hash = content_hash(&bytes);
    let content_type = match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml; charset=utf-8",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    };
    let etag = HeaderValue::try_from(format!("\"{hash:016x}\""))
        .unwrap_or(HeaderValue::from_static("\"\""));
    Asset {
        file,
        served: format!("{name}.{hash:016x}.{extension}"),
        bytes,
        content_type,
        etag,
    }
}

/// FNV-1a, 64 bits: tells one build's file from another's. It guards nothing, so it need not be a cryptographic hash.
fn content_hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Finds an asset by the path of a request, under either prefix; `None` for a path that is no asset's.
#[must_use]
pub fn find(path: &str) -> Option<&'static Asset> {
    let name = path
        .strip_prefix(Base::Application.prefix())
        .unwrap_or(path)
        .strip_prefix("/assets/")?;
    TABLE.iter().find(|asset| asset.served == name)
}

/// Answers a request for an asset, with its caching and security headers; `None` for a path that is no asset's.
#[must_use]
pub fn respond(path: &str, if_none_match: Option<&HeaderValue>) -> Option<Response<&'static [u8]>> {
    let asset = find(path)?;
    let unchanged = if_none_match.is_some_and(|tag| tag == asset.etag());
    let mut response = Response::new(if unchanged { &[] } else { asset.bytes() });
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    *response.headers_mut() = headers::asset();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(asset.content_type()),
    );
    response
        .headers_mut()
        .insert(header::ETAG, asset.etag().clone());
    Some(response)
}
