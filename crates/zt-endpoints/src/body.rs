//! Request bodies: JSON only, of bounded length, strictly as their form says.

use crate::answer::Problem;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

/// Reads a JSON body of at most `most` bytes. Forms are refused: a page elsewhere can make a browser send those.
pub(crate) async fn bytes(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, Problem> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .map(str::trim);
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json")) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "json-only",
            "send the body as `application/json`",
        ));
    }
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            format!("the body is longer than {most} bytes"),
        )
    };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(too_large());
    }
    match axum::body::to_bytes(body, most).await {
        Ok(bytes) => Ok(bytes),
        Err(error) if is_limit(&error) => Err(too_large()),
        Err(_) => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "cut-off",
            "the body ended before it was complete",
        )),
    }
}

/// Reads a JSON body into its wire struct.
pub(crate) async fn json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<T, Problem> {
    let bytes = bytes(headers, body, most).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        // serde's message names a member and a place; it quotes the input only where a known name was expected.
        Problem::new(
            StatusCode::BAD_REQUEST,
            "not-understood",
            format!("the body is not what this endpoint takes: {error}"),
        )
    })
}

fn is_limit(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = error.source();
    }
    false
}
