//! A person at a browser, as far as the story needs one: cookies, redirects, forms. Every request goes over the network
//! like anybody's.

use anyhow::{Context, bail};
use axum::http::{Method, Request, Response, StatusCode, Uri, header};
use bytes::Bytes;
use std::collections::BTreeMap;
use zt_net::{Client, ClientIdentity, ClientSettings};
use zt_types::Language;

/// Redirects that one request may lead to.
const LONGEST_WAY: usize = 12;

/// One browser.
pub(super) struct Visitor {
    roots: Vec<rustls::pki_types::CertificateDer<'static>>,
    client: Client,
    language: Language,
    cookies: BTreeMap<String, BTreeMap<String, String>>,
}

/// A page as it came.
pub(super) struct Page {
    pub(super) address: Uri,
    pub(super) status: StatusCode,
    pub(super) html: String,
}

impl Visitor {
    /// A browser without a device certificate.
    pub(super) fn new(
        roots: Vec<rustls::pki_types::CertificateDer<'static>>,
        language: Language,
    ) -> anyhow::Result<Self> {
        let client = Client::new(ClientSettings {
            roots: roots.clone(),
            ..ClientSettings::default()
        })?;
        Ok(Self {
            roots,
            client,
            language,
            cookies: BTreeMap::new(),
        })
    }

    /// Puts a device certificate into the browser; its cookies stay.
    pub(super) fn hold(&mut self, identity: ClientIdentity) -> anyhow::Result<()> {
        self.client = Client::new(ClientSettings {
            roots: self.roots.clone(),
            identity: Some(identity),
            ..ClientSettings::default()
        })?;
        Ok(())
    }

    /// The client, for what is more than a page.
    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// A request with this browser's cookies.
    pub(super) fn request(&self, method: Method, address: &Uri) -> axum::http::request::Builder {
        let builder = Request::builder()
            .method(method)
            .uri(address.clone())
            .header(header::ACCEPT, "text/html,*/*;q=0.8")
            .header(header::ACCEPT_LANGUAGE, self.language.tag())
            .header(header::USER_AGENT, "Sekisho story")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document");
        match self
            .cookies
            .get(address.host().unwrap_or_default())
            .filter(|kept| !kept.is_empty())
        {
            Some(kept) => {
                let pairs: Vec<String> = kept
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                builder.header(header::COOKIE, pairs.join("; "))
            }
            None => builder,
        }
    }

    /// Opens an address and goes where it leads.
    pub(super) async fn open(&mut self, address: &str) -> anyhow::Result<Page> {
        let address: Uri = address
            .parse()
            .with_context(|| format!("`{address}` is no address"))?;
        let request = self
            .request(Method::GET, &address)
            .header("sec-fetch-site", "none")
            .body(Bytes::new())?;
        self.follow(address, request).await
    }

