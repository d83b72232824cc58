//! Points in time as JWTs have them: whole seconds (RFC 7519 §2, `NumericDate`).

use serde::{Deserialize, Deserializer, Serializer};
use zt_types::Timestamp;

pub(crate) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(at.as_seconds())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Timestamp, D::Error> {
    // Some clients write fractions, which a NumericDate may have.
    f64::deserialize(deserializer).map(|seconds| Timestamp::from_seconds(seconds.floor() as i64))
}

/// The same for what may be left out.
pub(crate) mod if_any {
    use super::{Deserialize, Deserializer, Timestamp};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let seconds = Option::<f64>::deserialize(deserializer)?;
        Ok(seconds.map(|seconds| Timestamp::from_seconds(seconds.floor() as i64)))
    }
}
