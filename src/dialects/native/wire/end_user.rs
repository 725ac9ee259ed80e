//! People who talk to an application.

use super::{FreeObject, Id, ShownObject, Time, UniqueMap};
use serde::de::{SeqAccess, Visitor, value::SeqAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// A person who talks to an application.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EndUser {
    /// Our id.
    pub(crate) id: Id,
    /// What the application calls the person.
    pub(crate) external_id: String,
    /// Whether all projects know the person, not one alone.
    pub(crate) of_workspace: bool,
    /// Full name.
    #[schema(required)]
    pub(crate) name: Option<String>,
    /// E-mail address.
    #[schema(required)]
    pub(crate) email: Option<String>,
    /// Account name.
    #[schema(required)]
    pub(crate) username: Option<String>,
    /// Telephone number.
    #[schema(required)]
    pub(crate) phone: Option<String>,
    /// ISO 639-1 language.
    #[schema(required)]
    pub(crate) language: Option<String>,
    /// A free object.
    #[schema(required, value_type = Option<Object>)]
    pub(crate) metadata: Option<ShownObject>,
    /// Groups the person belongs to, by kind of group.
    #[schema(value_type = HashMap<String, Vec<String>>)]
    pub(crate) segments: UniqueMap<Vec<String>>,
    /// When the person was first heard of.
    pub(crate) created_at: Time,
    /// When the details last changed.
    pub(crate) updated_at: Time,
}

/// What is said of a person. What is absent stays as it is known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Ada", "segments": {"team": ["engineering"]}})))]
pub(crate) struct EndUserBody {
    /// Full name.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub(crate) name: Option<String>,
    /// E-mail address.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub(crate) email: Option<String>,
    /// Account name.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub(crate) username: Option<String>,
    /// Telephone number.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub(crate) phone: Option<String>,
    /// ISO 639-1 language.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub(crate) language: Option<String>,
    /// A free object of at most 16 KiB, whose numbers are below 2^64. It replaces the one that is known.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub(crate) metadata: Option<FreeObject>,
    /// Groups the person belongs to, by kind of group: one or a list. A kind that is named is replaced whole.
    #[serde(default)]
    #[schema(value_type = HashMap<String, Segments>)]
    pub(crate) segments: UniqueMap<Segments>,
}

/// The groups of one kind: a name, or a list of names.
#[derive(Debug, ToSchema)]
#[schema(value_type = Vec<String>)]
pub(crate) struct Segments(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for Segments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;

        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Segments;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string or a list of strings")
            }

            fn visit_str<E>(self, one: &str) -> Result<Segments, E> {
                Ok(Segments(vec![one.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, many: A) -> Result<Segments, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(many)).map(Segments)
            }
        }

        deserializer.deserialize_any(OneOrMany)
    }
}
