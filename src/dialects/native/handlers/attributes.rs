//! Questions with fixed answers.

use super::{Answer, json, ok, project, written};
use crate::app::{App, Cursor};
use crate::dialects::native::auth::{MayDefine, MayRead};
use crate::dialects::native::convert;
use crate::dialects::native::request::{At, Body, Parameters};
use crate::dialects::native::wire::{self, AttributeBody, List, ProjectPath};
use crate::domain::Timestamp;
use axum::extract::State;
use std::sync::Arc;

/// Lists the questions that a project asks, oldest first.
#[utoipa::path(get, path = "/projects/{project}/attributes", tag = "attributes", params(ProjectPath, wire::PageQuery),
    responses((status = 200, description = "A part of the list.", body = List<wire::Attribute>))
)]
pub(in super::super) async fn list_attributes(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    At(place): At<ProjectPath>,
    Parameters(query): Parameters<wire::PageQuery>,
) -> Answer {
    let paging = convert::paging(query.cursor.as_deref(), query.limit.as_deref())?;
    let project = project(&app, &caller, &place.project)?;
    let mut attributes = app.list_attributes(&caller, &project)?;
    // Our ids tell the time of their making, which is all that is known of it.
    attributes.sort_by_key(|attribute| attribute.id);
    let page = convert::page_of(attributes, &paging, |attribute| Cursor {
        at: Timestamp::MIN,
        id: attribute.id.0,
    });
    Ok(ok(&convert::shown(page, |it| convert::attribute(&it))))
}

/// Defines a question, or adds answers to the one of the same name.
#[utoipa::path(post, path = "/projects/{project}/attributes", tag = "attributes", params(ProjectPath),
    request_body = AttributeBody,
    responses(
        (status = 200, description = "The question was known; it has all these answers now.", body = wire::Attribute),
        (status = 201, description = "The question is new.", body = wire::Attribute),
    )
)]
pub(in super::super) async fn put_attribute(
    State(app): State<Arc<App>>,
    MayDefine(caller): MayDefine,
    At(place): At<ProjectPath>,
    body: Body<AttributeBody>,
) -> Answer {
    let project = project(&app, &caller, &place.project)?;
    let draft = convert::attribute_draft(body.value);
    let (attribute, created) = app.put_attribute(&caller, &project, draft).await?;
    Ok(json(written(created), &convert::attribute(&attribute)))
}
