//! Requests that a client hands over by itself, so that the browser carries a reference alone (RFC 9126).

use crate::{AuthorizationRequest, ErrorCode, Fault, Form, PageFault, Refused};
use zt_types::Secret;

/// What every reference begins with (RFC 9126 §2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// So many characters have ours after that.
const LENGTH: usize = 43;

/// The reference to a request that was pushed: the `request_uri` that we gave for it. Whoever has it can have it answered.
#[derive(Debug)]
pub struct RequestReference(Secret);

impl RequestReference {
    /// The reference made of `secret`, which nobody can guess.
    #[must_use]
    pub const fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// Reads a `request_uri`; none if we cannot have given it. Nothing is ever fetched from one.
    #[must_use]
    pub fn read(uri: &str) -> Option<Self> {
        let secret = uri.strip_prefix(PREFIX)?;
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let is_ours = secret.len() == LENGTH && secret.bytes().all(known);
        is_ours.then(|| Self(Secret::new(secret.to_owned())))
    }

    /// What it is made of.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.0
    }

    /// As it is told to the client.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("{PREFIX}{}", self.0.expose())
    }
}

/// Reads a request that a client pushes, as `read` reads what a browser brings; the client is told what is wrong at once (RFC 9126
/// §2.1, §2.3).
///
/// # Errors
/// What `read` says; `invalid_request` for what is shown on a page there, and for a reference to another request.
pub fn read_pushed(
    form: &Form,
    read: impl FnOnce(&Form) -> Result<AuthorizationRequest, Refused>,
) -> Result<AuthorizationRequest, Fault> {
    if form.one("request_uri")?.is_some() {
        return Err(Fault::request(
            "a request that is pushed refers to no other",
        ));
    }
    read(form).map_err(told)
}

/// What a client is told of a request that it pushed.
fn told(refused: Refused) -> Fault {
    match refused {
        Refused::Redirect { fault, .. } => fault,
        Refused::Page(PageFault::RequestObject(fault)) => fault,
        Refused::Page(fault) => Fault::new(
            ErrorCode::InvalidRequest,
            match fault {
                PageFault::UnknownClient => "the client_id is missing or another client's",
                PageFault::NoRedirectUri => "the redirect_uri is missing or there twice",
                PageFault::UnregisteredRedirectUri => {
                    "the client is not registered with the redirect_uri"
                }
                PageFault::UnknownRequest | PageFault::RequestObject(_) => {
                    "the request is not known"
                }
            },
        ),
    }
}

#[cfg(test)]
mod tests;
