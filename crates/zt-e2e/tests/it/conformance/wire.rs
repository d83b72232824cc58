//! One exchange with a provider, and where a fault is put in between.

use super::fault::Fault;
use super::forger::Forger;
use super::{Failure, fail};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use zt_net::Client;

/// Names with values, in order: a query or a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl Pairs {
    pub(crate) fn of(pairs: &[(&str, &str)]) -> Self {
        let own = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self(own.collect())
    }

    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let own = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        });
        Self(own.collect())
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some(pair) => value.clone_into(&mut pair.1),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.remove(name);
        self
    }

    pub(crate) fn text(&self) -> String {
        let pairs = self.0.iter().map(|(name, value)| {
            format!("{}={}", zt_testkit::encode(name), zt_testkit::encode(value))
        });
        pairs.collect::<Vec<_>>().join("&")
    }
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits =
                    [rest.next(), rest.next()].map(|digit| char::from(digit.unwrap_or(b'0')));
                let digits: String = digits.iter().collect();
                u8::from_str_radix(&digits, 16).unwrap_or(b'?')
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What is sent with a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    Nothing,
    Form(Pairs),
    Json(Value),
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// The address without its query.
    pub(crate) base: String,
    pub(crate) query: Pairs,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    /// The client whose certificate the connection shows.
    pub(crate) shows: Option<String>,
    /// What of the provider it is for: a member of its metadata, or `configuration`, or nothing of those.
    pub(crate) at: String,
}

impl Asked {
    pub(crate) fn read(address: &str) -> Self {
        let (base, query) = address.split_once('?').unwrap_or((address, ""));
        Self {
            method: Method::GET,
            base: base.to_owned(),
            query: Pairs::parse(query),
            headers: Vec::new(),
            body: Body::Nothing,
            shows: None,
            at: String::new(),
        }
    }

