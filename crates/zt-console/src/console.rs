//! The console: what an administrator sees.

pub(crate) mod devices;
pub(crate) mod events;
pub(crate) mod now;
pub(crate) mod people;
pub(crate) mod registers;
pub(crate) mod view;
