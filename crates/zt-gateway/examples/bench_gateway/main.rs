//! CPU time of an authenticated, authorized HTTP/1.1 keep-alive request, against nginx.
//!
//! On both sides: one worker, the same host name, certificate (ECDSA P-256), TLS version (1.3), client, requests, and the same plain
//! upstream with kept connections, whose own time does not count. Ours does everything it does in production: session
//! cookie, decision, signed identity, registry, access event into a durable, sealed log. nginx writes no access log.
//!
//! Prints one figure as JSON a line:
//! * `h1_over_nginx`: ours ÷ nginx `proxy_pass` with upstream keepalive.
//! * `h1_over_auth_request`: ours ÷ nginx with `auth_request` to a static 204, set up as nginx's own documentation has it.
//! * `h1_over_auth_request_keepalive`: the same, with connections to the authenticating server kept: the most that nginx
//!   can be tuned to.
//! * `h1_cpu_us`, `nginx_cpu_us`, `nginx_auth_request_cpu_us`, `nginx_auth_request_keepalive_cpu_us`: what they come from.

mod cpu;
mod load;
mod nginx;
mod role;

use load::Load;
use nginx::{Nginx, Ports};
use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use zt_crypto::ca::ServerAuthority;
use zt_crypto::seal::MasterKey;
use zt_net::{Clock, Entropy};

/// The application's host; the certificate of every side is for it.
pub(crate) const HOST: &str = "app.sekisho.localhost";
pub(crate) const DOMAIN: &str = "sekisho.localhost";

/// Requests of one side in one round: at some 20 µs each, over half a second of CPU time, which is counted in 10 ms.
const REQUESTS: usize = 60_000;
/// Connections of the client.
const CONNECTIONS: usize = 16;
const DEFAULT_ROUNDS: usize = 7;
const LEAST_ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["gateway", directory, upstream] => role::serve(Path::new(directory), upstream),
        ["--rounds", rounds] => bench(rounds.parse::<usize>()?.max(LEAST_ROUNDS)),
        [] => bench(DEFAULT_ROUNDS),
        other => Err(format!("`{}` is not understood; use `--rounds N`", other.join(" ")).into()),
    }
}

struct Side {
    port: u16,
    pid: u32,
    cookie: String,
    figures: Vec<f64>,
}

fn bench(rounds: usize) -> Result<(), Box<dyn Error + Send + Sync>> {
    let directory = tempfile::tempdir()?;
    let root = certificates(directory.path())?;
    let ports = Ports::free()?;
    let _upstream = Nginx::upstream(directory.path(), &ports)?;
    let proxy = Nginx::proxy(directory.path(), &ports)?;
    let gateway = role::Child::start(directory.path(), ports.upstream)?;
    let foreign = "0123456789012345678901234567890123456789012".to_owned();
    let worker = proxy.worker()?;
    let mut sides = [
        (gateway.port, gateway.pid(), gateway.cookie.clone()),
        (ports.plain, worker, foreign.clone()),
        (ports.auth, worker, foreign.clone()),
        (ports.auth_kept, worker, foreign),
    ]
    .map(|(port, pid, cookie)| Side {
        port,
        pid,
        cookie,
        figures: Vec::new(),
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let load = Load::new(root)?;
    for side in &sides {
        runtime.block_on(load.run(side.port, &side.cookie, 4_000, CONNECTIONS))?;
    }
    for round in 0..rounds {
        // Each round begins with another side, so that a drift of the machine falls on all alike.
        for step in 0..sides.len() {
            let nth = (round + step) % sides.len();
            let Some(side) = sides.get_mut(nth) else {
                continue;
            };
            let before = cpu::used(side.pid)?;
            runtime.block_on(load.run(side.port, &side.cookie, REQUESTS, CONNECTIONS))?;
            // What was put off, such as writing events, belongs to these requests.
            std::thread::park_timeout(std::time::Duration::from_millis(400));
            let spent = cpu::used(side.pid)?.saturating_sub(before);
            side.figures
                .push(spent.as_secs_f64() * 1e6 / REQUESTS as f64);
        }
    }
    let counted = gateway.finish()?;
    let sent = (rounds * REQUESTS + 4_000) as u64;
    if counted.kept < sent || counted.lost > 0 {
        let (kept, lost) = (counted.kept, counted.lost);
        return Err(format!("of {sent} access events only {kept} were kept, and {lost} lost: this measured too little").into());
    }
    report(&sides, rounds)
}

fn report(sides: &[Side; 4], rounds: usize) -> Result<(), Box<dyn Error + Send + Sync>> {
    let [ours, plain, auth, kept] = sides;
    let proxy_pass = "nginx proxy_pass, upstream keepalive, no access log";
    let documented = "nginx auth_request to a static 204, as documented, no access log";
    let tuned = "nginx auth_request to a static 204 over kept connections, no access log";
    for (name, value, unit, peer) in [
        (
            "h1_over_nginx",
            ratio(ours, plain),
            "ratio",
            Some(proxy_pass),
        ),
        (
            "h1_over_auth_request",
            ratio(ours, auth),
            "ratio",
            Some(documented),
        ),
        (
            "h1_over_auth_request_keepalive",
            ratio(ours, kept),
            "ratio",
            Some(tuned),
        ),
        ("h1_cpu_us", median(&ours.figures), "us", None),
        ("nginx_cpu_us", median(&plain.figures), "us", None),
        (
            "nginx_auth_request_cpu_us",
            median(&auth.figures),
            "us",
            None,
        ),
        (
            "nginx_auth_request_keepalive_cpu_us",
            median(&kept.figures),
            "us",
            None,
        ),
    ] {
        let value = (value * 1000.0).round() / 1000.0;
        let figure = serde_json::json!({ "name": name, "value": value, "unit": unit, "peer": peer, "rounds": rounds });
        writeln!(std::io::stdout(), "{figure}")?;
    }
    Ok(())
}

/// The median of the rounds' own ratios: a round in which the machine was slow was slow for both.
fn ratio(ours: &Side, theirs: &Side) -> f64 {
    let ratios: Vec<f64> = ours
        .figures
        .iter()
        .zip(&theirs.figures)
        .map(|(ours, theirs)| ours / theirs)
        .collect();
    median(&ratios)
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let at = |nth: usize| sorted.get(nth).copied().unwrap_or(f64::NAN);
    if sorted.len() % 2 == 1 {
        at(middle)
    } else {
        f64::midpoint(at(middle.saturating_sub(1)), at(middle))
    }
}

/// One certificate for all sides, in files. Gives the authority.
fn certificates(
    directory: &Path,
) -> Result<zt_crypto::ca::ServerAuthority, Box<dyn Error + Send + Sync>> {
    let now = Clock::system().now();
    let master = MasterKey::from_bytes(zeroize::Zeroizing::new(Entropy::system().bytes()))?;
    let authority = ServerAuthority::open(
        &master,
        &ServerAuthority::create(&master, "Bench", DOMAIN, now)?,
    )?;
    let issued = authority.issue(HOST, now)?;
    let chain: String = issued
        .chain
        .iter()
        .map(|der| zt_crypto::ca::certificate_pem(der))
        .collect();
    std::fs::write(directory.join("leaf.pem"), chain)?;
    std::fs::write(
        directory.join("leaf.key"),
        nginx::key_pem(issued.key.secret_der()),
    )?;
    Ok(authority)
}
