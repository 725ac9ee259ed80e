//! AWS Signature Version 4, on the side that checks it and on the side that signs.
//!
//! Written by hand: no crate that checks it takes what all of AWS's SDKs send (a path that is encoded twice, `:authority` over HTTP/2,
//! presigned queries). AWS's own vectors and its own signer are what it is tested with.
//!
//! A request is read into a [`Claim`], which is checked for everything that needs no secret, in the order that AWS checks
//! it; then the secret is looked up, and [`Claim::check_signature`] computes. [`Signer::sign`] computes the same for requests that
//! we send.

mod canonical;
mod claim;
mod fault;
mod sign;
mod signature;
#[cfg(test)]
mod tests;

pub use canonical::parameters;
pub use claim::Claim;
pub use fault::{Fault, FaultKind};
pub use sign::{Signer, unsigned_query};

use axum::http::{HeaderMap, HeaderName, header};
use std::time::Duration;

/// The only algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// What a credential's scope ends with.
const TERMINATOR: &str = "aws4_request";
/// The name under which HTTP/2 clients sign what HTTP/1.1 calls `host`.
const AUTHORITY: &str = ":authority";

/// The header with the body's hash, or with a word for why there is none.
const CONTENT_HASH: &str = "x-amz-content-sha256";

/// What of a request is signed, apart from its body.
#[derive(Clone, Copy, Debug)]
pub struct SignedHead<'request> {
    /// The method.
    pub method: &'request str,
    /// The path as it came, still encoded.
    pub path: &'request str,
    /// The query as it came, without the question mark.
    pub query: &'request str,
    /// The authority of the request's target: HTTP/2 has no `host` header.
    pub authority: Option<&'request str>,
    /// The headers.
    pub headers: &'request HeaderMap,
}

/// What signatures must be made for.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'rules> {
    /// The service in the credential's scope.
    pub service: &'rules str,
    /// How far the client's clock may be off.
    pub window: Duration,
    /// Whether the path's dot segments and empty segments are taken out, as everywhere but in S3.
    pub normalized_path: bool,
}

impl SignedHead<'_> {
    /// Whether the body is sent and signed piece by piece, so that the head has no hash of it.
    pub fn streams(&self) -> bool {
        self.text(CONTENT_HASH)
            .is_some_and(|hash| hash.starts_with("STREAMING-"))
    }

    /// A header's values as they are signed, joined by commas; `host` and `:authority` stand for each other.
    fn header(&self, name: &str) -> Option<Vec<u8>> {
        if name == AUTHORITY {
            return self
                .authority
                .map(|authority| authority.as_bytes().to_vec())
                .or_else(|| self.values(&header::HOST));
        }
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let values = self.values(&name);
        if values.is_none() && name == header::HOST {
            return self
                .authority
                .map(|authority| authority.as_bytes().to_vec());
        }
        values
    }

    fn values(&self, name: &HeaderName) -> Option<Vec<u8>> {
        let mut values = self.headers.get_all(name).iter();
        let mut joined = canonical::trimmed(values.next()?.as_bytes());
        for value in values {
            joined.push(b',');
            joined.extend(canonical::trimmed(value.as_bytes()));
        }
        Some(joined)
    }

    /// A header's values as text.
    fn text(&self, name: &str) -> Option<String> {
        self.header(name)
            .map(|value| String::from_utf8_lossy(&value).into_owned())
    }
}
