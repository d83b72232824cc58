use super::*;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};

async fn marked(
    frames: Vec<Result<Frame<Bytes>, BodyError>>,
) -> Result<(Vec<u8>, bool), BodyError> {
    let body = StreamBody::new(stream::iter(frames));
    let marker = Marker::new(Bytes::from_static(b"<mark>"));
    let mut body = Marked::new(body, marker);
    assert!(!body.is_end_stream(), "nobody may think that nothing comes");
    let (mut bytes, mut trailers) = (Vec::new(), false);
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(data) => bytes.extend_from_slice(&data),
            Err(_) => trailers = true,
        }
    }
    Ok((bytes, trailers))
}

fn data(pieces: &[&'static str]) -> Vec<Result<Frame<Bytes>, BodyError>> {
    let pieces = pieces
        .iter()
        .map(|piece| Bytes::from_static(piece.as_bytes()));
    pieces.map(|piece| Ok(Frame::data(piece))).collect()
}

#[tokio::test]
async fn a_page_gets_its_mark_as_it_passes() {
    for (pieces, expected) in [
        (
            &["<!doctype html><p>a</p>", "<p>b"][..],
            "<!doctype html><mark><p>a</p><p>b",
        ),
        (
            &["<!doc", "type html", ">", "<p>"][..],
            "<!doctype html><mark><p>",
        ),
        (&["", "<"][..], "<mark><"),
        (&[][..], ""),
    ] {
        let (bytes, _) = marked(data(pieces)).await.unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }
    let mut frames = data(&["<p>"]);
    frames.push(Ok(Frame::trailers(http::HeaderMap::new())));
    assert_eq!(marked(frames).await.unwrap(), (b"<mark><p>".to_vec(), true));
}

#[tokio::test]
async fn a_page_that_cannot_be_marked_breaks_off_before_its_first_byte() {
    let frames = vec![Ok(Frame::data(Bytes::from_static(b"\xff\xfe<\0p\0>\0")))];
    let error = marked(frames).await.unwrap_err();
    assert!(matches!(error, BodyError::Unmarkable), "{error}");
}
