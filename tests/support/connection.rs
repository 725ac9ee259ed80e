//! One connection that is kept open: plain HTTP/1.1 over TCP, so that the load costs less than what it loads.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than any answer may take; without it a lost answer would hold the test for ever.
const PATIENCE: Duration = Duration::from_secs(40);

/// A connection to the server under test.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: &'static str,
    pub path: String,
    /// Whole lines, each ended by `\r\n`.
    pub headers: String,
    pub body: String,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// In lower case.
    pub head: String,
    pub body: String,
}

impl Request {
    /// A request with this key as its bearer's.
    pub fn new(method: &'static str, path: impl Into<String>, key: &str) -> Self {
        Self {
            method,
            path: path.into(),
            headers: format!("Authorization: Bearer {key}\r\n"),
            body: String::new(),
        }
    }

    pub fn with(mut self, body: &serde_json::Value) -> Self {
        self.headers.push_str("Content-Type: application/json\r\n");
        self.body = body.to_string();
        self
    }

    /// As it goes over the wire.
    pub fn text(&self) -> String {
        let Self {
            method,
            path,
            headers,
            body,
        } = self;
        let length = body.len();
        format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        )
    }
}

impl Connection {
    /// Connects to `http://ADDRESS`.
    pub fn open(url: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(url.trim_start_matches("http://"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream })
    }

    pub fn call(&mut self, request: &Request) -> io::Result<Answer> {
        self.stream.write_all(request.text().as_bytes())?;
        self.read_answer()
    }

    fn read_answer(&mut self) -> io::Result<Answer> {
        let mut bytes = Vec::new();
        let head_end = loop {
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.read_more(&mut bytes)?;
        };
        let head = String::from_utf8_lossy(&bytes[..head_end]).to_ascii_lowercase();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|length| length.trim().parse().ok())
            .ok_or_else(|| io::Error::other(format!("an answer without a length: {head}")))?;
        while bytes.len() < head_end + length {
            self.read_more(&mut bytes)?;
        }
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        Ok(Answer {
            status: status.ok_or_else(|| io::Error::other("an answer without a status"))?,
            body: String::from_utf8_lossy(&bytes[head_end..]).into_owned(),
            head,
        })
    }

    fn read_more(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let mut part = [0; 16 * 1024];
        let read = loop {
            match self.stream.read(&mut part) {
                // A process that is stopped and goes on has its reads with a time-out interrupted.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&part[..read]);
        Ok(())
    }
}
