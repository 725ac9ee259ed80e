//! Amazon Q's signatures.

use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use candor::clock::Clock;
use candor::dialects::amazon_q::sigv4::{Claim, Rules, SignedHead, Signer};
use criterion::Criterion;
use std::hint::black_box;
use std::time::Duration;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const PATH: &str = "/applications/11111111-2222-4333-8444-555555555555/conversations/\
     22222222-2222-4333-8444-555555555555/messages/33333333-2222-4333-8444-555555555555/feedback";
const QUERY: &str = "userId=person-1";
const BODY: &[u8] =
    br#"{"messageUsefulness":{"usefulness":"USEFUL","submittedAt":1700000000.123}}"#;
const RULES: Rules<'_> = Rules {
    service: "qbusiness",
    window: Duration::from_mins(15),
    normalized_path: true,
};

pub fn measure(criterion: &mut Criterion) {
    let now = Clock::default().now();
    let uri: Uri = format!("http://localhost{PATH}?{QUERY}").parse().unwrap();
    let mut headers = HeaderMap::new();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    let signer = Signer {
        access_key_id: "AKIDEXAMPLE",
        secret: SECRET,
        session_token: None,
        region: "us-east-1",
        service: RULES.service,
    };
    signer
        .sign(&Method::POST, &uri, &mut headers, BODY, now)
        .unwrap();
    let head = SignedHead {
        method: "POST",
        path: PATH,
        query: QUERY,
        authority: Some("localhost"),
        headers: &headers,
    };
    let check = || {
        let claim = Claim::read(black_box(&head), &RULES, now).unwrap();
        claim.check_signature(&head, black_box(BODY), SECRET.as_bytes())
    };
    check().expect("the signature is right");
    criterion.bench_function("SigV4, a vote's signature read and checked", |bencher| {
        bencher.iter(check);
    });
    let mut again = headers.clone();
    criterion.bench_function("SigV4, a vote signed", |bencher| {
        bencher.iter(|| signer.sign(&Method::POST, &uri, &mut again, BODY, now));
    });
}
