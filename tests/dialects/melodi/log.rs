//! What the log hears.

use super::fixture::{PRIVATE, PUBLISHABLE, setup};
use crate::support::{apply, candor, client};
use serde_json::json;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

#[test]
fn a_key_in_a_query_string_never_reaches_the_log() {
    let folder = tempfile::tempdir().unwrap();
    apply(folder.path(), &setup());
    let mut server = candor(folder.path())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("CANDOR_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = server.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).unwrap();
        text
    });
    let mut output = BufReader::new(server.stdout.take().unwrap()).lines();
    let url = output
        .find_map(|line| {
            line.unwrap()
                .strip_prefix("listening on ")
                .map(str::to_owned)
        })
        .unwrap();
    let body = json!({"feedbackType": "positive", "feedbackText": "MY PRIVATE WORDS", "externalThreadId": "chat_123"});
    let requests = [
        ("POST", format!("/feedback?apiKey={PRIVATE}")),
        ("POST", format!("/feedback?apiKey={PUBLISHABLE}")),
        ("PUT", format!("/feedback?apiKey={PUBLISHABLE}")),
        ("GET", format!("/projects?apiKey={PRIVATE}&name=x")),
        ("GET", format!("/users?apiKey={PRIVATE}&pageSize={PRIVATE}")),
        ("GET", format!("/nowhere?apiKey={PRIVATE}")),
        ("DELETE", format!("/feedback?apiKey={PRIVATE}")),
        ("GET", "/projects?apiKey=a-wrong-secret".to_owned()),
    ];
    for (method, path) in requests {
        let answer = client()
            .request(method.parse().unwrap(), format!("{url}/api/external{path}"))
            .json(&body)
            .send()
            .unwrap();
        assert!(answer.status().as_u16() < 500, "{answer:?}");
    }
    server.kill().unwrap();
    server.wait().unwrap();
    let log = reader.join().unwrap();
    assert!(
        log.contains("/api/external/feedback"),
        "requests are logged: {log}"
    );
    for secret in [PRIVATE, PUBLISHABLE, "a-wrong-secret", "MY PRIVATE WORDS"] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}
