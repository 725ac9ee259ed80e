//! The file of `candor apply`: its shape.

use crate::app::{FreeObject, VendorCredential};
use crate::domain::vote::Ask;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// A whole file. Every part may be absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Setup {
    /// Projects, by name.
    pub projects: Vec<ProjectSetup>,
    /// Keys, by dialect and secret.
    pub keys: Vec<KeySetup>,
    /// People, by project and id.
    pub end_users: Vec<EndUserSetup>,
    /// Conversations, by project and id.
    pub conversations: Vec<ConversationSetup>,
}

/// A project. A setting that is absent stays as it is; one that is null is cleared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of the domain's project")]
pub struct ProjectSetup {
    pub name: String,
    #[serde(default, with = "ask", skip_serializing_if = "ask::is_absent")]
    pub description: Ask<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    #[serde(default, with = "ask", skip_serializing_if = "ask::is_absent")]
    pub haptik_business_id: Ask<i64>,
    #[serde(default, with = "ask", skip_serializing_if = "ask::is_absent")]
    pub wonderchat_chatbot_id: Ask<String>,
    #[serde(default, with = "ask", skip_serializing_if = "ask::is_absent")]
    pub amazon_q_application_id: Ask<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_targets: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    #[serde(default, with = "ask", skip_serializing_if = "ask::is_absent")]
    pub upstream: Ask<UpstreamSetup>,
    #[serde(default, with = "ask", skip_serializing_if = "ask::is_absent")]
    pub rate_limit: Ask<RateLimitSetup>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<AttributeSetup>,
}

/// A vendor's server behind a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of the domain's upstream")]
pub struct UpstreamSetup {
    pub dialect: String,
    pub base_url: String,
    #[serde(default)]
    pub mirror: bool,
    #[serde(default, with = "ask", skip_serializing_if = "ask::is_absent")]
    pub credential: Ask<VendorCredential>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_forward_to: Option<String>,
}

/// How many requests are taken of a key, or for a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "the fields are those of the domain's rate limit"
)]
pub struct RateLimitSetup {
    pub per_second: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
}

/// A question with fixed answers. Answers that it has already stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "the fields are those of the domain's attribute"
)]
pub struct AttributeSetup {
    pub name: String,
    #[serde(default)]
    pub options: Vec<String>,
}

/// A key that clients hold already.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of a key draft")]
pub struct KeySetup {
    pub dialect: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub secret: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publishable: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    #[serde(default, with = "ask", skip_serializing_if = "ask::is_absent")]
    pub rate_limit: Ask<RateLimitSetup>,
}

/// A person; the workspace's, if no project is named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of an end user draft")]
pub struct EndUserSetup {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    pub external_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<FreeObject>,
    #[serde(default, skip_serializing_if = "Segments::is_empty")]
    pub segments: Segments,
}

/// A conversation with its messages, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of a conversation draft")]
pub struct ConversationSetup {
    pub project: String,
    pub external_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<FreeObject>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Moment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<MessageSetup>,
}

/// A message. It has an id, so that applying the file again finds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of a message draft")]
pub struct MessageSetup {
    pub external_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<FreeObject>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Moment>,
}

/// A time as the file writes it: a text, or TOML's own kind of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Moment(pub String);

/// Groups that a person belongs to: kinds of group, each with one group or a list of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segments(pub BTreeMap<String, Vec<String>>);

/// Says which key it is, and keeps its secret to itself.
impl fmt::Debug for KeySetup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeySetup")
            .field("dialect", &self.dialect)
            .field("project", &self.project)
            .finish_non_exhaustive()
    }
}

mod ask {
    use super::{Ask, Deserialize, Deserializer, Serialize, Serializer};

    pub(super) const fn is_absent<T>(asked: &Ask<T>) -> bool {
        matches!(asked, Ask::Absent)
    }

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        asked: &Ask<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match asked {
            Ask::Absent | Ask::Clear => serializer.serialize_none(),
            Ask::Set(value) => value.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Ask<T>, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Ask::Clear, Ask::Set))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Moment;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a time as in \"2026-05-01T12:00:00Z\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
                Ok(Moment(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Moment, A::Error> {
                toml::value::Datetime::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(|time| Moment(time.to_string()))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl Segments {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Segments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Segments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Kinds;

        impl<'de> Visitor<'de> for Kinds {
            type Value = Segments;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("kinds of group, each with one group or a list of groups")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Segments, A::Error> {
                let mut kinds = BTreeMap::new();
                while let Some((kind, OneOrMany(values))) = map.next_entry::<String, _>()? {
                    if kinds.contains_key(&kind) {
                        return Err(de::Error::custom(format!("duplicate field `{kind}`")));
                    }
                    kinds.insert(kind, values);
                }
                Ok(Segments(kinds))
            }
        }

        deserializer.deserialize_map(Kinds)
    }
}

struct OneOrMany(Vec<String>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = OneOrMany;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a group or a list of groups")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<OneOrMany, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = items.next_element()? {
                    values.push(value);
                }
                Ok(OneOrMany(values))
            }
        }

        deserializer.deserialize_any(Either)
    }
}
