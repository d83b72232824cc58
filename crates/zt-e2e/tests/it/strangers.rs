//! Programs nobody here wrote, through the gateway of the running demo: what they see is what the browser sees.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::certificates::{Certificates, FUTURE};
use serde_json::{Value, json};
use zt_e2e::{Curl, Demo, python};
use zt_net::Clock;
use zt_testkit::Account;

const LAPTOP: &str = "stranger-laptop";

struct Strangers {
    demo: Demo,
    curl: Curl,
}

/// A child that ends with the test.
struct Kept(Child);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn must<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

impl Strangers {
    /// Hanako has enrolled a laptop and signed in on it, all with curl.
    fn new() -> Self {
        let demo = must(Demo::start());
        let mut curl = must(Curl::new(&demo.authority()));
        let now = Clock::system().now();
        let mut hanako = Account::new("hanako", demo.password("hanako"));
        let refused = must(curl.sign_in(&mut hanako, &demo.at("wiki", "/"), now));
        assert_eq!(
            (refused.status, refused.heading().as_str()),
            (403, "A registered device is needed")
        );
        let devices = must(curl.open(&demo.at("id", "/devices")));
        let page = must(curl.submit(&devices, "/devices/code", &[]));
        let code = zt_testkit::html::text_of(&page.body, "code").expect("the portal shows a code");
        let agent = demo.state().join("agent");
        must(demo.run_on(
            LAPTOP,
            &[
                "agent",
                "enroll",
                "--json",
                "--server",
                &demo.at("id", ""),
                "--code",
                &code,
                "--ca",
                demo.authority().to_str().unwrap(),
                "--state",
                agent.to_str().unwrap(),
            ],
        ));
        curl.show(Some(&agent.join("identity.pem")));
        let opened = must(curl.open(&demo.at("wiki", "/")));
        assert_eq!(
            (opened.status, opened.heading().as_str()),
            (200, "Company wiki")
        );
        Self { demo, curl }
    }

