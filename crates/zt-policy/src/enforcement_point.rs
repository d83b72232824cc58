//! Enforcement points in other processes, as they are kept: who may ask for decisions, about what, and what they can do.

use crate::ManagedBy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use zt_types::{AppId, EnforcementPointId, Text, TokenHash};

/// An enforcement point outside of this process. What is not registered gets no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnforcementPoint {
    /// Its slug.
    pub id: EnforcementPointId,
    /// Its name.
    pub name: Text,
    /// The applications it may ask about; about all others it learns nothing, not even whether they exist.
    pub applications: BTreeSet<AppId>,
    /// The obligations it does, by [`crate::Obligation::as_str`]. A permit that carries another one is a refusal to it.
    pub obligations: BTreeSet<String>,
    /// Hash of its bearer token.
    pub token: TokenHash,
    /// Who writes this record.
    pub managed_by: ManagedBy,
}
