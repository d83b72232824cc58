//! Requests that their client signed: whether it did, with which of its keys.

use crate::client_keys::ClientKeySet;
use crate::live::Live;
use serde_json::Value;
use zt_crypto::jose::foreign::{Algorithm, KeySet, Unverified};
use zt_federation::{AuthorizationRequest, Client, ErrorCode, Fault, Form, Refused};
use zt_types::Timestamp;

/// What a request object may say that it is (RFC 9101 §10.8): what else the same keys sign is none.
const TYPES: [&str; 2] = ["jwt", "oauth-authz-req+jwt"];

impl Live {
    /// Reads a request of `client` that may be signed, at the server that calls itself `issuer`. `at` is when it came first.
    ///
    /// # Errors
    /// As [`AuthorizationRequest::read_signed`].
    pub fn read_request(
        &self,
        form: &Form,
        client: &Client,
        issuer: &str,
        at: Timestamp,
    ) -> Result<AuthorizationRequest, Refused> {
        let keys = self.keys_of(client);
        let keys = keys.as_deref().and_then(ClientKeySet::set);
        let open = |object: &str| open(object, client, keys);
        AuthorizationRequest::read_signed(form, client, issuer, at, open)
    }
}

fn open(object: &str, client: &Client, keys: Option<&KeySet>) -> Result<Value, Fault> {
    let wrong = Fault::new(
        ErrorCode::InvalidRequestObject,
        "the request object is not signed with a key of the client",
    );
    let keys = keys.ok_or(wrong)?;
    // RFC 9101 §6.1, RFC 8725 §3.1: nothing that everybody has, nor nothing at all, is a key.
    let accepted = Algorithm::ALL.into_iter();
    let accepted: Vec<Algorithm> = accepted
        .filter(|algorithm| client.signs_requests_with(algorithm.as_str()))
        .collect();
    let read = Unverified::parse(object).map_err(|_| wrong)?;
    let verified = read.verify(keys, &accepted).map_err(|_| wrong)?;
    let typ = verified.typ.map(|typ| typ.to_ascii_lowercase());
    if typ.is_some_and(|typ| !TYPES.contains(&typ.as_str())) {
        return Err(wrong);
    }
    Ok(verified.claims)
}
