//! Coming in, staying in, leaving.

use crate::server::Server;
use crate::{AgentError, AgentState, ServerTrust, StateDir};
use http::Uri;
use std::path::{Path, PathBuf};
use zt_crypto::ca::DeviceKey;
use zt_crypto::file::{IfThere, write_private};
use zt_crypto::x509::{DeviceTrust, from_pem};
use zt_crypto::{code, p12, random};
use zt_device::wire::{
    BROWSER_CERTIFICATE_PATH, CertificateRequest, ENROL_PATH, EnrolAnswer, EnrolRequest,
    IssuedCertificate, LEAVE_PATH, RENEW_PATH,
};
use zt_device::{CertificateKind, Facts, PresentedCertificate, Renewal, renewal};
use zt_types::{DeviceId, Secret, Timestamp};

/// What is needed to enrol.
#[derive(Debug, Clone)]
pub struct EnrolmentOrder {
    /// The server, see [`crate::parse_server`].
    pub server: Uri,
    /// Whom we trust to be it.
    pub trust: ServerTrust,
    /// The one-time code from the portal, as it was typed.
    pub code: Secret,
    /// What the device should be called.
    pub name: String,
    /// What it reports about itself, see [`crate::machine_facts`].
    pub facts: Facts,
}

/// The device is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Its id.
    pub device: DeviceId,
    /// The name it got.
    pub name: String,
    /// Until when its certificate is valid.
    pub not_after: Timestamp,
}

/// When to renew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// If the time for it has come.
    IfDue,
    /// In any case.
    Now,
}

/// What came of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    /// There is a new key with a new certificate.
    Until(Timestamp),
    /// It is too early; from then on.
    NotBefore(Timestamp),
}

/// A certificate for the browser, in a file to be imported.
#[derive(Debug, Clone)]
pub struct BrowserCertificate {
    /// The PKCS#12 file, mode 0600.
    pub file: PathBuf,
    /// Its password; it is kept nowhere.
    pub password: Secret,
    /// What NSS calls the certificate once it is imported.
    pub store_name: String,
    /// Until when it is valid.
    pub not_after: Timestamp,
}

/// Who the agent is and how its certificate stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Where it is enrolled.
    pub server: String,
    /// The device's id.
    pub device: DeviceId,
    /// The device's name.
    pub name: String,
    /// Its certificate.
    pub certificate: PresentedCertificate,
    /// Whether it should be renewed.
    pub renewal: Renewal,
}

/// Makes a key, has it certified with the code, and keeps both in `state`.
///
/// # Errors
/// [`AgentError::AlreadyEnrolled`], [`AgentError::Code`], what the server says, and what the file system says. If it fails
/// after the server has answered, the code is used up, and enrolling again with a new one replaces what was made.
pub async fn enrol(state: &StateDir, order: &EnrolmentOrder) -> Result<Enrolled, AgentError> {
    match state.read() {
        Err(AgentError::NotEnrolled(_)) => {}
        Err(other) => return Err(other),
        Ok(there) => {
            return Err(AgentError::AlreadyEnrolled {
                name: there.name,
                server: there.server.to_string(),
            });
        }
    }
    // The server does the same; here it saves sending what cannot be right.
    let typed = code::canonical(order.code.expose()).ok_or(AgentError::Code)?;
    let key = DeviceKey::generate()?;
    let request = EnrolRequest {
        code: typed.expose().to_owned(),
        csr: key.request.clone(),
        name: order.name.clone(),
        facts: order.facts.cleaned().into(),
    };
    let server = Server::new(&order.server, &order.trust, None)?;
    let answer: EnrolAnswer = server.create(ENROL_PATH, &request).await?;
    let certificate = accept(&key, &answer.issued, CertificateKind::Agent, answer.device)?;
    state.write(
        &order.server,
        &order.trust,
        answer.device,
        &answer.name,
        &key,
        &answer.issued,
    )?;
    Ok(Enrolled {
        device: answer.device,
        name: answer.name,
        not_after: certificate.not_after,
    })
}

