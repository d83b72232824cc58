//! Garbage, oversized and truncated requests at every route of every router, by callers whom the routes know: nothing
//! changes, nothing breaks, every one of them is answered or cut off.

use super::{must, signed_in};
use http::{Method, Uri};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use zt_pages::{Access, Route, RouteClass};
use zt_testkit::{Server, Visitor};

/// After so long without an answer a request counts as hanging.
const PATIENCE: Duration = Duration::from_secs(45);
/// More than any route takes.
const ENDLESS: usize = 80 << 20;
const PIECE: usize = 64 << 10;

/// Where a router listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Host(&'static str),
    AdminSocket,
    Loopback,
}

/// Both directions of whatever a door speaks through.
trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

struct Caller<'a> {
    server: &'a Server,
    /// An administrator with an enrolled device; her cookies are sent where cookies are read.
    visitor: Visitor,
    agent: Visitor,
}

impl Caller<'_> {
    async fn connect(&self, door: Door, access: Access) -> Box<dyn Line> {
        match door {
            Door::Host(host) => {
                let address: Uri = self.server.at(host, "/").parse().unwrap();
                let who = if access == Access::AgentCertificate {
                    &self.agent
                } else {
                    &self.visitor
                };
                Box::new(must(who.client().connect(&address).await))
            }
            Door::AdminSocket => Box::new(
                UnixStream::connect(self.server.running().admin_socket())
                    .await
                    .unwrap(),
            ),
            Door::Loopback => Box::new(
                TcpStream::connect(self.server.running().health())
                    .await
                    .unwrap(),
            ),
        }
    }

    /// The head of a request that the route would take, but for `target`, and without what says how long the body is.
    fn head(&self, door: Door, route: &Route, target: &str) -> String {
        let (authority, cookies) = match door {
            Door::Host(host) => {
                let address: Uri = self.server.at(host, "/").parse().unwrap();
                let cookies = self.visitor.cookies(address.host().unwrap());
                (address.authority().unwrap().to_string(), cookies)
            }
            Door::AdminSocket | Door::Loopback => ("localhost".to_owned(), String::new()),
        };
        let mut head = format!(
            "{} {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n",
            route.method
        );
        if route.access.class() == RouteClass::Browser && !cookies.is_empty() {
            head += &format!(
                "Cookie: {cookies}\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\n"
            );
        }
        if route.access == Access::Source {
            head += "Authorization: Bearer edr-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG\r\n";
        }
        if route.access == Access::EnforcementPoint {
            head += "Authorization: Bearer elsewhere-0123456789abcdefghijklmnopqrstuvwxyzA\r\n";
        }
        if route.method == Method::POST {
            let form =
                route.access.class() == RouteClass::Browser || route.access == Access::Client;
            let kind = if form {
                "application/x-www-form-urlencoded"
            } else {
                "application/json"
            };
            head += &format!("Content-Type: {kind}\r\n");
        }
        head
    }
}

