//! Between what Melodi's clients say and what Candor knows. Pure.

mod attribute;
mod feedback;
mod project;
mod thread;
mod topic;
mod user;

pub(super) use attribute::{attribute, attribute_draft};
pub(super) use feedback::{Said, feedback, policy, rating_named, type_name};
pub(super) use project::{ProjectRef, project};
pub(super) use thread::{
    Included, On, conversation_draft, message, message_draft, role_name, thread,
};
pub(super) use topic::{intent_association, issue_association, topic, topic_draft};
pub(super) use user::{Person, end_user, receipt, segment_types};

use super::error::Rejection;
use crate::domain::Timestamp;

/// A time as JavaScript or Python writes it. Without an offset it is in UTC, and a day alone is its first moment.
pub(super) fn time(field: &str, text: &str) -> Result<Timestamp, Rejection> {
    let text = text.trim();
    // The plus sign of an offset that a client put into a query as it is arrives as a space.
    let text = match text.rsplit_once(' ') {
        Some((time, offset)) if time.contains('T') => format!("{time}+{offset}"),
        _ => text.to_owned(),
    };
    let readings = [
        text.clone(),
        format!("{text}Z"),
        format!("{text}T00:00:00Z"),
    ];
    readings
        .iter()
        .find_map(|reading| reading.parse().ok())
        .ok_or_else(|| {
            Rejection::bad_request(format!(
                "{field} must be an ISO 8601 time, such as 2024-01-15T10:30:45.123Z"
            ))
        })
}

/// A text that says something; an empty one is none.
fn not_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_clients_write_them() {
        for (text, read) in [
            ("2024-01-15T10:30:45.123Z", "2024-01-15T10:30:45.123Z"),
            ("2024-01-01T12:00:00", "2024-01-01T12:00:00Z"),
            ("2024-01-01T12:00:00.250000", "2024-01-01T12:00:00.25Z"),
            ("2024-01-01 12:00:00", "2024-01-01T12:00:00Z"),
            ("2024-01-01T12:00:00+02:00", "2024-01-01T10:00:00Z"),
            ("2024-01-01T12:00:00 02:00", "2024-01-01T10:00:00Z"),
            ("2024-01-01", "2024-01-01T00:00:00Z"),
        ] {
            assert_eq!(time("createdAt", text).ok(), read.parse().ok(), "{text}");
        }
        for text in ["", "yesterday", "2024-13-01", "12:00"] {
            assert!(time("createdAt", text).is_err(), "{text}");
        }
    }
}
