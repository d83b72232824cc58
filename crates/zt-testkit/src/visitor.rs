//! A browser as a program sees one: cookies, redirects, forms. Every request goes over the network like anybody's.

use crate::html;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use rustls::pki_types::CertificateDer;
use std::collections::BTreeMap;
use std::net::IpAddr;
use zt_crypto::totp::{STEP_SECONDS, TotpSeed};
use zt_net::{Client, ClientError, ClientIdentity, ClientSettings};
use zt_types::{Language, Timestamp};

/// Redirects that one request may lead to.
const LONGEST_WAY: usize = 12;

/// Why a visit came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    /// The request got no answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// An address cannot be read.
    #[error("`{0}` is no address")]
    Address(String),
    /// A request cannot be made.
    #[error(transparent)]
    Request(#[from] http::Error),
    /// The page lacks what was to be used.
    #[error("no `{wanted}` on the page at `{address}` (status {status}, heading “{heading}”)")]
    Lacks {
        /// The form or element.
        wanted: String,
        /// The page's address.
        address: String,
        /// Its status.
        status: StatusCode,
        /// Its heading.
        heading: String,
    },
    /// Redirects do not end.
    #[error("`{0}` leads around in circles")]
    Circle(String),
}

/// A page as it came.
#[derive(Debug, Clone)]
pub struct Page {
    /// Where it was at last.
    pub address: Uri,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its text.
    pub html: String,
}

impl Page {
    /// Whether there is a form whose address ends in `action`.
    #[must_use]
    pub fn asks(&self, action: &str) -> bool {
        html::form(&self.html, action).is_some()
    }

    /// The text of the element with that id.
    #[must_use]
    pub fn text_of(&self, id: &str) -> Option<String> {
        html::text_of(&self.html, id)
    }

    /// Its heading.
    #[must_use]
    pub fn heading(&self) -> String {
        html::heading(&self.html)
    }

    /// The error that it lacks something.
    #[must_use]
    pub fn lacks(&self, wanted: &str) -> VisitError {
        VisitError::Lacks {
            wanted: wanted.to_owned(),
            address: self.address.to_string(),
            status: self.status,
            heading: self.heading(),
        }
    }
}

/// What a person knows and has.
#[derive(Debug)]
pub struct Account {
    /// Her login.
    pub login: String,
    /// Her password.
    pub password: String,
    /// Her authenticator app, once she has one: the key as it was shown.
    pub app: Option<String>,
    last_step: u64,
}

impl Account {
    /// Somebody with a password and nothing else yet.
    #[must_use]
    pub fn new(login: &str, password: &str) -> Self {
        Self {
            login: login.to_owned(),
            password: password.to_owned(),
            app: None,
            last_step: 0,
        }
    }

    /// The next one-time code that counts at `now`, if there is one yet: each counts once (RFC 6238 §5.2).
    #[must_use]
    pub fn code(&mut self, now: Timestamp) -> Option<String> {
        let key = self.app.as_deref()?.replace([' ', '-'], "").to_uppercase();
        let seed = TotpSeed::from_stored(&base32(&key)?).ok()?;
        let present = u64::try_from(now.as_seconds().div_euclid(STEP_SECONDS)).ok()?;
        // The code before still counts (RFC 6238 §5.2), but near the end of a step it would be too old on arrival.
        let is_late = now.as_seconds().rem_euclid(STEP_SECONDS) > STEP_SECONDS - 10;
        let oldest = if is_late {
            present
        } else {
            present.saturating_sub(1)
        };
        let step = oldest.max(self.last_step + 1);
        if step > present + 1 {
            return None;
        }
        self.last_step = step;
        Some(seed.code(step).expose().to_owned())
    }
}

/// One browser.
pub struct Visitor {
    roots: Vec<CertificateDer<'static>>,
    client: Client,
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    language: Language,
    address: Option<IpAddr>,
}

