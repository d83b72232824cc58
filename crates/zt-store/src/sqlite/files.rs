//! The files: the lock, making a new store, opening connections.

use super::{error, schema};
use crate::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

const OWNER_ONLY: u32 = 0o600;

/// Held by the one process that has the store open; the system releases it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    pub(super) fn take(store: &Path) -> Result<Self, StoreError> {
        let path = beside(store, ".lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(OWNER_ONLY)
            .open(&path)
            .map_err(|e| error::file(&path, &e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse {
                    holder: holder(&mut file),
                    lock: path,
                });
            }
            Err(TryLockError::Error(e)) => return Err(error::file(&path, &e)),
        }
        // The process id is for people; only the lock counts, so a full disk must not keep the store from opening.
        let written = file
            .set_len(0)
            .and_then(|()| write!(file, "{}", std::process::id()));
        if let Err(e) = written {
            tracing::warn!(lock = %path.display(), error = %e, "the process id could not be noted");
        }
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would leave it to a process that is just being started and still has a copy of the handle.
        if let Err(e) = self.file.unlock() {
            tracing::warn!(error = %e, "the store's lock could not be released");
        }
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(20).read_to_string(&mut text) {
        Ok(1..) if text.bytes().all(|b| b.is_ascii_digit()) => text,
        _ => "?".into(),
    }
}

/// Makes an empty store unless there is a file. It appears under its name only when it is complete, so that a file
/// of no length is always damage and never a beginning.
pub(super) fn create_unless_there(path: &Path) -> Result<(), StoreError> {
    match fs::metadata(path) {
        Ok(found) if found.len() == 0 => {
            return Err(StoreError::Damaged(format!(
                "`{}` is empty; remove it to begin a new store",
                path.display()
            )));
        }
        Ok(_) => return Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(error::file(path, &e)),
    }
    let wal = beside(path, "-wal");
    if wal.exists() {
        // SQLite would delete it: these are acknowledged writes whose file was moved away.
        return Err(StoreError::Damaged(format!(
            "`{}` is missing but its log `{}` is there",
            path.display(),
            wal.display()
        )));
    }
    let draft = beside(path, ".new");
    for leftover in [&draft, &beside(path, ".new-wal"), &beside(path, ".new-shm")] {
        match fs::remove_file(leftover) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(error::file(leftover, &e));
            }
            _ => {}
        }
    }
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWNER_ONLY)
        .open(&draft)
        .map_err(|e| error::file(&draft, &e))?;
    let mut connection = writer(&draft)?;
    schema::create(&mut connection)?;
    connection.close().map_err(|(_, e)| error::sqlite(e))?;
    file.sync_all().map_err(|e| error::file(&draft, &e))?;
    fs::rename(&draft, path).map_err(|e| error::file(path, &e))?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(|e| error::file(directory, &e))
}

/// SQLite gives its own files the permissions of the main one.
pub(super) fn keep_to_owner(path: &Path) -> Result<(), StoreError> {
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        match fs::set_permissions(&file, Permissions::from_mode(OWNER_ONLY)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(error::file(&file, &e));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A connection that cannot change anything.
pub(crate) fn reader(path: &Path) -> Result<Connection, StoreError> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// The one connection that writes.
pub(super) fn writer(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let set = |name: &str, value: &str| {
        let done = connection.pragma_update(None, name, value);
        done.map_err(error::sqlite)
    };
    set("journal_mode", "wal")?;
    // Every commit is on the disk before it returns.
    set("synchronous", "full")?;
    // 16 MiB between checkpoints: fewer of them, and a restart still reads the log in milliseconds.
    set("wal_autocheckpoint", "4096")?;
    // After one that grew (a long read kept it from being folded in), it shrinks again.
    set("journal_size_limit", "67108864")?;
    set("cache_size", "-32768")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn connect(path: &Path, mode: OpenFlags) -> Result<Connection, StoreError> {
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags).map_err(error::sqlite)?;
    connection
        .busy_timeout(Duration::from_secs(10))
        .map_err(error::sqlite)?;
    // A file that somebody else wrote into must not make SQLite run what stands in its schema, nor read cells unchecked.
    for (name, value) in [
        ("trusted_schema", "off"),
        ("cell_size_check", "on"),
        ("temp_store", "memory"),
    ] {
        connection
            .pragma_update(None, name, value)
            .map_err(error::sqlite)?;
    }
    Ok(connection)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
