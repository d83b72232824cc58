use crate::rig::Rig;
use zt_net::Limits;

#[tokio::test]
async fn smuggling_attempts_are_answered_and_cut() {
    let rig = Rig::start(Limits::default()).await;
    for (name, bytes, status, reason) in [
        ("bare LF", "GET / HTTP/1.1\nhost: a\n\n", 400, "bare-lf"),
        (
            "bare CR",
            "GET / HTTP/1.1\r\nhost: a\rx: y\r\n\r\n",
            400,
            "bare-cr",
        ),
        (
            "obs-fold",
            "GET / HTTP/1.1\r\nhost: a\r\nx: y\r\n z\r\n\r\n",
            400,
            "folded-header",
        ),
        (
            "CL.TE",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nG",
            400,
            "content-length-and-transfer-encoding",
        ),
        (
            "CL.CL",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\ncontent-length: 6\r\n\r\nabcdef",
            400,
            "repeated-content-length",
        ),
        (
            "TE.TE",
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
            501,
            "transfer-encoding",
        ),
        (
            "CONNECT",
            "CONNECT b:25 HTTP/1.1\r\nhost: b:25\r\n\r\n",
            501,
            "connect",
        ),
    ] {
        for pieces in [vec![bytes.as_bytes()], bytes.as_bytes().chunks(5).collect()] {
            let answer = rig.raw(&pieces).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status} ")),
                "{name}: {answer}"
            );
            assert!(
                answer.contains(&format!("\"reason\":\"{reason}\"")),
                "{name}: {answer}"
            );
            assert_eq!(
                answer.matches("HTTP/1.1 ").count(),
                1,
                "{name}: nothing else is answered: {answer}"
            );
        }
    }
}

#[tokio::test]
async fn what_came_before_on_the_same_connection_is_answered_first() {
    let rig = Rig::start(Limits::default()).await;
    let answer = rig
        .raw(&[b"GET /one HTTP/1.1\r\nhost: a\r\n\r\nGET /two HTTP/1.1\nhost: a\r\n\r\n"])
        .await;
    let one = answer.find("GET /one 0").unwrap();
    let refused = answer.find("bare-lf").unwrap();
    assert!(one < refused && !answer.contains("/two"), "{answer}");
}

#[tokio::test]
async fn a_body_that_breaks_its_framing_is_seen_as_broken_and_ends_the_connection() {
    let rig = Rig::start(Limits::default()).await;
    let answer = rig
        .raw(&[b"POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\n0\r\n\r\nGET /y HTTP/1.1\r\nhost: a\r\n\r\n"])
        .await;
    assert!(!answer.contains("/y"), "{answer}");
    assert!(!answer.contains("POST /x 1"), "{answer}");
}

#[tokio::test]
async fn clean_requests_pass_in_any_pieces() {
    let rig = Rig::start(Limits::default()).await;
    let input = b"POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n\n\r\nPOST /b HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nxy\r\n0\r\n\r\nGET /c HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    for size in [1, 7, 1000] {
        let answer = rig.raw(&input.chunks(size).collect::<Vec<_>>()).await;
        for expected in ["POST /a 3\n", "POST /b 2\n", "GET /c 0\n"] {
            assert!(answer.contains(expected), "pieces of {size}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_head_beyond_the_limit_is_refused() {
    let rig = Rig::start(Limits {
        max_head_bytes: 2000,
        ..Limits::default()
    })
    .await;
    let head = format!(
        "GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n",
        "y".repeat(3000)
    );
    let answer = rig.raw(&[head.as_bytes()]).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}
