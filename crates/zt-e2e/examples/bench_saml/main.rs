//! What an assertion costs, beside SimpleSAMLphp and pysaml2 as identity providers in the same run.
//!
//! A browser comes with a signed request by HTTP-Redirect on a live session, and leaves with a signed response in a form. All
//! three sides speak HTTP/1.1 over kept TLS connections, know the same service providers, verify their requests (a forged one
//! must be refused before anything is measured), and give the same persistent name and four attributes, signed with RSA-2048 and
//! SHA-256. Ours is the real server with its durable store, and asks the policies for each assertion; the peers keep nothing
//! durable and decide nothing. A figure is work per second of processor time of the serving processes, programs they start
//! included; the load is a process of its own. Every answer is looked at, and `xmlsec1` verifies some of each round.
//! `cargo xtask bench saml` runs this.

#[path = "../load/leaf.rs"]
mod leaf;
mod load;
mod peers;
#[path = "../load/process.rs"]
mod process;
#[path = "../load/wire.rs"]
#[expect(dead_code, reason = "the loads of OAuth send forms and read JSON too")]
mod wire;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use peers::{Pair, Peer};
use process::{Load, figure, median, number, own_time, time_of, with};
use serde_json::{Value, json};
use zt_crypto::ca::certificate_pem;
use zt_testkit::Server;
use zt_types::Language;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// So many people are signed in here, and take turns: no session is given assertions without end.
const PEOPLE: u32 = 32;
/// So many browsers at once: a server that is busy writes for many at a time.
const CONNECTIONS: u64 = 64;
/// The same at the peers, which have a process for each, or one for each core: they write for nobody else at the same time.
const AT_PEERS: u64 = 8;
/// How long a side works in a round, in milliseconds.
const LENGTH: u64 = 3_000;
/// So many answers of each side are verified each round.
const SAMPLES: usize = 3;

/// The first gets signed assertions, the second signed responses with signed assertions.
const ENTITIES: [&str; 2] = ["https://rooms.example/saml", "https://halls.example/saml"];

/// An identity provider that is measured.
struct Side {
    name: &'static str,
    /// What a load has to know.
    job: Value,
    /// The certificate that its signatures are verified with (PEM).
    certificate: PathBuf,
    /// Its first process; this one if there is none.
    pid: Option<u32>,
}

impl Side {
    fn time(&self) -> Result<Duration, Box<dyn Error + Send + Sync>> {
        self.pid.map_or_else(own_time, time_of)
    }

    /// How many assertions it gives in a second of its processor time.
    fn measured(&self, entity: &str, folder: &Path) -> Result<f64, Box<dyn Error + Send + Sync>> {
        let job = [("entity", json!(entity)), ("milliseconds", json!(LENGTH))];
        let load = Load::start(&with(&self.job, &job))?;
        let before = self.time()?;
        let said = load.finish()?;
        // What was put off, such as writing events, belongs to this work.
        std::thread::park_timeout(Duration::from_millis(400));
        let spent = self.time()?.saturating_sub(before).as_secs_f64();
        let samples = said.get("samples").and_then(Value::as_array);
        let samples: Vec<&str> = samples
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .take(SAMPLES)
            .collect();
        if samples.is_empty() {
            return Err("no answer was kept to be verified".into());
        }
        for sample in samples {
            let file = folder.join("sample.xml");
            fs::write(&file, sample)?;
            self.verify(&file, "Assertion")?;
            if entity == ENTITIES[1] {
                self.verify(&file, "Response")?;
            }
        }
        Ok(number(&said, "done") / spent)
    }

