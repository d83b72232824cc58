//! What the harness is told of a provider: who its clients are, how a person answers its pages, how time passes.

use super::browser::Page;
use super::dynamic::Choices;
use super::listener::Listener;
use super::signer::Own;
use super::site::Site;
use super::wire::{Asked, Pairs, Wire};
use super::{Failure, Fault, fail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};
use zt_net::{Client, Clock};
use zt_testkit::Account;
use zt_types::Timestamp;

/// A provider, and everything it takes to be its relying party.
pub(crate) struct World {
    pub(crate) issuer: String,
    pub(crate) http: Client,
    /// As it is, for the wire to know its endpoints by.
    pub(crate) metadata: Value,
    pub(crate) person: Person,
    pub(crate) time: Time,
    pub(crate) around: Around,
    /// How many clients registered themselves.
    registered: AtomicUsize,
    /// What it does otherwise than the public suite's clients that register themselves, once somebody looked.
    pub(crate) choices: OnceCell<Choices>,
    /// A browser that somebody is signed in with, once there is one.
    pub(crate) signed_in: Mutex<Option<super::browser::Browser>>,
}

/// What stands around a provider.
pub(crate) struct Around {
    /// Where a client is told of sign-outs.
    pub(crate) listener: Listener,
    /// What clients serve.
    pub(crate) site: Site,
    /// What shows the certificate of a client, by its id.
    pub(crate) certified: BTreeMap<String, Client>,
    /// With what clients register themselves. Each is for so many.
    pub(crate) initial_tokens: Vec<String>,
    /// After how many seconds it changes its keys by itself, if it does.
    pub(crate) keys_change_after: Option<u64>,
}

impl World {
    /// One of the tokens with which clients register themselves.
    pub(crate) fn initial_token(&self) -> &str {
        let turn = self.registered.fetch_add(1, Ordering::Relaxed);
        &self.around.initial_tokens[turn % self.around.initial_tokens.len()]
    }

    /// Reads the provider's metadata.
    pub(crate) async fn of(
        issuer: &str,
        http: Client,
        person: Person,
        time: Time,
        around: Around,
    ) -> Result<Self, Failure> {
        let address = format!("{issuer}/.well-known/openid-configuration");
        let nothing = Value::Null;
        let wire = Wire::new(&http, &nothing, &Fault::NONE);
        let metadata = wire.send(Asked::read(&address)).await?.json();
        Ok(Self {
            issuer: issuer.to_owned(),
            http,
            metadata,
            person,
            time,
            around,
            registered: AtomicUsize::new(0),
            choices: OnceCell::new(),
            signed_in: Mutex::new(None),
        })
    }
}

/// A client that is registered before.
#[derive(Debug, Clone)]
pub(crate) struct Registered {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) method: Method,
    pub(crate) redirect_uri: String,
}

/// How a client says who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Basic,
    Post,
    /// By a JWT that its key signs.
    Key,
    /// The same, with a key that it registered by itself.
    Own(Own),
}

/// The secret of all clients that are registered before.
pub(crate) const SECRET: &str = "a-secret-of-more-than-one-hundred-and-twenty-eight-bits";

impl Registered {
    /// The client of that id, by the secret in the header.
    pub(crate) fn basic(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: SECRET.to_owned(),
            method: Method::Basic,
            redirect_uri: format!("{}/callback", super::browser::CLIENTS),
        }
    }
}

/// How time passes.
pub(crate) enum Time {
    /// By a clock that the harness moves.
    Moved(Clock),
    /// By a request to the provider's harness, which moves what its program takes for the time.
    Told {
        http: Client,
        address: String,
        passed: std::sync::Mutex<u64>,
    },
}

impl Time {
    pub(crate) async fn pass(&self, seconds: u64) -> Result<(), Failure> {
        match self {
            Self::Moved(clock) => clock.advance(Duration::from_secs(seconds)),
            Self::Told {
                http,
                address,
                passed,
            } => {
                let nothing = Value::Null;
                let wire = Wire::new(http, &nothing, &Fault::NONE);
                let form = Pairs::of(&[("seconds", &seconds.to_string())]);
                let answered = wire.send(Asked::form(address, form)).await?;
                if answered.status != 204 {
                    return Err(fail("time does not pass"));
                }
                *passed.lock().unwrap() += seconds;
            }
        }
        Ok(())
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::Moved(clock) => clock.now(),
            Self::Told { passed, .. } => {
                let passed = i64::try_from(*passed.lock().unwrap() * 1000).unwrap();
                Timestamp::from_millis(Clock::system().now().as_millis() + passed)
            }
        }
    }
}

