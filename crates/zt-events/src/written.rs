//! JSON that is passed on as it was written.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// A record of another crate inside of an event: written once, where it is made, and copied from then on. As a tree of values
/// it would be taken apart, put together and thrown away for each access.
#[derive(Debug, Clone)]
pub struct Written(Form);

#[derive(Debug, Clone)]
enum Form {
    Text(Box<RawValue>),
    /// As it comes out of a log.
    Value(Value),
}

impl Written {
    /// What `record` is as JSON.
    ///
    /// # Errors
    /// If it cannot be written as JSON, such as a map whose keys are no strings.
    pub fn of(record: &impl Serialize) -> Result<Self, serde_json::Error> {
        to_raw_value(record).map(Form::Text).map(Self)
    }

    /// The record again.
    ///
    /// # Errors
    /// If it is not such a record.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, serde_json::Error> {
        match self.0 {
            Form::Text(text) => serde_json::from_str(text.get()),
            Form::Value(value) => serde_json::from_value(value),
        }
    }

    fn value(&self) -> Option<Value> {
        self.clone().read().ok()
    }
}

impl From<Value> for Written {
    fn from(value: Value) -> Self {
        Self(Form::Value(value))
    }
}

/// Nothing: JSON's `null`.
impl Default for Written {
    fn default() -> Self {
        Self(Form::Value(Value::Null))
    }
}

/// The same values, however they are kept.
impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Text(text) => text.serialize(serializer),
            Form::Value(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_on_both_ways() {
        let record = (7, "日本", [Some(1.5), None]);
        let text = r#"[7,"日本",[1.5,null]]"#;
        let written = Written::of(&record).unwrap();
        assert_eq!(serde_json::to_string(&written).unwrap(), text);
        let read: Written = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        assert_eq!(read, written);
        assert_ne!(read, Written::default());
        let back: (u8, String, [Option<f64>; 2]) = written.read().unwrap();
        assert_eq!((back.0, &*back.1, back.2), record);
        assert!(read.read::<u8>().is_err());
    }
}
