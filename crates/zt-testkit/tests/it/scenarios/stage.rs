//! The server with a company in it, its people's browsers, and the clock.

use bytes::Bytes;
use http::{Method, Request, header};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use zt_events::{Body, Outcome};
use zt_net::Clock;
use zt_policy::{DecisionInputs, Reason, Remedy};
use zt_store::{Decisions, EventFilter};
use zt_testkit::{Account, Finding, Server, Visitor};
use zt_types::{AppId, Language, Seconds, Timestamp};

/// One thing that happens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// It is so many days on, at this time in Tokyo; day 0 is a working day.
    At(i64, &'static str),
    /// There is a browser: its name, whose, at which address, on the enrolled device of which host name.
    Browser(
        &'static str,
        &'static str,
        &'static str,
        Option<&'static str>,
    ),
    /// A browser goes on from another address.
    Moves(&'static str, &'static str),
    /// She signs in with two factors on the way to an application.
    SignIn(&'static str, &'static str),
    /// What a browser gets at an application.
    Gets(&'static str, &'static str, &'static str),
    /// The inventory reports the state of a device.
    Has(&'static str, &'static str),
    /// Endpoint protection finds malware on a device: `new`, or `resolved`.
    Finds(&'static str, &'static str),
    /// Her password is known to others, or may be: with an OCSF severity.
    Leak(&'static str, u8),
}

pub(super) struct Stage {
    server: Server,
    /// Midnight of day 0 in Tokyo.
    midnight: Timestamp,
    accounts: HashMap<&'static str, Account>,
    browsers: HashMap<&'static str, Seat>,
    /// What came otherwise than it should have.
    pub(super) otherwise: Vec<String>,
}

struct Seat {
    visitor: Visitor,
    login: &'static str,
    address: &'static str,
    host: Option<&'static str>,
}

/// The last Monday in Tokyo that is at least eight days ago: far enough for the longest scenario, near enough for certificates.
fn monday() -> Timestamp {
    let day = 86_400;
    let tokyo = 9 * 3600;
    let today = (Clock::system().now().as_seconds() + tokyo).div_euclid(day) - 8;
    // Day 0 of the epoch was a Thursday.
    let monday = today - (today + 3).rem_euclid(7);
    Timestamp::from_seconds(monday * day - tokyo)
}

impl Stage {
    pub(super) async fn set(files: &str) -> Self {
        let midnight = monday();
        let clock = Clock::manual(midnight + Seconds::hours(1));
        let server = Server::start_at(clock).await.unwrap();
        let upstream = server.upstream().address().to_string();
        let company = server.organisation();
        let text = files.replace("UPSTREAM", &upstream);
        std::fs::write(company.join("scenario.toml"), text).unwrap();
        // What decides is what the scenario says, and what every installation has.
        std::fs::write(company.join("policies.toml"), "").unwrap();
        server.apply().await.unwrap();
        Self {
            server,
            midnight,
            accounts: HashMap::new(),
            browsers: HashMap::new(),
            otherwise: Vec::new(),
        }
    }

    fn wait(&self, seconds: u64) {
        self.server.clock().advance(Duration::from_secs(seconds));
    }

    pub(super) async fn play(&mut self, step: &Step, at: &str) {
        let at = &format!("{at}: {step:?}");
        match *step {
            Step::At(day, time) => {
                let (hour, minute) = time.split_once(':').unwrap();
                let (hour, minute): (i64, i64) = (hour.parse().unwrap(), minute.parse().unwrap());
                let then = self.midnight.as_seconds() + day * 86_400 + hour * 3600 + minute * 60;
                let left = then - self.server.clock().now().as_seconds();
                self.wait(u64::try_from(left).unwrap_or_else(|_| panic!("{at}: too late")));
            }
            Step::Browser(name, login, address, host) => {
                if !self.accounts.contains_key(login) {
                    self.server.password(login).await.unwrap();
                    self.accounts.insert(login, self.server.account(login));
                }
                if let Some(host) = host {
                    self.server.device(login, host).await.unwrap();
                }
                let seat = Seat {
                    visitor: self.server.visitor(Language::En).unwrap(),
                    login,
                    address,
                    host,
                };
                self.browsers.insert(name, seat);
            }
            Step::Moves(name, address) => {
                self.browsers.get_mut(name).unwrap().address = address;
            }
            Step::SignIn(name, app) => self.sign_in(name, app, at).await,
            Step::Gets(name, app, expected) => {
                let gets = self.gets(name, app).await;
                if gets != expected {
                    self.otherwise.push(format!("{at}: {gets}"));
                }
            }
            Step::Has(host, state) => self.says("mdm", &self.state(host, state), at).await,
            Step::Finds(host, what) => {
                let finding = match what {
                    "new" => Finding::New,
                    _ => Finding::Resolved,
                };
                let body = self.server.finding("f-1", host, finding);
                self.says("edr", &serde_json::from_slice(&body).unwrap(), at)
                    .await;
            }
            Step::Leak(login, severity) => {
                let leak = json!({
                    "class_uid": 2004, "activity_id": 1, "severity_id": severity, "time": self.now(),
                    "finding_info": { "uid": "leak-1", "title": "Paste", "types": ["Leaked password"] },
                    "actor": { "user": { "name": login } },
                });
                self.says("leaks", &leak, at).await;
            }
        }
    }

    fn now(&self) -> i64 {
        self.server.clock().now().as_millis()
    }

    /// `{"os": [name, version], "antivirus": version, "personal": flag, "virtual": flag}` as an OCSF event.
    fn state(&self, host: &str, said: &str) -> Value {
        let said: Value = serde_json::from_str(said).unwrap();
        let mut device = json!({ "hostname": host, "type_id": 3 });
        if let Some(os) = said.get("os") {
            device["os"] = json!({ "type_id": 100, "name": os[0], "version": os[1] });
        }
        if let Some(version) = said.get("antivirus") {
            device["agent_list"] = json!([{ "type_id": 1, "version": version }]);
        }
        if let Some(personal) = said.get("personal") {
            device["is_personal"] = personal.clone();
        }
        if said.get("virtual").is_some() {
            device["type_id"] = json!(6);
        }
        json!({ "class_uid": 5002, "time": self.now(), "device": device })
    }

    async fn says(&self, source: &str, event: &Value, at: &str) {
        // A later word is told from an earlier one by the source's time.
        self.wait(1);
        let mut event = event.clone();
        event["time"] = json!(self.now());
        let body = Bytes::from(event.to_string());
        let answer = self.server.signal(source, body).await.unwrap();
        assert_eq!(answer.status(), 200, "{at}: {:?}", answer.body());
    }

    /// A browser with fresh connections: the clock may have moved past the patience of the listener.
    fn fresh(&mut self, name: &str) -> &mut Seat {
        let seat = self.browsers.get_mut(name).unwrap();
        let agent = seat.host.map(|host| self.server.agent(seat.login, host));
        let identity = agent.map(|agent| agent.read().unwrap().identity());
        seat.visitor.hold(identity).unwrap();
        seat.visitor.comes_from(seat.address.parse().unwrap());
        seat
    }

    async fn sign_in(&mut self, name: &'static str, app: &str, at: &str) {
        // Each one-time code counts once.
        self.wait(60);
        // As after the browser was closed: no cookies of the day before.
        let visitor = self.server.visitor(Language::En).unwrap();
        self.browsers.get_mut(name).unwrap().visitor = visitor;
        let login = self.fresh(name).login;
        let door = self.server.at(app, "/");
        let now = self.server.clock().now();
        let account = self.accounts.get_mut(login).unwrap();
        let seat = self.browsers.get_mut(name).unwrap();
        let signed_in = seat.visitor.sign_in(account, &door, now).await;
        signed_in.unwrap_or_else(|error| panic!("{at}: {error}"));
    }

    async fn gets(&mut self, name: &'static str, app: &str) -> String {
        let address = self.server.at(app, "/");
        let visitor = &mut self.fresh(name).visitor;
        // A navigation first: a host she was not at yet gets her session from the sign-in host.
        visitor.open(&address).await.unwrap();
        let (status, _) = ask(visitor, Method::GET, &address).await;
        if status != 200 {
            // Refused there, or at the sign-in host already.
            assert!(status == 403 || status == 401, "{name} at {app}: {status}");
            return self.refused(app).await;
        }
        let (sent, _) = ask(visitor, Method::POST, &address).await;
        let may = match sent {
            200 => "all",
            _ => "look",
        };
        let (_, sheet) = ask(
            visitor,
            Method::GET,
            &format!("{address}.sekisho/overlay.css"),
        )
        .await;
        let is_warned = sheet
            .as_str()
            .is_some_and(|sheet| sheet.contains("signed in at an hour"));
        if is_warned {
            format!("{may}, warned")
        } else {
            may.to_owned()
        }
    }
}

impl Stage {
    /// Why somebody was refused last at an application, and the ways out: the recorded decision, decided again.
    async fn refused(&self, app: &str) -> String {
        let live = self.server.live();
        live.store().flush().await.unwrap();
        let filter = EventFilter {
            app: Some(AppId::new(app).unwrap()),
            decisions: Decisions::Only,
            outcome: Some(Outcome::Failure),
            limit: 1,
            ..EventFilter::default()
        };
        let logged = live.events(filter).await.unwrap();
        let Body::Decided { inputs, .. } = &logged[0].event.body else {
            panic!("{logged:?}");
        };
        let inputs: DecisionInputs = inputs.clone().read().unwrap();
        let decision = live.policies().decide(&inputs.request);
        let refusal = decision.refusal().unwrap();
        let reasons: Vec<&str> = refusal.reasons().iter().map(Reason::slug).collect();
        let remedies: Vec<&str> = refusal.remedies().iter().map(Remedy::slug).collect();
        format!("{} → {}", reasons.join(", "), remedies.join(", "))
    }
}

/// Asks as a program does, with the browser's cookies. What is no JSON is a text.
async fn ask(visitor: &Visitor, method: Method, address: &str) -> (u16, Value) {
    let uri = address.parse().unwrap();
    let request = visitor.request(method, &uri);
    let mut request: Request<Bytes> = request.body(Bytes::new()).unwrap();
    let headers = request.headers_mut();
    headers.insert(header::ACCEPT, "application/json".parse().unwrap());
    headers.insert("sec-fetch-mode", "cors".parse().unwrap());
    headers.insert("sec-fetch-dest", "empty".parse().unwrap());
    headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
    let answer = visitor.client().send(request).await.unwrap();
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (answer.status().as_u16(), value)
}
