//! Any signed request: method, path, query, authority and headers are lines, and the body is what follows an empty one.
#![no_main]

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use candor::dialects::amazon_q::sigv4::{Claim, Rules, SignedHead};
use candor::domain::Timestamp;
use libfuzzer_sys::fuzz_target;
use std::time::Duration;

/// 2015-08-30T12:36:00Z, the time of AWS's vectors.
const NOW: Timestamp = Timestamp::from_microseconds(1_440_938_160_000_000);
const SECRET: &[u8] = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let mut line = || lines.next().unwrap_or_default();
    let (method, path, query, authority) = (line(), line(), line(), line());
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    let head = SignedHead {
        method,
        path,
        query,
        authority: Some(authority).filter(|authority| !authority.is_empty()),
        headers: &headers,
    };
    for normalized_path in [true, false] {
        let rules = Rules {
            service: "service",
            window: Duration::from_mins(5),
            normalized_path,
        };
        if let Ok(claim) = Claim::read(&head, &rules, NOW) {
            let _ = claim.check_signature(&head, body.as_bytes(), SECRET);
        }
    }
});
