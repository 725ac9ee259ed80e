//! The one spelling of a request that both sides sign.

use super::{SignedHead, claim::SIGNATURE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

/// Everything but what RFC 3986 never encodes.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The same, with the slash between segments.
const PATH: &AsciiSet = &STRICT.remove(b'/');

/// The decoded parameters of a query, in its order. None if it holds a percent sign that begins no escape. A plus sign
/// is a plus sign.
pub fn parameters(query: &str) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decoded(name)?, decoded(value)?))
        })
        .collect()
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut escapes = text.split('%').skip(1).map(str::as_bytes);
    let whole = escapes.all(|after| {
        after.len() >= 2 && after[0].is_ascii_hexdigit() && after[1].is_ascii_hexdigit()
    });
    whole.then(|| percent_decode(text.as_bytes()).collect())
}

/// The request as it is signed. None if a signed header is not there.
pub(super) fn request(
    head: &SignedHead<'_>,
    parameters: &[(Vec<u8>, Vec<u8>)],
    signed_headers: &str,
    payload_hash: &str,
    normalized_path: bool,
) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(1024);
    for line in [
        head.method,
        &path(head.path, normalized_path),
        &query(parameters),
    ] {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    for name in signed_headers.split(';') {
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        text.extend(head.header(name)?);
        text.push(b'\n');
    }
    text.push(b'\n');
    text.extend_from_slice(signed_headers.as_bytes());
    text.push(b'\n');
    text.extend_from_slice(payload_hash.as_bytes());
    Some(text)
}

/// The path, encoded once more than it came, so that `%20` is `%2520`.
fn path(wire: &str, normalized: bool) -> String {
    if !normalized {
        return percent_encode(wire.as_bytes(), PATH).to_string();
    }
    let mut segments = Vec::new();
    for segment in wire.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let ends_with_slash = ["/", "/.", "/.."].iter().any(|end| wire.ends_with(end));
    let mut path = String::with_capacity(wire.len() + 1);
    for segment in &segments {
        path.push('/');
        path.extend(percent_encode(segment.as_bytes(), STRICT));
    }
    if segments.is_empty() || ends_with_slash {
        path.push('/');
    }
    path
}

/// The parameters without the signature, encoded anew and sorted by name, then by value.
fn query(parameters: &[(Vec<u8>, Vec<u8>)]) -> String {
    let encoded = |text: &[u8]| percent_encode(text, STRICT).to_string();
    let mut pairs: Vec<_> = parameters
        .iter()
        .filter(|(name, _)| name != SIGNATURE.as_bytes())
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    pairs.sort_unstable();
    let mut query = String::new();
    for (name, value) in pairs {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&name);
        query.push('=');
        query.push_str(&value);
    }
    query
}

/// A header's value without spaces at its ends, and with one space where there are several.
pub(super) fn trimmed(value: &[u8]) -> Vec<u8> {
    let mut trimmed = Vec::with_capacity(value.len());
    for &byte in value.trim_ascii() {
        let byte = if byte == b'\t' { b' ' } else { byte };
        if byte != b' ' || trimmed.last() != Some(&b' ') {
            trimmed.push(byte);
        }
    }
    trimmed
}
