//! What a person is called to a client.

use crate::SubjectKind;
use crate::digest::{Digest, encode};
use zt_types::PersonId;

impl SubjectKind {
    /// The `sub` of a person (OpenID Connect Core 1.0 §8.1). Without `salt`, which never leaves the server and never changes,
    /// nobody can tell whose a pairwise name is, or that two are hers.
    #[must_use]
    pub fn name(&self, person: PersonId, salt: &[u8; 32]) -> String {
        match self {
            Self::Public => person.to_string(),
            Self::Pairwise(sector) => {
                // The lengths of salt and person are fixed, so no two sectors and persons give the same bytes.
                encode(&Digest::of(&[salt, person.as_bytes(), sector.as_bytes()]))
            }
        }
    }
}
