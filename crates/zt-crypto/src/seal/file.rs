//! The master key's file: one line, mode 0600, made at first start.

use crate::random::{self, NoRandomness};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const FIRST_WORD: &str = "sekisho-master-key-1";
const MOST_BYTES: u64 = 1024;

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file could not be read or written.
    #[error("the key file `{path}` cannot be used")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others than the owner may open it.
    #[error("the key file `{path}` has mode {mode:o}: others can read it, make it 600")]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
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
    let io = |source| KeyFileError::Io {
        path: path.to_owned(),
        source,
    };
    match File::open(path) {
        Ok(file) => load(path, file),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create(path)?;
            // Read back: if another process was first, its key is the one.
            load(path, File::open(path).map_err(io)?)
        }
        Err(error) => Err(io(error)),
    }
}

fn load(path: &Path, file: File) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    let io = |source| KeyFileError::Io {
        path: path.to_owned(),
        source,
    };
    let not_a_key = || KeyFileError::NotAKey {
        path: path.to_owned(),
    };
    let mode = file.metadata().map_err(io)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::OpenToOthers {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::new());
    match file.take(MOST_BYTES).read_to_string(&mut text) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(not_a_key()),
        Err(error) => return Err(io(error)),
    }
    let encoded = text
        .trim_end()
        .strip_prefix(FIRST_WORD)
        .and_then(|rest| rest.strip_prefix(' '))
        .ok_or_else(not_a_key)?;
    let bytes = Zeroizing::new(STANDARD_NO_PAD.decode(encoded).map_err(|_| not_a_key())?);
    let mut key = Zeroizing::new([0u8; 32]);
    if bytes.len() != key.len() {
        return Err(not_a_key());
    }
    key.copy_from_slice(&bytes);
    Ok(key)
}

/// Writes under another name and links, so that the file is there whole or not at all, and never replaces one.
fn create(path: &Path) -> Result<(), KeyFileError> {
    let io = |source| KeyFileError::Io {
        path: path.to_owned(),
        source,
    };
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let key = Zeroizing::new(random::bytes::<32>()?);
    let suffix: String = random::bytes::<8>()?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let draft = directory.join(format!(".{suffix}.draft"));
    let written = write(
        &draft,
        &Zeroizing::new(format!(
            "{FIRST_WORD} {}\n",
            STANDARD_NO_PAD.encode(key.as_slice())
        )),
    );
    let linked = written.and_then(|()| match std::fs::hard_link(&draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    // The draft is gone whether or not the rest worked.
    let removed = std::fs::remove_file(&draft);
    linked
        .and(removed)
        .and_then(|()| File::open(directory)?.sync_all())
        .map_err(io)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
