//! What a page may hold: the content security policy refuses the rest in the browser, this refuses it before.

use crate::tree::{File, files, none};

/// Attributes and schemes that carry a script.
const SCRIPTS: [&str; 3] = ["hx-on", "js:", "javascript:"];

fn templates() -> Vec<File> {
    files(&[".html", ".svg"])
        .into_iter()
        .filter(|file| file.path.contains("/templates/"))
        .collect()
}

/// What is wrong with a line of a template, if something is.
fn fault(line: &str) -> Option<&'static str> {
    let lower = line.to_lowercase();
    if SCRIPTS.iter().any(|word| lower.contains(word)) {
        return Some("a script in an attribute");
    }
    if lower.contains("<style") || has_attribute(&lower, |name| name == "style") {
        return Some("an inline style");
    }
    if lower
        .match_indices("<script")
        .any(|(at, _)| !opens_with_source(lower.get(at..).unwrap_or("")))
    {
        return Some("an inline script");
    }
    if has_attribute(&lower, |name| name.len() > 3 && name.starts_with("on")) {
        return Some("an event handler");
    }
    None
}

/// `<script src=…></script>`, all on one line so that this can see it.
fn opens_with_source(tag: &str) -> bool {
    tag.split_once('>').is_some_and(|(open, rest)| {
        open.contains(" src=") && rest.trim_start().starts_with("</script>")
    })
}

fn has_attribute(line: &str, wanted: impl Fn(&str) -> bool) -> bool {
    line.split_whitespace()
        .skip(1)
        .chain(line.split_whitespace().take(1))
        .any(|word| {
            word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty()
                    && name.chars().all(|letter| letter.is_ascii_alphabetic())
                    && wanted(name)
            })
        })
}

#[test]
fn templates_carry_no_script_and_no_style() {
    let mut found = Vec::new();
    for file in templates() {
        for (nth, line) in file.text.lines().enumerate() {
            if let Some(what) = fault(line) {
                found.push(format!(
                    "{}:{}: {what}: {}",
                    file.path,
                    nth + 1,
                    line.trim()
                ));
            }
        }
    }
    none("templates", &found);
}

#[test]
fn faults_are_found() {
    for (line, expected) in [
        ("<a href=\"/x\" hx-get=\"/x\">x</a>", None),
        (
            "<a hx-on:click=\"x()\">x</a>",
            Some("a script in an attribute"),
        ),
        (
            "<form hx-vals=\"js:{a: 1}\">",
            Some("a script in an attribute"),
        ),
        (
            "<a href=\"JavaScript:x()\">",
            Some("a script in an attribute"),
        ),
        ("<p style=\"color:red\">", Some("an inline style")),
        ("<style>", Some("an inline style")),
        ("<script src=\"/assets/a.js\" defer></script>", None),
        ("<script>", Some("an inline script")),
        (
            "<script src=\"/a.js\">x()</script>",
            Some("an inline script"),
        ),
        ("<button onclick=\"x()\">", Some("an event handler")),
        ("<p title=\"one=1\">", None),
    ] {
        assert_eq!(fault(line), expected, "{line}");
    }
}