    /// Fills in the form of `page` that goes to `action` and sends it.
    pub(super) async fn submit(
        &mut self,
        page: &Page,
        action: &str,
        fields: &[(&str, &str)],
    ) -> anyhow::Result<Page> {
        let form = page.form(action).with_context(|| {
            format!(
                "the page at `{}` (status {}) has no form `{action}`",
                page.address, page.status
            )
        })?;
        let address = resolve(&page.address, &form.action)?;
        let hidden = form
            .hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let body: Vec<String> = hidden
            .chain(fields.iter().copied())
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let origin = format!(
            "https://{}",
            page.address
                .authority()
                .map(ToString::to_string)
                .unwrap_or_default()
        );
        let request = self
            .request(Method::POST, &address)
            .header("sec-fetch-site", "same-origin")
            .header(header::ORIGIN, origin)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(body.join("&")))?;
        self.follow(address, request).await
    }

    async fn follow(&mut self, address: Uri, request: Request<Bytes>) -> anyhow::Result<Page> {
        let (mut address, mut request) = (address, request);
        for _ in 0..LONGEST_WAY {
            let answer = self.client.send(request).await?;
            self.keep_cookies(&address, &answer);
            let onward = answer
                .status()
                .is_redirection()
                .then(|| {
                    answer
                        .headers()
                        .get(header::LOCATION)
                        .and_then(|value| value.to_str().ok())
                })
                .flatten();
            let Some(onward) = onward else {
                let status = answer.status();
                let html = String::from_utf8_lossy(answer.body()).into_owned();
                // The page that ends a sign-in moves on by itself; here its link is followed.
                match onward_link(&html) {
                    Some(link) if status.is_success() => address = resolve(&address, &link)?,
                    _ => {
                        return Ok(Page {
                            address,
                            status,
                            html,
                        });
                    }
                }
                request = self
                    .request(Method::GET, &address)
                    .header("sec-fetch-site", "same-site")
                    .body(Bytes::new())?;
                continue;
            };
            address = resolve(&address, onward)?;
            request = self
                .request(Method::GET, &address)
                .header("sec-fetch-site", "same-site")
                .body(Bytes::new())?;
        }
        bail!("`{address}` leads around in circles")
    }

    fn keep_cookies(&mut self, address: &Uri, answer: &Response<Bytes>) {
        let kept = self
            .cookies
            .entry(address.host().unwrap_or_default().to_owned())
            .or_default();
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let Some((pair, attributes)) = cookie
                .to_str()
                .ok()
                .map(|text| text.split_once(';').unwrap_or((text, "")))
            else {
                continue;
            };
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

/// A form's address and the values it carries along.
struct Form {
    action: String,
    hidden: Vec<(String, String)>,
}

impl Page {
    /// The form whose address ends in `action`.
    fn form(&self, action: &str) -> Option<Form> {
        self.html.split("<form").skip(1).find_map(|rest| {
            let form = rest.split("</form>").next()?;
            let address = attribute(form, "action")?;
            address.ends_with(action).then(|| Form {
                hidden: form
                    .split("<input")
                    .skip(1)
                    .filter(|input| attribute(input, "type").as_deref() == Some("hidden"))
                    .filter_map(|input| {
                        Some((attribute(input, "name")?, attribute(input, "value")?))
                    })
                    .collect(),
                action: address,
            })
        })
    }

    /// Whether the page has a form whose address ends in `action`.
    pub(super) fn asks(&self, action: &str) -> bool {
        self.form(action).is_some()
    }

    /// Whether a button of that name and value is there.
    pub(super) fn offers(&self, value: &str) -> bool {
        self.html.contains(&format!("value=\"{value}\""))
    }

    /// The text of the element with that id.
    pub(super) fn text_of(&self, id: &str) -> Option<String> {
        let (_, rest) = self.html.split_once(&format!("id=\"{id}\""))?;
        let (_, rest) = rest.split_once('>')?;
        rest.split_once('<').map(|(text, _)| text.trim().to_owned())
    }

    /// The page's heading.
    pub(super) fn heading(&self) -> String {
        let inner = self
            .html
            .split_once("<h1")
            .and_then(|(_, rest)| rest.split_once('>'));
        let text = inner
            .and_then(|(_, rest)| rest.split_once("</h1>"))
            .map(|(text, _)| text)
            .unwrap_or_default();
        let mut plain = String::new();
        let mut within_tag = false;
        for character in text.chars() {
            match character {
                '<' => within_tag = true,
                '>' => within_tag = false,
                other if !within_tag => plain.push(other),
                _ => {}
            }
        }
        plain
            .trim()
            .replace("&#39;", "’")
            .replace("&quot;", "\"")
            .replace("&amp;", "&")
    }
}

/// The address the end page of a sign-in leads to.
fn onward_link(html: &str) -> Option<String> {
    let (before, _) = html.split_once("data-onward")?;
    let tag = before.rfind('<').and_then(|at| html.get(at..))?;
    attribute(tag.split('>').next()?, "href")
}

/// The value of an attribute, with the character references that templates write.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&#38;", "&")
            .replace("&amp;", "&")
            .replace("&#x2F;", "/")
            .replace("&#47;", "/"),
    )
}

fn resolve(base: &Uri, link: &str) -> anyhow::Result<Uri> {
    if link.starts_with("https://") || link.starts_with("http://") {
        return link
            .parse()
            .with_context(|| format!("`{link}` is no address"));
    }
    let authority = base.authority().context("an address without a host")?;
    let scheme = base.scheme_str().unwrap_or("https");
    format!("{scheme}://{authority}{link}")
        .parse()
        .with_context(|| format!("`{link}` is no address"))
}

/// Percent-encodes everything but what is never special (RFC 3986 §2.3).
fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
