//! A form as documentation: one Markdown table per table of keys.

use super::{Kind, Presence, Table};
use std::fmt::Write;

/// The keys of a document as Markdown, inner tables after the one that holds them.
#[must_use]
pub fn reference(table: &Table) -> String {
    let mut out = String::new();
    write_table(&mut out, table, "");
    out
}

fn write_table(out: &mut String, table: &Table, path: &str) {
    let keys: Vec<_> = table
        .keys
        .iter()
        .filter(|key| !matches!(key.kind, Kind::Table(_) | Kind::Tables(_)))
        .collect();
    if !keys.is_empty() {
        if !path.is_empty() {
            let _ = writeln!(out, "### `{path}`\n\n{}\n", table.about);
        }
        out.push_str("| key | value | without it | meaning |\n|---|---|---|---|\n");
        for key in keys {
            let otherwise = match key.presence {
                Presence::Required => "required".to_owned(),
                Presence::Optional(otherwise) => otherwise.to_owned(),
                Presence::Default(value) => format!("`{value}`"),
            };
            let _ = writeln!(
                out,
                "| `{}` | {} | {otherwise} | {} Example: `{}` |",
                key.name,
                key.kind.wanted().replace('|', "\\|"),
                key.about,
                key.example
            );
        }
        for keys in table.one_of {
            let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            let _ = writeln!(out, "\nExactly one of {} must be there.", names.join(", "));
        }
        out.push('\n');
    }
    for key in table.keys {
        match key.kind {
            Kind::Table(inner) => write_table(out, inner, &format!("[{}]", join(path, key.name))),
            Kind::Tables(inner) => {
                write_table(out, inner, &format!("[[{}]]", join(path, key.name)))
            }
            _ => {}
        }
    }
}

fn join(path: &str, key: &str) -> String {
    match path.trim_matches(['[', ']']) {
        "" => key.to_owned(),
        outer => format!("{outer}.{key}"),
    }
}
