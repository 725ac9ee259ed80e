//! External users: the people who talk to an organization's applications.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is said of a person.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ExternalUserBody {
    pub(in super::super) external_id: Option<String>,
    pub(in super::super) email: Option<String>,
    pub(in super::super) name: Option<String>,
    pub(in super::super) username: Option<String>,
    /// By type of segment: a string or a list of them.
    pub(in super::super) segments: Option<Map<String, Value>>,
    /// Whether the person belongs to the organization; told in threads.
    pub(in super::super) is_internal: Option<bool>,
}

/// A person.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ExternalUser {
    pub(in super::super) id: i64,
    pub(in super::super) organization_id: i64,
    pub(in super::super) external_id: String,
    pub(in super::super) name: Option<String>,
    pub(in super::super) email: Option<String>,
    pub(in super::super) username: Option<String>,
    pub(in super::super) segments: Vec<Segment>,
    pub(in super::super) created_at: String,
    pub(in super::super) updated_at: String,
}

/// A group that people belong to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Segment {
    pub(in super::super) id: i64,
    pub(in super::super) organization_id: i64,
    pub(in super::super) name: String,
    pub(in super::super) user_segment_type_id: i64,
    pub(in super::super) created_at: String,
    pub(in super::super) updated_at: String,
    /// Left out where the group stands under its type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(in super::super) kind: Option<SegmentKind>,
}

/// A type of groups, as a group names it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct SegmentKind {
    pub(in super::super) id: i64,
    pub(in super::super) organization_id: i64,
    pub(in super::super) name: String,
    pub(in super::super) created_at: String,
    pub(in super::super) updated_at: String,
}

/// A type of groups with all its groups: an item of `GET /users/segment-types`.
#[derive(Clone, Debug, Serialize)]
pub(in super::super) struct SegmentType {
    #[serde(flatten)]
    pub(in super::super) kind: SegmentKind,
    pub(in super::super) segments: Vec<Segment>,
}
