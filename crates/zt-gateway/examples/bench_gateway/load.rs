//! A client that keeps some connections busy.

use crate::HOST;
use std::error::Error;
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zt_crypto::ca::ServerAuthority;
use zt_net::{Client, ClientSettings};

pub(crate) struct Load(Client);

impl Load {
    pub(crate) fn new(authority: ServerAuthority) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self(Client::new(ClientSettings {
            roots: vec![authority.certificate().clone()],
            addresses: [(HOST.to_owned(), Ipv4Addr::LOCALHOST.into())].into(),
            ..ClientSettings::default()
        })?))
    }

    /// Sends `requests` in all over `connections`, each waiting for its answer before the next.
    pub(crate) async fn run(
        &self,
        port: u16,
        cookie: &str,
        requests: usize,
        connections: usize,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..connections {
            tasks.spawn(one(
                self.0.clone(),
                port,
                cookie.to_owned(),
                requests.div_ceil(connections),
            ));
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok(())
    }
}

async fn one(
    client: Client,
    port: u16,
    cookie: String,
    requests: usize,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut stream = client
        .connect(&format!("https://{HOST}:{port}/").parse()?)
        .await?;
    let request = format!(
        "GET /page?id=42 HTTP/1.1\r\nHost: {HOST}:{port}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 \
         (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\nAccept: text/html,application/xhtml+xml,*/*;q=0.8\r\n\
         Accept-Language: ja,en;q=0.8\r\nAccept-Encoding: gzip, deflate, br\r\nSec-Fetch-Mode: navigate\r\n\
         Sec-Fetch-Site: same-origin\r\nCookie: theme=dark; __Host-sekisho={cookie}; lang=ja\r\n\r\n"
    );
    let mut buffer = vec![0u8; 16 * 1024];
    for _ in 0..requests {
        stream.write_all(request.as_bytes()).await?;
        stream.flush().await?;
        let mut filled = 0;
        loop {
            let free = buffer.get_mut(filled..).unwrap_or_default();
            let read = stream.read(free).await?;
            filled += read;
            let answer = buffer.get(..filled).unwrap_or_default();
            if read == 0
                || !answer.starts_with(b"HTTP/1.1 200 ".get(..filled.min(13)).unwrap_or_default())
            {
                return Err(format!("not the answer: {}", String::from_utf8_lossy(answer)).into());
            }
            // The upstream's page ends like this, and nothing else does.
            if answer.ends_with(b"</html>") {
                break;
            }
        }
    }
    Ok(())
}
