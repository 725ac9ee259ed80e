//! Why a signature is refused, in AWS's words.

use std::borrow::Cow;

/// Why a signature is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault it is.
    pub kind: FaultKind,
    /// What the client hears. It holds no secret.
    pub message: Cow<'static, str>,
}

/// What kind of fault it is; dialects name them as their protocol does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The query cannot be read.
    MalformedQuery,
    /// The request is not signed.
    Missing,
    /// What says how the request is signed is not whole, or is not understood.
    Incomplete,
    /// The signature is not the request's, or not of now.
    Signature,
}

impl Fault {
    fn new(kind: FaultKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(super) fn malformed_query() -> Self {
        Self::new(
            FaultKind::MalformedQuery,
            "Illegal hex characters in escape (%) pattern",
        )
    }

    pub(super) fn missing() -> Self {
        Self::new(FaultKind::Missing, "Missing Authentication Token")
    }

    pub(super) fn incomplete(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FaultKind::Incomplete, message)
    }

    pub(super) fn signature(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FaultKind::Signature, message)
    }

    pub(super) fn mismatch() -> Self {
        Self::signature(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details.",
        )
    }
}
