//! How a client says who it is, at every endpoint that clients call (RFC 6749 §2.3, RFC 7521 §4.2).

use crate::form::decode;
use crate::{Authentication, Client, ErrorCode, Fault, Form};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use zt_types::{ClientId, Json, Secret, Timestamp};

/// RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Who a client says it is, and what it shows for it. Nothing is proven yet.
#[derive(Debug)]
pub struct Presented {
    /// Its name, to look its record up by.
    pub client: ClientId,
    /// What it shows.
    pub proof: ClientProof,
}

/// What a client shows.
#[derive(Debug)]
pub enum ClientProof {
    /// Nothing.
    None,
    /// A secret in the header `Authorization` (RFC 6749 §2.3.1).
    Basic(Secret),
    /// A secret in the form (RFC 6749 §2.3.1).
    Post(Secret),
    /// A JWT (RFC 7523 §2.2).
    Assertion(Secret),
}

/// What is left to do before a client is believed.
#[derive(Debug)]
pub enum Standing<'a> {
    /// Nothing: it showed its secret, or has none.
    Proven,
    /// To verify this JWT with the client's keys, and [`crate::ClientAssertion::check`] what it says.
    ToVerify(&'a Secret),
    /// To look at the certificate that its connection shows (RFC 8705 §2).
    ToShow,
}

impl ClientProof {
    /// Which method it is.
    #[must_use]
    pub const fn method(&self) -> Authentication {
        match self {
            Self::None => Authentication::None,
            Self::Basic(_) => Authentication::SecretBasic,
            Self::Post(_) => Authentication::SecretPost,
            Self::Assertion(_) => Authentication::PrivateKeyJwt,
        }
    }
}

impl Presented {
    /// Reads the form and the header `Authorization`.
    ///
    /// # Errors
    /// `invalid_request` for two methods at once or two names, `invalid_client` for none or one that is not known.
    pub fn read(form: &Form, authorization: Option<&str>) -> Result<Self, Fault> {
        let named = form.one("client_id")?;
        let secret = form.one("client_secret")?;
        let assertion = form.one("client_assertion")?;
        let assertion_type = form.one("client_assertion_type")?;
        let (name, proof) = match (authorization, secret, assertion) {
            (None, None, None) => {
                let name = named.ok_or(invalid("no client is named"))?;
                (name.to_owned(), ClientProof::None)
            }
            (Some(header), None, None) => {
                let (name, secret) = read_basic(header)?;
                (name, ClientProof::Basic(secret))
            }
            (None, Some(secret), None) => {
                let name = named.ok_or(invalid("no client is named"))?;
                let secret = Secret::new(secret.to_owned());
                (name.to_owned(), ClientProof::Post(secret))
            }
            (None, None, Some(assertion)) if assertion_type == Some(JWT_BEARER) => {
                let name = subject_of(assertion).ok_or(invalid("the assertion names no client"))?;
                (
                    name,
                    ClientProof::Assertion(Secret::new(assertion.to_owned())),
                )
            }
            (None, None, Some(_)) => return Err(invalid("the client_assertion_type is not known")),
            // RFC 6749 §2.3.
            _ => {
                return Err(Fault::request(
                    "a client authenticates in one way at a time",
                ));
            }
        };
        if assertion.is_none() && assertion_type.is_some() {
            return Err(Fault::request("a type without a client_assertion"));
        }
        if named.is_some_and(|named| named != name) {
            return Err(Fault::request("two clients are named"));
        }
        let client = ClientId::new(&name).map_err(|_| invalid("the client is not registered"))?;
        Ok(Self { client, proof })
    }

    /// Compares with the client's record, in constant time.
    ///
    /// # Errors
    /// `invalid_client`: it is another client, registered for another method, or its secret does not fit.
    pub fn authenticate(&self, client: &Client, now: Timestamp) -> Result<Standing<'_>, Fault> {
        let shows = matches!(self.proof, ClientProof::None);
        let is_by_certificate = shows && client.authentication.is_by_certificate();
        let fits = is_by_certificate || self.proof.method() == client.authentication;
        if self.client != client.id || !fits {
            return Err(invalid("the client is not registered for this method"));
        }
        match &self.proof {
            ClientProof::None if is_by_certificate => Ok(Standing::ToShow),
            ClientProof::None => Ok(Standing::Proven),
            ClientProof::Assertion(assertion) => Ok(Standing::ToVerify(assertion)),
            ClientProof::Basic(secret) | ClientProof::Post(secret) => client
                .has_secret(secret, now)
                .then_some(Standing::Proven)
                .ok_or(invalid("the client's secret does not fit")),
        }
    }
}

const fn invalid(description: &'static str) -> Fault {
    Fault::new(ErrorCode::InvalidClient, description)
}

/// Name and secret, each encoded as in a form, then both as RFC 7617 §2 has it (RFC 6749 §2.3.1).
fn read_basic(header: &str) -> Result<(String, Secret), Fault> {
    let wrong = invalid("the header Authorization is not Basic with a name and a secret");
    let (scheme, encoded) = header.split_once(' ').ok_or(wrong)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(wrong);
    }
    let pair = STANDARD
        .decode(encoded.trim_matches(' '))
        .map_err(|_| wrong)?;
    let mut halves = pair.splitn(2, |byte| *byte == b':');
    let (Some(name), Some(secret)) = (halves.next(), halves.next()) else {
        return Err(wrong);
    };
    let name = decode(name).map_err(|_| wrong)?;
    let secret = decode(secret).map_err(|_| wrong)?;
    Ok((name, Secret::new(secret)))
}

/// Whom a JWT is about, before it is verified: only to know whose keys to verify it with.
fn subject_of(assertion: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1)?).ok()?;
    match Json::parse(&payload, 4).ok()? {
        Json::Object(claims) => claims.get("sub")?.as_text().map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
