//! What is said of a person and of how she was authenticated.

pub(crate) mod numeric_date;
mod person;
mod sign_in;
mod subject;
mod tokens;

pub use person::{Claim, PersonClaims, PersonFacts};
pub use sign_in::SignInClaims;
pub use tokens::{
    AccessTokenClaims, IdTokenClaims, IdTokenHint, LogoutTokenClaims, RefreshTokenClaims,
    SessionEnded, UserInfo,
};

#[cfg(test)]
mod tests;
