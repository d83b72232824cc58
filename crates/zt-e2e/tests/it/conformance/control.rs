//! The control: npm `oidc-provider`, which is certified, under the same harness.

use super::certificate::certified;
use super::listener::Listener;
use super::provider::{Around, Person, SECRET, Time, World};
use super::signer::client_keys;
use super::site::Site;
use std::fs;
use std::process::{Child, Command};
use tempfile::TempDir;
use zt_e2e::oidc_provider;
use zt_net::{Client, ClientSettings};

/// The control, running. It ends with this value.
pub(crate) struct Control {
    pub(crate) world: World,
    process: Child,
    _folder: TempDir,
}

impl Control {
    pub(crate) async fn start() -> Self {
        let folder = TempDir::with_prefix("sekisho-control-").unwrap();
        let [key, certificate, der] =
            ["key.pem", "certificate.pem", "certificate.der"].map(|name| folder.path().join(name));
        let openssl = |words: &[&str]| {
            let done = Command::new("openssl").args(words).output().unwrap();
            assert!(
                done.status.success(),
                "{}",
                String::from_utf8_lossy(&done.stderr)
            );
        };
        let paths = [&key, &certificate, &der].map(|path| path.to_str().unwrap().to_owned());
        openssl(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=control.localhost",
            "-addext",
            "subjectAltName=DNS:control.localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            &paths[0],
            "-out",
            &paths[1],
        ]);
        openssl(&[
            "x509", "-in", &paths[1], "-outform", "DER", "-out", &paths[2],
        ]);
        let roots = vec![fs::read(&der).unwrap().into()];
        let (certified, sets) = certified(&roots);
        let (keys, sets) = (client_keys().to_string(), sets.to_string());
        let listener = Listener::start().await;
        let site = Site::start().await;
        let trusted = folder.path().join("clients.pem");
        fs::write(&trusted, &site.authority).unwrap();
        let environment = [
            ("KEY", paths[0].as_str()),
            ("CERTIFICATE", &paths[1]),
            ("SECRET", SECRET),
            ("KEYS", &keys),
            ("CERTIFIED", &sets),
            ("TOLD", listener.address()),
            ("NODE_EXTRA_CA_CERTS", trusted.to_str().unwrap()),
        ];
        let (process, issuer) =
            oidc_provider(&environment).unwrap_or_else(|error| panic!("{error}"));
        let http = Client::new(ClientSettings {
            roots,
            ..ClientSettings::default()
        });
        let http = http.unwrap();
        let time = Time::Told {
            http: http.clone(),
            address: format!("{issuer}/_time"),
            passed: std::sync::Mutex::new(0),
        };
        let around = Around {
            listener,
            site,
            certified,
            initial_tokens: vec![SECRET.to_owned()],
            keys_change_after: None,
        };
        let world = World::of(&issuer, http, Person::OfQuickStart, time, around);
        Self {
            world: world.await.unwrap(),
            process,
            _folder: folder,
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
