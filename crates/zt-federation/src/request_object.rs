//! Requests that their client signed (RFC 9101, OpenID Connect Core 1.0 §6.1).

use crate::claims::numeric_date;
use crate::{
    AuthorizationRequest, Client, ErrorCode, Fault, Form, PageFault, Refused, ReturnAddress,
};
use serde::Deserialize;
use serde_json::Value;
use zt_types::{Seconds, Timestamp};

/// Clocks differ by so much.
const LEEWAY: Seconds = Seconds(30);
/// An object that lasts longer, or that began longer ago, is refused: whoever reads it in a browser's history has it.
const LONGEST: Seconds = Seconds::hours(1);

/// What an object says of itself.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    sub: Option<String>,
    aud: Audience,
    #[serde(with = "numeric_date")]
    exp: Timestamp,
    #[serde(default, with = "numeric_date::if_any")]
    nbf: Option<Timestamp>,
    #[serde(default, with = "numeric_date::if_any")]
    iat: Option<Timestamp>,
}

/// One audience, which may stand in a list alone: beside us nobody is to take it (RFC 9101 §4).
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    List([String; 1]),
}

const fn wrong(description: &'static str) -> Fault {
    Fault::new(ErrorCode::InvalidRequestObject, description)
}

/// The parameters in the claims of an object, whose signature is verified: for `issuer`, at `at`.
fn parameters(claims: &Value, client: &Client, issuer: &str, at: Timestamp) -> Result<Form, Fault> {
    let envelope = Envelope::deserialize(claims)
        .map_err(|_| wrong("a request object has exp, and a single aud: the issuer"))?;
    let Envelope {
        iss,
        sub,
        aud: Audience::One(aud) | Audience::List([aud]),
        exp,
        nbf,
        iat,
    } = envelope;
    let id = client.id.as_str();
    let named = claims.get("client_id").and_then(Value::as_str);
    if named != Some(id) || iss.is_some_and(|iss| iss != id) {
        return Err(wrong("the request object is another client's"));
    }
    // RFC 9101 §10.8: what says so could be taken for an assertion of the client.
    if sub.as_deref() == Some(id) {
        return Err(wrong("the sub of a request object is not the client"));
    }
    if aud != issuer {
        return Err(wrong(
            "the request object is for somebody else: its audience is the issuer",
        ));
    }
    if exp <= at - LEEWAY {
        return Err(wrong("the request object has expired"));
    }
    if exp > at + LONGEST + LEEWAY {
        return Err(wrong("the request object lasts longer than an hour"));
    }
    if nbf
        .into_iter()
        .chain(iat)
        .any(|begins| begins > at + LEEWAY)
    {
        return Err(wrong("the request object is not valid yet"));
    }
    if nbf.is_some_and(|begins| begins < at - LONGEST) {
        return Err(wrong("the request object is older than an hour"));
    }
    let Value::Object(members) = claims else {
        return Err(wrong("a request object is an object"));
    };
    // RFC 9101 §4.
    if members.contains_key("request") || members.contains_key("request_uri") {
        return Err(wrong("a request object holds no other"));
    }
    Ok(Form::of_claims(members))
}

impl AuthorizationRequest {
    /// Reads a request of `client` that may be signed. `open` verifies an object with the client's keys and gives its claims; with
    /// one, nothing else of the form is looked at but a `client_id` (RFC 9101 §6.3); a browser's form has one. `at` is when it came first.
    ///
    /// # Errors
    /// As [`AuthorizationRequest::read`]; `invalid_request_object`; `invalid_request` if the client always signs, and did not.
    pub fn read_signed(
        form: &Form,
        client: &Client,
        issuer: &str,
        at: Timestamp,
        open: impl FnOnce(&str) -> Result<Value, Fault>,
    ) -> Result<Self, Refused> {
        let refused = |fault| refused(form, client, fault);
        let Some(object) = form.one("request").map_err(refused)? else {
            let request = Self::read(form, client)?;
            if !client.signs_always() {
                return Ok(request);
            }
            let fault = Fault::request("this client signs its requests (RFC 9101)");
            let back = request.back;
            return Err(Refused::Redirect { back, fault });
        };
        if form.one("request_uri").map_err(refused)?.is_some() {
            return Err(refused(Fault::request(
                "a request is an object or refers to one",
            )));
        }
        // A client that pushes its object has shown who it is, and need not say so beside it (RFC 9126 §3).
        let beside = form.one("client_id").map_err(refused)?;
        if beside.is_some_and(|named| named != client.id.as_str()) {
            return Err(Refused::Page(PageFault::UnknownClient));
        }
        let opened = open(object).and_then(|claims| parameters(&claims, client, issuer, at));
        Self::read(&opened.map_err(refused)?, client)
    }
}

/// Tells the client what is wrong with its object, at the address beside it if that is one of the client's; a page does otherwise.
fn refused(form: &Form, client: &Client, fault: Fault) -> Refused {
    let asked = form.one("redirect_uri").ok().flatten();
    match asked.and_then(|asked| client.redirect_uri(asked)) {
        Some(uri) => Refused::Redirect {
            back: ReturnAddress::read(uri, form).0,
            fault,
        },
        None => Refused::Page(PageFault::RequestObject(fault)),
    }
}

#[cfg(test)]
mod tests;
