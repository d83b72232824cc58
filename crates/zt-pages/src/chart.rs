//! Charts drawn on the server: pure functions from numbers to SVG, with a title and a description inside.
//!
//! Nothing is styled inline; classes of `chart.css` carry the colours. The data stands beside the chart as a table.

use crate::component::escape;
use askama::filters::HtmlSafe;
use std::fmt::{self, Display};

/// Width and height in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Width.
    pub width: u16,
    /// Height.
    pub height: u16,
}

/// A finished drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Svg(String);

impl Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Svg {}

/// One bar: what it stands for and how much of it is success and failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What it stands for, such as `09:00`.
    pub label: String,
    /// How many went well.
    pub success: u32,
    /// How many did not.
    pub failure: u32,
}

/// The widest that a bar with its gap gets, in CSS pixels.
const WIDEST_SLOT: f64 = 18.0;

/// A line without axes for a table cell or a tile. Nothing is drawn for fewer than two values.
#[must_use]
pub fn sparkline(values: &[u32], size: Size, title: &str) -> Svg {
    let highest = values.iter().copied().max().unwrap_or(0).max(1);
    let steps = values.len().saturating_sub(1).max(1);
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(position, value)| {
            let x = 1.0 + (width - 2.0) * position as f64 / steps as f64;
            let y = height - 1.5 - (height - 3.0) * f64::from(*value) / f64::from(highest);
            format!("{x:.1},{y:.1}")
        })
        .collect();
    let line = if values.len() < 2 {
        String::new()
    } else {
        format!(r#"<polyline points="{}"/>"#, points.join(" "))
    };
    Svg(framed("spark", size, title, &line))
}

/// Bars side by side, failures stacked on successes, each with its own title.
#[must_use]
pub fn bars(data: &[Bar], size: Size, title: &str) -> Svg {
    let highest = data
        .iter()
        .map(|bar| bar.success.saturating_add(bar.failure))
        .max()
        .unwrap_or(0)
        .max(1);
    // A few bars are no wider than many: width says nothing here.
    let slot = (f64::from(size.width) / data.len().max(1) as f64).min(WIDEST_SLOT);
    let scale = |count: u32| f64::from(size.height) * f64::from(count) / f64::from(highest);
    let mut shapes = String::new();
    for (position, bar) in data.iter().enumerate() {
        let x = slot * position as f64 + slot * 0.12;
        let (low, high) = (scale(bar.success), scale(bar.failure));
        let base = f64::from(size.height) - low;
        let width = slot * 0.76;
        shapes.push_str("<g><title>");
        shapes.push_str(&escaped(&format!(
            "{}: {} / {}",
            bar.label, bar.success, bar.failure
        )));
        shapes.push_str(&format!(
            r#"</title><rect class="success" x="{x:.1}" y="{base:.1}" width="{width:.1}" height="{low:.1}"/><rect class="failure" x="{x:.1}" y="{:.1}" width="{width:.1}" height="{high:.1}"/></g>"#,
            base - high
        ));
    }
    Svg(framed("bars", size, title, &shapes))
}

fn framed(class: &str, size: Size, title: &str, content: &str) -> String {
    let Size { width, height } = size;
    let title = escaped(title);
    format!(
        r#"<svg class="chart {class}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" preserveAspectRatio="none"><title>{title}</title>{content}</svg>"#
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Writing to a string cannot fail.
    let _ = escape(&mut out, text);
    out
}
