//! Writes what the documentation takes from the program: `docs/sekisho.example.toml`, and the keys in
//! `docs/configuration.md` between its two marks.

use std::fs;
use std::path::Path;
use zt_identity::form::{example, reference};
use zt_server::config::FORM;

fn main() -> std::io::Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let head = "# The configuration of `sekisho serve`. Only `domain` must be set; everything else stands here with what holds\n# without it. See configuration.md.\n\n";
    let text = format!("{head}{}", example(&FORM));
    fs::write(docs.join("sekisho.example.toml"), text)?;
    let manual = docs.join("configuration.md");
    let text = fs::read_to_string(&manual)?;
    let (begin, end) = ("<!-- keys -->\n", "<!-- /keys -->");
    let (Some((before, _)), Some((_, after))) = (text.split_once(begin), text.split_once(end))
    else {
        return Err(std::io::Error::other(
            "docs/configuration.md has lost its marks",
        ));
    };
    fs::write(
        manual,
        format!("{before}{begin}{}{end}{after}", reference(&FORM)),
    )
}
