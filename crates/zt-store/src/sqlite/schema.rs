//! The layout of the file, and how an older one becomes the newest.
//!
//! A record is kept as JSON (`body`) in the form its type had at version `v` of that form, under its key. What is asked
//! by anything but the key is asked of the [`crate::State`] in memory; only events are searched in the file.

use super::error;
use crate::StoreError;
use rusqlite::{Connection, TransactionBehavior};

/// `SEKI`: tells a store from any other SQLite file.
const APPLICATION: i32 = 0x5345_4b49;

/// Each step leads from the layout of its index to the next. Never edited once released: only added to.
const STEPS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
];

/// Refuses a file that is not a store or is newer than this program. Changes nothing.
pub(super) fn check(connection: &Connection) -> Result<(), StoreError> {
    let number = |name: &str| {
        let value = connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        value.map_err(error::sqlite)
    };
    if number("application_id")? != APPLICATION {
        return Err(StoreError::Damaged("it is not a Sekisho store".into()));
    }
    let (layout, known) = (number("user_version")?, newest()?);
    if layout > known {
        return Err(StoreError::Damaged(format!(
            "it has layout {layout}, written by a newer version; this one knows layouts up to {known}"
        )));
    }
    if layout < 1 {
        return Err(StoreError::Damaged(format!("it has layout `{layout}`")));
    }
    Ok(())
}

/// Lays out an empty file.
pub(super) fn create(connection: &mut Connection) -> Result<(), StoreError> {
    advance(connection, 0)
}

/// Brings an older file up to date, in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let layout = connection
        .pragma_query_value(None, "user_version", |row| row.get::<_, i32>(0))
        .map_err(error::sqlite)?;
    if layout == newest()? {
        return Ok(());
    }
    advance(connection, usize::try_from(layout).unwrap_or(0))
}

fn advance(connection: &mut Connection, from: usize) -> Result<(), StoreError> {
    let work = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(error::sqlite)?;
    for step in STEPS.iter().skip(from) {
        work.execute_batch(step).map_err(error::sqlite)?;
    }
    work.pragma_update(None, "application_id", APPLICATION)
        .map_err(error::sqlite)?;
    work.pragma_update(None, "user_version", newest()?)
        .map_err(error::sqlite)?;
    work.commit().map_err(error::sqlite)
}

fn newest() -> Result<i32, StoreError> {
    i32::try_from(STEPS.len()).map_err(|_| StoreError::Failed("too many layouts".into()))
}
