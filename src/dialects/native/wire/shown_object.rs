//! Free JSON objects in answers.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A free object of an answer.
#[derive(Debug)]
pub(crate) struct ShownObject(Box<RawValue>);

impl ShownObject {
    /// The object from the text that is stored.
    pub(crate) fn of(text: String) -> Option<Self> {
        RawValue::from_string(text).ok().map(Self)
    }
}

impl Serialize for ShownObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
