//! A QR code as SVG without any inline style, dark on light in every colour scheme: scanners expect that.

use askama::filters::HtmlSafe;
use fast_qr::QRBuilder;
use std::fmt::{self, Display, Write as _};

/// A drawn QR code, or nothing if the text does not fit one.
pub(crate) struct Qr(String);

/// Modules of quiet zone on each side (ISO/IEC 18004 §9.1).
const QUIET: usize = 4;

impl Qr {
    /// Draws `text`; `label` is what a screen reader says.
    pub(crate) fn of(text: &str, label: &str) -> Self {
        let Ok(code) = QRBuilder::new(text.to_owned()).build() else {
            return Self(String::new());
        };
        let size = code.size + 2 * QUIET;
        let mut path = String::new();
        for row in 0..code.size {
            for (column, module) in code[row].iter().take(code.size).enumerate() {
                if module.value() {
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{} {}h1v1h-1z", column + QUIET, row + QUIET);
                }
            }
        }
        let mut safe_label = String::new();
        for c in label.chars() {
            match c {
                '&' => safe_label.push_str("&amp;"),
                '<' => safe_label.push_str("&lt;"),
                '"' => safe_label.push_str("&quot;"),
                other => safe_label.push(other),
            }
        }
        Self(format!(
            r##"<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="{safe_label}"><rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000" shape-rendering="crispEdges"/></svg>"##
        ))
    }
}

impl Display for Qr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Qr {}
