//! A request as tests change it.

use super::{ACCESS_KEY_ID, SECRET, now};
use crate::dialects::amazon_q::sigv4::{Claim, Rules, SignedHead};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// A request as tests change it.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) authority: Option<String>,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// From the text of HTTP/1.1, whose target may hold spaces, and whose header values may go on on lines of their own.
    pub(super) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let (first, lines) = head.split_once('\n').unwrap_or((head, ""));
        let (method, target) = first.split_once(' ').unwrap();
        let target = target.strip_suffix(" HTTP/1.1").unwrap_or(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
        for line in lines.lines() {
            if let Some(more) = line.strip_prefix(' ') {
                let (_, value) = headers.last_mut().unwrap();
                value.push(b' ');
                value.extend(more.as_bytes());
            } else {
                let (name, value) = line.split_once(':').unwrap();
                headers.push((name.to_owned(), value.as_bytes().to_vec()));
            }
        }
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            authority: None,
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    /// None where no server would see such headers.
    pub(super) fn headers(&self) -> Option<HeaderMap> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            map.append(name, HeaderValue::from_bytes(value).ok()?);
        }
        Some(map)
    }

    pub(super) fn with<T>(&self, work: impl FnOnce(&SignedHead<'_>) -> T) -> Option<T> {
        let headers = self.headers()?;
        Some(work(&SignedHead {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            authority: self.authority.as_deref(),
            headers: &headers,
        }))
    }

    /// Whether it is what the holder of [`SECRET`] signed.
    pub(super) fn verify(&self, rules: &Rules<'_>) -> Result<(), String> {
        let verified = self.with(|head| {
            let claim = Claim::read(head, rules, now()).map_err(|fault| fault.message)?;
            if claim.access_key_id() != ACCESS_KEY_ID {
                return Err("unknown key".into());
            }
            claim
                .check_signature(head, &self.body, SECRET.as_bytes())
                .map_err(|fault| fault.message)
        });
        verified
            .unwrap_or_else(|| Err("bad header".into()))
            .map_err(Into::into)
    }

    /// What is signed of it: two requests of which this is the same are the same to both sides.
    pub(super) fn canonical(&self, rules: &Rules<'_>) -> Option<Vec<u8>> {
        self.with(|head| {
            let claim = Claim::read(head, rules, now()).ok()?;
            claim.canonical(head, &hex::encode(&self.body))
        })?
    }

    /// Every request that differs from this one in one byte.
    pub(super) fn changed(&self) -> Vec<Self> {
        let mut changed = Vec::new();
        let texts: [fn(&mut Self) -> &mut String; 3] =
            [|r| &mut r.method, |r| &mut r.path, |r| &mut r.query];
        for text in texts {
            let length = text(&mut self.clone()).len();
            for place in 0..length {
                let mut other = self.clone();
                let mut bytes = text(&mut other).clone().into_bytes();
                bytes[place] ^= 1;
                if let Ok(bytes) = String::from_utf8(bytes) {
                    *text(&mut other) = bytes;
                    changed.push(other);
                }
            }
        }
        for header in 0..self.headers.len() {
            for place in 0..self.headers[header].1.len() {
                let mut other = self.clone();
                other.headers[header].1[place] ^= 1;
                changed.push(other);
            }
        }
        for place in 0..self.body.len() {
            let mut other = self.clone();
            other.body[place] ^= 1;
            changed.push(other);
        }
        changed
    }
}
