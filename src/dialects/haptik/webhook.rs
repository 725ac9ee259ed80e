//! What the vendor reports: its webhook, called here rather than where the chat is, and handed on to there.

use super::error::Rejection;
use super::remember;
use super::wire::{CONTENT_TYPE, Event, Received};
use crate::app::App;
use crate::dialects::answer;
use crate::domain::{Continuation, Dialect, Project, ProjectId};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::upstream::{Passing, admit_anybody};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use std::sync::Arc;

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature");

/// `POST /candor/webhooks/haptik/{project}`, which the vendor calls.
///
/// What is said there is kept if it can be, and goes on to where the chat listens, whether or not it can: its answer is the
/// one that the vendor hears.
pub async fn webhook(
    State(app): State<Arc<App>>,
    Extension(passing): Extension<Arc<Passing>>,
    Path(project): Path<String>,
    request: Request,
) -> Response {
    let received = receive(&app, &passing, &project, request).await;
    received.into_response()
}

async fn receive(
    app: &App,
    passing: &Passing,
    project: &str,
    request: Request,
) -> Result<Response, Rejection> {
    let id: Option<ProjectId> = project.parse().ok();
    let directory = app.directory();
    let project = id
        .and_then(|id| directory.project(id))
        .filter(|project| project.deleted_at.is_none())
        .ok_or_else(Rejection::no_such_path)?;
    let upstream = Passing::upstream(project, Dialect::Haptik);
    let upstream = upstream.ok_or_else(Rejection::no_such_path)?;
    let secret = app.vendor_credential(project)?.webhook_secret;
    let secret = secret.ok_or_else(Rejection::no_such_path)?;
    let (parts, body) = request.into_parts();
    let body = answer::read_body(body, limits::HAPTIK_BODY_BYTES).await?;
    if !is_signed(&parts.headers, &secret, &body) {
        return Err(Rejection::unauthorized());
    }
    admit_anybody(project)?;
    let kept = keep(app, project, &body);
    let Some(url) = &upstream.webhook_forward_to else {
        kept.await?;
        let received = Received { success: true };
        return Ok(answer::json(StatusCode::OK, CONTENT_TYPE, &received));
    };
    let onward = Request::from_parts(parts, Body::from(body.clone()));
    // At the same time: the vendor waits for seconds only, and the chat for every one of them.
    let (answered, kept) = futures_util::future::join(passing.send_to(url, onward), kept).await;
    if let Err(error) = kept {
        // The vendor is told what the chat says: it would report once more what the chat has heard.
        answer::log_failure(&error);
    }
    Ok(answered?)
}

/// Whether the vendor signed it: HMAC with SHA-1 over the body as it came.
fn is_signed(headers: &HeaderMap, secret: &str, body: &[u8]) -> bool {
    let signed = answer::header_text(headers, &SIGNATURE)
        .and_then(|signature| signature.trim().strip_prefix("sha1="))
        .and_then(|digits| hex::decode(digits).ok());
    let (Some(signed), Ok(mut mac)) = (signed, Hmac::<Sha1>::new_from_slice(secret.as_bytes()))
    else {
        return false;
    };
    mac.update(body);
    // In constant time.
    mac.verify_slice(&signed).is_ok()
}

/// Keeps what the bot or an agent said. An error is one after which the vendor may well report it again.
async fn keep(app: &App, project: &Arc<Project>, body: &Bytes) -> Result<()> {
    let Ok(event) = serde_json::from_slice::<Event>(body) else {
        return Ok(());
    };
    let Some(project) = concerned(app, project, &event) else {
        return Ok(());
    };
    let Some(said) = remember::reported(event) else {
        return Ok(());
    };
    // The person's message, which it answers, is written behind its own answer.
    app.learnt_so_far(Some(project.id)).await;
    kept(say(app, &project, said).await)
}

async fn say(app: &App, project: &Project, said: Continuation) -> Result<()> {
    let operator = App::operator(project.workspace);
    let said = app.continue_conversation(&operator, project, said).await;
    said.map(drop)
}

/// What cannot be kept for what it is, such as a text that is too long, is not to be reported for ever.
fn kept(said: Result<()>) -> Result<()> {
    let passes = |error: &Error| {
        matches!(
            error.kind(),
            ErrorKind::Busy | ErrorKind::Unavailable | ErrorKind::Internal
        )
    };
    match said {
        Err(error) if !passes(&error) => {
            answer::log_failure(&error);
            Ok(())
        }
        said => said,
    }
}

/// The project whose business the event is of. A client has one webhook for all its businesses, so that it may be another
/// one of the same workspace, if its chat goes through here too.
fn concerned(app: &App, called: &Arc<Project>, event: &Event) -> Option<Arc<Project>> {
    let business = event.business_id.as_ref().and_then(super::convert::whole);
    if business.is_none() || called.haptik_business_id == business {
        return Some(Arc::clone(called));
    }
    let operator = App::operator(called.workspace);
    let named = app
        .directory()
        .find_project(&operator, |project| project.haptik_business_id == business);
    match named {
        Some(named) => Some(named)
            .filter(|named| named.enabled && Passing::upstream(named, Dialect::Haptik).is_some()),
        None => Some(Arc::clone(called)).filter(|called| called.haptik_business_id.is_none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn signed(signature: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(SIGNATURE, HeaderValue::from_static(signature));
        is_signed(
            &headers,
            "key",
            b"The quick brown fox jumps over the lazy dog",
        )
    }

    #[test]
    fn only_the_right_signature_is_taken() {
        assert!(signed("sha1=de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"));
        assert!(signed("sha1=DE7C9B85B8B78AA6BC8A7A36F70A90701C9DB4D9"));
        for wrong in [
            "sha1=de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d8",
            "sha1=de7c9b85b8b78aa6bc8a7a36f70a90701c9db4",
            "sha1=",
            "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9",
            "sha256=de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9",
            "",
        ] {
            assert!(!signed(wrong), "{wrong}");
        }
        assert!(!is_signed(&HeaderMap::new(), "key", b""));
    }
}