/// Whose pages they are, and who answers them.
pub(crate) enum Person {
    /// Ours, answered by somebody with a password and, if asked, an authenticator app.
    OfOurs(Mutex<Account>),
    /// Those of the quick start of npm `oidc-provider`, which take any name and password.
    OfQuickStart,
}

/// What to write into a page.
pub(crate) struct Filled {
    pub(crate) action: String,
    pub(crate) fields: Vec<(&'static str, String)>,
    /// Whether it shows who she is.
    pub(crate) proves: bool,
}

impl Filled {
    fn new(action: &str, fields: Vec<(&'static str, String)>) -> Self {
        Self {
            action: action.to_owned(),
            fields,
            proves: false,
        }
    }
}

impl Person {
    /// Whether the page asks for something.
    pub(crate) fn can_answer(&self, page: &Page) -> bool {
        let body = &page.answered.body;
        match self {
            Self::OfOurs(_) => {
                let steps = ["/name", "/password", "/code", "/choose", "/acknowledge"];
                let form = zt_testkit::html::form(body, "");
                let leads = ["/signin/consent", "/oauth2/logout"];
                steps.iter().any(|step| page.asks(step))
                    || form.is_some_and(|form| leads.iter().any(|to| form.action.starts_with(to)))
            }
            Self::OfQuickStart => ["op.logoutForm", "value=\"login\"", "value=\"consent\""]
                .iter()
                .any(|sign| body.contains(sign)),
        }
    }

    /// How she says no to what the page asks her to agree to.
    pub(crate) fn rejection(&self, page: &Page) -> Option<Asked> {
        let body = &page.answered.body;
        match self {
            Self::OfOurs(_) => {
                let form = zt_testkit::html::form(body, "")?;
                if !form.action.starts_with("/signin/consent") {
                    return None;
                }
                let fields = Pairs(form.hidden).with("answer", "deny");
                let at = format!("{}{}", super::browser::origin(&page.address), form.action);
                Some(Asked::form(&at, fields))
            }
            Self::OfQuickStart => body
                .contains("value=\"consent\"")
                .then(|| Asked::read(&format!("{}/abort", page.address))),
        }
    }

    /// What she writes into that page, if it asks for something.
    pub(crate) async fn answer(&self, page: &Page, time: &Time) -> Option<Filled> {
        match self {
            Self::OfOurs(account) => {
                let mut account = account.lock().await;
                ours(&mut account, page, time).await
            }
            Self::OfQuickStart => {
                let body = &page.answered.body;
                if body.contains("op.logoutForm") {
                    return Some(Filled::new("/confirm", vec![("logout", "yes".to_owned())]));
                }
                let asks = |prompt: &str| body.contains(&format!("value=\"{prompt}\""));
                if asks("login") {
                    let fields = vec![("login", "aiko".to_owned()), ("password", "any".to_owned())];
                    return Some(Filled {
                        proves: true,
                        ..Filled::new("", fields)
                    });
                }
                asks("consent").then(|| Filled::new("", Vec::new()))
            }
        }
    }
}

async fn ours(account: &mut Account, page: &Page, time: &Time) -> Option<Filled> {
    if page.asks("/name") {
        return Some(Filled::new("/name", vec![("login", account.login.clone())]));
    }
    if page.asks("/password") {
        let fields = vec![("password", account.password.clone())];
        return Some(Filled {
            proves: true,
            ..Filled::new("/password", fields)
        });
    }
    if page.asks("/code") {
        if let Some(key) = zt_testkit::html::text_of(&page.answered.body, "totp-key") {
            account.app = Some(key);
        }
        // Each code counts once: the next one comes when its time has.
        let code = match account.code(time.now()) {
            Some(code) => code,
            None => {
                time.pass(30).await.ok()?;
                account.code(time.now())?
            }
        };
        return Some(Filled {
            proves: true,
            ..Filled::new("/code", vec![("code", code)])
        });
    }
    if page.asks("/choose") {
        return Some(Filled::new("/choose", vec![("kind", "totp".to_owned())]));
    }
    if page.asks("/acknowledge") {
        return Some(Filled::new("/acknowledge", Vec::new()));
    }
    let form = zt_testkit::html::form(&page.answered.body, "")?;
    if form.action.starts_with("/signin/consent") {
        return Some(Filled::new(
            &form.action,
            vec![("answer", "allow".to_owned())],
        ));
    }
    if form.action.starts_with("/oauth2/logout") {
        return Some(Filled::new(&form.action, Vec::new()));
    }
    None
}
