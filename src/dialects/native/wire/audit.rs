//! The log of who changed what.

use super::{Id, NamedProject, Time};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

/// An entry: somebody did something.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditEntry {
    /// Our id.
    pub(crate) id: Id,
    /// When.
    pub(crate) at: Time,
    /// Who did it.
    pub(crate) actor: AuditActor,
    /// What was done, such as `project.change`.
    pub(crate) action: &'static str,
    /// What it was done to.
    pub(crate) subject: AuditSubject,
    /// The project that it is about.
    #[schema(required)]
    pub(crate) project: Option<NamedProject>,
    /// More of it: for each field that changed, what it was `before` and is `after`. Never a secret.
    #[schema(value_type = Object)]
    pub(crate) detail: Box<RawValue>,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditActor {
    /// What it is: `account`, `key`, `command_line` or `server`.
    pub(crate) kind: &'static str,
    /// Our id of the account or key.
    #[schema(required)]
    pub(crate) id: Option<Id>,
    /// What it was called then.
    #[schema(required)]
    pub(crate) name: Option<String>,
}

/// What something was done to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditSubject {
    /// What it is: `project`, `key`, `attribute`, `account`, `invite`, `workspace`, `file` or `history`.
    pub(crate) kind: &'static str,
    /// Our id, of what has one.
    #[schema(required)]
    pub(crate) id: Option<Id>,
    /// What it was called then.
    #[schema(required)]
    pub(crate) name: Option<String>,
}

/// Which entries. Every parameter that is given narrows the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// The project that they are about: our id, its name or its number.
    #[param(min_length = 1, max_length = 255)]
    pub(crate) project: Option<String>,
    /// The account that did it: our id, or its e-mail address.
    #[param(min_length = 1, max_length = 254)]
    pub(crate) account: Option<String>,
    /// What was done, such as `project.change`.
    #[param(min_length = 1, max_length = 64)]
    pub(crate) action: Option<String>,
    /// At this time or later.
    #[param(format = DateTime)]
    pub(crate) since: Option<String>,
    /// Before this time.
    #[param(format = DateTime)]
    pub(crate) until: Option<String>,
    /// Where to read on: the `next_cursor` of the part before.
    #[param(max_length = 64)]
    pub(crate) cursor: Option<String>,
    /// The most items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<String>,
}
