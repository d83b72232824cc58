//! Composition: configuration, routes, jobs.
