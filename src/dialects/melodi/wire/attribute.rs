//! Attributes: questions with fixed answers.

use serde::{Deserialize, Serialize};

/// The body of `POST /attributes`. Its type was never published; this is what the answers look like.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct AttributeBody {
    pub(in super::super) name: Option<String>,
    pub(in super::super) project_id: Option<i64>,
    pub(in super::super) project_name: Option<String>,
    pub(in super::super) options: Option<Vec<OptionBody>>,
}

/// An option, by its name alone or as an object.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(in super::super) enum OptionBody {
    /// By its name.
    Name(String),
    /// As an object.
    Object {
        /// Its name.
        name: String,
    },
}

/// An attribute.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Attribute {
    pub(in super::super) id: i64,
    pub(in super::super) organization_id: i64,
    pub(in super::super) project_id: u32,
    pub(in super::super) name: String,
    pub(in super::super) options: Vec<AttributeOption>,
    pub(in super::super) created_at: String,
    pub(in super::super) updated_at: String,
}

/// An option of an attribute.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct AttributeOption {
    pub(in super::super) id: i64,
    pub(in super::super) attribute_id: i64,
    pub(in super::super) name: String,
    pub(in super::super) created_at: String,
    pub(in super::super) updated_at: String,
}
