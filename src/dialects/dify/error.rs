//! Every failure in Dify's shape: `{"code", "message", "status"}`.

use super::wire;
use crate::app::VoteError;
use crate::dialects::answer;
use crate::domain::vote::RefusalReason;
use crate::error::{Error, ErrorKind};
use crate::upstream::Failure;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;
use uuid::Uuid;

/// A failure as Dify answers it.
#[derive(Debug)]
pub(super) struct Rejection {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    /// The seconds after which the client may try again, if the failure passes by itself.
    passing: Option<u32>,
    /// Whether the router made it: Dify's router answers before the layer that adds the CORS headers.
    from_routing: bool,
}

impl Rejection {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            passing: None,
            from_routing: false,
        }
    }

    /// A parameter or field that says something that is not allowed.
    pub(super) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_param", message)
    }

    pub(super) fn unauthorized(message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    pub(super) fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    pub(super) fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// A body that is not JSON.
    pub(super) fn bad_body() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad_request",
            "The browser (or proxy) sent a request that this server could not understand.",
        )
    }

    /// A body that does not say that it is JSON.
    pub(super) fn not_json() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Did not attempt to load JSON data because the request Content-Type was not 'application/json'.",
        )
    }

    /// A conversation's route called for an app without conversations.
    pub(super) fn not_chat_app() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "not_chat_app",
            "Please check if your app mode matches the right API route.",
        )
    }

    /// A path that Dify does not have. Dify answers HTML here; JSON is what its clients parse everywhere else.
    pub(super) fn no_such_path() -> Self {
        Self {
            from_routing: true,
            ..Self::not_found(
                "The requested URL was not found on the server. If you entered the URL manually please check your \
                 spelling and try again.",
            )
        }
    }

    /// A path that only an upstream could answer.
    pub(super) fn no_upstream() -> Self {
        Self {
            from_routing: true,
            ..Self::not_found(
                "This path is not answered here, and this app's project has no upstream to hand it on to.",
            )
        }
    }

    pub(super) fn wrong_method() -> Self {
        Self {
            from_routing: true,
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "The method is not allowed for the requested URL.",
            )
        }
    }

    /// Whether the router made it.
    pub(super) const fn is_from_routing(&self) -> bool {
        self.from_routing
    }
}

/// Dify's `code` is the exception's class name in snake case (`api/libs/external_api.py`).
impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        answer::log_failure(&error);
        let code = match error.kind() {
            ErrorKind::Invalid => "invalid_param",
            ErrorKind::Unauthenticated => "unauthorized",
            ErrorKind::Forbidden => "forbidden",
            ErrorKind::NotFound => "not_found",
            ErrorKind::Conflict => "conflict",
            ErrorKind::TooLarge => "request_entity_too_large",
            ErrorKind::UnsupportedType => "unsupported_media_type",
            ErrorKind::Busy => "too_many_requests",
            ErrorKind::Unavailable => "service_unavailable",
            ErrorKind::Internal => "unknown",
        };
        let message = match error.kind() {
            ErrorKind::Internal => "Internal Server Error".to_owned(),
            _ => error.to_string(),
        };
        Self {
            passing: answer::retry_after(&error),
            ..Self::new(answer::status_of(error.kind()), code, message)
        }
    }
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        let passing = answer::retry_after_failure(&failure);
        let mut rejection = Self::from(failure.error);
        rejection.passing = passing;
        rejection.status = failure.status;
        rejection.code = match failure.status {
            StatusCode::BAD_GATEWAY => "bad_gateway",
            StatusCode::GATEWAY_TIMEOUT => "gateway_timeout",
            StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
            _ => rejection.code,
        };
        rejection
    }
}

impl From<VoteError> for Rejection {
    fn from(error: VoteError) -> Self {
        match error {
            VoteError::Failed(error) => Self::from(error),
            VoteError::Refused(RefusalReason::NothingToTakeBack) => {
                Self::invalid("rating cannot be None when feedback not exists")
            }
            // Dify has no publishable keys; what they may not do is told in its shape of a 403.
            VoteError::Refused(RefusalReason::MayOnlyCreate) => Self::from(Error::new(
                ErrorKind::Forbidden,
                "This key gives feedback and does not change it.",
            )),
            // Dify looks for a message of this user, so another's is as unknown as none; the other reasons belong to
            // rules that its votes do not have.
            VoteError::Refused(_) => Self::not_found("Message Not Exists."),
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let mut response = answer::json(
            self.status,
            wire::CONTENT_TYPE,
            &wire::Failure {
                code: self.code,
                message: &self.message,
                status: self.status.as_u16(),
            },
        );
        let headers = response.headers_mut();
        // Dify's sessions say so of every answer; where CORS has more to say, it replaces this.
        headers.insert(header::VARY, HeaderValue::from_static("Cookie"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"api\""),
            );
        }
        answer::with_retry_after(self.passing, response)
    }
}

/// The id in a path. Dify's router knows only ids of the form 8-4-4-4-12, and looks at nothing else before it.
pub(super) struct UuidInPath(pub(super) Uuid);

impl<S: Send + Sync> FromRequestParts<S> for UuidInPath {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        Path::<String>::from_request_parts(parts, state)
            .await
            .ok()
            .and_then(|Path(text)| uuid_in_path(&text))
            .map(Self)
            .ok_or_else(Rejection::no_such_path)
    }
}

fn uuid_in_path(text: &str) -> Option<Uuid> {
    // Of the forms that the parser knows, only this one has 36 characters.
    (text.len() == 36).then_some(())?;
    Uuid::try_parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_in_a_path_has_dashes() {
        let known = uuid_in_path("1f5fca2d-3eab-5e3d-abe3-8d70d72483b9");
        assert!(known.is_some());
        assert_eq!(uuid_in_path("1F5FCA2D-3EAB-5E3D-ABE3-8D70D72483B9"), known);
        assert_eq!(uuid_in_path("1f5fca2d3eab5e3dabe38d70d72483b9"), None);
        assert_eq!(uuid_in_path("{1f5fca2d3eab5e3dabe38d70d72483b9}--"), None);
        assert_eq!(uuid_in_path("not-a-uuid"), None);
    }

    #[test]
    fn a_fault_of_ours_is_not_explained() {
        let rejection = Rejection::from(Error::internal("the disk is on fire"));
        assert_eq!(rejection.message, "Internal Server Error");
        assert_eq!(rejection.code, "unknown");
    }

    #[test]
    fn a_busy_server_says_when_to_try_again() {
        let response = Rejection::from(Error::new(ErrorKind::Busy, "too many")).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }
}
