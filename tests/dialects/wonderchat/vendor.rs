//! A stand-in for the vendor's server, on loopback: it answers `export-chatlogs`.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

pub const KEY: &str = "the-key-of-the-vendor";

pub struct Vendor {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    chatlogs: Vec<Value>,
    asked: Mutex<Vec<Value>>,
    fails_after: AtomicUsize,
}

impl Vendor {
    /// A vendor that has these chatlogs.
    pub fn with(chatlogs: Vec<Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/api/v1", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            chatlogs,
            asked: Mutex::default(),
            fails_after: AtomicUsize::new(usize::MAX),
        });
        let answering = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answering.answer(stream.unwrap());
            }
        });
        Self { url, shared }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The bodies of all requests so far.
    pub fn asked(&self) -> Vec<Value> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// Lets every request after so many fail.
    pub fn fail_after(&self, requests: usize) {
        self.shared.fails_after.store(requests, Ordering::SeqCst);
    }
}

impl Shared {
    fn answer(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        let mut length = 0;
        reader.read_line(&mut line).unwrap();
        assert!(line.starts_with("POST /api/v1/export-chatlogs "), "{line}");
        while !line.trim().is_empty() {
            line.clear();
            reader.read_line(&mut line).unwrap();
            if let Some(told) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = told.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let (status, answer) = self.answer_to(&body);
        let answer = answer.to_string();
        write!(
            stream,
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
            answer.len()
        )
        .unwrap();
    }

    fn answer_to(&self, body: &Value) -> (&'static str, Value) {
        let mut asked = self.asked.lock().unwrap();
        asked.push(body.clone());
        if asked.len() > self.fails_after.load(Ordering::SeqCst) {
            return ("503 Service Unavailable", json!({"status": "error"}));
        }
        if body["apiKey"] != KEY {
            return (
                "401 Unauthorized",
                json!({"status": "error", "error": body["apiKey"]}),
            );
        }
        let within = |chatlog: &&Value| {
            let at = chatlog["createdAt"].as_str().unwrap();
            let bound = |name: &str| body[name].as_str().unwrap().to_owned();
            *bound("startDate") <= *at && *at <= *bound("endDate")
        };
        let found: Vec<_> = self.chatlogs.iter().filter(within).collect();
        ("200 OK", json!({"chatlogs": found}))
    }
}
