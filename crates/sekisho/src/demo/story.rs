//! The story of the infected device, played over real connections against the running system: nothing in here reaches
//! into the server, and everything it shows is measured where the person and the source stand.

mod visitor;

use super::DOMAIN;
use super::company::{self, Demo};
use super::state::DemoState;
use crate::cli::Output;
use anyhow::{Context, bail, ensure};
use axum::http::{Method, Request, StatusCode, Uri, header};
use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use http_body_util::BodyExt;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use visitor::{Page, Visitor};
use zt_agent::{EnrolmentOrder, ServerTrust, StateDir, enrol, machine_facts, parse_server};
use zt_crypto::file::{IfThere, write_private};
use zt_crypto::totp::{STEP_SECONDS, TotpSeed};
use zt_net::{Client, ClientSettings, Clock};
use zt_types::{Language, Secret, Text, Timestamp};

/// Whose story it is.
const PERSON: &str = "yuki";
/// How long anything in the story may take before it counts as not happening.
const PATIENCE: Duration = Duration::from_secs(10);

/// Plays it against the demo that runs in `directory`, or against one started for it.
pub(crate) async fn infected_device(
    directory: &Path,
    port: u16,
    language: Language,
    output: Output,
) -> anyhow::Result<()> {
    let running = DemoState::read(directory)?.filter(DemoState::is_running);
    match running {
        Some(state) => Story::new(directory, state, language, output)?.play().await,
        None => {
            let demo: Demo = company::start(directory, port).await?;
            let story = Story::new(directory, demo.state.clone(), language, output)?;
            let played = story.play().await;
            demo.stop().await;
            played
        }
    }
}

struct Story {
    clock: Clock,
    language: Language,
    output: Output,
    directory: PathBuf,
    port: u16,
    expenses: String,
    password: String,
    token: String,
    roots: Vec<CertificateDer<'static>>,
    step: std::sync::atomic::AtomicU32,
}

/// What is open on one device.
struct Open {
    chat: WebSocketStream<TlsStream<TcpStream>>,
    status: hyper::body::Incoming,
    /// Where the application elsewhere says when the session that it keeps ends.
    expenses: hyper::body::Incoming,
}

impl Story {
    fn new(
        directory: &Path,
        state: DemoState,
        language: Language,
        output: Output,
    ) -> anyhow::Result<Self> {
        let authority = directory.join("server/server-ca.pem");
        let pem = std::fs::read(&authority)
            .with_context(|| format!("cannot read `{}`", authority.display()))?;
        let roots: Vec<_> = CertificateDer::pem_slice_iter(&pem)
            .filter_map(Result::ok)
            .collect();
        let token_file = directory.join("organisation/secrets/edr.token");
        let token = std::fs::read_to_string(&token_file)
            .with_context(|| format!("cannot read `{}`", token_file.display()))?;
        let password = state.passwords.get(PERSON).cloned();
        Ok(Self {
            clock: Clock::system(),
            language,
            output,
            directory: directory.to_owned(),
            port: state.port,
            expenses: state.expenses,
            password: password.with_context(|| {
                format!("`{PERSON}` has no first password in this demo: `sekisho demo reset` begins anew")
            })?,
            token: token.trim().to_owned(),
            roots,
            step: std::sync::atomic::AtomicU32::new(0),
        })
    }

    fn address(&self, host: &str) -> String {
        format!("https://{host}.{DOMAIN}:{}/", self.port)
    }

    /// Prints one step.
    fn tell(&self, ja: &str, en: &str) {
        let number = self.step.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        let text = Text {
            ja: ja.to_owned(),
            en: en.to_owned(),
        };
        let text = text.of(self.language);
        match self.output {
            Output::Text => println!("{number:>2}  {text}"),
            // One object a line, as the steps happen.
            Output::Json => println!("{}", serde_json::json!({ "step": number, "text": text })),
        }
    }

    /// Prints what is no step.
    fn note(&self, ja: &str, en: &str) {
        let text = Text {
            ja: ja.to_owned(),
            en: en.to_owned(),
        };
        if self.output == Output::Text {
            println!("    {}", text.of(self.language));
        }
    }

