//! A browser, and the person in front of it.

use super::wire::{Answered, Asked, Body, Pairs, Wire};
use super::{Failure, Stage, fail};
use std::collections::BTreeMap;
use zt_testkit::html;

/// Where every client of the harness is. Nobody listens there: the browser stops on the way.
pub(crate) const CLIENTS: &str = "https://rp.conformance.example";

/// The longest way that redirects may lead, and the most pages a person answers.
const LONGEST: usize = 20;

/// A jar of cookies, by host.
#[derive(Debug, Clone, Default)]
pub(crate) struct Browser {
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// The pages with frames that it went through: which the page may have, and what they open. Nobody listens there.
    pub(crate) framed: Vec<(String, Vec<String>)>,
}

/// A page, and where it is.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) address: String,
    pub(crate) answered: Answered,
}

impl Page {
    pub(crate) fn asks(&self, action: &str) -> bool {
        html::form(&self.answered.body, action).is_some()
    }

    pub(crate) fn told(&self) -> String {
        let text = html::heading(&self.answered.body);
        format!("{} {} {text}", self.answered.status, self.address)
    }
}

/// Where a browser got to.
#[derive(Debug, Clone)]
pub(crate) enum Arrived {
    /// At the client, with what is said to it.
    Back { base: String, query: Pairs },
    /// At a page of the provider's.
    Page(Page),
}

impl Arrived {
    /// What is said to the client at this address of its own.
    pub(crate) fn back(self, wanted: &str) -> Result<Pairs, Failure> {
        match self {
            Self::Back { base, query } if base == wanted => Ok(query),
            Self::Back { base, .. } => Err(fail(format!("back at `{base}`, not at `{wanted}`"))),
            Self::Page(page) => Err(fail(format!(
                "not back at the client, but: {}",
                page.told()
            ))),
        }
    }

    /// The page.
    pub(crate) fn page(self) -> Result<Page, Failure> {
        match self {
            Self::Page(page) => Ok(page),
            Self::Back { base, query } => Err(fail(format!(
                "back at `{base}?{}`, not on a page",
                query.text()
            ))),
        }
    }
}

impl Browser {
    fn dressed(&self, mut asked: Asked) -> Asked {
        let host = host(&asked.base);
        let pairs = self.cookies.get(host).into_iter().flatten();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !pairs.is_empty() {
            asked = asked.header("cookie", &pairs.join("; "));
        }
        let is_post = asked.body != Body::Nothing;
        asked = asked
            .header("accept", "text/html,*/*;q=0.8")
            .header("accept-language", "en")
            .header("user-agent", "a relying party's test")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document");
        if is_post && !asked.headers.iter().any(|(name, _)| name == "origin") {
            let origin = origin(&asked.base).to_owned();
            asked = asked
                .header("origin", &origin)
                .header("sec-fetch-site", "same-origin");
        }
        asked
    }

    fn keep(&mut self, address: &str, answered: &Answered) {
        let kept = self.cookies.entry(host(address).to_owned()).or_default();
        let set = answered.headers.iter();
        for (_, cookie) in set.filter(|(name, _)| name == "set-cookie") {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let is_over = attributes.to_ascii_lowercase().contains("max-age=0");
            if value.is_empty() || is_over {
                kept.remove(name);
            } else {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Goes there and on, until there is a page or the client.
    pub(crate) async fn go(&mut self, wire: &Wire<'_>, asked: Asked) -> Result<Arrived, Failure> {
        let mut asked = asked;
        for _ in 0..LONGEST {
            let address = asked.base.clone();
            let answered = wire.send(self.dressed(asked)).await?;
            self.keep(&address, &answered);
            let frames = html::frames(&answered.body);
            if !frames.is_empty() {
                let policy = answered.header("content-security-policy").to_owned();
                self.framed.push((policy, frames));
            }
            let onward = match answered.location() {
                Some((base, query)) => Some((base, query)),
                None if answered.status == 200 => html::onward(&answered.body).map(|onward| {
                    let onward = Asked::read(&onward);
                    (onward.base, onward.query)
                }),
                None => None,
            };
            let Some((base, query)) = onward else {
                return Ok(Arrived::Page(Page { address, answered }));
            };
            if base.starts_with(CLIENTS) {
                return Ok(Arrived::Back { base, query });
            }
            asked = Asked {
                query,
                ..Asked::read(&resolved(&address, &base))
            };
        }
        Err(fail("redirects do not end"))
    }

    /// Fills in a form of a page.
    pub(crate) async fn submit(
        &mut self,
        wire: &Wire<'_>,
        page: &Page,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Result<Arrived, Failure> {
        let form = html::form(&page.answered.body, action);
        let form = form.ok_or_else(|| fail(format!("no form `{action}`: {}", page.told())))?;
        let mut pairs = Pairs(form.hidden);
        for (name, value) in fields {
            pairs.set(name, value);
        }
        let address = resolved(&page.address, &form.action);
        self.go(wire, Asked::form(&address, pairs)).await
    }
}

impl Stage<'_> {
    /// Answers this one page.
    pub(crate) async fn answers_one(&mut self, page: &Page) -> Result<Arrived, Failure> {
        let answer = self.world.person.answer(page, &self.world.time).await;
        let answer = answer.ok_or_else(|| fail(format!("nothing to answer: {}", page.told())))?;
        let fields: Vec<(&str, &str)> = answer
            .fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        if answer.proves {
            self.proofs += 1;
        }
        let wire = &self.wire;
        self.browser
            .submit(wire, page, &answer.action, &fields)
            .await
    }

    /// Answers whatever pages come, until the browser is back at the client or on a page that asks nothing.
    pub(crate) async fn answers(&mut self, arrived: Arrived) -> Result<Arrived, Failure> {
        let mut arrived = arrived;
        for _ in 0..LONGEST {
            let Arrived::Page(page) = &arrived else {
                return Ok(arrived);
            };
            let page = page.clone();
            if !self.world.person.can_answer(&page) {
                return Ok(arrived);
            }
            arrived = self.answers_one(&page).await?;
        }
        Err(fail("the pages do not end"))
    }
}

pub(crate) fn origin(address: &str) -> &str {
    let after = address.find("://").map_or(0, |at| at + 3);
    let end = address[after..]
        .find('/')
        .map_or(address.len(), |at| after + at);
    &address[..end]
}

fn host(address: &str) -> &str {
    let origin = origin(address);
    let authority = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    authority.split(':').next().unwrap_or_default()
}

fn resolved(base: &str, link: &str) -> String {
    if link.contains("://") {
        link.to_owned()
    } else {
        format!("{}{link}", origin(base))
    }
}
