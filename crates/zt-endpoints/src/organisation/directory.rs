//! Reading a directory of files.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use zt_crypto::hash::received_hash;
use zt_identity::{Files, Organisation};
use zt_types::TokenHash;

/// Files that one directory may hold.
const MOST_FILES: usize = 10_000;
/// Bytes that one file may have.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;
/// How deep directories may lie in each other.
const DEEPEST: usize = 16;

/// Why a directory could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refuses.
    #[error("cannot read `{path}`")]
    Io {
        /// What.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Not text.
    #[error("`{0}` is not UTF-8 text")]
    NotText(PathBuf),
    /// Too much.
    #[error("`{path}` is too much: at most {most}")]
    TooMuch {
        /// What.
        path: PathBuf,
        /// The limit.
        most: &'static str,
    },
}

/// Reads all `*.toml` and `*.cedar` files of a directory and of those below it, the texts of terms and the public
/// keys of clients and metadata of service providers that they name, and hashes the token files that they name.
/// Names that begin with a dot are passed over.
///
/// # Errors
/// [`ReadError`] if something that is there cannot be read. A file that is named but not there is left for
/// [`super::parse`] to say, with the place where it is named.
pub fn read_directory(directory: &Path) -> Result<Files, ReadError> {
    let mut texts = BTreeMap::new();
    read_below(directory, "", 0, &mut texts)?;
    for path in Organisation::text_files(&texts) {
        if let Ok(content) = read_text(&directory.join(&path)) {
            texts.insert(path, content);
        }
    }
    let mut tokens = BTreeMap::new();
    for path in Organisation::token_files(&texts) {
        if let Ok(content) = read_text(&directory.join(&path)) {
            tokens.insert(path, token(&content));
        }
    }
    Ok(Files { texts, tokens })
}

fn read_below(
    directory: &Path,
    prefix: &str,
    depth: usize,
    texts: &mut BTreeMap<String, String>,
) -> Result<(), ReadError> {
    let failed = |source| ReadError::Io {
        path: directory.to_owned(),
        source,
    };
    let too_much = |most| ReadError::TooMuch {
        path: directory.to_owned(),
        most,
    };
    if depth > DEEPEST {
        return Err(too_much("16 directories in each other"));
    }
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        let path = entry.path();
        let relative = format!("{prefix}{name}");
        // Links are followed: configuration is often mounted as links into a directory of versions.
        let kind = std::fs::metadata(&path).map_err(failed)?;
        if kind.is_dir() {
            read_below(&path, &format!("{relative}/"), depth + 1, texts)?;
        } else if kind.is_file() && (name.ends_with(".toml") || name.ends_with(".cedar")) {
            if texts.len() >= MOST_FILES {
                return Err(too_much("10,000 files"));
            }
            texts.insert(relative, read_text(&path)?);
        }
    }
    Ok(())
}

fn read_text(path: &Path) -> Result<String, ReadError> {
    let failed = |source| ReadError::Io {
        path: path.to_owned(),
        source,
    };
    if std::fs::metadata(path).map_err(failed)?.len() > LARGEST_FILE {
        return Err(ReadError::TooMuch {
            path: path.to_owned(),
            most: "4 MiB",
        });
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    String::from_utf8(bytes).map_err(|_| ReadError::NotText(path.to_owned()))
}

/// The hash of the token in a file; `None` if it holds none: a short one could be found by trying.
fn token(content: &str) -> Option<TokenHash> {
    let token = content.trim_end_matches(['\r', '\n']);
    let is_token = token.len() >= 32 && token.bytes().all(|b| b.is_ascii_graphic());
    is_token.then(|| received_hash(token))
}
