//! Conversations and messages, as Dify's chat clients read them.

use super::auth::{Access, access};
use super::convert::{self, DEFAULT_USER, named, rating_name};
use super::cors;
use super::error::Rejection;
use super::handlers::found;
use super::pairs::{Pair, pairs, question_before};
use super::query::{Faults, Parameters, SortBy, SortField};
use super::wire::{ConversationItem, Empty, MessageFeedback, MessageItem, Scroll};
use crate::app::{App, ConversationFilter, FeedbackFilter, MessageFilter, Paging};
use crate::domain::vote::RowRef;
use crate::domain::{
    Conversation, DEFAULT_NAME, EndUser, EndUserDraft, Message, MessageId, Mode, Timestamp,
};
use crate::error::{Error, ErrorKind};
use crate::limits;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// The most items on a page (`api/controllers/service_api/app/conversation.py`, `message.py`).
const LIMIT: u64 = 100;
const LIMIT_DEFAULT: u64 = 20;
/// What flask-restx adds to a 404 of this path when it guesses which path was meant.
const GUESS: &str = "You have requested this URI [/v1/messages] but did you mean /v1/messages or /v1/chat-messages or \
                     /api/messages ?";

/// `GET /messages`
pub(super) async fn list_messages(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let answer = messages(&app, &headers, &uri).await;
    cors::opened(cors::origin(&headers), answer)
}

/// `GET /conversations`
pub(super) async fn list_conversations(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let answer = conversations(&app, &headers, &uri).await;
    cors::opened(cors::origin(&headers), answer)
}

/// A chat app's key, the person whose conversations are read, and the request's parameters. The person is none if the
/// key may not register one who is new.
struct Reading {
    access: Access,
    end_user: Option<EndUser>,
    parameters: Parameters,
}

impl Reading {
    async fn of(app: &App, headers: &HeaderMap, uri: &Uri) -> Result<Self, Rejection> {
        let access = access(app, headers)?;
        let parameters = Parameters::of(uri);
        let user = parameters.first("user").filter(|user| !user.is_empty());
        let user = convert::checked_user(user.unwrap_or(DEFAULT_USER).to_owned())?;
        let end_user = end_user(app, &access, user).await?;
        if access.project.mode != Mode::Chat {
            return Err(Rejection::not_chat_app());
        }
        Ok(Self {
            access,
            end_user,
            parameters,
        })
    }

    fn limit(&self, faults: &mut Faults) -> usize {
        let limit = self
            .parameters
            .number("limit", LIMIT_DEFAULT, LIMIT, faults);
        usize::try_from(limit).unwrap_or(usize::MAX)
    }

    /// A conversation of the person, by what Dify calls it, or by our id where that was shown.
    async fn conversation(&self, app: &App, id: Uuid) -> Result<Option<Conversation>, Error> {
        let Access { caller, project } = &self.access;
        let Some(end_user) = &self.end_user else {
            return Ok(None);
        };
        for reference in [named(id), RowRef::Id(id)] {
            let found = app.conversation(caller, project, reference).await?;
            let own = found.filter(|conversation| {
                conversation
                    .end_user
                    .as_ref()
                    .is_some_and(|(owner, _)| *owner == end_user.id)
            });
            if own.is_some() {
                return Ok(own);
            }
        }
        Ok(None)
    }

    /// A message of a conversation, named in the same ways.
    async fn message(
        &self,
        app: &App,
        conversation: &Conversation,
        id: Uuid,
    ) -> Result<Option<Message>, Error> {
        let Access { caller, project } = &self.access;
        for reference in [named(id), RowRef::Id(id)] {
            let found = app.message(caller, project, reference).await?;
            let inside = found.filter(|message| {
                message
                    .conversation
                    .as_ref()
                    .is_some_and(|(holder, _)| *holder == conversation.id)
            });
            if inside.is_some() {
                return Ok(inside);
            }
        }
        Ok(None)
    }
}

async fn end_user(app: &App, access: &Access, user: String) -> Result<Option<EndUser>, Error> {
    let Access { caller, project } = access;
    let known = app
        .end_user(caller, project, RowRef::External(user.clone()))
        .await?;
    if known.is_some() {
        return Ok(known);
    }
    let registered = app
        .put_end_user(caller, project, &user, EndUserDraft::default())
        .await;
    match registered {
        Ok((end_user, _)) => Ok(Some(end_user)),
        Err(error) if error.kind() == ErrorKind::Forbidden => Ok(None),
        Err(error) => Err(error),
    }
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

fn conversation_name(conversation: &Conversation) -> String {
    conversation
        .external_id
        .clone()
        .unwrap_or_else(|| conversation.id.to_string())
}
