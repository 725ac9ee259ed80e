//! Why something failed, in ten kinds.
//!
//! What the client hears ([`Error::message`]) is kept apart from what the log hears ([`std::error::Error::source`]).
//! Each dialect renders the kinds in its vendor's own shape.

use std::fmt;
use std::time::Duration;

/// What kind of failure it is. Dialects choose status and shape by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request says something that is not allowed.
    Invalid,
    /// The credential is missing or not valid.
    Unauthenticated,
    /// The credential is valid but may not do this.
    Forbidden,
    /// Something that is named does not exist, or not for this credential.
    NotFound,
    /// It contradicts what is there.
    Conflict,
    /// The request is larger than the bounds allow.
    TooLarge,
    /// The body's type is not understood.
    UnsupportedType,
    /// More is asked than the server takes on now. Nothing was stored; try again later.
    Busy,
    /// The store cannot answer now. Nothing was stored; try again later.
    Unavailable,
    /// A fault of ours. Nothing was stored.
    Internal,
}

/// A failure.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    field: Option<String>,
    wait: Option<Duration>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What can fail with an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure of this kind. `message` is for the client: it says what was wrong, and holds no secret.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            field: None,
            wait: None,
            source: None,
        }
    }

    /// More is asked than is taken on now, and it is known for how long.
    pub fn busy_for(wait: Duration, message: impl Into<String>) -> Self {
        Self {
            wait: Some(wait),
            ..Self::new(ErrorKind::Busy, message)
        }
    }

    /// A request that says something that is not allowed in `field` (a path such as `messages[2].role`).
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message).at(field)
    }

    /// Something that does not exist, or not for this credential.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// A fault of ours; the client hears only that it is one.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(ErrorKind::Internal, "an internal error happened").because(source)
    }

    /// The same, naming the field where it lies.
    #[must_use]
    pub fn at(self, field: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..self
        }
    }

    /// The same, with the field's path set under `parent`: `role` under `messages[2]` is `messages[2].role`.
    #[must_use]
    pub fn under(self, parent: impl fmt::Display) -> Self {
        let field = match &self.field {
            Some(field) => format!("{parent}.{field}"),
            None => parent.to_string(),
        };
        self.at(field)
    }

    /// The same, with its cause, for the log.
    #[must_use]
    pub fn because(self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }

    /// What kind of failure it is.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What the client hears.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// For how long it will be so at least, where that is known.
    pub const fn wait(&self) -> Option<Duration> {
        self.wait
    }

    /// The field where it lies.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(formatter, "{field}: {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}
