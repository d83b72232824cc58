//! Our side: a gateway with a durable store, in a process of its own.

use crate::{DOMAIN, HOST};
use arc_swap::ArcSwap;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use zt_auth::{AppSession, ProvenFactor, Session};
use zt_crypto::checkpoint::CheckpointSigner;
use zt_crypto::hash::{mint_token, token_hash};
use zt_crypto::jose::Keyring;
use zt_crypto::seal::MasterKey;
use zt_crypto::x509::DeviceTrust;
use zt_events::Body;
use zt_gateway::{Gateway, Parts, Settings, UpstreamLimits};
use zt_identity::Person;
use zt_live::Live;
use zt_net::{
    ClientAuth, Clock, Entropy, HostCertificate, HostTable, HttpsListener, Limits, Shutdown,
};
use zt_policy::{Application, CertificateDemand};
use zt_store::{Change, EventFilter, Plan, SqliteStore};
use zt_types::{
    AppId, Assurance, FactorKind, Language, PersonId, PersonState, Role, Seconds, Sensitivity,
    SessionId, Text, Timestamp, TokenHash,
};

/// The gateway's process, seen from the bench.
pub(crate) struct Child {
    process: std::process::Child,
    pub(crate) port: u16,
    pub(crate) cookie: String,
}

/// What became of the access events.
pub(crate) struct Counted {
    pub(crate) kept: u64,
    pub(crate) lost: u64,
}

