//! The certificate store of Chromium and Firefox on Linux (NSS), through its own tools.
//!
//! Everything done here is undone here: [`Store::import`] by [`Store::forget_key`], [`Store::trust`] by [`Store::forget`].

use crate::{AgentError, BrowserCertificate};
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Output;
use tokio::process::Command;
use zt_crypto::file::{IfThere, make_private_directory, write_private};

const PACKAGE: &str = "libnss3-tools";

/// A certificate store: the directory that holds `cert9.db`, such as `~/.pki/nssdb` for Chromium or a Firefox profile.
#[derive(Debug, Clone)]
pub struct Store(PathBuf);

impl Store {
    /// Opens the store in `directory`, or makes one there without a password.
    ///
    /// # Errors
    /// [`AgentError::NoTool`], [`AgentError::Tool`], [`AgentError::File`].
    pub async fn open_or_create(directory: &Path) -> Result<Self, AgentError> {
        make_private_directory(directory).map_err(|source| AgentError::File {
            path: directory.to_owned(),
            source,
        })?;
        let store = Self(directory.to_owned());
        if !directory.join("cert9.db").exists() {
            store.run("certutil", ["-N", "--empty-password"]).await?;
        }
        Ok(store)
    }

    /// Puts a browser's certificate with its key into the store. A store with a password is refused by the tool.
    ///
    /// # Errors
    /// [`AgentError::NoTool`], [`AgentError::Tool`], [`AgentError::File`].
    pub async fn import(&self, certificate: &BrowserCertificate) -> Result<(), AgentError> {
        // The tool takes a password from a file only; beside the PKCS#12 file it is no less safe than that.
        let password = certificate.file.with_extension("password");
        let file_error = |source| AgentError::File {
            path: password.clone(),
            source,
        };
        write_private(
            &password,
            certificate.password.expose().as_bytes(),
            IfThere::Replace,
        )
        .map_err(file_error)?;
        let imported = self
            .run(
                "pk12util",
                [
                    OsStr::new("-i"),
                    certificate.file.as_os_str(),
                    "-w".as_ref(),
                    password.as_os_str(),
                    "-K".as_ref(),
                    "".as_ref(),
                ],
            )
            .await;
        std::fs::remove_file(&password).map_err(file_error)?;
        imported.map(|_| ())
    }

    /// Takes a certificate with its key out of the store; one that is not there is no error.
    ///
    /// # Errors
    /// [`AgentError::NoTool`], [`AgentError::Tool`].
    pub async fn forget_key(&self, store_name: &str) -> Result<(), AgentError> {
        self.forget_with("-F", store_name).await
    }

    /// Trusts the authority in `pem_file` to name servers, under `nickname`.
    ///
    /// # Errors
    /// [`AgentError::NoTool`], [`AgentError::Tool`].
    pub async fn trust(&self, pem_file: &Path, nickname: &str) -> Result<(), AgentError> {
        let arguments: [&OsStr; 7] = [
            "-A".as_ref(),
            "-t".as_ref(),
            "C,,".as_ref(),
            "-n".as_ref(),
            nickname.as_ref(),
            "-i".as_ref(),
            pem_file.as_os_str(),
        ];
        self.run("certutil", arguments).await.map(|_| ())
    }

    /// Takes a certificate without a key (an authority) out of the store; one that is not there is no error.
    ///
    /// # Errors
    /// [`AgentError::NoTool`], [`AgentError::Tool`].
    pub async fn forget(&self, nickname: &str) -> Result<(), AgentError> {
        self.forget_with("-D", nickname).await
    }

    /// What is in the store, as its tool lists it.
    ///
    /// # Errors
    /// [`AgentError::NoTool`], [`AgentError::Tool`].
    pub async fn list(&self) -> Result<String, AgentError> {
        let listed = self.run("certutil", ["-L"]).await?;
        Ok(String::from_utf8_lossy(&listed.stdout).into_owned())
    }

    async fn forget_with(&self, how: &str, nickname: &str) -> Result<(), AgentError> {
        if self.run("certutil", ["-L", "-n", nickname]).await.is_err() {
            return Ok(());
        }
        self.run("certutil", [how, "-n", nickname])
            .await
            .map(|_| ())
    }

    async fn run<A: AsRef<OsStr>>(
        &self,
        program: &'static str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Output, AgentError> {
        let mut store = std::ffi::OsString::from("sql:");
        store.push(&self.0);
        let output = Command::new(program)
            .args(arguments)
            .arg("-d")
            .arg(store)
            .kill_on_drop(true)
            .output()
            .await;
        match output {
            Ok(output) if output.status.success() => Ok(output),
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                Err(AgentError::Tool {
                    program,
                    said: zt_device::shown_text(&said, 256),
                })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Err(AgentError::NoTool {
                program,
                package: PACKAGE,
            }),
            Err(error) => Err(AgentError::Tool {
                program,
                said: error.to_string(),
            }),
        }
    }
}
