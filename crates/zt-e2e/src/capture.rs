//! Keeps what service providers send, for whoever reads it again: with `ZT_CAPTURE` in the environment, which names a folder.

use std::path::{Path, PathBuf};
use std::{env, fs};

use zt_net::Clock;

use crate::Demo;

/// Beside the authority of a demo: where what is sent to it is kept.
const MARK: &str = "captured";

/// Begins to keep what is sent to `demo` under `name`: first the metadata that was read at `address`. Without `ZT_CAPTURE`, nothing
/// is kept.
///
/// # Panics
/// When it cannot be written: nobody asks for it who could go on without.
#[expect(
    clippy::disallowed_methods,
    reason = "a harness of tests has no configuration"
)]
#[expect(clippy::panic, reason = "who asks for it cannot go on without")]
pub fn keep(demo: &Demo, name: &str, address: &str, metadata: &str) {
    let Some(folder) = env::var_os("ZT_CAPTURE") else {
        return;
    };
    let folder = Path::new(&folder).join(name);
    let begun = fs::create_dir_all(&folder).and_then(|()| {
        fs::write(
            mark(&demo.authority()),
            folder.as_os_str().as_encoded_bytes(),
        )
    });
    begun.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    Capture { folder }.write("metadata", address, metadata);
}

fn mark(authority: &Path) -> PathBuf {
    authority.with_file_name(MARK)
}

/// A folder in which messages are kept.
#[derive(Debug)]
pub(crate) struct Capture {
    folder: PathBuf,
}

impl Capture {
    /// The one of the demo with that authority, if what is sent to it is kept.
    pub(crate) fn of(authority: &Path) -> Option<Self> {
        let folder = fs::read_to_string(mark(authority)).ok()?.into();
        Some(Self { folder })
    }

    /// Keeps what goes to `address`, if it is a message to the provider; one that comes twice, as a page of ours sends it on, once.
    pub(crate) fn message(&self, binding: &str, address: &str, fields: &str) {
        let is_ours = address.starts_with("https://id.") && address.contains("/saml/");
        let is_message = fields
            .split('&')
            .any(|field| field.starts_with("SAMLRequest=") || field.starts_with("SAMLResponse="));
        if is_ours && is_message {
            self.write(binding, address, fields);
        }
    }

    /// One line that says how it came, where to, and when; then what came.
    #[expect(clippy::panic, reason = "who asks for it cannot go on without")]
    fn write(&self, binding: &str, address: &str, text: &str) {
        let known = fs::read_dir(&self.folder).map(|entries| {
            let texts = entries.filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok());
            texts.collect::<Vec<_>>()
        });
        let known = known.unwrap_or_default();
        if known.iter().any(|other| {
            other
                .split_once('\n')
                .is_some_and(|(_, other)| other == text)
        }) {
            return;
        }
        let file = self.folder.join(format!("{:02}-{binding}", known.len()));
        let now = Clock::system().now().to_rfc3339();
        fs::write(&file, format!("{binding} {address} {now}\n{text}"))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}
