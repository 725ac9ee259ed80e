//! Sizes and patience: memory stays flat, whatever passes.

use crate::raw::{Lines, Upstream, connect, head, say};
use crate::{KEY, server};
use std::io::Read as _;

const MEBIBYTE: usize = 1024 * 1024;
const SIZE: usize = 200 * MEBIBYTE;
/// What memory may grow by while that much passes.
const GROWTH: u64 = 24 * 1024 * 1024;

/// The most memory that a process held at any time, in bytes.
fn most_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: u64 = line
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    kibibytes * 1024
}

/// What a process holds more at most than it did; the system counts roughly, so that this may seem to be less than none.
fn grown_since(pid: u32, before: u64) -> u64 {
    most_memory(pid).saturating_sub(before)
}

/// Reads so much and says whether every byte was the expected one.
fn read(lines: &mut Lines, bytes: usize) -> bool {
    let mut buffer = vec![0; MEBIBYTE];
    let mut left = bytes;
    while left > 0 {
        let most = left.min(MEBIBYTE);
        match lines.read(&mut buffer[..most]) {
            Ok(read) if read > 0 && buffer[..read].iter().all(|byte| *byte == b'x') => left -= read,
            _ => return false,
        }
    }
    true
}

fn write(lines: &mut Lines, bytes: usize) -> bool {
    let part = vec![b'x'; MEBIBYTE];
    (0..bytes / MEBIBYTE).all(|_| say(lines, &part))
}

/// An upstream that takes a large body and gives one back.
fn large() -> Upstream {
    Upstream::start(|mut lines| {
        head(&mut lines);
        if read(&mut lines, SIZE) {
            say(
                &mut lines,
                format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n"),
            );
            write(&mut lines, SIZE);
        }
    })
}

fn pass_both_ways(url: &str, path: &str) {
    let mut client = connect(url);
    say(
        &mut client,
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json\r\n\
             Content-Length: {SIZE}\r\n\r\n"
        ),
    );
    assert!(write(&mut client, SIZE));
    let answer = head(&mut client);
    assert!(answer[0].starts_with("HTTP/1.1 200"), "{answer:?}");
    assert!(read(&mut client, SIZE));
}

#[test]
fn large_bodies_pass_both_ways_in_little_memory() {
    let upstream = large();
    let server = server(&upstream.url());
    pass_both_ways(server.url(), "/v1/files/upload");
    let before = most_memory(server.pid());
    for _ in 0..2 {
        pass_both_ways(server.url(), "/v1/files/upload");
    }
    let grown = grown_since(server.pid(), before);
    assert!(grown < GROWTH, "{grown} bytes");
    assert!(before < 160 * 1024 * 1024, "{before} bytes");
}

#[test]
fn a_slow_reader_does_not_make_the_server_keep_what_it_does_not_take() {
    let upstream = Upstream::start(|mut lines| {
        head(&mut lines);
        say(
            &mut lines,
            format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n"),
        );
        write(&mut lines, SIZE);
    });
    let server = server(&upstream.url());
    let ask = || {
        let mut client = connect(server.url());
        say(
            &mut client,
            format!(
                "GET /v1/files/1/preview HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n"
            ),
        );
        head(&mut client);
        client
    };
    // What the first one needs in any case is not what this is about.
    assert!(read(&mut ask(), SIZE));
    let before = most_memory(server.pid());
    let mut client = ask();
    // The upstream has all the time it may need to fill what is between.
    for _ in 0..20 {
        std::thread::sleep(std::time::Duration::from_millis(25));
        assert!(grown_since(server.pid(), before) < GROWTH);
    }
    assert!(read(&mut client, SIZE));
}