    async fn play(&self) -> anyhow::Result<()> {
        let wiki = self.address("wiki");

        // A device is trusted only after it proved who it is.
        let mut laptop = Visitor::new(self.roots.clone(), self.language)?;
        let refused = self.sign_in(&mut laptop, &wiki).await?;
        ensure!(
            refused.status == StatusCode::FORBIDDEN,
            "the wiki opened without a trusted device: {}",
            refused.status
        );
        self.tell(
            &format!(
                "由紀がノート PC からサインイン。Wiki は端末証明書がないため拒否 (403 「{}」)",
                refused.heading()
            ),
            &format!(
                "Yuki signs in on her laptop. The wiki refuses: no device certificate (403 “{}”)",
                refused.heading()
            ),
        );
        let laptop_name = self.enrol(&mut laptop, "laptop").await?;
        let opened = laptop.open(&wiki).await?;
        ensure!(
            opened.status == StatusCode::OK,
            "the wiki does not open with the certificate: {}",
            opened.status
        );
        self.tell(
            &format!("ノート PC を登録（{laptop_name}）。同じサインインのまま Wiki が開く (200)"),
            &format!(
                "She enrols the laptop ({laptop_name}). In the same sign-in, the wiki opens (200)"
            ),
        );
        let mut tablet = Visitor::new(self.roots.clone(), self.language)?;
        let tablet_name = self.sign_in_on_tablet(&mut tablet).await?;
        self.tell(
            &format!("由紀がタブレット（{tablet_name}）からもサインイン。Wiki が開く (200)"),
            &format!(
                "She signs in on her tablet ({tablet_name}) as well. The wiki opens there too (200)"
            ),
        );

        let on_laptop = self.open_all(&mut laptop).await?;
        let mut on_tablet = self.open_all(&mut tablet).await?;
        self.tell(
            "両方の端末でチャット（WebSocket）と稼働状況（イベントストリーム）を開いたままにする",
            "Chat (WebSocket) and status (event stream) stay open on both devices",
        );

        self.tell(
            "どちらの端末でも、外部の経費精算（OpenID Connect）にサインインし直さずに入れる (200)",
            "On both, the expenses, an application elsewhere (OpenID Connect), opened without signing in again (200)",
        );

        self.infect(&laptop_name, on_laptop).await?;

        let mut titles = Vec::new();
        for host in ["wiki", "chat", "status"] {
            let page = laptop.open(&self.address(host)).await?;
            ensure!(
                page.status == StatusCode::FORBIDDEN,
                "{host} is still open to the infected device: {}",
                page.status
            );
            titles.push(page.heading());
        }
        let page = laptop.open(&self.expenses).await?;
        ensure!(
            page.status == StatusCode::FORBIDDEN,
            "the expenses still let the infected device in: {}",
            page.status
        );
        let title = titles.first().cloned().unwrap_or_default();
        self.tell(
            &format!("ノート PC の次の要求は Wiki・チャット・稼働状況、経費精算へのサインインもすべて拒否 (403 「{title}」)"),
            &format!(
                "The laptop's next requests: wiki, chat, status and the sign-in to the expenses all refuse (403 “{title}”)"
            ),
        );
        self.goes_on(&mut tablet, &mut on_tablet).await?;
        self.tell(
            "タブレットはそのまま使える: Wiki 200、チャットもイベントも経費精算も途切れない",
            "The tablet goes on: wiki 200, chat, events and expenses uninterrupted",
        );

        let started = self.clock.elapsed();
        self.alert(&laptop_name, Alert::Resolved).await?;
        let page = laptop.open(&wiki).await?;
        ensure!(
            page.status == StatusCode::OK,
            "the wiki stays closed after the alert was resolved: {}",
            page.status
        );
        let back = millis(self.clock.elapsed().saturating_sub(started));
        let again = self.open_all(&mut laptop).await?;
        self.tell(
            &format!("EDR が解決を報告 → 次の要求で Wiki が開き（報告から {back} ms）、チャットも経費精算も元どおり（人手なし）"),
            &format!("The source says resolved → the next request opens the wiki ({back} ms after the report), chat and expenses are back (nobody touched anything)"),
        );
        drop(again);
        Ok(())
    }

