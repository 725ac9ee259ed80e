//! Connections: both protocols on one port, and every bound on a request's head.

use crate::{setup, support};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

/// A server that has little patience.
fn impatient() -> (support::Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, "head_seconds = 1\nidle_seconds = 2\n").unwrap();
    support::apply(folder.path(), &setup());
    let server = support::Server::on(folder.path(), &["--config", settings.to_str().unwrap()]);
    (server, folder)
}

fn connect(server: &support::Server) -> TcpStream {
    let stream = TcpStream::connect(server.url().strip_prefix("http://").unwrap()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

/// Everything that comes until the server ends the connection, and how long that took.
fn rest(mut stream: TcpStream) -> (String, Duration) {
    let started = Instant::now();
    let mut bytes = Vec::new();
    // A server that cuts off may reset the connection, which is as good an end as any.
    let _ = stream.read_to_end(&mut bytes);
    (
        String::from_utf8_lossy(&bytes).into_owned(),
        started.elapsed(),
    )
}

fn curl(arguments: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["--silent", "--show-error"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_client_that_sends_half_a_head_is_cut_off() {
    let (server, _folder) = impatient();
    let beginnings: [&[u8]; 4] = [
        b"",
        b"GET / HT",
        b"PRI * HT",
        b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nX-Long: a",
    ];
    for beginning in beginnings {
        let mut stream = connect(&server);
        stream.write_all(beginning).unwrap();
        let (answer, took) = rest(stream);
        assert_eq!(answer, "");
        assert!(
            took < Duration::from_secs(10),
            "{beginning:?} took {took:?}"
        );
    }
}

#[test]
fn a_second_head_that_does_not_end_is_cut_off_too() {
    let (server, _folder) = impatient();
    let mut stream = connect(&server);
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    stream.write_all(b"GET /healthz HT").unwrap();
    let (answer, took) = rest(stream);
    assert!(
        answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok\n"),
        "{answer}"
    );
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn an_idle_connection_is_ended() {
    let (server, _folder) = impatient();
    let mut stream = connect(&server);
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let (answer, took) = rest(stream);
    assert!(answer.ends_with("ok\n"), "{answer}");
    assert!(took > Duration::from_millis(1500), "{took:?}");
}

#[test]
fn too_many_header_fields_and_too_large_a_head_are_refused() {
    let server = support::Server::set_up(&setup());
    let many = "X-Again: 1\r\n".repeat(150);
    let large = format!("X-Large: {}\r\n", "a".repeat(100_000));
    for headers in [many, large] {
        let mut stream = connect(&server);
        let head = format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        // The server may answer and end the connection before it has read everything.
        let _ = stream.write_all(head.as_bytes());
        let (answer, _) = rest(stream);
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}

#[test]
fn what_is_not_http_is_refused() {
    let server = support::Server::set_up(&setup());
    let mut stream = connect(&server);
    stream.write_all(b"\x16\x03\x01 hello\r\n\r\n").unwrap();
    let (answer, _) = rest(stream);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[test]
fn http_2_is_spoken_on_the_same_port() {
    let server = support::Server::set_up(&setup());
    let url = format!("{}/healthz", server.url());
    let answer = curl(&["--include", "--http2-prior-knowledge", &url]);
    assert!(answer.starts_with("HTTP/2 200"), "{answer}");
    let mut arguments = vec![
        "--include".to_owned(),
        "--http2-prior-knowledge".to_owned(),
        url,
    ];
    for number in 0..150 {
        arguments.extend(["--header".to_owned(), format!("X-{number}: 1")]);
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let answer = curl(&arguments);
    assert!(answer.starts_with("HTTP/2 431"), "{answer}");
}

#[test]
fn health_readiness_and_metrics_are_told() {
    let server = support::Server::set_up(&setup());
    let get = |path: &str| curl(&["--fail", &format!("{}{path}", server.url())]);
    assert_eq!(get("/healthz"), "ok\n");
    assert_eq!(get("/readyz"), "ready\n");
    let body = serde_json::json!({"rating": "like", "user": "ada"});
    assert_eq!(crate::vote(server.url(), 1, &body), 200);
    let metrics = get("/metrics");
    for expected in [
        "candor_votes_total{channel=\"dify\",outcome=\"created\"} 1",
        "# TYPE candor_write_queue_depth gauge",
        "candor_write_batch_size_bucket{le=\"1024\"}",
        "candor_commit_seconds_bucket{le=\"0.001\"}",
        "candor_request_seconds_count{method=\"POST\",route=\"/v1/messages/{message_id}/feedbacks\",status=\"200\"} 1",
    ] {
        assert!(metrics.contains(expected), "no {expected} in\n{metrics}");
    }
}

#[test]
fn requests_have_ids_that_come_back() {
    let server = support::Server::set_up(&setup());
    let request = support::client().get(format!("{}/v1/nothing", server.url()));
    let answer = request.header("x-request-id", "mine").send().unwrap();
    assert_eq!(answer.headers()["x-request-id"], "mine");
    assert_eq!(answer.status(), 404);
}

#[test]
fn a_head_that_is_no_http_is_refused_with_a_reason() {
    let server = support::Server::set_up(&setup());
    for (path, shape) in [
        ("/v1/messages", "\"code\":"),
        ("/candor/v1/projects", "\"detail\":"),
        ("/applications", "\"reason\":"),
    ] {
        let mut stream = connect(&server);
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\n{{: 1\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let (answer, _) = rest(stream);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(
            body.contains(shape) && body.contains("malformed"),
            "{answer}"
        );
        let length = format!("content-length: {}", body.len());
        assert!(head.contains(&length), "{answer}");
        assert!(head.contains("x-request-id: "), "{answer}");
        let by_amazon_q = head.contains("x-amzn-requestid: ");
        assert_eq!(by_amazon_q, path == "/applications", "{answer}");
    }
}