impl Visitor {
    /// A browser that trusts `roots` and holds no certificate.
    ///
    /// # Errors
    /// If a certificate cannot be used.
    pub fn new(
        roots: Vec<CertificateDer<'static>>,
        language: Language,
    ) -> Result<Self, VisitError> {
        let client = client(&roots, None)?;
        Ok(Self {
            roots,
            client,
            cookies: BTreeMap::new(),
            language,
            address: None,
        })
    }

    /// Puts a device certificate into the browser; its cookies stay.
    ///
    /// # Errors
    /// If the certificate cannot be used.
    pub fn hold(&mut self, identity: Option<ClientIdentity>) -> Result<(), VisitError> {
        self.client = client(&self.roots, identity)?;
        Ok(())
    }

    /// Comes from that address from now on, as a proxy in front tells it.
    pub const fn comes_from(&mut self, address: IpAddr) {
        self.address = Some(address);
    }

    /// The client, for what is more than a page.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, host: &str, name: &str) -> Option<&str> {
        self.cookies.get(host)?.get(name).map(String::as_str)
    }

    /// Puts a cookie in place of what the server set.
    pub fn set_cookie(&mut self, host: &str, name: &str, value: &str) {
        let kept = self.cookies.entry(host.to_owned()).or_default();
        kept.insert(name.to_owned(), value.to_owned());
    }

    /// The Cookie header for a host.
    #[must_use]
    pub fn cookies(&self, host: &str) -> String {
        let kept = self.cookies.get(host).into_iter().flatten();
        let pairs: Vec<String> = kept
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// A request with this browser's cookies, as a navigation.
    #[must_use]
    pub fn request(&self, method: Method, address: &Uri) -> http::request::Builder {
        let builder = Request::builder()
            .method(method)
            .uri(address.clone())
            .header(header::ACCEPT, "text/html,*/*;q=0.8")
            .header(header::ACCEPT_LANGUAGE, self.language.tag())
            .header(header::USER_AGENT, "Sekisho test")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document");
        let builder = match self.address {
            Some(address) => builder.header("x-forwarded-for", address.to_string()),
            None => builder,
        };
        match self.cookies(address.host().unwrap_or_default()) {
            none if none.is_empty() => builder,
            cookies => builder.header(header::COOKIE, cookies),
        }
    }

    /// Opens an address and goes where it leads.
    ///
    /// # Errors
    /// [`VisitError`]; an error status is a page.
    pub async fn open(&mut self, address: &str) -> Result<Page, VisitError> {
        let address = parse(address)?;
        let request = self.request(Method::GET, &address);
        let request = request
            .header("sec-fetch-site", "none")
            .body(Bytes::new())?;
        self.follow(address, request).await
    }

    /// Opens an address and goes nowhere else.
    ///
    /// # Errors
    /// [`VisitError`]; an error status is a page.
    pub async fn look(&mut self, address: &str) -> Result<Page, VisitError> {
        let address = parse(address)?;
        let request = self.request(Method::GET, &address);
        let request = request
            .header("sec-fetch-site", "none")
            .body(Bytes::new())?;
        let answer = self.client.send(request).await?;
        self.keep_cookies(&address, &answer);
        Ok(page(address, answer))
    }

    /// Fills in the form of `page` whose address ends in `action`, sends it, and goes where it leads.
    ///
    /// # Errors
    /// [`VisitError`]; an error status is a page.
    pub async fn submit(
        &mut self,
        page: &Page,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Result<Page, VisitError> {
        let form = html::form(&page.html, action).ok_or_else(|| page.lacks(action))?;
        let hidden = form.hidden.iter();
        let all = hidden
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(fields.iter().copied());
        let body: Vec<String> = all
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let address = resolve(&page.address, &form.action)?;
        let authority = page.address.authority().map(ToString::to_string);
        let request = self
            .request(Method::POST, &address)
            .header("sec-fetch-site", "same-origin")
            .header(
                header::ORIGIN,
                format!("https://{}", authority.unwrap_or_default()),
            )
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(body.join("&")))?;
        self.follow(address, request).await
    }

    /// Signs in on the way to `address` with password and authenticator app, which is set up the first time.
    ///
    /// # Errors
    /// [`VisitError`], also when the sign-in asks for something else.
    pub async fn sign_in(
        &mut self,
        account: &mut Account,
        address: &str,
        now: Timestamp,
    ) -> Result<Page, VisitError> {
        let page = self.open(address).await?;
        let login = account.login.clone();
        let page = self.submit(&page, "/name", &[("login", &login)]).await?;
        let password = account.password.clone();
        let mut page = self
            .submit(&page, "/password", &[("password", &password)])
            .await?;
        if page.asks("/choose") && page.html.contains("value=\"totp\"") {
            page = self.submit(&page, "/choose", &[("kind", "totp")]).await?;
        }
        if let Some(key) = page.text_of("totp-key") {
            account.app = Some(key);
        }
        let code = account.code(now).ok_or_else(|| page.lacks("code"))?;
        let mut page = self.submit(&page, "/code", &[("code", &code)]).await?;
        if page.asks("/acknowledge") {
            page = self.submit(&page, "/acknowledge", &[]).await?;
        }
        if page.asks("/code") {
            return Err(page.lacks("end of the sign-in"));
        }
        Ok(page)
    }

    async fn follow(
        &mut self,
        mut address: Uri,
        mut request: Request<Bytes>,
    ) -> Result<Page, VisitError> {
        for _ in 0..LONGEST_WAY {
            let answer = self.client.send(request).await?;
            self.keep_cookies(&address, &answer);
            let page = page(address, answer);
            let location = page.headers.get(header::LOCATION);
            let onward = match location.and_then(|location| location.to_str().ok()) {
                Some(location) if page.status.is_redirection() => Some(location.to_owned()),
                _ if page.status.is_success() => html::onward(&page.html),
                _ => None,
            };
            let Some(onward) = onward else {
                return Ok(page);
            };
            address = resolve(&page.address, &onward)?;
            let next = self.request(Method::GET, &address);
            request = next
                .header("sec-fetch-site", "same-site")
                .body(Bytes::new())?;
        }
        Err(VisitError::Circle(address.to_string()))
    }

    fn keep_cookies(&mut self, address: &Uri, answer: &Response<Bytes>) {
        let host = address.host().unwrap_or_default().to_owned();
        let kept = self.cookies.entry(host).or_default();
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap_or_default();
            let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            if value.is_empty() || attributes.to_ascii_lowercase().contains("max-age=0") {
                kept.remove(name);
            } else {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

fn client(
    roots: &[CertificateDer<'static>],
    identity: Option<ClientIdentity>,
) -> Result<Client, ClientError> {
    Client::new(ClientSettings {
        roots: roots.to_vec(),
        identity,
        ..ClientSettings::default()
    })
}

fn page(address: Uri, answer: Response<Bytes>) -> Page {
    let (head, body) = answer.into_parts();
    Page {
        address,
        status: head.status,
        headers: head.headers,
        html: String::from_utf8_lossy(&body).into_owned(),
    }
}

fn parse(address: &str) -> Result<Uri, VisitError> {
    address
        .parse()
        .map_err(|_| VisitError::Address(address.to_owned()))
}

fn resolve(base: &Uri, link: &str) -> Result<Uri, VisitError> {
    if link.starts_with("https://") {
        return parse(link);
    }
    let authority = base.authority().map(ToString::to_string);
    parse(&format!("https://{}{link}", authority.unwrap_or_default()))
}

/// Percent-encodes everything but what is never special (RFC 3986 §2.3).
#[must_use]
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// RFC 4648 §6 without padding.
fn base32(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0_u32);
    for letter in text.chars() {
        let value = u32::try_from(ALPHABET.find(letter)?).ok()?;
        held = (held << 5) | value;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
    }
    Some(bytes)
}
