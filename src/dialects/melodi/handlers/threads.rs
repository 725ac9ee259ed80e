//! Threads and their messages.

use super::included::{Wanted, included};
use super::{Answer, known_project, ok, organization, project, read};
use crate::app::{App, MetadataValue, Transcript, TranscriptFeedback, TranscriptFilter};
use crate::dialects::answer;
use crate::dialects::melodi::auth::Private;
use crate::dialects::melodi::convert::{self, Included, ProjectRef};
use crate::dialects::melodi::error::Rejection;
use crate::dialects::melodi::query::Parameters;
use crate::dialects::melodi::wire;
use crate::domain::vote::RowRef;
use crate::domain::{Caller, ConversationDraft, Project, Scope, TopicKind};
use crate::error::Error;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, Uri};
use std::sync::Arc;

/// `PUT /threads`: creates a thread or adds to the one of this id or external id.
pub(in super::super) async fn create_or_update_thread(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    request: Request,
) -> Answer {
    let shown = put(&app, &caller, request).await?;
    Ok(ok(&shown))
}

/// `POST /threads`: the same, answered as Melodi's older document says.
pub(in super::super) async fn create_thread(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    request: Request,
) -> Answer {
    let shown = put(&app, &caller, request).await?;
    let status = StatusCode::CREATED;
    Ok(answer::json(status, wire::CONTENT_TYPE, &shown))
}

async fn put(app: &App, caller: &Caller, request: Request) -> Result<wire::Thread, Rejection> {
    // The answer shows the thread, so a key that may not read is refused before anything is stored.
    App::require(caller, Scope::FeedbackRead)?;
    let body: wire::ThreadBody = read(app, request.into_body()).await?;
    let number = body.id;
    let named = ProjectRef::of(body.project_id, body.project_name.clone());
    let (mut draft, _) = convert::conversation_draft(body)?;
    App::check_conversation(&draft)?;
    let project = match number {
        Some(number) => known_thread(app, caller, number, named, &mut draft).await?,
        None => project(app, caller, named).await?,
    };
    let ingested = app.ingest(caller, &project, vec![draft], None).await?;
    let conversation = ingested.first().map(|one| RowRef::Id(one.conversation.0));
    let transcript = match conversation {
        Some(conversation) => app.transcript(caller, &project, conversation).await?,
        None => None,
    };
    let transcript =
        transcript.ok_or_else(|| Error::internal("a stored conversation is not there"))?;
    let organization = organization(app, caller);
    let mut nothing = Included::default();
    Ok(convert::thread(
        organization,
        &project,
        transcript,
        &mut nothing,
    ))
}

/// The project of a thread that is named by its id. What else the request says of it must not contradict.
async fn known_thread(
    app: &App,
    caller: &Caller,
    number: i64,
    named: Option<ProjectRef>,
    draft: &mut ConversationDraft,
) -> Result<Arc<Project>, Rejection> {
    let thread = RowRef::Number(number);
    let found = app.find_conversation(caller, &thread).await?;
    let (project, known) = found.ok_or_else(|| Rejection::bad_request("Thread not found"))?;
    if let Some(named) = named
        && known_project(app, caller, &named)?.is_none_or(|named| named.id != project.id)
    {
        return Err(Rejection::bad_request("The thread is of another project"));
    }
    if draft.external_id.is_some() && draft.external_id != known.external_id {
        return Err(Rejection::bad_request(
            "The thread of this id has another externalId",
        ));
    }
    draft.known = Some(known.id);
    Ok(project)
}

/// `GET /threads`
pub(in super::super) async fn list_threads(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    uri: Uri,
) -> Answer {
    let parameters = Parameters::of(&uri);
    let (skip, limit) = parameters.page()?;
    let wanted = Wanted::of(&parameters)?;
    let filter = filter(&app, &caller, &parameters)?;
    let found = app
        .counted_transcripts(&caller, filter, skip, limit)
        .await?;
    let messages = found.items.iter().flat_map(|one| &one.messages);
    let feedback = found.items.iter().flat_map(|one| &one.feedback);
    let mut included = included(&app, &caller, wanted, messages, feedback).await?;
    let organization = organization(&app, &caller);
    let directory = app.directory();
    let shown = |transcript: Transcript| {
        let project = directory.project(transcript.conversation.project)?;
        Some(convert::thread(
            organization,
            project,
            transcript,
            &mut included,
        ))
    };
    Ok(ok(&wire::Counted {
        count: found.count,
        rows: found.items.into_iter().filter_map(shown).collect(),
    }))
}

