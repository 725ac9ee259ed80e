//! What requests say of projects, keys, attributes, conversations and people.

use crate::app::{AttributeDraft, KeyDraft, ProjectDraft, UpstreamDraft, VendorCredential};
use crate::dialects::native::wire;
use crate::domain::vote::Ask;
use crate::domain::{
    ConversationDraft, EndUserDetails, EndUserDraft, MessageDraft, ProjectId, RateLimit, Scope,
};

/// What is said of a project's settings.
pub(in super::super) fn project_draft(settings: wire::Settings) -> ProjectDraft {
    let upstream = settings
        .upstream
        .map(|wire::Object(upstream)| UpstreamDraft {
            dialect: upstream.dialect.into(),
            base_url: upstream.base_url,
            mirror: upstream.mirror,
            credential: Ask::from(upstream.credential.map(vendor_credential)),
            webhook_forward_to: upstream.webhook_forward_to,
        });
    ProjectDraft {
        name: settings.name,
        description: Ask::from(settings.description),
        number: settings.number,
        amazon_q_application_id: Ask::from(settings.amazon_q_application_id),
        haptik_business_id: Ask::from(settings.haptik_business_id),
        wonderchat_chatbot_id: Ask::from(settings.wonderchat_chatbot_id),
        unknown_targets: settings.unknown_targets.map(Into::into),
        enabled: settings.enabled,
        keep_text: settings.keep_text.map(Into::into),
        mode: settings.mode.map(Into::into),
        upstream: Ask::from(upstream),
        rate_limit: Ask::from(settings.rate_limit.map(rate_limit)),
    }
}

/// What is said of how many requests are taken.
pub(in super::super) fn rate_limit(wire::Object(said): wire::Object<wire::RateLimit>) -> RateLimit {
    RateLimit::new(said.per_second, said.burst)
}

fn vendor_credential(wire::Object(said): wire::Object<wire::VendorCredential>) -> VendorCredential {
    VendorCredential {
        secret: said.secret,
        client_id: said.client_id,
        access_key_id: said.access_key_id,
        session_token: said.session_token,
        region: said.region,
        webhook_secret: said.webhook_secret,
    }
}

/// What is said of a new key, for a project that was found.
pub(in super::super) fn key_draft(body: wire::NewKey, project: Option<ProjectId>) -> KeyDraft {
    let usual = KeyDraft::new(body.dialect.into(), project);
    KeyDraft {
        name: body.name,
        secret: body.secret,
        access_key_id: body.access_key_id,
        client_id: body.client_id,
        publishable: body.publishable,
        scopes: body.scopes.map_or(usual.scopes, |scopes| {
            scopes.into_iter().map(Scope::from).collect()
        }),
        rate_limit: body.rate_limit.map(rate_limit),
        allow_short_secret: body.allow_short_secret,
        ..usual
    }
}

/// What is said of an attribute.
pub(in super::super) fn attribute_draft(body: wire::AttributeBody) -> AttributeDraft {
    AttributeDraft {
        name: body.name,
        options: body.options,
    }
}

/// What is said of a person.
pub(in super::super) fn end_user_draft(body: wire::EndUserBody) -> EndUserDraft {
    let details = EndUserDetails {
        name: body.name,
        email: body.email,
        username: body.username,
        phone: body.phone,
        language: body.language,
        metadata: body.metadata.map(|object| object.0),
    };
    let groups = body.segments.0.into_iter();
    EndUserDraft::new(details, groups.map(|(kind, values)| (kind, values.0)))
}

/// What is said of the conversation that a path names.
pub(in super::super) fn conversation_draft(
    external_id: String,
    body: wire::ConversationBody,
) -> ConversationDraft {
    ConversationDraft {
        external_id: Some(external_id),
        end_user: body.end_user,
        title: body.title,
        metadata: body.metadata.map(|object| object.0),
        created_at: body.created_at.map(|time| time.0),
        messages: body.messages.into_iter().map(message_draft).collect(),
        ..ConversationDraft::default()
    }
}

/// What is said of one conversation of many.
pub(in super::super) fn new_conversation_draft(
    wire::Object(body): wire::Object<wire::NewConversation>,
) -> ConversationDraft {
    conversation_draft(
        body.external_id,
        wire::ConversationBody {
            end_user: body.end_user,
            title: body.title,
            metadata: body.metadata,
            created_at: body.created_at,
            messages: body.messages,
        },
    )
}

fn message_draft(wire::Object(body): wire::Object<wire::MessageBody>) -> MessageDraft {
    MessageDraft {
        external_id: body.external_id,
        role: body.role.map(Into::into),
        speaker: body.speaker,
        query: body.query,
        content: body.content,
        format: body.format.map(Into::into),
        model: body.model,
        version: body.version,
        metadata: body.metadata.map(|object| object.0),
        created_at: body.created_at.map(|time| time.0),
    }
}
