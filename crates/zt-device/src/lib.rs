//! Devices, their certificates and their enrolment.
//!
//! Entry points: [`Device`], [`Certificate`], [`EnrolmentCode`].
//!
//! Invariants: no key material and no X.509 bytes are handled here: `zt-crypto` parses and verifies, and hands over
//! values; this crate judges them. A device is never trusted because of what it says about itself.

mod device;

pub use device::{Certificate, CertificateKind, Device, DeviceState, EnrolmentCode, Ownership};
