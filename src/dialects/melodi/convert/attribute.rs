//! Attributes.

use super::super::error::Rejection;
use super::super::wire;
use crate::app::AttributeDraft;
use crate::dialects::answer::milliseconds;
use crate::domain::{Attribute, AttributeOption, Project};

/// What a request says of an attribute.
pub(in super::super) fn attribute_draft(
    name: Option<String>,
    options: Option<Vec<wire::OptionBody>>,
) -> Result<AttributeDraft, Rejection> {
    let name = name.ok_or_else(|| Rejection::bad_request("name is required"))?;
    let options = options.unwrap_or_default().into_iter();
    let options = options.map(|option| match option {
        wire::OptionBody::Name(name) | wire::OptionBody::Object { name } => name,
    });
    Ok(AttributeDraft {
        name,
        options: options.collect(),
    })
}

/// An attribute as Melodi shows one.
pub(in super::super) fn attribute(
    organization: i64,
    project: &Project,
    attribute: &Attribute,
) -> wire::Attribute {
    let latest = attribute.options.iter().map(|option| option.created_at);
    wire::Attribute {
        id: attribute.number,
        organization_id: organization,
        project_id: project.number,
        name: attribute.name.clone(),
        options: attribute
            .options
            .iter()
            .map(|option| attribute_option(attribute, option))
            .collect(),
        created_at: milliseconds(attribute.created_at),
        updated_at: milliseconds(latest.fold(attribute.created_at, Ord::max)),
    }
}

/// An option as Melodi shows one.
pub(super) fn attribute_option(
    attribute: &Attribute,
    option: &AttributeOption,
) -> wire::AttributeOption {
    wire::AttributeOption {
        id: option.number,
        attribute_id: attribute.number,
        name: option.name.clone(),
        created_at: milliseconds(option.created_at),
        updated_at: milliseconds(option.created_at),
    }
}
