//! What goes on to the application's upstream, signed anew, and what is answered here all the same.

use super::fixture::{
    ADMIN, APPLICATION, CONVERSATION, Call, OTHER, OTHER_APPLICATION, Pair, READER, SUPPORT,
    WRITER, feedback_path, setup, useful,
};
use crate::amazon_q_vendor::{
    self as vendor, ANSWER, NEW_CONVERSATION, QUESTION, REGION, REQUEST_ID,
};
use crate::support::stand_in::{Seen, StandIn};
use crate::support::{self, Server};
use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};
use std::net::TcpListener;

/// Opens the application "support" for everything.
const MANAGER: Pair = Pair {
    id: "AKIDMANAGER",
    secret: "manager-secret-0123456789",
};

/// A server whose application "support" has an upstream.
struct Passing {
    server: Server,
    vendor: StandIn,
}

/// What came back, whosever it is.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    bytes: Vec<u8>,
}

impl Passing {
    fn start() -> Self {
        Self::before(vendor::start(), vendor::credential())
    }

    fn before(vendor: StandIn, credential: Value) -> Self {
        let url = vendor.url();
        Self::with(vendor, &url, credential)
    }

    fn with(vendor: StandIn, url: &str, credential: Value) -> Self {
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

    fn send(&self, call: &Call) -> Answer {
        let (url, headers) = call.signed(self.server.url());
        self.send_as(call, &url, headers)
    }

    fn send_as(&self, call: &Call, url: &str, headers: Vec<(String, String)>) -> Answer {
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
    fn went(&self) -> Seen {
        let seen = self.vendor.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }

    #[track_caller]
    fn assert_nothing_went(&self) {
        let seen = self.vendor.seen();
        assert!(seen.is_empty(), "{seen:?}");
    }

    fn native(&self, method: &str, path: &str, body: &Value) -> Value {
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
    fn shown(&self, path: &str, is_there: impl Fn(&Value) -> bool) -> Value {
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
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    #[track_caller]
    fn assert_is_the_vendors(&self) {
        assert_eq!(self.status, 200, "{self:?}");
        let said = ["content-type", "x-amzn-requestid", "content-length", "date"];
        for name in self.headers.keys() {
            assert!(said.contains(&name.as_str()), "{name} is not the vendor's");
        }
        assert_eq!(self.headers["x-amzn-requestid"], REQUEST_ID);
    }

    #[track_caller]
    fn assert_refused(&self, status: u16, name: &str) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.headers["x-amzn-errortype"], name, "{self:?}");
        self.json()["message"].as_str().unwrap().to_owned()
    }
}

fn under(path: &str) -> String {
    format!("/applications/{APPLICATION}{path}")
}

fn chat(question: &str) -> Call {
    let body = json!({"userMessage": question, "clientToken": "t"}).to_string();
    Call::new("POST", under("/conversations?sync&userId=ada%20l")).saying(body)
}

fn vote_on_the_answer() -> Call {
    let path = feedback_path(NEW_CONVERSATION, ANSWER) + "?userId=ada%20l";
    Call::vote(path, &useful(&json!({"comment": "Right."})))
}

#[test]
fn what_people_do_goes_on_as_it_was_asked() {
    let passing = Passing::start();
    for (place, (method, path)) in [
        ("POST", "/conversations?sync=&userId=a%20b%2Fc"),
        ("GET", "/conversations?userId=ada&maxResults=2"),
        (
            "GET",
            "/conversations/cccccccc-1111-4222-8333-444444444444?nextToken=a%2Bb%3D",
        ),
        (
            "DELETE",
            "/conversations/cccccccc-1111-4222-8333-444444444444?userId=ada",
        ),
        (
            "DELETE",
            "/conversations/cccccccc-1111-4222-8333-444444444444/attachments/a",
        ),
        ("GET", "/conversations/c/messages/m/media/x"),
        ("GET", "/attachments?maxResults=1"),
    ]
    .into_iter()
    .enumerate()
    {
        let body = if method == "POST" {
            "{\"userMessage\":  \"Ü?\"}"
        } else {
            ""
        };
        let call = Call::new(method, under(path)).saying(body);
        passing.send(&call).assert_is_the_vendors();
        let went = passing.vendor.seen()[place].clone();
        assert_eq!(went.method.as_str(), method);
        assert_eq!(went.target(), under(path));
        assert_eq!(went.body, body);
        // AWS takes no body whose length is not said.
        assert!(!went.headers.contains_key("transfer-encoding"), "{went:?}");
    }
}

#[test]
fn what_goes_on_is_signed_with_the_projects_key_for_its_region() {
    let passing = Passing::start();
    passing.send(&chat("?")).assert_is_the_vendors();
    let went = passing.went();
    let credential = vendor::signed_with(&went).unwrap();
    let expected = format!("/{REGION}/qbusiness/aws4_request");
    assert!(credential.ends_with(&expected), "{credential}");
    assert_eq!(went.headers["host"], passing.vendor.address().to_string());
    for (name, value) in &went.headers {
        let value = value.to_str().unwrap();
        assert!(!value.contains(SUPPORT.id), "{name}: {value}");
    }
}

#[test]
fn a_signature_in_the_query_becomes_one_in_the_header() {
    let passing = Passing::start();
    let mut call = chat("?");
    call.in_query = true;
    passing.send(&call).assert_is_the_vendors();
    assert_eq!(passing.went().target(), call.path);
}

#[test]
fn headers_of_sdks_go_on() {
    let passing = Passing::start();
    let call = chat("?");
    let (url, mut headers) = call.signed(passing.server.url());
    for (name, value) in [
        ("amz-sdk-invocation-id", "1-2"),
        ("amz-sdk-request", "attempt=1; max=3"),
        ("x-amz-user-agent", "aws-sdk-js/3"),
        ("user-agent", "a b"),
    ] {
        headers.push((name.to_owned(), value.to_owned()));
    }
    passing
        .send_as(&call, &url, headers.clone())
        .assert_is_the_vendors();
    let went = passing.went();
    for (name, value) in &headers[headers.len() - 4..] {
        assert_eq!(went.headers[name], value);
    }
    assert_eq!(went.headers.get_all("x-amz-date").iter().count(), 1);
}

#[test]
fn a_temporary_key_sends_its_token() {
    let mut credential = vendor::credential();
    credential["session_token"] = json!("the-session");
    let passing = Passing::before(vendor::start(), credential);
    passing.send(&chat("?")).assert_is_the_vendors();
    let went = passing.went();
    assert_eq!(went.headers["x-amz-security-token"], "the-session");
    assert!(
        went.headers["authorization"]
            .to_str()
            .unwrap()
            .contains("x-amz-security-token")
    );
}

#[test]
fn question_and_answer_stand_beside_the_vote() {
    let passing = Passing::start();
    let answer = passing.send(&chat("What is a refund?"));
    answer.assert_is_the_vendors();
    // At once: what is not known is refused here, and this answer is known as soon as the client has it.
    let voted = passing.send(&vote_on_the_answer());
    assert_eq!((voted.status, voted.bytes.len()), (200, 0), "{voted:?}");
    assert_eq!(passing.vendor.seen().len(), 1, "a vote stays here");
    let listed = passing.native("GET", "/feedback", &Value::Null);
    let id = listed["items"][0]["id"].as_str().unwrap();
    let detail = passing.native("GET", &format!("/feedback/{id}"), &Value::Null);
    assert_eq!(detail["question"], "What is a refund?");
    assert_eq!(detail["message"]["content"], "You asked: What is a refund?");
    assert_eq!(detail["message"]["external_id"], ANSWER);
    assert_eq!(detail["comment"], "Right.");
    assert_eq!(detail["author"]["external_id"], "ada l");
    let sources = &detail["message"]["metadata"]["sources"];
    assert_eq!(sources[0]["url"], "https://a.example/terms");
}

#[test]
fn both_messages_are_known_by_the_vendors_ids() {
    let passing = Passing::start();
    passing.send(&chat("Why?")).assert_is_the_vendors();
    let path = format!("/conversations/{NEW_CONVERSATION}/messages");
    let known = passing.shown(&path, |shown| shown["items"].is_array());
    let said: Vec<_> = known["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["external_id"].as_str().unwrap(),
                it["role"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(said, [(QUESTION, "user"), (ANSWER, "assistant")]);
}

#[test]
fn a_project_that_keeps_no_text_remembers_who_and_when() {
    let passing = Passing::start();
    passing.native("PATCH", "", &json!({"keep_text": "none"}));
    passing.send(&chat("My secret?")).assert_is_the_vendors();
    let path = format!("/conversations/{NEW_CONVERSATION}/messages");
    let known = passing.shown(&path, |shown| shown["items"].is_array());
    assert_eq!(known["items"].as_array().unwrap().len(), 2, "{known}");
    for words in ["secret", "Terms", "You asked"] {
        assert!(!known.to_string().contains(words), "{known}");
    }
}

#[test]
fn what_is_deleted_there_is_erased_here() {
    let passing = Passing::start();
    let path = under(&format!("/conversations/{CONVERSATION}?userId=ada"));
    passing
        .send(&Call::new("DELETE", path))
        .assert_is_the_vendors();
    passing.shown("/conversations", |shown| shown["items"] == json!([]));
}

#[test]
fn what_the_vendor_refuses_to_delete_stays() {
    let vendor = StandIn::start(|_| vendor::refusal(409, "ConflictException", "not now"));
    let passing = Passing::before(vendor, vendor::credential());
    let path = under(&format!("/conversations/{CONVERSATION}?userId=ada"));
    passing
        .send(&Call::new("DELETE", path))
        .assert_refused(409, "ConflictException");
    let known = passing.native("GET", "/conversations", &Value::Null);
    assert_eq!(known["items"].as_array().unwrap().len(), 1);
}

#[test]
fn the_vendors_failures_come_as_they_are() {
    let answer = || {
        Response::builder()
            .status(429)
            .header("x-amzn-ErrorType", "ThrottlingException")
            .header("x-amzn-RequestId", REQUEST_ID)
            .header("retry-after", "7")
            .header("content-type", "application/json")
            .body(Body::from("{\"message\" : \"Slowly.\"}"))
            .unwrap()
    };
    let passing = Passing::before(StandIn::start(move |_| answer()), vendor::credential());
    let refused = passing.send(&chat("?"));
    refused.assert_refused(429, "ThrottlingException");
    assert_eq!(refused.bytes, b"{\"message\" : \"Slowly.\"}");
    assert_eq!(refused.headers["retry-after"], "7");
    assert_eq!(refused.headers["x-amzn-requestid"], REQUEST_ID);
}

#[test]
fn a_vendor_that_is_gone_is_a_bad_gateway() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let passing = Passing::with(vendor::start(), &url, vendor::credential());
    let message = passing
        .send(&chat("?"))
        .assert_refused(502, "BadGatewayException");
    assert!(message.contains("upstream"), "{message}");
    assert!(!message.contains("127.0.0.1"), "{message}");
}

#[test]
fn chat_with_two_streams_is_refused_in_favour_of_chat_sync() {
    let passing = Passing::start();
    let call = Call::new("POST", under("/conversations?userId=ada")).saying("{}");
    let message = passing
        .send(&call)
        .assert_refused(400, "ValidationException");
    assert!(message.contains("ChatSync"), "{message}");
    passing.assert_nothing_went();
}

#[test]
fn only_a_known_signature_passes() {
    let passing = Passing::start();
    let call = chat("?");
    let (url, headers) = call.signed(passing.server.url());
    passing
        .send_as(&call, &url, Vec::new())
        .assert_refused(403, "MissingAuthenticationTokenException");
    let other = Call {
        body: b"{}".to_vec(),
        ..call.clone()
    };
    passing
        .send_as(&other, &url, headers)
        .assert_refused(403, "InvalidSignatureException");
    passing
        .send(&call.with(super::fixture::NOBODY))
        .assert_refused(403, "UnrecognizedClientException");
    passing.assert_nothing_went();
}

#[test]
fn a_key_passes_what_its_scopes_say() {
    let passing = Passing::start();
    let denied = "AccessDeniedException";
    passing
        .send(&chat("?").with(READER))
        .assert_refused(403, denied);
    let list = Call::get(under("/conversations"));
    passing
        .send(&list.clone().with(WRITER))
        .assert_refused(403, denied);
    passing.assert_nothing_went();
    passing
        .send(&chat("?").with(WRITER))
        .assert_is_the_vendors();
    passing.send(&list.with(READER)).assert_is_the_vendors();
}

#[test]
fn another_applications_key_passes_nothing() {
    let passing = Passing::start();
    passing
        .send(&chat("?").with(OTHER))
        .assert_refused(404, "ResourceNotFoundException");
    // And its own application has no upstream.
    let path = format!("/applications/{OTHER_APPLICATION}/conversations?sync");
    let message = passing
        .send(&Call::new("POST", path).saying("{}").with(OTHER))
        .assert_refused(405, "UnknownOperationException");
    assert!(message.contains("no upstream"), "{message}");
    passing.assert_nothing_went();
}

#[test]
fn a_project_that_is_switched_off_passes_nothing() {
    let passing = Passing::start();
    passing.native("PATCH", "", &json!({"enabled": false}));
    for call in [chat("?"), Call::get(under("/conversations"))] {
        passing
            .send(&call)
            .assert_refused(403, "AccessDeniedException");
    }
    passing.assert_nothing_went();
}

#[test]
fn administration_passes_for_administrators() {
    let passing = Passing::start();
    for (method, path) in [
        ("GET", under("/plugins")),
        ("DELETE", under("")),
        ("GET", under("/conversations%2F..%2Fplugins")),
        ("GET", under("/conversations/a%2F..%2F..%2Fplugins")),
    ] {
        let call = Call::new(method, &path);
        passing
            .send(&call)
            .assert_refused(403, "AccessDeniedException");
        passing.assert_nothing_went();
    }
    let listed = passing.send(&Call::get(under("/plugins")).with(MANAGER));
    listed.assert_is_the_vendors();
}

#[test]
fn an_application_is_told_from_here_except_to_administrators() {
    let passing = Passing::start();
    let call = Call::get(under(""));
    assert_eq!(passing.send(&call).json()["displayName"], "support");
    passing.assert_nothing_went();
    let told = passing.send(&call.with(MANAGER));
    assert_eq!(told.json()["roleArn"], "arn:aws:iam::1:role/q");
    // The list is of what the key opens, which the vendor does not know.
    let listed = passing
        .send(&Call::get("/applications").with(MANAGER))
        .json();
    assert_eq!(listed["applications"][0]["applicationId"], APPLICATION);
    assert_eq!(passing.vendor.seen().len(), 1);
}

#[test]
fn paths_that_servers_may_read_as_others_do_not_pass() {
    let passing = Passing::start();
    let vote = feedback_path(CONVERSATION, ANSWER);
    for (method, path, status) in [
        ("POST", format!("{vote}/"), 404),
        ("PUT", vote, 405),
        ("GET", under("//conversations"), 404),
        ("GET", under("/conversations/"), 404),
    ] {
        let call = Call::new(method, &path).with(MANAGER);
        passing
            .send(&call)
            .assert_refused(status, "UnknownOperationException");
    }
    passing.assert_nothing_went();
}

#[test]
fn files_beside_a_question_pass() {
    let passing = Passing::start();
    let data = "A".repeat(20 * 1024 * 1024);
    let body = json!({"userMessage": "?", "attachments": [{"name": "a", "data": data}]});
    let call = Call::new("POST", under("/conversations?sync")).saying(body.to_string());
    passing.send(&call).assert_is_the_vendors();
    assert!(passing.went().body == call.body, "the body is another");
}
