//! What a client gets through the server is what it gets directly, and the upstream is asked what it is asked directly.

use crate::raw::{Answer, Upstream, ask, head, say};
use crate::support::stand_in::{Seen, StandIn};
use crate::{KEY, server};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, StatusCode};
use futures_util::stream;
use std::convert::Infallible;

const BINARY: [u8; 8] = [0x1f, 0x8b, 0, 0xff, b'\r', b'\n', 0x80, 0];

fn answers(seen: &Seen) -> Response<Body> {
    let parts = [&BINARY[..3], &BINARY[3..]].map(|part| {
        Ok::<_, Infallible>(Bytes::from_static(
            // The parts of a constant.
            match part.len() {
                3 => &[0x1f, 0x8b, 0],
                _ => &[0xff, b'\r', b'\n', 0x80, 0],
            },
        ))
    });
    let builder = Response::builder()
        .header("date", "Sat, 21 Nov 2026 12:00:00 GMT")
        .header("set-cookie", "a=1; Path=/")
        .header("set-cookie", "b=2")
        .header("x-request-id", "the-vendors-own")
        .header("x-odd", "caf\u{e9}".as_bytes())
        .header("access-control-allow-origin", "https://page.example")
        .header("vary", "Cookie");
    let status = |status| builder.status(status);
    match seen.uri.path() {
        "/v1/whole" => status(StatusCode::OK)
            .header("content-type", "application/octet-stream")
            .body(Body::from(&BINARY[..])),
        "/v1/chunked" => status(StatusCode::OK).body(Body::from_stream(stream::iter(parts))),
        "/v1/nothing" => status(StatusCode::NO_CONTENT).body(Body::empty()),
        "/v1/unchanged" => status(StatusCode::NOT_MODIFIED)
            .header("etag", "\"1\"")
            .body(Body::empty()),
        "/v1/broken" => status(StatusCode::INTERNAL_SERVER_ERROR).body(Body::from("<h1>Oops</h1>")),
        "/v1/too-many" => status(StatusCode::TOO_MANY_REQUESTS)
            .header("retry-after", "17")
            .body(Body::from("{\"code\": \"rate_limit\"}")),
        "/v1/elsewhere" => status(StatusCode::FOUND)
            .header("location", "https://elsewhere.example/")
            .body(Body::empty()),
        _ => status(StatusCode::NOT_FOUND).body(Body::from("no such thing")),
    }
    .unwrap()
}

fn request(line: &str, more: &str) -> Vec<u8> {
    format!(
        "{line} HTTP/1.1\r\nHost: candor.example\r\nAuthorization: Bearer {KEY}\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n\
         Keep-Alive: timeout=5\r\nX-Request-Id: mine\r\nCookie: a=1; b=2\r\nX-Twice: one\r\nX-Twice: two\r\n{more}"
    )
    .into_bytes()
}

/// The same request, directly and through the server: both answers, and both as the upstream saw them.
fn twice(request: &[u8]) -> ([Answer; 2], [Seen; 2]) {
    let upstream = StandIn::start(|seen| answers(&seen));
    let server = server(&upstream.url());
    let answers = [ask(&upstream.url(), request), ask(server.url(), request)];
    let seen = upstream.seen().try_into().unwrap();
    (answers, seen)
}

#[test]
fn answers_are_the_same() {
    for line in [
        "GET /v1/whole",
        "GET /v1/chunked",
        "GET /v1/nothing",
        "GET /v1/unchanged",
        "GET /v1/broken",
        "GET /v1/too-many",
        "GET /v1/elsewhere",
        "GET /v1/not-there",
        "HEAD /v1/whole",
        "HEAD /v1/chunked",
        "DELETE /v1/whole",
        "OPTIONS /v1/whole",
    ] {
        let ([direct, passed], _) = twice(&request(line, "\r\n"));
        assert_eq!(passed, direct, "{line}");
    }
}

#[test]
fn requests_are_the_same_but_for_what_speaks_of_one_connection() {
    let bodies = [
        "Content-Length: 4\r\n\r\n\0a\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n\0a\r\n2\r\n\r\n\r\n0\r\n\r\n",
        "Content-Length: 0\r\n\r\n",
    ];
    for (method, body) in [
        ("POST", bodies[0]),
        ("PUT", bodies[1]),
        ("PATCH", bodies[2]),
    ] {
        let line = format!("{method} /v1/a%2Fb//c|d?x=%20y&z=../..&");
        let (_, [direct, passed]) = twice(&request(&line, body));
        assert_eq!(passed.method, direct.method);
        assert_eq!(passed.target(), direct.target());
        assert_eq!(passed.body, direct.body);
        assert_eq!(
            end_to_end(&passed.headers),
            end_to_end(&direct.headers),
            "{method}"
        );
        assert!(!passed.headers.contains_key("x-hop"));
        assert_ne!(passed.headers["host"], direct.headers["host"]);
        assert!(
            passed.headers["host"]
                .to_str()
                .unwrap()
                .starts_with("127.0.0.1:")
        );
    }
}

fn end_to_end(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    let of_one_connection = [
        "connection",
        "keep-alive",
        "transfer-encoding",
        "x-hop",
        "host",
        "x-candor-passed",
    ];
    let mut all: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
        .filter(|(name, _)| !of_one_connection.contains(&name.as_str()))
        .collect();
    all.sort();
    all
}

#[test]
fn a_request_without_a_body_is_handed_on_without_one() {
    let (_, [_, passed]) = twice(&request("GET /v1/whole", "\r\n"));
    for name in ["content-length", "transfer-encoding"] {
        assert!(!passed.headers.contains_key(name), "{name}");
    }
}

#[test]
fn clients_of_http_2_get_the_same() {
    let upstream = StandIn::start(|seen| answers(&seen));
    let server = server(&upstream.url());
    let curl = |protocol: &str, url: &str| {
        let output = std::process::Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                protocol,
                "--data-binary",
                "x",
                "--header",
            ])
            .arg(format!("Authorization: Bearer {KEY}"))
            .args(["--dump-header", "-", &format!("{url}/v1/chunked")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = output.stdout;
        let end = text
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let head = String::from_utf8_lossy(&text[..end]).into_owned();
        let mut headers: Vec<_> = head.lines().skip(1).map(str::to_ascii_lowercase).collect();
        headers.retain(|line| !line.starts_with("transfer-encoding"));
        headers.sort();
        (head[..6].to_owned(), headers, text[end + 4..].to_vec())
    };
    let (_, direct, body) = curl("--http1.1", &upstream.url());
    let passed = curl("--http2-prior-knowledge", server.url());
    assert_eq!(passed, ("HTTP/2".to_owned(), direct, body));
    let seen = upstream.seen();
    assert_eq!(seen[0].body, seen[1].body);
}

#[test]
fn chunks_and_a_length_that_is_not_theirs_pass_as_the_chunks_are() {
    let upstream = Upstream::start(|mut lines| {
        head(&mut lines);
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n";
        say(&mut lines, answer);
    });
    let server = server(&upstream.url());
    let asked = request("GET /v1/x", "\r\n");
    assert_eq!(ask(server.url(), &asked).body, b"whole");
}
