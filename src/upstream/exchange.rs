//! What passed, and what is learnt from it.

use crate::domain::{Continuation, ConversationDraft, EndUserDraft, Project, TagChange, Timestamp};
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode};
use std::sync::Arc;

/// A request that was handed on, and its answer, as far as they are read.
#[derive(Debug)]
pub struct Exchange {
    /// The project whose upstream it was.
    pub project: Arc<Project>,
    /// The request's method.
    pub method: Method,
    /// The request's path below the dialect's root, as the client wrote it: `/chat-messages`.
    pub path: String,
    /// The request's query, as the client wrote it.
    pub query: Option<String>,
    /// The request's body.
    pub request: Bytes,
    /// The answer's status.
    pub status: StatusCode,
    /// The answer's headers.
    pub headers: HeaderMap,
    /// The answer's body, without its `Content-Encoding`.
    pub answer: Bytes,
    /// Whether the answer came to its end; otherwise the client or the vendor left before.
    pub whole: bool,
    /// When the request came.
    pub asked_at: Timestamp,
}

/// What a dialect reads out of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Learnt {
    /// What is known of a conversation, and what was said in it.
    Conversation(Box<ConversationDraft>),
    /// What a person said, in the conversation that they are in.
    Said(Box<Continuation>),
    /// What is known of a person, whom the workspace as a whole knows.
    Person {
        /// What the application calls the person.
        end_user: String,
        /// What is said of the person.
        draft: Box<EndUserDraft>,
    },
    /// How the tags of a conversation were changed.
    Tags {
        /// What the application calls the conversation.
        conversation: String,
        /// Which were added or taken away.
        change: TagChange,
    },
    /// That a conversation was deleted, by what the application calls it and the person.
    Deleted {
        /// What the application calls the conversation.
        conversation: String,
        /// What the application calls the person, where the request says it.
        end_user: Option<String>,
    },
}

/// How a dialect reads an exchange. Called behind the answer; what it cannot read, it leaves out.
pub type Read = fn(&Exchange) -> Vec<Learnt>;