/// Makes a key for the browser, has it certified, and writes both to `file` (a PKCS#12 file; one that is there is
/// replaced).
///
/// # Errors
/// [`AgentError::NotEnrolled`], what the server says, and what the file system says.
pub async fn browser_certificate(
    state: &StateDir,
    file: &Path,
) -> Result<BrowserCertificate, AgentError> {
    let agent = state.read()?;
    let key = DeviceKey::generate()?;
    let issued = certify(&agent, BROWSER_CERTIFICATE_PATH, &key).await?;
    let certificate = accept(&key, &issued, CertificateKind::Browser, agent.device)?;
    let der = from_pem(&issued.certificate).ok_or(AgentError::WrongCertificate)?;
    // 80 bits, in four groups: it protects the file on its way into the browser, and is typed there.
    let password = code::readable(&random::bytes::<10>()?);
    let content = p12::write(&key.pkcs8, &der, &agent.name, &password)?;
    write_private(file, &content, IfThere::Replace).map_err(|source| AgentError::File {
        path: file.to_owned(),
        source,
    })?;
    Ok(BrowserCertificate {
        file: file.to_owned(),
        password,
        store_name: p12::store_name(&der).ok_or(AgentError::WrongCertificate)?,
        not_after: certificate.not_after,
    })
}

/// Has a new key certified in place of the old one.
///
/// # Errors
/// [`AgentError::NotEnrolled`], what the server says (an expired certificate is not renewed), and what the file system
/// says; the old key stays then.
pub async fn renew(state: &StateDir, when: When, now: Timestamp) -> Result<Renewed, AgentError> {
    let agent = state.read()?;
    if let (When::IfDue, Renewal::From(from)) = (when, status_of(&agent, now)) {
        return Ok(Renewed::NotBefore(from));
    }
    let key = DeviceKey::generate()?;
    let issued = certify(&agent, RENEW_PATH, &key).await?;
    let certificate = accept(&key, &issued, CertificateKind::Agent, agent.device)?;
    state.write_identity(&key, &issued)?;
    Ok(Renewed::Until(certificate.not_after))
}

/// Gives the device up: the server revokes its certificates, then the key is removed here.
///
/// # Errors
/// [`AgentError::NotEnrolled`], what the server says (the key stays then), and what the file system says.
pub async fn leave(state: &StateDir) -> Result<(), AgentError> {
    let agent = state.read()?;
    Server::new(&agent.server, &agent.trust, Some(agent.identity()))?
        .tell(LEAVE_PATH)
        .await?;
    state.forget()
}

/// Says who the agent is; asks nobody.
///
/// # Errors
/// [`AgentError::NotEnrolled`], [`AgentError::State`], [`AgentError::PrivateFile`].
pub fn status(state: &StateDir, now: Timestamp) -> Result<Status, AgentError> {
    let agent = state.read()?;
    Ok(Status {
        server: agent.server.to_string(),
        device: agent.device,
        renewal: status_of(&agent, now),
        certificate: agent.certificate,
        name: agent.name,
    })
}

fn status_of(agent: &AgentState, now: Timestamp) -> Renewal {
    renewal(agent.certificate.kind, agent.certificate.not_after, now)
}

async fn certify(
    agent: &AgentState,
    path: &str,
    key: &DeviceKey,
) -> Result<IssuedCertificate, AgentError> {
    let server = Server::new(&agent.server, &agent.trust, Some(agent.identity()))?;
    server
        .create(
            path,
            &CertificateRequest {
                csr: key.request.clone(),
            },
        )
        .await
}

/// Looks at what the server sent before anything rests on it.
fn accept(
    key: &DeviceKey,
    issued: &IssuedCertificate,
    kind: CertificateKind,
    device: DeviceId,
) -> Result<PresentedCertificate, AgentError> {
    let wrong = AgentError::WrongCertificate;
    let (Some(leaf), Some(authority)) =
        (from_pem(&issued.certificate), from_pem(&issued.authority))
    else {
        return Err(wrong);
    };
    let is_ours = key.is_of(&leaf);
    match DeviceTrust::new(vec![authority]).read(&[leaf]) {
        Ok(read)
            if is_ours
                && (read.kind, read.device, read.serial) == (kind, device, issued.serial) =>
        {
            Ok(read)
        }
        _ => Err(wrong),
    }
}
