//! What a data folder holds, in the shape of the native API: commands show the same whether a server runs or not.

use crate::app::{Directory, FeedbackDetail};
use crate::domain::{
    ApiKey, Author, Feedback, FeedbackState, FeedbackVersion, Judgement, Message, NamedRow,
    Project, ProjectId, Scope, Timestamp,
};
use serde_json::{Map, Value, json};
use std::fmt::Display;

/// A project.
pub(super) fn project(project: &Project) -> Value {
    let upstream = project.upstream.as_ref().map(|upstream| {
        json!({
            "dialect": upstream.dialect.name(), "base_url": upstream.base_url, "mirror": upstream.mirror,
        })
    });
    json!({
        "id": text(project.id),
        "name": project.name,
        "description": project.description,
        "number": project.number,
        "amazon_q_application_id": project.amazon_q_application_id,
        "haptik_business_id": project.haptik_business_id,
        "unknown_targets": project.unknown_targets.name(),
        "enabled": project.enabled,
        "keep_text": project.keep_text.name(),
        "mode": project.mode.name(),
        "upstream": upstream,
        "created_at": text(project.created_at),
        "updated_at": text(project.updated_at),
    })
}

/// A key.
pub(super) fn key(key: &ApiKey, directory: &Directory) -> Value {
    json!({
        "id": text(key.id),
        "dialect": key.dialect.name(),
        "project": key.project.map(|id| named_project(id, directory)),
        "name": key.name,
        "hint": key.hint,
        "access_key_id": key.access_key_id,
        "client_id": key.client_id,
        "publishable": key.publishable,
        "scopes": key.scopes.iter().map(Scope::name).collect::<Vec<_>>(),
        "created_at": text(key.created_at),
        "revoked_at": key.revoked_at.map(text),
    })
}

/// A feedback.
pub(super) fn feedback(feedback: &Feedback, directory: &Directory) -> Value {
    let mut item = json!({
        "id": text(feedback.id),
        "external_id": feedback.external_id,
        "project": named_project(feedback.project, directory),
        "name": feedback.name,
        "target": {
            "conversation": feedback.target.conversation.as_ref().map(identified),
            "message": feedback.target.message.as_ref().map(identified),
        },
        "author": author(&feedback.author),
        "channel": feedback.channel.name(),
        "key_id": feedback.key.map(text),
        "state": state(feedback.state),
        "version": feedback.version,
        "created_at": text(feedback.created_at),
        "updated_at": text(feedback.updated_at),
    });
    add_judgement(&mut item, &feedback.judgement, feedback.project, directory);
    item
}

/// A feedback with its history and what it judges.
pub(super) fn feedback_detail(detail: &FeedbackDetail, directory: &Directory) -> Value {
    let project = detail.feedback.project;
    let history = detail.history.iter();
    let mut item = feedback(&detail.feedback, directory);
    item["history"] = history
        .map(|version| feedback_version(version, project, directory))
        .collect();
    item["message"] = detail.message.as_ref().map_or(Value::Null, message);
    item["question"] = json!(detail.question);
    item
}

fn feedback_version(version: &FeedbackVersion, project: ProjectId, directory: &Directory) -> Value {
    let mut item = json!({
        "version": version.version,
        "state": state(version.state),
        "channel": version.channel.name(),
        "key_id": version.key.map(text),
        "at": text(version.at),
    });
    add_judgement(&mut item, &version.judgement, project, directory);
    item
}

fn add_judgement(
    item: &mut Value,
    judgement: &Judgement,
    project: ProjectId,
    directory: &Directory,
) {
    let score = judgement.score.map(|score| {
        json!({"value": score.value(), "lowest": score.lowest(), "highest": score.highest()})
    });
    let mut attributes = Map::new();
    for answer in &judgement.attributes {
        if let Some(attribute) = directory.attribute(project, answer.attribute) {
            let mut options = attribute.options.iter();
            let option = options.find(|option| option.id == answer.option);
            let option = option.map(|option| option.name.clone());
            attributes.insert(attribute.name.clone(), json!(option));
        }
    }
    item["rating"] = json!(judgement.rating.map(crate::domain::Rating::name));
    item["score"] = json!(score);
    item["resolved"] = json!(judgement.resolved);
    item["reasons"] = json!(judgement.reasons);
    item["comment"] = json!(judgement.comment);
    item["correction"] = json!(judgement.correction);
    item["attributes"] = Value::Object(attributes);
    item["sentiment"] = json!(judgement.sentiment().name());
    item["message_copied_at"] = json!(judgement.message_copied_at.map(text::<Timestamp>));
    item["submitted_at"] = json!(judgement.submitted_at.map(text::<Timestamp>));
    item["metadata"] = object(judgement.metadata.as_deref());
}

fn message(message: &Message) -> Value {
    let identified =
        |id: String, external_id: Option<&String>| json!({"id": id, "external_id": external_id});
    let conversation = message.conversation.as_ref();
    let owner = message.owner.as_ref();
    json!({
        "id": text(message.id),
        "external_id": message.external_id,
        "conversation": conversation.map(|(id, external_id)| identified(text(id), external_id.as_ref())),
        "end_user": owner.map(|(id, external_id)| identified(text(id), Some(external_id))),
        "role": message.role.map(crate::domain::Role::name),
        "query": message.query,
        "content": message.content,
        "model": message.model,
        "version": message.version,
        "metadata": object(message.metadata.as_deref()),
        "created_at": text(message.created_at),
        "stub": message.stub,
    })
}

fn author(author: &Author) -> Value {
    let kind = author.kind().name();
    match author {
        Author::Anonymous => json!({"kind": kind}),
        Author::EndUser { id, external_id } => {
            json!({"kind": kind, "id": text(id), "external_id": external_id})
        }
        Author::Reviewer(name) | Author::Model(name) => json!({"kind": kind, "name": name}),
    }
}

fn identified<Id: Display>(row: &NamedRow<Id>) -> Value {
    json!({"id": text(&row.id), "external_id": row.external_id})
}

fn named_project(id: ProjectId, directory: &Directory) -> Value {
    let name = directory.project(id).map(|project| project.name.clone());
    json!({"id": text(id), "name": name})
}

const fn state(state: FeedbackState) -> &'static str {
    match state {
        FeedbackState::Standing => "standing",
        FeedbackState::Retracted => "retracted",
    }
}

fn object(metadata: Option<&str>) -> Value {
    metadata
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

fn text<T: Display>(value: T) -> String {
    value.to_string()
}
