//! How fast live WebSockets end when the device they come from is reported infected, and whether only those end.
//!
//! The real server, 1,000 WebSockets of one device through its gateway and 100 of the same person's other device. A source
//! reports malware by HTTP; each client notes when the last thing it received had come. `cargo xtask bench cut` runs this.

use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use zt_net::Clock;
use zt_testkit::{Finding, Server, Visitor};
use zt_types::Language;

const CONNECTIONS: usize = 1_000;
const OTHERS: usize = 100;
/// So many are opened at once.
const AT_ONCE: usize = 50;
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let rounds = match (words.next().as_deref(), words.next()) {
        (None, _) => 10,
        (Some("--rounds"), Some(number)) => number.parse()?,
        _ => return Err("usage: bench_cut [--rounds N]".into()),
    };
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    // The server's threads and the clients' are not the same ones: neither waits in the other's queue.
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().build()
    };
    let (serving, visiting) = (runtime()?, runtime()?);
    let server = serving.block_on(Server::start())?;
    let figures = visiting.block_on(measure(&server, rounds))?;
    let mut out = std::io::stdout().lock();
    for (name, value, unit) in figures {
        let figure =
            json!({ "name": name, "value": value, "unit": unit, "peer": null, "rounds": rounds });
        writeln!(out, "{figure}")?;
    }
    Ok(())
}

/// A client's WebSocket: when the last thing came, and with which code it was closed.
struct Ended {
    last: Duration,
    code: Option<u16>,
}

async fn measure(
    server: &Server,
    rounds: u32,
) -> Result<Vec<(&'static str, f64, &'static str)>, Box<dyn Error>> {
    let mut laptop = server.visitor(Language::En)?;
    let mut tablet = server.visitor(Language::En)?;
    let mut aiko = server.account("aiko");
    let page = server.at("inside", "/");
    for (visitor, hostname) in [(&mut laptop, "laptop"), (&mut tablet, "tablet")] {
        visitor.hold(Some(server.device("aiko", hostname).await?))?;
        let opened = visitor
            .sign_in(&mut aiko, &page, server.clock().now())
            .await?;
        if !opened.status.is_success() {
            return Err(opened.lacks("the application").into());
        }
    }
    let clock = server.clock().clone();
    let (told, mut cut_others) = mpsc::unbounded_channel();
    let mut others = Vec::new();
    for socket in open(server, &tablet, OTHERS).await? {
        let told = told.clone();
        others.push(tokio::spawn(async move {
            let mut socket = socket;
            while let Some(Ok(message)) = socket.next().await {
                if message.is_close() {
                    break;
                }
            }
            // Nobody listens any more when the bench is over.
            let _ = told.send(());
        }));
    }
    let (mut p50, mut p99, mut answers, mut worst) = (vec![], vec![], vec![], 0.0_f64);
    for round in 0..rounds {
        let sockets = open(server, &laptop, CONNECTIONS).await?;
        let watching: Vec<JoinHandle<Ended>> = sockets
            .into_iter()
            .map(|socket| tokio::spawn(watch(socket, clock.clone())))
            .collect();
        let finding = format!("bench-{round}");
        let sent = clock.elapsed();
        let answer = report(server, &finding, Finding::New).await?;
        answers.push(millis(clock.elapsed(), sent));
        if answer.get("cut") != Some(&json!(CONNECTIONS)) {
            return Err(format!("not all were cut: {answer}").into());
        }
        let mut ends = Vec::with_capacity(CONNECTIONS);
        for one in watching {
            let ended = tokio::time::timeout(PATIENCE, one).await??;
            if ended.code != Some(1008) {
                return Err(format!("closed with {:?}", ended.code).into());
            }
            ends.push(millis(ended.last, sent));
        }
        ends.sort_by(f64::total_cmp);
        p50.push(at(&ends, 0.50));
        p99.push(at(&ends, 0.99));
        worst = worst.max(at(&ends, 1.0));
        report(server, &finding, Finding::Resolved).await?;
        eprintln!(
            "round {}: p50 {:.1} ms, p99 {:.1} ms, last {:.1} ms, answered after {:.1} ms",
            round + 1,
            at(&ends, 0.50),
            at(&ends, 0.99),
            at(&ends, 1.0),
            answers.last().copied().unwrap_or_default(),
        );
    }
    for other in &others {
        other.abort();
    }
    let mut others_cut = 0_u32;
    while cut_others.try_recv().is_ok() {
        others_cut += 1;
    }
    Ok(vec![
        ("p50_ms", median(p50), "ms"),
        ("p99_ms", median(p99), "ms"),
        ("last_ms", worst, "ms"),
        ("answered_ms", median(answers), "ms"),
        ("others_cut", f64::from(others_cut), "count"),
    ])
}

/// Opens WebSockets and waits for the first message on each: from then on they are live.
async fn open(
    server: &Server,
    visitor: &Visitor,
    number: usize,
) -> Result<Vec<WebSocketStream<TlsStream<TcpStream>>>, Box<dyn Error>> {
    let address = server.at("inside", "/socket");
    let opening = stream::iter(0..number).map(|_| async {
        let mut socket = visitor.socket(&address).await?;
        match socket.next().await {
            Some(Ok(Message::Text(_))) => Ok::<_, Box<dyn Error>>(socket),
            other => Err(format!("a websocket began with {other:?}").into()),
        }
    });
    let opened: Vec<_> = opening.buffer_unordered(AT_ONCE).collect().await;
    opened.into_iter().collect()
}

/// Listens until nothing more comes.
async fn watch(mut socket: WebSocketStream<TlsStream<TcpStream>>, clock: Clock) -> Ended {
    let (mut last, mut code) = (Duration::ZERO, None);
    while let Some(Ok(message)) = socket.next().await {
        last = clock.elapsed();
        if let Message::Close(frame) = message {
            code = frame.map(|frame| u16::from(frame.code));
        }
    }
    Ended { last, code }
}

/// What a source says of the laptop, and what it is answered.
async fn report(server: &Server, uid: &str, finding: Finding) -> Result<Value, Box<dyn Error>> {
    let signal = server.finding(uid, "laptop", finding);
    let answer = server.signal("edr", signal).await?;
    let body = serde_json::from_slice(answer.body())?;
    if answer.status().is_success() {
        Ok(body)
    } else {
        Err(format!("the signal was answered with {}: {body}", answer.status()).into())
    }
}

fn millis(at: Duration, since: Duration) -> f64 {
    at.saturating_sub(since).as_secs_f64() * 1_000.0
}

/// The value below which the part `share` of sorted values lies.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place among a thousand"
)]
fn at(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted
        .get(place.saturating_sub(1))
        .copied()
        .unwrap_or(f64::NAN)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    at(&values, 0.5)
}
