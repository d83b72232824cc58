//! Service providers: programs with other people's SAML libraries, to which people sign in through the server.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Demo;
use crate::parties::{RelyingParty, started};
use crate::peers::{self, PeerError};

/// Whose library a service provider is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceProvider {
    /// Debian's `libapache2-mod-auth-mellon`, in Apache.
    ModAuthMellon,
    /// npm `@node-saml/node-saml`.
    NodeSaml,
    /// PyPI `pysaml2`.
    Pysaml2,
    /// PyPI `python3-saml`.
    Python3Saml,
    /// Debian's `ruby-saml`.
    RubySaml,
    /// Debian's `libapache2-mod-shib`: the Shibboleth service provider, in Apache, with its daemon.
    Shibboleth,
    /// Debian's `simplesamlphp`.
    SimpleSamlPhp,
}

/// Whether a service provider takes an assertion that is not encrypted for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assertions {
    /// It does.
    InClear,
    /// It has a certificate for that, and those that can demand it do.
    Encrypted,
}

/// Who signs people in for service providers.
#[derive(Debug, Clone)]
pub struct IdentityProvider {
    /// Where its metadata is.
    pub metadata: String,
    /// The authority its host is believed by (PEM), if it has TLS.
    pub authority: Option<PathBuf>,
}

impl IdentityProvider {
    /// The one under test.
    #[must_use]
    pub fn of(demo: &Demo) -> Self {
        Self {
            metadata: demo.at("id", "/saml/metadata"),
            authority: Some(demo.authority()),
        }
    }
}

/// Starts the PyPI package `pysaml2` as an identity provider to which everybody is Aiko. It keeps its key in `folder`.
///
/// # Errors
/// When its packages are not installed, or it ends before it says where it is.
pub fn pysaml2_provider(
    folder: &Path,
    assertions: Assertions,
) -> Result<(RelyingParty, IdentityProvider), PeerError> {
    let (name, mut command) = python("pysaml2_idp.py")?;
    keys(&mut command, folder, "provider", assertions)?;
    let (process, here) = started(name, command)?;
    let provider = RelyingParty::running(process, here);
    let metadata = provider.at("metadata");
    Ok((
        provider,
        IdentityProvider {
            metadata,
            authority: None,
        },
    ))
}

impl ServiceProvider {
    /// The page with its metadata.
    #[must_use]
    pub const fn metadata(self) -> &'static str {
        match self {
            Self::ModAuthMellon => "mellon/metadata",
            Self::Shibboleth => "Shibboleth.sso/Metadata",
            Self::SimpleSamlPhp => "module.php/saml/sp/metadata.php/sekisho",
            Self::NodeSaml | Self::Pysaml2 | Self::Python3Saml | Self::RubySaml => "metadata",
        }
    }

    /// Starts one. It keeps its key in `folder`.
    ///
    /// # Errors
    /// When its packages are not installed, or it ends before it says where it is.
    pub fn start(
        self,
        provider: &IdentityProvider,
        folder: &Path,
        assertions: Assertions,
    ) -> Result<RelyingParty, PeerError> {
        let (name, mut command) = match self {
            Self::ModAuthMellon => python("mellon_party.py")?,
            Self::Pysaml2 => python("pysaml2_party.py")?,
            Self::Python3Saml => python("python3_saml_party.py")?,
            Self::Shibboleth => python("shibboleth_party.py")?,
            Self::SimpleSamlPhp => python("simplesamlphp_party.py")?,
            Self::NodeSaml => ("node_saml.mjs", peers::node("node_saml.mjs")?),
            Self::RubySaml => {
                let mut ruby = Command::new("ruby");
                ruby.arg(peers::workspace().join("crates/zt-e2e/ruby/ruby_saml.rb"));
                ("ruby_saml.rb", ruby)
            }
        };
        keys(&mut command, folder, "party", assertions)?;
        command.env("METADATA", &provider.metadata);
        if let Some(authority) = &provider.authority {
            command
                .env("REQUESTS_CA_BUNDLE", authority)
                .env("NODE_EXTRA_CA_CERTS", authority);
        }
        let (process, here) = started(name, command)?;
        Ok(RelyingParty::running(process, here))
    }
}

fn python(script: &'static str) -> Result<(&'static str, Command), PeerError> {
    Ok((script, peers::python(script)?))
}

/// Tells it its key, which is made for it, and whether assertions are encrypted.
fn keys(
    command: &mut Command,
    folder: &Path,
    name: &str,
    assertions: Assertions,
) -> Result<(), PeerError> {
    let file = |kind: &str| folder.join(format!("{name}.{kind}.pem"));
    let (key, certificate) = (file("key"), file("certificate"));
    let mut openssl = Command::new("openssl");
    openssl
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        ])
        .args(["-subj", "/CN=SAML", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate);
    peers::outcome("openssl", &mut openssl)?;
    let encrypted = match assertions {
        Assertions::InClear => "no",
        Assertions::Encrypted => "yes",
    };
    command
        .env("KEY", key)
        .env("CERTIFICATE", certificate)
        .env("ENCRYPTED", encrypted);
    Ok(())
}
