//! What we sign, beside what AWS's own signer makes of the same request.

use super::request::Request;
use super::signer::{any_request, signed_by_aws_with};
use super::{ACCESS_KEY_ID, SECRET, now, rules};
use crate::dialects::amazon_q::sigv4::{Claim, Signer, unsigned_query};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::SignatureLocation;
use axum::http::{HeaderMap, Method, Uri};
use proptest::prelude::*;

const fn signer(session_token: Option<&str>) -> Signer<'_> {
    Signer {
        access_key_id: ACCESS_KEY_ID,
        secret: SECRET,
        session_token,
        region: "eu-west-1",
        service: "qbusiness",
    }
}

fn uri(base: &str, request: &Request) -> Uri {
    format!("{base}{}?{}", request.path, request.query)
        .parse()
        .unwrap()
}

/// The same request with our signature.
fn signed(request: &Request, base: &str, token: Option<&str>) -> HeaderMap {
    let method: Method = request.method.parse().unwrap();
    let mut headers = request.headers().unwrap();
    let uri = uri(base, request);
    signer(token)
        .sign(&method, &uri, &mut headers, &request.body, now())
        .unwrap();
    headers
}

fn by_aws(request: &Request, token: Option<&str>) -> HeaderMap {
    let token = token.map(str::to_owned);
    let credentials = Credentials::new(ACCESS_KEY_ID, SECRET, token, None, "test");
    let location = SignatureLocation::Headers;
    let mut signed = signed_by_aws_with(&credentials, request, location, super::NOW);
    // It stands for the one that HTTP clients write, and theirs is taken out.
    signed.headers.retain(|(name, _)| name != "host");
    signed.headers().unwrap()
}

fn plain() -> Request {
    Request {
        method: "POST".to_owned(),
        path: "/applications/a/conversations".to_owned(),
        query: "sync".to_owned(),
        headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
        body: b"{}".to_vec(),
        ..Request::default()
    }
}

const BASE: &str = "http://localhost:8080";

proptest! {
    #[test]
    fn what_we_sign_is_what_aws_signs(request in any_request(), token in prop::option::of("[!-~]{1,40}")) {
        let token = token.as_deref();
        prop_assert_eq!(signed(&request, BASE, token), by_aws(&request, token));
    }

    #[test]
    fn what_we_sign_is_what_we_verify(request in any_request()) {
        let own = Request {
            headers: signed(&request, BASE, None)
                .iter()
                .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
                .collect(),
            authority: Some("localhost:8080".to_owned()),
            ..request
        };
        prop_assert_eq!(own.verify(&rules("qbusiness")), Ok(()), "{:?}", own);
    }
}

#[test]
fn the_signature_before_gives_way() {
    let mut before = plain();
    for (name, value) in [
        ("authorization", "AWS4-HMAC-SHA256 Credential=somebody"),
        ("x-amz-date", "20010101T000000Z"),
        ("x-amz-security-token", "somebody's"),
        ("host", "candor.example"),
    ] {
        before.headers.push((name.to_owned(), value.into()));
    }
    assert_eq!(signed(&before, BASE, None), signed(&plain(), BASE, None));
}

#[test]
fn what_may_change_on_its_way_is_not_signed() {
    let mut more = plain();
    for (name, value) in [
        ("content-length", "2"),
        ("user-agent", "aws-sdk-js/3"),
        ("amz-sdk-invocation-id", "1"),
        ("accept", "*/*"),
    ] {
        more.headers.push((name.to_owned(), value.into()));
    }
    let (more, plain) = (signed(&more, BASE, None), signed(&plain(), BASE, None));
    assert_eq!(more["authorization"], plain["authorization"]);
    assert_eq!(more["amz-sdk-invocation-id"], "1");
}

#[test]
fn a_schemes_own_port_is_not_in_the_host() {
    let with = |base: &str| signed(&plain(), base, None)["authorization"].clone();
    assert_eq!(with("https://q.example"), with("https://q.example:443"));
    assert_eq!(with("http://q.example"), with("http://q.example:80"));
    assert_ne!(with("https://q.example"), with("https://q.example:80"));
}

#[test]
fn a_signature_is_taken_out_of_a_query() {
    for (query, left) in [
        ("", ""),
        ("sync", "sync"),
        ("sync&userId=a%20b&x=", "sync&userId=a%20b&x="),
        (
            "sync&X-Amz-Algorithm=a&X-Amz-Credential=b&userId=%C3%BC&X-Amz-Date=c&X-Amz-Expires=d&X-Amz-SignedHeaders=e&\
             X-Amz-Signature=f",
            "sync&userId=%C3%BC",
        ),
        ("X%2DAmz-Security-Token=t&sync", "sync"),
    ] {
        assert_eq!(unsigned_query(query), left);
    }
}

#[test]
fn what_is_left_of_a_signed_query_can_be_signed() {
    let claim = |query: String| {
        let mut request = Request { query, ..plain() };
        let headers = signed(&request, BASE, None);
        request.headers = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect();
        request.authority = Some("localhost:8080".to_owned());
        let read = request.with(|head| Claim::read(head, &rules("qbusiness"), now()));
        read.unwrap().map(|_| ())
    };
    let presigned = "X-Amz-Algorithm=AWS4-HMAC-SHA256&sync";
    assert!(claim(presigned.to_owned()).is_err());
    assert_eq!(claim(unsigned_query(presigned)), Ok(()));
}

#[test]
fn a_secret_is_not_printed() {
    let printed = format!("{:?}", signer(Some("token")));
    assert!(
        !printed.contains("token") && !printed.contains(SECRET),
        "{printed}"
    );
    let headers = signed(&plain(), BASE, None);
    assert!(headers["authorization"].is_sensitive());
}
