//! Writes what the documentation of the organisation's files takes from the parser: `docs/organisation.schema.json`, and
//! the keys in `docs/organisation.md` between its two marks.

use std::fs;
use std::path::Path;
use zt_identity::FILE;
use zt_identity::form::{json_schema, reference};

fn main() -> std::io::Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let schema = json_schema(&FILE, "One file of the organisation");
    fs::write(
        docs.join("organisation.schema.json"),
        format!("{schema:#}\n"),
    )?;
    let manual = docs.join("organisation.md");
    let text = fs::read_to_string(&manual)?;
    let (begin, end) = ("<!-- keys -->\n", "<!-- /keys -->");
    let (Some((before, _)), Some((_, after))) = (text.split_once(begin), text.split_once(end))
    else {
        return Err(std::io::Error::other(
            "docs/organisation.md has lost its marks",
        ));
    };
    fs::write(
        manual,
        format!("{before}{begin}{}{end}{after}", reference(&FILE)),
    )
}