    fn signal(&self, activity: u8, status: u8) -> Value {
        let event = json!({
            "class_uid": 2004, "category_uid": 2, "activity_id": activity, "type_uid": 200_400 + i32::from(activity),
            "status_id": status, "severity_id": 5, "time": Clock::system().now().as_millis(),
            "metadata": { "version": "1.8.0", "product": { "name": "curl", "vendor_name": "curl" } },
            "finding_info": { "uid": "stranger-1", "title": "Emotet", "types": ["malware"] },
            "device": { "hostname": LAPTOP, "type_id": 2 },
        });
        let bearer = format!("Authorization: Bearer {}", must(self.demo.token()));
        let sender = must(Curl::new(&self.demo.authority()));
        let answer = must(sender.ask(&[
            "-H",
            &bearer,
            "-H",
            "Content-Type: application/json",
            "--data",
            &event.to_string(),
            &self.demo.at("id", "/api/v1/signals"),
        ]));
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    /// What a program is told at an application: the status, and the reasons if it is refused.
    fn told(&self, host: &str) -> (u16, Vec<String>) {
        let answer =
            must(
                self.curl
                    .ask(&["-H", "Accept: application/json", &self.demo.at(host, "/")]),
            );
        let problem: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let reasons = problem["reasons"].as_array().cloned().unwrap_or_default();
        let reasons = reasons
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        (answer.status, reasons)
    }
}

#[test]
fn curl_with_and_without_certificates_of_all_kinds() {
    let mut strangers = Strangers::new();
    let certificates = Certificates::new(strangers.demo.state());
    let ours = |name, until, usage| Some(certificates.ours(name, until, usage));
    let kinds = [
        ("Your browser presented no device certificate", None),
        (
            "was not issued by this organisation",
            Some(certificates.foreign()),
        ),
        (
            "is not one that identifies a device",
            ours("usage", FUTURE, "serverAuth"),
        ),
        (
            "the device is not in the inventory",
            ours("unknown", FUTURE, "clientAuth"),
        ),
    ];
    for (why, certificate) in kinds {
        strangers.curl.show(certificate.as_deref());
        assert_eq!(
            strangers.told("wiki"),
            (403, vec!["device-required".to_owned(), "policy".to_owned()]),
            "{why}"
        );
        let page = must(strangers.curl.open(&strangers.demo.at("wiki", "/")));
        assert!(
            page.status == 403 && page.body.contains(why),
            "not “{why}”: {}",
            page.body
        );
    }
    let identity = strangers.demo.state().join("agent/identity.pem");
    let kept = strangers.demo.state().join("stolen.pem");
    fs::copy(&identity, &kept).unwrap();
    strangers.curl.show(Some(&kept));
    assert_eq!(strangers.told("wiki"), (200, vec![]));
    let agent = strangers.demo.state().join("agent");
    must(strangers.demo.run_on(
        LAPTOP,
        &["agent", "leave", "--state", agent.to_str().unwrap()],
    ));
    let (status, _) = strangers.told("wiki");
    assert_eq!(status, 403, "a revoked one opens the wiki");
    assert_eq!(
        must(strangers.curl.open(&strangers.demo.at("wiki", "/"))).heading(),
        "This device’s registration was withdrawn"
    );
}

#[test]
fn a_websocket_client_and_a_long_download_are_cut_with_the_browser() {
    let strangers = Strangers::new();
    for host in ["chat", "status"] {
        assert_eq!(
            must(strangers.curl.open(&strangers.demo.at(host, "/"))).status,
            200
        );
    }
    let mut client = must(python("websocket_client.py"));
    client.arg(
        strangers
            .demo
            .at("chat", "/socket")
            .replacen("https", "wss", 1),
    );
    client.arg("--authority").arg(strangers.demo.authority());
    client
        .arg("--cookie")
        .arg(strangers.curl.cookies("chat.sekisho.localhost"));
    client.arg("--origin").arg(strangers.demo.at("chat", ""));
    let mut client = Kept(client.stdout(Stdio::piped()).spawn().unwrap());
    let mut said = BufReader::new(client.0.stdout.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    assert_eq!(said.next().unwrap()["what"], "open");
    assert_eq!(said.next().unwrap()["what"], "message");

    let mut stream = strangers.curl.command();
    stream.args(["--no-buffer", &strangers.demo.at("status", "/stream")]);
    let mut stream = Kept(
        stream
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(stream.0.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "event: line");

    assert_eq!(strangers.signal(1, 1)["cut"], 2);
    let closed = said
        .find(|one| one["what"] == "closed")
        .expect("the client says how it was closed");
    assert_eq!(closed["code"], 1008, "{closed}");
    assert!(
        closed["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("device-trust-too-low")),
        "{closed}"
    );
    // Nothing more comes than what was under way.
    let _rest: Vec<String> = lines.map_while(Result::ok).collect();
    let ended = stream.0.wait().unwrap();
    assert!(
        !ended.success(),
        "curl takes the cut answer for a whole one"
    );
    for host in ["wiki", "chat", "status"] {
        let page = must(strangers.curl.open(&strangers.demo.at(host, "/")));
        assert_eq!(
            (page.status, page.heading().as_str()),
            (403, "A problem was found on this device"),
            "{host}"
        );
    }
    strangers.signal(3, 4);
    for host in ["wiki", "chat", "status"] {
        assert_eq!(
            must(strangers.curl.open(&strangers.demo.at(host, "/"))).status,
            200,
            "{host}"
        );
    }
}

#[test]
fn an_application_of_others_verifies_who_asks_and_takes_large_bodies() {
    let strangers = Strangers::new();
    let demo = &strangers.demo;
    let mut upstream = must(python("upstream.py"));
    upstream.args([
        "--keys",
        &demo.at("id", "/.well-known/jwks.json"),
        "--issuer",
        &demo.at("id", ""),
    ]);
    upstream
        .args(["--audience", &demo.at("intranet", "")])
        .arg("--authority")
        .arg(demo.authority());
    let mut upstream = Kept(upstream.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(upstream.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let port = line
        .trim()
        .strip_prefix("port ")
        .expect("the upstream says its port")
        .to_owned();
    register(demo, &port);

    // As a person she opens it first; programs then go on with her cookies.
    assert_eq!(
        must(strangers.curl.open(&demo.at("intranet", "/whoami"))).status,
        200
    );
    let spoofed = [
        "Sekisho-Identity: x.y.z",
        "X-Sekisho-Identity: x",
        "X-Forwarded-User: root",
    ];
    let mut words: Vec<&str> = spoofed.iter().flat_map(|header| ["-H", header]).collect();
    let address = demo.at("intranet", "/whoami");
    words.push(&address);
    let answer = must(strangers.curl.ask(&words));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let seen: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(seen["claims"]["preferred_username"], "hanako");
    assert_eq!(seen["claims"]["aud"], demo.at("intranet", ""));
    assert_eq!(seen["claims"]["device_trust"], "high");
    let names: Vec<&str> = seen["headers"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|pair| pair[0].as_str())
        .collect();
    assert_eq!(
        names.iter().filter(|name| name.contains("sekisho")).count(),
        1,
        "{names:?}"
    );
    assert!(!names.contains(&"x-forwarded-user"), "{names:?}");
    assert!(
        !seen["headers"].to_string().contains("__Host-sekisho"),
        "our cookies stay with us"
    );
    let past = must(
        strangers
            .curl
            .ask(&[&format!("http://127.0.0.1:{port}/whoami")]),
    );
    assert_eq!(past.status, 401, "whoever comes past the gateway is nobody");

    let large = demo.state().join("large");
    let content: Vec<u8> = (0..32_u32 << 20).map(|n| (n % 251) as u8).collect();
    fs::write(&large, &content).unwrap();
    let from = format!("@{}", large.display());
    let chunked = ["-H", "Transfer-Encoding: chunked", "--http1.1"];
    for how in [&[] as &[&str], &chunked] {
        let address = demo.at("intranet", "/upload");
        let words = [how, &["-H", "Expect:", "--data-binary", &from, &address]].concat();
        let taken: Value = serde_json::from_str(&must(strangers.curl.ask(&words)).body).unwrap();
        assert_eq!(taken["bytes"], content.len());
        let hash = zt_crypto::hash::sha256(&content);
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(taken["sha256"], hash.as_str());
    }
}

/// Puts an application into the register, as its administrator does: a file, a plan, and applied.
fn register(demo: &Demo, port: &str) {
    let organisation = demo.state().join("organisation");
    let text = format!(
        r#"
[[application]]
id = "intranet"
name = {{ ja = "イントラ", en = "Intranet" }}
description = {{ ja = "他部署のアプリ", en = "Another team's application" }}
owner = "ken"
sensitivity = "confidential"
upstream = "http://127.0.0.1:{port}"
groups = ["staff"]
certificate = "ask"
review_by = 2027-03-31
"#
    );
    fs::write(organisation.join("intranet.toml"), text).unwrap();
    let socket = demo.state().join("server/admin.sock");
    let apply = [
        "apply",
        "-f",
        organisation.to_str().unwrap(),
        "--socket",
        socket.to_str().unwrap(),
    ];
    let program = |more: &[&str]| {
        let output = Command::new(demo.binary())
            .args(apply)
            .args(more)
            .output()
            .unwrap();
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        said.into_owned()
    };
    let plan = program(&["--plan"]);
    assert!(
        plan.contains("intranet") && plan.contains("nothing was changed"),
        "{plan}"
    );
    assert!(program(&[]).contains("applied"));
    assert!(program(&[]).contains("nothing differs"));
}
