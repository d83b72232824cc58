//! Why a server does not start.

use std::io;
use std::path::PathBuf;
use zt_crypto::ca::AuthorityError;
use zt_crypto::file::PrivateFileError;
use zt_crypto::keychain::KeychainError;
use zt_crypto::password::PasswordError;
use zt_crypto::seal::{KeyFileError, SealError};
use zt_crypto::webauthn::PasskeyError;
use zt_live::LiveError;
use zt_net::{ClientError, ListenError, TlsError};
use zt_store::StoreError;
use zt_trust::PlacesError;

/// Why a server does not start. What was begun before is closed again.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file or directory cannot be used.
    #[error("cannot use `{path}`")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The table of places cannot be used.
    #[error("the table of places `{path}` cannot be used")]
    Places {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: PlacesError,
    },
    /// A private file cannot be written.
    #[error(transparent)]
    Private(#[from] PrivateFileError),
    /// The master key cannot be used.
    #[error("the master key cannot be used")]
    MasterKey(#[from] KeyFileError),
    /// The keys cannot be used.
    #[error("the keys in the state directory cannot be used")]
    Keys(#[from] KeychainError),
    /// No key could be derived.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The records cannot be used.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// Passwords cannot be hashed.
    #[error(transparent)]
    Passwords(#[from] PasswordError),
    /// Passkeys cannot be verified.
    #[error(transparent)]
    Passkeys(#[from] PasskeyError),
    /// The gateway's settings for `https` applications cannot be used.
    #[error("the gateway cannot be set up")]
    Gateway(#[source] rustls::Error),
    /// Clients' addresses cannot be called.
    #[error("clients' addresses cannot be called")]
    Outbound(#[from] ClientError),
    /// A listener cannot be opened.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// A host's certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A host's certificate cannot be issued.
    #[error("no certificate could be issued for `{host}`")]
    Issue {
        /// The host.
        host: String,
        /// Why.
        #[source]
        source: AuthorityError,
    },
    /// A file with a host's certificate or key is not one.
    #[error("`{0}` is not a PEM file with what it should hold")]
    NotPem(PathBuf),
}
