//! Conversations and their messages.

use super::{Answer, json, ok, project, with_replayed, written};
use crate::app::{App, ConversationFilter, Idempotency, MessageFilter, Page};
use crate::dialects::native::auth::{MayRead, MayWrite};
use crate::dialects::native::convert;
use crate::dialects::native::error::Rejection;
use crate::dialects::native::request::{At, IdempotencyKey, LargeBody, Parameters};
use crate::dialects::native::wire::{self, ConversationPath, List, ProjectPath};
use crate::domain::vote::RowRef;
use crate::domain::{Caller, Conversation, ConversationDraft, MessageId, Project};
use crate::error::{Error, Result};
use crate::limits;
use axum::extract::State;
use std::sync::Arc;

/// Lists the conversations of a project, the latest first.
#[utoipa::path(get, path = "/projects/{project}/conversations", tag = "conversations",
    params(ProjectPath, wire::ConversationQuery),
    responses((status = 200, description = "A part of the list.", body = List<wire::Conversation>))
)]
pub(in super::super) async fn list_conversations(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    At(place): At<ProjectPath>,
    Parameters(query): Parameters<wire::ConversationQuery>,
) -> Answer {
    let paging = convert::paging(query.cursor.as_deref(), query.limit.as_deref())?;
    let project = project(&app, &caller, &place.project)?;
    let end_user = match &query.end_user {
        None => None,
        Some(end_user) => {
            convert::bounded("end_user", end_user, limits::EXTERNAL_ID_CHARACTERS)?;
            let found = app
                .end_user(&caller, &project, convert::named(end_user))
                .await?;
            match found {
                Some(end_user) => Some(end_user.id),
                // Nobody of this name talks.
                None => return Ok(ok(&convert::shown(nothing(), convert::conversation))),
            }
        }
    };
    let filter = ConversationFilter {
        project: project.id,
        end_user,
    };
    let page = app.list_conversations(&caller, filter, paging).await?;
    Ok(ok(&convert::shown(page, convert::conversation)))
}

fn nothing<T>() -> Page<T> {
    Page {
        items: Vec::new(),
        next: None,
    }
}

/// Registers conversations with their messages, or adds to what is known of them. All are stored, or none.
///
/// Conversations are matched by `external_id`, and so are messages within a conversation. Feedback that came before its
/// message is linked to it. A repetition with the same `Idempotency-Key` is answered with the same ids; nothing in it is
/// new any more.
#[utoipa::path(post, path = "/projects/{project}/conversations", tag = "conversations",
    params(ProjectPath, IdempotencyKey), request_body = wire::ConversationBatch,
    responses((status = 200, description = "All are stored.", body = wire::ConversationsWritten))
)]
pub(in super::super) async fn put_conversations(
    State(app): State<Arc<App>>,
    MayWrite(caller): MayWrite,
    At(place): At<ProjectPath>,
    key: IdempotencyKey,
    body: LargeBody<wire::ConversationBatch>,
) -> Answer {
    let project = project(&app, &caller, &place.project)?;
    let idempotency = key.of(&caller, &body.bytes);
    let drafts = body.value.conversations.into_iter();
    let drafts = drafts.map(convert::new_conversation_draft).collect();
    let (items, replayed) = ingest(&app, &caller, &project, drafts, idempotency).await?;
    let answer = ok(&wire::ConversationsWritten { items });
    Ok(with_replayed(replayed, answer))
}

async fn ingest(
    app: &App,
    caller: &Caller,
    project: &Project,
    drafts: Vec<ConversationDraft>,
    idempotency: Option<Idempotency>,
) -> Result<(Vec<wire::ConversationWritten>, bool)> {
    let names: Vec<_> = drafts
        .iter()
        .map(|draft| {
            let messages = draft.messages.iter();
            let messages: Vec<_> = messages
                .map(|message| message.external_id.clone())
                .collect();
            (draft.external_id.clone().unwrap_or_default(), messages)
        })
        .collect();
    let ingested = app.ingest(caller, project, drafts, idempotency).await?;
    let replayed = ingested.iter().any(|ingested| ingested.replayed);
    let items = names
        .into_iter()
        .zip(ingested)
        .map(|((external_id, messages), ingested)| {
            convert::written(external_id, messages, ingested)
        })
        .collect();
    Ok((items, replayed))
}

