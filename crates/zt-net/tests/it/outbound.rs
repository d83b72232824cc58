//! Calls to addresses that somebody else chose, to real servers: what a hostile one can try.

use crate::authority::Authority;
use crate::rig::{PLAIN, Rig};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use zt_net::{
    ClientAuth, Connection, HostTable, HttpsListener, Limits, Names, NotPublic, Outbound,
    OutboundError, OutboundLimits, OutboundSettings, Reach, Shutdown,
};

const LISTED: [u8; 4] = [127, 0, 0, 2];
const INSIDE: [u8; 4] = [127, 0, 0, 3];

/// A server at an address of its own, which counts who comes.
struct Server {
    at: SocketAddr,
    came: Arc<AtomicUsize>,
}

async fn serve(
    authority: &Authority,
    at: SocketAddr,
    answer: impl Fn(&str) -> Response<Full<Bytes>> + Clone + Send + Sync + 'static,
) -> Server {
    let hosts = Arc::new(HostTable::new());
    let certificate = authority.host(PLAIN);
    hosts
        .put(PLAIN, certificate, &ClientAuth::NotAsked)
        .unwrap();
    let listener = HttpsListener::bind(at, hosts, Limits::default())
        .await
        .unwrap();
    let at = listener.local_address();
    let came = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&came);
    let handler = move |request: Request<Incoming>, _: Arc<Connection>| {
        counter.fetch_add(1, Ordering::SeqCst);
        let answered = answer(request.uri().path());
        async move { Ok::<_, Infallible>(answered) }
    };
    // The one who could stop it is forgotten: it goes on until the test ends.
    let (trigger, shutdown) = Shutdown::new();
    std::mem::forget(trigger);
    tokio::spawn(listener.serve(handler, shutdown));
    Server { at, came }
}

fn outbound(authority: &Authority, names: Names) -> Outbound {
    with_limits(authority, names, OutboundLimits::default())
}

fn with_limits(authority: &Authority, names: Names, limits: OutboundLimits) -> Outbound {
    Outbound::new(OutboundSettings {
        reach: Reach::also(|address| address == IpAddr::from(LISTED)),
        roots: vec![authority.certificate.clone()],
        names,
        limits,
    })
    .unwrap()
}

fn listed() -> Names {
    Names::given(|_| vec![LISTED.into()])
}

async fn post(outbound: &Outbound, url: &str) -> Result<(StatusCode, String), OutboundError> {
    let request = Request::post(url).body(Bytes::from("a=b")).unwrap();
    let answer = outbound.send(request).await?;
    let body = String::from_utf8(answer.body().to_vec()).unwrap();
    Ok((answer.status(), body))
}

