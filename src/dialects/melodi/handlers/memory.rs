//! What Melodi remembers of people.

use super::Answer;
use crate::dialects::melodi::auth::Private;
use crate::dialects::melodi::error::Rejection;
use crate::dialects::melodi::query::Parameters;
use axum::http::Uri;

/// `GET /memory`: Candor writes no summaries of people, so there is never one. Clients are written for that.
pub(in super::super) async fn memory(Private(_): Private, uri: Uri) -> Answer {
    if Parameters::of(&uri).first("userExternalId").is_none() {
        return Err(Rejection::bad_request(
            "Missing required parameter: userExternalId",
        ));
    }
    Err(Rejection::not_found("No user or no memory found"))
}
