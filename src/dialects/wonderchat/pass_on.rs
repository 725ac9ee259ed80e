//! Handing on to the vendor what concerns the chat and its history, where the project has an upstream.
//!
//! The key is in the body, so a body is read whole before it goes on; answers are streamed.

use super::auth;
use super::convert;
use super::error::Rejection;
use super::remember;
use super::wire::Body;
use crate::app::App;
use crate::dialects::answer;
use crate::domain::{Caller, Dialect, Project, Scope};
use crate::limits;
use crate::upstream::{Onward, Passing, admit_anybody, admit_for};
use axum::body::{self, Bytes};
use axum::extract::{OriginalUri, Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::Arc;

/// The path under which clients find the API.
const ROOT: &str = "/api/v1";

/// A request whose body was read.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) body: Body,
    bytes: Bytes,
    parts: Parts,
}

/// A body that has a key. Twice the same field is refused: who says which of them counts?
#[derive(Deserialize)]
struct Keyed<'body> {
    #[serde(borrow, rename = "apiKey")]
    key: Option<&'body RawValue>,
}

impl Call {
    /// Reads a body, whatever its type.
    pub(super) async fn read(app: &App, request: Request) -> Result<Self, Rejection> {
        let (parts, body) = request.into_parts();
        // A comment that is too long is to be told from a body that is too large, however it is escaped.
        let most = limits::json_bytes(app.comment_characters()).max(limits::BODY_BYTES);
        let bytes = answer::read_body(body, most).await?;
        Ok(Self {
            body: Body::of(answer::parse_json(&bytes)?)?,
            bytes,
            parts,
        })
    }

    /// Hands it on. `key` is what becomes of the key in the body: it stays, or is replaced, or is left out.
    async fn hand_on(mut self, project: Arc<Project>, key: Key) -> Result<Response, Rejection> {
        let bytes = key.put_into(&self.bytes)?;
        // The client library writes the one of the body that it is given.
        self.parts.headers.remove(header::CONTENT_LENGTH);
        if let Some(OriginalUri(uri)) = self.parts.extensions.get::<OriginalUri>().cloned() {
            self.parts.uri = uri;
        }
        let passing = self.parts.extensions.get::<Arc<Passing>>().cloned();
        let passing = passing.ok_or_else(|| Rejection::fault("nothing hands requests on"))?;
        let onward = Onward {
            project,
            root: ROOT,
            read: remember::of_path(self.parts.uri.path(), ROOT),
            request: Request::from_parts(self.parts, body::Body::from(bytes)),
        };
        Ok(answer::handed_on(passing.pass(onward).await?))
    }

    /// Hands it on if it concerns a project with an upstream, and gives it back if it is answered here.
    pub(super) async fn unless_handed_on(
        self,
        app: &App,
        caller: &Caller,
        needs: &[Scope],
    ) -> Result<Self, Result<Response, Rejection>> {
        match self.destination(app, caller, needs).await {
            Ok(None) => Ok(self),
            Ok(Some((project, key))) => Err(self.hand_on(project, key).await),
            Err(rejection) => Err(Err(rejection)),
        }
    }

    /// The project with an upstream that it concerns, if the caller may have it handed on.
    async fn destination(
        &self,
        app: &App,
        caller: &Caller,
        needs: &[Scope],
    ) -> Result<Option<(Arc<Project>, Key)>, Rejection> {
        let first = app.directory().find_project(caller, has_upstream);
        let Some(first) = first else {
            return Ok(None);
        };
        for scope in needs {
            App::require(caller, *scope)?;
        }
        let named = match caller.only_project() {
            Some(_) => None,
            None => self.named(app, caller, needs).await?,
        };
        let project = named.unwrap_or(first);
        if !has_upstream(&project) {
            return Ok(None);
        }
        for scope in needs {
            admit_for(caller, &project, *scope)?;
        }
        let secret = app.vendor_credential(&project)?.secret;
        Ok(Some((project, secret.map_or(Key::Stays, Key::Becomes))))
    }