    pub(crate) fn form(address: &str, form: Pairs) -> Self {
        Self {
            method: Method::POST,
            body: Body::Form(form),
            ..Self::read(address)
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn is(&self, at: &str) -> bool {
        self.at == at
    }

    /// What it says of `name`, in the form or in the address.
    pub(crate) fn says(&self, name: &str) -> Option<&str> {
        match &self.body {
            Body::Form(form) => form.value(name).or_else(|| self.query.value(name)),
            _ => self.query.value(name),
        }
    }

    /// The form, or the query where there is none.
    pub(crate) fn pairs(&mut self) -> &mut Pairs {
        match &mut self.body {
            Body::Form(form) => form,
            _ => &mut self.query,
        }
    }

    pub(crate) fn address(&self) -> String {
        if self.query.0.is_empty() {
            return self.base.clone();
        }
        format!("{}?{}", self.base, self.query.text())
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    pub(crate) fn set_header(&mut self, name: &str, value: &str) {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// What the provider says is wrong, if this is an error of OAuth's.
    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// Changes the JSON it holds.
    pub(crate) fn amend(&mut self, change: impl FnOnce(&mut Value)) {
        if let Ok(mut body) = serde_json::from_str(&self.body) {
            change(&mut body);
            self.body = body.to_string();
        }
    }

    /// Becomes another answer altogether.
    pub(crate) fn become_json(&mut self, status: u16, body: &Value) {
        self.status = status;
        self.body = body.to_string();
        self.set_header("content-type", "application/json");
    }

    pub(crate) fn become_error(&mut self, status: u16, error: &str) {
        self.become_json(status, &json!({ "error": error }));
    }

    /// Where it leads, without and with what is said on the way.
    pub(crate) fn location(&self) -> Option<(String, Pairs)> {
        if !(300..400).contains(&self.status) {
            return None;
        }
        let location = self.header("location");
        let (base, query) = location.split_once('?').unwrap_or((location, ""));
        (!base.is_empty()).then(|| (base.to_owned(), Pairs::parse(query)))
    }

    pub(crate) fn lead(&mut self, base: &str, query: &Pairs) {
        self.status = 303;
        let location = if query.0.is_empty() {
            base.to_owned()
        } else {
            format!("{base}?{}", query.text())
        };
        self.set_header("location", &location);
    }

    /// Changes what is said to the client on the way back.
    pub(crate) fn reroute(&mut self, change: impl FnOnce(&mut Pairs)) {
        if let Some((base, mut query)) = self.location() {
            change(&mut query);
            self.lead(&base, &query);
        }
    }
}

/// The way to a provider, with everything that went over it.
pub(crate) struct Wire<'w> {
    client: &'w Client,
    /// Those that show a certificate, by the client whose it is.
    certified: Option<&'w BTreeMap<String, Client>>,
    /// As the provider itself says it.
    metadata: &'w Value,
    fault: &'static Fault,
    past: Mutex<Vec<(Asked, Answered)>>,
    /// ID tokens that were signed anew, with those they were made of: a provider knows its own again.
    retold: Mutex<Vec<(String, String)>>,
}

impl<'w> Wire<'w> {
    pub(crate) fn new(client: &'w Client, metadata: &'w Value, fault: &'static Fault) -> Self {
        Self {
            client,
            certified: None,
            metadata,
            fault,
            past: Mutex::new(Vec::new()),
            retold: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn certified(self, certified: &'w BTreeMap<String, Client>) -> Self {
        Self {
            certified: Some(certified),
            ..self
        }
    }

    fn at(&self, base: &str) -> String {
        if base.contains("/.well-known/openid-configuration") {
            return "configuration".to_owned();
        }
        let members = self.metadata.as_object().into_iter().flatten();
        let mut named = members.filter(|(name, value)| {
            let is_address = name.ends_with("_endpoint") || *name == "jwks_uri";
            is_address && value.as_str() == Some(base)
        });
        named
            .next()
            .map_or_else(String::new, |(name, _)| name.clone())
    }

    pub(crate) async fn send(&self, asked: Asked) -> Result<Answered, Failure> {
        let asked = Asked {
            at: self.at(&asked.base),
            ..asked
        };
        let mut sent = asked.clone();
        self.know_again(&mut sent);
        let before = self.past.lock().unwrap().clone();
        (self.fault.ask)(&mut sent, &before);
        let mut answered = self.exchange(&sent).await?;
        let own = answered.json()["id_token"].as_str().map(str::to_owned);
        (self.fault.answer)(&asked, &mut answered, &before);
        if let (Some(own), Some(told)) = (own, answered.json()["id_token"].as_str()) {
            self.retold.lock().unwrap().push((told.to_owned(), own));
        }
        if asked.is("jwks_uri") && self.fault.forges {
            answered.amend(|set| {
                if let Some(keys) = set["keys"].as_array_mut() {
                    keys.extend(Forger::keys());
                }
            });
        }
        self.past.lock().unwrap().push((asked, answered.clone()));
        Ok(answered)
    }

    /// What came to the client, as the faulty provider would have sent it.
    pub(crate) fn received(&self, mut asked: Asked) -> Asked {
        let before = self.past.lock().unwrap().clone();
        (self.fault.ask)(&mut asked, &before);
        asked
    }

    /// What was asked since there were so many exchanges.
    pub(crate) fn asked_since(&self, before: usize) -> Vec<Asked> {
        let past = self.past.lock().unwrap();
        past[before..]
            .iter()
            .map(|(asked, _)| asked.clone())
            .collect()
    }

    pub(crate) fn past_len(&self) -> usize {
        self.past.lock().unwrap().len()
    }

    fn know_again(&self, sent: &mut Asked) {
        let retold = self.retold.lock().unwrap();
        let hint = sent.says("id_token_hint").unwrap_or_default();
        let mut known = retold.iter().filter(|(told, _)| told == hint);
        if let Some((_, own)) = known.next() {
            let own = own.clone();
            sent.pairs().set("id_token_hint", &own);
        }
    }

    async fn exchange(&self, sent: &Asked) -> Result<Answered, Failure> {
        let mut request = Request::builder().method(&sent.method).uri(sent.address());
        for (name, value) in &sent.headers {
            request = request.header(name, value);
        }
        let (kind, body) = match &sent.body {
            Body::Nothing => ("", String::new()),
            Body::Form(form) => ("application/x-www-form-urlencoded", form.text()),
            Body::Json(json) => ("application/json", json.to_string()),
        };
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        let request = request.body(Bytes::from(body)).map_err(fail)?;
        let shows = sent.shows.as_ref().zip(self.certified);
        let shows = shows.and_then(|(id, certified)| certified.get(id));
        let response = shows
            .unwrap_or(self.client)
            .send(request)
            .await
            .map_err(fail)?;
        let (head, body) = response.into_parts();
        let headers = head.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        Ok(Answered {
            status: head.status.as_u16(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}
