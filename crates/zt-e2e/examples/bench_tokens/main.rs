//! What tokens cost, beside npm `oidc-provider` in the same run; and what becomes of refreshes while passwords flood.
//!
//! Both sides speak HTTP/1.1 over kept TLS connections, sign with ES256, give JWTs as access tokens, take the client's secret in
//! the header, and demand a proof key. Ours is the real server with its durable store, and asks the policies at each step; the
//! peer keeps everything in memory and decides nothing. A figure is work per second of processor time of the serving process
//! alone; the load is a process of its own. `cargo xtask bench tokens` runs this.

#[path = "../load/client.rs"]
mod client;
#[path = "../load/leaf.rs"]
mod leaf;
mod load;
mod peer;
#[path = "../load/process.rs"]
mod process;
#[path = "../load/wire.rs"]
mod wire;

use std::error::Error;
use std::time::Duration;

use client::{BACK, CLIENT, SECRET};
use process::{Load, figure, median, number, own_time, time_of, with};
use serde_json::{Value, json};
use zt_crypto::ca::certificate_pem;
use zt_testkit::Server;
use zt_types::Language;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// So many people are signed in, and take turns: no session is given codes without end.
const PEOPLE: u32 = 32;
/// So many clients at once: a server that is busy writes for many at a time.
const CONNECTIONS: u64 = 64;

/// Posts of passwords a second in the flood, over what the server can do: measured in the same run.
const FLOOD: f64 = 10.0;
/// Each of the flood's connections has one post under way: as many as wait in the queue never stop the others.
const FLOOD_CONNECTIONS: u64 = 400;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let (mut rounds, mut only) = (5, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match (word.as_str(), words.next()) {
            ("load", None) => return load::run(),
            ("--rounds", Some(number)) => rounds = number.parse()?,
            // One part alone, for whoever makes it quicker.
            ("--only", Some(part)) => only = Some(part),
            _ => return Err("usage: bench_tokens [--rounds N] [--only PART]".into()),
        }
    }
    let wanted = |part: &str| only.as_ref().is_none_or(|only| only == part);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let server = runtime.block_on(Server::start())?;
    let (ours, password) = runtime.block_on(prepare(&server))?;
    let directory = tempfile::tempdir()?;
    let peer = peer::Peer::start(directory.path(), CLIENT, SECRET, BACK)?;
    let theirs = json!({
        "roots": peer.roots, "origin": peer.issuer,
        "document": {
            "authorization_endpoint": "/auth", "token_endpoint": "/token",
            "revocation_endpoint": "/token/revocation",
        },
    });
    let beside = "oidc-provider, in memory, nothing durable";
    for name in ["client_credentials", "code_flow", "refresh"] {
        if !wanted(name) {
            continue;
        }
        let (mut mine, mut its, mut ratios) = (vec![], vec![], vec![]);
        for round in 0..=rounds {
            let a = measured(&ours, name, own_time)?;
            let b = measured(&theirs, name, || time_of(peer.pid()))?;
            // The first warms both up.
            if round > 0 {
                mine.push(a);
                its.push(b);
                ratios.push(a / b);
            }
            eprintln!("{name}: {a:.0} beside {b:.0} a second of processor time");
        }
        figure(
            &format!("{name}_over_peer"),
            median(ratios),
            "ratio",
            Some(beside),
            rounds,
        )?;
        figure(
            &format!("{name}_per_core_s"),
            median(mine),
            "1/s",
            None,
            rounds,
        )?;
        figure(
            &format!("peer_{name}_per_core_s"),
            median(its),
            "1/s",
            Some(beside),
            rounds,
        )?;
    }
    if wanted("passwords") {
        passwords(&ours, &password, rounds)?;
    }
    drop(peer);
    runtime.block_on(async { drop(server) });
    Ok(())
}

/// Right passwords alone, then many wrong ones beside refreshes.
fn passwords(
    ours: &Value,
    password: &str,
    rounds: u32,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut per_core_second = Vec::new();
    let mut per_second = Vec::new();
    for _ in 0..rounds {
        let job = with(
            ours,
            &[
                ("kind", json!("password")),
                ("login", json!(person(0))),
                ("password", json!(password)),
            ],
        );
        let before = own_time()?;
        let said = Load::start(&job)?.finish()?;
        let spent = own_time()?.saturating_sub(before).as_secs_f64();
        per_core_second.push(number(&said, "done") / spent);
        per_second.push(number(&said, "done") / 2.0);
    }
    let capacity = median(per_second);
    figure(
        "password_signins_per_core_s",
        median(per_core_second),
        "1/s",
        None,
        rounds,
    )?;
    flood(ours, capacity, rounds)
}