impl Child {
    pub(crate) fn start(
        directory: &Path,
        upstream: u16,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("gateway")
            .arg(directory)
            .arg(format!("http://127.0.0.1:{upstream}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = process.stdout.as_mut().ok_or("no output")?;
        // Byte by byte: what follows is read later.
        while !line.ends_with('\n') {
            let mut byte = [0u8; 1];
            if output.read(&mut byte)? == 0 {
                return Err("the gateway did not start".into());
            }
            line.extend(byte.map(char::from));
        }
        let (port, cookie) = line.trim().split_once(' ').ok_or("no port")?;
        Ok(Self {
            port: port.parse()?,
            cookie: cookie.to_owned(),
            process,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends it and asks what it kept.
    pub(crate) fn finish(mut self) -> Result<Counted, Box<dyn Error + Send + Sync>> {
        drop(self.process.stdin.take());
        let mut line = String::new();
        BufReader::new(self.process.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        self.process.wait()?;
        let (kept, lost) = line
            .trim()
            .split_once(' ')
            .ok_or("the gateway did not end well")?;
        Ok(Counted {
            kept: kept.parse()?,
            lost: lost.parse()?,
        })
    }
}

/// The process itself: prints port and cookie, serves until its input ends, prints how many events were kept and lost.
pub(crate) fn serve(directory: &Path, upstream: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    // One worker, as nginx has one; the store writes in a thread of its own, which counts as well.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(gateway(directory, upstream))
}

async fn gateway(directory: &Path, upstream: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let signer = CheckpointSigner::from_pkcs8("bench.sekisho", &CheckpointSigner::generate()?)?;
    let store = Arc::new(SqliteStore::open(&directory.join("bench.db"), signer)?);
    let live = Live::open(zt_live::Parts {
        store,
        clock: clock.clone(),
        entropy: entropy.clone(),
        places: Default::default(),
    })
    .await?;
    let token = mint_token(entropy.bytes());
    let mut changes = company(&entropy, clock.now(), token_hash(&token), upstream)?;
    changes.extend(zt_policy::examples()?.into_iter().map(Change::PutPolicy));
    live.commit(Plan::new(changes, Vec::new())).await?;

    let master = MasterKey::from_bytes(zeroize::Zeroizing::new(entropy.bytes()))?;
    let keyring = Keyring::open(
        &master,
        Keyring::completed(Vec::new(), &master, clock.now())?,
    )?;
    let hosts = Arc::new(HostTable::new());
    let certificate = HostCertificate {
        chain: vec![CertificateDer::from_pem_file(directory.join("leaf.pem"))?],
        key: PrivateKeyDer::from_pem_file(directory.join("leaf.key"))?,
    };
    hosts.put(HOST, certificate, &ClientAuth::NotAsked)?;
    let listener = HttpsListener::bind("127.0.0.1:0".parse()?, hosts, Limits::default()).await?;
    let port = listener.local_address().port();
    let parts = Parts {
        live: live.clone(),
        keyring: Arc::new(ArcSwap::from_pointee(keyring)),
        devices: DeviceTrust::new(Vec::new()),
    };
    let settings = Settings {
        domain: DOMAIN.to_owned(),
        public_port: port,
        upstream_roots: Vec::new(),
        limits: UpstreamLimits::default(),
        proxies: Default::default(),
    };
    let gateway = Gateway::new(parts, settings)?;
    let (trigger, shutdown) = Shutdown::new();
    let serving = tokio::spawn(listener.serve(
        move |request, connection| {
            let gateway = gateway.clone();
            async move { gateway.handle(request, connection).await }
        },
        shutdown,
    ));
    writeln!(std::io::stdout(), "{port} {}", token.expose())?;
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    trigger.ask();
    serving.await?;
    live.store().flush().await?;
    let counted = count(&live).await?;
    writeln!(std::io::stdout(), "{} {}", counted.kept, counted.lost)?;
    Ok(())
}

/// Reads the log from its newest event back.
async fn count(live: &Live) -> Result<Counted, Box<dyn Error + Send + Sync>> {
    let mut counted = Counted { kept: 0, lost: 0 };
    let mut before = None;
    loop {
        let events = live
            .events(EventFilter {
                limit: 1000,
                before,
                ..EventFilter::default()
            })
            .await?;
        let Some(oldest) = events.last() else {
            return Ok(counted);
        };
        before = Some(oldest.position);
        for logged in &events {
            match &logged.event.body {
                Body::Access {
                    status: 200,
                    decision: Some(_),
                    ..
                } => counted.kept += 1,
                Body::EventsLost { count, .. } => counted.lost += count,
                _ => {}
            }
        }
    }
}

/// One person in one session at one internal application.
fn company(
    entropy: &Entropy,
    now: Timestamp,
    cookie: TokenHash,
    upstream: &str,
) -> Result<Vec<Change>, Box<dyn Error + Send + Sync>> {
    let (person, session) = (
        PersonId::from_random(entropy.bytes()),
        SessionId::from_random(entropy.bytes()),
    );
    let app = AppId::new("app")?;
    Ok(vec![
        Change::PutPerson(Person {
            id: person,
            login: "hanako".to_owned(),
            name: Text {
                ja: "佐藤 花子".to_owned(),
                en: "Hanako Sato".to_owned(),
            },
            email: None,
            language: Language::Ja,
            groups: Vec::new(),
            role: Role::Member,
            affiliation: zt_types::Affiliation::Staff,
            state: PersonState::Active,
            managed_by: zt_identity::ManagedBy::Files,
            created_at: now,
        }),
        Change::PutApplication(application(app.clone(), upstream)),
        // The example policies name this one.
        Change::PutApplication(application(AppId::new("wiki")?, upstream)),
        Change::PutSession(Session {
            id: session,
            person,
            token: TokenHash(entropy.bytes()),
            device: None,
            certificate: None,
            proven: [FactorKind::Password, FactorKind::Totp]
                .map(|kind| ProvenFactor { kind, at: now })
                .to_vec(),
            assurance: Assurance::Mfa,
            created_at: now,
            authenticated_at: now,
            expires_at: now + Seconds::hours(12),
            address: "127.0.0.1".to_owned(),
            user_agent: "bench".to_owned(),
            ended: None,
        }),
        Change::PutAppSession(AppSession {
            token: cookie,
            session,
            app,
            created_at: now,
        }),
    ])
}

fn application(id: AppId, upstream: &str) -> Application {
    let text = Text {
        ja: id.to_string(),
        en: id.to_string(),
    };
    Application {
        id,
        name: text.clone(),
        description: text,
        owner: "hanako".to_owned(),
        sensitivity: Sensitivity::Internal,
        upstream: Some(upstream.to_owned()),
        groups: Vec::new(),
        app_groups: Vec::new(),
        certificate: CertificateDemand::DoNotAsk,
        review_by: None,
        managed_by: zt_policy::ManagedBy::Files,
    }
}
