//! `GET /messages`: a conversation, page by page from its end.

use super::auth::access;
use super::convert::rating_name;
use super::cors;
use super::error::Rejection;
use super::handlers::found;
use super::overlay;
use super::pairs::{Pair, pairs, question_before};
use super::pass_on::has_upstream;
use super::query::Faults;
use super::reading::{Reading, conversation_name};
use super::wire::{Empty, MessageFeedback, MessageItem, Scroll};
use crate::app::{App, FeedbackFilter, MessageFilter, Paging};
use crate::domain::vote::RowRef;
use crate::domain::{Conversation, DEFAULT_NAME, Message, MessageId};
use crate::error::Error;
use crate::limits;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use std::collections::HashMap;
use std::sync::Arc;

/// What flask-restx adds to a 404 of this path when it guesses which path was meant.
const GUESS: &str = "You have requested this URI [/v1/messages] but did you mean /v1/messages or /v1/chat-messages or \
                     /api/messages ?";

/// `GET /messages`
pub(super) async fn list_messages(State(app): State<Arc<App>>, request: Request) -> Response {
    if let Ok(access) = access(&app, request.headers())
        && has_upstream(&access)
    {
        return overlay::passed_on(&app, &access, request).await;
    }
    let answer = messages(&app, request.headers(), request.uri()).await;
    cors::opened(cors::origin(request.headers()), answer)
}

async fn messages(app: &App, headers: &HeaderMap, uri: &Uri) -> Result<Response, Rejection> {
    let reading = Reading::of(app, headers, uri).await?;
    let mut faults = Faults::default();
    if reading.parameters.first("conversation_id").is_none() {
        faults.add("conversation_id", "Field required");
    }
    let conversation = reading.parameters.id("conversation_id", &mut faults);
    let first = reading.parameters.id("first_id", &mut faults);
    let limit = reading.limit(&mut faults);
    faults.check()?;
    let Some(conversation) = conversation else {
        return Ok(found(&Scroll::<MessageItem> {
            limit,
            has_more: false,
            data: Vec::new(),
        }));
    };
    let conversation = reading
        .conversation(app, conversation)
        .await?
        .ok_or_else(|| Rejection::not_found(format!("Conversation Not Exists. {GUESS}")))?;
    let first = match first {
        None => None,
        Some(id) => Some(
            reading
                .message(app, &conversation, id)
                .await?
                .ok_or_else(|| {
                    Rejection::not_found(format!("First Message Not Exists. {GUESS}"))
                })?,
        ),
    };
    let window = window(app, &reading, &conversation, first, limit).await?;
    let pairs = pairs(&window);
    let has_more = pairs.len() > limit;
    let page = &pairs[pairs.len().saturating_sub(limit)..];
    let ratings = ratings(app, &reading, page).await?;
    let name = conversation_name(&conversation);
    Ok(found(&Scroll {
        limit,
        has_more,
        data: page
            .iter()
            .map(|pair| message_item(pair, &name, ratings.get(&pair.message.id)))
            .collect(),
    }))
}

/// So many messages before a place, oldest first, that the pairs of a page and one more can be told; all that there
/// are, if they are fewer.
async fn window(
    app: &App,
    reading: &Reading,
    conversation: &Conversation,
    first: Option<Message>,
    limit: usize,
) -> Result<Vec<Message>, Error> {
    let mut before = first.as_ref().map(|message| message.id);
    let mut window: Vec<Message> = Vec::new();
    let mut boundary = first;
    loop {
        let filter = MessageFilter {
            conversation: conversation.id,
            before,
            limit: limits::PAGE_ITEMS,
        };
        let page = app.list_messages(&reading.access.caller, filter).await?;
        let goes_on = page.next.is_some();
        before = page.items.first().map(|message| message.id);
        let mut earlier = page.items;
        earlier.append(&mut window);
        window = earlier;
        if let Some(first) = boundary.take()
            && let Some(question) = question_before(&first, &window)
        {
            window.truncate(question);
        }
        if !goes_on || pairs(&window).len() > limit {
            return Ok(window);
        }
    }
}

/// The person's own ratings of the messages on a page. What reviewers say is not for end users.
async fn ratings(
    app: &App,
    reading: &Reading,
    page: &[Pair<'_>],
) -> Result<HashMap<MessageId, MessageFeedback>, Error> {
    let Some(end_user) = reading.end_user.as_ref().filter(|_| !page.is_empty()) else {
        return Ok(HashMap::new());
    };
    let filter = FeedbackFilter {
        projects: vec![reading.access.project.id],
        name: Some(DEFAULT_NAME.to_owned()),
        end_user: Some(RowRef::Id(end_user.id.0)),
        messages: page
            .iter()
            .map(|pair| RowRef::Id(pair.message.id.0))
            .collect(),
        has_rating: Some(true),
        ..FeedbackFilter::default()
    };
    let paging = Paging::first(limits::PAGE_ITEMS);
    let given = app
        .list_feedback(&reading.access.caller, filter, paging)
        .await?;
    let mut ratings = HashMap::new();
    // The newest comes first, and counts where other channels let a person judge several times.
    for feedback in given.items {
        let message = feedback.target.message.map(|message| message.id);
        if let Some((message, rating)) = message.zip(feedback.judgement.rating) {
            let rating = rating_name(rating);
            ratings.entry(message).or_insert(MessageFeedback { rating });
        }
    }
    Ok(ratings)
}

fn message_item(
    pair: &Pair<'_>,
    conversation: &str,
    feedback: Option<&MessageFeedback>,
) -> MessageItem {
    let message = pair.message;
    MessageItem {
        id: message
            .external_id
            .clone()
            .unwrap_or_else(|| message.id.to_string()),
        conversation_id: conversation.to_owned(),
        parent_message_id: None,
        inputs: Empty {},
        query: pair.query.to_owned(),
        answer: pair.answer.to_owned(),
        feedback: feedback.copied(),
        retriever_resources: [],
        created_at: message.created_at.seconds(),
        agent_thoughts: [],
        message_files: [],
        status: "normal",
        error: None,
        extra_contents: [],
    }
}