/// Registers the client, signs people in, and gives what a load has to know.
async fn prepare(server: &Server) -> Result<(Value, String), Box<dyn Error + Send + Sync>> {
    let folder = server.organisation();
    std::fs::create_dir_all(folder.join("secrets"))?;
    std::fs::write(folder.join("secrets/bench.secret"), SECRET)?;
    std::fs::write(
        folder.join("bench.toml"),
        format!(
            "[[client]]\nid = \"{CLIENT}\"\nname = {{ ja = \"計測\", en = \"Bench\" }}\napplication = \"inside\"\n\
             id_token = \"ES256\"\ngrants = [\"authorization_code\", \"refresh_token\", \"client_credentials\"]\n\
             redirect_uris = [\"{BACK}\"]\n[[client.secret]]\nfile = \"secrets/bench.secret\"\n"
        ),
    )?;
    let people = (0..PEOPLE).map(person).map(|login| {
        format!(
            "[[person]]\nlogin = \"{login}\"\nname = {{ ja = \"{login}\", en = \"{login}\" }}\nlanguage = \"en\"\n\
             groups = [\"staff\"]\n"
        )
    });
    std::fs::write(folder.join("crowd.toml"), people.collect::<String>())?;
    server.apply().await.map_err(|error| error.to_string())?;
    let told = |error: zt_testkit::VisitError| error.to_string();
    let origin = server.at("id", "");
    let host = origin.trim_start_matches("https://");
    let host = host.split(':').next().unwrap_or_default();
    let mut visitor = server.visitor(Language::En).map_err(told)?;
    let mut cookies = Vec::new();
    for login in (0..PEOPLE).map(person) {
        server
            .password(&login)
            .await
            .map_err(|error| error.to_string())?;
        visitor = server.visitor(Language::En).map_err(told)?;
        let page = server.at("inside", "/");
        let mut account = server.account(&login);
        let opened = visitor.sign_in(&mut account, &page, server.clock().now());
        let opened = opened.await.map_err(told)?;
        if !opened.status.is_success() {
            return Err(opened.lacks("the application").to_string().into());
        }
        cookies.push(visitor.cookies(host));
    }
    let document = format!("{origin}/.well-known/openid-configuration");
    let document = visitor.look(&document).await.map_err(told)?;
    let document: Value = serde_json::from_str(&document.html)?;
    let roots: String = server
        .roots()
        .iter()
        .map(|root| certificate_pem(root))
        .collect();
    let job = json!({
        "roots": roots, "origin": origin, "cookies": cookies, "document": document,
    });
    Ok((job, server.account(&person(0)).password))
}

fn person(nth: u32) -> String {
    format!("person-{nth}")
}

/// How much of a kind of work one side does in a second of its processor time.
fn measured(
    side: &Value,
    kind: &str,
    time: impl Fn() -> Result<Duration, Box<dyn Error + Send + Sync>>,
) -> Result<f64, Box<dyn Error + Send + Sync>> {
    let job = [("kind", json!(kind)), ("connections", json!(CONNECTIONS))];
    let load = Load::start(&with(side, &job))?;
    let before = time()?;
    let said = load.finish()?;
    // What was put off, such as writing events, belongs to this work.
    std::thread::park_timeout(Duration::from_millis(400));
    let spent = time()?.saturating_sub(before).as_secs_f64();
    Ok(number(&said, "done") / spent)
}

/// Refreshes on live sessions while passwords come in at many times of what can be verified.
fn flood(ours: &Value, capacity: f64, rounds: u32) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (mut p50, mut p99, mut alone, mut busy, mut sent) =
        (vec![], vec![], vec![], vec![], vec![]);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some hundred milliseconds"
    )]
    let pace = (FLOOD_CONNECTIONS as f64 / (FLOOD * capacity) * 1_000.0) as u64;
    for _ in 0..rounds {
        let refreshes = with(
            ours,
            &[
                ("kind", json!("refresh")),
                ("connections", json!(10)),
                ("pace_ms", json!(50)),
                ("milliseconds", json!(4_000)),
            ],
        );
        let quiet = Load::start(&refreshes)?.finish()?;
        alone.push(number(&quiet, "p99_ms"));
        let flooding = with(
            ours,
            &[
                ("kind", json!("flood")),
                ("connections", json!(FLOOD_CONNECTIONS)),
                ("pace_ms", json!(pace)),
                ("milliseconds", json!(8_000)),
            ],
        );
        let mut flooding = Load::start(&flooding)?;
        let refreshing = Load::start(&refreshes)?;
        flooding.go()?;
        std::thread::park_timeout(Duration::from_secs(2));
        let said = refreshing.finish()?;
        let flooded = flooding.finish()?;
        p50.push(number(&said, "p50_ms"));
        p99.push(number(&said, "p99_ms"));
        busy.push(100.0 * number(&flooded, "busy") / number(&flooded, "done"));
        sent.push(number(&flooded, "done") / 8.0 / capacity);
        eprintln!("flood: refreshes {said}, passwords {flooded}");
    }
    figure(
        "refresh_p99_ms_under_password_flood",
        median(p99),
        "ms",
        None,
        rounds,
    )?;
    figure(
        "refresh_p50_ms_under_password_flood",
        median(p50),
        "ms",
        None,
        rounds,
    )?;
    figure("refresh_p99_ms_without", median(alone), "ms", None, rounds)?;
    figure("flood_over_capacity", median(sent), "ratio", None, rounds)?;
    figure(
        "flood_answered_503_percent",
        median(busy),
        "count",
        None,
        rounds,
    )
}
