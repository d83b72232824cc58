//! What clients ask at the token endpoint, and about tokens (RFC 6749 §4.1.3, §4.4.2, §6; RFC 7662 §2.1, RFC 7009 §2.1).

use crate::{ErrorCode, ExchangeRequest, Fault, Form, GrantType, Presented, Scope};
use std::collections::BTreeSet;
use zt_types::Secret;

/// A request for tokens.
#[derive(Debug)]
pub struct TokenRequest {
    /// Who asks.
    pub presented: Presented,
    /// What it comes with.
    pub grant: Grant,
}

/// What a client comes with.
#[derive(Debug)]
pub enum Grant {
    /// A code (RFC 6749 §4.1.3).
    Code {
        /// The code.
        code: Secret,
        /// The address it was sent to, which has to be the one of the authorization request.
        redirect_uri: String,
        /// What meets the proof key (RFC 7636 §4.5).
        verifier: Option<Secret>,
    },
    /// A refresh token (RFC 6749 §6).
    Refresh {
        /// The token.
        token: Secret,
        /// What of its scopes is wanted; all of them if it does not say.
        scopes: Option<BTreeSet<Scope>>,
    },
    /// The code of a device (RFC 8628 §3.4).
    Device {
        /// The code.
        code: Secret,
    },
    /// A token (RFC 8693 §2.1).
    Exchange(ExchangeRequest),
    /// Its own name (RFC 6749 §4.4.2).
    ClientCredentials {
        /// What is wanted.
        scopes: BTreeSet<Scope>,
    },
}

impl Grant {
    /// Which it is.
    #[must_use]
    pub const fn kind(&self) -> GrantType {
        match self {
            Self::Code { .. } => GrantType::AuthorizationCode,
            Self::Refresh { .. } => GrantType::RefreshToken,
            Self::ClientCredentials { .. } => GrantType::ClientCredentials,
            Self::Device { .. } => GrantType::DeviceCode,
            Self::Exchange(_) => GrantType::TokenExchange,
        }
    }

    fn read(form: &Form) -> Result<Self, Fault> {
        let scopes = || form.one("scope")?.map(Scope::read_known).transpose();
        match form.one("grant_type")? {
            Some("authorization_code") => Ok(Self::Code {
                code: demand(form, "code", "the code is missing")?,
                redirect_uri: form
                    .one("redirect_uri")?
                    .ok_or(Fault::request("the redirect_uri is missing"))?
                    .to_owned(),
                verifier: secret(form, "code_verifier")?,
            }),
            Some("refresh_token") => Ok(Self::Refresh {
                token: demand(form, "refresh_token", "the refresh_token is missing")?,
                scopes: scopes()?,
            }),
            Some("client_credentials") => Ok(Self::ClientCredentials {
                scopes: scopes()?.unwrap_or_default(),
            }),
            Some("urn:ietf:params:oauth:grant-type:device_code") => Ok(Self::Device {
                code: demand(form, "device_code", "the device_code is missing")?,
            }),
            Some("urn:ietf:params:oauth:grant-type:token-exchange") => {
                ExchangeRequest::read(form).map(Self::Exchange)
            }
            None => Err(Fault::request("the grant_type is missing")),
            // RFC 9700 §2.4: never a password.
            Some(_) => Err(Fault::new(
                ErrorCode::UnsupportedGrantType,
                "the grant_type is none of those in grant_types_supported",
            )),
        }
    }
}

impl TokenRequest {
    /// Reads the form and the header `Authorization`.
    ///
    /// # Errors
    /// What [`Presented::read`] says; `invalid_request`, `invalid_scope`, `unsupported_grant_type`.
    pub fn read(form: &Form, authorization: Option<&str>) -> Result<Self, Fault> {
        Ok(Self {
            presented: Presented::read(form, authorization)?,
            grant: Grant::read(form)?,
        })
    }
}

/// A question about a token, or the wish to end it.
#[derive(Debug)]
pub struct TokenQuestion {
    /// Who asks.
    pub presented: Presented,
    /// About which token.
    pub token: Secret,
}

impl TokenQuestion {
    /// Reads the form and the header `Authorization`. What kind it is, the
    /// token itself says: a hint is passed over (RFC 7009 §2.1).
    ///
    /// # Errors
    /// What [`Presented::read`] says; `invalid_request`.
    pub fn read(form: &Form, authorization: Option<&str>) -> Result<Self, Fault> {
        let presented = Presented::read(form, authorization)?;
        form.one("token_type_hint")?;
        Ok(Self {
            presented,
            token: demand(form, "token", "the token is missing")?,
        })
    }
}

fn secret(form: &Form, name: &str) -> Result<Option<Secret>, Fault> {
    let value = form.one(name)?;
    Ok(value.map(|value| Secret::new(value.to_owned())))
}

pub(crate) fn demand(form: &Form, name: &str, missing: &'static str) -> Result<Secret, Fault> {
    secret(form, name)?.ok_or(Fault::request(missing))
}

#[cfg(test)]
mod tests;
