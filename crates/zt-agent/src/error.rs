//! What can go wrong for whoever runs the agent.

use std::io;
use std::path::PathBuf;
use zt_crypto::ca::NoDeviceKey;
use zt_crypto::file::PrivateFileError;
use zt_crypto::p12::Pkcs12Error;
use zt_crypto::random::NoRandomness;
use zt_net::ClientError;

/// Why the agent did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Nothing was enrolled from this state directory.
    #[error("this device is not enrolled here: `{0}` holds no identity")]
    NotEnrolled(PathBuf),
    /// Something was already.
    #[error(
        "this device is enrolled already, as `{name}` at `{server}`: leave there first, or use another state directory"
    )]
    AlreadyEnrolled {
        /// Under which name.
        name: String,
        /// Where.
        server: String,
    },
    /// Not the address of a server.
    #[error("`{0}` is not the address of a server, such as `https://id.example.jp`")]
    Address(String),
    /// The file of trusted authorities has none.
    #[error("`{0}` holds no certificate in PEM")]
    Trust(PathBuf),
    /// The code cannot be one.
    #[error("the enrolment code has characters that no code has")]
    Code,
    /// The server cannot be reached, or is not one we trust.
    #[error("cannot reach `{server}`")]
    Unreachable {
        /// Which.
        server: String,
        /// Why.
        #[source]
        source: ClientError,
    },
    /// The server said no.
    #[error("the server refused: {message} ({error})")]
    Refused {
        /// Its slug.
        error: String,
        /// Its words.
        message: String,
    },
    /// The server answered something that this agent does not understand.
    #[error("the server's answer is not one this agent understands")]
    Answer,
    /// The certificate it sent is not for our key, or not a device's.
    #[error("the certificate that came is not for this device's key")]
    WrongCertificate,
    /// A file of the state directory is not one of ours.
    #[error("`{0}` is not a file this agent wrote")]
    State(PathBuf),
    /// A private file cannot be read, or others can read it.
    #[error(transparent)]
    PrivateFile(#[from] PrivateFileError),
    /// A file cannot be read or written.
    #[error("cannot use `{path}`")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No key could be made.
    #[error(transparent)]
    Key(#[from] NoDeviceKey),
    /// No random bytes.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// No PKCS#12 file could be made.
    #[error(transparent)]
    Pkcs12(#[from] Pkcs12Error),
    /// A program that is needed is not there.
    #[error("`{program}` is not there: install it first (on Debian: apt install {package})")]
    NoTool {
        /// Which.
        program: &'static str,
        /// The package that brings it.
        package: &'static str,
    },
    /// A program did not do it.
    #[error("`{program}` failed: {said}")]
    Tool {
        /// Which.
        program: &'static str,
        /// Its last words.
        said: String,
    },
}

impl AgentError {
    /// Whether something needed cannot be reached; otherwise the agent was used wrongly or was refused.
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}
