//! Checks that many use cases share. Each error names the field.

use crate::domain::{ConversationDraft, EndUserDraft, MessageDraft, RateLimit};
use crate::error::{Error, Result};
use crate::limits;

/// A text of at most `characters`, without NUL.
pub(super) fn text(field: &str, value: &str, characters: usize) -> Result<()> {
    if !limits::fits(value, characters) {
        return Err(Error::invalid(
            field,
            format!("must have at most {characters} characters"),
        ));
    }
    if value.contains('\0') {
        return Err(Error::invalid(
            field,
            "must not contain NUL (0x00) characters",
        ));
    }
    Ok(())
}

/// A limit on requests within [`limits::RATE`].
pub(super) fn rate_limit(limit: Option<RateLimit>) -> Result<()> {
    for (field, value) in limit
        .into_iter()
        .flat_map(|limit| [("per_second", limit.per_second), ("burst", limit.burst)])
    {
        if value > limits::RATE {
            let message = format!("must be at most {}", limits::RATE);
            return Err(Error::invalid(format!("rate_limit.{field}"), message));
        }
    }
    Ok(())
}

/// A text that is not empty either.
pub(super) fn name(field: &str, value: &str, characters: usize) -> Result<()> {
    if value.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    text(field, value, characters)
}

/// At most so many items.
pub(super) fn count(field: &str, items: usize, most: usize) -> Result<()> {
    if items > most {
        return Err(Error::invalid(
            field,
            format!("must have at most {most} items"),
        ));
    }
    Ok(())
}

/// How many items may come before a page of a numbered list, of which there are `found` or more. A page after the end of the
/// list is empty, wherever it is.
pub(super) fn depth(skip: u64, found: u64) -> Result<()> {
    if skip > limits::NUMBERED_DEPTH && found > limits::NUMBERED_DEPTH {
        let most = limits::NUMBERED_DEPTH;
        let message = format!(
            "a page may begin after at most {most} items: narrow the list, by time for example, to read further"
        );
        return Err(Error::invalid("page", message));
    }
    Ok(())
}

/// A free JSON object, as compact text. NUL stands in JSON only as an escape, which the object's readers may choke on.
pub(super) fn metadata(field: &str, value: &str) -> Result<()> {
    if value.len() > limits::METADATA_BYTES {
        return Err(Error::invalid(
            field,
            format!("must have at most {} bytes", limits::METADATA_BYTES),
        ));
    }
    if !value.starts_with('{') {
        return Err(Error::invalid(field, "must be a JSON object"));
    }
    Ok(())
}

fn optional(field: &str, value: Option<&String>, characters: usize) -> Result<()> {
    value.map_or(Ok(()), |value| text(field, value, characters))
}

/// What is said of a person.
pub(super) fn end_user(draft: &EndUserDraft) -> Result<()> {
    let details = &draft.details;
    for (field, value) in [
        ("name", &details.name),
        ("email", &details.email),
        ("username", &details.username),
        ("phone", &details.phone),
        ("language", &details.language),
    ] {
        optional(field, value.as_ref(), limits::NAME_CHARACTERS)?;
    }
    if let Some(value) = &details.metadata {
        metadata("metadata", value)?;
    }
    let named = draft.segments.len() + draft.emptied.len();
    count("segments", named, limits::SEGMENTS)?;
    for kind in &draft.emptied {
        name("segments", kind, limits::NAME_CHARACTERS)?;
    }
    for segment in &draft.segments {
        name("segments", &segment.kind, limits::NAME_CHARACTERS)?;
        name("segments", &segment.value, limits::NAME_CHARACTERS)?;
    }
    Ok(())
}

/// What is said of a conversation and its messages.
pub(super) fn conversation(draft: &ConversationDraft) -> Result<()> {
    let ids = limits::EXTERNAL_ID_CHARACTERS;
    if let Some(external_id) = &draft.external_id {
        name("external_id", external_id, ids)?;
    }
    if let Some(end_user) = &draft.end_user {
        name("end_user", end_user, ids)?;
    }
    end_user(&draft.end_user_draft).map_err(|error| error.under("end_user"))?;
    optional("title", draft.title.as_ref(), limits::TITLE_CHARACTERS)?;
    if let Some(value) = &draft.metadata {
        metadata("metadata", value)?;
    }
    count(
        "messages",
        draft.messages.len(),
        limits::CONVERSATION_MESSAGES,
    )?;
    for (place, draft) in draft.messages.iter().enumerate() {
        message(draft).map_err(|error| error.under(format!("messages[{place}]")))?;
    }
    Ok(())
}

/// What is said of a message.
pub(super) fn message(draft: &MessageDraft) -> Result<()> {
    if let Some(id) = &draft.external_id {
        name("external_id", id, limits::EXTERNAL_ID_CHARACTERS)?;
    }
    optional("speaker", draft.speaker.as_ref(), limits::NAME_CHARACTERS)?;
    optional("query", draft.query.as_ref(), limits::MESSAGE_CHARACTERS)?;
    optional(
        "content",
        draft.content.as_ref(),
        limits::MESSAGE_CHARACTERS,
    )?;
    optional("model", draft.model.as_ref(), limits::NAME_CHARACTERS)?;
    optional("version", draft.version.as_ref(), limits::NAME_CHARACTERS)?;
    draft
        .metadata
        .as_ref()
        .map_or(Ok(()), |value| metadata("metadata", value))
}
