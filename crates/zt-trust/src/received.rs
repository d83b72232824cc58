//! What came in at the door for signals, by its class.

use crate::report::{DEVICE_CONFIG_STATE, StateReport};
use crate::signal::DETECTION_FINDING;
use crate::signal::json::{self, Member};
use crate::{MAX_SIGNAL_BYTES, Signal, SignalError};

/// One word of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It found something (OCSF class 2004).
    Finding(Signal),
    /// It says what state a device is in (OCSF class 5002).
    State(StateReport),
}

impl Received {
    /// Reads it.
    ///
    /// # Errors
    /// [`SignalError`], one variant per way it is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, SignalError> {
        if bytes.len() > MAX_SIGNAL_BYTES {
            return Err(SignalError::TooLong);
        }
        let root = json::parse(bytes)?;
        let event = Member::root(&root)?;
        match event.integer("class_uid", "class_uid", "2004 or 5002")? {
            DETECTION_FINDING => Signal::read(&event).map(Self::Finding),
            DEVICE_CONFIG_STATE => StateReport::read(&event).map(Self::State),
            class_uid => Err(SignalError::WrongClass { class_uid }),
        }
    }
}
