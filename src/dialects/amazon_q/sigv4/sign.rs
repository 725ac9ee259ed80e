//! Signing requests that we send.

use super::claim::{SIGNATURE, written};
use super::{ALGORITHM, SignedHead, TERMINATOR, canonical, signature};
use crate::domain::Timestamp;
use crate::error::{Error, Result};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use sha2::{Digest as _, Sha256};
use std::fmt;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SESSION_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// The parameters of a query that say how it is signed.
const OF_A_SIGNED_QUERY: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Security-Token",
    SIGNATURE,
];

/// What requests are signed with, and for.
#[derive(Clone, Copy)]
pub struct Signer<'key> {
    /// The access key's id.
    pub access_key_id: &'key str,
    /// The access key's secret.
    pub secret: &'key str,
    /// The session token of a temporary access key.
    pub session_token: Option<&'key str>,
    /// The region in the credential's scope.
    pub region: &'key str,
    /// The service in the credential's scope.
    pub service: &'key str,
}

// Without what is secret: what can be printed is printed one day.
impl fmt::Debug for Signer<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Signer(…)")
    }
}

impl Signer<'_> {
    /// Signs a request in its `Authorization` header, in the place of whatever it was signed with before. `uri` is where it
    /// goes, with its scheme and authority; its query must hold no signature, see [`unsigned_query`].
    ///
    /// Signed are the host, the type of the body, the body and all headers of AWS's own. What comes on its way is not: an
    /// HTTP client or a proxy may write `Content-Length` and others anew. The `Host` header is taken out, for the client
    /// writes it.
    pub fn sign(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &mut HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<()> {
        headers.remove(header::AUTHORIZATION);
        headers.remove(header::HOST);
        let date = written(now);
        headers.insert(DATE, value(&date)?);
        headers.remove(SESSION_TOKEN);
        if let Some(token) = self.session_token {
            headers.insert(SESSION_TOKEN, value(token)?);
        }
        let signed_headers = signed_headers(headers);
        let (region, service) = (self.region, self.service);
        let day = date.get(..8).unwrap_or_default();
        let scope = format!("{day}/{region}/{service}/{TERMINATOR}");
        let query = uri.query().unwrap_or_default();
        let authority = host(uri);
        let head = SignedHead {
            method: method.as_str(),
            path: uri.path(),
            query,
            authority: Some(&authority),
            headers,
        };
        let signature = canonical::parameters(query)
            .and_then(|parameters| {
                let hash = hex::encode(Sha256::digest(body));
                canonical::request(&head, &parameters, &signed_headers, &hash, true)
            })
            .and_then(|request| signature::of(&request, self.secret.as_bytes(), &date, &scope))
            .ok_or_else(|| Error::invalid("query", "has a percent sign that begins no escape"))?;
        let id = self.access_key_id;
        let mut authorization = value(&format!(
            "{ALGORITHM} Credential={id}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"
        ))?;
        authorization.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, authorization);
        Ok(())
    }
}

/// A query without what says how it is signed; the rest stays as it was written.
pub fn unsigned_query(query: &str) -> String {
    let is_left = |pair: &&str| {
        let signs = canonical::parameters(pair).is_some_and(|parameters| {
            parameters.iter().any(|(name, _)| {
                OF_A_SIGNED_QUERY
                    .iter()
                    .any(|known| known.as_bytes() == name)
            })
        });
        !signs
    };
    query
        .split('&')
        .filter(is_left)
        .collect::<Vec<_>>()
        .join("&")
}

fn value(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(Error::internal)
}

/// The names of the headers that are signed, as they are listed.
fn signed_headers(headers: &HeaderMap) -> String {
    let mut names: Vec<_> = headers
        .keys()
        .map(HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-") || *name == header::CONTENT_TYPE.as_str())
        .chain([header::HOST.as_str()])
        .collect();
    names.sort_unstable();
    names.join(";")
}

/// The host as HTTP clients write it: with its port, unless that is its scheme's own.
fn host(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    let own = match uri.scheme_str() {
        Some("https") => 443,
        _ => 80,
    };
    match uri.port_u16() {
        Some(port) if port != own => format!("{host}:{port}"),
        _ => host.to_owned(),
    }
}
