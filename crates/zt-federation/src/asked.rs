//! What a grant was given for, in whichever way it came about.

use crate::{AcrDemand, AuthorizationRequest, ClaimsWish, DeviceAsked, Scope};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a client asked for when it was given a grant, as it is kept with it. What came about in one way is worth nothing in
/// another: a code for a browser is bound to a proof key, one for a device is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Asked {
    /// By a browser, at the authorization endpoint.
    Code(Box<AuthorizationRequest>),
    /// By a device (RFC 8628).
    Device(DeviceAsked),
}

impl Asked {
    /// What for.
    #[must_use]
    pub const fn scopes(&self) -> &BTreeSet<Scope> {
        match self {
            Self::Code(request) => &request.scopes,
            Self::Device(asked) => &asked.scopes,
        }
    }

    /// How strongly she should have been authenticated.
    #[must_use]
    pub const fn acr(&self) -> &AcrDemand {
        match self {
            Self::Code(request) => &request.acr,
            Self::Device(_) => &AcrDemand::Any,
        }
    }

    /// Claims that it asked for one by one.
    #[must_use]
    pub const fn claims(&self) -> &ClaimsWish {
        match self {
            Self::Code(request) => &request.claims,
            Self::Device(_) => ClaimsWish::NONE,
        }
    }
}
