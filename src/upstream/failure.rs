//! Why there is no answer of a vendor's server.

use crate::error::{Error, ErrorKind};
use axum::http::StatusCode;

/// Why there is no answer of a vendor's server. Each dialect renders it in its own shape.
#[derive(Debug)]
pub struct Failure {
    /// 502, where the server cannot be reached or breaks off, 504, where it says nothing, and others where the request
    /// cannot be handed on.
    pub status: StatusCode,
    /// The failure as dialects know failures: its message is for the client.
    pub error: Error,
}

impl Failure {
    /// The server cannot be reached, or broke off before it answered.
    pub(super) fn unreachable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let message =
            "the upstream of this project cannot be reached, or broke off before it answered";
        Self {
            status: StatusCode::BAD_GATEWAY,
            error: Error::new(ErrorKind::Unavailable, message).because(cause),
        }
    }

    /// The server said nothing in time.
    pub(super) fn silent() -> Self {
        let message = "the upstream of this project did not answer in time; what was asked may have been done or not";
        Self {
            status: StatusCode::GATEWAY_TIMEOUT,
            error: Error::new(ErrorKind::Unavailable, message),
        }
    }

    /// Too much is being handed on already.
    pub(super) fn busy() -> Self {
        let message = "more requests are being handed on than the server takes on; nothing was sent, try again";
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            error: Error::new(ErrorKind::Busy, message),
        }
    }

    /// More is asked for the project than it may.
    pub(super) const fn limited(error: Error) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            error,
        }
    }

    /// The client fell silent in the middle of its request.
    pub(super) fn client_left() -> Self {
        let message = "the body did not arrive whole; what was asked may have been done or not";
        Self {
            status: StatusCode::REQUEST_TIMEOUT,
            error: Error::new(ErrorKind::Invalid, message),
        }
    }

    /// The request was here before.
    pub(super) fn loops() -> Self {
        let message = "the upstream of this project is this server itself";
        Self {
            status: StatusCode::LOOP_DETECTED,
            error: Error::new(ErrorKind::Conflict, message),
        }
    }

    /// Servers answer this method with what they were sent, the project's credential in it, or with a tunnel.
    pub(super) fn wrong_method() -> Self {
        let message = "requests with this method are not handed on";
        Self {
            status: StatusCode::METHOD_NOT_ALLOWED,
            error: Error::new(ErrorKind::Invalid, message),
        }
    }

    /// The request cannot be handed on.
    pub(super) fn refused(message: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: Error::new(ErrorKind::Invalid, message),
        }
    }
}
