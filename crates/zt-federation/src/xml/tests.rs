//! What the reader refuses, and what the writer writes.

mod read;
mod write;