async fn find(
    app: &App,
    caller: &Caller,
    place: &ConversationPath,
) -> Result<Conversation, Rejection> {
    let name = &place.conversation;
    convert::bounded("conversation", name, limits::EXTERNAL_ID_CHARACTERS)?;
    let project = project(app, caller, &place.project)?;
    app.conversation(caller, &project, convert::named(name))
        .await?
        .ok_or_else(|| Error::not_found("no such conversation").into())
}

/// Shows a conversation.
#[utoipa::path(get, path = "/projects/{project}/conversations/{conversation}", tag = "conversations",
    params(ConversationPath),
    responses((status = 200, description = "The conversation.", body = wire::Conversation))
)]
pub(in super::super) async fn get_conversation(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    At(place): At<ConversationPath>,
) -> Answer {
    let conversation = find(&app, &caller, &place).await?;
    Ok(ok(&convert::conversation(conversation)))
}

/// Registers a conversation with its messages, or adds to what is known of it. What is absent stays as it is known.
///
/// A repetition with the same `Idempotency-Key` is answered with the same ids, and with 200.
#[utoipa::path(put, path = "/projects/{project}/conversations/{conversation}", tag = "conversations",
    params(ConversationPath, IdempotencyKey), request_body = wire::ConversationBody,
    responses(
        (status = 200, description = "The conversation was known.", body = wire::ConversationWritten),
        (status = 201, description = "The conversation is new.", body = wire::ConversationWritten),
    )
)]
pub(in super::super) async fn put_conversation(
    State(app): State<Arc<App>>,
    MayWrite(caller): MayWrite,
    At(place): At<ConversationPath>,
    key: IdempotencyKey,
    body: LargeBody<wire::ConversationBody>,
) -> Answer {
    let project = project(&app, &caller, &place.project)?;
    if matches!(convert::named(&place.conversation), RowRef::Id(_)) {
        let message = "name the conversation by the application's id";
        return Err(Error::invalid("conversation", message).into());
    }
    let draft = convert::conversation_draft(place.conversation, body.value);
    let idempotency = key.of(&caller, &body.bytes);
    let (mut items, replayed) = ingest(&app, &caller, &project, vec![draft], idempotency)
        .await
        .map_err(of_the_only_one)?;
    let stored = items
        .pop()
        .ok_or_else(|| Error::internal("a conversation was stored without an answer"))?;
    let answer = json(written(stored.created), &stored);
    Ok(with_replayed(replayed, answer))
}

/// The body is the conversation itself, not a list of one.
fn of_the_only_one(error: Error) -> Error {
    let field = error
        .field()
        .and_then(|field| field.strip_prefix("conversations[0]."));
    match field.map(ToOwned::to_owned) {
        Some(field) => error.at(field),
        None => error,
    }
}

/// Lists the messages of a conversation, oldest first. The first part holds the latest; each cursor leads to earlier ones.
#[utoipa::path(get, path = "/projects/{project}/conversations/{conversation}/messages", tag = "conversations",
    params(ConversationPath, wire::PageQuery),
    responses((status = 200, description = "A part of the list.", body = List<wire::Message>))
)]
pub(in super::super) async fn list_messages(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    At(place): At<ConversationPath>,
    Parameters(query): Parameters<wire::PageQuery>,
) -> Answer {
    let paging = convert::paging(query.cursor.as_deref(), query.limit.as_deref())?;
    let conversation = find(&app, &caller, &place).await?;
    let filter = MessageFilter {
        conversation: conversation.id,
        before: paging.after.map(|place| MessageId(place.id)),
        limit: paging.limit,
    };
    let page = app.list_messages(&caller, filter).await?;
    Ok(ok(&convert::shown(page, convert::message)))
}
