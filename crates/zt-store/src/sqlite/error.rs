//! SQLite's errors as the store's.

use crate::StoreError;
use rusqlite::{Error, ErrorCode};
use std::path::Path;

/// What an error of SQLite means for whoever asked.
pub(crate) fn sqlite(error: Error) -> StoreError {
    match &error {
        Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DiskFull => StoreError::Full,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                StoreError::Damaged(error.to_string())
            }
            _ => StoreError::Failed(error.to_string()),
        },
        Error::FromSqlConversionFailure(..)
        | Error::InvalidColumnType(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::Utf8Error(..)
        | Error::QueryReturnedNoRows => StoreError::Damaged(error.to_string()),
        _ => StoreError::Failed(error.to_string()),
    }
}

/// A file operation that failed.
pub(super) fn file(path: &Path, error: &std::io::Error) -> StoreError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        StoreError::Full
    } else {
        StoreError::Failed(format!("`{}`: {error}", path.display()))
    }
}

pub(super) fn threads(error: std::io::Error) -> StoreError {
    StoreError::Failed(format!("no thread can be started: {error}"))
}

pub(super) fn closed() -> StoreError {
    StoreError::Failed("it is closing".into())
}

/// The same error for one more caller of a group.
pub(super) fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Full => StoreError::Full,
        StoreError::Damaged(why) => StoreError::Damaged(why.clone()),
        StoreError::Failed(why) => StoreError::Failed(why.clone()),
        StoreError::Conflict(conflict) => StoreError::Conflict(conflict.clone()),
        StoreError::InUse { lock, holder } => StoreError::InUse {
            lock: lock.clone(),
            holder: holder.clone(),
        },
    }
}
