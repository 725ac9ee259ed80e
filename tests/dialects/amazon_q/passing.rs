//! A server whose application has an upstream, and the upstream.

use super::fixture::{ADMIN, APPLICATION, Call, Pair, feedback_path, setup, useful};
use crate::amazon_q_vendor::{self as vendor, ANSWER, NEW_CONVERSATION, REQUEST_ID};
use crate::support::stand_in::{Seen, StandIn};
use crate::support::{self, Server};
use serde_json::{Value, json};

/// Opens the application "support" for everything.
pub const MANAGER: Pair = Pair {
    id: "AKIDMANAGER",
    secret: "manager-secret-0123456789",
};

/// A server whose application "support" has an upstream.
pub struct Passing {
    pub server: Server,
    pub vendor: StandIn,
}

/// What came back, whosever it is.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Passing {
    pub fn start() -> Self {
        Self::before(vendor::start(), &vendor::credential())
    }

    pub fn before(vendor: StandIn, credential: &Value) -> Self {
        let url = vendor.url();
        Self::with(vendor, &url, credential)
    }

    pub fn with(vendor: StandIn, url: &str, credential: &Value) -> Self {
        let mut setup = setup("reject");
        setup["projects"][0]["upstream"] =
            json!({"dialect": "amazon_q", "base_url": url, "credential": credential});
        setup["keys"].as_array_mut().unwrap().push(json!({
            "dialect": "amazon_q", "access_key_id": MANAGER.id, "secret": MANAGER.secret, "project": "support",
            "scopes": ["feedback:write", "feedback:read", "admin"],
        }));
        let server = Server::set_up(&setup);
        Self { server, vendor }
    }

    pub fn send(&self, call: &Call) -> Answer {
        let (url, headers) = call.signed(self.server.url());
        Self::send_as(call, &url, headers)
    }

    pub fn send_as(call: &Call, url: &str, headers: Vec<(String, String)>) -> Answer {
        let method = call.method.parse().unwrap();
        let mut request = support::client()
            .request(method, url)
            .body(call.body.clone());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().unwrap();
        Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            bytes: answer.bytes().unwrap().to_vec(),
        }
    }

    /// What went to the vendor, of which there is one.
    #[track_caller]
    pub fn went(&self) -> Seen {
        let seen = self.vendor.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }

    #[track_caller]
    pub fn assert_nothing_went(&self) {
        let seen = self.vendor.seen();
        assert!(seen.is_empty(), "{seen:?}");
    }

    pub fn native(&self, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}/candor/v1/projects/support{path}", self.server.url());
        let request = support::client().request(method.parse().unwrap(), url);
        let request = request.bearer_auth(ADMIN);
        let request = if body.is_null() {
            request
        } else {
            request.json(body)
        };
        request.send().unwrap().json().unwrap()
    }

    /// What the native API shows, once it shows what is waited for.
    #[track_caller]
    pub fn shown(&self, path: &str, is_there: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..500 {
            let shown = self.native("GET", path, &Value::Null);
            if is_there(&shown) {
                return shown;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("{path} never showed what was waited for");
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    #[track_caller]
    pub fn assert_is_the_vendors(&self) {
        assert_eq!(self.status, 200, "{self:?}");
        let said = ["content-type", "x-amzn-requestid", "content-length", "date"];
        for name in self.headers.keys() {
            assert!(said.contains(&name.as_str()), "{name} is not the vendor's");
        }
        assert_eq!(self.headers["x-amzn-requestid"], REQUEST_ID);
    }

    #[track_caller]
    pub fn assert_refused(&self, status: u16, name: &str) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.headers["x-amzn-errortype"], name, "{self:?}");
        self.json()["message"].as_str().unwrap().to_owned()
    }
}

pub fn under(path: &str) -> String {
    format!("/applications/{APPLICATION}{path}")
}

pub fn chat(question: &str) -> Call {
    let body = json!({"userMessage": question, "clientToken": "t"}).to_string();
    Call::new("POST", under("/conversations?sync&userId=ada%20l")).saying(body)
}

pub fn vote_on_the_answer() -> Call {
    let path = feedback_path(NEW_CONVERSATION, ANSWER) + "?userId=ada%20l";
    Call::vote(path, &useful(&json!({"comment": "Right."})))
}
