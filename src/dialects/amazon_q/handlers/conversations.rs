//! Conversations and their messages, and erasing them.

use super::found;
use crate::app::{App, ConversationFilter, Cursor, MessageFilter, Page, Paging};
use crate::dialects::amazon_q::auth::{Expected, Signed};
use crate::dialects::amazon_q::constraint::Faults;
use crate::dialects::amazon_q::convert;
use crate::dialects::amazon_q::error::{Rejection, Resource};
use crate::dialects::amazon_q::page::{self, Place, Wanted};
use crate::dialects::amazon_q::pass_on::{PassOn, Passed};
use crate::dialects::amazon_q::settings::Settings;
use crate::dialects::amazon_q::wire::{Conversations, Message, Messages};
use crate::domain::vote::RowRef;
use crate::domain::{Conversation, Project};
use crate::upstream::Passing;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

/// `ListConversations`: those of one person, or without one all of the application's; the latest first.
pub(in crate::dialects::amazon_q) async fn list_conversations(
    State(app): State<Arc<App>>,
    Extension(settings): Extension<Arc<Settings>>,
    Extension(passing): Extension<Arc<Passing>>,
    request: Request,
) -> Result<Response, Rejection> {
    let signed = Signed::read(&app, &settings, request, Expected::Small).await?;
    let pass_on = PassOn::new(Arc::clone(&app), passing);
    let signed = match pass_on.or_here(signed).await? {
        Passed::On(answer) => return Ok(answer),
        Passed::Here(signed) => signed,
    };
    let mut faults = Faults::default();
    let id = signed.segment(2);
    let user = signed.parameter("userId", &mut faults);
    faults.id("applicationId", &id);
    convert::check_user(user.as_deref(), &mut faults);
    let wanted = Wanted::read(&signed, |token| Cursor::decode(token).ok(), &mut faults);
    faults.check()?;
    let project = signed.application(&app, &id)?;
    let mut filter = ConversationFilter {
        project: project.id,
        end_user: None,
    };
    if let Some(user) = user {
        let person = app
            .end_user(&signed.caller, &project, RowRef::External(user))
            .await?;
        let Some(person) = person else {
            return Ok(found(&listed(Page {
                items: Vec::new(),
                next: None,
            })));
        };
        filter.end_user = Some(person.id);
    }
    let paging = Paging {
        after: wanted.after,
        ..Paging::first(wanted.limit)
    };
    let page = app
        .list_conversations(&signed.caller, filter, paging)
        .await?;
    Ok(found(&listed(page)))
}

fn listed(page: Page<Conversation>) -> Conversations {
    Conversations {
        conversations: page.items.into_iter().map(convert::conversation).collect(),
        next_token: page.next.map(Cursor::encode),
    }
}

/// Which conversation a request names, and whose it is said to be.
struct Named {
    project: Arc<Project>,
    conversation: String,
    user: Option<String>,
}

impl Named {
    fn read(app: &App, signed: &Signed, mut faults: Faults) -> Result<Self, Rejection> {
        let (application, conversation) = (signed.segment(2), signed.segment(4));
        let user = signed.parameter("userId", &mut faults);
        faults.id("applicationId", &application);
        faults.id("conversationId", &conversation);
        convert::check_user(user.as_deref(), &mut faults);
        faults.check()?;
        Ok(Self {
            project: signed.application(app, &application)?,
            conversation,
            user,
        })
    }

    fn row(&self) -> RowRef {
        RowRef::External(self.conversation.clone())
    }

    fn not_found(&self) -> Rejection {
        Rejection::not_found(Resource::conversation(&self.conversation))
    }

    /// The conversation, unless it is known to be another person's.
    async fn conversation(&self, app: &App, signed: &Signed) -> Result<Conversation, Rejection> {
        let found = app
            .conversation(&signed.caller, &self.project, self.row())
            .await?;
        let is_anothers = |conversation: &Conversation| match (&conversation.end_user, &self.user) {
            (Some((_, owner)), Some(user)) => owner != user,
            _ => false,
        };
        found
            .filter(|conversation| !is_anothers(conversation))
            .ok_or_else(|| self.not_found())
    }
}

/// `ListMessages`: the latest first.
pub(in crate::dialects::amazon_q) async fn list_messages(
    State(app): State<Arc<App>>,
    Extension(settings): Extension<Arc<Settings>>,
    Extension(passing): Extension<Arc<Passing>>,
    request: Request,
) -> Result<Response, Rejection> {
    let signed = Signed::read(&app, &settings, request, Expected::Small).await?;
    let pass_on = PassOn::new(Arc::clone(&app), passing);
    let signed = match pass_on.or_here(signed).await? {
        Passed::On(answer) => return Ok(answer),
        Passed::Here(signed) => signed,
    };
    let mut faults = Faults::default();
    let wanted = Wanted::read(&signed, Place::decode, &mut faults);
    let named = Named::read(&app, &signed, faults)?;
    let conversation = named.conversation(&app, &signed).await?;
    let mut messages: Vec<(Place, Message)> = Vec::new();
    if let Some(place) = wanted.after.filter(|place| !place.whole) {
        let halved = app
            .message(&signed.caller, &named.project, RowRef::Id(place.message.0))
            .await?
            .filter(|message| {
                message.conversation.as_ref().map(|(id, _)| *id) == Some(conversation.id)
            });
        messages.extend(halved.into_iter().flat_map(page::placed).skip(1));
    }
    let filter = MessageFilter {
        conversation: conversation.id,
        before: wanted.after.map(|place| place.message),
        limit: wanted.limit,
    };
    let page = app.list_messages(&signed.caller, filter).await?;
    let last = page.items.first().map(|message| message.id);
    messages.extend(page.items.into_iter().rev().flat_map(page::placed));
    let goes_on = messages.len() > wanted.limit;
    messages.truncate(wanted.limit);
    let next = match (goes_on, page.next) {
        (true, _) => messages.last().map(|(place, _)| *place),
        // Where nothing of the last is shown, the list still goes on after it.
        (false, Some(_)) => last.map(Place::after),
        (false, None) => None,
    };
    Ok(found(&Messages {
        messages: messages.into_iter().map(|(_, message)| message).collect(),
        next_token: next.map(Place::encode),
    }))
}

/// `DeleteConversation`. Votes on it stay and count.
pub(in crate::dialects::amazon_q) async fn delete_conversation(
    State(app): State<Arc<App>>,
    Extension(settings): Extension<Arc<Settings>>,
    Extension(passing): Extension<Arc<Passing>>,
    request: Request,
) -> Result<Response, Rejection> {
    let signed = Signed::read(&app, &settings, request, Expected::Small).await?;
    let pass_on = PassOn::new(Arc::clone(&app), passing);
    let signed = match pass_on.or_here(signed).await? {
        Passed::On(answer) => return Ok(answer),
        Passed::Here(signed) => signed,
    };
    let named = Named::read(&app, &signed, Faults::default())?;
    let erased = app
        .erase_conversation(
            &signed.caller,
            &named.project,
            named.row(),
            named.user.clone(),
        )
        .await?;
    if erased {
        Ok(StatusCode::OK.into_response())
    } else {
        Err(named.not_found())
    }
}
