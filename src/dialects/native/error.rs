//! Every failure in one shape: `application/problem+json`.

use super::wire::Problem;
use crate::app::VoteError;
use crate::dialects::answer;
use crate::domain::vote::RefusalReason;
use crate::error::{Error, ErrorKind};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The type of a failure's body.
pub(super) const CONTENT_TYPE: &str = "application/problem+json";

/// A failure as the native API answers it.
#[derive(Debug)]
pub(super) struct Rejection {
    status: StatusCode,
    code: &'static str,
    detail: String,
    field: Option<String>,
    /// The seconds after which the client may try again, if the failure passes by itself.
    passing: Option<u32>,
}

impl Rejection {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            field: None,
            passing: None,
        }
    }

    /// The status of the answer.
    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    /// The failure of one item of many: its field is named under `parent`.
    pub(super) fn under(self, parent: &str) -> Self {
        let field = match self.field {
            Some(field) => format!("{parent}.{field}"),
            None => parent.to_owned(),
        };
        Self {
            field: Some(field),
            ..self
        }
    }

    /// The body of the answer.
    pub(super) fn problem(self) -> Problem {
        Problem {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail,
            field: self.field,
        }
    }
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        answer::log_failure(&error);
        let code = match error.kind() {
            ErrorKind::Invalid => "invalid",
            ErrorKind::Unauthenticated => "unauthenticated",
            ErrorKind::Forbidden => "forbidden",
            ErrorKind::NotFound => "not_found",
            ErrorKind::Conflict => "conflict",
            ErrorKind::TooLarge => "too_large",
            ErrorKind::UnsupportedType => "unsupported_type",
            ErrorKind::Busy => "busy",
            ErrorKind::Unavailable => "unavailable",
            ErrorKind::Internal => "internal",
        };
        Self {
            field: error.field().map(ToOwned::to_owned),
            passing: answer::retry_after(&error),
            ..Self::new(answer::status_of(error.kind()), code, error.message())
        }
    }
}

impl From<VoteError> for Rejection {
    fn from(error: VoteError) -> Self {
        let reason = match error {
            VoteError::Failed(error) => return error.into(),
            VoteError::Refused(reason) => reason,
        };
        let error = |kind, message| Self::from(Error::new(kind, message));
        match reason {
            RefusalReason::UnknownTarget => error(
                ErrorKind::NotFound,
                "no such message or conversation, and this project takes feedback for known ones only",
            ),
            RefusalReason::UnknownAuthor => error(
                ErrorKind::NotFound,
                "no such end user, and this project takes feedback of known ones only",
            ),
            RefusalReason::UnknownFeedback | RefusalReason::NothingToTakeBack => {
                error(ErrorKind::NotFound, "no such feedback")
            }
            RefusalReason::NotTheOwner => error(
                ErrorKind::NotFound,
                "no such message or conversation of this end user",
            ),
            RefusalReason::NoMessage => {
                error(ErrorKind::Invalid, "the conversation has no message")
            }
            RefusalReason::SeveralMatch => {
                error(ErrorKind::Conflict, "more than one feedback is meant")
            }
            RefusalReason::Retracted => error(
                ErrorKind::Conflict,
                "the feedback was taken back; give it anew instead",
            ),
            RefusalReason::MayOnlyCreate => error(
                ErrorKind::Forbidden,
                "this key is publishable: it gives feedback and does not change it",
            ),
            RefusalReason::Empty => error(
                ErrorKind::Invalid,
                "a feedback must say something: give a rating, a score, resolved, reasons, a comment, a correction, \
                 attributes or message_copied_at",
            ),
            // No vote of this API has a quiet time, so the usual `Retry-After` need not be made exact.
            RefusalReason::TooSoon { .. } => {
                error(ErrorKind::Busy, "the author's last feedback is too recent")
            }
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let (status, passing) = (self.status, self.passing);
        let mut response = answer::json(status, CONTENT_TYPE, &self.problem());
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"candor\""),
            );
        }
        answer::with_retry_after(passing, response)
    }
}

/// The answer to a path that is nobody's.
pub(super) fn no_such_path() -> Rejection {
    Error::not_found("nothing is at this path").into()
}

/// The answer to a method that a path does not have. The router adds `Allow`.
pub(super) async fn method_not_allowed(method: Method) -> Rejection {
    Rejection::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!("this path does not take {method}; the header Allow names what it takes"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_ours_is_not_explained() {
        let problem = Rejection::from(Error::internal("the disk is on fire")).problem();
        assert_eq!(problem.detail, "an internal error happened");
        assert_eq!(problem.status, 500);
    }

    #[test]
    fn a_busy_server_says_when_to_try_again() {
        for kind in [ErrorKind::Busy, ErrorKind::Unavailable] {
            let response = Rejection::from(Error::new(kind, "later")).into_response();
            assert!(response.headers().contains_key(header::RETRY_AFTER));
        }
    }

    #[test]
    fn a_missing_key_is_asked_for() {
        let error = Error::new(ErrorKind::Unauthenticated, "no key");
        let response = Rejection::from(error).into_response();
        assert!(response.headers().contains_key(header::WWW_AUTHENTICATE));
        assert_eq!(response.headers()[header::CONTENT_TYPE], CONTENT_TYPE);
    }
}