fn filter(
    app: &App,
    caller: &Caller,
    parameters: &Parameters,
) -> Result<TranscriptFilter, Rejection> {
    let project = parameters.number("projectId")?;
    let project = project.map(|number| known_project(app, caller, &ProjectRef::Number(number)));
    let project = project.transpose()?.flatten();
    let texts = |name| {
        let values = parameters.names(name).into_iter();
        values.map(str::to_owned).collect::<Vec<_>>()
    };
    let text = |name| parameters.first(name).map(str::to_owned);
    let flag = |name| Ok::<_, Rejection>(parameters.flag(name)?.unwrap_or(false));
    let people = texts("externalUserIds").into_iter().map(person);
    let mut topics = Vec::new();
    for (name, kind) in [
        ("issueIds", TopicKind::Issue),
        ("intentIds", TopicKind::Intent),
    ] {
        let numbers = parameters.numbers(name)?;
        topics.extend((!numbers.is_empty()).then_some((kind, numbers)));
    }
    Ok(TranscriptFilter {
        projects: project.iter().map(|project| project.id).collect(),
        since: parameters.time("after")?,
        until: parameters.time("before")?,
        numbers: parameters.numbers("ids")?,
        external_ids: texts("externalIds"),
        end_users: people.collect(),
        search: text("search"),
        end_user_search: text("userSearch"),
        segments: parameters.numbers("userSegmentIds")?,
        topics,
        feedback: feedback(parameters)?,
        metadata: metadata(parameters),
        without_internal: flag("filterInternal")?,
        without_anonymous: flag("filterAnonymousSessions")?,
    })
}

/// Melodi's ids of people are integers; anything else is what the application calls the person.
fn person(text: String) -> RowRef {
    text.parse().map_or(RowRef::External(text), RowRef::Number)
}

fn feedback(parameters: &Parameters) -> Result<Vec<TranscriptFeedback>, Rejection> {
    let mut wanted = Vec::new();
    let has = match parameters.flag("hasFeedback")? {
        Some(has) => Some(has),
        None => parameters.flag("has_feedback")?,
    };
    wanted.extend(has.map(|has| TranscriptFeedback {
        none: !has,
        ..TranscriptFeedback::default()
    }));
    let rating = parameters.first("feedbackType").map(convert::rating_named);
    let of_what = TranscriptFeedback {
        none: false,
        rating: rating.transpose()?,
        options: parameters.numbers("attributeOptionIds")?,
    };
    if of_what != TranscriptFeedback::default() {
        wanted.push(of_what);
    }
    Ok(wanted)
}

/// Candor judges no outcome of its own: an application may tell one in the thread's metadata.
fn metadata(parameters: &Parameters) -> Vec<MetadataValue> {
    let text = |name| parameters.first(name).map(str::to_owned);
    let asked = MetadataValue {
        field: text("metadataField"),
        value: text("metadataValue"),
    };
    let outcome = text("outcome").map(|outcome| MetadataValue {
        field: Some("outcome".to_owned()),
        value: Some(outcome),
    });
    let asked = (asked != MetadataValue::default()).then_some(asked);
    asked.into_iter().chain(outcome).collect()
}

/// `GET /messages/{id}`
pub(in super::super) async fn get_message(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    path: Result<Path<i64>, PathRejection>,
) -> Answer {
    let not_found = || Rejection::bad_request("Message not found");
    let Path(number) = path.map_err(|_| not_found())?;
    let found = app.find_message(&caller, &RowRef::Number(number)).await?;
    let (project, message) = found.ok_or_else(not_found)?;
    let feedback = app.feedback_on_message(&caller, &project, &message).await?;
    let wanted = Wanted::EVERYTHING;
    let of_it = std::iter::once(&message);
    let mut included = included(&app, &caller, wanted, of_it, feedback.iter()).await?;
    Ok(ok(&convert::message(message, &mut included)))
}
