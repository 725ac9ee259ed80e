//! Every failure in the shape of Amazon Q: a JSON object, with its type in a header.

use super::sigv4::{Fault, FaultKind};
use super::wire::{self, Field};
use crate::app::VoteError;
use crate::dialects::answer;
use crate::domain::vote::RefusalReason;
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::upstream::Failure;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;

/// Carries the type: it wins over everything that the body might say.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
/// As `Retry-After`, in milliseconds; boto3 obeys only this one.
const RETRY_AFTER: HeaderName = HeaderName::from_static("x-amz-retry-after");

const VALIDATION: &str = "ValidationException";

/// Something that a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    id: String,
    kind: &'static str,
}

/// What some types tell beside their message.
#[derive(Debug)]
enum Details {
    None,
    Validation {
        reason: &'static str,
        fields: Vec<Field>,
    },
    Resource(Resource),
}

/// A failure as Amazon Q answers it.
#[derive(Debug)]
pub(super) struct Rejection {
    status: StatusCode,
    name: &'static str,
    message: Cow<'static, str>,
    details: Details,
    /// The seconds after which the client may try again, if the failure passes by itself.
    passing: Option<u32>,
}

impl Resource {
    pub(super) fn application(id: impl Into<String>) -> Self {
        let kind = "APPLICATION";
        Self {
            id: id.into(),
            kind,
        }
    }

    pub(super) fn conversation(id: impl Into<String>) -> Self {
        let kind = "CONVERSATION";
        Self {
            id: id.into(),
            kind,
        }
    }

    pub(super) fn message(id: impl Into<String>) -> Self {
        let kind = "MESSAGE";
        Self {
            id: id.into(),
            kind,
        }
    }
}

