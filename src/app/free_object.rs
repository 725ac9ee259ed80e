//! Free JSON objects, which are kept as they came.

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};
use std::fmt;

/// A free object of a request or of an apply file, as compact text. What could not be given back as it came is refused: keys said twice, NUL
/// characters, numbers that would be rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeObject(pub(crate) String);

impl FreeObject {
    /// The object as compact text.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl Serialize for FreeObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawValue::from_string(self.0.clone()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FreeObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Free.deserialize(deserializer)? {
            object @ Value::Object(_) => Ok(Self(object.to_string())),
            _ => Err(D::Error::custom("must be an object")),
        }
    }
}

/// Reads any JSON value strictly.
struct Free;

/// From here on a whole number has no exact place in 64 bits.
const TOO_LARGE_FOR_A_WHOLE_NUMBER: f64 = 18_446_744_073_709_551_616.0;

impl<'de> DeserializeSeed<'de> for Free {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Free {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .filter(|_| value.abs() < TOO_LARGE_FOR_A_WHOLE_NUMBER)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number this large would be rounded; send it as a string"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        without_nul(value)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            without_nul(&key)?;
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
            }
            object.insert(key, map.next_value_seed(Self)?);
        }
        Ok(Value::Object(object))
    }
}

fn without_nul<E: serde::de::Error>(text: &str) -> Result<(), E> {
    if text.contains('\0') {
        return Err(E::custom("must not contain NUL (0x00) characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<String, String> {
        serde_json::from_str::<FreeObject>(json)
            .map(|object| object.0)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn an_object_is_kept_as_it_came_without_its_spaces() {
        let json = r#"{ "b": [1, -2, 0.5, null, true], "a": {"é": "\n"} }"#;
        let kept = r#"{"b":[1,-2,0.5,null,true],"a":{"é":"\n"}}"#;
        assert_eq!(read(json).as_deref(), Ok(kept));
    }

    #[test]
    fn what_could_not_be_given_back_is_refused() {
        for (json, why) in [
            (r#"{"a": 1, "a": 2}"#, "duplicate field `a`"),
            (r#"{"a": [{"b": 1, "b": 1}]}"#, "duplicate field `b`"),
            (r#"{"a": "\u0000"}"#, "NUL"),
            (r#"{"\u0000": 1}"#, "NUL"),
            (r#"{"a": 123456789012345678901234567890}"#, "rounded"),
            (r#"{"a": 1e400}"#, "out of range"),
            (r#"{"a": "\ud800"}"#, "hex escape"),
            ("[]", "must be an object"),
            ("7", "must be an object"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(why), "{json}: {error}");
        }
    }

    #[test]
    fn nesting_has_a_bound() {
        let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
        assert!(read(&deep).unwrap_err().contains("recursion limit"));
    }
}
