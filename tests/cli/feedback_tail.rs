//! What Amazon Q's customers watch: records of feedback, and the counters of thumbs.

use crate::support;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const ADMIN: &str = "cnd_0123456789abcdef0123";
const KEY: &str = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const OTHER_KEY: &str = "AKIDOTHER:otherXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const APPLICATION: &str = "11111111-2222-4333-8444-555555555555";
const OTHER_APPLICATION: &str = "11111111-2222-4333-8444-666666666666";
const CONVERSATION: &str = "e2facc2b-57e3-555d-808c-37f5fa693c21";
const QUESTION: &str = "8c5e1d5e-0000-4000-8000-000000000001";
const MESSAGE: &str = "23890902-dec2-55aa-a685-6d0b13a925ed";

fn setup() -> Value {
    let (id, secret) = KEY.split_once(':').unwrap();
    let (other_id, other_secret) = OTHER_KEY.split_once(':').unwrap();
    json!({
        "projects": [
            {"name": "q", "amazon_q_application_id": APPLICATION},
            {"name": "other", "amazon_q_application_id": OTHER_APPLICATION},
        ],
        "keys": [
            {"dialect": "amazon_q", "project": "q", "access_key_id": id, "secret": secret},
            {"dialect": "amazon_q", "project": "other", "access_key_id": other_id, "secret": other_secret},
            {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:write", "feedback:read", "admin"]},
        ],
        "end_users": [{"project": "q", "external_id": "ada", "email": "ada@example.com"}],
        "conversations": [{
            "project": "q", "external_id": CONVERSATION, "end_user": "ada",
            "messages": [
                {"external_id": QUESTION, "role": "user", "content": "Why?"},
                {"external_id": MESSAGE, "role": "assistant", "content": "Because."},
            ],
        }],
    })
}

fn server() -> (support::Server, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    (support::Server::on(folder.path(), &[]), folder)
}

/// `PutFeedback`, signed by curl.
fn put(server: &support::Server, key: &str, message: &str, user: &str, body: &Value) {
    let application = if key == KEY {
        APPLICATION
    } else {
        OTHER_APPLICATION
    };
    let url = format!(
        "{}/applications/{application}/conversations/{CONVERSATION}/messages/{message}/feedback?userId={user}",
        server.url()
    );
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--write-out", "%{http_code}"])
        .args(["--aws-sigv4", "aws:amz:us-east-1:qbusiness", "--user", key])
        .args(["--header", "Content-Type: application/json"])
        .args(["--data", &body.to_string(), &url])
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "200", "{output:?}");
}

fn says(usefulness: &str, reason: Option<&str>, comment: Option<&str>) -> Value {
    let mut said = json!({"usefulness": usefulness, "submittedAt": 1_700_000_000.5});
    if let Some(reason) = reason {
        said["reason"] = reason.into();
    }
    if let Some(comment) = comment {
        said["comment"] = comment.into();
    }
    json!({"messageUsefulness": said})
}

/// A down, the same again, a copy, and an up instead.
fn change_their_mind(server: &support::Server) {
    let down = says("NOT_USEFUL", Some("NOT_COMPLETE"), Some("Why, though?"));
    put(server, KEY, MESSAGE, "ada", &down);
    put(server, KEY, MESSAGE, "ada", &down);
    put(
        server,
        KEY,
        MESSAGE,
        "ada",
        &json!({"messageCopiedAt": 1_700_000_001}),
    );
    put(server, KEY, MESSAGE, "ada", &says("USEFUL", None, None));
    until_records(server, 2);
}

/// Waits until so many records are read: PostgreSQL tells none as long as any transaction of its server goes on that began before.
fn until_records(server: &support::Server, count: usize) {
    support::load::wait_until("the records are read", || {
        let records = get(server, "/candor/v1/feedback-records?format=amazon-q");
        records.text().unwrap().lines().count() >= count
    });
}

