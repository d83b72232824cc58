//! HTTP/1.1 over one kept connection, as cheap as it can be: the load shares the machine with what is measured.

use std::error::Error;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use zt_net::Client;

/// A browser's or a client's connection, with its cookies.
pub(crate) struct Wire {
    client: Client,
    origin: String,
    host: String,
    stream: TlsStream<TcpStream>,
    buffer: Vec<u8>,
    pub(crate) cookies: Vec<(String, String)>,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        headers(&self.head)
            .find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
    }

    /// The text of a member of the JSON in the body.
    pub(crate) fn member(&self, name: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
        let body: serde_json::Value = serde_json::from_str(&self.body)?;
        let text = body.get(name).and_then(serde_json::Value::as_str);
        Ok(text.ok_or_else(|| self.lacks(name))?.to_owned())
    }

    pub(crate) fn lacks(&self, wanted: &str) -> Box<dyn Error + Send + Sync> {
        let head: String = self.body.chars().take(2_000).collect();
        format!(
            "no {wanted} in an answer with status {}: {head}",
            self.status
        )
        .into()
    }
}

fn headers(head: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = head.split("\r\n").skip(1);
    lines.filter_map(|line| {
        line.split_once(':')
            .map(|(name, value)| (name, value.trim()))
    })
}

impl Wire {
    pub(crate) async fn open(
        client: &Client,
        origin: &str,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let stream = client.connect(&format!("{origin}/").parse()?).await?;
        Ok(Self {
            client: client.clone(),
            origin: origin.to_owned(),
            host: origin.trim_start_matches("https://").to_owned(),
            stream,
            buffer: Vec::with_capacity(32 * 1024),
            cookies: Vec::new(),
        })
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Asks for a page with this wire's cookies.
    pub(crate) async fn get(
        &mut self,
        target: &str,
        more: &str,
    ) -> Result<Reply, Box<dyn Error + Send + Sync>> {
        let target = target.strip_prefix(&self.origin).unwrap_or(target);
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0\r\nAccept: text/html\r\n\
             Accept-Language: en\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\nSec-Fetch-Dest: document\r\n{more}{}\r\n",
            self.host,
            self.cookie_line(),
        );
        self.exchange(&request).await
    }

    /// Sends a form.
    pub(crate) async fn post(
        &mut self,
        target: &str,
        more: &str,
        body: &str,
    ) -> Result<Reply, Box<dyn Error + Send + Sync>> {
        let target = target.strip_prefix(&self.origin).unwrap_or(target);
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n{more}{}\r\n{body}",
            self.host,
            body.len(),
            self.cookie_line(),
        );
        self.exchange(&request).await
    }

    fn cookie_line(&self) -> String {
        if self.cookies.is_empty() {
            return String::new();
        }
        let pairs = self.cookies.iter();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!("Cookie: {}\r\n", pairs.join("; "))
    }

    async fn exchange(&mut self, request: &str) -> Result<Reply, Box<dyn Error + Send + Sync>> {
        let reply = self.round(request).await?;
        for (name, value) in headers(&reply.head) {
            if name.eq_ignore_ascii_case("set-cookie") {
                self.keep(value);
            }
        }
        if reply
            .header("connection")
            .is_some_and(|value| value == "close")
        {
            let origin = format!("{}/", self.origin).parse()?;
            self.stream = self.client.connect(&origin).await?;
        }
        Ok(reply)
    }

    async fn round(&mut self, request: &str) -> Result<Reply, Box<dyn Error + Send + Sync>> {
        self.stream.write_all(request.as_bytes()).await?;
        self.stream.flush().await?;
        self.buffer.clear();
        let head_end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            self.more().await?;
        };
        let head = std::str::from_utf8(self.buffer.get(..head_end).unwrap_or_default())?.to_owned();
        let status = head.get(9..12).unwrap_or_default().parse()?;
        let value = |name: &str| {
            headers(&head)
                .find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
        };
        let start = head_end + 4;
        let body = if let Some(length) = value("content-length") {
            let end = start + length.parse::<usize>()?;
            while self.buffer.len() < end {
                self.more().await?;
            }
            self.buffer.get(start..end).unwrap_or_default().to_vec()
        } else if value("transfer-encoding").is_some() {
            self.chunks(start).await?
        } else {
            Vec::new()
        };
        let body = String::from_utf8(body)?;
        Ok(Reply { status, head, body })
    }

    async fn chunks(&mut self, mut at: usize) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let mut body = Vec::new();
        loop {
            let rest = self.buffer.get(at..).unwrap_or_default();
            let Some(line) = find(rest, b"\r\n") else {
                self.more().await?;
                continue;
            };
            let length = std::str::from_utf8(rest.get(..line).unwrap_or_default())?;
            let length = usize::from_str_radix(length, 16)?;
            let start = at + line + 2;
            while self.buffer.len() < start + length + 2 {
                self.more().await?;
            }
            body.extend_from_slice(self.buffer.get(start..start + length).unwrap_or_default());
            at = start + length + 2;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    async fn more(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err("the connection was closed in the middle of an answer".into());
        }
        Ok(())
    }

    fn keep(&mut self, set: &str) {
        let (pair, rest) = set.split_once(';').unwrap_or((set, ""));
        let Some((name, value)) = pair.split_once('=') else {
            return;
        };
        self.cookies.retain(|(known, _)| known != name);
        let is_gone = value.is_empty() || rest.contains("Max-Age=0") || rest.contains("1970");
        if !is_gone {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
