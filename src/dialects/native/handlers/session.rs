//! Signing in and out.

use super::{Answer, json};
use crate::app::{App, SignedIn};
use crate::dialects::native::auth::Here;
use crate::dialects::native::convert;
use crate::dialects::native::error::Rejection;
use crate::dialects::native::request::{Body, Parameters};
use crate::dialects::native::visitor::Visitor;
use crate::dialects::native::wire::{self, PasswordChange, SignIn, SignOutQuery};
use crate::limits;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

/// The cookie that carries a session.
pub(in super::super) const COOKIE: &str = "candor_session";

/// Signs in. The answer sets the cookie `candor_session`, which every route takes in the place of a key.
///
/// Whatever is wrong with e-mail address or password, the answer is the same.
#[utoipa::path(post, path = "/session", tag = "session", security(()), request_body = SignIn, responses(
    (status = 200, description = "Who is signed in.", body = wire::Me),
    (status = 401, description = "The e-mail address or the password is wrong.", body = wire::Problem,
        content_type = "application/problem+json"),
))]
pub(in super::super) async fn sign_in(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    body: Body<SignIn>,
) -> Answer {
    let SignIn { email, password } = body.value;
    let signed_in = app.sign_in(&email, &password, visitor.address).await?;
    Ok(welcome(&app, StatusCode::OK, &visitor, &signed_in)?)
}

/// Shows who is signed in.
#[utoipa::path(get, path = "/session", tag = "session", security(("session" = [])), responses(
    (status = 200, description = "Who is signed in.", body = wire::Me),
))]
pub(in super::super) async fn get_session(
    State(app): State<Arc<App>>,
    Here(session): Here,
) -> Answer {
    Ok(super::ok(&convert::me(&app.directory(), &session)?))
}

/// Signs out, here or everywhere.
#[utoipa::path(delete, path = "/session", tag = "session", security(("session" = [])), params(SignOutQuery), responses(
    (status = 204, description = "The session is over."),
))]
pub(in super::super) async fn sign_out(
    State(app): State<Arc<App>>,
    Here(session): Here,
    visitor: Visitor,
    Parameters(query): Parameters<SignOutQuery>,
) -> Result<Response, Rejection> {
    let everywhere = convert::yes_or_no("everywhere", query.everywhere.as_deref())?;
    if everywhere.unwrap_or_default() {
        app.sign_out_everywhere(&session).await?;
    } else {
        app.sign_out(&session).await?;
    }
    let answer = StatusCode::NO_CONTENT.into_response();
    Ok(with_cookie(&visitor, "", 0, answer))
}

/// Changes the password of whoever is signed in, who is signed out everywhere else.
#[utoipa::path(put, path = "/session/password", tag = "session", security(("session" = [])), request_body = PasswordChange,
    responses((status = 204, description = "The password is changed.")))]
pub(in super::super) async fn change_password(
    State(app): State<Arc<App>>,
    Here(session): Here,
    body: Body<PasswordChange>,
) -> Result<StatusCode, Rejection> {
    let PasswordChange { current, new } = body.value;
    app.change_own_password(&session, &current, &new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is signed in, with the cookie.
pub(super) fn welcome(
    app: &App,
    status: StatusCode,
    visitor: &Visitor,
    signed_in: &SignedIn,
) -> Result<Response, crate::error::Error> {
    let me = convert::me(&app.directory(), &signed_in.session)?;
    let seconds = limits::SESSION_TIME.as_secs();
    let answer = json(status, &me);
    Ok(with_cookie(visitor, &signed_in.token, seconds, answer))
}

/// No script reads it, and no page of another site has it sent along with what changes something.
fn with_cookie(visitor: &Visitor, token: &str, seconds: u64, mut answer: Response) -> Response {
    let secure = if visitor.encrypted { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    answer
}
