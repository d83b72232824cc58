//! The load: a process of its own, so that its processor time is nobody else's.
//!
//! It reads its job in one line, signs the requests, opens its connections, has each answered once, says `ready`, begins at the
//! next line, and says what it did, with some of the answers.

use std::error::Error;
use std::io::BufRead as _;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use zt_federation::RedirectUri;
use zt_federation::saml::{Carried, RedirectQuery, XmlAlgorithm};
use zt_net::{Client, ClientSettings, Clock, Entropy};
use zt_testkit::html;

use crate::process::say;
use crate::wire::{Reply, Wire};

/// Requests that are signed beforehand; they take turns. Nobody refuses one for having come before: browsers go back.
const REQUESTS: usize = 512;
const STATE: &str = "room-7";

/// What a service provider asks, signed, and the id that the answer has to name.
struct Request {
    id: String,
    address: String,
}

impl Request {
    /// As service providers ask.
    fn signed(
        key: &RsaKeyPair,
        to: &RedirectUri,
        entity: &str,
        clock: &Clock,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let random: [u8; 16] = Entropy::system().bytes();
        let id = format!("_{:032x}", u128::from_be_bytes(random));
        let at = clock.now().to_rfc3339();
        let at = at.split('.').next().unwrap_or(&at).trim_end_matches('Z');
        let text = format!(
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" Version=\"2.0\" IssueInstant=\"{at}Z\" \
             Destination=\"{to}\" AssertionConsumerServiceURL=\"{entity}/acs\" \
             ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\">\
             <saml:Issuer>{entity}</saml:Issuer>\
             <samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\" AllowCreate=\"true\"/>\
             </samlp:AuthnRequest>",
            to = to.as_str(),
        );
        let algorithm = XmlAlgorithm::RsaSha256.uri();
        let query = RedirectQuery::new(Carried::Request, &text, Some(STATE), algorithm);
        let mut signature = vec![0; key.public_modulus_len()];
        let random = SystemRandom::new();
        key.sign(&RSA_PKCS1_SHA256, &random, query.octets(), &mut signature)
            .map_err(|_| "a request cannot be signed")?;
        let address = query.address(to, &signature);
        Ok(Self { id, address })
    }
}

struct Worker {
    wire: Wire,
    entity: String,
    /// The last document that it got.
    got: String,
    done: u64,
}

impl Worker {
    /// Comes with a request, goes where it is sent, and looks at what it gets there.
    async fn ask(&mut self, request: &Request) -> Result<(), Box<dyn Error + Send + Sync>> {
        let reply = self.open(&request.address).await?;
        let action = format!("{}/acs", self.entity);
        let form = html::form(&reply.body, &action).ok_or_else(|| reply.lacks("form"))?;
        let field = |name: &str| {
            let found = form.hidden.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str())
        };
        let text = field("SAMLResponse").ok_or_else(|| reply.lacks("response"))?;
        let text = String::from_utf8(STANDARD.decode(text)?)?;
        let success = "\"urn:oasis:names:tc:SAML:2.0:status:Success\"";
        let answers = format!("InResponseTo=\"{}\"", request.id);
        let is_right = reply.status == 200
            && field("RelayState") == Some(STATE)
            && text.contains(success)
            && text.matches(&answers).count() == 2;
        if !is_right {
            return Err(format!("{text} does not answer {}", request.id).into());
        }
        self.got = text;
        self.done += 1;
        Ok(())
    }

    async fn open(&mut self, address: &str) -> Result<Reply, Box<dyn Error + Send + Sync>> {
        let mut reply = self.wire.get(address, "").await?;
        while let Some(onward) = reply.header("location") {
            let onward = onward.to_owned();
            reply = self.wire.get(&onward, "").await?;
        }
        Ok(reply)
    }

    /// A request whose signature is of something else must get nothing.
    async fn forge(&mut self, request: &Request) -> Result<(), Box<dyn Error + Send + Sync>> {
        let forged = request.address.replace(STATE, "room-8");
        let reply = self.open(&forged).await?;
        // The status tells nothing: SimpleSAMLphp has 200 for a page that says what is wrong.
        if reply.body.contains("SAMLResponse") {
            return Err(reply.lacks("refusal of a forged request"));
        }
        Ok(())
    }
}

pub(crate) fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut input = std::io::stdin().lock().lines();
    let job: Value = serde_json::from_str(&input.next().ok_or("no job")??)?;
    let text = |name: &str| {
        let text = job.get(name).and_then(Value::as_str);
        text.map(str::to_owned)
            .ok_or_else(|| format!("the job has no `{name}`"))
    };
    let number = |name: &str| job.get(name).and_then(Value::as_u64);
    let roots =
        CertificateDer::pem_slice_iter(text("roots")?.as_bytes()).collect::<Result<Vec<_>, _>>()?;
    let client = Client::new(ClientSettings {
        roots,
        ..ClientSettings::default()
    })?;
    let key = PrivatePkcs8KeyDer::from_pem_slice(text("key")?.as_bytes())?;
    let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|_| "no key")?;
    let (origin, entity) = (text("origin")?, text("entity")?);
    let to = RedirectUri::parse(&format!("{origin}{}", text("path")?))?;
    let clock = Clock::system();
    let requests = (0..REQUESTS).map(|_| Request::signed(&key, &to, &entity, &clock));
    let requests: Vec<Request> = requests.collect::<Result<_, _>>()?;
    let requests: &'static [Request] = Box::leak(requests.into_boxed_slice());
    let cookies = job.get("cookies").and_then(Value::as_array);
    let cookies: Vec<(String, String)> = cookies
        .into_iter()
        .flatten()
        .filter_map(|pair| {
            let (name, value) = pair.as_str()?.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect();
    let connections = usize::try_from(number("connections").unwrap_or(8))?;
    let length = Duration::from_millis(number("milliseconds").unwrap_or(2_000));

    let mut workers = runtime.block_on(async {
        let mut workers = Vec::new();
        for nth in 0..connections {
            let mut worker = Worker {
                wire: Wire::open(&client, &origin).await?,
                entity: entity.clone(),
                got: String::new(),
                done: 0,
            };
            let cookie = cookies.get(nth % cookies.len().max(1)).cloned();
            worker.wire.cookies.extend(cookie);
            let request = requests.get(nth).ok_or("too many connections")?;
            worker.ask(request).await?;
            if nth == 0 {
                worker.forge(request).await?;
            }
            worker.done = 0;
            workers.push(worker);
        }
        Ok::<_, Box<dyn Error + Send + Sync>>(workers)
    })?;
    say(&json!({ "ready": true }))?;
    input.next().ok_or("nobody said when")??;
    let until = clock.elapsed() + length;
    let (done, samples) = runtime.block_on(async {
        let tasks = tokio::task::LocalSet::new();
        let going: Vec<_> = workers
            .drain(..)
            .enumerate()
            .map(|(nth, mut worker)| {
                let clock = clock.clone();
                tasks.spawn_local(async move {
                    let mut turns = requests.iter().cycle().skip(nth * 7);
                    while clock.elapsed() < until {
                        worker.ask(turns.next().ok_or("no request")?).await?;
                    }
                    Ok::<_, Box<dyn Error + Send + Sync>>(worker)
                })
            })
            .collect();
        tasks
            .run_until(async {
                let (mut done, mut samples) = (0, Vec::new());
                for task in going {
                    let worker = task.await??;
                    done += worker.done;
                    samples.push(worker.got);
                }
                Ok::<_, Box<dyn Error + Send + Sync>>((done, samples))
            })
            .await
    })?;
    say(&json!({ "done": done, "samples": samples }))
}