    /// The alert, and how long each connection outlived it.
    async fn infect(&self, device: &str, open: Open) -> anyhow::Result<()> {
        let Open {
            mut chat,
            mut status,
            mut expenses,
        } = open;
        let clock = self.clock.clone();
        let chat_end = tokio::spawn({
            let clock = clock.clone();
            async move {
                while let Some(message) = chat.next().await {
                    match message {
                        Ok(Message::Close(frame)) => return Ok((clock.elapsed(), frame)),
                        Ok(_) => {}
                        Err(error) => bail!("the chat broke without a reason: {error}"),
                    }
                }
                bail!("the chat ended without a reason")
            }
        });
        let status_end = tokio::spawn({
            let clock = clock.clone();
            async move {
                while let Some(Ok(_)) = status.frame().await {}
                clock.elapsed()
            }
        });
        let expenses_end = tokio::spawn({
            let clock = clock.clone();
            async move {
                while let Some(Ok(_)) = expenses.frame().await {}
                clock.elapsed()
            }
        });
        let sent = clock.elapsed();
        self.alert(device, Alert::New).await?;
        let answered = clock.elapsed();
        let (chat_ended, frame) = tokio::time::timeout(PATIENCE, chat_end)
            .await
            .context("the chat stayed open")???;
        let status_ended = tokio::time::timeout(PATIENCE, status_end)
            .await
            .context("the event stream stayed open")??;
        let expenses_ended = tokio::time::timeout(PATIENCE, expenses_end)
            .await
            .context("the session at the expenses goes on")??;
        let frame = frame.context("the chat was closed without a code")?;
        let (code, reason) = (u16::from(frame.code), frame.reason.to_string());
        let after = |at: Duration| millis(at.saturating_sub(sent));
        self.tell(
            &format!(
                "EDR がノート PC のマルウェアを通報 → チャット切断 {chat} ms（{code} {reason}）、イベント切断 {status} ms、応答 {answer} ms",
                chat = after(chat_ended),
                status = after(status_ended),
                answer = after(answered),
            ),
            &format!(
                "The source reports malware on the laptop → chat closed after {chat} ms ({code} {reason}), events ended after {status} ms, report answered after {answer} ms",
                chat = after(chat_ended),
                status = after(status_ended),
                answer = after(answered),
            ),
        );
        let ended = after(expenses_ended);
        self.tell(
            &format!("経費精算のセッションも終了: 通報から {ended} ms（バックチャネルログアウト）"),
            &format!("The session at the expenses ended too, {ended} ms after the report (back-channel logout)"),
        );
        Ok(())
    }

    async fn goes_on(&self, tablet: &mut Visitor, open: &mut Open) -> anyhow::Result<()> {
        let page = tablet.open(&self.address("wiki")).await?;
        ensure!(
            page.status == StatusCode::OK,
            "the healthy device lost the wiki: {}",
            page.status
        );
        open.chat
            .send(Message::text("まだつながっています"))
            .await
            .context("the healthy device lost the chat")?;
        let heard = tokio::time::timeout(PATIENCE, open.chat.next())
            .await
            .context("the healthy device's chat is silent")?;
        ensure!(
            matches!(heard, Some(Ok(Message::Text(_)))),
            "the healthy device lost the chat"
        );
        let frame = tokio::time::timeout(PATIENCE, open.status.frame())
            .await
            .context("the healthy device's events stopped")?;
        ensure!(
            matches!(frame, Some(Ok(_))),
            "the healthy device lost the event stream"
        );
        // Nobody has told it anything: the stream is silent, and open.
        ensure!(
            open.expenses.frame().now_or_never().is_none(),
            "the healthy device lost its session at the expenses"
        );
        Ok(())
    }