    /// Has somebody else verify the signature of an element.
    fn verify(&self, file: &Path, of: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
        let signature = format!("//*[local-name()='{of}']/*[local-name()='Signature']");
        let done = Command::new("xmlsec1")
            .args(["--verify", "--enabled-reference-uris", "same-doc"])
            .args([
                "--id-attr:ID",
                "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
            ])
            .args([
                "--id-attr:ID",
                "urn:oasis:names:tc:SAML:2.0:protocol:Response",
            ])
            .arg("--pubkey-cert-pem")
            .arg(&self.certificate)
            .args(["--node-xpath", &signature])
            .arg(file)
            .output()?;
        if done.status.success() {
            return Ok(());
        }
        let why = String::from_utf8_lossy(&done.stderr).into_owned();
        Err(format!(
            "the {of} of {} is not signed as it should be: {why}",
            self.name
        )
        .into())
    }
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let (mut rounds, mut only) = (5, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match (word.as_str(), words.next()) {
            ("load", None) => return load::run(),
            ("--rounds", Some(number)) => rounds = number.parse()?,
            // One side alone, for whoever makes it quicker.
            ("--only", Some(side)) => only = Some(side),
            _ => return Err("usage: bench_saml [--rounds N] [--only SIDE]".into()),
        }
    }
    let wanted = |name: &str| only.as_ref().is_none_or(|only| only == name);
    let folder = tempfile::tempdir()?;
    let (party, provider) = (
        Pair::make(folder.path(), "party")?,
        Pair::make(folder.path(), "provider")?,
    );
    let mut metadata = Vec::new();
    for (nth, entity) in ENTITIES.into_iter().enumerate() {
        let file = folder.path().join(format!("party-{nth}.xml"));
        fs::write(&file, metadata_of(entity, &party.text()?))?;
        metadata.push(file);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let key = json!(fs::read_to_string(&party.key)?);
    let mut sides = Vec::new();
    let server = runtime.block_on(Server::start())?;
    if wanted("sekisho") {
        sides.push(runtime.block_on(prepare(&server, folder.path(), &metadata))?);
    }
    let mut running = Vec::new();
    for (name, script, path) in [
        (
            "simplesamlphp",
            "simplesamlphp_idp.py",
            "/saml2/idp/SSOService.php",
        ),
        ("pysaml2", "pysaml2_workers.py", "/sso"),
    ] {
        if !wanted(name) {
            continue;
        }
        let peer = Peer::start(
            script,
            folder.path(),
            &provider,
            &party,
            ENTITIES,
            &metadata,
        )?;
        sides.push(Side {
            name,
            job: json!({
                "roots": peer.roots, "origin": peer.origin, "path": path, "connections": AT_PEERS,
            }),
            certificate: provider.certificate.clone(),
            pid: Some(peer.pid()),
        });
        running.push(peer);
    }
    for side in &mut sides {
        side.job = with(&side.job, &[("key", key.clone())]);
    }
    for (entity, before) in ENTITIES.into_iter().zip(["", "twice_signed_"]) {
        let rates = measure(&sides, entity, rounds, folder.path())?;
        told(&sides, &rates, before, rounds)?;
    }
    drop(running);
    runtime.block_on(async { drop(server) });
    Ok(())
}

/// The rates of every side, round by round. Each round begins with another side; the first round of all warms everybody up.
fn measure(
    sides: &[Side],
    entity: &str,
    rounds: u32,
    folder: &Path,
) -> Result<Vec<Vec<f64>>, Box<dyn Error + Send + Sync>> {
    let mut rates = vec![Vec::new(); sides.len()];
    for round in 0..=rounds as usize {
        for step in 0..sides.len() {
            let nth = (round + step) % sides.len();
            let (Some(side), Some(rates)) = (sides.get(nth), rates.get_mut(nth)) else {
                continue;
            };
            let rate = side.measured(entity, folder)?;
            eprintln!(
                "{entity}: {} gives {rate:.1} a second of processor time",
                side.name
            );
            if round > 0 {
                rates.push(rate);
            }
        }
    }
    Ok(rates)
}

/// Prints what came of it.
fn told(
    sides: &[Side],
    rates: &[Vec<f64>],
    before: &str,
    rounds: u32,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let said = |name: &str, values, unit, peer| {
        let name = format!("{before}{name}");
        figure(&name, median(values), unit, peer, rounds)
    };
    if let [ours, peers @ ..] = rates {
        let over = |others: &dyn Fn(usize) -> f64| {
            let ours = ours.iter().enumerate();
            ours.map(|(round, rate)| rate / others(round))
                .collect::<Vec<f64>>()
        };
        let at = |rates: &Vec<f64>, round: usize| rates.get(round).copied().unwrap_or(f64::NAN);
        if !peers.is_empty() {
            let fastest = |round| {
                let peers = peers.iter().map(|rates| at(rates, round));
                peers.fold(f64::NAN, f64::max)
            };
            let faster = "the faster of SimpleSAMLphp and pysaml2";
            said(
                "assertions_over_peer",
                over(&fastest),
                "ratio",
                Some(faster),
            )?;
        }
        for (side, rates) in sides.iter().skip(1).zip(peers) {
            let name = format!("assertions_over_{}", side.name);
            said(
                &name,
                over(&|round| at(rates, round)),
                "ratio",
                Some(side.name),
            )?;
        }
    }
    for (side, rates) in sides.iter().zip(rates) {
        let peer = side.pid.map(|_| side.name);
        let of = peer.map(|name| format!("{name}_")).unwrap_or_default();
        said(
            &format!("{of}assertions_per_core_s"),
            rates.clone(),
            "1/s",
            peer,
        )?;
        let each = rates.iter().map(|rate| 1_000.0 / rate).collect();
        said(&format!("{of}assertion_cpu_ms"), each, "ms", peer)?;
    }
    Ok(())
}

/// What a service provider says of itself.
fn metadata_of(entity: &str, certificate: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" \
         entityID=\"{entity}\"><md:SPSSODescriptor AuthnRequestsSigned=\"true\" WantAssertionsSigned=\"true\" \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:KeyDescriptor use=\"signing\"><ds:KeyInfo>\
         <ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\
         <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>\
         <md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{entity}/acs\" \
         index=\"0\" isDefault=\"true\"/></md:SPSSODescriptor></md:EntityDescriptor>"
    )
}

