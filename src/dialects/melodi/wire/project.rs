//! Projects.

use serde::{Deserialize, Serialize};

/// The body of `POST /projects`.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct ProjectBody {
    pub(in super::super) name: Option<String>,
}

/// A project.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Project {
    pub(in super::super) id: u32,
    pub(in super::super) name: String,
    pub(in super::super) organization_id: i64,
    pub(in super::super) user_id: Option<i64>,
    pub(in super::super) is_default: bool,
    pub(in super::super) is_deleted: bool,
    pub(in super::super) created_at: String,
    pub(in super::super) updated_at: String,
}
