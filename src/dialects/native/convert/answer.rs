//! The domain's nouns as answers show them.

use super::mirror::mirrored_vote;
use crate::app::{self, Directory, Excerpts, Ingested, Voted, VotedOutcome};
use crate::dialects::native::wire::{self, Id, Identified, ShownObject, Time, UniqueMap};
use crate::domain::{
    ApiKey, Attribute, Author, Conversation, EndUser, EndUserId, Feedback, Judgement, Message,
    Project, ProjectId, RateLimit, Score, Segment,
};
use uuid::Uuid;

/// A project.
pub(in super::super) fn project(project: &Project) -> wire::Project {
    let upstream = project.upstream.as_ref().map(|upstream| wire::Upstream {
        dialect: upstream.dialect.into(),
        base_url: upstream.base_url.clone(),
        mirror: upstream.mirror,
        credential: upstream
            .credential
            .as_ref()
            .map(|credential| wire::CredentialHint {
                hint: credential.hint.clone(),
            }),
        webhook_forward_to: upstream.webhook_forward_to.clone(),
    });
    wire::Project {
        id: Id(project.id.0),
        name: project.name.clone(),
        description: project.description.clone(),
        number: project.number,
        amazon_q_application_id: project.amazon_q_application_id.clone(),
        haptik_business_id: project.haptik_business_id,
        wonderchat_chatbot_id: project.wonderchat_chatbot_id.clone(),
        unknown_targets: project.unknown_targets.into(),
        enabled: project.enabled,
        keep_text: project.keep_text.into(),
        mode: project.mode.into(),
        upstream,
        rate_limit: project.rate_limit.map(rate_limit),
        client_settings: project.client_settings.clone().and_then(ShownObject::of),
        created_at: Time(project.created_at),
        updated_at: Time(project.updated_at),
    }
}

const fn rate_limit(limit: RateLimit) -> wire::RateLimit {
    wire::RateLimit {
        per_second: limit.per_second,
        burst: Some(limit.burst),
    }
}

pub(super) fn named_project(directory: &Directory, id: ProjectId) -> wire::NamedProject {
    wire::NamedProject {
        id: Id(id.0),
        name: directory
            .project(id)
            .map(|project| project.name.clone())
            .unwrap_or_default(),
    }
}

/// A key.
pub(in super::super) fn key(directory: &Directory, key: &ApiKey) -> wire::Key {
    wire::Key {
        id: Id(key.id.0),
        dialect: key.dialect.into(),
        project: key.project.map(|project| named_project(directory, project)),
        name: key.name.clone(),
        hint: key.hint.clone(),
        access_key_id: key.access_key_id.clone(),
        client_id: key.client_id.clone(),
        publishable: key.publishable,
        scopes: key.scopes.iter().map(Into::into).collect(),
        rate_limit: key.rate_limit.map(rate_limit),
        created_at: Time(key.created_at),
        revoked_at: key.revoked_at.map(Time),
    }
}

/// An attribute.
pub(in super::super) fn attribute(attribute: &Attribute) -> wire::Attribute {
    let options = attribute.options.iter();
    wire::Attribute {
        id: Id(attribute.id.0),
        name: attribute.name.clone(),
        options: options
            .map(|option| wire::AttributeOption {
                id: Id(option.id.0),
                name: option.name.clone(),
            })
            .collect(),
    }
}

/// A person.
pub(in super::super) fn end_user(user: EndUser) -> wire::EndUser {
    wire::EndUser {
        id: Id(user.id.0),
        external_id: user.external_id,
        of_workspace: user.project.is_none(),
        name: user.details.name,
        email: user.details.email,
        username: user.details.username,
        phone: user.details.phone,
        language: user.details.language,
        metadata: user.details.metadata.and_then(ShownObject::of),
        segments: by_kind(user.segments.into_iter().map(|known| known.segment)),
        created_at: Time(user.created_at),
        updated_at: Time(user.updated_at),
    }
}

fn by_kind(segments: impl IntoIterator<Item = Segment>) -> UniqueMap<Vec<String>> {
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for segment in segments {
        match kinds.iter_mut().find(|(kind, _)| *kind == segment.kind) {
            Some((_, values)) => values.push(segment.value),
            None => kinds.push((segment.kind, vec![segment.value])),
        }
    }
    UniqueMap(kinds)
}

fn person((id, external_id): (EndUserId, String)) -> Identified {
    identified(id.0, Some(external_id))
}

fn identified(id: Uuid, external_id: Option<String>) -> Identified {
    Identified {
        id: Id(id),
        external_id,
    }
}

/// A conversation.
pub(in super::super) fn conversation(conversation: Conversation) -> wire::Conversation {
    wire::Conversation {
        id: Id(conversation.id.0),
        external_id: conversation.external_id,
        end_user: conversation.end_user.map(person),
        title: conversation.title,
        metadata: conversation.metadata.and_then(ShownObject::of),
        tags: conversation.tags,
        created_at: Time(conversation.created_at),
        updated_at: Time(conversation.updated_at),
    }
}

/// A message.
pub(in super::super) fn message(message: Message) -> wire::Message {
    wire::Message {
        id: Id(message.id.0),
        external_id: message.external_id,
        conversation: message
            .conversation
            .map(|(id, external_id)| identified(id.0, external_id)),
        end_user: message.owner.map(person),
        role: message.role.map(Into::into),
        speaker: message.speaker,
        query: message.query,
        content: message.content,
        format: message.format.into(),
        model: message.model,
        version: message.version,
        metadata: message.metadata.and_then(ShownObject::of),
        created_at: Time(message.created_at),
        stub: message.stub,
    }
}

