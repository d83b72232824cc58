//! What somebody tries who answers for a name, in the clear on this machine: the rest is in `tests/it`.

use super::{Names, Outbound, OutboundError, OutboundSettings, Reach};
use bytes::Bytes;
use http::Request;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const LISTED: [u8; 4] = [127, 0, 0, 2];
const INSIDE: [u8; 4] = [127, 0, 0, 3];

/// Gives every connection this answer.
async fn server(at: SocketAddr, answer: String) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(at).await.unwrap();
    let at = listener.local_addr().unwrap();
    let came = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&came);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4096]).await;
            let answer =
                format!("HTTP/1.1 {answer}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (at, came)
}

fn outbound(names: Names) -> Outbound {
    Outbound::new(OutboundSettings {
        reach: Reach::also(|address| address == IpAddr::from(LISTED)),
        names,
        ..OutboundSettings::default()
    })
    .unwrap()
}

async fn call(outbound: &Outbound, port: u16) -> Result<u16, OutboundError> {
    let request = Request::get(format!("http://rp.test:{port}/x"));
    let answer = outbound.send(request.body(Bytes::new()).unwrap()).await?;
    Ok(answer.status().as_u16())
}

#[tokio::test]
async fn a_name_that_changes_its_mind_leads_where_it_was_checked() {
    let (outside, _) = server((LISTED, 0).into(), "200 Outside".to_owned()).await;
    let inside = (INSIDE, outside.port()).into();
    let (_, came) = server(inside, "201 Inside".to_owned()).await;
    let asked = AtomicUsize::new(0);
    let names = Names::given(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => vec![LISTED.into()],
        _ => vec![INSIDE.into()],
    });
    let outbound = outbound(names);
    assert_eq!(call(&outbound, outside.port()).await.unwrap(), 200);
    let again = call(&outbound, outside.port()).await.unwrap_err();
    assert_eq!(again.as_str(), "not-public");
    assert_eq!(came.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn nobody_is_sent_on_to_what_is_inside() {
    let (inside, came) = server((LISTED, 0).into(), "201 Inside".to_owned()).await;
    let moved = format!(
        "307 Elsewhere\r\nlocation: http://rp.test:{}/secret",
        inside.port()
    );
    let (outside, _) = server((LISTED, 0).into(), moved).await;
    let outbound = outbound(Names::given(|_| vec![LISTED.into()]));
    assert_eq!(call(&outbound, outside.port()).await.unwrap(), 307);
    assert_eq!(came.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn one_address_inside_refuses_the_name() {
    let (outside, came) = server((LISTED, 0).into(), "200 Outside".to_owned()).await;
    for inside in ["127.0.0.3", "::ffff:127.0.0.3", "::1"] {
        let inside: IpAddr = inside.parse().unwrap();
        let outbound = outbound(Names::given(move |_| vec![LISTED.into(), inside]));
        let refused = call(&outbound, outside.port()).await.unwrap_err();
        assert_eq!(refused.as_str(), "not-public", "{inside}");
        let request = Request::get(format!("https://rp.test:{}/x", outside.port()));
        let refused = outbound.send(request.body(Bytes::new()).unwrap()).await;
        assert_eq!(refused.unwrap_err().as_str(), "not-public", "{inside}");
    }
    assert_eq!(came.load(Ordering::SeqCst), 0);
}

/// With one place, whoever is behind somebody that never answers has its whole time still.
#[tokio::test]
async fn whoever_waits_for_somebody_slow_loses_no_time_of_its_own() {
    let hangs = TcpListener::bind(SocketAddr::from((LISTED, 0)))
        .await
        .unwrap();
    let slow = hangs.local_addr().unwrap();
    let (quick, _) = server((LISTED, 0).into(), "200 Here".to_owned()).await;
    let limits = super::OutboundLimits {
        whole: std::time::Duration::from_secs(2),
        at_once: 1,
        ..super::OutboundLimits::default()
    };
    let outbound = Outbound::new(OutboundSettings {
        reach: Reach::also(|address| address == IpAddr::from(LISTED)),
        names: Names::given(|_| vec![LISTED.into()]),
        limits,
        ..OutboundSettings::default()
    })
    .unwrap();
    let (late, told) = tokio::join!(call(&outbound, slow.port()), call(&outbound, quick.port()));
    assert_eq!(late.unwrap_err().as_str(), "timeout");
    assert_eq!(told.unwrap(), 200);
}