/// What came back: the status, or nothing if the connection was ended without one.
async fn answer(mut line: Box<dyn Line>, name: &str) -> Option<u16> {
    let mut got = Vec::new();
    let reading = async {
        let mut piece = [0; 4096];
        // Event streams do not end: the head is enough.
        while !got.windows(4).any(|window| window == b"\r\n\r\n") {
            match line.read(&mut piece).await {
                Ok(0) | Err(_) => break,
                Ok(read) => got.extend_from_slice(&piece[..read]),
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading)
        .await
        .unwrap_or_else(|_| panic!("{name} is left hanging"));
    let text = String::from_utf8_lossy(&got);
    let status = text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some(status)
}

async fn send(
    caller: &Caller<'_>,
    door: Door,
    route: &Route,
    request: &[u8],
    name: &str,
) -> Option<u16> {
    let mut line = caller.connect(door, route.access).await;
    // A server that has answered already need not take the rest.
    line.write_all(request).await.ok();
    line.flush().await.ok();
    answer(line, name).await
}

/// The same, and no more is sent: the request is cut off.
async fn cut_off(
    caller: &Caller<'_>,
    door: Door,
    route: &Route,
    request: &[u8],
    name: &str,
) -> Option<u16> {
    let mut line = caller.connect(door, route.access).await;
    line.write_all(request).await.ok();
    line.shutdown().await.ok();
    answer(line, name).await
}

/// A body in chunks that does not end by itself.
async fn endless(
    caller: &Caller<'_>,
    door: Door,
    route: &Route,
    head: &str,
    name: &str,
) -> Option<u16> {
    let mut line = caller.connect(door, route.access).await;
    line.write_all(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes())
        .await
        .ok();
    let mut chunk = format!("{PIECE:x}\r\n").into_bytes();
    chunk.extend(std::iter::repeat_n(b'[', PIECE));
    chunk.extend_from_slice(b"\r\n");
    let sending = async {
        for _ in 0..ENDLESS / PIECE {
            if line.write_all(&chunk).await.is_err() {
                return;
            }
        }
        line.write_all(b"0\r\n\r\n").await.ok();
    };
    tokio::time::timeout(PATIENCE, sending)
        .await
        .unwrap_or_else(|_| panic!("{name} takes nothing and says nothing"));
    answer(line, name).await
}

/// A path of the route with `part` wherever it varies.
fn filled(route: &Route, part: &str) -> String {
    let parts: Vec<&str> = route
        .path
        .split('/')
        .map(|one| if one.starts_with('{') { part } else { one })
        .collect();
    parts.join("/")
}

fn routes() -> Vec<(Door, Route)> {
    let id = zt_console::routes()
        .into_iter()
        .chain(zt_console::signin::ROUTES);
    let id = id.chain(zt_endpoints::PUBLIC.iter().cloned());
    let mut all: Vec<(Door, Route)> = id.map(|route| (Door::Host("id"), route)).collect();
    // Signing out does what it says, whatever else is in the request.
    let mut gateway = zt_gateway::ROUTES.to_vec();
    gateway.retain(|route| !route.path.ends_with("/sign-out"));
    all.extend(
        gateway
            .into_iter()
            .map(|route| (Door::Host("inside"), route)),
    );
    all.extend(
        zt_endpoints::ADMIN
            .iter()
            .cloned()
            .map(|route| (Door::AdminSocket, route)),
    );
    all.extend(
        zt_endpoints::HEALTH
            .iter()
            .cloned()
            .map(|route| (Door::Loopback, route)),
    );
    all
}

/// How much of everything is there.
fn records(server: &Server) -> BTreeMap<&'static str, usize> {
    server.live().read(|state| {
        BTreeMap::from([
            ("people", state.people.len()),
            ("credentials", state.credentials.len()),
            ("devices", state.devices.len()),
            ("certificates", state.certificates.len()),
            ("facts", state.facts.len()),
            ("tasks", state.tasks.len()),
            ("policies", state.policies.len()),
            ("applications", state.applications.len()),
            (
                "live sessions",
                state
                    .sessions
                    .values()
                    .filter(|session| session.ended.is_none())
                    .count(),
            ),
        ])
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_every_route_they_change_nothing_and_are_answered() {
    let server = must(Server::start().await);
    let (mut visitor, _) = signed_in(&server, "root", "id", Some("desk")).await;
    must(visitor.open(&server.at("inside", "/")).await);
    let (agent, _) = signed_in(&server, "aiko", "id", Some("laptop")).await;
    let before = records(&server);
    let caller = Caller {
        server: &server,
        visitor,
        agent,
    };
    let garbage: Vec<u8> = (0..=255_u8).cycle().take(2_048).collect();
    let long = "x".repeat(20_000);
    for (door, route) in routes() {
        let name = format!("{} {}", route.method, route.path);
        let path = filled(&route, "nothing");
        let head = caller.head(door, &route, &path);
        let mut got: Vec<(&str, Option<u16>)> = Vec::new();

        let no_http: &[u8] = b"\x16\x03\x01 this is no request \x00\xff\r\n\r\n";
        got.push((
            "no request at all",
            send(&caller, door, &route, no_http, &name).await,
        ));
        if route.path.contains('{') {
            for (what, part) in [
                ("odd bytes", "%00%ff%f0%9f"),
                ("traversal", "..%2f..%2fetc"),
                ("a long path", long.as_str()),
            ] {
                let head = caller.head(door, &route, &filled(&route, part));
                got.push((
                    what,
                    send(
                        &caller,
                        door,
                        &route,
                        format!("{head}\r\n").as_bytes(),
                        &name,
                    )
                    .await,
                ));
            }
        }
        if route.method == Method::GET {
            for query in [
                "?note=%00%ff&before=-1&q=%zz",
                "?person=%27%22%3E%3Cscript%3E&before=99999999999999999999",
            ] {
                let head = caller.head(door, &route, &format!("{path}{query}"));
                let request = format!("{head}Content-Length: 0\r\n\r\n");
                got.push((
                    "an odd query",
                    send(&caller, door, &route, request.as_bytes(), &name).await,
                ));
            }
        }
        let header = format!("{head}X-Long: {}\r\n\r\n", "y".repeat(200_000));
        got.push((
            "a long header",
            send(&caller, door, &route, header.as_bytes(), &name).await,
        ));
        got.push((
            "half a head",
            cut_off(
                &caller,
                door,
                &route,
                &head.as_bytes()[..head.len() / 2],
                &name,
            )
            .await,
        ));

        if route.method == Method::POST {
            let mut body = format!("{head}Content-Length: {}\r\n\r\n", garbage.len()).into_bytes();
            body.extend_from_slice(&garbage);
            got.push((
                "a body of garbage",
                send(&caller, door, &route, &body, &name).await,
            ));
            got.push((
                "half a body",
                cut_off(&caller, door, &route, &body[..body.len() - 1_000], &name).await,
            ));
            let deep = format!("{head}Content-Length: 4000\r\n\r\n{}", "[".repeat(4_000));
            got.push((
                "a deep body",
                send(&caller, door, &route, deep.as_bytes(), &name).await,
            ));
            let announced = format!(
                "{head}Content-Length: 1099511627776\r\n\r\n{}",
                "z".repeat(PIECE)
            );
            got.push((
                "a terabyte announced",
                cut_off(&caller, door, &route, announced.as_bytes(), &name).await,
            ));
            got.push((
                "an endless body",
                endless(&caller, door, &route, &head, &name).await,
            ));
        }
        for (what, status) in &got {
            // Forms sent as they must be could come by luck; these cannot.
            assert!(
                status.is_none_or(|status| status < 500),
                "{name}: {what} is answered {status:?}"
            );
            let refused = status.is_none_or(|status| status >= 300);
            // Pages are read, and a sign-in that is not there says so on a page of its own.
            let is_read = route.method == Method::GET || route.access == Access::Flow;
            assert!(refused || is_read, "{name}: {what} is taken: {status:?}");
        }
    }
    assert_eq!(records(&server), before, "something was changed");
    let page = must(caller_open(caller, &server).await);
    assert!(page.contains("aiko"), "the console works on: {page}");
}

async fn caller_open(
    mut caller: Caller<'_>,
    server: &Server,
) -> Result<String, zt_testkit::VisitError> {
    Ok(caller
        .visitor
        .open(&server.at("id", "/console/people"))
        .await?
        .html)
}
