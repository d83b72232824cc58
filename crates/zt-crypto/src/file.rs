//! Files that hold keys: private, and there whole or not at all, whatever moment the power goes.

use crate::random;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A file of keys longer than this is none of ours, in bytes.
const LONGEST_FILE: u64 = 1024 * 1024;

/// What to do if there is a file of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfThere {
    /// Leave it as it is; whoever was first has written.
    Keep,
    /// Put this one in its place.
    Replace,
}

/// Writes a file of mode 0600, durable when this returns.
///
/// # Errors
/// What the file system says, also if there is no randomness for the draft's name.
pub fn write_private(path: &Path, content: &[u8], if_there: IfThere) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let suffix = random::bytes::<8>().map_err(io::Error::other)?;
    let suffix: String = suffix.iter().map(|byte| format!("{byte:02x}")).collect();
    let draft = directory.join(format!(".{suffix}.draft"));
    let placed = write_new(&draft, content).and_then(|()| match if_there {
        IfThere::Replace => std::fs::rename(&draft, path),
        // A link is made only where nothing is.
        IfThere::Keep => match std::fs::hard_link(&draft, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            other => other,
        },
    });
    if (if_there, placed.is_ok()) != (IfThere::Replace, true) {
        // What is left of a draft is no more than litter: what went wrong before matters more.
        let _ = std::fs::remove_file(&draft);
    }
    placed.and_then(|()| File::open(directory)?.sync_all())
}

/// Reads a private file; `None` if there is none.
///
/// # Errors
/// [`PrivateFileError`].
pub fn read_private(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, PrivateFileError> {
    let io = |source| PrivateFileError::Io {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(io)?,
    };
    let mode = file.metadata().map_err(io)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(PrivateFileError::OpenToOthers {
            path: path.to_owned(),
            mode,
        });
    }
    let mut content = Zeroizing::new(Vec::new());
    file.take(LONGEST_FILE)
        .read_to_end(&mut content)
        .map_err(io)?;
    Ok(Some(content))
}

/// Makes a directory of mode 0700 with those above it, if there is none.
///
/// # Errors
/// What the file system says.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Why a private file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// The file system says so.
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
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
