//! Devices, their certificates and their enrolment.
//!
//! Entry points: the records [`Device`], [`Certificate`], [`EnrolmentCode`]; [`enrol`] and [`CertificateOrder::new`] for
//! how a device comes in; [`evidence`] for what a connection proves about it; [`wire`] for what agent and server say to
//! each other.
//!
//! Invariants: no key material and no X.509 bytes are handled here: `zt-crypto` parses and verifies, and hands over
//! values; this crate judges them. A device is never trusted because of what it says about itself.

mod device;
mod enrolment;
mod evidence;
mod name;
mod profile;
pub mod wire;

pub use device::{Certificate, CertificateKind, Device, DeviceState, EnrolmentCode, Ownership};
pub use enrolment::{CODE_LIFETIME, Enrolment, EnrolmentRefusal, Facts, enrol, judge_code};
pub use evidence::{Bound, Claim, Judged, Presentation, PresentedCertificate, evidence};
pub use name::{LONGEST_NAME, NameRefusal, clean_name, distinct_name, shown_text};
pub use profile::{CertificateOrder, NotInUse, Profile, Renewal, renewal};