fn tail(place: &[&str], folder: &Path) -> Vec<Value> {
    let mut command = support::candor(folder);
    command.args(["feedback", "tail", "--format", "amazon-q"]);
    let printed = support::run(command.args(place));
    let lines = printed.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn at<'a>(server: &'a support::Server, more: &[&'a str]) -> Vec<&'a str> {
    let mut place = vec!["--url", server.url(), "--key", ADMIN];
    place.extend(more);
    place
}

fn get(server: &support::Server, path: &str) -> reqwest::blocking::Response {
    get_with(server, ADMIN, path)
}

fn get_with(server: &support::Server, key: &str, path: &str) -> reqwest::blocking::Response {
    let url = format!("{}{path}", server.url());
    let request = support::client().get(url).bearer_auth(key);
    request.send().unwrap()
}

/// A native key that may read feedback: its id and its secret.
fn reading_key(server: &support::Server, project: Option<&str>) -> (String, String) {
    let made: Value = support::client()
        .post(format!("{}/candor/v1/keys", server.url()))
        .bearer_auth(ADMIN)
        .json(&json!({"dialect": "native", "scopes": ["feedback:read"], "project": project}))
        .send()
        .unwrap()
        .json()
        .unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

#[test]
fn a_record_has_the_fields_of_the_vended_log() {
    let (server, folder) = server();
    change_their_mind(&server);
    let records = tail(&at(&server, &[]), folder.path());
    assert_eq!(records.len(), 2, "{records:?}");
    let account = records[0]["account_id"].as_str().unwrap();
    assert_eq!(account.len(), 36);
    let time = records[0]["event_timestamp"].as_str().unwrap();
    assert_eq!((time.len(), &time[19..]), (20, "Z"));
    assert_eq!(
        records[0],
        json!({
            "application_id": APPLICATION, "event_timestamp": time, "log_type": "Feedback", "account_id": account,
            "conversation_id": CONVERSATION, "system_message_id": MESSAGE, "user_message_id": QUESTION,
            "user_message": "Why?", "system_message": "Because.", "usefulness_reason": "NOT_COMPLETE",
            "usefulness": "NOT_USEFUL", "comment": "Why, though?", "user_email": "ada@example.com",
        })
    );
    assert_eq!(records[1]["usefulness"], "USEFUL");
    for field in ["usefulness_reason", "comment"] {
        assert_eq!(records[1][field], Value::Null);
    }
    assert!(server.terminate());
    assert_eq!(tail(&[], folder.path()), records, "without the server");
}

#[test]
fn records_are_narrowed_to_a_project_and_a_time() {
    let (server, folder) = server();
    put(&server, KEY, MESSAGE, "ada", &says("USEFUL", None, None));
    put(
        &server,
        OTHER_KEY,
        MESSAGE,
        "bob",
        &says("NOT_USEFUL", None, None),
    );
    until_records(&server, 2);
    let said = |more: &[&str]| -> Vec<String> {
        let records = tail(&at(&server, more), folder.path());
        records
            .iter()
            .map(|record| record["application_id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(said(&[]), [APPLICATION, OTHER_APPLICATION]);
    assert_eq!(said(&["--project", "other"]), [OTHER_APPLICATION]);
    assert_eq!(said(&["--since", "2024-01-01T00:00:00Z"]).len(), 2);
    assert_eq!(said(&["--since", "2999-01-01T00:00:00Z"]).len(), 0);
}

#[test]
fn a_stub_has_a_record_without_texts() {
    let (server, folder) = server();
    let unknown = "99999999-9999-4999-8999-999999999999";
    put(
        &server,
        OTHER_KEY,
        unknown,
        "bob",
        &says("USEFUL", None, None),
    );
    until_records(&server, 1);
    let records = tail(&at(&server, &[]), folder.path());
    assert_eq!(records[0]["system_message_id"], unknown);
    for field in [
        "user_message_id",
        "user_message",
        "system_message",
        "user_email",
    ] {
        assert_eq!(records[0][field], Value::Null, "{field}");
    }
}

/// A tail that goes on.
struct Following {
    process: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Following {
    fn new(server: &support::Server, folder: &Path) -> Self {
        Self::at(server.url(), folder)
    }

    fn at(url: &str, folder: &Path) -> Self {
        let mut process = support::candor(folder)
            .args(["feedback", "tail", "--format", "amazon-q", "--follow"])
            .args(["--url", url, "--key", ADMIN])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, lines }
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn who_follows_sees_what_comes_and_does_not_hold_up_a_stop() {
    let (server, folder) = server();
    put(&server, KEY, MESSAGE, "ada", &says("USEFUL", None, None));
    let mut following = Following::new(&server, folder.path());
    assert_eq!(following.next()["usefulness"], "USEFUL");
    for reason in ["OTHER", "NOT_CONCISE"] {
        let down = says("NOT_USEFUL", Some(reason), None);
        put(&server, KEY, MESSAGE, "ada", &down);
        assert_eq!(following.next()["usefulness_reason"], reason);
    }
    let began = Instant::now();
    assert!(server.terminate());
    // Below the time that a stop may take.
    assert!(began.elapsed() < Duration::from_secs(15));
}

/// The request line of whoever calls next; the rest of the head is read too.
fn called(listener: &TcpListener) -> (TcpStream, String) {
    listener.set_nonblocking(true).unwrap();
    let began = Instant::now();
    let stream = loop {
        assert!(began.elapsed() < Duration::from_secs(20), "nobody called");
        match listener.accept() {
            Ok((stream, _)) => break stream,
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    stream.set_nonblocking(false).unwrap();
    let mut head = BufReader::new(&stream).lines();
    let first = head.next().unwrap().unwrap();
    assert!(head.any(|line| line.unwrap().is_empty()));
    (stream, first)
}

#[test]
fn a_server_that_goes_away_before_it_told_anything_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut following = Following::at(&url, folder.path());
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";
    let (mut stream, _) = called(&listener);
    stream.write_all(head.as_bytes()).unwrap();
    drop(stream);
    let (mut stream, _) = called(&listener);
    let record = "{\"position\":\"7\",\"record\":{\"usefulness\":\"USEFUL\"}}\n";
    let told = format!("{head}{:x}\r\n{record}\r\n", record.len());
    stream.write_all(told.as_bytes()).unwrap();
    assert_eq!(following.next()["usefulness"], "USEFUL");
    drop(stream);
    let (_stream, line) = called(&listener);
    assert!(line.contains("after=7"), "{line}");
}

#[test]
fn a_folder_is_not_followed() {
    let (server, folder) = server();
    assert!(server.terminate());
    let output = support::candor(folder.path())
        .args(["feedback", "tail", "--format", "amazon-q", "--follow"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("--follow"), "{told}");
}

#[test]
fn the_stream_is_read_on_from_a_position() {
    let (server, _folder) = server();
    change_their_mind(&server);
    let path = "/candor/v1/feedback-records?format=amazon-q&positions=true";
    let answer = get(&server, path);
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    let whole = answer.text().unwrap();
    let lines: Vec<Value> = whole
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    let position = lines[0]["position"].as_str().unwrap();
    let rest = get(&server, &format!("{path}&after={position}"))
        .text()
        .unwrap();
    assert_eq!(
        rest.lines().collect::<Vec<_>>(),
        [whole.lines().nth(1).unwrap()]
    );
    for (bad, field) in [
        ("", "format"),
        ("?format=text", "format"),
        ("?format=amazon-q&after=-1", "after"),
        ("?format=amazon-q&follow=perhaps", "follow"),
        ("?format=amazon-q&since=yesterday", "since"),
    ] {
        let answer = get(&server, &format!("/candor/v1/feedback-records{bad}"));
        assert_eq!(answer.status(), 400, "{bad}");
        let problem: Value = answer.json().unwrap();
        assert_eq!(problem["field"], field, "{problem}");
    }
}

#[test]
fn a_key_of_a_project_sees_its_records_alone() {
    let (server, _folder) = server();
    put(&server, KEY, MESSAGE, "ada", &says("USEFUL", None, None));
    put(
        &server,
        OTHER_KEY,
        MESSAGE,
        "bob",
        &says("USEFUL", None, None),
    );
    until_records(&server, 2);
    let (_, secret) = reading_key(&server, Some("other"));
    let path = "/candor/v1/feedback-records?format=amazon-q";
    let records = get_with(&server, &secret, path).text().unwrap();
    assert_eq!(records.lines().count(), 1, "{records}");
    assert!(records.contains(OTHER_APPLICATION), "{records}");
    let answer = get_with(&server, &secret, &format!("{path}&project=q"));
    assert_eq!(answer.status(), 404);
}

#[test]
fn a_stream_ends_when_its_key_is_revoked() {
    let (server, _folder) = server();
    let (id, secret) = reading_key(&server, None);
    let path = "/candor/v1/feedback-records?format=amazon-q&follow=true";
    let stream = get_with(&server, &secret, path);
    assert_eq!(stream.status(), 200);
    let revoked = support::client()
        .delete(format!("{}/candor/v1/keys/{id}", server.url()))
        .bearer_auth(ADMIN)
        .send()
        .unwrap();
    assert!(revoked.status().is_success());
    put(&server, KEY, MESSAGE, "ada", &says("USEFUL", None, None));
    // Broken off, without the record.
    assert!(stream.text().is_err());
}

#[test]
fn thumbs_are_counted_by_application_and_reason() {
    let (server, _folder) = server();
    change_their_mind(&server);
    put(
        &server,
        OTHER_KEY,
        MESSAGE,
        "bob",
        &says("USEFUL", Some("HELPFUL"), None),
    );
    let metrics = get(&server, "/metrics").text().unwrap();
    for expected in [
        "# TYPE candor_amazon_q_thumbs_up_total counter".to_owned(),
        format!(
            "candor_amazon_q_thumbs_down_total{{application_id=\"{APPLICATION}\",usefulness_reason=\"NOT_COMPLETE\"}} 1"
        ),
        format!(
            "candor_amazon_q_thumbs_up_total{{application_id=\"{APPLICATION}\",usefulness_reason=\"NONE\"}} 1"
        ),
        format!(
            "candor_amazon_q_thumbs_up_total{{application_id=\"{OTHER_APPLICATION}\",usefulness_reason=\"HELPFUL\"}} 1"
        ),
    ] {
        assert!(metrics.contains(&expected), "no {expected} in\n{metrics}");
    }
}
