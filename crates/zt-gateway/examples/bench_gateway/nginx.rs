//! The peers.

use std::error::Error;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The ports of all nginx servers: nginx cannot take a free one by itself.
pub(crate) struct Ports {
    pub(crate) upstream: u16,
    pub(crate) plain: u16,
    pub(crate) auth: u16,
    pub(crate) auth_kept: u16,
}

/// A running nginx with one worker.
pub(crate) struct Nginx(Child);

impl Ports {
    pub(crate) fn free() -> Result<Self, Box<dyn Error + Send + Sync>> {
        // Held all at once, so that they differ.
        let held: Vec<TcpListener> = (0..4)
            .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .collect::<Result<_, _>>()?;
        let ports: Vec<u16> = held
            .iter()
            .map(|held| held.local_addr().map(|at| at.port()))
            .collect::<Result<_, _>>()?;
        match ports.as_slice() {
            [upstream, plain, auth, auth_kept] => Ok(Self {
                upstream: *upstream,
                plain: *plain,
                auth: *auth,
                auth_kept: *auth_kept,
            }),
            _ => Err("no free ports".into()),
        }
    }
}

impl Nginx {
    /// The application, a static page; and the authenticating server, a static 204. Their time does not count.
    pub(crate) fn upstream(
        directory: &Path,
        ports: &Ports,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let page = format!(
            "<!doctype html><html><title>page</title><body>{}</body></html>",
            "x".repeat(960)
        );
        let servers = format!(
            "server {{ listen 127.0.0.1:{}; location / {{ default_type text/html; return 200 '{page}'; }}
             location = /auth {{ return 204; }} }}",
            ports.upstream
        );
        Self::start(directory, "upstream", &servers, ports.upstream)
    }

    pub(crate) fn proxy(
        directory: &Path,
        ports: &Ports,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let forward = "proxy_pass http://application; proxy_http_version 1.1; proxy_set_header Connection \"\";
             proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
             proxy_set_header X-Forwarded-Proto https;";
        let tls = format!(
            "ssl_certificate {0}/leaf.pem; ssl_certificate_key {0}/leaf.key; ssl_protocols TLSv1.3;",
            directory.display()
        );
        let (upstream, plain, auth, kept) =
            (ports.upstream, ports.plain, ports.auth, ports.auth_kept);
        let servers = format!(
            "upstream application {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000000; }}
             server {{ listen 127.0.0.1:{plain} ssl; {tls} location / {{ {forward} }} }}
             server {{ listen 127.0.0.1:{auth} ssl; {tls} location / {{ auth_request /auth; {forward} }}
               location = /auth {{ internal; proxy_pass http://127.0.0.1:{upstream}; proxy_pass_request_body off;
                 proxy_set_header Content-Length \"\"; proxy_set_header X-Original-URI $request_uri; }} }}
             server {{ listen 127.0.0.1:{kept} ssl; {tls} location / {{ auth_request /auth; {forward} }}
               location = /auth {{ internal; {forward} proxy_pass_request_body off;
                 proxy_set_header Content-Length \"\"; proxy_set_header X-Original-URI $request_uri; }} }}"
        );
        Self::start(directory, "proxy", &servers, kept)
    }

    fn start(
        directory: &Path,
        name: &str,
        servers: &str,
        port: u16,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let at = directory.display();
        let configuration = directory.join(format!("{name}.conf"));
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {at}/{name}-{kind};"))
            .concat();
        let text = format!(
            "daemon off; worker_processes 1; pid {at}/{name}.pid; error_log {at}/{name}.log;
             events {{ worker_connections 4096; }}
             http {{ access_log off; keepalive_requests 1000000000; {temporary} {servers} }}"
        );
        std::fs::write(&configuration, text)?;
        let child = Command::new("nginx")
            .arg("-p")
            .arg(directory)
            .arg("-c")
            .arg(&configuration)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot run `nginx` ({error}): `apt install nginx-light`"))?;
        let nginx = Self(child);
        for _ in 0..200 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(nginx);
            }
            std::thread::park_timeout(std::time::Duration::from_millis(25));
        }
        Err(format!(
            "nginx does not listen: {}",
            std::fs::read_to_string(directory.join(format!("{name}.log")))?
        )
        .into())
    }

    /// The one worker's process.
    pub(crate) fn worker(&self) -> Result<u32, Box<dyn Error + Send + Sync>> {
        let master = self.0.id();
        let children = std::fs::read_to_string(format!("/proc/{master}/task/{master}/children"))?;
        let first = children
            .split_whitespace()
            .next()
            .ok_or("nginx has no worker")?;
        Ok(first.parse()?)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGTERM to the master ends the worker, too; a kill would leave it behind.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// A PKCS#8 key in PEM (RFC 7468 §10).
pub(crate) fn key_pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
}
