//! Issues and intents: what messages are about.

use super::super::error::Rejection;
use super::super::wire;
use super::{not_empty, time};
use crate::dialects::answer::milliseconds;
use crate::domain::{Project, Topic, TopicDraft, TopicKind, TopicOfMessage};

/// What a request says of an issue or an intent.
pub(in super::super) fn topic_draft(
    kind: TopicKind,
    body: wire::TopicBody,
) -> Result<TopicDraft, Rejection> {
    let created_at = body.created_at.map(|text| time("createdAt", &text));
    Ok(TopicDraft {
        kind,
        name: not_empty(body.name).ok_or_else(|| Rejection::bad_request("name is required"))?,
        description: not_empty(body.description),
        created_at: created_at.transpose()?,
    })
}

/// An issue or an intent as Melodi shows one.
pub(in super::super) fn topic(project: &Project, topic: Topic) -> wire::Topic {
    wire::Topic {
        id: topic.number,
        project_id: project.number,
        name: topic.name,
        description: topic.description,
        created_at: milliseconds(topic.created_at),
    }
}

/// That a message is about an issue, as Melodi shows it.
pub(in super::super) fn issue_association(
    project: &Project,
    of: TopicOfMessage,
) -> wire::IssueAssociation {
    wire::IssueAssociation {
        id: of.number,
        issue_id: of.topic.number,
        message_id: of.message,
        user_id: None,
        issue: topic(project, of.topic),
    }
}

/// That a message is about an intent, as Melodi shows it.
pub(in super::super) fn intent_association(
    project: &Project,
    of: TopicOfMessage,
) -> wire::IntentAssociation {
    wire::IntentAssociation {
        id: of.number,
        intent_id: of.topic.number,
        message_id: of.message,
        user_id: None,
        intent: topic(project, of.topic),
    }
}
