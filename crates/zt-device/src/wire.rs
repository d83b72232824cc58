//! What the agent and the server say to each other: JSON over HTTPS at `id.<domain>`.
//!
//! Enrolment is proven by a one-time code; everything after it by the agent's certificate, as TLS client certificate of
//! the same connection.

use crate::{CertificateKind, EnrolmentRefusal, Facts};
use serde::{Deserialize, Serialize};
use zt_types::{CertificateSerial, DeviceId};

/// `POST`: [`EnrolRequest`] → 201 [`EnrolAnswer`].
pub const ENROL_PATH: &str = "/api/v1/devices/enrol";
/// `POST` with the agent's certificate: [`CertificateRequest`] → 201 [`IssuedCertificate`] for the browser's key.
pub const BROWSER_CERTIFICATE_PATH: &str = "/api/v1/devices/browser-certificate";
/// `POST` with the agent's certificate: [`CertificateRequest`] → 201 [`IssuedCertificate`] for the agent's next key.
pub const RENEW_PATH: &str = "/api/v1/devices/renew";
/// `POST` with the agent's certificate, empty body → 204: the device is given up.
pub const LEAVE_PATH: &str = "/api/v1/devices/leave";
/// Bytes that a request of these may have.
pub const LARGEST_REQUEST: usize = 16 * 1024;

/// A device asks to come in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// The code as it was typed; the server brings it into its one form and hashes that.
    pub code: String,
    /// PKCS#10 in PEM, signed with the agent's new key. Only its public key is used.
    pub csr: String,
    /// What the person wants to call the device.
    pub name: String,
    /// What the device reports about itself.
    pub facts: WireFacts,
}

impl std::fmt::Debug for EnrolRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The code is a secret until it is used.
        f.debug_struct("EnrolRequest")
            .field("name", &self.name)
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

/// [`Facts`] as they are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireFacts {
    /// Host name.
    pub hostname: String,
    /// Operating system.
    pub os: String,
    /// Serial number, or another text that stays with the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}

impl From<WireFacts> for Facts {
    fn from(
        WireFacts {
            hostname,
            os,
            serial,
        }: WireFacts,
    ) -> Self {
        Self {
            hostname,
            os,
            serial,
        }
    }
}

impl From<Facts> for WireFacts {
    fn from(
        Facts {
            hostname,
            os,
            serial,
        }: Facts,
    ) -> Self {
        Self {
            hostname,
            os,
            serial,
        }
    }
}

/// The device is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolAnswer {
    /// Its id.
    pub device: DeviceId,
    /// The name it got; may differ from the one it asked for.
    pub name: String,
    /// Its first certificate.
    pub issued: IssuedCertificate,
}

/// The agent asks for a further certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateRequest {
    /// PKCS#10 in PEM, signed with the new key.
    pub csr: String,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedCertificate {
    /// Its serial number.
    pub serial: CertificateSerial,
    /// Which key it is for.
    pub kind: CertificateKind,
    /// The certificate in PEM.
    pub certificate: String,
    /// The device authority's certificate in PEM.
    pub authority: String,
}

/// The body of every answer with an error status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireRefusal {
    /// A slug that programs can rely on.
    pub error: String,
    /// The same in words, in English.
    pub message: String,
}

impl From<EnrolmentRefusal> for WireRefusal {
    fn from(refusal: EnrolmentRefusal) -> Self {
        Self {
            error: refusal.slug().to_owned(),
            message: refusal.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
