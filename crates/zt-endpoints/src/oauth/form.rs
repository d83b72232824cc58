//! What a client sends: a form in the body, and the header `Authorization`.

use axum::body::Body;
use http::{HeaderMap, header};
use zt_federation::{ErrorCode, Fault, Form};

/// Bytes that a form may have.
const LARGEST: usize = 32 * 1024;

pub(super) const fn wrong(description: &'static str) -> Fault {
    Fault::new(ErrorCode::InvalidRequest, description)
}

/// Whether the body is announced as a form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(kind), None) = (kinds.next(), kinds.next()) else {
        return false;
    };
    let kind = kind.to_str().ok().and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| {
        kind.trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

/// Reads the form. What stands in the address is not looked at (RFC 6749 §3.2: parameters come in the body).
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Form, Fault> {
    if !is_form(headers) {
        return Err(wrong(
            "the body is sent as application/x-www-form-urlencoded",
        ));
    }
    let bytes = axum::body::to_bytes(body, LARGEST).await;
    Form::parse(&bytes.map_err(|_| wrong("the body is cut off or longer than 32 KiB"))?)
}

/// The header `Authorization`, if it is there.
pub(super) fn authorization(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => {
            let text = one.to_str();
            text.map(Some)
                .map_err(|_| wrong("the header Authorization is not ASCII"))
        }
        (Some(_), Some(_)) => Err(wrong("the header Authorization is there twice")),
    }
}
