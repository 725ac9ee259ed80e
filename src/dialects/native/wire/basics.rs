//! What many of the types are made of.

use crate::domain;
use crate::limits;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// Our id of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) Uuid);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Uuid::parse_str(&text)
            .map(Self)
            .map_err(|_| D::Error::custom("must be a UUID"))
    }
}

/// A point in time: RFC 3339, answered in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) domain::Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| {
            D::Error::custom("must be a time with its offset, such as 2026-05-01T12:00:00Z")
        })
    }
}

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::Custom("uuid".to_owned());
        text("An id that Candor made.", format)
    }
}

impl ToSchema for Id {}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        text(
            "A point in time: RFC 3339 with an offset, answered in UTC.",
            format,
        )
    }
}

impl ToSchema for Time {}

fn text(description: &str, format: SchemaFormat) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(format))
        .description(Some(description))
        .into()
}

/// Texts with bounds of their own, for places where no attribute can state them. The application holds the bounds.
macro_rules! bounded {
    ($($(#[doc = $doc:literal])* $name:ident of $most:expr;)+) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
        pub(crate) struct $name(pub(crate) String);

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some($most))
                    .description(Some(concat!($($doc),*).trim()))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

bounded! {
    /// What the application calls something.
    ExternalId of limits::EXTERNAL_ID_CHARACTERS;
    /// A short text: a name, a reason.
    Word of limits::NAME_CHARACTERS;
}

/// What a request says of a field that can be cleared: nothing, `null`, or a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Field<T> {
    /// The field is not there.
    #[default]
    Absent,
    /// The field is `null`.
    Null,
    /// The field has a value.
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

impl<T> Field<T> {
    /// The same with another value.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Null => Field::Null,
            Self::Value(value) => Field::Value(change(value)),
        }
    }
}

impl<T> From<Field<T>> for domain::vote::Ask<T> {
    fn from(field: Field<T>) -> Self {
        match field {
            Field::Absent => Self::Absent,
            Field::Null => Self::Clear,
            Field::Value(value) => Self::Set(value),
        }
    }
}

/// Reads a field that may be absent but not `null`.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// An object of the fields that `T` has. A type's own reading would take a list of their values too.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// An object whose keys are free; one that says a key twice is refused.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UniqueMap<T>(pub(crate) Vec<(String, T)>);

impl<T> Default for UniqueMap<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for UniqueMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UniqueMapVisitor(PhantomData))
    }
}

impl<T: Serialize> Serialize for UniqueMap<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

struct UniqueMapVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for UniqueMapVisitor<T> {
    type Value = UniqueMap<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut keys = std::collections::HashSet::new();
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if !keys.insert(key.clone()) {
                return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
            }
            entries.push((key, map.next_value()?));
        }
        Ok(UniqueMap(entries))
    }
}

/// Something with our id and perhaps another's.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Identified {
    /// Our id.
    pub(crate) id: Id,
    /// What the application calls it.
    #[schema(required)]
    pub(crate) external_id: Option<String>,
}

/// A project, by our id and its name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NamedProject {
    /// Our id.
    pub(crate) id: Id,
    /// What people call it.
    pub(crate) name: String,
}

/// An enum that is the domain's, with names for JSON.
macro_rules! mirror {
    ($($(#[$doc:meta])* $name:ident of $original:path { $($(#[$attribute:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($(#[$attribute])* $variant),+ }

        impl From<$original> for $name {
            fn from(original: $original) -> Self {
                use $original as Original;
                match original { $(Original::$variant => Self::$variant),+ }
            }
        }

        impl From<$name> for $original {
            fn from(mirrored: $name) -> Self {
                match mirrored { $($name::$variant => Self::$variant),+ }
            }
        }
    )+};
}

mirror! {
    /// A thumb.
    Rating of domain::Rating { Positive, Negative }
    /// What a judgement amounts to: its rating, else its score, else whether it was resolved.
    Sentiment of domain::Sentiment { Positive, Negative, Neutral, Unknown }
    /// An interface by which feedback comes in.
    Channel of domain::Dialect { Native, Dify, Wonderchat, Melodi, AmazonQ, Haptik }
    /// Whether a feedback stands or was taken back.
    State of domain::FeedbackState { Standing, Retracted }
    /// Who speaks.
    Role of domain::Role { User, Assistant, System, Tool }
    /// How the text of a message is written.
    TextFormat of domain::TextFormat { Markdown, Json }
    /// What a vote for an unknown user, conversation or message does: registers it, or is refused.
    UnknownTargets of domain::UnknownTargets { Accept, Reject }
    /// Which texts of messages are kept.
    KeepText of domain::KeepText { All, QuestionAndAnswer, None }
    /// Where a vote is that the vendor behind its project is to hear of: still to be sent, refused by the vendor, tried for
    /// too long, or without a call of the vendor's that says it.
    MirrorState of domain::MirrorState { Waiting, Refused, GivenUp, NotMirrored }
    /// Whether an application holds conversations or answers single prompts.
    Mode of domain::Mode { Chat, Completion }
    /// One thing that a key may do. `admin` may do everything.
    Scope of domain::Scope {
        #[serde(rename = "feedback:write")]
        FeedbackWrite,
        #[serde(rename = "feedback:read")]
        FeedbackRead,
        #[serde(rename = "admin")]
        Admin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_domain() {
        for dialect in domain::Dialect::ALL {
            let name = serde_json::to_value(Channel::from(dialect)).unwrap();
            assert_eq!(name, dialect.name());
        }
        for scope in domain::Scope::ALL {
            let name = serde_json::to_value(Scope::from(scope)).unwrap();
            assert_eq!(name, scope.name());
        }
        for sentiment in domain::Sentiment::ALL {
            let name = serde_json::to_value(Sentiment::from(sentiment)).unwrap();
            assert_eq!(name, sentiment.name());
        }
        for state in domain::MirrorState::ALL {
            let name = serde_json::to_value(MirrorState::from(state)).unwrap();
            assert_eq!(name, state.name());
        }
        for kept in domain::KeepText::ALL {
            let name = serde_json::to_value(KeepText::from(kept)).unwrap();
            assert_eq!(name, kept.name());
        }
    }

    #[test]
    fn a_field_that_is_absent_is_not_null() {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            text: Field<String>,
        }
        let read = |json| serde_json::from_str::<Body>(json).unwrap().text;
        assert_eq!(read("{}"), Field::Absent);
        assert_eq!(read(r#"{"text": null}"#), Field::Null);
        assert_eq!(read(r#"{"text": ""}"#), Field::Value(String::new()));
    }

    #[test]
    fn a_key_said_twice_is_refused() {
        let twice = serde_json::from_str::<UniqueMap<u8>>(r#"{"a": 1, "a": 2}"#);
        assert!(
            twice
                .unwrap_err()
                .to_string()
                .contains("duplicate field `a`")
        );
    }
}
