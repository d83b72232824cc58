//! The store as others see it: one suite for every implementation, and what only a file can suffer.

mod conformance;
mod fixtures;
mod opening;
mod random_plans;
