//! `GET /conversations`: one person's conversations.

use super::cors;
use super::error::Rejection;
use super::handlers::found;
use super::pass_on::Here;
use super::query::{Faults, SortBy, SortField};
use super::reading::{Reading, conversation_name};
use super::wire::{ConversationItem, Empty, Scroll};
use crate::app::{App, ConversationFilter, Paging};
use crate::domain::{Conversation, Timestamp};
use crate::error::Error;
use crate::limits;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use std::sync::Arc;
use uuid::Uuid;

/// `GET /conversations`
pub(super) async fn list_conversations(
    State(app): State<Arc<App>>,
    Here(request): Here,
) -> Response {
    let answer = conversations(&app, request.headers(), request.uri()).await;
    cors::opened(cors::origin(request.headers()), answer)
}

async fn conversations(app: &App, headers: &HeaderMap, uri: &Uri) -> Result<Response, Rejection> {
    let reading = Reading::of(app, headers, uri).await?;
    let mut faults = Faults::default();
    let last = reading.parameters.id("last_id", &mut faults);
    let limit = reading.limit(&mut faults);
    let sort_by = reading.parameters.sort_by(&mut faults);
    faults.check()?;
    let mut sorted = all_conversations(app, &reading).await?;
    sort(&mut sorted, sort_by);
    if let Some(last) = last {
        let last = reading.conversation(app, last).await?;
        let place = sorted
            .iter()
            .position(|one| last.as_ref().is_some_and(|last| one.id == last.id))
            .ok_or_else(|| Rejection::not_found("Last Conversation Not Exists."))?;
        sorted.drain(..=place);
    }
    let has_more = sorted.len() > limit;
    sorted.truncate(limit);
    Ok(found(&Scroll {
        limit,
        has_more,
        data: sorted.into_iter().map(conversation_item).collect(),
    }))
}

/// One person's conversations, the latest [`limits::DIFY_CONVERSATIONS`] at most: few enough to be sorted here in any of
/// Dify's four orders.
async fn all_conversations(app: &App, reading: &Reading) -> Result<Vec<Conversation>, Error> {
    let Some(end_user) = &reading.end_user else {
        return Ok(Vec::new());
    };
    let filter = ConversationFilter {
        project: reading.access.project.id,
        end_user: Some(end_user.id),
    };
    let mut all = Vec::new();
    let mut paging = Paging::first(limits::PAGE_ITEMS);
    loop {
        let page = app
            .list_conversations(&reading.access.caller, filter.clone(), paging)
            .await?;
        all.extend(page.items);
        if page.next.is_none() || all.len() >= limits::DIFY_CONVERSATIONS {
            return Ok(all);
        }
        paging.after = page.next;
    }
}

fn sort(conversations: &mut [Conversation], by: SortBy) {
    let key = |conversation: &Conversation| -> (Timestamp, Uuid) {
        let at = match by.field {
            SortField::CreatedAt => conversation.created_at,
            SortField::UpdatedAt => conversation.updated_at,
        };
        (at, conversation.id.0)
    };
    conversations.sort_unstable_by_key(key);
    if by.descending {
        conversations.reverse();
    }
}

fn conversation_item(conversation: Conversation) -> ConversationItem {
    ConversationItem {
        id: conversation_name(&conversation),
        name: conversation.title.unwrap_or_default(),
        inputs: Empty {},
        status: "normal",
        introduction: "",
        created_at: conversation.created_at.seconds(),
        updated_at: conversation.updated_at.seconds(),
    }
}
