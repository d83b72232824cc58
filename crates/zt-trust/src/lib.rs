//! Signals become facts, facts become trust.
