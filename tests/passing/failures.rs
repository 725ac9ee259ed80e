//! Upstreams that are not there or talk nonsense, and requests that are not handed on.

use crate::raw::{Answer, Upstream, ask, head, say};
use crate::support::stand_in::StandIn;
use crate::{ALONE, KEY, counted, server, setup, support};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;

fn get(url: &str, key: &str) -> Answer {
    let request = format!(
        "GET /v1/parameters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
    );
    ask(url, request.as_bytes())
}

fn assert_refused(answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["status"], status, "{body}");
    assert!(body["message"].as_str().unwrap().contains(words), "{body}");
}

#[test]
fn an_upstream_that_is_not_there_is_a_bad_gateway() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", port.local_addr().unwrap());
    drop(port);
    let server = server(&url);
    assert_refused(&get(server.url(), KEY), 502, "cannot be reached");
    let line = "candor_handed_on_total{dialect=\"dify\",status=\"502\",answered_by=\"candor\"}";
    assert_eq!(counted(&server, line), 1);
}

#[test]
fn an_upstream_that_does_not_speak_http_is_a_bad_gateway() {
    for nonsense in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "",
    ] {
        let upstream = Upstream::start(move |mut lines| {
            head(&mut lines);
            say(&mut lines, nonsense);
        });
        let server = server(&upstream.url());
        assert_refused(&get(server.url(), KEY), 502, "cannot be reached");
    }
}

#[test]
fn an_answer_whose_head_does_not_end_is_a_bad_gateway() {
    let upstream = Upstream::start(|mut lines| {
        head(&mut lines);
        say(&mut lines, "HTTP/1.1 200 OK\r\n");
        let header = format!("X-Long: {}\r\n", "x".repeat(4000));
        while say(&mut lines, &header) {}
    });
    let server = server(&upstream.url());
    assert_refused(&get(server.url(), KEY), 502, "cannot be reached");
}

#[test]
fn a_project_without_an_upstream_says_so() {
    let upstream = StandIn::start(|_| axum::response::Response::default());
    let server = server(&upstream.url());
    assert_refused(&get(server.url(), ALONE), 404, "upstream");
    assert!(upstream.seen().is_empty());
}

/// Servers that answer it say what they were sent, and so whatever credential the project has.
#[test]
fn what_is_sent_to_the_upstream_is_not_shown_to_who_asks_for_it() {
    let upstream = StandIn::start(|seen| {
        let credential = seen.headers["authorization"].as_bytes().to_vec();
        axum::response::Response::new(credential.into())
    });
    let server = server(&upstream.url());
    let request = format!(
        "TRACE /v1/parameters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n\r\n"
    );
    let answer = ask(server.url(), request.as_bytes());
    assert_refused(&answer, 405, "not handed on");
    assert!(upstream.seen().is_empty());
}

#[test]
fn nothing_above_the_upstreams_base_url_is_asked_for() {
    let upstream = StandIn::start(|_| axum::response::Response::default());
    let server = server(&format!("{}/dify", upstream.url()));
    for path in ["/v1/../admin", "/v1/x/%2e%2e/%2E%2E/admin", "/v1/..;/admin"] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(ask(server.url(), request.as_bytes()).status, 400, "{path}");
    }
    assert!(upstream.seen().is_empty());
}

#[test]
fn a_server_that_is_its_own_upstream_stops_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let upstream = StandIn::start(|_| axum::response::Response::default());
    support::apply(folder.path(), &setup(&upstream.url()));
    let address = upstream.address();
    drop(upstream);
    let mut process = support::candor(folder.path())
        .args(["serve", "--listen", &address.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let answer = get(&listening(&mut process), KEY);
    process.kill().unwrap();
    process.wait().unwrap();
    assert_refused(&answer, 508, "itself");
}

/// A server that is not allowed private upstreams, whose setup was made when it was.
#[test]
fn private_addresses_are_refused_unless_the_operator_allows_them() {
    let upstream = StandIn::start(|_| axum::response::Response::default());
    let port = upstream.address().port();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
    ] {
        let folder = tempfile::tempdir().unwrap();
        support::apply(folder.path(), &setup(&format!("http://{host}:{port}")));
        let mut process = support::candor(folder.path())
            .env_remove("CANDOR_ALLOW_PRIVATE_UPSTREAMS")
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let url = listening(&mut process);
        let answer = get(&url, KEY);
        process.kill().unwrap();
        process.wait().unwrap();
        assert_refused(&answer, 502, "cannot be reached");
    }
    assert!(upstream.seen().is_empty());
}

pub fn listening(process: &mut std::process::Child) -> String {
    use std::io::{BufRead as _, BufReader};
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
        .expect("the server listens")
}

#[test]
fn the_log_holds_no_secret_and_no_text() {
    let upstream = Upstream::start(|mut lines| {
        head(&mut lines);
    });
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(&upstream.url());
    setup["projects"][0]["upstream"]["credential"] =
        serde_json::json!({"secret": "vendor-secret-0123456789"});
    support::apply(folder.path(), &setup);
    let log = folder.path().join("log");
    let mut process: std::process::Child = support::candor(folder.path())
        .env("CANDOR_LOG", "trace")
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let url = listening(&mut process);
    let body = r#"{"query": "do-not-tell", "user": "ada"}"#;
    let request = format!(
        "POST /v1/chat-messages?word=hidden-word HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(ask(&url, request.as_bytes()).status, 502);
    process.kill().unwrap();
    process.wait().unwrap();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("request failed"), "{log}");
    for secret in [
        KEY,
        "vendor-secret-0123456789",
        "do-not-tell",
        "hidden-word",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}
