//! The one place that keeps things: domain operations, migrations, the sealed event log.