/// Registers the service providers, signs people in, and gives what a load has to know.
async fn prepare(
    server: &Server,
    folder: &Path,
    metadata: &[PathBuf],
) -> Result<Side, Box<dyn Error + Send + Sync>> {
    let organisation = server.organisation();
    let mut registered = String::new();
    for (nth, (file, signs)) in metadata.iter().zip(["assertion", "both"]).enumerate() {
        fs::copy(file, organisation.join(format!("party-{nth}.xml")))?;
        registered.push_str(&format!(
            "[[service_provider]]\nid = \"party-{nth}\"\nname = {{ ja = \"計測\", en = \"Bench\" }}\napplication = \"inside\"\n\
             metadata_file = \"party-{nth}.xml\"\nname_id = \"persistent\"\nsigns = \"{signs}\"\nrequests = \"demanded\"\n\
             attribute = [\n\
             {{ name = \"urn:oid:0.9.2342.19200300.100.1.1\", source = \"login\" }},\n\
             {{ name = \"urn:oid:2.16.840.1.113730.3.1.241\", source = \"name\" }},\n\
             {{ name = \"urn:oid:0.9.2342.19200300.100.1.3\", source = \"email\" }},\n\
             {{ name = \"urn:oid:1.3.6.1.4.1.5923.1.5.1.1\", source = \"groups\" }},\n]\n"
        ));
    }
    fs::write(organisation.join("bench.toml"), registered)?;
    let people = (0..PEOPLE).map(person).map(|login| {
        format!(
            "[[person]]\nlogin = \"{login}\"\nname = {{ ja = \"{login}\", en = \"{login}\" }}\nlanguage = \"en\"\n\
             email = \"{login}@example.com\"\ngroups = [\"everyone\", \"staff\"]\n"
        )
    });
    let group = "[[group]]\nid = \"everyone\"\nname = { ja = \"全員\", en = \"Everyone\" }\n";
    let crowd = group.to_owned() + &people.collect::<String>();
    fs::write(organisation.join("crowd.toml"), crowd)?;
    server.apply().await.map_err(|error| error.to_string())?;
    let told = |error: zt_testkit::VisitError| error.to_string();
    let origin = server.at("id", "");
    let host = origin.trim_start_matches("https://");
    let host = host.split(':').next().unwrap_or_default();
    let mut cookies = Vec::new();
    for login in (0..PEOPLE).map(person) {
        server
            .password(&login)
            .await
            .map_err(|error| error.to_string())?;
        let mut visitor = server.visitor(Language::En).map_err(told)?;
        let page = server.at("inside", "/");
        let mut account = server.account(&login);
        let opened = visitor.sign_in(&mut account, &page, server.clock().now());
        let opened = opened.await.map_err(told)?;
        if !opened.status.is_success() {
            return Err(opened.lacks("the application").to_string().into());
        }
        cookies.push(visitor.cookies(host));
    }
    let mut visitor = server.visitor(Language::En).map_err(told)?;
    let ours = visitor.look(&format!("{origin}/saml/metadata")).await;
    let ours = ours.map_err(told)?.html;
    // What signs comes first.
    let certificate = ours
        .split_once("X509Certificate>")
        .and_then(|(_, rest)| rest.split_once('<'));
    let (certificate, _) = certificate.ok_or("our metadata has no certificate")?;
    let file = folder.join("ours.pem");
    let begin = "-----BEGIN CERTIFICATE-----";
    fs::write(
        &file,
        format!("{begin}\n{certificate}\n-----END CERTIFICATE-----\n"),
    )?;
    let roots: String = server
        .roots()
        .iter()
        .map(|root| certificate_pem(root))
        .collect();
    Ok(Side {
        name: "sekisho",
        job: json!({
            "roots": roots, "origin": origin, "path": "/saml/sso", "cookies": cookies, "connections": CONNECTIONS,
        }),
        certificate: file,
        pid: None,
    })
}

fn person(nth: u32) -> String {
    format!("person-{nth}")
}
