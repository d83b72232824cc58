//! The master key's file: one line, mode 0600, made at first start.

use crate::file::{IfThere, PrivateFileError, read_private, write_private};
use crate::random::{self, NoRandomness};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const FIRST_WORD: &str = "sekisho-master-key-1";

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or written, or others may open it.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// Its content is not a key.
    #[error("`{path}` is not a key file")]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// No key could be drawn.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

pub(super) fn load_or_create(path: &Path) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    let not_a_key = || KeyFileError::NotAKey {
        path: path.to_owned(),
    };
    if let Some(content) = read_private(path)? {
        return parse(&content).ok_or_else(not_a_key);
    }
    let key = Zeroizing::new(random::bytes::<32>()?);
    let line = Zeroizing::new(format!(
        "{FIRST_WORD} {}\n",
        STANDARD_NO_PAD.encode(key.as_slice())
    ));
    write_private(path, line.as_bytes(), IfThere::Keep).map_err(|source| PrivateFileError::Io {
        path: path.to_owned(),
        source,
    })?;
    // Read back: if another process was first, its key is the one.
    read_private(path)?
        .and_then(|content| parse(&content))
        .ok_or_else(not_a_key)
}

fn parse(content: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let encoded = std::str::from_utf8(content)
        .ok()?
        .trim_end()
        .strip_prefix(FIRST_WORD)?
        .strip_prefix(' ')?;
    let bytes = Zeroizing::new(STANDARD_NO_PAD.decode(encoded).ok()?);
    <[u8; 32]>::try_from(bytes.as_slice())
        .ok()
        .map(Zeroizing::new)
}