/// What became of a conversation, with what the request called it and its messages.
pub(in super::super) fn written(
    external_id: String,
    messages: Vec<Option<String>>,
    ingested: Ingested,
) -> wire::ConversationWritten {
    let ids = ingested.messages.into_iter();
    wire::ConversationWritten {
        id: Id(ingested.conversation.0),
        external_id,
        created: ingested.created,
        messages: ids
            .zip(messages)
            .map(|(id, external_id)| identified(id.0, external_id))
            .collect(),
    }
}

/// A feedback in a list, with what it judges if that was asked for.
pub(in super::super) fn listed_feedback(
    directory: &Directory,
    listed: Feedback,
    excerpts: Option<Excerpts>,
) -> wire::ListedFeedback {
    wire::ListedFeedback {
        feedback: feedback(directory, listed),
        texts: excerpts.map(|excerpts| wire::Excerpts {
            question: excerpts.question,
            answer: excerpts.answer,
        }),
    }
}

/// A feedback, with the names that the directory has for what it holds.
pub(super) fn feedback(directory: &Directory, feedback: Feedback) -> wire::Feedback {
    let project = feedback.project;
    let target = feedback.target;
    wire::Feedback {
        id: Id(feedback.id.0),
        external_id: feedback.external_id,
        project: named_project(directory, project),
        name: feedback.name,
        target: wire::Target {
            conversation: target
                .conversation
                .map(|row| identified(row.id.0, row.external_id)),
            message: target
                .message
                .map(|row| identified(row.id.0, row.external_id)),
        },
        author: author(feedback.author),
        judgement: judgement(directory, project, feedback.judgement),
        channel: feedback.channel.into(),
        key_id: feedback.key.map(|key| Id(key.0)),
        state: feedback.state.into(),
        version: feedback.version,
        created_at: Time(feedback.created_at),
        updated_at: Time(feedback.updated_at),
    }
}

fn author(author: Author) -> wire::Author {
    match author {
        Author::Anonymous => wire::Author::Anonymous,
        Author::EndUser {
            id,
            external_id,
            segments,
        } => wire::Author::EndUser {
            id: Id(id.0),
            external_id,
            segments: by_kind(segments),
        },
        Author::Reviewer(name) => wire::Author::Reviewer { name },
        Author::Model(name) => wire::Author::Model { name },
    }
}

fn judgement(directory: &Directory, project: ProjectId, judgement: Judgement) -> wire::Judgement {
    let answers = judgement.attributes.iter().filter_map(|answer| {
        let attribute = directory.attribute(project, answer.attribute)?;
        let mut options = attribute.options.iter();
        let option = options.find(|option| option.id == answer.option)?;
        Some((attribute.name.clone(), option.name.clone()))
    });
    wire::Judgement {
        attributes: UniqueMap(answers.collect()),
        sentiment: judgement.sentiment().into(),
        rating: judgement.rating.map(Into::into),
        score: judgement.score.map(score),
        resolved: judgement.resolved,
        reasons: judgement.reasons,
        comment: judgement.comment,
        correction: judgement.correction,
        message_copied_at: judgement.message_copied_at.map(Time),
        submitted_at: judgement.submitted_at.map(Time),
        metadata: judgement.metadata.and_then(ShownObject::of),
    }
}

const fn score(score: Score) -> wire::Score {
    wire::Score {
        value: score.value(),
        lowest: score.lowest(),
        highest: score.highest(),
    }
}

/// A feedback with its history and what it judges.
pub(in super::super) fn detail(
    directory: &Directory,
    detail: app::FeedbackDetail,
) -> wire::FeedbackDetail {
    let project = detail.feedback.project;
    let history = detail.history.into_iter();
    wire::FeedbackDetail {
        feedback: feedback(directory, detail.feedback),
        history: history
            .map(|version| wire::FeedbackVersion {
                version: version.version,
                state: version.state.into(),
                judgement: judgement(directory, project, version.judgement),
                channel: version.channel.into(),
                key_id: version.key.map(|key| Id(key.0)),
                at: Time(version.at),
            })
            .collect(),
        dropped_versions: detail.dropped_versions,
        message: detail.message.map(message),
        question: detail.question,
        mirror: detail.mirror.into_iter().map(mirrored_vote).collect(),
    }
}

/// What became of an accepted vote: the feedback as it stands where it could be read, else a receipt. None for a vote
/// that said nothing, which this API refuses.
pub(in super::super) fn outcome(
    directory: &Directory,
    voted: &Voted,
    read: Option<Feedback>,
) -> Option<wire::FeedbackWritten> {
    let outcome = match voted.outcome {
        VotedOutcome::Created => wire::Outcome::Created,
        VotedOutcome::Changed => wire::Outcome::Changed,
        VotedOutcome::TakenBack => wire::Outcome::Retracted,
        VotedOutcome::Unchanged => wire::Outcome::Unchanged,
        VotedOutcome::Nothing => return None,
    };
    let id = voted.feedback?;
    Some(match read {
        Some(read) => wire::FeedbackWritten::Feedback(Box::new(wire::WrittenFeedback {
            outcome,
            feedback: feedback(directory, read),
        })),
        None => wire::FeedbackWritten::Receipt(wire::FeedbackReceipt {
            outcome,
            id: Id(id.0),
            version: voted.version,
            created_at: Time(voted.created_at),
            updated_at: Time(voted.updated_at),
        }),
    })
}