impl Rejection {
    fn new(status: StatusCode, name: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            name,
            message: message.into(),
            details: Details::None,
            passing: None,
        }
    }

    /// Members that do not satisfy the model's constraints.
    pub(super) fn invalid(fields: Vec<Field>) -> Self {
        let told: Vec<_> = fields
            .iter()
            .map(|field| {
                format!(
                    "Value at '{}' failed to satisfy constraint: {}",
                    field.name, field.message
                )
            })
            .collect();
        let number = fields.len();
        let ending = if number == 1 { "" } else { "s" };
        let message = format!(
            "{number} validation error{ending} detected: {}",
            told.join("; ")
        );
        Self {
            details: Details::Validation {
                reason: "FIELD_VALIDATION_FAILED",
                fields,
            },
            ..Self::new(StatusCode::BAD_REQUEST, VALIDATION, message)
        }
    }

    /// The members that are told of.
    #[cfg(test)]
    pub(super) fn faulty_members(&self) -> Vec<String> {
        match &self.details {
            Details::Validation { fields, .. } => {
                fields.iter().map(|field| field.name.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A body that is not a JSON object.
    pub(super) fn bad_body() -> Self {
        Self {
            details: Details::Validation {
                reason: "CANNOT_PARSE",
                fields: Vec::new(),
            },
            ..Self::new(
                StatusCode::BAD_REQUEST,
                VALIDATION,
                "The request body is not a JSON object.",
            )
        }
    }

    /// A body that says that it is something else than JSON.
    pub(super) fn not_json() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaTypeException",
            "The request body must be application/json.",
        )
    }

    pub(super) fn not_found(resource: Resource) -> Self {
        let message = format!(
            "The {} you specified does not exist, or you do not have access to it.",
            resource.kind.to_ascii_lowercase()
        );
        Self {
            details: Details::Resource(resource),
            ..Self::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
        }
    }

    /// An access key id that is not known, or a session token: none was issued.
    pub(super) fn unknown_key() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        )
    }

    pub(super) fn access_denied(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "AccessDeniedException", message)
    }

    /// A path or method that no operation has that is answered here.
    pub(super) fn unknown_operation(status: StatusCode) -> Self {
        Self::new(
            status,
            "UnknownOperationException",
            "This operation is not one that is answered here.",
        )
    }

    /// An operation that only an upstream could answer.
    pub(super) fn no_upstream(status: StatusCode) -> Self {
        Self::new(
            status,
            "UnknownOperationException",
            "This operation is not answered here, and the application has no upstream to hand it on to.",
        )
    }

    /// `Chat`, whose body goes on while it is answered, each piece signed with the client's own key.
    pub(super) fn chat_streams() -> Self {
        Self {
            details: Details::Validation {
                reason: "UNKNOWN_OPERATION",
                fields: Vec::new(),
            },
            ..Self::new(
                StatusCode::BAD_REQUEST,
                VALIDATION,
                "Chat is not handed on: each event of its stream is signed by the client for this server. Use ChatSync, which is.",
            )
        }
    }

    /// A vote that was not stored, for this message.
    pub(super) fn of_vote(error: VoteError, message: &str) -> Self {
        match error {
            VoteError::Failed(error) => Self::from(error),
            VoteError::Refused(RefusalReason::MayOnlyCreate) => {
                Self::access_denied("This key gives feedback and does not change it.")
            }
            // All others that its rules know say that the message is not there.
            VoteError::Refused(_) => Self::not_found(Resource::message(message)),
        }
    }
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        let (status, name) = match fault.kind {
            FaultKind::MalformedQuery => (StatusCode::BAD_REQUEST, "MalformedQueryStringException"),
            FaultKind::Missing => (StatusCode::FORBIDDEN, "MissingAuthenticationTokenException"),
            FaultKind::Incomplete => (StatusCode::FORBIDDEN, "IncompleteSignatureException"),
            FaultKind::Signature => (StatusCode::FORBIDDEN, "InvalidSignatureException"),
        };
        Self::new(status, name, fault.message)
    }
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        let passing = answer::retry_after_failure(&failure);
        let rejection = Self::from(failure.error);
        Self {
            status: failure.status,
            name: match failure.status {
                StatusCode::BAD_GATEWAY => "BadGatewayException",
                StatusCode::GATEWAY_TIMEOUT => "GatewayTimeoutException",
                _ => rejection.name,
            },
            passing,
            ..rejection
        }
    }
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        answer::log_failure(&error);
        let (kind, passing) = (error.kind(), answer::retry_after(&error));
        let message = error.message().to_owned();
        let rejection = match kind {
            ErrorKind::Invalid => Self::invalid(vec![Field {
                name: error.field().unwrap_or("request").to_owned(),
                message,
            }]),
            ErrorKind::Unauthenticated => Self::unknown_key(),
            ErrorKind::Forbidden => Self::access_denied(message),
            ErrorKind::NotFound => Self {
                details: Details::Resource(Resource::application("-")),
                ..Self::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
            },
            ErrorKind::Conflict => Self {
                details: Details::Resource(Resource::application("-")),
                ..Self::new(StatusCode::CONFLICT, "ConflictException", message)
            },
            ErrorKind::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLargeException",
                message,
            ),
            ErrorKind::UnsupportedType => Self::not_json(),
            ErrorKind::Busy => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "ThrottlingException",
                message,
            ),
            ErrorKind::Unavailable => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailableException",
                message,
            ),
            ErrorKind::Internal => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerException",
                "An internal server error happened. Try again.",
            ),
        };
        Self {
            passing,
            ..rejection
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let message: String = self
            .message
            .chars()
            .take(limits::AMAZON_Q_ERROR_CHARACTERS)
            .collect();
        let mut body = wire::Failure {
            message: &message,
            reason: None,
            fields: &[],
            resource_id: None,
            resource_type: None,
        };
        match &self.details {
            Details::None => {}
            Details::Validation { reason, fields } => {
                body.reason = Some(reason);
                body.fields = fields;
            }
            Details::Resource(resource) => {
                body.resource_id = Some(&resource.id);
                body.resource_type = Some(resource.kind);
            }
        }
        let mut response = answer::json(self.status, wire::CONTENT_TYPE, &body);
        let headers = response.headers_mut();
        headers.insert(ERROR_TYPE, HeaderValue::from_static(self.name));
        if let Some(seconds) = self.passing {
            let milliseconds = seconds.saturating_mul(1000);
            headers.insert(RETRY_AFTER, HeaderValue::from(milliseconds));
        }
        answer::with_retry_after(self.passing, response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    #[test]
    fn a_fault_of_ours_is_not_explained() {
        let rejection = Rejection::from(Error::internal("the disk is on fire"));
        assert_eq!(rejection.name, "InternalServerException");
        assert!(!rejection.message.contains("fire"));
    }

    #[test]
    fn a_busy_server_says_twice_when_to_try_again() {
        for (kind, status) in [(ErrorKind::Busy, 429), (ErrorKind::Unavailable, 503)] {
            let response = Rejection::from(Error::new(kind, "later")).into_response();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()[header::RETRY_AFTER], "1");
            assert_eq!(response.headers()[RETRY_AFTER], "1000");
        }
    }

    #[test]
    fn several_faults_are_told_in_one_message() {
        let field = |name: &str| Field {
            name: name.to_owned(),
            message: "no".to_owned(),
        };
        let rejection = Rejection::invalid(vec![field("a"), field("b")]);
        assert_eq!(
            rejection.message,
            "2 validation errors detected: Value at 'a' failed to satisfy constraint: no; Value at 'b' failed to \
             satisfy constraint: no"
        );
    }
}
