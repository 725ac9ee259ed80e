//! Projects.

use super::super::error::Rejection;
use super::super::wire;
use super::not_empty;
use crate::dialects::answer::milliseconds;
use crate::domain::Project;

/// How a request names a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum ProjectRef {
    /// By its number.
    Number(i64),
    /// By its name; one that is not known is made.
    Name(String),
}

impl ProjectRef {
    /// What a request names; the number counts where both are given.
    pub(in super::super) fn of(number: Option<i64>, name: Option<String>) -> Option<Self> {
        number
            .map(Self::Number)
            .or_else(|| not_empty(name).map(Self::Name))
    }

    /// The project of a feedback and of the thread in it, which cannot be two.
    pub(super) fn one_of(
        one: Option<Self>,
        other: Option<Self>,
    ) -> Result<Option<Self>, Rejection> {
        match (one, other) {
            (Some(Self::Number(one)), Some(Self::Number(other))) if one != other => Err(
                Rejection::bad_request("projectId and thread.projectId are not the same"),
            ),
            (Some(Self::Name(one)), Some(Self::Name(other))) if one != other => Err(
                Rejection::bad_request("projectName and thread.projectName are not the same"),
            ),
            (Some(Self::Name(_)), Some(number @ Self::Number(_))) => Ok(Some(number)),
            (one, other) => Ok(one.or(other)),
        }
    }
}

/// A project as Melodi shows one.
pub(in super::super) fn project(
    organization: i64,
    project: &Project,
    is_default: bool,
) -> wire::Project {
    wire::Project {
        id: project.number,
        name: project.name.clone(),
        organization_id: organization,
        user_id: None,
        is_default,
        is_deleted: false,
        created_at: milliseconds(project.created_at),
        updated_at: milliseconds(project.updated_at),
    }
}
