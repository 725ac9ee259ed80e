//! What reading conversations begins with: whose they are, and what they are called.

use super::auth::{Access, access};
use super::convert::{self, DEFAULT_USER, named};
use super::error::Rejection;
use super::query::{Faults, Parameters};
use crate::app::App;
use crate::domain::vote::RowRef;
use crate::domain::{Conversation, EndUser, EndUserDraft, Message, Mode};
use crate::error::{Error, ErrorKind};
use axum::http::{HeaderMap, Uri};
use uuid::Uuid;

/// The most items on a page (`api/controllers/service_api/app/conversation.py`, `message.py`).
const LIMIT: u64 = 100;
const LIMIT_DEFAULT: u64 = 20;
/// A chat app's key, the person whose conversations are read, and the request's parameters. The person is none if the
/// key may not register one who is new.
pub(super) struct Reading {
    pub(super) access: Access,
    pub(super) end_user: Option<EndUser>,
    pub(super) parameters: Parameters,
}

impl Reading {
    pub(super) async fn of(app: &App, headers: &HeaderMap, uri: &Uri) -> Result<Self, Rejection> {
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

    pub(super) fn limit(&self, faults: &mut Faults) -> usize {
        let limit = self
            .parameters
            .number("limit", LIMIT_DEFAULT, LIMIT, faults);
        usize::try_from(limit).unwrap_or(usize::MAX)
    }

    /// A conversation of the person, by what Dify calls it, or by our id where that was shown.
    pub(super) async fn conversation(
        &self,
        app: &App,
        id: Uuid,
    ) -> Result<Option<Conversation>, Error> {
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
    pub(super) async fn message(
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

/// What Dify calls a conversation: what the application does, else our id.
pub(super) fn conversation_name(conversation: &Conversation) -> String {
    conversation
        .external_id
        .clone()
        .unwrap_or_else(|| conversation.id.to_string())
}
