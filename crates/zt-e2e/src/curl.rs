//! curl as a browser without script: a cookie jar, forms, a client certificate.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use zt_testkit::{Account, encode, html};
use zt_types::Timestamp;

use crate::capture::Capture;
use crate::peers::{PeerError, outcome};

/// So many pages in a row carry a message on: a request, a sign-out at others, a response.
const FORMS: usize = 8;

/// What separates curl's own words from the page.
const MARK: &str = "\n=====answered=====\n";

/// A curl with a jar of its own.
#[derive(Debug)]
pub struct Curl {
    folder: TempDir,
    authority: PathBuf,
    certificate: Option<PathBuf>,
    capture: Option<Capture>,
}

/// What curl got at the end of all redirects.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Where it was at last.
    pub address: String,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The page's heading.
    #[must_use]
    pub fn heading(&self) -> String {
        html::heading(&self.body)
    }
}

impl Curl {
    /// One that believes `authority`.
    ///
    /// # Errors
    /// When there is no room for its jar.
    pub fn new(authority: &Path) -> Result<Self, PeerError> {
        let folder = TempDir::with_prefix("sekisho-curl-").map_err(|source| PeerError::Run {
            program: "curl".to_owned(),
            source,
        })?;
        Ok(Self {
            folder,
            authority: authority.to_owned(),
            certificate: None,
            capture: Capture::of(authority),
        })
    }

    /// Shows that certificate from now on: a PEM file with its key; or none.
    pub fn show(&mut self, certificate: Option<&Path>) {
        self.certificate = certificate.map(Path::to_owned);
    }

    /// A curl with this jar, authority and certificate, to be given the rest.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new("curl");
        let jar = self.folder.path().join("jar");
        command.args(["--silent", "--show-error", "--max-time", "30"]);
        command.arg("--cacert").arg(&self.authority);
        command
            .arg("--cookie")
            .arg(&jar)
            .arg("--cookie-jar")
            .arg(&jar);
        if let Some(certificate) = &self.certificate {
            command
                .arg("--cert")
                .arg(certificate)
                .arg("--key")
                .arg(certificate);
        }
        command
    }

    /// Runs curl with `words` and goes where the answers lead.
    ///
    /// # Errors
    /// When curl gets no answer.
    pub fn ask(&self, words: &[&str]) -> Result<Answer, PeerError> {
        let mut command = self.command();
        let report = format!("{MARK}%{{http_code}} %{{url_effective}}");
        command
            .args(["--location", "--write-out", &report])
            .args(words);
        let headers = self.folder.path().join("headers");
        if self.capture.is_some() {
            command.arg("--dump-header").arg(&headers);
        }
        let said = outcome("curl", &mut command)?;
        if let Some(capture) = &self.capture {
            let led = fs::read_to_string(&headers).unwrap_or_default();
            let led = led.lines().filter_map(|line| line.split_once(": "));
            for (_, to) in led.filter(|(name, _)| name.eq_ignore_ascii_case("location")) {
                let (address, query) = to.trim().split_once('?').unwrap_or((to, ""));
                capture.message("redirect", address, query);
            }
        }
        let (body, told) = said.rsplit_once(MARK).unwrap_or((&said, ""));
        let (status, address) = told.split_once(' ').unwrap_or_default();
        Ok(Answer {
            status: status.parse().unwrap_or_default(),
            address: address.to_owned(),
            body: body.to_owned(),
        })
    }

    /// Opens a page in English, as a browser asks for one.
    ///
    /// # Errors
    /// When curl gets no answer.
    pub fn open(&self, address: &str) -> Result<Answer, PeerError> {
        let mut answer = self.ask(&[
            "-H",
            "Accept: text/html",
            "-H",
            "Accept-Language: en",
            address,
        ])?;
        // The page that ends a sign-in moves on by itself; without script, its link is followed.
        if let (200, Some(onward)) = (answer.status, html::onward(&answer.body)) {
            answer = self.open(&resolved(&answer.address, &onward))?;
        }
        Ok(answer)
    }

    /// Fills in the form of `page` whose address ends in `action`, and sends it.
    ///
    /// # Errors
    /// When the form is not there, or curl gets no answer.
    pub fn submit(
        &self,
        page: &Answer,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Result<Answer, PeerError> {
        let form = html::form(&page.body, action).ok_or_else(|| PeerError::Failed {
            program: "curl".to_owned(),
            output: format!(
                "no form `{action}` at {} ({}): {}",
                page.address,
                page.status,
                page.heading()
            ),
        })?;
        let hidden = form
            .hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs = hidden.chain(fields.iter().copied());
        let body: Vec<String> = pairs
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let (body, address) = (body.join("&"), resolved(&page.address, &form.action));
        if let Some(capture) = &self.capture {
            capture.message("post", &address, &body);
        }
        self.ask(&[
            "-H",
            "Accept: text/html",
            "-H",
            "Accept-Language: en",
            "--data",
            &body,
            &address,
        ])
    }

    /// Sends on what `page` is there to carry on, as its script does (SAML Bindings §3.5), and so does every page after it.
    ///
    /// # Errors
    /// When curl gets no answer, or is sent around without an end.
    pub fn carried(&self, page: Answer) -> Result<Answer, PeerError> {
        let mut page = page;
        for _ in 0..FORMS {
            let Some(form) = html::message(&page.body) else {
                return Ok(page);
            };
            page = self.submit(&page, &form.action, &[])?;
        }
        Err(PeerError::Failed {
            program: "curl".to_owned(),
            output: format!("{} carries messages on and on", page.address),
        })
    }

    /// Signs in on the way to `address` with password and authenticator app, which is set up the first time.
    ///
    /// # Errors
    /// When the sign-in asks for something else.
    pub fn sign_in(
        &self,
        account: &mut Account,
        address: &str,
        now: Timestamp,
    ) -> Result<Answer, PeerError> {
        let page = self.open(address)?;
        let page = self.submit(&page, "/name", &[("login", &account.login)])?;
        let mut page = self.submit(&page, "/password", &[("password", &account.password)])?;
        if html::form(&page.body, "/choose").is_some() {
            page = self.submit(&page, "/choose", &[("kind", "totp")])?;
        }
        if let Some(key) = html::text_of(&page.body, "totp-key") {
            account.app = Some(key);
        }
        let code = account.code(now).unwrap_or_default();
        let mut page = self.submit(&page, "/code", &[("code", &code)])?;
        if html::form(&page.body, "/acknowledge").is_some() {
            page = self.submit(&page, "/acknowledge", &[])?;
        }
        Ok(page)
    }

    /// The Cookie header for a host, out of the jar.
    #[must_use]
    pub fn cookies(&self, host: &str) -> String {
        let jar = fs::read_to_string(self.folder.path().join("jar")).unwrap_or_default();
        let pairs: Vec<String> = jar
            .lines()
            .filter_map(|line| {
                let fields: Vec<&str> = line.split('\t').collect();
                let [domain, _, _, _, _, name, value] = fields.as_slice() else {
                    return None;
                };
                let domain = domain.trim_start_matches("#HttpOnly_");
                (domain == host).then(|| format!("{name}={value}"))
            })
            .collect();
        pairs.join("; ")
    }
}

fn resolved(base: &str, link: &str) -> String {
    if link.starts_with("https://") || link.starts_with("http://") {
        return link.to_owned();
    }
    let rest = base.strip_prefix("https://").unwrap_or(base);
    let authority = rest.split('/').next().unwrap_or_default();
    format!("https://{authority}{link}")
}