fn told(text: &'static str) -> impl Fn(&str) -> Response<Full<Bytes>> + Clone + Send + Sync {
    move |_| Response::new(Full::from(text))
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_the_address_that_was_checked_is_called() {
    let authority = Authority::new("hosts");
    let outside = serve(&authority, (LISTED, 0).into(), told("outside")).await;
    let inside = (INSIDE, outside.at.port()).into();
    let inside = serve(&authority, inside, told("inside")).await;
    // Whoever answers for the name answers well the first time, and with what is inside from then on.
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let names = Names::given(move |_| match counter.fetch_add(1, Ordering::SeqCst) {
        0 => vec![LISTED.into()],
        _ => vec![INSIDE.into()],
    });
    let outbound = outbound(&authority, names);
    let url = format!("https://{PLAIN}:{}/x", outside.at.port());
    let answer = post(&outbound, &url).await.unwrap();
    assert_eq!(answer, (StatusCode::OK, "outside".to_owned()));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let again = post(&outbound, &url).await.unwrap_err();
    assert!(
        matches!(
            again,
            OutboundError::NotPublic {
                why: NotPublic::ThisMachine,
                ..
            }
        ),
        "{again}"
    );
    assert_eq!(inside.came.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_with_one_address_inside_is_not_called_at_all() {
    let authority = Authority::new("hosts");
    let outside = serve(&authority, (LISTED, 0).into(), told("outside")).await;
    let url = format!("https://{PLAIN}:{}/x", outside.at.port());
    for inside in ["127.0.0.3", "169.254.169.254", "::ffff:127.0.0.3", "::1"] {
        let inside: IpAddr = inside.parse().unwrap();
        let names = Names::given(move |_| vec![LISTED.into(), inside]);
        let refused = post(&outbound(&authority, names), &url).await.unwrap_err();
        assert_eq!(refused.as_str(), "not-public", "{inside}: {refused}");
    }
    assert_eq!(outside.came.load(Ordering::SeqCst), 0);
    let nobody = outbound(&authority, Names::given(|_| Vec::new()));
    let unknown = post(&nobody, &url).await.unwrap_err();
    assert_eq!(unknown.as_str(), "unknown-host");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let authority = Authority::new("hosts");
    let inside = serve(&authority, (INSIDE, 0).into(), told("inside")).await;
    let elsewhere = serve(&authority, (LISTED, 0).into(), told("elsewhere")).await;
    for to in [&inside, &elsewhere] {
        let location = format!("https://{PLAIN}:{}/secret", to.at.port());
        let moved = move |_: &str| {
            let moved = Response::builder().status(307);
            let moved = moved.header(header::LOCATION, location.as_str());
            moved.body(Full::from("moved")).unwrap()
        };
        let outside = serve(&authority, (LISTED, 0).into(), moved).await;
        let url = format!("https://{PLAIN}:{}/x", outside.at.port());
        let answer = post(&outbound(&authority, listed()), &url).await.unwrap();
        assert_eq!(answer, (StatusCode::TEMPORARY_REDIRECT, "moved".to_owned()));
        assert_eq!(to.came.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn an_answer_has_a_size_and_an_end() {
    let authority = Authority::new("hosts");
    let large = |_: &str| Response::new(Full::from(vec![b'a'; 5_000]));
    let server = serve(&authority, (LISTED, 0).into(), large).await;
    let url = format!("https://{PLAIN}:{}/x", server.at.port());
    let limits = OutboundLimits {
        max_answer: 4_999,
        ..OutboundLimits::default()
    };
    let refused = post(&with_limits(&authority, listed(), limits), &url).await;
    assert_eq!(refused.unwrap_err().as_str(), "too-large");

    // Whoever takes the connection and says nothing.
    let silent = tokio::net::TcpListener::bind((IpAddr::from(LISTED), 0)).await;
    let silent = silent.unwrap();
    let url = format!("https://{PLAIN}:{}/x", silent.local_addr().unwrap().port());
    let limits = OutboundLimits {
        whole: Duration::from_millis(50),
        ..OutboundLimits::default()
    };
    let refused = post(&with_limits(&authority, listed(), limits), &url).await;
    assert_eq!(refused.unwrap_err().as_str(), "timeout");
}

#[tokio::test]
async fn a_server_proves_its_name_to_an_authority_that_is_trusted() {
    let rig = Rig::start(Limits::default()).await;
    let at = rig.address.ip();
    let reach = || Reach::also(move |address| address == at);
    let call = async |roots: Vec<_>, host: &str| {
        let outbound = Outbound::new(OutboundSettings {
            reach: reach(),
            roots,
            names: Names::given(move |_| vec![at]),
            ..OutboundSettings::default()
        });
        let url = format!("https://{host}:{}/x", rig.address.port());
        post(&outbound.unwrap(), &url).await
    };
    let trusted = vec![rig.authority.certificate.clone()];
    assert!(call(trusted.clone(), PLAIN).await.is_ok());
    let another = call(trusted, "other.sekisho.test").await.unwrap_err();
    assert_eq!(another.as_str(), "tls");
    let untrusted = call(vec![rig.devices.certificate.clone()], PLAIN).await;
    assert_eq!(untrusted.unwrap_err().as_str(), "tls");
    let none = call(Vec::new(), PLAIN).await;
    assert_eq!(none.unwrap_err().as_str(), "tls");
}

#[tokio::test]
async fn only_so_many_are_called_at_once() {
    let authority = Authority::new("hosts");
    let silent = tokio::net::TcpListener::bind((IpAddr::from(LISTED), 0)).await;
    let silent = silent.unwrap();
    let url = format!("https://{PLAIN}:{}/x", silent.local_addr().unwrap().port());
    let asked = Arc::new(Notify::new());
    let lookups = Arc::new(AtomicUsize::new(0));
    let (notify, counter) = (Arc::clone(&asked), Arc::clone(&lookups));
    let names = Names::given(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        notify.notify_one();
        vec![LISTED.into()]
    });
    let limits = OutboundLimits {
        at_once: 1,
        ..OutboundLimits::default()
    };
    let outbound = with_limits(&authority, names, limits);
    let (one, target) = (outbound.clone(), url.clone());
    let first = tokio::spawn(async move { post(&one, &target).await });
    asked.notified().await;
    // The second is asked for again and again, and never gets as far as the name while the first is out.
    let mut second = Box::pin(post(&outbound, &url));
    for _ in 0..50 {
        tokio::select! {
            biased;
            _ = &mut second => panic!("it did not wait"),
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(lookups.load(Ordering::SeqCst), 1);
    first.abort();
    let _ = first.await;
    tokio::select! {
        biased;
        _ = &mut second => panic!("nobody answered it"),
        () = asked.notified() => {}
    }
    assert_eq!(lookups.load(Ordering::SeqCst), 2);
}
