//! What is said of a person and of how she was authenticated.

mod person;

pub use person::{Claim, PersonClaims, PersonFacts};
