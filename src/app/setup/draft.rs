//! What the file says, as the drafts that use cases take.

use super::file::{
    ConversationSetup, EndUserSetup, KeySetup, MessageSetup, Moment, ProjectSetup, RateLimitSetup,
    UpstreamSetup,
};
use crate::app::{KeyDraft, ProjectDraft, UpstreamDraft};
use crate::domain::vote::Ask;
use crate::domain::{
    ConversationDraft, Dialect, EndUserDetails, EndUserDraft, KeepText, MessageDraft, Mode,
    RateLimit, Scope, Scopes, Timestamp, UnknownDialect, UnknownRole, UnknownTargets,
};
use crate::error::{Error, Result};

/// The choice of this name.
fn choice<T: Copy>(
    field: &str,
    said: Option<&str>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<Option<T>> {
    let Some(said) = said else {
        return Ok(None);
    };
    let found = all.iter().copied().find(|choice| name(*choice) == said);
    found.map(Some).ok_or_else(|| {
        let names: Vec<_> = all.iter().copied().map(name).collect();
        Error::invalid(field, format!("\"{said}\" is none of {}", names.join(", ")))
    })
}

pub(super) fn project_draft(setup: ProjectSetup) -> Result<ProjectDraft> {
    let upstream = match setup.upstream {
        Ask::Absent => Ask::Absent,
        Ask::Clear => Ask::Clear,
        Ask::Set(upstream) => Ask::Set(checked_upstream(upstream)?),
    };
    Ok(ProjectDraft {
        name: Some(setup.name),
        description: setup.description,
        number: setup.number,
        amazon_q_application_id: setup.amazon_q_application_id,
        haptik_business_id: setup.haptik_business_id,
        wonderchat_chatbot_id: setup.wonderchat_chatbot_id,
        unknown_targets: choice(
            "unknown_targets",
            setup.unknown_targets.as_deref(),
            &UnknownTargets::ALL,
            UnknownTargets::name,
        )?,
        enabled: setup.enabled,
        keep_text: choice(
            "keep_text",
            setup.keep_text.as_deref(),
            &KeepText::ALL,
            KeepText::name,
        )?,
        mode: choice("mode", setup.mode.as_deref(), &Mode::ALL, Mode::name)?,
        upstream,
        rate_limit: rate_limit(setup.rate_limit),
    })
}

pub(super) fn rate_limit(said: Ask<RateLimitSetup>) -> Ask<RateLimit> {
    match said {
        Ask::Absent => Ask::Absent,
        Ask::Clear => Ask::Clear,
        Ask::Set(said) => Ask::Set(RateLimit::new(said.per_second, said.burst)),
    }
}

fn checked_upstream(setup: UpstreamSetup) -> Result<UpstreamDraft> {
    Ok(UpstreamDraft {
        dialect: dialect("upstream.dialect", &setup.dialect)?,
        base_url: setup.base_url,
        mirror: setup.mirror,
        credential: setup.credential,
        webhook_forward_to: setup.webhook_forward_to,
    })
}

fn dialect(field: &str, name: &str) -> Result<Dialect> {
    name.parse()
        .map_err(|error: UnknownDialect| Error::invalid(field, error.to_string()))
}

pub(super) fn key_draft(setup: KeySetup) -> Result<KeyDraft> {
    let draft = KeyDraft::new(dialect("dialect", &setup.dialect)?, None);
    let scopes = match setup.scopes {
        None => draft.scopes,
        Some(names) => names
            .iter()
            .enumerate()
            .map(|(place, name)| {
                name.parse::<Scope>()
                    .map_err(|message| Error::invalid(format!("scopes[{place}]"), message))
            })
            .collect::<Result<Scopes>>()?,
    };
    Ok(KeyDraft {
        name: setup.name,
        secret: Some(setup.secret),
        access_key_id: setup.access_key_id,
        client_id: setup.client_id,
        publishable: setup.publishable.unwrap_or(false),
        scopes,
        rate_limit: match rate_limit(setup.rate_limit) {
            Ask::Set(limit) => Some(limit),
            Ask::Absent | Ask::Clear => None,
        },
        allow_short_secret: true,
        ..draft
    })
}

pub(super) fn end_user_draft(setup: EndUserSetup) -> EndUserDraft {
    let details = EndUserDetails {
        name: setup.name,
        email: setup.email,
        username: setup.username,
        phone: setup.phone,
        language: setup.language,
        metadata: setup.metadata.map(|object| object.0),
    };
    EndUserDraft::new(details, setup.segments.0)
}

pub(super) fn conversation_draft(setup: ConversationSetup) -> Result<ConversationDraft> {
    let messages = setup.messages.into_iter().enumerate();
    Ok(ConversationDraft {
        external_id: Some(setup.external_id),
        end_user: setup.end_user,
        title: setup.title,
        metadata: setup.metadata.map(|object| object.0),
        created_at: time(setup.created_at)?,
        messages: messages
            .map(|(place, message)| {
                message_draft(message).map_err(|error| error.under(format!("messages[{place}]")))
            })
            .collect::<Result<_>>()?,
        ..ConversationDraft::default()
    })
}

fn message_draft(setup: MessageSetup) -> Result<MessageDraft> {
    let role = setup.role.map(|name| {
        name.parse()
            .map_err(|error: UnknownRole| Error::invalid("role", error.to_string()))
    });
    Ok(MessageDraft {
        external_id: Some(setup.external_id),
        role: role.transpose()?,
        speaker: None,
        query: setup.query,
        content: setup.content,
        format: None,
        model: setup.model,
        version: setup.version,
        metadata: setup.metadata.map(|object| object.0),
        created_at: time(setup.created_at)?,
    })
}

fn time(moment: Option<Moment>) -> Result<Option<Timestamp>> {
    let parsed = moment.map(|Moment(text)| {
        text.parse().map_err(|_| {
            Error::invalid(
                "created_at",
                format!("\"{text}\" is not a time with its offset, such as 2026-05-01T12:00:00Z"),
            )
        })
    });
    parsed.transpose()
}
