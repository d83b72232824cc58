//! A real server in the test's process.
