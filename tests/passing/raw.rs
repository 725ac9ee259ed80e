//! HTTP as bytes: a client, and a server that says exactly what a test wants.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// The longest that anything here is waited for.
pub const BOUND: Duration = Duration::from_secs(30);

/// A connection, read line by line or as a whole.
pub type Lines = BufReader<TcpStream>;

/// An answer, its body without its chunks.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in small letters, in order; without those that speak of one connection.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A server that does with each connection what the test says.
pub struct Upstream {
    address: SocketAddr,
}

impl Upstream {
    pub fn start(serve: impl Fn(Lines) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let serve = Arc::new(serve);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || serve(bounded(stream)));
            }
        });
        Self { address }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn bounded(stream: TcpStream) -> Lines {
    stream.set_read_timeout(Some(BOUND)).unwrap();
    stream.set_write_timeout(Some(BOUND)).unwrap();
    stream.set_nodelay(true).unwrap();
    BufReader::new(stream)
}

/// A connection to `http://127.0.0.1:PORT`.
pub fn connect(url: &str) -> Lines {
    bounded(TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap())
}

/// The lines of a head, without the empty one; none at the end of the connection.
pub fn head(lines: &mut Lines) -> Vec<String> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        let read = lines.read_line(&mut line).unwrap_or(0);
        let line = line.trim_end();
        if read == 0 || line.is_empty() {
            return head;
        }
        head.push(line.to_owned());
    }
}

/// Writes, and says whether the other side is still there.
pub fn say(lines: &mut Lines, bytes: impl AsRef<[u8]>) -> bool {
    let stream = lines.get_mut();
    stream.write_all(bytes.as_ref()).is_ok() && stream.flush().is_ok()
}

/// Sends a whole request and reads the answer up to the end of the connection.
pub fn ask(url: &str, request: &[u8]) -> Answer {
    let mut lines = connect(url);
    assert!(say(&mut lines, request));
    answer(&mut lines)
}

/// The answer that comes now, whose connection ends after it.
pub fn answer(lines: &mut Lines) -> Answer {
    let head = head(lines);
    let mut body = Vec::new();
    let _ = lines.read_to_end(&mut body);
    assert!(!head.is_empty(), "there is no answer");
    let status = head[0].split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers: Vec<_> = head[1..]
        .iter()
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        })
        .collect();
    let chunked = ("transfer-encoding".to_owned(), "chunked".to_owned());
    if headers.contains(&chunked) {
        body = without_chunks(&body);
    }
    headers.retain(|(name, _)| name != "connection" && name != "transfer-encoding");
    headers.sort();
    Answer {
        status,
        headers,
        body,
    }
}

/// What is in the chunks, which must come to their end.
fn without_chunks(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .expect("a last chunk");
        let size = std::str::from_utf8(&bytes[..line]).unwrap().trim();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&bytes[line + 1..=line + size]);
        bytes = &bytes[line + size + 3..];
    }
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}