    /// Opens chat and status board and keeps them open.
    async fn open_all(&self, visitor: &mut Visitor) -> anyhow::Result<Open> {
        for host in ["chat", "status"] {
            let page = visitor.open(&self.address(host)).await?;
            ensure!(
                page.status == StatusCode::OK,
                "{host} does not open: {} “{}”",
                page.status,
                page.heading()
            );
        }
        let status = events(visitor, &format!("{}stream", self.address("status"))).await?;
        let page = visitor.open(&self.expenses).await?;
        ensure!(
            page.status == StatusCode::OK && page.address.to_string() == self.expenses,
            "the expenses do not open: {} “{}” at `{}`",
            page.status,
            page.heading(),
            page.address
        );
        let expenses = events(visitor, &format!("{}session", self.expenses)).await?;

        let address: Uri = format!("{}socket", self.address("chat")).parse()?;
        let tls = visitor.client().connect(&address).await?;
        let mut request = address
            .to_string()
            .replacen("https", "wss", 1)
            .into_client_request()?;
        let headers = visitor.request(Method::GET, &address).body(())?;
        for name in [header::COOKIE, header::USER_AGENT] {
            if let Some(value) = headers.headers().get(&name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        let origin = self.address("chat").trim_end_matches('/').parse()?;
        request.headers_mut().insert(header::ORIGIN, origin);
        let (mut chat, _) = tokio_tungstenite::client_async(request, tls)
            .await
            .context("the chat does not open")?;
        ensure!(
            matches!(chat.next().await, Some(Ok(Message::Text(_)))),
            "the chat ended at once"
        );
        Ok(Open {
            chat,
            status,
            expenses,
        })
    }

    async fn alert(&self, device: &str, alert: Alert) -> anyhow::Result<()> {
        let client = Client::new(ClientSettings {
            roots: self.roots.clone(),
            ..ClientSettings::default()
        })?;
        let (activity, status) = match alert {
            Alert::New => (1, 1),
            Alert::Resolved => (3, 4),
        };
        let signal = serde_json::json!({
            "class_uid": 2004, "category_uid": 2, "activity_id": activity, "type_uid": 200_400 + activity,
            "status_id": status, "severity_id": 5,
            "time": self.clock.now().as_millis(),
            "metadata": { "version": "1.8.0", "product": { "name": "Story EDR", "vendor_name": "Sekisho demo" } },
            "finding_info": { "uid": format!("story-{device}"), "title": "Emotet", "types": ["malware"] },
            "device": { "hostname": device, "type_id": 2 },
        });
        let request = Request::post(format!("{}api/v1/signals", self.address("id")))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(signal.to_string()))?;
        let answer = client.send(request).await?;
        if answer.status().is_success() {
            Ok(())
        } else {
            bail!(
                "the alert was not taken: {} {}",
                answer.status(),
                String::from_utf8_lossy(answer.body())
            )
        }
    }

    async fn sign_in_on_tablet(&self, tablet: &mut Visitor) -> anyhow::Result<String> {
        let agent = self.agent("tablet");
        if let Ok(enrolled) = agent.read() {
            tablet.hold(enrolled.identity())?;
        }
        self.sign_in(tablet, &self.address("id")).await?;
        let name = self.enrol(tablet, "tablet").await?;
        let page = tablet.open(&self.address("wiki")).await?;
        ensure!(
            page.status == StatusCode::OK,
            "the wiki does not open on the tablet: {}",
            page.status
        );
        Ok(name)
    }

    fn agent(&self, device: &str) -> StateDir {
        StateDir::new(self.directory.join("story").join(device))
    }

    /// Enrols a device with a code from the portal, once; later runs of the story use the same one. Returns its host name.
    async fn enrol(&self, visitor: &mut Visitor, device: &str) -> anyhow::Result<String> {
        let agent = self.agent(device);
        let hostname = format!("yuki-{device}");
        if agent.read().is_err() {
            let portal = visitor
                .open(&format!("{}devices", self.address("id")))
                .await?;
            let page = visitor.submit(&portal, "/devices/code", &[]).await?;
            let code = page
                .text_of("code")
                .context("the portal gave no enrolment code")?;
            let mut facts = machine_facts();
            facts.hostname.clone_from(&hostname);
            // Both stand-ins are this machine; their serial numbers would be the same one.
            facts.serial = None;
            let order = EnrolmentOrder {
                server: parse_server(self.address("id").trim_end_matches('/'))?,
                trust: ServerTrust::from_file(&self.directory.join("server/server-ca.pem"))?,
                code: Secret::new(code),
                name: hostname.clone(),
                facts,
            };
            enrol(&agent, &order).await?;
        }
        visitor.hold(agent.read()?.identity())?;
        Ok(hostname)
    }

    /// Signs in on the way to `address`: name, password, one-time code. Sets the authenticator app up the first time.
    async fn sign_in(&self, visitor: &mut Visitor, address: &str) -> anyhow::Result<Page> {
        let page = visitor.open(address).await?;
        let page = visitor.submit(&page, "/name", &[("login", PERSON)]).await?;
        let mut page = visitor
            .submit(&page, "/password", &[("password", &self.password)])
            .await?;
        if page.text_of("totp-key").is_none() && page.asks("/choose") && page.offers("totp") {
            page = visitor
                .submit(&page, "/choose", &[("kind", "totp")])
                .await?;
        }
        if let Some(key) = page.text_of("totp-key") {
            std::fs::create_dir_all(self.directory.join("story"))?;
            write_private(&self.seed_file(), key.as_bytes(), IfThere::Replace)?;
        }
        ensure!(
            page.asks("/code"),
            "the sign-in asks `{PERSON}` for something else than a one-time code: “{}”. Was her password or second factor changed? `sekisho demo reset` begins anew",
            page.heading()
        );
        let code = self.one_time_code().await?;
        let mut page = visitor.submit(&page, "/code", &[("code", &code)]).await?;
        if page.asks("/acknowledge") {
            page = visitor.submit(&page, "/acknowledge", &[]).await?;
        }
        ensure!(
            !page.asks("/code"),
            "the one-time code was not taken: “{}”",
            page.heading()
        );
        Ok(page)
    }

    fn seed_file(&self) -> PathBuf {
        self.directory.join("story/totp")
    }

    /// The next one-time code that was not used yet: each counts once (RFC 6238 §5.2), so this may have to wait.
    async fn one_time_code(&self) -> anyhow::Result<String> {
        let file = self.seed_file();
        let kept = std::fs::read_to_string(&file).with_context(|| {
            format!(
                "the story's authenticator app (`{}`) is gone: `sekisho demo reset` begins anew",
                file.display()
            )
        })?;
        let mut lines = kept.lines();
        let key = lines.next().unwrap_or_default().to_owned();
        let last: u64 = lines.next().and_then(|line| line.parse().ok()).unwrap_or(0);
        let key_bytes =
            totp_rs::Secret::try_from_base32(key.replace([' ', '-'], "").to_uppercase())
                .with_context(|| format!("`{}` holds no key", file.display()))?;
        let seed = TotpSeed::from_stored(key_bytes.as_ref())?;
        let present = || {
            self.clock
                .now()
                .as_seconds()
                .div_euclid(STEP_SECONDS)
                .cast_unsigned()
        };
        let step = present().max(last + 1);
        if step > present() + 1 {
            self.note(
                "次のワンタイムコードを待っています…",
                "waiting for the next one-time code…",
            );
            let early = step
                .saturating_sub(1)
                .cast_signed()
                .saturating_mul(STEP_SECONDS);
            self.clock.sleep_until(Timestamp::from_seconds(early)).await;
        }
        write_private(
            &file,
            format!("{key}\n{step}\n").as_bytes(),
            IfThere::Replace,
        )?;
        Ok(seed.code(step).expose().to_owned())
    }
}

/// Opens an event stream; its first event is there.
async fn events(visitor: &Visitor, address: &str) -> anyhow::Result<hyper::body::Incoming> {
    let address: Uri = address.parse()?;
    let request = visitor
        .request(Method::GET, &address)
        .header("sec-fetch-site", "same-origin")
        .body(Bytes::new())?;
    let answer = visitor.client().stream(request).await?;
    ensure!(
        answer.status() == StatusCode::OK,
        "the event stream `{address}` does not open: {}",
        answer.status()
    );
    let mut body = answer.into_body();
    ensure!(
        matches!(body.frame().await, Some(Ok(_))),
        "the event stream `{address}` ended at once"
    );
    Ok(body)
}

#[derive(Debug, Clone, Copy)]
enum Alert {
    New,
    Resolved,
}

fn millis(span: Duration) -> String {
    format!("{:.1}", span.as_secs_f64() * 1000.0)
}