    /// The project that the body names, or whose conversation it names.
    async fn named(
        &self,
        app: &App,
        caller: &Caller,
        needs: &[Scope],
    ) -> Result<Option<Arc<Project>>, Rejection> {
        if let Some(id) = self.body.text("chatbotId") {
            let chatbot = |project: &Project| convert::is_chatbot(project, id);
            return Ok(app.directory().find_project(caller, chatbot));
        }
        let Some(id) = self.body.text("chatlogId") else {
            return Ok(None);
        };
        let (named, ours) = convert::meanings(id);
        for row in [Some(&named), ours.as_ref()].into_iter().flatten() {
            let found = if needs.contains(&Scope::FeedbackWrite) {
                app.project_of_conversation(caller, row).await?
            } else {
                let found = app.find_conversation(caller, row).await?;
                found.map(|(project, _)| project)
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// What becomes of the key in a body that goes on.
#[derive(Debug)]
enum Key {
    Stays,
    Becomes(String),
    LeftOut,
}

impl Key {
    /// The body with its key as it is to be, and everything else as it was written.
    fn put_into(&self, body: &Bytes) -> Result<Bytes, Rejection> {
        if matches!(self, Self::Stays) {
            return Ok(body.clone());
        }
        let twice = |_| Rejection::invalid("apiKey must stand in the body once, as a string");
        let Keyed { key } = serde_json::from_slice(body).map_err(twice)?;
        let Some(key) = key.map(RawValue::get) else {
            return Ok(body.clone());
        };
        let new = match self {
            Self::Becomes(secret) => serde_json::Value::from(secret.as_str()).to_string(),
            _ => "null".to_owned(),
        };
        // The key's text is a part of the body's.
        let begin = (key.as_ptr() as usize).saturating_sub(body.as_ptr() as usize);
        let (before, after) = body.split_at_checked(begin).unwrap_or((body, &[]));
        let after = after.get(key.len()..).unwrap_or_default();
        Ok([before, new.as_bytes(), after].concat().into())
    }
}

/// `POST /chat`, which takes no key: the chatbot's id says whose upstream it is for.
pub(super) async fn chat(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, Rejection> {
    if !app.directory().has_upstream(Dialect::Wonderchat) {
        return Err(Rejection::no_upstream());
    }
    let call = Call::read(&app, request).await?;
    let project = chatbot(&app, &call.body)?;
    admit_anybody(&project)?;
    // Some clients send their key all the same. It is one of ours where the project has a credential of its own.
    let key = match app.vendor_credential(&project)?.secret {
        Some(_) => Key::LeftOut,
        None => Key::Stays,
    };
    call.hand_on(project, key).await
}

/// The project with an upstream whose chatbot a body names, else the one that its key opens.
fn chatbot(app: &App, body: &Body) -> Result<Arc<Project>, Rejection> {
    let id = body.required("chatbotId")?;
    let directory = app.directory();
    let is_it = |project: &Project| convert::is_chatbot(project, id);
    if let Some(it) = directory.find_of_anybody(|project| is_it(project) && has_upstream(project)) {
        return Ok(it);
    }
    if directory.find_of_anybody(is_it).is_some() {
        return Err(Rejection::no_upstream());
    }
    auth::key(app, body)?
        .and_then(|key| directory.find_project(&key.caller(), has_upstream))
        .ok_or_else(Rejection::no_such_chatbot)
}

/// The answer to every other path: the upstream's, to who has a key.
pub(super) async fn elsewhere(State(app): State<Arc<App>>, request: Request) -> Response {
    use axum::response::IntoResponse as _;
    anywhere(&app, request).await.into_response()
}

async fn anywhere(app: &App, request: Request) -> Result<Response, Rejection> {
    let strangers_hear = if app.directory().has_upstream(Dialect::Wonderchat) {
        Rejection::unauthorized()
    } else {
        Rejection::no_such_path()
    };
    let Ok(call) = Call::read(app, request).await else {
        return Err(strangers_hear);
    };
    if auth::key(app, &call.body)?.is_none() {
        return Err(strangers_hear);
    }
    let caller = auth::caller(app, &call.body)?;
    // What is asked there is not known: every request is a POST, those that read too.
    let needs = [Scope::FeedbackRead, Scope::FeedbackWrite];
    match call.unless_handed_on(app, &caller, &needs).await {
        Ok(_) => Err(Rejection::no_upstream()),
        Err(answer) => answer,
    }
}

fn has_upstream(project: &Project) -> bool {
    Passing::upstream(project, Dialect::Wonderchat).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &Key, body: &str) -> Option<String> {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let put = key.put_into(&body).ok()?;
        Some(String::from_utf8(put.to_vec()).unwrap())
    }

    #[test]
    fn only_the_key_is_written_anew() {
        let body = "{ \"tags\":[1.0, \"\\u00e9\"],\n\"apiKey\" : \"ours\" , \"chatlogId\":\"c\"}";
        let becomes = Key::Becomes("the \"vendor's\"".to_owned());
        let expected = body.replace("\"ours\"", r#""the \"vendor's\"""#);
        assert_eq!(put(&becomes, body), Some(expected));
        assert_eq!(put(&Key::Stays, body).as_deref(), Some(body));
        let without = body.replace("\"ours\"", "null");
        assert_eq!(put(&Key::LeftOut, body), Some(without));
    }

    #[test]
    fn a_body_without_a_key_stays() {
        let body = r#"{"chatbotId":"b"}"#;
        assert_eq!(put(&Key::LeftOut, body).as_deref(), Some(body));
    }

    #[test]
    fn two_keys_are_refused() {
        let body = r#"{"apiKey":"ours","apiKey":"another"}"#;
        assert_eq!(put(&Key::LeftOut, body), None);
    }
}
