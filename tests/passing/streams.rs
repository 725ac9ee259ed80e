//! Streams: nothing is held back, and whoever leaves is missed on the other side.

use crate::raw::{BOUND, Lines, Upstream, connect, head, say};
use crate::{KEY, server, setup, support};
use std::io::{BufRead as _, Read as _};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

const STREAM: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

fn request(path: &str) -> String {
    format!("GET /v1/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n")
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// One line of a body, without its chunks.
fn line(lines: &mut Lines) -> Option<String> {
    let mut size = String::new();
    let mut read = String::new();
    lines.read_line(&mut size).ok().filter(|read| *read > 0)?;
    lines.read_line(&mut read).ok().filter(|read| *read > 0)?;
    lines.read_line(&mut String::new()).ok()?;
    Some(read.trim_end().to_owned())
}

/// Both ends of a channel by which a test and its upstream wait for each other.
fn signal() -> (SyncSender<()>, Mutex<Receiver<()>>) {
    let (sender, receiver) = sync_channel(1);
    (sender, Mutex::new(receiver))
}

#[test]
fn the_first_word_is_not_held_back() {
    let (go_on, told) = signal();
    let upstream = Upstream::start(move |mut lines| {
        head(&mut lines);
        say(&mut lines, STREAM);
        say(&mut lines, chunk("data: one\n"));
        // The second is said only when the client has the first.
        if told.lock().unwrap().recv_timeout(BOUND).is_ok() {
            say(&mut lines, chunk("data: two\n"));
            say(&mut lines, "0\r\n\r\n");
        }
    });
    let server = server(&upstream.url());
    let mut client = connect(server.url());
    say(&mut client, request("stream"));
    let answer = head(&mut client);
    assert!(answer[0].starts_with("HTTP/1.1 200"), "{answer:?}");
    assert_eq!(line(&mut client).as_deref(), Some("data: one"));
    go_on.send(()).unwrap();
    assert_eq!(line(&mut client).as_deref(), Some("data: two"));
}

#[test]
fn the_head_of_an_answer_does_not_wait_for_its_body() {
    let (go_on, told) = signal();
    let upstream = Upstream::start(move |mut lines| {
        head(&mut lines);
        say(&mut lines, STREAM);
        let _ = told.lock().unwrap().recv_timeout(BOUND);
    });
    let server = server(&upstream.url());
    let mut client = connect(server.url());
    say(&mut client, request("stream"));
    assert!(head(&mut client)[0].starts_with("HTTP/1.1 200"));
    go_on.send(()).unwrap();
}

#[test]
fn a_request_goes_on_as_it_comes() {
    let (go_on, told) = sync_channel(1);
    let upstream = Upstream::start(move |mut lines| {
        head(&mut lines);
        let _ = go_on.send(line(&mut lines));
        let _ = line(&mut lines);
        say(&mut lines, "HTTP/1.1 204 No Content\r\n\r\n");
    });
    let server = server(&upstream.url());
    let mut client = connect(server.url());
    let head_of_request = format!(
        "POST /v1/files/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    say(&mut client, head_of_request);
    say(&mut client, chunk("first\n"));
    let first = told.recv_timeout(BOUND).unwrap();
    assert_eq!(first.as_deref(), Some("first"));
    say(&mut client, chunk("second\n"));
    say(&mut client, "0\r\n\r\n");
    assert!(head(&mut client)[0].starts_with("HTTP/1.1 204"));
}

#[test]
fn a_client_that_waits_to_be_told_to_go_on_is_told() {
    let upstream = Upstream::start(|mut lines| {
        head(&mut lines);
        let mut body = [0; 4];
        lines.read_exact(&mut body).unwrap();
        say(&mut lines, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
        say(&mut lines, body);
    });
    let server = server(&upstream.url());
    let mut client = connect(server.url());
    say(
        &mut client,
        format!(
            "POST /v1/files/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nExpect: 100-continue\r\n\
             Content-Length: 4\r\n\r\n"
        ),
    );
    assert_eq!(head(&mut client), ["HTTP/1.1 100 Continue"]);
    say(&mut client, "file");
    assert!(head(&mut client)[0].starts_with("HTTP/1.1 200"));
}

#[test]
fn an_upstream_that_breaks_off_breaks_off_for_the_client() {
    for (answer, said) in [
        (STREAM, chunk("data: one\n")),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
            "data: one\n".to_owned(),
        ),
    ] {
        let upstream = Upstream::start(move |mut lines| {
            head(&mut lines);
            say(&mut lines, answer);
            say(&mut lines, &said);
        });
        let server = server(&upstream.url());
        let mut client = connect(server.url());
        say(&mut client, request("stream"));
        head(&mut client);
        let mut rest = Vec::new();
        // However the connection ends, there is no last chunk, and not the whole length.
        let _ = client.read_to_end(&mut rest);
        let rest = String::from_utf8(rest).unwrap();
        assert!(rest.contains("data: one\n"), "{rest}");
        assert!(!rest.contains("0\r\n\r\n"), "{rest}");
        assert!(rest.len() < 100);
    }
}

/// Tells when the other side is gone.
fn tells_the_end(lines: &mut Lines, gone: &SyncSender<()>) {
    if lines.read(&mut [0; 1]).is_ok_and(|read| read == 0) {
        let _ = gone.send(());
    }
}

#[test]
fn a_client_that_leaves_before_the_answer_is_missed_by_the_upstream() {
    let (gone, goes) = sync_channel(1);
    let (came, comes) = sync_channel(1);
    let upstream = Upstream::start(move |mut lines| {
        head(&mut lines);
        let _ = came.send(());
        tells_the_end(&mut lines, &gone);
    });
    let server = server(&upstream.url());
    let mut client = connect(server.url());
    say(&mut client, request("stream"));
    comes.recv_timeout(BOUND).unwrap();
    drop(client);
    goes.recv_timeout(BOUND)
        .expect("the upstream's connection ends");
}

#[test]
fn a_client_that_leaves_a_silent_stream_is_missed_by_the_upstream() {
    let (gone, goes) = sync_channel(1);
    let upstream = Upstream::start(move |mut lines| {
        head(&mut lines);
        say(&mut lines, STREAM);
        say(&mut lines, chunk("data: one\n"));
        tells_the_end(&mut lines, &gone);
    });
    let server = server(&upstream.url());
    let mut client = connect(server.url());
    say(&mut client, request("stream"));
    head(&mut client);
    assert_eq!(line(&mut client).as_deref(), Some("data: one"));
    drop(client);
    goes.recv_timeout(BOUND)
        .expect("the upstream's connection ends");
}

/// A server that has little patience with connections on which nothing happens.
fn impatient(url: &str) -> (support::Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, "head_seconds = 1\nidle_seconds = 1\n").unwrap();
    support::apply(folder.path(), &setup(url));
    let server = support::Server::on(folder.path(), &["--config", settings.to_str().unwrap()]);
    (server, folder)
}

#[test]
fn a_stream_may_be_silent_for_longer_than_an_unused_connection() {
    let upstream = Upstream::start(|mut lines| {
        head(&mut lines);
        say(&mut lines, STREAM);
        say(&mut lines, chunk("data: one\n"));
        // Longer than both patiences together.
        std::thread::sleep(Duration::from_secs(4));
        say(&mut lines, chunk("data: two\n"));
        say(&mut lines, "0\r\n\r\n");
    });
    let (server, _folder) = impatient(&upstream.url());
    let mut client = connect(server.url());
    say(&mut client, request("stream"));
    head(&mut client);
    assert_eq!(line(&mut client).as_deref(), Some("data: one"));
    assert_eq!(line(&mut client).as_deref(), Some("data: two"));
}

#[test]
fn a_client_that_does_not_read_is_given_up() {
    let (gone, goes) = sync_channel(1);
    let upstream = Upstream::start(move |mut lines| {
        head(&mut lines);
        say(&mut lines, STREAM);
        let word = chunk(&"x".repeat(100_000));
        while say(&mut lines, &word) {}
        let _ = gone.send(());
    });
    let (server, _folder) = impatient(&upstream.url());
    let mut client = connect(server.url());
    say(&mut client, request("stream"));
    goes.recv_timeout(BOUND)
        .expect("the upstream's connection ends");
    drop(client);
}
